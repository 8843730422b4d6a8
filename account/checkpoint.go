package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// CheckpointVersion is the version that Encode writes.
const CheckpointVersion = 1

// The errors of Decode.
var (
	// ErrNewerCheckpoint is a checkpoint written by a newer version.
	ErrNewerCheckpoint = errors.New("checkpoint of a newer version")
	// ErrCheckpoint is a checkpoint that is damaged.
	ErrCheckpoint = errors.New("damaged checkpoint")
)

type checkpoint struct {
	Version int
	State   *state
}

// Encode writes the books as a checkpoint: JSON with a version, decimals as
// strings. Equal books give equal bytes, and [Decode] gives books that go on
// exactly as these would.
func (b *Books) Encode() ([]byte, error) {
	out, err := json.Marshal(checkpoint{CheckpointVersion, &b.s})
	if err != nil {
		return nil, fmt.Errorf("encode checkpoint of %q: %w", b.s.Account, err)
	}
	return out, nil
}

// Decode reads a checkpoint. Errors: ErrNewerCheckpoint, ErrCheckpoint.
func Decode(data []byte) (*Books, error) {
	var v struct{ Version int }
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("decode checkpoint: %w: %w", ErrCheckpoint, err)
	}
	if v.Version > CheckpointVersion {
		return nil, fmt.Errorf("decode checkpoint: %w: %d, this poise knows %d: use a newer one", ErrNewerCheckpoint, v.Version, CheckpointVersion)
	}
	b := &Books{}
	c := checkpoint{State: &b.s}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("decode checkpoint: %w: %w", ErrCheckpoint, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("decode checkpoint: %w: more after its end", ErrCheckpoint)
	}
	if v.Version < 1 || c.State == nil || !b.s.sorted() {
		return nil, fmt.Errorf("decode checkpoint: %w: its rows are out of order or missing", ErrCheckpoint)
	}
	return b, nil
}

func (s *state) sorted() bool {
	return slices.IsSortedFunc(s.Balances, compareBalances) &&
		slices.IsSortedFunc(s.Positions, comparePositions) &&
		slices.IsSortedFunc(s.Leverages, compareLeverages) &&
		slices.IsSortedFunc(s.Calls, compareCalls) &&
		slices.IsSortedFunc(s.GivenUp, compareGivenUp)
}
