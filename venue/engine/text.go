package engine

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"

	"poise/decimal"
)

// comma separates rows: none comes after the opening bracket.
func comma(b []byte, opening byte) []byte {
	if b[len(b)-1] == opening {
		return b
	}
	return append(b, ',')
}

// appendText writes what comes before and s as a JSON string.
func appendText(b []byte, before, s string) []byte {
	b = append(append(b, before...), '"')
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			return append(appendQuoted(b, s[i:]), '"')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// appendQuoted writes text with its quotes, backslashes and control characters
// escaped.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = append(b, string(r)...)
		}
	}
	return b
}

// room makes sure that n bytes fit behind b.
func room(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		return slices.Grow(b, n+256)
	}
	return b
}

// digits8 returns the 8 decimal digits of n below 10^8, the first in the lowest
// byte: halves, then quarters, then digits, side by side in one word.
func digits8(n uint32) uint64 {
	x := uint64(n/10_000) | uint64(n%10_000)<<32
	q := x * 10_486 >> 20 & 0x0000_007f_0000_007f // each / 100
	x = q | (x-q*100)<<16
	q = x * 103 >> 10 & 0x000f_000f_000f_000f // each / 10
	return q | (x-q*10)<<8
}

const zeros8 = 0x3030_3030_3030_3030 // "00000000"

// append8 writes a word of digits from the skip-th on.
func append8(b []byte, digits uint64, skip int) []byte {
	b = room(b, 8)
	k := len(b)
	binary.LittleEndian.PutUint64(b[k:k+8], (digits|zeros8)>>(8*skip))
	return b[:k+8-skip]
}

// appendInt is strconv.AppendInt, for numbers that are mostly short.
func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	if n < 10 {
		return append(b, byte('0'+n))
	}
	if n < unit {
		digits := digits8(uint32(n))
		return append8(b, digits, bits.TrailingZeros64(digits)/8)
	}
	return append8(appendInt(b, n/unit), digits8(uint32(n%unit)), 0)
}

// appendMoney writes 8 decimals, and a bare 0 for zero, as recorded.
func appendMoney(b []byte, before string, n int64) []byte {
	b = append(b, before...)
	if n == 0 {
		return append(b, '0')
	}
	return appendFixed(b, n, 8)
}

// appendFixed writes n, in 1e-8, with so many decimals; those beyond are cut.
func appendFixed(b []byte, n int64, decimals int) []byte {
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	b = appendInt(b, n/unit)
	if decimals == 0 {
		return b
	}
	b = append8(append(b, '.'), digits8(uint32(n%unit)), 0)
	return b[:len(b)-8+decimals]
}

// appendPadded writes n with zeros in front.
func appendPadded(b []byte, n int64, width int) []byte {
	text := strconv.FormatInt(n, 10)
	for range width - len(text) {
		b = append(b, '0')
	}
	return append(b, text...)
}

// decimals is how many a price needs, from least to 8.
func (s *symbol) decimals(n int64, least int) int {
	d := 8
	if n%s.grain == 0 {
		n /= s.grain
		d = s.scale
	}
	for d > least && n%10 == 0 {
		n /= 10
		d--
	}
	return d
}

// leastDecimals is the price scale where all rows are pushed, as recorded then,
// and none where changed ones are, as recorded since.
func (e *Engine) leastDecimals(s *symbol) int {
	if e.config.Push == PushAll {
		return s.scale
	}
	return 0
}

// appendPrice writes an entry or break-even price: at least the price scale,
// with up to 8 decimals where it has them ("0.45293", "51080.10000066").
func (e *Engine) appendPrice(b []byte, n int64, s *symbol) []byte {
	return appendFixed(b, n, s.decimals(n, e.leastDecimals(s)))
}

// appendLimit is appendPrice for an order's prices, where none is a bare 0.
func (e *Engine) appendLimit(b []byte, n int64, s *symbol) []byte {
	if n == 0 {
		return append(b, '0')
	}
	return e.appendPrice(b, n, s)
}

// priceOf is a price of the symbol as a decimal, at least at its scale.
func (s *symbol) priceOf(n int64) decimal.D {
	if n%s.grain == 0 {
		return decimal.New(n/s.grain, s.scale)
	}
	d := s.decimals(n, s.scale)
	return decimal.New(n/int64(powers[8-d]), d)
}
