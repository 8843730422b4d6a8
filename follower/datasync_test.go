//go:build !linux

package follower_test

import "os"

func datasync(f *os.File) error { return f.Sync() }
