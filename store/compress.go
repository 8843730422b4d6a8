package store

import (
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// frameSize is how much of a body goes into one zstd frame. A body is as many
// frames one after the other, which every zstd decoder reads as one. Small
// frames stay in the processor's cache, which makes them faster than one large
// frame and no larger (measured: 64 KB at 256 MB/s and 4.3 times, 1 MB at 164
// MB/s and 4.2 times), and several processors share the work.
const frameSize = 64 << 10

// leastZstd is the smallest body worth an attempt. At 1 KB zstd costs some 10
// microseconds beside an fsync of 200, and halves what is kept.
const leastZstd = 128

// coder makes the compressor and its reverse once; both are used by all.
var coder = sync.OnceValue(func() (c struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}) {
	var err error
	c.enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(frameSize),
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

// appendBody appends body to dst as it is kept, compressed where that is
// smaller, and returns the coding.
func appendBody(dst, body []byte) ([]byte, byte) {
	if len(body) < leastZstd {
		return append(dst, body...), codingStored
	}
	start := len(dst)
	if len(body) <= frameSize {
		dst = coder().enc.EncodeAll(body, dst)
	} else {
		dst = appendFrames(dst, body)
	}
	if len(dst)-start >= len(body) {
		return append(dst[:start], body...), codingStored
	}
	return dst, codingZstd
}

// appendFrames compresses the parts of body at once and appends them in order.
func appendFrames(dst, body []byte) []byte {
	frames := make([][]byte, (len(body)+frameSize-1)/frameSize)
	compress := func(i int) {
		part := body[i*frameSize : min((i+1)*frameSize, len(body))]
		frames[i] = coder().enc.EncodeAll(part, make([]byte, 0, len(part)/2))
	}
	workers := min(runtime.GOMAXPROCS(0), len(frames))
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(frames); i += workers {
				compress(i)
			}
		})
	}
	wait.Wait()
	for _, f := range frames {
		dst = append(dst, f...)
	}
	return dst
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
	default:
		return nil, corruptf("unknown coding %d", coding)
	}
	if len(body) != raw {
		return nil, corruptf("body of %d bytes, header says %d", len(body), raw)
	}
	return body, nil
}
