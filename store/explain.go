package store

import (
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// explain gives an error of the database or the system the name that this
// package has for it.
func explain(err error) error {
	if name := nameOf(err); name != nil && !errors.Is(err, name) {
		return fmt.Errorf("%w (%w)", name, err)
	}
	return err
}

func nameOf(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return ErrFull
	}
	switch code := sqliteCode(err); code {
	case lib.SQLITE_FULL, lib.SQLITE_IOERR_SHMSIZE:
		return ErrFull
	case lib.SQLITE_NOTADB:
		return ErrForeign
	default:
		switch code & 0xff {
		case lib.SQLITE_CORRUPT:
			return ErrCorrupt
		case lib.SQLITE_READONLY:
			return ErrReadOnly
		case lib.SQLITE_BUSY:
			return ErrLocked
		}
	}
	return nil
}

// sqliteCode returns the extended result code in err, or 0.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	var own *sqliteError
	if errors.As(err, &own) {
		return own.code
	}
	return 0
}

func isConstraint(err error) bool { return sqliteCode(err)&0xff == lib.SQLITE_CONSTRAINT }

// isFatal reports an error after which what is on disk is not known for sure:
// the store must be opened again.
func isFatal(err error) bool {
	return sqliteCode(err)&0xff == lib.SQLITE_IOERR && nameOf(err) == nil
}
