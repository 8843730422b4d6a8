package disk

import (
	"os"
	"syscall"
)

// Sync returns when a file's bytes, and the length that finds them, would
// survive the machine's stop.
func Sync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
