package disk

import (
	"io"
	"os"
)

// share shares nothing: handles are not inherited.
func share(*os.File) (io.Closer, error) { return io.NopCloser(nil), nil }
