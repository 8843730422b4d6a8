package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"syscall"
	"testing"

	"poise/account"
	"poise/decimal"
)

func TestErrorsOfTheSystemAreNamed(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, fmt.Errorf("x: %w", syscall.EDQUOT)} {
		if got := explain(err); !errors.Is(got, ErrFull) || !errors.Is(got, err) {
			t.Error(got)
		}
	}
	other := errors.New("other")
	if explain(other) != other || explain(nil) != nil {
		t.Error("an error without a name was changed")
	}
	if named := explain(explain(syscall.ENOSPC)); strings.Count(named.Error(), ErrFull.Error()) != 1 {
		t.Error("named twice:", named)
	}
}

func TestDamagedFileIsNamed(t *testing.T) {
	s := openStore(t, Memory)
	mustWriteDeltas(t, s, 6, deltasOf(withPositions(recordsOf(6, 30), 1)), 30)
	err := s.w.transact(bg, func(w *writer) (int, error) { return 0, w.exec("UPDATE entries SET amount = '1e5'") })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Entries(bg, EntryFilter{}); !errors.Is(err, ErrCorrupt) || !errors.Is(err, decimal.ErrSyntax) {
		t.Error(err)
	}
	if err := number(new(decimal.D)).Scan(int64(5)); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

// After a write of which the outcome is not known nothing more is written: what
// is on the disk says so when the store is opened again.
func TestNothingIsWrittenAfterAFailureOfTheDisk(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 1))
	failure := errors.New("the disk is gone")
	s.w.turn <- struct{}{}
	s.w.failed = failure
	<-s.w.turn
	if err := s.Append(bg, 1, 2, recordsOf(1, 1)); !errors.Is(err, failure) {
		t.Error(err)
	}
	if err := s.Write(bg, batchOf(1, 0, 1)); !errors.Is(err, failure) {
		t.Error(err)
	}
	if n, err := readAll(s, 1, 1); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestWaitingBlockIsTakenBackWhenItsContextEnds(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(bg)
	s.w.turn <- struct{}{} // somebody writes
	done := make(chan error)
	go func() { done <- s.Append(ctx, 1, 1, recordsOf(1, 1)) }()
	go func() { done <- s.Write(ctx, batchOf(2, 0, 1)) }()
	cancel()
	for range 2 {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	<-s.w.turn
	if n, err := readAll(s, 1, 1); n != 0 || err != nil {
		t.Error(n, err)
	}
	mustAppend(t, s, 1, 1, recordsOf(1, 1))
}

// Blocks that waited are committed before the batch that waited with them, and
// a block that is fenced does not take the others along.
func TestBlocksThatWaitShareATransaction(t *testing.T) {
	s := newStore(t)
	insertBlock(t, s, Block{Partition: 3, Seq: 1, Records: withPositions(recordsOf(3, 1), 1)})
	s.parts[3].known = true // it believes that the partition is empty
	s.w.turn <- struct{}{}
	errs := make([]chan error, 6)
	for p := range errs {
		errs[p] = make(chan error, 1)
		go func() { errs[p] <- s.Append(bg, p, 1, recordsOf(p, 2)) }()
	}
	for { // until all wait
		s.w.mu.Lock()
		n := len(s.w.waiting)
		s.w.mu.Unlock()
		if n == len(errs) {
			break
		}
	}
	<-s.w.turn
	for p, c := range errs {
		if err := <-c; p == 3 && !errors.Is(err, ErrFenced) || p != 3 && err != nil {
			t.Error(p, err)
		}
	}
	if n, err := readAll(s, 3, 1); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestDaysAreUTC(t *testing.T) {
	for ms, want := range map[int64]string{0: "1970-01-01", -1: "1969-12-31", 1793491199999: "2026-10-31", 1793491200000: "2026-11-01", 951782400000: "2000-02-29"} {
		if got := DayOf(ms); got != want {
			t.Errorf("%d: %s, not %s", ms, got, want)
		}
	}
	_ = DayOf(math.MaxInt64) // far off, but no panic
}

func TestComparisonEndsWithAnError(t *testing.T) {
	a, b := openStore(t, Memory), openStore(t, Memory)
	mustWrite(t, a, batchOf(1, 0, 1, account.Delta{Position: 1}))
	ctx, cancel := context.WithCancel(bg)
	cancel()
	n := 0
	for _, err := range Compare(ctx, a, b) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Error("it went on after an error")
	}
	for d := range Compare(bg, a, b) { // leaving early is fine
		if d.Table != "accounts" || d.Key != names[1] {
			t.Error(d)
		}
		break
	}
}

func TestEmptyBatchMovesTheCursorAlone(t *testing.T) {
	s := openStore(t, Memory)
	mustWrite(t, s, batchOf(1, 0, 5))
	if c, err := s.Cursor(bg, 1); err != nil || c != (Cursor{5, 5}) {
		t.Error(c, err)
	}
	if c, err := s.Cursor(bg, 2); err != nil || c != (Cursor{}) {
		t.Error(c, err)
	}
	if _, err := s.Cursor(bg, 64); !errors.Is(err, ErrPartition) {
		t.Error(err)
	}
	if dump(t, s) != "" {
		t.Error("rows of nothing")
	}
}

func TestLatestCheckpointIsKept(t *testing.T) {
	s := openStore(t, Memory)
	for i, data := range []string{"one", "", "three"} {
		b := batchOf(1, uint64(i), uint64(i+1))
		b.Checkpoints = []Checkpoint{{names[1], uint64(i + 1), []byte(data)}}
		mustWrite(t, s, b)
		if c, err := s.Checkpoint(bg, names[1]); err != nil || string(c.Data) != data || c.Position != uint64(i+1) {
			t.Errorf("%+v %v", c, err)
		}
	}
	if dump(t, s) != "" {
		t.Error("a checkpoint does not follow from the journal alone")
	}
}
