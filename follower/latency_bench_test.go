package follower_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"poise/follower"
)

// BenchmarkLiveLatency measures from when another process writes a message to a
// socket to when a subscriber of Changes has what it changed, which is after it is
// durable; beside an append of 1 KB and its fdatasync on the same disk, paced the
// same. Rounds of both take turns; a ratio is of one round, and the median of
// rounds is told.
//
//	go test ./follower -run '^$' -bench LiveLatency -benchtime 1x
func BenchmarkLiveLatency(b *testing.B) {
	for _, rate := range []int{200, 2000} {
		b.Run(fmt.Sprintf("rate=%d", rate), func(b *testing.B) { benchmarkLatency(b, rate) })
	}
}

const latencyRounds = 11

func benchmarkLatency(b *testing.B, rate int) {
	r := startRig(b, startPusher(b), benchFolder(b), names("a", 1), 2)
	raw, err := os.Create(filepath.Join(r.dir, "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	heard := subscribe(b, r.f)
	var ours, raws, ratios, tails []float64
	for b.Loop() {
		for range latencyRounds {
			n := max(200, rate) // a second, but for slow ones
			heard.take()
			before := r.f.Stats().Frames
			r.p.push(b, "a", n, rate, 1)
			r.frames(before + int64(n))
			until(func() bool { return heard.count() >= n/2 })
			mine, plain := heard.take(), rawAppends(b, raw, n/2, rate)
			ours, raws = append(ours, mine...), append(raws, plain...)
			ratios = append(ratios, median(mine)/median(plain))
			tails = append(tails, quantile(mine, .99)/quantile(plain, .99))
		}
	}
	heard.end()
	r.close()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "ratio-p50")
	b.ReportMetric(median(tails), "ratio-p99")
	b.ReportMetric(median(ours), "ms-p50")
	b.ReportMetric(quantile(ours, .99), "ms-p99")
	b.ReportMetric(median(raws), "ms-p50-raw")
	b.ReportMetric(quantile(raws, .99), "ms-p99-raw")
}

// rawAppends appends 1 KB n times, each durable, rate a second, and returns how
// many ms each took.
func rawAppends(b *testing.B, f *os.File, n, rate int) (ms []float64) {
	data := make([]byte, 1024)
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		at := time.Now()
		if _, err := f.Write(data); err != nil {
			b.Fatal(err)
		}
		if err := datasync(f); err != nil {
			b.Fatal(err)
		}
		ms = append(ms, float64(time.Since(at).Microseconds())/1000)
	}
	return ms
}

// listener is a subscriber that takes the time of each ACCOUNT_UPDATE.
type listener struct {
	mu  sync.Mutex
	ms  []float64
	end func()
}

func subscribe(b *testing.B, f *follower.Follower) *listener {
	ctx, stop := context.WithCancel(context.Background())
	l, ended := &listener{}, make(chan struct{})
	l.end = func() { stop(); <-ended }
	go func() {
		defer close(ended)
		for c, err := range f.Changes(ctx, f.Head()) {
			switch {
			case err != nil:
				if ctx.Err() == nil {
					b.Error(err)
				}
				return
			case c.Delta.Event == "ACCOUNT_UPDATE":
				l.heard(&c)
			}
		}
	}()
	return l
}

func (l *listener) heard(c *follower.Change) {
	now := time.Now().UnixMicro()
	sent, _ := c.Delta.Positions[0].Unrealized.Int64() // a trader's stamp
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ms = append(l.ms, float64(now-sent)/1000)
}

func (l *listener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ms)
}

func (l *listener) take() []float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	ms := l.ms
	l.ms = nil
	return ms
}
