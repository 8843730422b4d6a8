package wire

import (
	"encoding/binary"
	"math/bits"
)

// Scanning works on the decoder's own copy of the message: d.b holds d.n bytes
// of it, a zero byte, and padding enough for every load of a word or a row's
// window. The zero byte is in no token, so whatever a load takes in behind the
// end is never accepted. Functions take the offset to start at and return the
// offset behind what they read, or -1 after noting the failure in d.fail.

const (
	padding = window + wide
	window  = 1024 // bytes that a fast row may look at
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// word loads the 8 bytes at i.
func word(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i : i+8]) }

// zeroBytes marks the lowest zero byte of w with its high bit, and perhaps
// bytes above it.
func zeroBytes(w uint64) uint64 { return (w - ones) &^ w & highs }

// failure is an Error before its place is worked out.
type failure struct {
	kind     error
	offset   int
	expected string
	key      string // a missing key, which is below the path of offset
}

// failAt notes the first failure and returns -1.
func (d *Decoder) failAt(i int, kind error, expected string) int {
	if d.fail.kind == nil {
		d.fail = failure{kind: kind, offset: i, expected: expected}
	}
	return -1
}

// unexpected fails with the grammar's complaint at i.
func (d *Decoder) unexpected(i int, expected string) int {
	return d.failAt(i, ErrSyntax, expected)
}

// space skips white space.
func (d *Decoder) space(i int) int {
	if d.b[i] > ' ' {
		return i
	}
	return skipSpace(d.b, i)
}

// skipSpace skips white space, which is mostly a line end and blanks. It stays a
// function so that space, which mostly finds none, does not.
//
//go:noinline
func skipSpace(b []byte, i int) int {
	for {
		switch b[i] {
		case ' ', '\n', '\r', '\t':
			i++
		default:
			return i
		}
		other := word(b, i) ^ ' '*ones
		for ; other == 0; other = word(b, i) ^ ' '*ones {
			i += 8
		}
		i += bits.TrailingZeros64(other) >> 3
	}
}

// colon reads a colon and the white space around it.
func (d *Decoder) colon(i int) int {
	if d.b[i] != ':' {
		if i = d.space(i); d.b[i] != ':' {
			return d.unexpected(i, "a colon")
		}
	}
	return d.space(i + 1)
}

// literal reads true, false or null, whichever word is.
func (d *Decoder) literal(i int, text string) int {
	if d.n-i < len(text) || string(d.b[i:i+len(text)]) != text {
		return d.unexpected(i, "a value")
	}
	return i + len(text)
}

// boolean reads true or false.
func (d *Decoder) boolean(i int, out *bool) int {
	switch d.b[i] {
	case 't':
		*out = true
		return d.literal(i, "true")
	case 'f':
		*out = false
		return d.literal(i, "false")
	}
	return d.wrongType(i, "true or false")
}

// wrongType fails: ErrType when a value of another type starts at i, else
// ErrSyntax.
func (d *Decoder) wrongType(i int, expected string) int {
	if d.skip(i) < 0 {
		return -1
	}
	return d.failAt(i, ErrType, expected)
}
