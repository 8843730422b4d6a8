package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"poise/account"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "hold":
		childHold()
	case "write":
		childWrite()
	}
}

// childEnv tells this test binary to be a second process, on the store of the
// first argument.
const childEnv = "POISE_STORE_CHILD"

func child(kind string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), childEnv+"="+kind)
	c.Stderr = os.Stderr
	return c
}

// childHold opens the store, says so and holds it until its input ends.
func childHold() {
	s, err := Open(bg, os.Args[1], Options{})
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString("open\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
	if err := s.Close(); err != nil {
		panic(err)
	}
}

func TestSecondProcessIsLockedOutButMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	s := openStore(t, path)
	mustAppend(t, s, 1, 1, recordsOf(1, 2))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c := child("hold", path)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	_, err = Open(bg, path, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "open for writing in another process") {
		t.Error(err)
	}
	r, err := OpenRead(bg, path)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := readAll(r, 1, 1); n != 2 || err != nil {
		t.Error(n, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	in.Close()
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	s = openStore(t, path) // free again
	mustAppend(t, s, 1, 2, recordsOf(1, 1))
}

func TestOneStoreAFileInOneProcessToo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "poise.db")
	s := openStore(t, path)
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, link, filepath.Join(dir, ".", "poise.db")} {
		if _, err := Open(bg, p, Options{}); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", p, err)
		}
	}
	mustAppend(t, s, 1, 1, recordsOf(1, 1))
}

func TestReaderSeesWhatIsWrittenMeanwhile(t *testing.T) {
	s := newStore(t)
	r, err := OpenRead(bg, s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for seq := uint64(1); seq <= 3; seq++ {
		mustAppend(t, s, 1, seq, recordsOf(1, 1))
		if h, err := r.Head(bg, 1); err != nil || h.Seq != seq {
			t.Error(h, err)
		}
	}
	if err := r.Append(bg, 1, 4, recordsOf(1, 1)); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
	if err := r.Write(bg, batchOf(1, 0, 1)); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
}

// makeStore makes a store with two blocks, changed by query, and closes it.
func makeStore(t *testing.T, query string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "poise.db")
	s, err := Open(bg, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, 1, 1, recordsOf(1, 2))
	mustAppend(t, s, 1, 2, recordsOf(1, 2))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if query != "" {
		execRaw(t, s, query)
	}
	return path
}

func TestFilesThatAreNotOursAreLeftAsTheyAre(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database\n"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		want       error
		says       string
	}{
		{"newer ledger", makeStore(t, "INSERT INTO ledger_version (version_id, is_applied) VALUES (99, 1)"), ErrNewer, "ledger: version 99, known is 3"},
		{"newer journal", makeStore(t, "INSERT INTO journal_version (version_id, is_applied) VALUES (2, 1)"), ErrNewer, "upgrade poise"},
		{"another program's", makeStore(t, "PRAGMA application_id = 7"), ErrForeign, "not a poise store"},
		{"any database", makeStore(t, "PRAGMA application_id = 0"), ErrForeign, "not a poise store"},
		{"text", text, ErrForeign, "not a poise store"},
		{"directory", t.TempDir(), ErrForeign, "directory"},
	} {
		before, _ := os.ReadFile(c.path)
		_, err := Open(bg, c.path, Options{})
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := OpenRead(bg, c.path); !errors.Is(err, c.want) {
			t.Errorf("%s to read: %v", c.name, err)
		}
		if after, _ := os.ReadFile(c.path); !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed", c.name)
		}
		os.Remove(c.path + ".lock")
	}
}

func TestOlderStoreIsBroughtUpToDate(t *testing.T) {
	path := makeStore(t, "DROP TABLE ledger_version")
	if _, err := OpenRead(bg, path); err == nil || !strings.Contains(err.Error(), "earlier schema") {
		t.Error(err)
	}
	path = makeStore(t, "")
	s := openStore(t, path)
	for _, q := range []string{"DROP VIEW blocks", "DELETE FROM ledger_version WHERE version_id > 0"} {
		execRaw(t, s, q)
	}
	for _, name := range append(Tables(), "cursors", "checkpoints", "entry_days", "marks", "mark_books") {
		execRaw(t, s, "DROP TABLE "+name)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path)
	mustWrite(t, s, batchOf(1, 0, 2))
	if n, err := readAll(s, 1, 1); n != 4 || err != nil {
		t.Error(n, err)
	}
}

func TestOpenReadOfNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if _, err := OpenRead(bg, path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it made a file")
	}
	if _, err := Open(bg, filepath.Join(path, "deeper", "poise.db"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestOddPathsAreOnePath(t *testing.T) {
	for _, name := range []string{"a b.db", "100%?.db", "a#b&mode=ro.db", "%41.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := openStore(t, path)
		mustAppend(t, s, 1, 1, recordsOf(1, 1))
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// fillUp appends until the store is full, and returns the last block written.
func fillUp(t *testing.T, s *Store) uint64 {
	t.Helper()
	blocks := messages(16, 50)
	for seq := uint64(1); seq < 10_000; seq++ {
		rs := blocks[seq%50]
		for i := range rs {
			rs[i].Position = 0
		}
		if err := s.Append(bg, 0, seq, rs); err != nil {
			if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "no room left") {
				t.Fatal(err)
			}
			return seq - 1
		}
	}
	t.Fatal("it never filled up")
	return 0
}

// checkFull sees that a full store refuses writes and keeps all it had.
func checkFull(t *testing.T, s *Store, last uint64) {
	t.Helper()
	if h, err := s.Head(bg, 0); err != nil || h.Seq != last {
		t.Error(h, err)
	}
	if n, err := readAll(s, 0, 1); uint64(n) != last*16 || err != nil {
		t.Errorf("%d of %d records: %v", n, last*16, err)
	}
}

func TestFullFileLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	s, err := Open(bg, path, Options{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	last := fillUp(t, s)
	checkFull(t, s, last)
	var d []byte = make([]byte, 1<<20)
	b := batchOf(0, 0, 1)
	b.Checkpoints = []Checkpoint{{names[0], 1, d}}
	if err := s.Write(bg, b); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path) // with room
	checkFull(t, s, last)
	mustAppend(t, s, 0, last+1, recordsOf(0, 1))
	mustWrite(t, s, b)
}

func TestFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
	path, filler := filepath.Join(dir, "poise.db"), filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(bg, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	last := fillUp(t, s)
	checkFull(t, s, last)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, 0, last+1, recordsOf(0, 16)) // it works again once there is room
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(bg, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkFull(t, s, last+1)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAfterClose(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 1))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Entries(bg, EntryFilter{})
	_, readErr := readAll(s, 1, 1)
	_, headErr := s.Head(bg, 1)
	for _, err := range []error{s.Append(bg, 1, 2, recordsOf(1, 1)), s.Write(bg, batchOf(1, 0, 1)), err, readErr, headErr} {
		if !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	s := newStore(t)
	mustAppend(t, s, 1, 1, recordsOf(1, 1)) // what is started once for all is started
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	for range 5 {
		s, err := Open(bg, filepath.Join(t.TempDir(), "poise.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		mustAppend(t, s, 1, 1, recordsOf(1, 1))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestOnlyTheOwnerReadsAStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, end := range []string{"", "-wal", ".lock"} {
		info, err := os.Stat(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
			t.Errorf("%s may be read by others: %v", end, mode)
		}
	}
}

func TestFrozenStoreStaysAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := PartitionOf("main")
	add := func() {
		t.Helper()
		head, err := s.Head(t.Context(), p)
		if err == nil {
			err = s.Append(t.Context(), p, head.Seq+1, []account.Record{{Account: "main", Kind: account.Frame, Data: []byte("{}")}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add()
	frozen, err := OpenFrozen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer frozen.Close()
	for range 50 {
		add()
	}
	n := 0
	for _, err := range frozen.Read(t.Context(), p, 1) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if head, err := frozen.Head(t.Context(), p); n != 1 || err != nil || head.Position != 1 {
		t.Errorf("%d records, head %+v, %v", n, head, err)
	}
}
