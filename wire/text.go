package wire

import (
	"math/bits"
	"unicode/utf8"
)

// special marks the lowest byte of w that is not printable ASCII or is a quote
// or a backslash, and perhaps bytes above it.
func special(w uint64) uint64 {
	return zeroBytes(w^'"'*ones) | zeroBytes(w^'\\'*ones) | (w-' '*ones)&^w&highs | w&highs
}

// plainEnd returns the offset of the first byte from i on that is not printable
// ASCII or is a quote or a backslash.
func plainEnd(b []byte, i int) int {
	for {
		w := word(b, i)
		if s := special(w); s != 0 {
			return i + bits.TrailingZeros64(s)>>3
		}
		i += 8
	}
}

// text reads a string and returns its content, which lives until the next text
// is read.
func (d *Decoder) text(i int) ([]byte, int) {
	start := i + 1
	end := plainEnd(d.b, start)
	if d.b[end] == '"' && end-start <= MaxText {
		return d.b[start:end], end + 1
	}
	return d.oddText(start, end)
}

// oddText is text for a string with escapes or other than ASCII, from end on.
func (d *Decoder) oddText(start, end int) ([]byte, int) {
	s, i := append(d.scratch[:0], d.b[start:end]...), end
	for i >= 0 {
		if i-start > MaxText {
			return nil, d.failAt(start-1, ErrLimit, "a shorter string")
		}
		switch c := d.b[i]; {
		case c == '"':
			d.scratch = s
			return s, i + 1
		case c == '\\':
			s, i = d.escape(s, i)
		case c < ' ':
			if i >= d.n {
				return nil, d.unexpected(i, "the rest of a string")
			}
			return nil, d.unexpected(i, "an escaped control character")
		case c < utf8.RuneSelf:
			end = plainEnd(d.b, i)
			s, i = append(s, d.b[i:end]...), end
		default:
			r, size := utf8.DecodeRune(d.b[i:min(d.n, i+utf8.UTFMax)])
			if r == utf8.RuneError && size == 1 {
				return nil, d.failAt(i, ErrUTF8, "UTF-8")
			}
			s, i = append(s, d.b[i:i+size]...), i+size
		}
	}
	return nil, -1
}

// escape appends what the escape sequence at i stands for.
func (d *Decoder) escape(s []byte, i int) ([]byte, int) {
	switch c := d.b[i+1]; c {
	case '"', '\\', '/':
		return append(s, c), i + 2
	case 'b':
		return append(s, '\b'), i + 2
	case 'f':
		return append(s, '\f'), i + 2
	case 'n':
		return append(s, '\n'), i + 2
	case 'r':
		return append(s, '\r'), i + 2
	case 't':
		return append(s, '\t'), i + 2
	case 'u':
		return d.unicode(s, i)
	}
	return s, d.unexpected(i+1, "an escape character")
}

// unicode appends the rune of the \u sequence at i, or of the pair of them.
func (d *Decoder) unicode(s []byte, i int) ([]byte, int) {
	r := d.hex(i + 2)
	if r < 0 {
		return s, -1
	}
	if r < 0xD800 || r > 0xDFFF {
		return utf8.AppendRune(s, r), i + 6
	}
	if r < 0xDC00 && d.b[i+6] == '\\' && d.b[i+7] == 'u' {
		low := d.hex(i + 8)
		if low < 0 {
			return s, -1
		}
		if low >= 0xDC00 && low <= 0xDFFF {
			return utf8.AppendRune(s, 0x10000+(r-0xD800)<<10+(low-0xDC00)), i + 12
		}
	}
	return s, d.failAt(i, ErrUTF8, "a whole surrogate pair")
}

// hex reads four hexadecimal digits, or fails with -1.
func (d *Decoder) hex(i int) rune {
	var r rune
	for j := i; j < i+4; j++ {
		c := d.b[j]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return rune(d.unexpected(j, "four hexadecimal digits"))
		}
		r = r<<4 | rune(c)
	}
	return r
}

// textField reads a string that is different in most messages: it allocates
// only when the field of that spec held another text the last time.
func (d *Decoder) textField(i int, out *string, recent *string) int {
	if d.b[i] != '"' {
		return d.wrongType(i, "a string")
	}
	start := i + 1
	if end := start + len(*recent); end < d.n && d.b[end] == '"' && string(d.b[start:end]) == *recent {
		*out = *recent
		return end + 1
	}
	s, i := d.text(i)
	if i < 0 {
		return -1
	}
	*out = string(s)
	if len(s) <= maxRecent && len(s) == i-start-1 { // no longer when written: no escapes
		*recent = *out
	}
	return i
}

// maxRecent is the longest text that a decoder keeps, to bound its memory.
const maxRecent = 256

// noteField is textField for an id that may also be a JSON integer.
func (d *Decoder) noteField(i int, out, recent *string) (int, uint64) {
	if c := d.b[i]; c == '"' || c != '-' && c-'0' > 9 {
		return d.textField(i, out, recent), 0
	}
	end := d.number(i)
	if end < 0 {
		return -1, 0
	}
	for _, c := range d.b[i:end] {
		if c != '-' && c-'0' > 9 {
			return d.failAt(i, ErrType, "an integer or a string"), 0
		}
	}
	*out = string(d.b[i:end])
	return end, 1
}
