package wire

import (
	"errors"
	"strconv"
)

// The kinds of bad input. An [Error] is one of them by errors.Is.
var (
	// ErrSyntax is text that is not JSON as RFC 8259 has it.
	ErrSyntax = errors.New("not valid JSON")
	// ErrUTF8 is a string with bytes that are not UTF-8, or with an escaped
	// half of a surrogate pair.
	ErrUTF8 = errors.New("not valid UTF-8")
	// ErrDuplicateKey is a key that stands twice in one object, anywhere.
	ErrDuplicateKey = errors.New("key given twice")
	// ErrType is a known field that holds another type of value, null too, or
	// an integer that is not plain or does not fit 64 bits.
	ErrType = errors.New("wrong type of value")
	// ErrDecimal is a number that is not a plain decimal, or has more digits
	// than a decimal.D holds.
	ErrDecimal = errors.New("not a plain decimal")
	// ErrMissing is an object without the key that names it.
	ErrMissing = errors.New("required key missing")
	// ErrLimit is a message beyond one of the Max constants.
	ErrLimit = errors.New("beyond a limit")
)

// Error tells where a message is bad and why. All of this package's decoders
// return it, and no other error.
type Error struct {
	Kind     error  // one of ErrSyntax, ErrUTF8, ...
	Offset   int    // in bytes, from 0
	Line     int    // from 1
	Column   int    // in bytes, from 1
	Path     string // such as a.P[2].bep; empty at the top
	Expected string // such as "a comma or }"
	Found    string // such as "'\"'", "null", "the end"
}

// Error returns "line 3, column 12: a.P[2].bep: expected a comma or }, found '"'".
func (e *Error) Error() string {
	return "line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column) + ": " + e.What()
}

// In returns "FILE:3:12: a.P[2].bep: expected a comma or }, found '"'", which
// editors and terminals can open.
func (e *Error) In(file string) string {
	return file + ":" + strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column) + ": " + e.What()
}

// What returns the path and what is wrong, without the place.
func (e *Error) What() string {
	s := "expected " + e.Expected + ", found " + e.Found
	if e.Path == "" {
		return s
	}
	return e.Path + ": " + s
}

// Unwrap returns Kind.
func (e *Error) Unwrap() error { return e.Kind }

// Code returns the kind as a word for tests and tools in any language:
// "syntax", "utf-8", "duplicate-key", "type", "decimal", "missing" or "limit".
func (e *Error) Code() string {
	switch e.Kind {
	case ErrSyntax:
		return "syntax"
	case ErrUTF8:
		return "utf-8"
	case ErrDuplicateKey:
		return "duplicate-key"
	case ErrType:
		return "type"
	case ErrDecimal:
		return "decimal"
	case ErrMissing:
		return "missing"
	case ErrLimit:
		return "limit"
	}
	return "unknown"
}
