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

func appendFlag(b []byte, before string, v bool) []byte {
	return strconv.AppendBool(append(b, before...), v)
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
	b = strconv.AppendInt(b, n/unit, 10)
	if decimals == 0 {
		return b
	}
	var digits [9]byte
	digits[0] = '.'
	for i, rest := 8, n%unit; i > 0; i-- {
		digits[i] = byte('0' + rest%10)
		rest /= 10
	}
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
func decimals(n int64, least int) int {
	d := 8
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
	return appendFixed(b, n, decimals(n, e.leastDecimals(s)))
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
	d := decimals(n, s.scale)
	for i := d; i < 8; i++ {
		n /= 10
	}
	return decimal.New(n, d)
}
