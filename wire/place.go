package wire

import (
	"bytes"
	"strconv"
	"strings"
)

// report makes an Error of the failure. Only here are line, column and path
// worked out.
func (d *Decoder) report() *Error {
	f, b := d.fail, d.b[:d.n]
	if f.kind == nil { // not reached: every failing way notes why
		f = failure{kind: ErrSyntax, expected: "a message"}
	}
	f.offset = min(f.offset, d.n)
	before := b[:f.offset]
	e := &Error{Kind: f.kind, Offset: f.offset, Expected: f.expected,
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: f.offset - bytes.LastIndexByte(before, '\n'),
		Path:   pathAt(b, f.offset), Found: foundAt(b, f)}
	if f.key != "" {
		e.Path = join(e.Path, f.key)
	}
	return e
}

const maxShown = 40 // bytes of a bad text in an Error

// foundAt names what stands at the failure's offset.
func foundAt(b []byte, f failure) string {
	switch {
	case f.kind == ErrMissing:
		return "none"
	case f.offset >= len(b):
		return "the end"
	case f.kind == ErrDuplicateKey:
		return "it again"
	case f.kind == ErrLimit:
		return "more"
	case f.kind == ErrUTF8 && b[f.offset] != '\\':
		return "byte 0x" + strconv.FormatUint(uint64(b[f.offset]), 16)
	case f.kind == ErrType || f.kind == ErrDecimal:
		return valueAt(b[f.offset:])
	}
	return strconv.QuoteRune(rune(b[f.offset]))
}

// valueAt names the valid value that b starts with.
func valueAt(b []byte) string {
	switch b[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	end := 1
	if b[0] == '"' {
		for end < len(b) && (b[end] != '"' || b[end-1] == '\\') {
			end++
		}
		end = min(end+1, len(b))
	} else {
		for end < len(b) && !bytes.ContainsAny(b[end:end+1], ",:]} \t\r\n") {
			end++
		}
	}
	if end > maxShown {
		return strings.ToValidUTF8(string(b[:maxShown]), "?") + "..."
	}
	return strings.ToValidUTF8(string(b[:end]), "?")
}

// level is one object or array around a place.
type level struct {
	array bool
	index int
	key   string
	next  bool // in an object: a key comes next
}

// pathAt returns the path of the place at offset, everything before which is
// well formed. In an object it is that of the last key begun, so that a comma
// missing behind a value is reported at that value.
func pathAt(b []byte, offset int) string {
	var levels []level
	for i := 0; i < offset; {
		switch c := b[i]; c {
		case '{', '[':
			levels = append(levels, level{array: c == '[', next: c == '{'})
		case '}', ']':
			levels = levels[:max(len(levels)-1, 0)]
		case ',':
			if n := len(levels); n > 0 {
				levels[n-1].index++
				levels[n-1].next = !levels[n-1].array
			}
		case '"':
			end := endOfString(b, i)
			if n := len(levels); n > 0 && levels[n-1].next && end > 0 && end <= offset {
				levels[n-1].key, levels[n-1].next = string(b[i+1:end-1]), false
			}
			if i = end; end == 0 {
				i = offset
			}
			continue
		}
		i++
	}
	return joinLevels(levels, nextKey(b, offset, levels))
}

// nextKey returns the key at offset itself, when a key is due there: an error
// at a key is an error of that key.
func nextKey(b []byte, offset int, levels []level) string {
	n := len(levels)
	if n == 0 || !levels[n-1].next || offset >= len(b) || b[offset] != '"' {
		return ""
	}
	if end := endOfString(b, offset); end > 0 {
		return string(b[offset+1 : end-1])
	}
	return ""
}

func joinLevels(levels []level, last string) string {
	path := ""
	for n, s := range levels {
		if s.array {
			path += "[" + strconv.Itoa(s.index) + "]"
			continue
		}
		if n == len(levels)-1 && last != "" {
			s.key = last
		}
		if s.key != "" {
			path = join(path, s.key)
		}
	}
	return path
}

// join adds a key to a path; a long or unprintable one is shown in part.
func join(path, key string) string {
	if len(key) > maxShown {
		key = key[:maxShown] + "..."
	}
	for _, r := range key {
		if !strconv.IsPrint(r) || r == '\uFFFD' {
			key = strconv.Quote(key)
			break
		}
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// endOfString returns the offset behind the string at i, or 0 when it has no end.
func endOfString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
