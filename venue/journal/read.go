package journal

import (
	"fmt"
	"io"
	"iter"

	"poise/disk"
)

// Records returns all records, the oldest first, with an error as the last one
// when the file is not what was written. A block at the end that was being
// written is cut off. A record is valid until the next.
func (j *Journal) Records() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var block []byte
		for j.end < j.size {
			var err error
			if block, err = j.block(block); err != nil {
				yield(nil, err)
				return
			}
			if block == nil {
				break
			}
			records, ok := split(block[blockHead:], int(be.Uint32(block[offCount:])))
			if !ok {
				yield(nil, &CorruptError{j.path, j.end, "the records of a block do not fill it"})
				return
			}
			j.end, j.sum = j.end+int64(len(block)), be.Uint32(block[offSum:])
			j.last += uint64(len(records))
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
		}
		if err := j.cutTail(); err != nil {
			yield(nil, err)
			return
		}
		j.all = true
	}
}

// block reads the block at the end of what was read, into buf where it fits. It
// returns nil for one that was being written.
func (j *Journal) block(buf []byte) ([]byte, error) {
	left := j.size - j.end
	if left < blockHead {
		return nil, nil
	}
	head := make([]byte, blockHead)
	if _, err := j.file.ReadAt(head, j.end); err != nil {
		return nil, err
	}
	if !isHead(head) {
		return nil, j.tornOr("no block begins here", left)
	}
	size := int64(blockHead + bodySize(head))
	if size > left {
		return nil, nil
	}
	if int64(cap(buf)) < size {
		buf = make([]byte, size+size/2)
	}
	buf = buf[:size]
	if _, err := io.ReadFull(io.NewSectionReader(j.file, j.end, size), buf); err != nil {
		return nil, err
	}
	if got, want := sumOf(buf), be.Uint32(head[offSum:]); got != want {
		what := fmt.Sprintf("the block's checksum is %08x, its head says %08x", got, want)
		if size < left {
			return nil, &CorruptError{j.path, j.end, what}
		}
		return nil, j.tornOr(what, left)
	}
	if first, prev := be.Uint64(head[offFirst:]), be.Uint32(head[offPrev:]); first != j.last+1 || prev != j.sum {
		return nil, &CorruptError{j.path, j.end, fmt.Sprintf("block of record %d after %08x does not follow record %d and %08x", first, prev, j.last, j.sum)}
	}
	return buf, nil
}

// tornOr returns nil when what is left of the file can be a block that was being
// written: some of it has not come, and no block stands behind. Else it is
// corrupt.
func (j *Journal) tornOr(what string, left int64) error {
	corrupt := &CorruptError{j.path, j.end, what}
	if left > blockHead+MaxBody+MaxRecord {
		return corrupt
	}
	rest := make([]byte, left)
	if _, err := io.ReadFull(io.NewSectionReader(j.file, j.end, left), rest); err != nil {
		return err
	}
	if !unwritten(rest, j.end) || holdsBlock(rest[1:]) {
		return corrupt
	}
	return nil
}

// cutTail takes off what is behind the last whole block.
func (j *Journal) cutTail() error {
	if j.last == 0 { // it was made with one block
		return &CorruptError{j.path, j.end, "the first block is not whole"}
	}
	if j.cut = j.size - j.end; j.cut == 0 {
		return nil
	}
	if err := j.file.Truncate(j.end); err != nil {
		return err
	}
	j.size = j.end
	return disk.Sync(j.file)
}
