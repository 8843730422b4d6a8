package decimal

import (
	"fmt"
	"math/bits"
)

// maxText is room for the longest text of a D: a sign, 37 digits and a point.
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

// scan checks the grammar and, for up to 19 digits, has the value at once.
func scan[T string | []byte](s T) (D, error) {
	i, sign := 0, uint64(0)
	if len(s) > 0 && s[0] == '-' {
		i, sign = 1, signBit
	}
	first, scale := i, 0
	c := uint64(0) // wraps past 19 digits; scanLong then reads them again
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		c = c*10 + uint64(s[i]-'0')
	}
	whole := i - first
	if whole == 0 || whole > 1 && s[first] == '0' {
		return D{}, ErrSyntax
	}
	if i < len(s) {
		if s[i] != '.' || i+1 == len(s) {
			return D{}, ErrSyntax
		}
		i++
		scale = len(s) - i
		for ; len(s)-i >= 8; i += 8 {
			v, ok := eight(s, i)
			if !ok {
				return D{}, ErrSyntax
			}
			c = c*1e8 + v
		}
		for ; i < len(s); i++ {
			digit := s[i] - '0'
			if digit > 9 {
				return D{}, ErrSyntax
			}
			c = c*10 + uint64(digit)
		}
	}
	if whole+scale > 19 {
		return scanLong(s, sign, scale)
	}
	return D{sign | uint64(scale)<<scaleShift, c}, nil
}

// eight reads the eight digits at s[i:]. The eight bytes are worked on as
// lanes of one word: checked, then joined to pairs, fours and all.
func eight[T string | []byte](s T, i int) (v uint64, ok bool) {
	_ = s[i+7]
	x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
	const high = 0xf0f0f0f0f0f0f0f0
	x ^= 0x3030303030303030 // digits are now 0..9, all else is above
	if (x|(x+0x0606060606060606))&high != 0 {
		return 0, false
	}
	x = x*10 + x>>8
	const pair = 0x000000ff000000ff
	return (x&pair*(100+1000000<<32) + x>>16&pair*(1+10000<<32)) >> 32, true
}

// scanLong reads a text of good grammar and more than 19 digits.
func scanLong[T string | []byte](s T, sign uint64, scale int) (D, error) {
	if scale > MaxScale {
		return D{}, ErrOverflow
	}
	var c u128
	for i := range len(s) {
		digit := s[i] - '0'
		if digit > 9 {
			continue // the sign or the point
		}
		if c.hi > coefMask/10 {
			return D{}, ErrOverflow
		}
		c = c.push(uint64(digit))
	}
	if c.hi > coefMask {
		return D{}, ErrOverflow
	}
	return D{sign | uint64(scale)<<scaleShift | c.hi, c.lo}, nil
}

// push returns 10c + digit; the caller keeps c.hi small.
func (c u128) push(digit uint64) u128 {
	h, l := bits.Mul64(c.lo, 10)
	l, carry := bits.Add64(l, digit, 0)
	return u128{c.hi*10 + h + carry, l}
}

// Append appends the text of d to dst: the digits that Parse would read back to
// the same D. It allocates only when dst has no room.
func (d D) Append(dst []byte) []byte {
	c, scale, sign := d.coef(), d.scaleI(), int(d.hi>>63)
	size := sign + max(c.digits(), scale+1)
	if scale > 0 {
		size++
	}
	at := len(dst)
	if cap(dst)-at >= size {
		dst = dst[:at+size]
	} else {
		dst = append(dst, make([]byte, size)...)
	}
	text := dst[at:]
	text[0] = '-' // a digit overwrites it if there is no sign
	if c.hi != 0 {
		c.putWide(text[sign:], scale)
		return dst
	}
	if scale > 0 {
		point := len(text) - scale - 1
		c.lo = put(text[point+1:], c.lo)
		text[point] = '.'
		text = text[:point]
	}
	put(text[sign:], c.lo)
	return dst
}

// putWide fills b with the digits of a, which has 122 bits at most, and the
// point before the last scale ones.
func (a u128) putWide(b []byte, scale int) {
	var digits [2 * 19]byte
	a, low := a.div64(1e19)
	put(digits[19:], low)
	put(digits[:19], a.lo)
	if scale == 0 {
		copy(b, digits[len(digits)-len(b):])
		return
	}
	point := len(b) - scale - 1
	copy(b, digits[len(digits)-scale-point:])
	b[point] = '.'
	copy(b[point+1:], digits[len(digits)-scale:])
}

// digits returns the number of decimal digits of a, 0 for 0.
func (a u128) digits() int {
	length := bits.Len64(a.lo)
	if a.hi != 0 {
		length = 64 + bits.Len64(a.hi)
	}
	n := length * 1233 >> 12 // log 2 = 1233/4096, near enough up to 128 bits
	if a.cmp(pow10Table[n]) >= 0 {
		n++
	}
	return n
}

// put fills b with the last digits of v and returns the ones before them.
func put(b []byte, v uint64) uint64 {
	n := len(b)
	for ; n >= 8; n -= 8 {
		putEight((*[8]byte)(b[n-8:]), v%1e8)
		v /= 1e8
	}
	for ; n >= 2; n -= 2 {
		two := v % 100 * 2
		v /= 100
		b[n-1], b[n-2] = pairs[two+1], pairs[two]
	}
	if n > 0 {
		b[0] = byte('0' + v%10)
		v /= 10
	}
	return v
}

const pairs = "00010203040506070809" + "10111213141516171819" + "20212223242526272829" +
	"30313233343536373839" + "40414243444546474849" + "50515253545556575859" +
	"60616263646566676869" + "70717273747576777879" + "80818283848586878889" + "90919293949596979899"

// putEight writes v < 1e8 as eight digits: split to fours, pairs and single
// digits, each step for all lanes of one word.
func putEight(b *[8]byte, v uint64) {
	if v == 0 {
		*b = [8]byte{'0', '0', '0', '0', '0', '0', '0', '0'}
		return
	}
	x := v/10000 | v%10000<<32
	y := x * 10486 >> 20 & 0x0000007f0000007f // each four / 100
	x = y | (x-y*100)<<16
	y = x * 103 >> 10 & 0x000f000f000f000f // each pair / 10
	x = y | (x-y*10)<<8 | 0x3030303030303030
	b[0], b[1], b[2], b[3] = byte(x), byte(x>>8), byte(x>>16), byte(x>>24)
	b[4], b[5], b[6], b[7] = byte(x>>32), byte(x>>40), byte(x>>48), byte(x>>56)
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
