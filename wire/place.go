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
		Path:   d.pathAt(f.offset), Found: foundAt(b, f)}
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
// well formed. In an object it is that of the last key that was read, so that a
// comma missing behind a value is reported at that value; an error at a key is
// an error of that key.
func (d *Decoder) pathAt(offset int) string {
	var levels []level
	for i := 0; i < offset; i++ {
		n := len(levels) - 1
		switch c := d.b[i]; c {
		case '{', '[':
			levels = append(levels, level{array: c == '[', next: c == '{'})
		case '}', ']':
			levels = levels[:max(n, 0)]
		case ',':
			if n >= 0 {
				levels[n].index++
				levels[n].next = !levels[n].array
			}
		case '"':
			key, end := d.text(i)
			if n >= 0 && levels[n].next {
				levels[n].key, levels[n].next = string(key), false // of an unfinished key: none
			}
			if i = end - 1; end < 0 {
				i = offset
			}
		}
	}
	return joinLevels(levels, d.keyAt(offset, levels))
}

// keyAt returns the key at offset itself, when a key is due there.
func (d *Decoder) keyAt(offset int, levels []level) string {
	n := len(levels) - 1
	if n < 0 || !levels[n].next || d.b[offset] != '"' {
		return ""
	}
	key, _ := d.text(offset)
	return string(key)
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
