package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A lock is held by one holder, until that one lets it go.
func TestLockHasOneHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Fatalf("a second holder: %v", err)
	}
	if err := Unlock(first); err != nil {
		t.Fatal(err)
	}
	second, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Unlock(second); err != nil {
		t.Fatal(err)
	}
}

// A lock that was let go is free also while somebody else has the file: a process
// that is being started shares it for a moment.
func TestUnlockFreesASharedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := share(f)
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	if err := Unlock(f); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Unlock(again); err != nil {
		t.Fatal(err)
	}
}

// What cannot be synced is said.
func TestSyncTellsItsError(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Sync(f), SyncFolder(filepath.Dir(f.Name()))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if Sync(f) == nil {
		t.Error("a closed file was synced")
	}
	if SyncFolder(f.Name()+".none") == nil {
		t.Error("a folder that is not there was synced")
	}
}

// Example keeps a file so that neither its bytes nor its name can be lost.
func Example() {
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	lock, err := Lock(filepath.Join(dir, "lock"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer Unlock(lock)
	f, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	fmt.Fprintln(f, "first")
	fmt.Println(Sync(f), SyncFolder(dir))
	// Output: <nil> <nil>
}

func TestFreeIsOfADiskThatIsThere(t *testing.T) {
	dir := t.TempDir()
	n, err := Free(dir)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("it is not known here")
	}
	if err != nil || n == 0 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := Free(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a folder that is not there: %v", err)
	}
}
