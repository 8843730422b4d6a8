package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"poise/account"
)

// Limits of a block. They bound what a reader allocates for one.
const (
	MaxBlockRecords = 1 << 16  // records
	MaxBlockBytes   = 32 << 20 // of the body before compression
	MaxAccountName  = 255      // bytes of an account's name
)

// Sum is a block's checksum: SHA-256 over its header without the sum itself,
// and its body as stored. Since the header holds the sum before, a sum stands
// for the whole journal up to its block.
type Sum [sha256.Size]byte

// Block is some records of one partition that became durable together.
type Block struct {
	Partition int
	Seq       uint64           // of the block in its partition, from 1, rising by 1
	Prev      Sum              // of the block before; zero for the first
	Sum       Sum              // of this block
	Records   []account.Record // one at least; positions rise by 1
}

// First returns the position of the block's first record.
func (b *Block) First() uint64 { return b.Records[0].Position }

// Last returns the position of the block's last record.
func (b *Block) Last() uint64 { return b.Records[len(b.Records)-1].Position }

// The header, as FORMAT.md specifies it. Numbers are big-endian.
const (
	blockVersion = 1

	offMagic     = 0  // "pblk"
	offVersion   = 4  // 1 byte
	offCoding    = 5  // 1 byte
	offPartition = 6  // 2 bytes
	offSeq       = 8  // 8 bytes
	offFirst     = 16 // 8 bytes: position of the first record
	offCount     = 24 // 4 bytes: records
	offRaw       = 28 // 4 bytes: length of the body before compression
	offBody      = 32 // 4 bytes: length of the body as stored
	offZero      = 36 // 4 bytes, zero
	offFrom      = 40 // 8 bytes: Received of the first record
	offTo        = 48 // 8 bytes: Received of the last record
	offPrev      = 56 // 32 bytes
	offSum       = 88 // 32 bytes
	headerSize   = 120

	codingStored = 0
	codingZstd   = 1
	codingS2     = 2
)

var be = binary.BigEndian

const blockMagic = "pblk"

// EncodeBlock appends the bytes of b to dst and sets b.Sum. The same block
// gives the same bytes with the same version of the compressor. The error wraps
// [ErrLimit], [ErrPosition] or [ErrPartition].
func EncodeBlock(dst []byte, b *Block) ([]byte, error) {
	raw, err := b.rawSize()
	if err != nil {
		return dst, err
	}
	start := len(dst)
	dst = append(dst, make([]byte, headerSize)...)
	dst, coding := appendBody(dst, b.Records, raw)
	h := dst[start:]
	copy(h[offMagic:], blockMagic)
	h[offVersion], h[offCoding] = blockVersion, coding
	be.PutUint16(h[offPartition:], uint16(b.Partition))
	be.PutUint64(h[offSeq:], b.Seq)
	be.PutUint64(h[offFirst:], b.First())
	be.PutUint32(h[offCount:], uint32(len(b.Records)))
	be.PutUint32(h[offRaw:], uint32(raw))
	be.PutUint32(h[offBody:], uint32(len(h)-headerSize))
	be.PutUint64(h[offFrom:], uint64(b.Records[0].Received))
	be.PutUint64(h[offTo:], uint64(b.Records[len(b.Records)-1].Received))
	copy(h[offPrev:], b.Prev[:])
	b.Sum = sumOf(h)
	copy(h[offSum:], b.Sum[:])
	return dst, nil
}

// rawSize checks that b can be written and returns the length of its body
// before compression.
func (b *Block) rawSize() (int, error) {
	if !isPartition(b.Partition) {
		return 0, fmt.Errorf("%w: %d of %d", ErrPartition, b.Partition, Partitions)
	}
	if n := len(b.Records); n == 0 || n > MaxBlockRecords {
		return 0, fmt.Errorf("%w: %d records, not 1..%d", ErrLimit, n, MaxBlockRecords)
	}
	if b.Seq == 0 || b.First() == 0 {
		return 0, fmt.Errorf("%w: block %d, position %d: both count from 1", ErrPosition, b.Seq, b.First())
	}
	raw := 0
	for i := range b.Records {
		r := &b.Records[i]
		if want := b.First() + uint64(i); r.Position != want {
			return 0, fmt.Errorf("%w: record %d has position %d, not %d", ErrPosition, i, r.Position, want)
		}
		if len(r.Account) > MaxAccountName {
			return 0, fmt.Errorf("%w: account name of %d bytes, more than %d", ErrLimit, len(r.Account), MaxAccountName)
		}
		if raw += recordSize(r); raw > MaxBlockBytes {
			return 0, fmt.Errorf("%w: more than %d bytes", ErrLimit, MaxBlockBytes)
		}
	}
	return raw, nil
}

func sumOf(block []byte) Sum {
	h := sha256.New()
	h.Write(block[:offSum])
	h.Write(block[headerSize:])
	var s Sum
	h.Sum(s[:0])
	return s
}

// DecodeBlock reads the bytes of one block and checks its sum and every length.
// That it follows the block before is for the caller to check. The records'
// Data share one new buffer. The error wraps [ErrCorrupt] or [ErrNewer].
func DecodeBlock(data []byte) (Block, error) {
	b, err := decodeHeader(data)
	if err != nil {
		return Block{}, err
	}
	raw, count := int(be.Uint32(data[offRaw:])), int(be.Uint32(data[offCount:]))
	if raw > MaxBlockBytes || count == 0 || count > MaxBlockRecords || count > raw/recordHead {
		return Block{}, corruptf("%d records in %d bytes", count, raw)
	}
	body, err := decodeBody(data[headerSize:], data[offCoding], raw)
	if err != nil {
		return Block{}, err
	}
	if b.Records, err = decodeRecords(body, be.Uint64(data[offFirst:]), count); err != nil {
		return Block{}, err
	}
	from, to := int64(be.Uint64(data[offFrom:])), int64(be.Uint64(data[offTo:]))
	if from != b.Records[0].Received || to != b.Records[count-1].Received {
		return Block{}, corruptf("times of the header are not the records'")
	}
	return b, nil
}

// decodeHeader checks all of the header that needs no body, and the sum.
func decodeHeader(data []byte) (Block, error) {
	if len(data) < headerSize || string(data[:len(blockMagic)]) != blockMagic {
		return Block{}, corruptf("no block header in %d bytes", len(data))
	}
	if v := data[offVersion]; v > blockVersion {
		return Block{}, fmt.Errorf("%w: block format version %d, known is %d", ErrNewer, v, blockVersion)
	}
	b := Block{
		Partition: int(be.Uint16(data[offPartition:])),
		Seq:       be.Uint64(data[offSeq:]),
		Prev:      Sum(data[offPrev:]),
		Sum:       Sum(data[offSum:]),
	}
	if n := len(data) - headerSize; uint64(be.Uint32(data[offBody:])) != uint64(n) {
		return Block{}, corruptf("body of %d bytes, header says %d", n, be.Uint32(data[offBody:]))
	}
	if got := sumOf(data); got != b.Sum {
		return Block{}, corruptf("checksum is %.8x, header says %.8x", got, b.Sum)
	}
	if data[offVersion] == 0 || be.Uint32(data[offZero:]) != 0 || !isPartition(b.Partition) || b.Seq == 0 {
		return Block{}, corruptf("header: version %d, partition %d, block %d", data[offVersion], b.Partition, b.Seq)
	}
	return b, nil
}
