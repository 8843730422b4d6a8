package codec

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/bytedance/sonic/encoder"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	goccy "github.com/goccy/go-json"
	"github.com/mailru/easyjson/jwriter"

	"poise/wire"
)

// Encoder writes messages in one library's way.
type Encoder struct {
	Name string
	// Encode's answer lives until the next call.
	Encode func(v Value) ([]byte, error)
}

// Values decodes messages for the encoders, each into memory of its own.
func Values(messages [][]byte) ([]Value, error) {
	var d wire.Decoder
	values := make([]Value, len(messages))
	for i, b := range messages {
		v := Value{Event: new(wire.Event), Message: new(Message)}
		if err := d.Decode(b, v.Event); err != nil {
			return nil, fmt.Errorf("message %d: %w", i, err)
		}
		if err := json.Unmarshal(b, v.Message); err != nil {
			return nil, fmt.Errorf("message %d: %w", i, err)
		}
		values[i] = v
	}
	return values, nil
}

// PeerEncoders returns the encoders to compare ours with. They write strings
// that are there already, where ours formats decimals; none escapes for HTML,
// which ours does not either, and each reuses its buffer where its API can.
func PeerEncoders() []Encoder {
	return []Encoder{
		standardEncoder(),
		v2Encoder(),
		sonicEncoder(),
		goccyEncoder(),
		easyjsonEncoder(),
	}
}

func standardEncoder() Encoder {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	return Encoder{Name: "encoding/json", Encode: func(v Value) ([]byte, error) {
		buf.Reset()
		err := enc.Encode(v.Message)
		return bytes.TrimSuffix(buf.Bytes(), newline), err
	}}
}

var newline = []byte("\n")

func v2Encoder() Encoder {
	var buf bytes.Buffer
	var enc jsontext.Encoder
	return Encoder{Name: "json/v2", Encode: func(v Value) ([]byte, error) {
		buf.Reset()
		enc.Reset(&buf)
		err := jsonv2.MarshalEncode(&enc, v.Message)
		return bytes.TrimSuffix(buf.Bytes(), newline), err
	}}
}

// goccyEncoder writes into a buffer that is reused, an eighth faster than its
// Marshal, which copies into a new slice.
func goccyEncoder() Encoder {
	var buf bytes.Buffer
	enc := goccy.NewEncoder(&buf)
	plain, asIs := goccy.DisableHTMLEscape(), goccy.DisableNormalizeUTF8()
	return Encoder{Name: "goccy", Encode: func(v Value) ([]byte, error) {
		buf.Reset()
		err := enc.EncodeWithOption(v.Message, plain, asIs)
		return bytes.TrimSuffix(buf.Bytes(), newline), err
	}}
}

func sonicEncoder() Encoder {
	var buf []byte
	return Encoder{Name: "sonic", Encode: func(v Value) ([]byte, error) {
		buf = buf[:0]
		err := encoder.EncodeInto(&buf, v.Message, encoder.NoValidateJSONMarshaler)
		return buf, err
	}}
}

// easyjsonEncoder gives the writer a buffer large enough to start with, so that
// it need not join pieces.
func easyjsonEncoder() Encoder {
	buf := make([]byte, 0, 64<<10)
	return Encoder{Name: "easyjson", Encode: func(v Value) ([]byte, error) {
		w := jwriter.Writer{NoEscapeHTML: true}
		w.Buffer.Buf = buf[:0]
		v.Message.MarshalEasyJSON(&w)
		return w.BuildBytes()
	}}
}
