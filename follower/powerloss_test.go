package follower

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"poise/store"
)

// A machine that stops keeps what was synced, and of what was written behind it
// any part. Each block that Keep returned for is there then, the ledger is one of
// an earlier moment at worst, and comes to be what it was.
func TestTheMachineStops(t *testing.T) {
	partition, names := partitionNames(3)
	dir := t.TempDir()
	path := filepath.Join(dir, "poise.db")
	s, err := store.Open(t.Context(), path, store.Options{})
	must(t, err)
	defer s.Close()
	k := mustKeeper(t, s, partition)
	r, h := rand.New(rand.NewPCG(3, 4)), newHeard(11, names)
	type moment struct {
		synced   int64  // of the log
		position uint64 // that Keep returned for
	}
	var moments []moment
	for range 40 {
		keep(t, k, h.block(1+r.IntN(60)))
		moments = append(moments, moment{sizeOfFile(t, path+"-wal"), k.Head().Position})
		if r.IntN(3) == 0 {
			must(t, k.Flush(t.Context()))
		}
	}
	end, behind := sizeOfFile(t, path+"-wal"), 0
	for i, m := range moments {
		image := filepath.Join(dir, "image.db")
		upTo := end
		if i+1 < len(moments) {
			upTo = moments[i+1].synced
		}
		copyFile(t, path, image, -1)
		copyFile(t, path+"-wal", image+"-wal", m.synced+r.Int64N(upTo-m.synced+1))
		behind += afterStop(t, image, partition, m.position)
		for _, name := range []string{image, image + "-wal", image + "-shm", image + ".lock"} {
			os.Remove(name)
		}
	}
	if behind == 0 {
		t.Error("the ledger was never behind: this shows nothing")
	}
}

// afterStop opens what a stop left, and says by how much the ledger was behind.
func afterStop(t *testing.T, path string, partition int, acknowledged uint64) int {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, path, store.Options{})
	must(t, err)
	defer s.Close()
	head, err := s.Head(ctx, partition)
	must(t, err)
	cursor, err := s.Cursor(ctx, partition)
	must(t, err)
	if head.Position < acknowledged || cursor.Position > head.Position {
		t.Fatalf("after %d was kept the journal ends at %d, the ledger at %d", acknowledged, head.Position, cursor.Position)
	}
	must(t, mustKeeper(t, s, partition).Flush(ctx))
	if report := mustVerify(t, s); report.Behind != 0 || report.Records != int64(head.Position) {
		t.Fatalf("%d records of %d, %d behind", report.Records, head.Position, report.Behind)
	}
	return int(head.Position - cursor.Position)
}

func sizeOfFile(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Size()
}

// copyFile copies the first n bytes, or all where n is negative.
func copyFile(t *testing.T, from, to string, n int64) {
	t.Helper()
	data, err := os.ReadFile(from)
	must(t, err)
	if n >= 0 {
		data = data[:n]
	}
	must(t, os.WriteFile(to, data, 0o600))
}
