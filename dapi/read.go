package dapi

import (
	"encoding/binary"
	"slices"

	"github.com/gobwas/ws"
)

// header is of a frame.
type header struct {
	fin  bool
	op   ws.OpCode
	size int
}

// message returns the next message, its fragments joined.
func (s *Socket) message() ([]byte, error) {
	var whole []byte
	begun := false
	for {
		h, err := s.header()
		if err != nil {
			return nil, err
		}
		if h.op.IsControl() {
			if err := s.control(h); err != nil {
				return nil, err
			}
			continue
		}
		if begun != (h.op == ws.OpContinuation) {
			return nil, ErrFrame
		}
		if h.size > messageSize-len(whole) {
			return nil, ErrSize
		}
		if whole, err = s.payload(whole, h.size); err != nil {
			return nil, err
		}
		if begun = true; h.fin {
			return whole, nil
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

// few reads up to 8 bytes, which are good until the next read.
func (s *Socket) few(n int) ([]byte, error) {
	if s.w-s.r >= n {
		s.r += n
		return s.buf[s.r-n : s.r], nil
	}
	b := s.head[:n]
	for at := 0; at < n; {
		if s.r == s.w {
			got, err := s.fill(s.buf)
			if err != nil {
				return nil, err
			}
			s.r, s.w = 0, got
		}
		got := copy(b[at:], s.buf[s.r:s.w])
		at, s.r = at+got, s.r+got
	}
	return b, nil
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

// full fills p, past the buffer when more is missing than fits in it.
func (s *Socket) full(p []byte) error {
	for len(p) > 0 {
		if s.r < s.w {
			n := copy(p, s.buf[s.r:s.w])
			s.r, p = s.r+n, p[n:]
			continue
		}
		if len(p) >= len(s.buf) {
			n, err := s.fill(p)
			if err != nil {
				return err
			}
			p = p[n:]
			continue
		}
		n, err := s.fill(s.buf)
		if err != nil {
			return err
		}
		s.r, s.w = 0, n
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
