package follower

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"poise/account"
	"poise/store"
)

// readFrom is a store that notes where its journal was read from.
type readFrom struct {
	*store.Store
	from uint64
}

func (s *readFrom) Read(ctx context.Context, partition int, from uint64) iter.Seq2[account.Record, error] {
	s.from = from
	return s.Store.Read(ctx, partition, from)
}

// dying is a store whose ledger is written until its process is dead.
type dying struct {
	*store.Store
	dead atomic.Bool
}

func (d *dying) Write(ctx context.Context, b ...store.Batch) error {
	if d.dead.Load() {
		return errDisk
	}
	return d.Store.Write(ctx, b...)
}

// liveChanges follows a partition with what is heard in blocks, until it is stopped or, as
// if it was killed, left; and returns the changes as a live subscriber was given
// them.
func liveChanges(t *testing.T, path string, r *rand.Rand, h *heard, n int) (list []account.Delta) {
	t.Helper()
	f, s := newTestFollower(t, path)
	ctx, stop := context.WithCancel(t.Context())
	must(t, f.begin(ctx))
	partition, _ := partitionNames(1)
	sh, err := f.shardFor(ctx, partition)
	must(t, err)
	f.scribe.most = 800 // so that the ledger falls behind
	process := &dying{Store: s}
	f.scribe.store = process
	done := make(chan error, 1)
	go func() { done <- f.scribe.run(ctx) }()
	reading := reader{shard: sh, at: sh.ring.end()}
	for len(list) < n {
		if r.IntN(4) == 0 { // others are quiet
			_, names := partitionNames(5)
			from := r.IntN(len(names))
			h.names = names[from : from+1+r.IntN(len(names)-from)]
		}
		must(t, sh.in.put(ctx, h.block(1+r.IntN(300))...))
		for end := sh.ring.end(); reading.at < end || end == 0; end = sh.ring.end() {
			_, err := reading.some(ctx, func(c Change, err error) bool {
				list = append(list, c.Delta)
				return err == nil
			})
			must(t, err)
		}
	}
	if r.IntN(3) == 0 { // as if killed: nothing more of the ledger is written
		process.dead.Store(true)
	}
	f.end(func() { stop(); <-done }, new(sync.WaitGroup))
	for reading.at < sh.ring.end() {
		_, err := reading.some(context.Background(), func(c Change, err error) bool {
			list = append(list, c.Delta)
			return err == nil
		})
		must(t, err)
	}
	must(t, s.Close())
	return list
}

// Whoever resumes anywhere is given, to the last byte, what a live subscriber was
// given, of all accounts or of one, whatever came between: restarts, kills, a
// ledger that fell behind. And not much more than that is read.
func TestResumedChangesAreTheLiveOnes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	partition, names := partitionNames(5)
	r, h := rand.New(rand.NewPCG(5, 6)), newHeard(9, names)
	want, lives := map[uint64]string{}, 5
	if testing.Short() {
		lives = 2
	}
	for range lives {
		for _, d := range liveChanges(t, path, r, h, 2_500) {
			want[d.Position] = fmt.Sprintf("%+v", d)
		}
	}
	if report := verify(t, path); report.Marks < lives/2 {
		t.Errorf("%d marks", report.Marks)
	}
	f, s := newTestFollower(t, path)
	defer s.Close()
	noted := &readFrom{Store: s}
	f.config.Store = noted
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	must(t, f.begin(ctx))
	sh, err := f.shardFor(ctx, partition)
	must(t, err)
	head := sh.ring.end()
	near := 0
	for range 6 * lives {
		at := uint64(r.Int64N(int64(head)))
		of := append(names, "")[r.IntN(len(names)+1)]
		reading, n := reader{shard: sh, account: of, at: at}, uint64(r.IntN(400))
		next := at
		_, err := reading.some(ctx, func(c Change, err error) bool {
			must(t, err)
			for next++; next < c.Delta.Position && of != ""; next++ { // of others
			}
			if live, ok := want[next]; !ok || fmt.Sprintf("%+v", c.Delta) != live || c.Delta.Position != next {
				t.Fatalf("of %q after %d: %+v\nlive it was\n%s", of, at, c.Delta, live)
			}
			return next < at+n
		})
		if err != nil && err != errEnough {
			t.Fatal(err)
		}
		if noted.from > 1 {
			near++
		}
		if most := 3*checkpointEvery + (head-at)/2; at+1-noted.from > most {
			t.Errorf("to resume after %d of %d the journal was read from %d", at, head, noted.from)
		}
	}
	if near == 0 && !testing.Short() {
		t.Error("the journal was always read from its beginning: this shows nothing")
	}
	f.end(stop, new(sync.WaitGroup))
}

// A subscriber who has caught up holds no books of its own any more: it may be
// connected for months.
func TestBooksOfALateReaderGo(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	defer s.Close()
	partition, names := partitionNames(1)
	k := mustKeeper(t, s, partition)
	_, err = k.Keep(t.Context(), newHeard(3, names).block(100))
	must(t, err)
	sh := &shard{id: partition, f: &Follower{rereads: make(chan struct{}, 1)}, k: k}
	sh.ring.start(k.head.Position)
	r, heard := &reader{shard: sh, at: 10}, 0
	hear := func(Change, error) bool { heard++; return true }
	if more, err := r.some(t.Context(), hear); !more || err != nil || heard != 90 || r.derived == nil {
		t.Fatalf("%v, %v: %d changes, books %v", more, err, heard, r.derived)
	}
	if more, err := r.some(t.Context(), hear); more || err != nil || heard != 90 || r.derived != nil {
		t.Errorf("%v, %v: %d changes, books %v", more, err, heard, r.derived)
	}
}
