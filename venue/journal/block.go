package journal

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// Limits. They bound what a reader allocates.
const (
	MaxRecord = 4 << 20  // bytes
	MaxBody   = 32 << 20 // bytes of a block's records
)

// The file's head, as FORMAT.md specifies it. Numbers are big-endian.
const (
	version   = 1
	magic     = "poisevnu"
	offFormat = 8  // 4 bytes
	offCheck  = 12 // 4 bytes: CRC-32C of bytes 0 to 11
	fileHead  = 16
)

// The head of a block.
const (
	blockMagic = "vblk"
	offBody    = 4  // 4 bytes: length of the body
	offFirst   = 8  // 8 bytes: number of the first record, from 1
	offCount   = 16 // 4 bytes: records
	offPrev    = 20 // 4 bytes: sum of the block before, 0 for the first
	offSum     = 24 // 4 bytes: CRC-32C of bytes 0 to 23 and the body
	offHeadSum = 28 // 4 bytes: CRC-32C of bytes 0 to 27
	blockHead  = 32
)

var (
	be         = binary.BigEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func check(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

func appendFileHead(dst []byte) []byte {
	start := len(dst)
	dst = be.AppendUint32(append(dst, magic...), version)
	return be.AppendUint32(dst, check(dst[start:]))
}

// appendRecord appends a record as a body has it: its length and its bytes.
func appendRecord(dst, record []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(record))), record...)
}

// seal fills in the head of a block whose records stand behind it, and returns
// its sum.
func seal(block []byte, first uint64, count int, prev uint32) uint32 {
	copy(block, blockMagic)
	be.PutUint32(block[offBody:], uint32(len(block)-blockHead))
	be.PutUint64(block[offFirst:], first)
	be.PutUint32(block[offCount:], uint32(count))
	be.PutUint32(block[offPrev:], prev)
	sum := sumOf(block)
	be.PutUint32(block[offSum:], sum)
	be.PutUint32(block[offHeadSum:], check(block[:offHeadSum]))
	return sum
}

func sumOf(block []byte) uint32 {
	return crc32.Update(check(block[:offSum]), castagnoli, block[blockHead:])
}

// isHead reports whether b begins with a block's head, whole.
func isHead(b []byte) bool {
	return len(b) >= blockHead && string(b[:offBody]) == blockMagic && be.Uint32(b[offHeadSum:]) == check(b[:offHeadSum]) &&
		be.Uint32(b[offBody:]) <= MaxBody+MaxRecord
}

func bodySize(head []byte) int { return int(be.Uint32(head[offBody:])) }

// split cuts a body into its records, and reports whether they fill it.
func split(body []byte, count int) (records [][]byte, ok bool) {
	for len(body) > 0 {
		n, size := binary.Uvarint(body)
		if size <= 0 || n > uint64(len(body)-size) {
			return nil, false
		}
		records = append(records, body[size:size+int(n)])
		body = body[size+int(n):]
	}
	return records, len(records) == count && count > 0
}

const sector = 512

// unwritten reports whether b, which stands at an offset of the file, has a
// sector of zeros alone: the file had grown and its bytes had not come yet.
func unwritten(b []byte, offset int64) bool {
	for len(b) > 0 {
		n := min(len(b), sector-int(offset%sector))
		if n >= blockHead && len(bytes.Trim(b[:n], "\x00")) == 0 {
			return true
		}
		b, offset = b[n:], offset+int64(n)
	}
	return false
}

// holdsBlock reports whether a whole block begins anywhere in b.
func holdsBlock(b []byte) bool {
	for {
		i := bytes.Index(b, []byte(blockMagic))
		if i < 0 {
			return false
		}
		b = b[i:]
		if isHead(b) && blockHead+bodySize(b) <= len(b) && sumOf(b[:blockHead+bodySize(b)]) == be.Uint32(b[offSum:]) {
			return true
		}
		b = b[len(blockMagic):]
	}
}
