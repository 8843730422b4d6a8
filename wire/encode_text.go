package wire

import (
	"strconv"
	"unicode/utf8"

	"poise/decimal"
)

// appendDecimal is v.Append, faster for the usual sizes.
func appendDecimal(dst []byte, v decimal.D) []byte {
	start := len(dst)
	if cap(dst)-start < rowRoom+rowSlack {
		return v.Append(dst)
	}
	p := (*page)(dst[start : start+rowRoom+rowSlack])
	if n := p.decimal(0, v); n > 0 {
		return dst[:start+n]
	}
	return v.Append(dst)
}

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// appendString writes s in quotes; bytes that are not UTF-8 become U+FFFD,
// which no decoded text has.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = append(append(dst, s...), `"        `...) // for loads of words
	end := start + len(s)
	if plainEnd(dst, start) != end {
		return append(appendEscaped(dst[:start], s), '"')
	}
	return dst[:end+1]
}

const hexDigits = "0123456789abcdef"

func appendEscaped(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
