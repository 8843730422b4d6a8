package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"poise/disk"
)

// The files of a folder. The first ones are written under the name of the last,
// so that a journal is there whole or not at all.
const (
	fileName = "venue.log"
	lockName = "lock"
	newName  = "venue.log.new"
)

// Journal is the file of a folder. Read all of [Journal.Records], then
// [Journal.Start] it, then Append to it.
type Journal struct {
	path string
	file *os.File
	lock *os.File
	size int64 // of the file when it was opened
	cut  int64 // bytes that were cut off

	// What follows is the reader's, then the writing goroutine's.
	end  int64  // of the last whole block
	last uint64 // number of its last record
	sum  uint32
	all  bool // Records reached the end

	durable func(last uint64, err error)
	stopped sync.WaitGroup

	mu      sync.Mutex
	changed sync.Cond // of all that follows
	pending []byte    // a block's head, still empty, and records
	count   int       // of records in it
	given   uint64    // number of the last record that was given
	spare   []byte
	closing bool
	failed  error
}

// Open opens the journal of a folder. When there is none it makes the folder,
// for its owner only, and a journal whose first record is what first returns.
// Errors wrap ErrLocked, ErrNewer, ErrForeign or ErrCorrupt where they are that.
func Open(folder string, first func() ([]byte, error)) (j *Journal, err error) {
	j = &Journal{path: filepath.Join(folder, fileName)}
	j.changed.L = &j.mu
	defer func() {
		if err != nil {
			j.release()
			j, err = nil, fmt.Errorf("open %s: %w", folder, err)
		}
	}()
	if err = os.MkdirAll(folder, 0o700); err != nil {
		return j, err
	}
	if j.lock, err = disk.Lock(filepath.Join(folder, lockName)); err != nil {
		if errors.Is(err, disk.ErrLocked) {
			err = ErrLocked
		}
		return j, err
	}
	if _, err = os.Stat(j.path); errors.Is(err, fs.ErrNotExist) {
		err = create(folder, first)
	}
	if err == nil {
		j.file, err = os.OpenFile(j.path, os.O_RDWR, 0)
	}
	if err == nil {
		err = j.checkHead()
	}
	return j, err
}

// create makes a journal of one record.
func create(folder string, first func() ([]byte, error)) error {
	record, err := first()
	if err != nil {
		return err
	}
	if len(record) > MaxRecord {
		return fmt.Errorf("%w: %d bytes, more than %d", ErrLimit, len(record), MaxRecord)
	}
	block := appendRecord(make([]byte, blockHead), record)
	seal(block, 1, 1, 0)
	path := filepath.Join(folder, newName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(appendFileHead(nil), block...))
	if err == nil {
		err = disk.Sync(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path, filepath.Join(folder, fileName)); err != nil {
		return err
	}
	return disk.SyncFolder(folder)
}

func (j *Journal) checkHead() error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, fileHead)
	if _, err := j.file.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	switch {
	case string(head[:offFormat]) != magic:
		return fmt.Errorf("%s: %w", j.path, ErrForeign)
	case be.Uint32(head[offFormat:]) > version:
		return fmt.Errorf("%s: %w: format version %d, known is %d", j.path, ErrNewer, be.Uint32(head[offFormat:]), version)
	case be.Uint32(head[offCheck:]) != check(head[:offCheck]) || be.Uint32(head[offFormat:]) != version:
		return &CorruptError{j.path, 0, "the file's head is not what was written"}
	}
	j.size, j.end = info.Size(), fileHead
	return nil
}

// Path is the file's.
func (j *Journal) Path() string { return j.path }

// Cut returns how many bytes of a block that was being written were cut off.
func (j *Journal) Cut() int64 { return j.cut }

// release closes the files, the lock last.
func (j *Journal) release() (err error) {
	if j.file != nil {
		err = j.file.Close()
	}
	if j.lock != nil {
		err = errors.Join(err, disk.Unlock(j.lock))
	}
	return err
}
