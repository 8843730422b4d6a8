package dapi

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// spoken is a connection that has said all it will, in pieces, and hears anything.
type spoken struct {
	net.Conn
	rest  []byte
	piece int
}

func (c *spoken) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), c.piece)], c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
func (*spoken) Write(b []byte) (int, error)      { return len(b), nil }
func (*spoken) SetReadDeadline(time.Time) error  { return nil }
func (*spoken) SetWriteDeadline(time.Time) error { return nil }
func (*spoken) Close() error                     { return nil }

// FuzzSocket has the exchange say anything, in any pieces. What a Socket makes of
// it does not depend on the pieces, ends, and is what another reader of frames
// makes of it.
func FuzzSocket(f *testing.F) {
	compiled := func(frames ...ws.Frame) (all []byte) {
		for _, frame := range frames {
			all = append(all, ws.MustCompileFrame(frame)...)
		}
		return all
	}
	long := bytes.Repeat([]byte("x"), 2_500)
	f.Add(compiled(ws.NewTextFrame([]byte("one")), ws.NewPingFrame([]byte("p")), ws.NewTextFrame(long[:130]), ws.NewTextFrame(nil)), 3)
	f.Add(compiled(ws.NewFrame(ws.OpText, false, []byte("a")), ws.NewPongFrame(nil), ws.NewFrame(ws.OpContinuation, true, long)), 1000)
	f.Add(compiled(ws.NewCloseFrame(ws.NewCloseFrameBody(1001, "x")), ws.NewTextFrame([]byte("after"))), 2)
	f.Add([]byte{0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 1)
	f.Add([]byte{0x81, 0x7e, 0x00, 0x01, 'x', 0x00}, 1)
	f.Fuzz(func(t *testing.T, said []byte, piece int) {
		piece = 1 + max(0, piece)%5000
		got := messages(&spoken{rest: said, piece: piece}, nil)
		if again := messages(&spoken{rest: said[len(said)/2:], piece: 1 << 20}, said[:len(said)/2]); !equal(got, again) {
			t.Fatalf("pieces of %d: %q, in two: %q", piece, got, again)
		}
		if want := judged(said); !equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func messages(conn net.Conn, early []byte) (all [][]byte) {
	s := newSocket(conn, early, time.Now)
	for {
		m, err := s.Read()
		if err != nil {
			return all
		}
		all = append(all, m)
	}
}

// judged reads frames by the other implementation, and its rules of a client's
// state.
func judged(said []byte) (all [][]byte) {
	in := bytes.NewReader(said)
	var whole []byte
	state := ws.StateClientSide
	for {
		h, err := ws.ReadHeader(in)
		if err != nil || ws.CheckHeader(h, state) != nil || h.Length > messageSize || h.OpCode.IsControl() && h.Length > 125 {
			return all
		}
		payload := make([]byte, min(h.Length, int64(in.Len())))
		if _, err := io.ReadFull(in, payload); err != nil || int64(len(payload)) < h.Length {
			return all
		}
		switch {
		case h.OpCode == ws.OpClose:
			return all
		case h.OpCode.IsControl():
			continue
		}
		whole = append(whole, payload...)
		state = state.Set(ws.StateFragmented)
		if h.Fin {
			all = append(all, whole)
			whole, state = nil, ws.StateClientSide
		}
	}
}

func equal(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
