package journal

import (
	"errors"
	"fmt"
)

// The named errors. What a function returns wraps one of them where it can; test
// with errors.Is.
var (
	// ErrLocked is a folder that another process has open.
	ErrLocked = errors.New("another process has it open")
	// ErrNewer is a file of a newer format. Nothing was changed.
	ErrNewer = errors.New("written by a newer poise: upgrade poise to open it")
	// ErrForeign is a file that is not a journal. Nothing was changed.
	ErrForeign = errors.New("not a journal of a venue")
	// ErrCorrupt is a file that is not what was written; a [*CorruptError] says
	// where. Nothing was changed.
	ErrCorrupt = errors.New("corrupt")
	// ErrFailed is a write that failed: nothing more is written until the journal
	// is opened again. What was said to be durable is.
	ErrFailed = errors.New("the folder cannot be written")
	// ErrLimit is a record larger than the format allows. Nothing was written.
	ErrLimit = errors.New("record out of limits")
)

// CorruptError is a place in a file that is not what was written. It wraps
// [ErrCorrupt].
type CorruptError struct {
	Path   string
	Offset int64 // of the block
	What   string
}

// Error names the file, the place, what differs and how to mend it.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s: offset %d: %s; what is before that is whole: restore the file from a copy, start with an empty folder, "+
		"or cut it there (truncate -s %d) and lose all that came later", e.Path, e.Offset, e.What, e.Offset)
}

// Unwrap returns ErrCorrupt.
func (e *CorruptError) Unwrap() error { return ErrCorrupt }
