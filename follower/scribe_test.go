package follower

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"poise/dapi"
	"poise/store"
)

// newTestFollower is one that runs without accounts, for its shards.
func newTestFollower(t *testing.T, path string) (*Follower, *store.Store) {
	t.Helper()
	s, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := dapi.New(dapi.Config{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(Config{Store: s, Exchange: x})
	if err != nil {
		t.Fatal(err)
	}
	return f, s
}

func verify(t *testing.T, path string) *Report {
	t.Helper()
	s, err := store.OpenRead(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	scratch, err := store.Open(t.Context(), store.Memory, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	r, err := Verify(t.Context(), s, scratch, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		t.Errorf("verify: %q", r.Problems)
	}
	return r
}

// A flood that the ledger cannot keep up with bounds what waits for it, never
// holds the journal, and ends in the same ledger.
func TestLedgerFallsBehindAndCatchesUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	f, s := newTestFollower(t, path)
	ctx, stop := context.WithCancel(t.Context())
	if err := f.begin(ctx); err != nil {
		t.Fatal(err)
	}
	partition, names := partitionNames(5)
	sh, err := f.shardFor(ctx, partition)
	if err != nil {
		t.Fatal(err)
	}
	f.scribe.most = 500
	h := newHeard(3, names)
	r := rand.New(rand.NewPCG(1, 2))
	total, behind := 0, 0
	flood := func(n int) {
		for total < n {
			records := h.block(1 + r.IntN(400))
			total += len(records)
			if err := sh.in.put(ctx, records...); err != nil {
				t.Fatal(err)
			}
			for sh.ring.end() < uint64(total) { // one block at a time
				runtime.Gosched()
			}
			f.scribe.mu.Lock()
			if f.scribe.waiting > f.scribe.most+400 {
				t.Fatalf("%d deltas wait", f.scribe.waiting)
			}
			if f.scribe.backlogs[partition].behind != nil {
				behind++
			}
			f.scribe.mu.Unlock()
		}
	}
	flood(2_000) // nobody writes yet
	done := make(chan error, 1)
	go func() { done <- f.scribe.run(ctx) }()
	flood(4_000)
	f.end(func() { stop(); <-done }, new(sync.WaitGroup))
	if behind == 0 {
		t.Error("the ledger never fell behind: this shows nothing")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := verify(t, path)
	if before.Records != int64(total) {
		t.Errorf("%d records, put %d", before.Records, total)
	}
	// The next start writes what is missing.
	s, err = store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := OpenKeeper(t.Context(), s, partition)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if r := verify(t, path); r.Behind != 0 || r.Rows == 0 {
		t.Errorf("%d records behind, %d rows", r.Behind, r.Rows)
	}
}

// A mark has the books of an account too that was last heard of before the ledger
// fell behind.
func TestMarksWhileTheLedgerIsBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	f, s := newTestFollower(t, path)
	ctx, stop := context.WithCancel(t.Context())
	must(t, f.begin(ctx))
	partition, names := partitionNames(3)
	sh, err := f.shardFor(ctx, partition)
	must(t, err)
	f.scribe.most = 500
	h := newHeard(3, names)
	for total := 0; total < 3*checkpointEvery/2; {
		records := h.block(400)
		total += len(records)
		must(t, sh.in.put(ctx, records...))
		for sh.ring.end() < uint64(total) {
			runtime.Gosched()
		}
		h.names = names[:2] // the third is quiet
	}
	if f.scribe.backlogs[partition].behind == nil {
		t.Fatal("the ledger is not behind: this shows nothing")
	}
	done := make(chan error, 1)
	go func() { done <- f.scribe.run(ctx) }()
	for f.scribe.lag(partition) > 0 {
		time.Sleep(time.Millisecond)
	}
	f.end(func() { stop(); <-done }, new(sync.WaitGroup))
	must(t, s.Close())
	if r := verify(t, path); r.Marks < 2 {
		t.Errorf("%d marks", r.Marks)
	}
}
