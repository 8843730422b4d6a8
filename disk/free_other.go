//go:build !linux && !darwin

package disk

import (
	"errors"
	"os"
)

// Free is not known here: the error wraps errors.ErrUnsupported.
func Free(path string) (uint64, error) {
	return 0, &os.PathError{Op: "statfs", Path: path, Err: errors.ErrUnsupported}
}
