package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func first() ([]byte, error) { return []byte("birth"), nil }

// read opens a folder and returns its records, as far as they are whole.
func read(t *testing.T, folder string) (j *Journal, records []string, err error) {
	t.Helper()
	if j, err = Open(folder, first); err != nil {
		return nil, nil, err
	}
	for r, e := range j.Records() {
		if err = e; err == nil {
			records = append(records, string(r))
		}
	}
	return j, records, err
}

// listener waits until records are durable.
type listener struct {
	mu   sync.Mutex
	cond sync.Cond
	last uint64
	err  error
}

func start(j *Journal) *listener {
	l := &listener{}
	l.cond.L = &l.mu
	j.Start(func(last uint64, err error) {
		l.mu.Lock()
		l.last, l.err = last, err
		l.cond.Broadcast()
		l.mu.Unlock()
	})
	return l
}

func (l *listener) wait(n uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.last < n && l.err == nil {
		l.cond.Wait()
	}
	return l.err
}

func give(t *testing.T, j *Journal, record string) uint64 {
	t.Helper()
	n, err := j.Append([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func closed(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// folderOf makes a journal of blocks, each durable before the next, and returns
// what the file is.
func folderOf(t *testing.T, blocks ...[]string) (folder string, file []byte, ends []int) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "data")
	j, _, err := read(t, folder)
	if err != nil {
		t.Fatal(err)
	}
	l := start(j)
	ends = append(ends, size(t, j))
	for _, b := range blocks {
		n := uint64(0)
		j.mu.Lock() // so that they are one block
		for _, r := range b {
			j.given++
			j.pending, n = appendRecord(j.pending, []byte(r)), j.given
			j.count++
		}
		j.changed.Broadcast()
		j.mu.Unlock()
		if err := l.wait(n); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, size(t, j))
	}
	closed(t, j)
	file, err = os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	return folder, file, ends
}

func size(t *testing.T, j *Journal) int {
	info, err := os.Stat(j.path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

func write(t *testing.T, folder string, file []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, fileName), file, 0o600); err != nil {
		t.Fatal(err)
	}
}

var threeBlocks = [][]string{{"a", "bb", ""}, {strings.Repeat("c", 600)}, {"d", strings.Repeat("e", 1100), "f"}}

// What was given is there when it is opened again, in its order, and goes on.
func TestRecordsComeBackInOrder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deep", "data")
	var want []string
	for round := range 5 {
		j, got, err := read(t, folder)
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			want = []string{"birth"}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || j.Last() != uint64(len(want)) {
			t.Fatalf("round %d: %d records, last %d, want %d", round, len(got), j.Last(), len(want))
		}
		start(j)
		for i := range 1000 * round {
			r := fmt.Sprintf("%d.%d %s", round, i, strings.Repeat("x", i%97))
			if n := give(t, j, r); n != uint64(len(want)+1) {
				t.Fatalf("record %d has number %d", len(want)+1, n)
			}
			want = append(want, r)
		}
		closed(t, j) // writes what waits
	}
	if info, err := os.Stat(filepath.Join(folder, fileName)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
}

// Records that come while others are written share a block, and all are told of
// in order.
func TestManyShareOneSync(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	j, _, err := read(t, folder)
	if err != nil {
		t.Fatal(err)
	}
	var told []uint64
	j.Start(func(last uint64, err error) {
		told = append(told, last)
		if err != nil {
			t.Error(err)
		}
	})
	const n = 20_000
	for i := range n {
		give(t, j, fmt.Sprint(i))
	}
	closed(t, j)
	for i := 1; i < len(told); i++ {
		if told[i] <= told[i-1] {
			t.Fatalf("told of %d after %d", told[i], told[i-1])
		}
	}
	if told[len(told)-1] != n+1 || len(told) > n/4 {
		t.Errorf("%d blocks, the last ends with record %d of %d", len(told), told[len(told)-1], n+1)
	}
}

// Wherever the file ends, the blocks before are there and the rest is cut off.
func TestTornTailIsCutOff(t *testing.T) {
	folder, file, ends := folderOf(t, threeBlocks...)
	counts := []int{1, 4, 5, 8}
	for n := ends[0]; n <= len(file); n++ {
		whole := 0
		for i, end := range ends {
			if end <= n {
				whole = i
			}
		}
		if n > ends[whole]+2*blockHead && n < len(file)-50 && whole+1 < len(ends) && n < ends[whole+1]-50 {
			n += 40 // a cut in the middle of a body is like the next
		}
		write(t, folder, file[:n])
		j, got, err := read(t, folder)
		if err != nil || len(got) != counts[whole] || j.Cut() != int64(n-ends[whole]) || size(t, j) != ends[whole] {
			t.Fatalf("%d of %d bytes: %d records, cut %d: %v", n, len(file), len(got), j.Cut(), err)
		}
		closed(t, j)
	}
	for n := 1; n < ends[0]; n++ { // it was renamed into place whole
		write(t, folder, file[:n])
		j, _, err := read(t, folder)
		if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrForeign) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if j != nil {
			closed(t, j)
		}
	}
}

// A machine that stops may leave a file that has grown and has zeros where the
// bytes had not come yet: that is a torn tail too, and only at the end.
func TestUnwrittenSectorsAreATornTail(t *testing.T) {
	folder, file, ends := folderOf(t, threeBlocks...)
	from, to := ends[2], ends[3]
	for at := (from + sector - 1) / sector * sector; at+sector <= to; at += sector {
		torn := bytes.Clone(file)
		clear(torn[at : at+sector])
		write(t, folder, torn)
		j, got, err := read(t, folder)
		if err != nil || len(got) != 5 || j.Cut() != int64(to-from) {
			t.Fatalf("zeros at %d: %d records: %v", at, len(got), err)
		}
		closed(t, j)
	}
	grown := append(bytes.Clone(file), make([]byte, 3*sector)...)
	write(t, folder, grown)
	j, got, err := read(t, folder)
	if err != nil || len(got) != 8 || j.Cut() != 3*sector {
		t.Fatalf("zeros behind: %d records: %v", len(got), err)
	}
	closed(t, j)
	hole := bytes.Clone(file)
	clear(hole[ends[1] : ends[1]+sector])
	write(t, folder, hole)
	if _, _, err := read(t, folder); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("zeros with a block behind: %v", err)
	}
}

// A changed byte is refused wherever it is, with the place of its block and how
// to mend it, and nothing is changed.
func TestFlippedByteIsRefused(t *testing.T) {
	folder, file, ends := folderOf(t, threeBlocks...)
	on, err := os.OpenFile(filepath.Join(folder, fileName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	for at := range file {
		wrong := bytes.Clone(file)
		wrong[at] ^= 1 << (at % 8)
		if at > 0 {
			on.WriteAt(file[at-1:at], int64(at-1))
		}
		if _, err := on.WriteAt(wrong[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
		j, _, err := read(t, folder)
		if j != nil {
			j.release()
		}
		offset := int64(0)
		for _, end := range append([]int{fileHead}, ends...) {
			if end <= at {
				offset = int64(end)
			}
		}
		var corrupt *CorruptError
		switch {
		case at < offFormat:
			if !errors.Is(err, ErrForeign) {
				t.Fatalf("byte %d: %v", at, err)
			}
		case at < offCheck:
			if !errors.Is(err, ErrNewer) && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("byte %d: %v", at, err)
			}
		case !errors.As(err, &corrupt) || corrupt.Offset != offset:
			t.Fatalf("byte %d of the block at %d: %v", at, offset, err)
		case !strings.Contains(err.Error(), fmt.Sprintf("%s: offset %d: ", filepath.Join(folder, fileName), offset)) || !strings.Contains(err.Error(), fmt.Sprintf("truncate -s %d", offset)):
			t.Fatalf("the error does not help: %v", err)
		}
		if after, err := os.ReadFile(filepath.Join(folder, fileName)); err != nil || !bytes.Equal(after, wrong) {
			t.Fatalf("byte %d: the file was changed", at)
		}
	}
}

// Blocks in another order, or left out, are refused though each is whole.
func TestBlocksHaveToFollow(t *testing.T) {
	folder, file, ends := folderOf(t, []string{"a"}, []string{"b"}, []string{"c"})
	for name, wrong := range map[string][]byte{
		"one left out": append(bytes.Clone(file[:ends[1]]), file[ends[2]:]...),
		"one twice":    append(bytes.Clone(file), file[ends[2]:]...),
	} {
		write(t, folder, wrong)
		j, _, err := read(t, folder)
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "does not follow") {
			t.Errorf("%s: %v", name, err)
		}
		if j != nil {
			j.release()
		}
	}
}

// A body whose records do not fill it has the right sum only when it was made
// wrong.
func TestRecordsHaveToFillTheirBlock(t *testing.T) {
	folder, file, ends := folderOf(t)
	block := append(make([]byte, blockHead), binary.AppendUvarint(nil, 9)...)
	seal(block, 2, 1, be.Uint32(file[fileHead+offSum:]))
	write(t, folder, append(bytes.Clone(file[:ends[0]]), block...))
	j, _, err := read(t, folder)
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "do not fill it") {
		t.Error(err)
	}
	j.release()
}

func TestNewerAndForeignFilesAreLeftAlone(t *testing.T) {
	newer := appendFileHead(nil)
	be.PutUint32(newer[offFormat:], version+1)
	be.PutUint32(newer[offCheck:], check(newer[:offCheck]))
	for want, file := range map[error][]byte{ErrNewer: newer, ErrForeign: []byte("SQLite format 3\x00 and more")} {
		folder := t.TempDir()
		write(t, folder, file)
		if _, err := Open(folder, first); !errors.Is(err, want) || !strings.Contains(err.Error(), fileName) {
			t.Errorf("%v, want %v", err, want)
		}
		if after, err := os.ReadFile(filepath.Join(folder, fileName)); err != nil || !bytes.Equal(after, file) {
			t.Errorf("%v: the file was changed", want)
		}
	}
}

func TestOneProcessHasAFolder(t *testing.T) {
	folder := t.TempDir()
	j, _, err := read(t, folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder, first); !errors.Is(err, ErrLocked) {
		t.Errorf("a second one: %v", err)
	}
	j.release()
	j, _, err = read(t, folder)
	if err != nil {
		t.Fatal(err)
	}
	j.release()
}

func TestTooLargeARecordIsRefused(t *testing.T) {
	j, _, err := read(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	start(j)
	if _, err := j.Append(make([]byte, MaxRecord+1)); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	if n := give(t, j, strings.Repeat("x", MaxRecord)); n != 2 {
		t.Errorf("the largest is record %d", n)
	}
	closed(t, j)
	if _, err := Open(t.TempDir(), func() ([]byte, error) { return make([]byte, MaxRecord+1), nil }); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
}

// A journal that could not be made leaves nothing that looks like one.
func TestBirthIsWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	wrong := errors.New("no birth")
	if _, err := Open(folder, func() ([]byte, error) { return nil, wrong }); !errors.Is(err, wrong) {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, newName), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	j, got, err := read(t, folder)
	if err != nil || fmt.Sprint(got) != "[birth]" {
		t.Fatal(got, err)
	}
	j.release()
}

// On a full disk all that was told to be durable is, the rest is told of with
// one error, and it goes on when there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	}()
	j, _, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	l := start(j)
	r := rand.New(rand.NewPCG(1, 1))
	var given []string
	for err == nil {
		given = append(given, strings.Repeat(fmt.Sprint(len(given)), 1+r.IntN(3000)))
		err = l.wait(give(t, j, given[len(given)-1]))
	}
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "no space left") {
		t.Fatal(err)
	}
	if _, err := j.Append([]byte("more")); err != nil { // dropped
		t.Fatal(err)
	}
	if err := j.Close(); !errors.Is(err, ErrFailed) {
		t.Errorf("closed with %v", err)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=1m", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	j, got, err := read(t, dir)
	if want := append([]string{"birth"}, given[:len(given)-1]...); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%d records of %d: %v", len(got), len(want), err)
	}
	l = start(j)
	if err := l.wait(give(t, j, given[len(given)-1])); err != nil {
		t.Error(err)
	}
	closed(t, j)
}

// Any bytes in a journal's place are read or refused.
func FuzzRecords(f *testing.F) {
	block := appendRecord(make([]byte, blockHead), []byte("birth"))
	seal(block, 1, 1, 0)
	f.Add(append(appendFileHead(nil), block...))
	f.Add(append(append(appendFileHead(nil), block...), make([]byte, 1000)...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		folder := t.TempDir()
		write(t, folder, file)
		j, _, err := read(t, folder)
		if err == nil && j.all {
			start(j)
			give(t, j, "more")
			closed(t, j)
			if j, _, err = read(t, folder); err != nil {
				t.Fatalf("it was read, and cannot be after one more: %v", err)
			}
		}
		if j != nil {
			j.release()
		}
	})
}

// Example logs what is told and does it again at the next start.
func Example() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for range 2 {
		j, err := Open(dir, func() ([]byte, error) { return []byte("seed 1"), nil })
		if err != nil {
			fmt.Println(err)
			return
		}
		for record, err := range j.Records() {
			fmt.Printf("again: %s %v\n", record, err)
		}
		durable := make(chan uint64, 1)
		j.Start(func(last uint64, err error) { durable <- last })
		j.Append([]byte("deposit 2 BTC"))
		fmt.Println("durable:", <-durable)
		j.Close()
	}
	// Output:
	// again: seed 1 <nil>
	// durable: 2
	// again: seed 1 <nil>
	// again: deposit 2 BTC <nil>
	// durable: 3
}
