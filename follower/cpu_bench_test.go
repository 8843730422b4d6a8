//go:build unix

package follower_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/adshao/go-binance/v2/delivery"
)

// BenchmarkLiveCPU measures the processor time a message of this process, which
// follows 64 accounts and does everything (sockets, merging of lines, journal,
// books, ledger, a subscriber), beside 64 sockets of go-binance's
// delivery.WsUserDataServe with a handler that does nothing with what was decoded.
// The same pusher in another process sends both the same messages at the same
// rate, in turn; the time until the ledger is written is ours. A ratio is ours over
// theirs, of one round.
//
//	go test ./follower -run '^$' -bench LiveCPU -benchtime 1x
func BenchmarkLiveCPU(b *testing.B) {
	for _, rate := range []int{500, 5000, 0} {
		for _, lines := range []int{1, 2} {
			name := fmt.Sprintf("rate=%d/lines=%d", rate, lines)
			if rate == 0 {
				name = fmt.Sprintf("flood/lines=%d", lines)
			}
			b.Run(name, func(b *testing.B) { benchmarkCPU(b, rate, lines) })
		}
	}
}

const (
	cpuRounds   = 7
	cpuAccounts = 64
)

func benchmarkCPU(b *testing.B, rate, lines int) {
	p := startPusher(b)
	theirs := startGoBinance(b, p, names("g", cpuAccounts))
	r := startRig(b, p, benchFolder(b), names("a", cpuAccounts), lines)
	r.written()
	heard := subscribe(b, r.f)
	n := 3 * rate // 3 s
	if rate == 0 {
		n = cpuAccounts * 1000
	}
	var ours, peers, ratios []float64
	for b.Loop() {
		for range cpuRounds {
			mine := cpuOf(n, func() {
				before := r.f.Stats().Frames
				p.push(b, "a", n, rate, 1)
				r.frames(before + int64(n))
				r.written()
			})
			peer := cpuOf(n, func() {
				theirs.n.Store(0)
				p.push(b, "g", n, rate, 1)
				until(func() bool { return theirs.n.Load() == int64(n) })
			})
			ours, peers, ratios = append(ours, mine), append(peers, peer), append(ratios, mine/peer)
		}
	}
	heard.end()
	r.close()
	theirs.stop()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(median(ours), "us/message")
	b.ReportMetric(median(peers), "us/message-go-binance")
}

// cpuOf is the processor time that do takes, in us of each of n messages.
func cpuOf(n int, do func()) float64 {
	runtime.GC()
	before := cpuTime()
	do()
	return float64((cpuTime() - before).Nanoseconds()) / 1000 / float64(n)
}

// goBinance is sockets of go-binance.
type goBinance struct {
	n    atomic.Int64 // messages decoded
	ends []func()
}

func startGoBinance(b *testing.B, p *pushing, keys []string) *goBinance {
	delivery.BaseWsMainUrl = "ws://" + p.addresses[0] + "/ws"
	g := &goBinance{}
	for _, key := range keys {
		done, stop, err := delivery.WsUserDataServe(key, func(*delivery.WsUserDataEvent) { g.n.Add(1) }, func(err error) { b.Error(err) })
		if err != nil {
			b.Fatal(err)
		}
		g.ends = append(g.ends, func() { close(stop); <-done })
	}
	time.Sleep(100 * time.Millisecond) // the pusher has them all
	return g
}

func (g *goBinance) stop() {
	for _, end := range g.ends {
		end()
	}
}
