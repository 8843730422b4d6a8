package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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

func TestFenced(t *testing.T) {
	s := newStore(t)
	for _, seq := range []uint64{0, 2, 3} {
		if err := s.Append(bg, 1, seq, recordsOf(1, 1)); !errors.Is(err, ErrFenced) {
			t.Errorf("block %d of an empty journal: %v", seq, err)
		}
	}
}
