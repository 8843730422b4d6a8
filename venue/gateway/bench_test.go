package gateway

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"poise/decimal"
	"poise/venue/engine"
)

// BenchmarkSockets opens so many websockets over loopback, held by child
// processes (this test binary again), since one process may not have enough
// descriptors for both ends. It reports
//
//	B/socket      heap and stacks of the venue for an idle socket, kernel buffers not counted
//	ratio-shared  the venue's rate of pushing one message of 1 KiB, the same to all sockets,
//	              over that of a bare loop of Write with the same frames to the same sockets
//	ratio-own     the same for a message of its own for each socket, which the venue frames
//	msg/s         of the venue with the shared message, and of the bare loop
//	us/order      of two accounts that trade through the venue meanwhile, their events sent
//
// The three take turns round by round, each in turn first, and a round begins when
// the clients have read all of the last one; ratios are medians over rounds. A message
// that does not arrive, or a socket that is dropped, fails the benchmark.
//
//	go test ./venue/gateway -run '^$' -bench Sockets -benchtime 1x
func BenchmarkSockets(b *testing.B) {
	if spec := os.Getenv(clientsEnv); spec != "" {
		beClients(spec)
		return
	}
	for _, n := range []int{100, 1000, 10_000, 15_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				benchmarkSockets(b, n)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

const (
	messageSize = 1024
	orders      = 2000
	sharedName  = "bench" // a stream that all sockets have; each has one of its own too
)

func benchmarkSockets(b *testing.B, n int) {
	g, err := New(Config{Push: engine.PushChanged})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(g.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: g.Exchange()}
	go s.Serve(l)
	b.Cleanup(func() { s.Close() })
	before := inUse()
	c := startClients(b, l.Addr().String(), n)
	c.await(b, 0)
	b.ReportMetric(float64(inUse()-before)/float64(n), "B/socket")
	lines := linesOf(b, g, n)
	measurePush(b, g, lines, c)
	measureOrders(b, g, lines)
	for _, line := range lines {
		if line.isCut() {
			b.Fatal("a socket was dropped")
		}
	}
}

// linesOf returns all sockets, in the order of their own streams.
func linesOf(b *testing.B, g *Gateway, n int) (lines []*line) {
	loop(b, g, func() {
		lines = slices.SortedFunc(maps.Keys(g.open), func(x, y *line) int { return cmp.Compare(x.names[1], y.names[1]) })
	})
	if len(lines) != n {
		b.Fatalf("%d sockets are open, want %d", len(lines), n)
	}
	return lines
}

func loop(b *testing.B, g *Gateway, f func()) {
	if err := g.do(b.Context(), f); err != nil {
		b.Fatal(err)
	}
}

// measurePush runs the rounds.
func measurePush(b *testing.B, g *Gateway, lines []*line, c *clients) {
	message := bytes.Repeat([]byte("x"), messageSize)
	frame := textFrame(message)
	own := make([]*stream, len(lines))
	var shared *stream
	loop(b, g, func() {
		shared = g.streams[sharedName]
		for i, l := range lines {
			own[i] = g.streams[l.names[1]]
		}
	})
	ways := [3]func(){
		func() {
			for _, l := range lines {
				if _, err := l.conn.Write(frame); err != nil {
					b.Error(err)
				}
			}
		},
		func() { shared.broadcast(message) },
		func() {
			for _, s := range own {
				s.broadcast(message)
			}
		},
	}
	var took [3][]float64
	sent, rounds := 0, min(300, max(30, 100_000/len(lines)))
	for r := range rounds {
		for i := range ways {
			way := (r + i) % len(ways)
			loop(b, g, func() {
				start := time.Now()
				ways[way]()
				took[way] = append(took[way], time.Since(start).Seconds())
			})
			sent += len(frame)
			c.await(b, sent)
		}
	}
	ratio := func(way int) float64 {
		all := make([]float64, rounds)
		for r := range all {
			all[r] = took[0][r] / took[way][r]
		}
		return median(all)
	}
	b.ReportMetric(ratio(1), "ratio-shared")
	b.ReportMetric(ratio(2), "ratio-own")
	b.ReportMetric(float64(len(lines))/median(took[0]), "msg/s-bare")
	b.ReportMetric(float64(len(lines))/median(took[1]), "msg/s")
}

func median(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }

// measureOrders has two accounts trade, each heard by one of the sockets.
func measureOrders(b *testing.B, g *Gateway, lines []*line) {
	names := []string{"maker", "taker"}
	for i, name := range names {
		if _, err := g.NewAccount(b.Context(), NewAccount{Alias: name, Balances: map[string]decimal.D{"BTC": decimal.New(1000, 0)}}); err != nil {
			b.Fatal(err)
		}
		loop(b, g, func() { g.subscribe(lines[i], []string{g.takeKey(g.byAlias[name])}) })
	}
	var took []float64
	for i := range orders {
		o := engine.Place{Account: names[i%2], Symbol: "BTCUSD_PERP", Type: "LIMIT", TimeInForce: "GTC", Side: []string{"SELL", "BUY"}[i%2],
			Quantity: decimal.New(1, 0), Price: decimal.New(600_000, 1)}
		var err error
		start := time.Now()
		loop(b, g, func() { _, err = g.apply(&o) })
		took = append(took, float64(time.Since(start).Nanoseconds())/1e3)
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(median(took), "us/order")
}

func inUse() uint64 {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
