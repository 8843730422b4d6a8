package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"poise/account"
)

var bg = context.Background()

// names[p] is an account of partition p.
var names = func() (names [Partitions]string) {
	for i, left := 0, Partitions; left > 0; i++ {
		name := fmt.Sprintf("acc-%d", i)
		if p := PartitionOf(name); names[p] == "" {
			names[p] = name
			left--
		}
	}
	return names
}()

func openStore(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(bg, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "poise.db"))
}

// recordsOf makes n records of a partition without positions.
func recordsOf(partition, n int) []account.Record {
	rs := make([]account.Record, n)
	for i := range rs {
		rs[i] = account.Record{Account: names[partition], Kind: account.Frame, Line: uint8(i), Received: int64(1000 + i),
			Data: fmt.Appendf(nil, `{"e":"ACCOUNT_UPDATE","n":%d}`, i)}
	}
	return rs
}

func mustAppend(t testing.TB, s *Store, partition int, seq uint64, rs []account.Record) {
	t.Helper()
	if err := s.Append(bg, partition, seq, rs); err != nil {
		t.Fatal(err)
	}
}

func TestReadYieldsWhatWasAppended(t *testing.T) {
	for _, path := range []string{Memory, filepath.Join(t.TempDir(), "poise.db")} {
		s := openStore(t, path)
		var want []account.Record
		for seq := uint64(1); seq <= 20; seq++ {
			rs := recordsOf(7, int(seq))
			mustAppend(t, s, 7, seq, rs)
			want = append(want, rs...)
		}
		for _, from := range []uint64{0, 1, 2, 100, 210, 211, 999} {
			next := max(from, 1)
			for r, err := range s.Read(bg, 7, from) {
				if err != nil {
					t.Fatal(err)
				}
				w := want[next-1]
				if r.Position != next || r.Account != w.Account || r.Kind != w.Kind || r.Line != w.Line || r.Received != w.Received || string(r.Data) != string(w.Data) {
					t.Fatalf("from %d: %+v, not %+v", from, r, w)
				}
				next++
			}
			if next != max(211, from) {
				t.Fatalf("from %d: ended before %d", from, next)
			}
		}
	}
}

func TestAppendIsFenced(t *testing.T) {
	s := newStore(t)
	for _, seq := range []uint64{0, 2, 3, maxSeq + 1} {
		if err := s.Append(bg, 1, seq, recordsOf(1, 1)); !errors.Is(err, ErrFenced) {
			t.Errorf("block %d of an empty journal: %v", seq, err)
		}
	}
	mustAppend(t, s, 1, 1, recordsOf(1, 3))
	for _, seq := range []uint64{1, 3} {
		if err := s.Append(bg, 1, seq, recordsOf(1, 1)); !errors.Is(err, ErrFenced) {
			t.Errorf("block %d after 1: %v", seq, err)
		}
	}
	mustAppend(t, s, 2, 1, recordsOf(2, 1)) // another partition goes on
	if h, err := s.Head(bg, 1); err != nil || h.Seq != 1 || h.Position != 3 || h.Sum == (Sum{}) {
		t.Error(h, err)
	}
}

// A writer that believes that it is alone is fenced by the table, not by what
// it remembers; then it sees where the journal really ends.
func TestAnotherWritersBlockFences(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 1))
	head, err := s.Head(bg, 1)
	if err != nil {
		t.Fatal(err)
	}
	other := Block{Partition: 1, Seq: 2, Prev: head.Sum, Records: withPositions(recordsOf(1, 5), 2)}
	insertBlock(t, s, other)
	rs := recordsOf(1, 1)
	if err := s.Append(bg, 1, 2, rs); !errors.Is(err, ErrFenced) {
		t.Fatal(err)
	}
	if rs[0].Position != 0 {
		t.Error("a fenced append filled in a position")
	}
	if h, err := s.Head(bg, 1); err != nil || h.Seq != 2 || h.Position != 6 {
		t.Error(h, err)
	}
	mustAppend(t, s, 1, 3, recordsOf(1, 1))
}

// insertBlock puts a block into the table behind the store's back.
func insertBlock(t *testing.T, s *Store, b Block) {
	t.Helper()
	data, err := EncodeBlock(nil, &b)
	if err != nil {
		t.Fatal(err)
	}
	execRaw(t, s, sqlInsertBlock, blockID(b.Partition, b.Seq), int64(b.First()), data)
}

// execRaw runs SQL on a connection of its own, as sqlite3 in a shell would.
func execRaw(t *testing.T, s *Store, query string, args ...any) {
	t.Helper()
	db, err := openDB(fileURL(s.path)+"?_busy_timeout=5000", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func TestAppendRefusesAndWritesNothing(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 3))
	for _, c := range []struct {
		name      string
		partition int
		records   []account.Record
		want      error
	}{
		{"position taken", 1, withPositions(recordsOf(1, 2), 3), ErrPosition},
		{"position ahead", 1, withPositions(recordsOf(1, 2), 5), ErrPosition},
		{"position in part", 1, append(recordsOf(1, 2), withPositions(recordsOf(1, 1), 9)...), ErrPosition},
		{"no records", 1, nil, ErrLimit},
		{"account elsewhere", 1, recordsOf(2, 1), ErrPartition},
		{"partition 64", 64, recordsOf(1, 1), ErrPartition},
		{"partition -1", -1, recordsOf(1, 1), ErrPartition},
	} {
		if err := s.Append(bg, c.partition, 2, c.records); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	mustAppend(t, s, 1, 2, withPositions(recordsOf(1, 2), 4))
	if h, err := s.Head(bg, 1); err != nil || h.Position != 5 {
		t.Error(h, err)
	}
}

func TestAppendFillsInPositions(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 3))
	rs := recordsOf(1, 2)
	mustAppend(t, s, 1, 2, rs)
	if rs[0].Position != 4 || rs[1].Position != 5 {
		t.Error(rs)
	}
}

// readAll reads a partition up to its end or an error.
func readAll(s *Store, partition int, from uint64) (n int, err error) {
	for _, err := range s.Read(bg, partition, from) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestCorruptBlockIsNamedAndTheRestIsKept(t *testing.T) {
	for _, c := range []struct {
		name, query string
		whole       int    // records before it
		says        string // the error
	}{
		{"flipped bytes", "UPDATE journal SET block = CAST(substr(block, 1, 200) || x'0000' || substr(block, 203) AS BLOB) WHERE id = $1", 20, "checksum"},
		{"cut", "UPDATE journal SET block = substr(block, 1, length(block) - 1) WHERE id = $1", 20, "header says"},
		{"no header", "UPDATE journal SET block = x'00' WHERE id = $1", 20, "no block header"},
		{"deleted", "DELETE FROM journal WHERE id = $1", 20, "missing"},
		{"another's bytes", "UPDATE journal SET block = (SELECT block FROM journal WHERE id = $1 + 1) WHERE id = $1", 20, "the row holds"},
		{"row's position", "UPDATE journal SET first = 1000 WHERE id = $1", 20, "the row holds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			for seq := uint64(1); seq <= 5; seq++ {
				mustAppend(t, s, 1, seq, recordsOf(1, 10))
			}
			execRaw(t, s, c.query, blockID(1, 3))
			n, err := readAll(s, 1, 1)
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || !errors.Is(err, ErrCorrupt) || corrupt.Partition != 1 || corrupt.Seq != 3 {
				t.Fatal(err)
			}
			if n != c.whole || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "restore the file") {
				t.Errorf("after %d records: %v", n, err)
			}
			if n, err := readAll(s, 1, 41); c.name != "row's position" && c.name != "deleted" && (n != 10 || err != nil) {
				t.Errorf("blocks behind it: %d, %v", n, err)
			}
		})
	}
}

func TestForgedBlockBreaksTheChain(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 2))
	mustAppend(t, s, 1, 2, recordsOf(1, 2))
	mustAppend(t, s, 1, 3, recordsOf(1, 2))
	execRaw(t, s, "DELETE FROM journal WHERE id = $1", blockID(1, 2))
	h, _ := s.Head(bg, 2)
	insertBlock(t, s, Block{Partition: 1, Seq: 2, Prev: h.Sum, Records: withPositions(recordsOf(1, 2), 3)})
	if n, err := readAll(s, 1, 1); n != 2 || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "follows a block") {
		t.Error(n, err)
	}
}

func TestHoleInPositionsIsFound(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 2))
	h, _ := s.Head(bg, 1)
	insertBlock(t, s, Block{Partition: 1, Seq: 2, Prev: h.Sum, Records: withPositions(recordsOf(1, 2), 4)})
	if n, err := readAll(s, 1, 1); n != 2 || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "starts with position 4 after 2") {
		t.Error(n, err)
	}
}

func TestCorruptLastBlockStopsAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	s := openStore(t, path)
	mustAppend(t, s, 1, 1, recordsOf(1, 2))
	execRaw(t, s, "UPDATE journal SET block = x'00'")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path)
	if err := s.Append(bg, 1, 2, recordsOf(1, 1)); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
	mustAppend(t, s, 2, 1, recordsOf(2, 1)) // other partitions go on
}

func TestBlockOfANewerPoise(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 2))
	execRaw(t, s, "UPDATE journal SET block = CAST(substr(block, 1, 4) || x'02' || substr(block, 6) AS BLOB)")
	if _, err := readAll(s, 1, 1); !errors.Is(err, ErrNewer) || errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestBlocksFromTheMiddle(t *testing.T) {
	s := newStore(t)
	for seq := uint64(1); seq <= 20; seq++ {
		mustAppend(t, s, 1, seq, recordsOf(1, 2))
	}
	for from, want := range map[uint64]int{0: 20, 1: 20, 2: 19, 20: 1, 21: 0, 99: 0} {
		n := 0
		for b, err := range s.Blocks(bg, 1, from) {
			if err != nil || b.First() != 2*b.Seq-1 || b.Last() != 2*b.Seq || b.Seq != max(from, 1)+uint64(n) {
				t.Fatal(b.Seq, err)
			}
			n++
		}
		if n != want {
			t.Errorf("from %d: %d blocks, not %d", from, n, want)
		}
	}
	for b := range s.Blocks(bg, 1, 1) { // leaving early is fine
		if b.Seq == 3 {
			break
		}
	}
	for _, err := range s.Blocks(bg, 64, 1) {
		if !errors.Is(err, ErrPartition) {
			t.Error(err)
		}
	}
}

func TestPartitionsAppendAtOnce(t *testing.T) {
	s := newStore(t)
	var wait sync.WaitGroup
	for p := range Partitions {
		wait.Go(func() {
			for seq := uint64(1); seq <= 8; seq++ {
				if err := s.Append(bg, p, seq, recordsOf(p, 3)); err != nil {
					t.Error(err)
				}
				if err := s.Write(bg, Batch{Partition: p, From: Cursor{(seq - 1) * 3, seq - 1}, To: Cursor{seq * 3, seq}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for p := range Partitions {
		if n, err := readAll(s, p, 1); n != 24 || err != nil {
			t.Error(p, n, err)
		}
	}
}

// Of many that append the same block, one does.
func TestOneOfManyWritersWins(t *testing.T) {
	s := newStore(t)
	var wait sync.WaitGroup
	var won atomic.Int32
	for range 16 {
		wait.Go(func() {
			if err := s.Append(bg, 1, 1, recordsOf(1, 1)); err == nil {
				won.Add(1)
			} else if !errors.Is(err, ErrFenced) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Error(won.Load())
	}
}

func TestAppendStopsAtADeadContext(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := s.Append(ctx, 1, 1, recordsOf(1, 1)); err == nil {
		if n, _ := readAll(s, 1, 1); n != 1 {
			t.Error("append said it wrote")
		}
	} else if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, err := range s.Read(ctx, 2, 1) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// The log is copied into the file while blocks are appended, and begins again.
func TestLogStaysSmall(t *testing.T) {
	s := newStore(t)
	rs := messages(64, 1)[0]
	for seq := uint64(1); seq <= 1500; seq++ {
		for i := range rs {
			rs[i].Position = 0
		}
		mustAppend(t, s, 0, seq, rs)
	}
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(highWater*pageSize + 3*copyAfter); info.Size() > most {
		t.Errorf("the log has %d bytes, more than %d", info.Size(), most)
	}
	if n, err := readAll(s, 0, 1); n != 1500*64 || err != nil {
		t.Error(n, err)
	}
}

// A block whose sync failed is not acknowledged, and nothing is written after it
// until the store was opened again, which says what there is.
func TestAppendFailsWhereTheLogIsNotSynced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	s := openStore(t, path)
	if err := s.Append(bg, 6, 1, recordsOf(6, 2)); err != nil {
		t.Fatal(err)
	}
	s.w.log.Close() // so that it cannot be
	if err := s.Append(bg, 6, 2, recordsOf(6, 3)); err == nil {
		t.Fatal("a block that was not synced is acknowledged")
	}
	if err := s.Append(bg, 7, 1, recordsOf(7, 1)); err == nil {
		t.Error("written after a sync that failed")
	}
	s.Close()
	s = openStore(t, path)
	head, err := s.Head(bg, 6)
	if err != nil || head.Position != 2 && head.Position != 5 {
		t.Errorf("%+v, %v", head, err)
	}
	if err := s.Append(bg, 6, head.Seq+1, recordsOf(6, 1)); err != nil {
		t.Error(err)
	}
}
