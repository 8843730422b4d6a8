//go:build linux || darwin

package disk

import (
	"os"
	"syscall"
)

// Free returns how many bytes a process that is not root may still write on the
// disk that a file or folder is on.
func Free(path string) (uint64, error) {
	var s syscall.Statfs_t
	for {
		err := syscall.Statfs(path, &s)
		if err == nil {
			return s.Bavail * uint64(s.Bsize), nil
		}
		if err != syscall.EINTR {
			return 0, &os.PathError{Op: "statfs", Path: path, Err: err}
		}
	}
}
