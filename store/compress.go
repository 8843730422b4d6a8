package store

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"poise/account"
)

// How a body is kept depends on its size alone. One message or two are a quiet
// time, where zstd's tables are in no cache: it costs 30 microseconds, S2 one. A
// small block waits for the disk anyway, so it is made as small as can be: zstd
// costs 10 microseconds a message beside an fsync of 200. A large block is a flood,
// where the processor would be what it waits for: S2 takes a third of zstd's time
// for twice its size (BENCH.md has the figures).
const (
	leastS2   = 128      // bytes; below it nothing is gained
	leastZstd = 2 << 10  // bytes; below it is S2
	mostZstd  = 32 << 10 // bytes; above it is S2
)

// partSize is how much of a large body is compressed as one part, at least, but
// for the last one. Below 16 KB S2 works within the first cache, and
// several processors share the work.
const partSize = 14 << 10

// partsAlone is how many parts are done sooner than another processor wakes.
const partsAlone = 8

// coder makes the compressor and its reverse once; both are used by all.
var coder = sync.OnceValue(func() (c struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}) {
	var err error
	c.enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(mostZstd),
		zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		panic("store: zstd options: " + err.Error())
	}
	c.dec, err = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxBlockBytes), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		panic("store: zstd options: " + err.Error())
	}
	return c
})

// appendBody appends the body of records, raw bytes long, to dst as it is kept,
// and returns the coding. What does not get smaller is stored.
func appendBody(dst []byte, records []account.Record, raw int) ([]byte, byte) {
	start := len(dst)
	coding := byte(codingStored)
	switch {
	case raw > mostZstd, raw < leastZstd && raw >= leastS2:
		dst, coding = appendS2(dst, records), codingS2
	case raw >= leastZstd:
		body := scratch.Get().(*memory)
		body.bytes = appendRecords(body.bytes[:0], records)
		dst, coding = coder().enc.EncodeAll(body.bytes, slices.Grow(dst, raw/2)), codingZstd
		scratch.Put(body)
	}
	if n := len(dst) - start; n > 0 && n < raw {
		return dst, coding
	}
	return appendRecords(slices.Grow(dst[:start], raw), records), codingStored
}

// memory is bytes to work in.
type memory struct{ bytes []byte }

var scratch = sync.Pool{New: func() any { return new(memory) }}

// appendS2 compresses parts of the records on all processors and appends them in
// order, each after its length.
func appendS2(dst []byte, records []account.Record) []byte {
	parts := cut(records)
	done := make([]*memory, len(parts))
	var next atomic.Int32
	work := func() {
		body := scratch.Get().(*memory)
		defer scratch.Put(body)
		for i := int(next.Add(1)) - 1; i < len(parts); i = int(next.Add(1)) - 1 {
			body.bytes = appendRecords(body.bytes[:0], parts[i])
			m := scratch.Get().(*memory)
			m.bytes = s2.Encode(m.bytes[:cap(m.bytes)], body.bytes)
			done[i] = m
		}
	}
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)/partsAlone+1) - 1 {
		wait.Go(work)
	}
	work()
	wait.Wait()
	size := 0
	for _, m := range done {
		size += 4 + len(m.bytes)
	}
	dst = slices.Grow(dst, size)
	for _, m := range done {
		dst = append(be.AppendUint32(dst, uint32(len(m.bytes))), m.bytes...)
		scratch.Put(m)
	}
	return dst
}

// cut makes parts of the records.
func cut(records []account.Record) [][]account.Record {
	var list [][]account.Record
	from, size := 0, 0
	for i := range records {
		if size += recordSize(&records[i]); size >= partSize {
			list = append(list, records[from:i+1])
			from, size = i+1, 0
		}
	}
	if from < len(records) {
		list = append(list, records[from:])
	}
	return list
}

// decodeBody returns the body before compression, which must be raw bytes long.
func decodeBody(stored []byte, coding byte, raw int) ([]byte, error) {
	var body []byte
	switch coding {
	case codingStored:
		body = append(make([]byte, 0, len(stored)), stored...)
	case codingZstd:
		var err error
		if body, err = coder().dec.DecodeAll(stored, make([]byte, 0, raw)); err != nil {
			return nil, corruptf("zstd: %v", err)
		}
	case codingS2:
		var err error
		if body, err = decodeS2(stored, make([]byte, 0, raw)); err != nil {
			return nil, err
		}
	default:
		return nil, corruptf("unknown coding %d", coding)
	}
	if len(body) != raw {
		return nil, corruptf("body of %d bytes, header says %d", len(body), raw)
	}
	return body, nil
}

// decodeS2 appends the parts in stored to body, within its capacity.
func decodeS2(stored, body []byte) ([]byte, error) {
	for len(stored) > 0 {
		if len(stored) < 4 || uint64(be.Uint32(stored)) > uint64(len(stored)-4) {
			return nil, corruptf("s2: a part longer than the body")
		}
		part := stored[4 : 4+be.Uint32(stored)]
		stored = stored[4+len(part):]
		n, err := s2.DecodedLen(part)
		if err != nil || n > cap(body)-len(body) {
			return nil, corruptf("s2: a part of %d bytes in the %d left: %v", n, cap(body)-len(body), err)
		}
		end := len(body) + n
		if _, err := s2.Decode(body[len(body):end:end], part); err != nil {
			return nil, corruptf("s2: %v", err)
		}
		body = body[:end]
	}
	return body, nil
}
