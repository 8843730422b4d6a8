package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"poise/account"
)

// What the child does is a function of the seq alone, so that the parent knows
// what must be there.
func childBlock(seq uint64) []account.Record {
	r := rand.New(rand.NewPCG(seq, 7))
	rs := recordsOf(childPartition, 1+r.IntN(40))
	for i := range rs {
		rs[i].Data = fmt.Appendf(nil, "block %d record %d %x", seq, i, r.Uint64())
		if r.IntN(50) == 0 {
			rs[i].Data = append(rs[i].Data, make([]byte, 50_000)...) // a large block now and then
		}
	}
	return rs
}

const childPartition = 11

// childWrite goes on with the store from wherever it is: a block, a line that
// says it was acknowledged, a batch of the ledger behind it, until it is killed.
func childWrite() {
	s, err := Open(bg, os.Args[1], Options{})
	if err != nil {
		panic(err)
	}
	f, deltas := newFold(), []account.Delta(nil)
	for r, err := range s.Read(bg, childPartition, 1) {
		if err != nil {
			panic(err)
		}
		deltas = append(deltas, f.apply(r))
	}
	head, err := s.Head(bg, childPartition)
	if err != nil {
		panic(err)
	}
	cursor, err := s.Cursor(bg, childPartition)
	if err != nil {
		panic(err)
	}
	deltas = deltas[cursor.Position:]
	out := bufio.NewWriter(os.Stdout)
	for seq := head.Seq + 1; ; seq++ {
		rs := childBlock(seq)
		if err := s.Append(bg, childPartition, seq, rs); err != nil {
			panic(err)
		}
		fmt.Fprintln(out, seq)
		out.Flush()
		for _, r := range rs {
			deltas = append(deltas, f.apply(r))
		}
		to := Cursor{rs[len(rs)-1].Position, seq}
		if err := s.Write(bg, Batch{Partition: childPartition, From: cursor, To: to, Deltas: deltas}); err != nil {
			panic(err)
		}
		cursor, deltas = to, nil
	}
}

// A process that is killed at any moment loses no block that Append returned
// for, and its ledger goes on to be the one of a process that never was.
func TestKilledAtAnyMomentLosesNothing(t *testing.T) {
	kills := 200
	if testing.Short() || raced { // a raced child takes ten times as long to start
		kills = 20
	}
	path := filepath.Join(t.TempDir(), "poise.db")
	f, deltas := newFold(), []account.Delta(nil)
	var head Head
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for i := range kills {
		if head.Seq > 500 { // a new store now and then, so that reading it stays quick
			checkLedger(t, path, head, deltas)
			path = filepath.Join(t.TempDir(), "poise.db")
			f, deltas, head = newFold(), nil, Head{}
		}
		said := killChild(t, path, r)
		s := openStoreOnce(t, path)
		for b, err := range s.Blocks(bg, childPartition, head.Seq+1) {
			if err != nil {
				t.Fatalf("kill %d: %v", i, err)
			}
			want := Block{Partition: childPartition, Seq: b.Seq, Prev: head.Sum, Records: withPositions(childBlock(b.Seq), head.Position+1)}
			same(t, b, want)
			head = Head{b.Seq, b.Last(), b.Sum}
			for _, r := range b.Records {
				deltas = append(deltas, f.apply(r))
			}
		}
		cursor, err := s.Cursor(bg, childPartition)
		if err != nil || cursor.Seq > head.Seq || cursor.Position > head.Position {
			t.Fatalf("kill %d: ledger at %+v, journal at %d: %v", i, cursor, head.Seq, err)
		}
		if head.Seq < said {
			t.Fatalf("kill %d: block %d was acknowledged, the journal ends with %d", i, said, head.Seq)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, the last store has %d blocks, %d records", kills, head.Seq, head.Position)
	checkLedger(t, path, head, deltas)
}

func openStoreOnce(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(bg, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// killChild runs a child on the store, kills it at some moment while it opens
// the store or, more often, while it writes, and returns the last block that it
// said was acknowledged.
func killChild(t *testing.T, path string, r *rand.Rand) (said uint64) {
	t.Helper()
	c := child("write", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = c.Process.Kill() }
	opening := r.IntN(4) == 0
	after := time.Duration(r.IntN(40_000)) * time.Microsecond
	if opening {
		defer time.AfterFunc(after, kill).Stop()
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a word cut short was not said
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			break
		}
		if _, err := fmt.Sscan(line, &said); err != nil {
			t.Fatal(err)
		}
		if !opening {
			opening = true
			defer time.AfterFunc(after, kill).Stop()
		}
	}
	err = c.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || runtime.GOOS != "windows" && exit.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return said
}

// checkLedger writes what the ledger still lacks and compares it to one that
// was written in one go.
func checkLedger(t *testing.T, path string, head Head, deltas []account.Delta) {
	t.Helper()
	s := openStoreOnce(t, path)
	defer s.Close()
	cursor, err := s.Cursor(bg, childPartition)
	if err != nil {
		t.Fatal(err)
	}
	end := Cursor{head.Position, head.Seq}
	mustWrite(t, s, Batch{Partition: childPartition, From: cursor, To: end, Deltas: deltas[cursor.Position:]})
	whole := openStore(t, Memory)
	mustWrite(t, whole, Batch{Partition: childPartition, To: end, Deltas: deltas})
	for d, err := range Compare(bg, s, whole) {
		t.Fatal(d, err)
	}
	if dump(t, s) != dump(t, whole) {
		t.Fatal("dumps differ")
	}
	checkTotals(t, s)
}
