//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// Lock takes the lock that is the file at path, which it makes, or fails with
// [ErrLocked]. It is held until [Unlock]; the kernel lets it go when the process
// ends, however it ends.
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, err
	}
	return f, nil
}

// Unlock lets a lock go and closes its file. To close it would not be enough
// while a process is being started: until that one runs it shares the file.
func Unlock(f *os.File) error {
	return errors.Join(os.NewSyscallError("flock", syscall.Flock(int(f.Fd()), syscall.LOCK_UN)), f.Close())
}
