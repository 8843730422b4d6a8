package gateway

import (
	"encoding/binary"
	"errors"
	"fmt"

	"poise/decimal"
)

// coder writes records of the data folder, or reads them: each method does
// either with the value that it is given, so that one function tells a record's
// form for both. Names that were written once are written by number after that;
// the same names stand for the same numbers in what writes a journal and in what
// reads it.
type coder struct {
	buf     []byte
	reading bool
	err     error
	last    int64 // time of the record before
	numbers map[string]uint64
	names   []string
}

// Bounds of the names that have numbers.
const (
	mostNames    = 1 << 16
	longestName  = 64 // bytes
	newName      = 0  // a name that gets the next number follows
	plainName    = 1  // a name that gets none follows
	firstNumber  = 2
	mostDigits   = 64 // bytes of a decimal's text
	largeDecimal = 32 // scale byte of a decimal that follows as text
	negative     = 64 // flag of the scale byte
)

var errRecord = errors.New("not a record of this version")

func newCoder() *coder { return &coder{numbers: map[string]uint64{}} }

func (c *coder) fail() {
	if c.err == nil {
		c.err = errRecord
	}
	c.buf = nil
}

// byte is one byte.
func (c *coder) byte(b *byte) {
	if !c.reading {
		c.buf = append(c.buf, *b)
		return
	}
	if len(c.buf) == 0 {
		c.fail()
		return
	}
	*b, c.buf = c.buf[0], c.buf[1:]
}

func (c *coder) bool(v *bool) {
	b := byte(0)
	if *v {
		b = 1
	}
	c.byte(&b)
	*v = b == 1
}

// uint is a number in 1 to 10 bytes.
func (c *coder) uint(v *uint64) {
	if !c.reading {
		c.buf = binary.AppendUvarint(c.buf, *v)
		return
	}
	n, size := binary.Uvarint(c.buf)
	if size <= 0 {
		c.fail()
		return
	}
	*v, c.buf = n, c.buf[size:]
}

// int is a number, signed, in 1 to 10 bytes.
func (c *coder) int(v *int64) {
	u := uint64(*v)<<1 ^ uint64(*v>>63)
	c.uint(&u)
	*v = int64(u>>1) ^ -int64(u&1)
}

func (c *coder) small(v *int) {
	n := int64(*v)
	c.int(&n)
	*v = int(n)
}

// time is a moment in ms, as what has passed since the record before.
func (c *coder) time(ms *int64) {
	d := *ms - c.last
	c.int(&d)
	c.last += d
	*ms = c.last
}

// text is a text that does not come often.
func (c *coder) text(s *string) {
	n := uint64(len(*s))
	c.uint(&n)
	if !c.reading {
		c.buf = append(c.buf, *s...)
		return
	}
	if n > uint64(len(c.buf)) {
		c.fail()
		return
	}
	*s, c.buf = string(c.buf[:n]), c.buf[n:]
}

// name is a text of few: an alias, a symbol, a word.
func (c *coder) name(s *string) {
	if c.reading {
		c.readName(s)
		return
	}
	n, known := c.numbers[*s]
	if !known {
		n = plainName
		if len(*s) <= longestName && len(c.names) < mostNames {
			n = newName
		}
	}
	c.uint(&n)
	if known {
		return
	}
	c.text(s)
	if n == newName {
		c.keep(*s)
	}
}

func (c *coder) readName(s *string) {
	var n uint64
	c.uint(&n)
	switch {
	case n == plainName:
		c.text(s)
	case n == newName:
		c.text(s)
		if _, known := c.numbers[*s]; known || len(*s) > longestName || len(c.names) >= mostNames {
			c.fail()
			return
		}
		c.keep(*s)
	case n-firstNumber < uint64(len(c.names)):
		*s = c.names[n-firstNumber]
	default:
		c.fail()
	}
}

func (c *coder) keep(s string) {
	c.numbers[s] = firstNumber + uint64(len(c.names))
	c.names = append(c.names, s)
}

// decimal keeps every digit, also zeros at the end.
func (c *coder) decimal(d *decimal.D) {
	if c.reading {
		c.readDecimal(d)
		return
	}
	minus, coefficient, scale, ok := d.Small()
	if !ok {
		scale = largeDecimal
	}
	b := byte(scale | minus*negative)
	c.byte(&b)
	if ok {
		c.uint(&coefficient)
		return
	}
	s := d.String()
	c.text(&s)
}

func (c *coder) readDecimal(d *decimal.D) {
	var b byte
	var coefficient uint64
	c.byte(&b)
	scale := uint64(b &^ negative)
	if scale <= decimal.MaxScale {
		c.uint(&coefficient)
		*d = decimal.FromSmall(uint64(b/negative), coefficient, scale)
		return
	}
	var s string
	c.text(&s)
	v, err := decimal.Parse(s)
	if scale != largeDecimal || len(s) > mostDigits || err != nil {
		c.fail()
		return
	}
	*d = v
}

// read begins to read a record.
func (c *coder) read(record []byte) { c.buf, c.reading, c.err = record, true, nil }

// done ends reading: nothing may be left.
func (c *coder) done() error {
	if c.err == nil && len(c.buf) > 0 {
		c.fail()
	}
	c.buf, c.reading = nil, false
	if c.err != nil {
		return fmt.Errorf("%w", c.err)
	}
	return nil
}
