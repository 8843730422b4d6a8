package follower_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// BenchmarkLiveSustained measures how many messages a second become durable when
// 64 accounts of many partitions are pushed to as fast as the follower reads,
// from a process that wants a processor too; beside 64 producers of the same
// messages that each wait until theirs is durable in a plain file, one fdatasync
// for all that wait. It tells how many records the ledger was behind when the
// last message was durable, and how much longer it took to write them, as a part
// of the time before.
//
//	go test ./follower -run '^$' -bench LiveSustained -benchtime 1x
func BenchmarkLiveSustained(b *testing.B) {
	for _, lines := range []int{1, 2} {
		b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) { benchmarkSustained(b, lines) })
	}
}

const (
	sustainedRounds = 7
	producers       = 64
	perProducer     = 2000 // messages a round
)

func benchmarkSustained(b *testing.B, lines int) {
	r := startRig(b, startPusher(b), benchFolder(b), names("a", producers), lines)
	raw, err := os.Create(filepath.Join(r.dir, "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	var ours, raws, ratios, behind, late []float64
	for b.Loop() {
		for range sustainedRounds {
			before := r.f.Stats().Frames
			start := time.Now()
			r.p.push(b, "a", producers*perProducer, 0, 8)
			r.frames(before + producers*perProducer)
			durable := time.Since(start).Seconds()
			behind = append(behind, float64(r.f.Stats().LedgerBehind))
			r.written()
			late = append(late, (time.Since(start).Seconds()-durable)/durable)
			plain := appendTogether(b, raw)
			ours, raws = append(ours, producers*perProducer/durable), append(raws, producers*perProducer/plain)
			ratios = append(ratios, plain/durable)
		}
	}
	r.close()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(median(ours), "messages/s")
	b.ReportMetric(median(raws), "messages/s-raw")
	b.ReportMetric(median(behind), "records-behind")
	b.ReportMetric(median(late), "ledger-later")
}

// groupLog is a file to which many append together.
type groupLog struct {
	f    *os.File
	mu   sync.Mutex
	wait []byte
	done chan struct{} // closed when what waits is durable
	more chan struct{}
}

// appendTogether has all producers append their messages, and returns the seconds.
func appendTogether(b *testing.B, f *os.File) float64 {
	log := &groupLog{f: f, done: make(chan struct{}), more: make(chan struct{}, 1)}
	start := time.Now()
	var all sync.WaitGroup
	for _, name := range names("a", producers) {
		all.Go(func() {
			t := newTrader(name)
			var message []byte
			for range perProducer {
				message = t.next(message[:0], start)
				<-log.add(message)
			}
		})
	}
	go func() {
		all.Wait()
		close(log.more)
	}()
	for range log.more {
		if err := log.commit(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start).Seconds()
}

func (l *groupLog) add(message []byte) (done <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wait = append(l.wait, message...)
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.done
}

func (l *groupLog) commit() error {
	l.mu.Lock()
	data, done := l.wait, l.done
	l.wait, l.done = nil, make(chan struct{})
	l.mu.Unlock()
	defer close(done)
	if _, err := l.f.Write(data); err != nil {
		return err
	}
	return datasync(l.f)
}
