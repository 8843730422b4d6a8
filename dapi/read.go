package dapi

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/gobwas/ws"
)

// header is of a frame.
type header struct {
	fin  bool
	op   ws.OpCode
	size int
}

// message returns the next message, its fragments joined. It is good until the
// next call, unless it is the caller's own.
func (s *Socket) message() (whole []byte, own bool, err error) {
	begun := false
	for {
		h, err := s.header()
		if err != nil {
			return nil, false, err
		}
		if h.op.IsControl() {
			if err := s.control(h); err != nil {
				return nil, false, err
			}
			continue
		}
		if begun != (h.op == ws.OpContinuation) {
			return nil, false, ErrFrame
		}
		if h.size > messageSize-len(whole) {
			return nil, false, ErrSize
		}
		if !begun && h.fin && h.size <= burstSize {
			whole, err = s.few(h.size)
			return whole, false, err
		}
		if whole, err = s.payload(whole, h.size); err != nil {
			return nil, false, err
		}
		if begun = true; h.fin {
			return whole, true, nil
		}
	}
}

// header reads a frame's. What no server may send is ErrFrame: reserved bits and
// codes, a mask, a control frame that is long or in fragments.
func (s *Socket) header() (h header, err error) {
	b, err := s.few(2)
	if err != nil {
		return h, err
	}
	h = header{fin: b[0]&0x80 != 0, op: ws.OpCode(b[0] & 0x0f), size: int(b[1] & 0x7f)}
	if b[0]&0x70 != 0 || b[1]&0x80 != 0 || h.op.IsReserved() || h.op.IsControl() && (!h.fin || h.size > 125) {
		return h, ErrFrame
	}
	switch h.size {
	case 126:
		if b, err = s.few(2); err == nil {
			h.size = int(binary.BigEndian.Uint16(b))
		}
	case 127:
		if b, err = s.few(8); err == nil {
			h.size = int(min(binary.BigEndian.Uint64(b), messageSize+1))
		}
	}
	return h, err
}

// few reads up to burstSize bytes, which are good until the next read.
func (s *Socket) few(n int) ([]byte, error) {
	for s.w-s.r < n {
		s.ready(n)
		if err := s.more(); err != nil {
			return nil, err
		}
	}
	s.r += n
	return s.buf[s.r-n : s.r], nil
}

// ready makes room for what is missing of n bytes: in the large buffer if the last
// read filled the one that it had, and no longer than much comes at once.
func (s *Socket) ready(n int) {
	switch {
	case s.r < s.w && s.r+n <= len(s.buf):
		return
	case s.filled || n > len(s.buf):
		s.burst()
	case s.got <= bufferSize:
		s.calm()
	}
	s.w = copy(s.buf, s.buf[s.r:s.w])
	s.r = 0
}

// more reads what comes into the buffer.
func (s *Socket) more() error {
	for {
		p := s.buf[s.w:]
		n, err := s.fill(p)
		if n > 0 {
			s.w, s.got, s.filled = s.w+n, n, n == len(p)
			return nil
		}
		if err != nil {
			return err
		}
		s.calm()
	}
}

// bursts are buffers of sockets that have more to read than their own buffer holds.
var bursts = sync.Pool{New: func() any { return new([burstSize]byte) }}

// burst makes the buffer one that many sockets have in turn.
func (s *Socket) burst() {
	if s.large == nil {
		s.large = bursts.Get().(*[burstSize]byte)
		s.r, s.w = 0, copy(s.large[:], s.buf[s.r:s.w])
		s.buf = s.large[:]
	}
}

// calm gives the large buffer back if nothing is in it.
func (s *Socket) calm() {
	if s.large != nil && s.r == s.w {
		bursts.Put(s.large)
		s.large, s.buf = nil, s.small
		s.r, s.w = 0, 0
	}
}

// payload appends a frame's payload, in memory that is allocated as bytes come
// where the header promises many.
func (s *Socket) payload(b []byte, size int) ([]byte, error) {
	for size > 0 {
		part := min(size, max(trusted, len(b)))
		if b == nil {
			b = make([]byte, 0, part)
		}
		b = slices.Grow(b, part)
		at := len(b)
		b = b[:at+part]
		if err := s.full(b[at:]); err != nil {
			return nil, err
		}
		size -= part
	}
	return b, nil
}

// full fills p, past the buffer.
func (s *Socket) full(p []byte) error {
	n := copy(p, s.buf[s.r:s.w])
	s.r += n
	for p = p[n:]; len(p) > 0; p = p[n:] {
		var err error
		if n, err = s.fill(p); err != nil {
			return err
		}
	}
	return nil
}

// control answers a ping, and takes a pong for the sign of life that it is.
func (s *Socket) control(h header) error {
	payload, err := s.payload(nil, h.size)
	if err != nil {
		return err
	}
	switch h.op {
	case ws.OpPing:
		return s.send(ws.OpPong, payload, writeWait)
	case ws.OpClose:
		return closed(payload)
	}
	return nil
}

func closed(payload []byte) error {
	code, reason := ws.ParseCloseFrameData(payload)
	if len(payload) < 2 {
		code = ws.StatusNoStatusRcvd
	}
	return &CloseError{Code: int(code), Reason: reason}
}
