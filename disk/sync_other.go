//go:build !linux

package disk

import "os"

// Sync returns when a file's bytes, and the length that finds them, would
// survive the machine's stop.
func Sync(f *os.File) error { return f.Sync() }
