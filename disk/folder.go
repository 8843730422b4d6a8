package disk

import (
	"os"
	"runtime"
)

// SyncFolder returns when the names of a folder's files would survive the
// machine's stop. Windows has no such call, and needs none.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
