package wiretest

import (
	"bytes"
	"encoding/json"
)

// Reversed returns b, compact, with the keys of every object in the opposite
// order.
func Reversed(b []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	out, err := reversed(d)
	if err != nil {
		panic("wiretest: Reversed: " + err.Error())
	}
	return out
}

func reversed(d *json.Decoder) ([]byte, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return json.Marshal(token)
	}
	var parts [][]byte
	for d.More() {
		part, err := reversed(d)
		if err != nil {
			return nil, err
		}
		if delim == '{' {
			value, err := reversed(d)
			if err != nil {
				return nil, err
			}
			part = append(append(part, ':'), value...)
			parts = append([][]byte{part}, parts...)
			continue
		}
		parts = append(parts, part)
	}
	closing, err := d.Token()
	if err != nil {
		return nil, err
	}
	out := append([]byte(delim.String()), bytes.Join(parts, []byte(","))...)
	return append(out, closing.(json.Delim).String()...), nil
}
