package decimal

import (
	"fmt"
	"math/bits"
)

// maxText is the longest text of a D: sign, 37 digits and a point, or "-0."
// and 31 digits.
const maxText = 40

// Parse reads a plain decimal: -?(0|[1-9][0-9]*)(\.[0-9]+)?, and nothing else:
// no exponent, plus sign, bare point, needless leading zero, space or NaN. The
// scale is the number of digits after the point as written. The error wraps
// [ErrSyntax] or [ErrOverflow] and quotes the text.
func Parse(s string) (D, error) { return parse(s) }

// ParseBytes is [Parse] for bytes; it does not keep b.
func ParseBytes(b []byte) (D, error) { return parse(b) }

// MustParse is [Parse] for constants of a program; it panics on an error.
func MustParse(s string) D {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func parse[T string | []byte](s T) (D, error) {
	d, err := scan(s)
	if err != nil {
		return D{}, fmt.Errorf("%w: %s", err, quote(s))
	}
	return d, nil
}

// quote shows the text of an error, cut so that a hostile one stays short.
func quote[T string | []byte](s T) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%.64q... (%d bytes)", string(s[:most]), len(s))
	}
	return fmt.Sprintf("%q", string(s))
}

func scan[T string | []byte](s T) (D, error) {
	i, neg := 0, false
	if len(s) > 0 && s[0] == '-' {
		i, neg = 1, true
	}
	first, point := i, -1
	var c u128
	over := false
	for ; i < len(s); i++ {
		digit := s[i] - '0'
		if digit > 9 {
			if s[i] != '.' || point >= 0 {
				return D{}, ErrSyntax
			}
			point = i
			continue
		}
		if over = over || c.hi > coefMask/10; !over {
			c = c.push(uint64(digit))
		}
	}
	scale, intEnd := 0, len(s)
	if point >= 0 {
		scale, intEnd = len(s)-point-1, point
	}
	if intEnd == first || point >= 0 && scale == 0 || s[first] == '0' && intEnd > first+1 {
		return D{}, ErrSyntax
	}
	if over || scale > MaxScale || c.hi > coefMask {
		return D{}, ErrOverflow
	}
	hi := c.hi | uint64(scale)<<scaleShift
	if neg {
		hi |= signBit
	}
	return D{hi, c.lo}, nil
}

// push returns 10c + digit; the caller keeps c.hi small.
func (c u128) push(digit uint64) u128 {
	h, l := bits.Mul64(c.lo, 10)
	l, carry := bits.Add64(l, digit, 0)
	return u128{c.hi*10 + h + carry, l}
}

// Append appends the text of d to dst: the digits that Parse would read back to
// the same D.
func (d D) Append(dst []byte) []byte {
	var buf [maxText]byte
	i := len(buf)
	scale := d.scaleI()
	c := d.coef()
	for c.hi != 0 {
		var r uint64
		c, r = c.div64(1e8)
		i = putDigits(&buf, i, r, 8)
	}
	n := len(buf) - i
	for v := c.lo; v != 0; v /= 10 {
		i--
		buf[i] = byte('0' + v%10)
		n++
	}
	for ; n <= scale; n++ {
		i--
		buf[i] = '0'
	}
	if d.neg() {
		dst = append(dst, '-')
	}
	if scale == 0 {
		return append(dst, buf[i:]...)
	}
	point := len(buf) - scale
	dst = append(dst, buf[i:point]...)
	dst = append(dst, '.')
	return append(dst, buf[point:]...)
}

func putDigits(buf *[maxText]byte, i int, v uint64, n int) int {
	for range n {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	return i
}

// String returns the text of d: 0.00000000 stays 0.00000000.
func (d D) String() string {
	var buf [maxText]byte
	return string(d.Append(buf[:0]))
}

// AppendText implements encoding.TextAppender.
func (d D) AppendText(b []byte) ([]byte, error) { return d.Append(b), nil }

// MarshalText implements encoding.TextMarshaler; in JSON a D is a string.
func (d D) MarshalText() ([]byte, error) { return d.Append(nil), nil }

// UnmarshalText implements encoding.TextUnmarshaler with the rules of [Parse].
// On an error d is unchanged.
func (d *D) UnmarshalText(b []byte) error {
	v, err := parse(b)
	if err == nil {
		*d = v
	}
	return err
}
