package dapi_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"poise/dapi"
	"poise/test/memnet"
)

// peer is the exchange's end of a socket, that may send what no exchange does.
type peer struct {
	t    *testing.T
	conn net.Conn
}

// withPeer opens a socket whose other end the test has.
func withPeer(t *testing.T, f func(t *testing.T, s *dapi.Socket, p *peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		got := make(chan net.Conn, 1)
		address := serve(t, n, func(w http.ResponseWriter, r *http.Request) {
			conn, _, _, err := ws.UpgradeHTTP(r, w)
			if err != nil {
				t.Error(err)
			}
			got <- conn
		})
		x := newExchange(t, dapi.Config{Stream: "ws://" + address, Dial: n.Dial})
		s, err := x.Dial(t.Context(), "/ws/key")
		if err != nil {
			t.Fatal(err)
		}
		p := &peer{t, <-got}
		t.Cleanup(func() { s.Close(); p.conn.Close() })
		f(t, s, p)
	})
}

// frame writes a frame's first byte, its length and its payload.
func frame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// hears returns the next frame of the client.
func (p *peer) hears() (ws.OpCode, string) {
	p.t.Helper()
	f, err := ws.ReadFrame(p.conn)
	if err != nil {
		p.t.Fatal(err)
	}
	if !f.Header.Masked {
		p.t.Error("a client's frame has to be masked")
	}
	ws.Cipher(f.Payload, f.Header.Mask, 0)
	return f.Header.OpCode, string(f.Payload)
}

const text, final, ping, pong, closing = 0x1, 0x80, 0x89, 0x8a, 0x88

func TestMessagesOfEverySizeAndInAnyPieces(t *testing.T) {
	var sizes []int
	for _, n := range []int{0, 1, 125, 126, 127, 650, 2046, 2047, 2048, 2049, 4096, 65535, 65536, 65537, 200_000, 1 << 20} {
		sizes = append(sizes, n)
	}
	for _, piece := range []int{1, 7, 1000, 1 << 30} {
		withPeer(t, func(t *testing.T, s *dapi.Socket, p *peer) {
			var all []byte
			var want []string
			for _, n := range sizes {
				if piece == 1 && n > 5000 {
					continue
				}
				m := strings.Repeat("x", n)
				want = append(want, m)
				all = append(all, frame(final|text, m)...)
				all = append(all, frame(ping, "")...)
			}
			go func() {
				for len(all) > 0 {
					n := min(piece, len(all))
					p.conn.Write(all[:n])
					all = all[n:]
				}
			}()
			go io.Copy(io.Discard, p.conn)
			var kept [][]byte
			for range want {
				m, err := s.Read()
				if err != nil {
					t.Fatal(err)
				}
				kept = append(kept, m)
			}
			for i := range want {
				if string(kept[i]) != want[i] {
					t.Errorf("pieces of %d: message %d of %d bytes came as %d", piece, i, len(want[i]), len(kept[i]))
				}
			}
		})
	}
}

func TestFragmentsAreJoinedWithPingsBetween(t *testing.T) {
	withPeer(t, func(t *testing.T, s *dapi.Socket, p *peer) {
		for _, f := range [][]byte{frame(text, "one "), frame(ping, "are you there"), frame(0, ""), frame(0, "two "), frame(pong, ""), frame(final, "three"), frame(final|text, "four")} {
			p.conn.Write(f)
		}
		for _, want := range []string{"one two three", "four"} {
			if m, err := s.Read(); string(m) != want || err != nil {
				t.Error(string(m), err)
			}
		}
		if op, payload := p.hears(); op != ws.OpPong || payload != "are you there" {
			t.Error(op, payload)
		}
	})
}

func TestWhatNoServerMaySendEndsTheSocket(t *testing.T) {
	for name, e := range map[string]struct {
		sent []byte
		want error
		code ws.StatusCode
	}{
		"a reserved bit":            {frame(final|text|0x40, "x"), dapi.ErrFrame, 1002},
		"a reserved code":           {frame(final|0x3, "x"), dapi.ErrFrame, 1002},
		"a mask":                    {[]byte{final | text, 0x80 | 1, 1, 2, 3, 4, 5}, dapi.ErrFrame, 1002},
		"a ping in fragments":       {frame(0x09, ""), dapi.ErrFrame, 1002},
		"a long ping":               {frame(ping, strings.Repeat("x", 126)), dapi.ErrFrame, 1002},
		"a continuation of nothing": {frame(final, "x"), dapi.ErrFrame, 1002},
		"a message inside another":  {append(frame(text, "x"), frame(final|text, "y")...), dapi.ErrFrame, 1002},
		"17 MB":                     {append([]byte{final | text, 127}, binary.BigEndian.AppendUint64(nil, 17<<20)...), dapi.ErrSize, 1009},
		"more than memory":          {append([]byte{final | text, 127}, bytes.Repeat([]byte{0xff}, 8)...), dapi.ErrSize, 1009},
		"17 MB in fragments": {append(frame(text, "x"), append([]byte{final, 127}, binary.BigEndian.AppendUint64(nil, 16<<20)...)...), dapi.ErrSize,
			1009},
	} {
		withPeer(t, func(t *testing.T, s *dapi.Socket, p *peer) {
			p.conn.Write(e.sent)
			if _, err := s.Read(); !errors.Is(err, e.want) {
				t.Errorf("%s: %v", name, err)
			}
			op, payload := p.hears()
			if code, _ := ws.ParseCloseFrameData([]byte(payload)); op != ws.OpClose || code != e.code {
				t.Errorf("%s: the exchange is told %v %d", name, op, code)
			}
			if _, err := p.conn.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.Read(); err == nil {
				t.Errorf("%s: it can still be read", name)
			}
		})
	}
}

func TestACloseFrameSaysWhy(t *testing.T) {
	for _, e := range []struct {
		payload string
		code    int
		reason  string
	}{{"\x03\xe9gone", 1001, "gone"}, {"\x03\xe8", 1000, ""}, {"", 1005, ""}, {"\x03", 1005, ""}} {
		withPeer(t, func(t *testing.T, s *dapi.Socket, p *peer) {
			p.conn.Write(frame(closing, e.payload))
			var closed *dapi.CloseError
			if _, err := s.Read(); !errors.As(err, &closed) || closed.Code != e.code || closed.Reason != e.reason {
				t.Error(err)
			}
			if op, _ := p.hears(); op != ws.OpClose {
				t.Error(op)
			}
		})
	}
}

func TestAnEndWithoutAWordIsAnError(t *testing.T) {
	withPeer(t, func(t *testing.T, s *dapi.Socket, p *peer) {
		p.conn.Write(frame(final|text, "whole")[:4])
		p.conn.Close()
		if _, err := s.Read(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	})
}

func TestThePingWatch(t *testing.T) {
	withPeer(t, func(t *testing.T, s *dapi.Socket, p *peer) {
		began := time.Now()
		go func() { // pongs two pings, speaks, and then is silent
			for range 2 {
				p.hears()
				p.conn.Write(frame(pong, ""))
			}
			time.Sleep(30 * time.Second)
			p.conn.Write(frame(final|text, "x"))
			io.Copy(io.Discard, p.conn)
		}()
		if m, err := s.Read(); string(m) != "x" || err != nil || time.Since(began) != 120*time.Second {
			t.Error(string(m), err, time.Since(began))
		}
		began = time.Now()
		if _, err := s.Read(); !errors.Is(err, dapi.ErrSilent) || time.Since(began) != 90*time.Second {
			t.Error(err, time.Since(began))
		}
	})
}

func TestASocketIsWrittenAndClosed(t *testing.T) {
	withPeer(t, func(t *testing.T, s *dapi.Socket, p *peer) {
		for _, n := range []int{5, 126, 70_000} {
			go s.Write(bytes.Repeat([]byte("x"), n))
			if op, payload := p.hears(); op != ws.OpText || payload != strings.Repeat("x", n) {
				t.Error(op, len(payload))
			}
		}
		ended := make(chan error)
		go func() {
			_, err := s.Read()
			ended <- err
		}()
		synctest.Wait()
		s.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if op, payload := p.hears(); op != ws.OpClose || payload != "\x03\xe8" {
			t.Errorf("%v %x", op, payload)
		}
		if err := s.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		s.Close()
	})
}

func TestAHandshakeThatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		address := serve(t, n, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/ws/limited":
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(429)
			case "/ws/slow":
				<-r.Context().Done()
			default:
				w.WriteHeader(403)
			}
		})
		x := newExchange(t, dapi.Config{Stream: "ws://" + address, Dial: n.Dial})
		for path, want := range map[string]error{"/ws/other": dapi.ErrForbidden, "/ws/slow": nil} {
			if _, err := x.Dial(t.Context(), path); err == nil || want != nil && !errors.Is(err, want) || strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", path, err)
			}
		}
		for _, path := range []string{"ws", "/ws/a b", "/ws/a\nb", "/ws/%zz"} {
			if _, err := x.Dial(t.Context(), path); err == nil || strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", path, err)
			}
		}
		time.Sleep(time.Second) // turns to connect
		began := time.Now()
		if _, err := x.Dial(t.Context(), "/ws/limited"); !errors.Is(err, dapi.ErrLimited) || x.Usage().Until.IsZero() {
			t.Error(err)
		}
		x.Dial(t.Context(), "/ws/other")
		if time.Since(began) != 30*time.Second {
			t.Error(time.Since(began))
		}
	})
}
