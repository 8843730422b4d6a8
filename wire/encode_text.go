package wire

import (
	"strconv"
	"unicode/utf8"

	"poise/decimal"
)

func appendDecimal(dst []byte, v decimal.D) []byte { return v.Append(dst) }

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// appendString writes s in quotes; bytes that are not UTF-8 become U+FFFD,
// which no decoded text has.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for n := range len(s) {
		if c := s[n]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return append(appendEscaped(append(dst, s[:n]...), s[n:]), '"')
		}
	}
	return append(append(dst, s...), '"')
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
