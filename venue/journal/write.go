package journal

import (
	"errors"
	"fmt"

	"poise/disk"
)

// mostPending is how many bytes may wait for the disk; with more, Append waits.
const mostPending = 16 << 20

// Start begins to write. durable is called by one goroutine, with rising numbers:
// all records up to last are durable; or, once, with an error that wraps
// ErrFailed, after which nothing becomes durable any more. It must not wait for
// Append. It panics before Records were read to the end: a mistake of the caller.
func (j *Journal) Start(durable func(last uint64, err error)) {
	if !j.all {
		panic("journal: Start before all records were read")
	}
	j.durable, j.given = durable, j.last
	j.pending = make([]byte, blockHead, 64<<10)
	j.stopped.Go(j.run)
}

// Last returns the number of the last record that was given, or read.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return max(j.given, j.last)
}

// Append gives a record, and returns its number. It waits for nothing but room.
// After a failure it drops the record. Error ErrLimit.
func (j *Journal) Append(record []byte) (uint64, error) {
	if len(record) > MaxRecord {
		return 0, fmt.Errorf("%w: %d bytes, more than %d", ErrLimit, len(record), MaxRecord)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.pending) > mostPending && j.failed == nil && !j.closing {
		j.changed.Wait()
	}
	j.given++
	if j.failed != nil || j.closing {
		return j.given, nil
	}
	j.pending = appendRecord(j.pending, record)
	if j.count++; j.count == 1 {
		j.changed.Broadcast()
	}
	return j.given, nil
}

// run writes what waits, until there is nothing more to come.
func (j *Journal) run() {
	for {
		block, count := j.take()
		if count == 0 {
			return
		}
		err := j.write(block, count)
		if err != nil {
			err = fmt.Errorf("%w: %w", ErrFailed, err)
		}
		j.mu.Lock()
		j.failed, j.spare = err, block[:blockHead]
		j.changed.Broadcast()
		j.mu.Unlock()
		j.durable(j.last, err)
		if err != nil {
			return
		}
	}
}

// take waits for records and takes all there are.
func (j *Journal) take() (block []byte, count int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.count == 0 && !j.closing {
		j.changed.Wait()
	}
	block, count = j.pending, j.count
	if j.pending, j.count = j.spare, 0; j.pending == nil {
		j.pending = make([]byte, blockHead, 64<<10)
	}
	j.spare = nil
	j.changed.Broadcast() // there is room
	return block, count
}

// write makes a block durable. What has failed is taken back as far as the disk
// does that, so that nothing is there later that was refused.
func (j *Journal) write(block []byte, count int) error {
	sum := seal(block, j.last+1, count, j.sum)
	_, err := j.file.WriteAt(block, j.end)
	if err == nil {
		err = disk.Sync(j.file)
	}
	if err != nil {
		return errors.Join(err, j.file.Truncate(j.end))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.end, j.sum, j.last = j.end+int64(len(block)), sum, j.last+uint64(count)
	return nil
}

// Close writes what waits and closes the file. It returns the error of a write
// that failed.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closing = true
	j.changed.Broadcast()
	j.mu.Unlock()
	j.stopped.Wait()
	return errors.Join(j.failed, j.release())
}
