package wire

import (
	"errors"
	"math/bits"

	"poise/decimal"
)

// pow10 holds 10^0..10^8, and for 9..15 nothing of use.
var pow10 = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// digits8 returns the value of 8 digits in a loaded word, each byte 0..9, the
// first digit in the lowest byte: pairs, then fours, then all of them.
func digits8(t uint64) uint64 {
	t = t * (1 + 10<<8) >> 8 & pairs
	t = t * (1 + 100<<16) >> 16 & fours
	return t * (1 + 10000<<32) >> 32
}

const (
	pairs = 0x00FF00FF00FF00FF
	fours = 0x0000FFFF0000FFFF
)

// leading returns the number of digits that w starts with, 0..8, and w's bytes
// less '0'.
func leading(w uint64) (n uint64, t uint64) {
	t = w ^ '0'*ones
	other := ((t + 0x7676767676767676) | t) & highs // digits only add up to 0x7F
	return uint64(bits.TrailingZeros64(other)) >> 3, t
}

// quickDecimal reads a decimal of at most 8 digits before the point and 8
// behind it, and returns the offset behind it, or 0 for another text. What
// follows is for the caller to check.
func quickDecimal(b []byte, i int) (decimal.D, int) {
	w := (*[64]byte)(b[i : i+64])
	neg := uint64(0)
	if w[0] == '-' {
		neg = 1
	}
	n, t := leading(word(w[:], int(neg)))
	p := int(neg + n) // at most 9
	v := digits8(t << (64 - 8*n))
	if n == 0 || n > 1 && t&0xFF == 0 {
		return decimal.D{}, 0
	}
	if w[p&15] != '.' {
		return decimal.FromSmall(neg, v, 0), i + p
	}
	f, t := leading(word(w[:], p&15+1))
	if f == 0 {
		return decimal.D{}, 0
	}
	return decimal.FromSmall(neg, v*pow10[f&15]+digits8(t<<(64-8*f)), f), i + p + 1 + int(f)
}

// decimalField reads a decimal, in a string or, which is odd, as a JSON number.
func (d *Decoder) decimalField(i int, out *decimal.D) (int, uint64) {
	if d.b[i] == '"' {
		if v, j := quickDecimal(d.b, i+1); j != 0 && d.b[j] == '"' {
			*out = v
			return j + 1, 0
		}
		s, j := d.text(i)
		if j < 0 {
			return -1, 0
		}
		return d.slowDecimal(s, i, j, out), 0
	}
	if c := d.b[i]; c != '-' && c-'0' > 9 {
		return d.wrongType(i, "a decimal"), 0
	}
	j := d.number(i)
	if j < 0 {
		return -1, 0
	}
	return d.slowDecimal(d.b[i:j], i, j, out), 1
}

// slowDecimal sets out to a text's value; the text stands at i and ends at j.
func (d *Decoder) slowDecimal(s []byte, i, j int, out *decimal.D) int {
	if len(s) > 0 && len(s) < 64 {
		if v, err := decimal.ParseBytes(s); err == nil {
			*out = v
			return j
		} else if errors.Is(err, decimal.ErrOverflow) {
			return d.failAt(i, ErrDecimal, "a decimal of at most 36 digits, 31 behind the point")
		}
	}
	return d.failAt(i, ErrDecimal, "a plain decimal")
}

// number reads a JSON number and checks only its grammar.
func (d *Decoder) number(i int) int {
	b, start := d.b, i
	if b[i] == '-' {
		i++
	}
	switch c := b[i]; {
	case c == '0':
		i++
	case c-'1' <= 8:
		i = skipDigits(b, i)
	default:
		return d.unexpected(i, "a digit")
	}
	if b[i] == '.' {
		if b[i+1]-'0' > 9 {
			return d.unexpected(i+1, "a digit")
		}
		i = skipDigits(b, i+1)
	}
	if b[i]|0x20 == 'e' {
		i++
		if b[i] == '+' || b[i] == '-' {
			i++
		}
		if b[i]-'0' > 9 {
			return d.unexpected(i, "a digit")
		}
		i = skipDigits(b, i)
	}
	if i-start > MaxText {
		return d.failAt(start, ErrLimit, "a shorter number")
	}
	return i
}

func skipDigits(b []byte, i int) int {
	for b[i]-'0' <= 9 {
		i++
	}
	return i
}

// intField reads an integer, as a JSON number or, which is odd, in a string.
func (d *Decoder) intField(i int, out *int64) (int, uint64) {
	b := d.b
	if b[i] == '"' {
		s, j := d.text(i)
		if j < 0 {
			return -1, 0
		}
		v, ok := parseInt(s)
		if !ok {
			return d.failAt(i, ErrType, "an integer"), 0
		}
		*out = v
		return j, 1
	}
	// 1 to 16 digits in two words, which times and ids have
	n, t := leading(word(b, i))
	v, j := digits8(t<<(64-8*n)), i+int(n)
	if n == 8 {
		m, u := leading(word(b, j))
		v, j, n = v*pow10[m&15]+digits8(u<<(64-8*m)), j+int(m), n+m
	}
	if c := b[j]; n > 0 && n < 16 && c != '.' && c|0x20 != 'e' && (t&0xFF != 0 || n == 1) {
		*out = int64(v)
		return j, 0
	}
	return d.slowInt(i, out), 0
}

func (d *Decoder) slowInt(i int, out *int64) int {
	if c := d.b[i]; c != '-' && c-'0' > 9 {
		return d.wrongType(i, "an integer")
	}
	j := d.number(i)
	if j < 0 {
		return -1
	}
	v, ok := parseInt(d.b[i:j])
	if !ok {
		return d.failAt(i, ErrType, "a plain integer of 64 bits")
	}
	*out = v
	return j
}

// parseInt reads a plain integer: no plus sign, no needless zero, no "-0",
// since that would not be written back.
func parseInt(s []byte) (int64, bool) {
	neg := len(s) > 0 && s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 19 || s[0] == '0' && (len(s) > 1 || neg) {
		return 0, false
	}
	var v uint64
	for _, c := range s {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	if neg {
		return -int64(v), v <= 1<<63
	}
	return int64(v), v < 1<<63
}
