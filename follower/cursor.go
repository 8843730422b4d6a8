package follower

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"poise/store"
)

// ErrCursor is a text that is no Cursor.
var ErrCursor = errors.New("not a cursor of changes")

// Cursor is a place in the changes of all accounts: for each partition, the
// position of the last change that was seen. The zero Cursor is before the first.
// There is no order between partitions.
type Cursor struct{ at [store.Partitions]uint64 }

// Position returns the place in one partition.
func (c *Cursor) Position(partition int) uint64 { return c.at[partition] }

// Set moves the place in one partition.
func (c *Cursor) Set(partition int, position uint64) { c.at[partition] = position }

// String writes the cursor as ParseCursor reads it: partition and position of
// each that is not 0, as in 5-1024.17-3; "0" for the zero Cursor.
func (c Cursor) String() string {
	b := make([]byte, 0, 64)
	for p, at := range c.at {
		if at == 0 {
			continue
		}
		if len(b) > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendInt(b, int64(p), 10)
		b = append(b, '-')
		b = strconv.AppendUint(b, at, 10)
	}
	if len(b) == 0 {
		return "0"
	}
	return string(b)
}

// ParseCursor reads what String wrote. "" is the zero Cursor too.
func ParseCursor(s string) (c Cursor, err error) {
	if s == "" || s == "0" {
		return c, nil
	}
	for _, part := range strings.Split(s, ".") {
		p, at, ok := strings.Cut(part, "-")
		n, err := strconv.Atoi(p)
		if !ok || err != nil || n < 0 || n >= store.Partitions || c.at[n] != 0 {
			return Cursor{}, fmt.Errorf("%w: %q in %.200q", ErrCursor, part, s)
		}
		if c.at[n], err = strconv.ParseUint(at, 10, 63); err != nil || c.at[n] == 0 {
			return Cursor{}, fmt.Errorf("%w: %q in %.200q", ErrCursor, part, s)
		}
	}
	return c, nil
}
