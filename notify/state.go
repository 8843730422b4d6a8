package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"poise/disk"
	"poise/follower"
)

// ErrState is a state file that is not one.
var ErrState = errors.New("not a state of notifications")

// stateVersion is of the file's format; stateMost bounds its bytes.
const (
	stateVersion = 1
	stateMost    = 16 << 20
)

// state is how far a receiver has taken what it was told: a small JSON file that
// is replaced whole.
type state struct {
	Version int    `json:"version"`
	Cursor  string `json:"cursor"` // of changes, as follower.Cursor writes it
	Alerts  []told `json:"alerts"` // that it knows to be open
}

// readState is false for a file that is not there.
func readState(path string) (c follower.Cursor, alerts []told, there bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil, false, nil
	}
	if err != nil {
		return c, nil, false, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, stateMost+1))
	if err != nil {
		return c, nil, false, err
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil || s.Version != stateVersion {
		return c, nil, false, fmt.Errorf("%w: %s: remove it to tell only what happens from now on", ErrState, path)
	}
	if c, err = follower.ParseCursor(s.Cursor); err != nil {
		return c, nil, false, fmt.Errorf("%w: %s: %w", ErrState, path, err)
	}
	return c, s.Alerts, true, nil
}

// writeState returns when the state would survive the machine's stop.
func writeState(path string, c follower.Cursor, alerts []told) (err error) {
	text, err := json.Marshal(state{Version: stateVersion, Cursor: c.String(), Alerts: alerts})
	if err != nil {
		return err
	}
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(text); err == nil {
		err = disk.Sync(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(path))
}
