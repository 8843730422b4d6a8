package dapi_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"poise/dapi"
	"poise/venue"
)

// flood serves one socket over the loopback interface with frames of a size, in
// writes of 16 frames, until it is cut.
func flood(b *testing.B, size int) (address string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := ws.Upgrade(conn); err != nil {
			return
		}
		many := []byte(strings.Repeat(string(frame(final|text, strings.Repeat("x", size))), 16))
		for err == nil {
			_, err = conn.Write(many)
		}
	}()
	return "ws://" + l.Addr().String()
}

// BenchmarkRead reads frames from a socket of the loopback interface; the peer's
// writing is in the time, not in the allocations.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{200, 650, 4000, 28_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			x := newExchange(b, dapi.Config{Stream: flood(b, size)})
			s, err := x.Dial(b.Context(), "/ws/key")
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// deaf is a sink that counts lines.
type deaf struct{ up *atomic.Int64 }

func (deaf) Frame(dapi.Frame) {}
func (d deaf) Line(_ uint8, e dapi.LineEvent, _ string) {
	if e == dapi.LineUp {
		d.up.Add(1)
	}
}

// BenchmarkIdleLines opens 500 streams of two lines and tells what a line costs
// this process, heap and stacks after collections: raw-line is a bare net.Conn with
// the venue's end of it, line is what a Stream's costs more than that, with its
// half of the keeper.
func BenchmarkIdleLines(b *testing.B) {
	const streams = 500
	for b.Loop() {
		var v venue.Venue
		v.WeightPerMinute = -1
		if err := v.Start(); err != nil {
			b.Fatal(err)
		}
		x := newExchange(b, dapi.Config{REST: v.URL(), Stream: v.StreamURL(), ConnectsPerSecond: -1, WeightPerMinute: -1})
		var clients []*dapi.Client
		for i := range streams {
			clients = append(clients, x.Client(keyOf(b, v.NewAccount(fmt.Sprint("a", i)))))
			clients[i].NewListenKey(b.Context())
		}
		raw := held(func() func() { return dialRaw(b, v.StreamURL(), 2*streams) })
		ours := held(func() func() { return follow(b, x, clients) })
		b.ReportMetric(float64(raw)/(2*streams), "B/raw-line")
		b.ReportMetric(float64(ours-raw)/(2*streams), "B/line")
		v.Close()
	}
}

// held is how much memory is in use after f, more than before, until what f
// returned is called.
func held(f func() func()) int64 {
	before := inUse()
	end := f()
	after := inUse()
	end()
	return after - before
}

func inUse() int64 {
	for range 5 { // stacks shrink by half a collection
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// dialRaw opens sockets with nothing behind them but a net.Conn.
func dialRaw(b *testing.B, address string, n int) (end func()) {
	var all []net.Conn
	for range n {
		conn, _, _, err := ws.Dial(context.Background(), address+"/ws/key")
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, conn)
	}
	return func() {
		for _, conn := range all {
			conn.Close()
		}
	}
}

func follow(b *testing.B, x *dapi.Exchange, clients []*dapi.Client) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var up atomic.Int64
	ended := make(chan error, len(clients))
	for _, c := range clients {
		go func() { ended <- c.NewStream(dapi.StreamConfig{}, deaf{&up}).Run(ctx) }()
	}
	for up.Load() < int64(2*len(clients)) {
		time.Sleep(10 * time.Millisecond)
	}
	x.Close()
	return func() {
		cancel()
		for range clients {
			if err := <-ended; err != nil {
				b.Error(err)
			}
		}
	}
}
