package store

import (
	"errors"
	"fmt"
)

// The named errors. What a function returns wraps one of them where it can and
// says what was being done; test with errors.Is.
var (
	// ErrFenced is a write that does not start where the store ends: another
	// writer has the partition now, or this one wrote it before. Nothing was
	// written. Step down, or read the head or cursor again.
	ErrFenced = errors.New("fenced: another writer went on from here")
	// ErrLocked is a store that another process has open for writing.
	ErrLocked = errors.New("the store is open for writing in another process")
	// ErrNewer is a store, or a block, of a newer poise. Nothing was changed.
	ErrNewer = errors.New("written by a newer poise: upgrade poise to open it")
	// ErrForeign is a file that is not a poise store. Nothing was changed.
	ErrForeign = errors.New("not a poise store")
	// ErrFull is a disk without room. Nothing was written by this call and
	// nothing was lost of what was there; it works again once there is room.
	ErrFull = errors.New("no room left on the disk")
	// ErrCorrupt is data that is not what was written; a [*CorruptError] says where.
	ErrCorrupt = errors.New("corrupt")
	// ErrPosition is a block whose records do not go on from the head by 1, or a
	// batch with a delta outside its cursors. Nothing was written.
	ErrPosition = errors.New("positions do not follow")
	// ErrPartition is an account that is not of the partition it is written to,
	// or a partition outside 0..[Partitions]-1. Nothing was written.
	ErrPartition = errors.New("wrong partition")
	// ErrLimit is a block that is empty or larger than its format allows.
	// Nothing was written.
	ErrLimit = errors.New("block out of limits")
	// ErrConflict is a batch that adds a ledger row which exists, or revises one
	// that is not there as it says. Nothing was written.
	ErrConflict = errors.New("does not fit the ledger's rows")
	// ErrReadOnly is a write to a store that was opened to read.
	ErrReadOnly = errors.New("the store is open read-only")
	// ErrClosed is a call to a store that is closed.
	ErrClosed = errors.New("the store is closed")
)

// CorruptError is a block that is not what was written. It wraps [ErrCorrupt],
// or [ErrNewer] for a block of a later format version.
type CorruptError struct {
	Partition int
	Seq       uint64 // of the block
	Err       error  // what differs
}

// Error names the block, what differs and how to mend it.
func (e *CorruptError) Error() string {
	if errors.Is(e.Err, ErrNewer) {
		return fmt.Sprintf("partition %d block %d: %v", e.Partition, e.Seq, e.Err)
	}
	return fmt.Sprintf("partition %d block %d: %v; blocks before it are whole: "+
		"restore the file from a copy, or start a new store, which begins with the exchange's snapshot", e.Partition, e.Seq, e.Err)
}

// Unwrap returns what differs.
func (e *CorruptError) Unwrap() error { return e.Err }

func corruptf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
