package codec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// CheckDecoders decodes every message with ours and each peer and returns an
// error that names the first difference: a peer that reads wrong or fails early
// must not be timed, and neither must ours.
func CheckDecoders(messages [][]byte, ours Decoder, peers []Decoder) error {
	for i, b := range messages {
		if err := ours.Decode(b); err != nil {
			return fmt.Errorf("message %d: %s: %w", i, ours.Name, err)
		}
		want := ours.Read()
		for _, p := range peers {
			if p.Skip != "" {
				continue
			}
			if err := p.Decode(b); err != nil {
				return fmt.Errorf("message %d: %s: %w", i, p.Name, err)
			}
			if p.Read == nil {
				continue
			}
			if err := agree(want, p.Read(), p.NoBreakEven); err != nil {
				return fmt.Errorf("message %d: %s and %s: %w", i, ours.Name, p.Name, err)
			}
		}
	}
	return nil
}

// agree reports how a peer's values differ from ours.
func agree(want, got Message, noBreakEven bool) error {
	if len(want.Account.Balances) == 0 {
		return errors.New("we found no balance, so there is nothing to compare")
	}
	if noBreakEven {
		positions := slices.Clone(want.Account.Positions)
		for i := range positions {
			positions[i].BreakEven = ""
		}
		want.Account.Positions = positions
	}
	w, g := want.Account, got.Account
	same := want.Event == got.Event && want.Time == got.Time && want.Transaction == got.Transaction &&
		want.Alias == got.Alias && w.Reason == g.Reason &&
		slices.Equal(w.Balances, g.Balances) && slices.Equal(w.Positions, g.Positions)
	if !same {
		return fmt.Errorf("different values:\n%+v\n%+v", want, got)
	}
	return nil
}

// CheckEncoders encodes every value with ours and each peer and returns an
// error that names the first that does not write the source again, byte for byte.
func CheckEncoders(messages [][]byte, values []Value, encoders []Encoder) error {
	for i, want := range messages {
		for _, e := range encoders {
			got, err := e.Encode(values[i])
			if err != nil {
				return fmt.Errorf("message %d: %s: %w", i, e.Name, err)
			}
			if !bytes.Equal(got, want) {
				return fmt.Errorf("message %d: %s wrote something else:\n%s\n%s", i, e.Name, want, got)
			}
		}
	}
	return nil
}
