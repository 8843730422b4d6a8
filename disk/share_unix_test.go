//go:build unix

package disk

import (
	"os"
	"syscall"
)

func share(f *os.File) (*os.File, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	return os.NewFile(uintptr(fd), f.Name()), err
}
