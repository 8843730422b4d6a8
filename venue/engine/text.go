package engine

import (
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

// pairs are the numbers 00 to 99 as text.
const pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"

// appendInt is strconv.AppendInt, for numbers that are mostly short.
func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	if n < 10 {
		return append(b, byte('0'+n))
	}
	var digits [20]byte
	i := len(digits)
	for ; n >= 100; n /= 100 {
		k := n % 100 * 2
		i -= 2
		digits[i], digits[i+1] = pairs[k], pairs[k+1]
	}
	if n >= 10 {
		i -= 2
		digits[i], digits[i+1] = pairs[n*2], pairs[n*2+1]
	} else {
		i--
		digits[i] = byte('0' + n)
	}
	return append(b, digits[i:]...)
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
	rest := uint32(n % unit)
	high, low := rest/10_000, rest%10_000
	a, c := high/100*2, high%100*2
	d, f := low/100*2, low%100*2
	digits := [9]byte{'.', pairs[a], pairs[a+1], pairs[c], pairs[c+1], pairs[d], pairs[d+1], pairs[f], pairs[f+1]}
	return append(b, digits[:decimals+1]...)
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
