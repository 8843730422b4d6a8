package gateway

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
)

// pairs opens n loopback connections whose far ends are read and forgotten.
func pairs(b *testing.B, n int) []net.Conn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	var near []net.Conn
	var readers sync.WaitGroup
	for range n {
		far, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		readers.Go(func() { io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{far}, make([]byte, 4096)) })
		c, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		near = append(near, c)
		b.Cleanup(func() {
			c.Close()
			far.Close()
		})
	}
	return near
}

const benchSockets = 4000

// BenchmarkPush sends a 1 KiB message to each of 4,000 sockets: by a bare loop of
// Write, and as the venue does.
func BenchmarkPush(b *testing.B) {
	frame := textFrame(bytes.Repeat([]byte("x"), 1024))
	conns := pairs(b, benchSockets)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			for _, c := range conns {
				if _, err := c.Write(frame); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.N)*benchSockets/b.Elapsed().Seconds(), "msg/s")
	})
	b.Run("venue", func(b *testing.B) {
		var flushers sync.WaitGroup
		s := &stream{name: "key"}
		for _, c := range conns {
			s.lines = append(s.lines, newLine(c, 1<<20, &flushers))
		}
		message := bytes.Repeat([]byte("x"), 1024)
		for b.Loop() {
			s.broadcast(message)
		}
		b.ReportMetric(float64(b.N)*benchSockets/b.Elapsed().Seconds(), "msg/s")
		flushers.Wait()
		for _, l := range s.lines {
			if l.slow {
				b.Fatal("a reader fell behind: the figure is of dropped sockets")
			}
		}
	})
}

// BenchmarkIdleSockets is the memory of the server's side of an idle socket.
func BenchmarkIdleSockets(b *testing.B) {
	for b.Loop() {
		g, err := New(Config{})
		if err != nil {
			b.Fatal(err)
		}
		conns := pairs(b, benchSockets)
		clients := inUse()
		for _, c := range conns {
			l := newLine(c, g.config.QueueMax, &g.lines)
			g.lines.Add(1)
			if err := g.do(b.Context(), func() { g.join(l, []string{"key"}) }); err != nil {
				b.Fatal(err)
			}
			go g.read(l, nil)
		}
		b.ReportMetric(float64(inUse()-clients)/benchSockets, "B/socket")
		g.Close()
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
