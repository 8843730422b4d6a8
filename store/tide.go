package store

import (
	"context"
	"database/sql"
	"sync"
)

// tide keeps SQLite's write-ahead log small, so that it is written again from
// its start (which needs no new room on the disk, so its fsync is quick) and
// no append waits long. Its goroutine copies the log into the file beside the
// writer. While the writer is faster than that the log cannot begin again; so
// when it has grown, the writer copies the little that is left itself.
type tide struct {
	db     *sql.DB
	since  int           // bytes written to the log since it was last copied, about
	wake   chan struct{} // room for one: there is something to copy
	ahead  chan struct{} // room for one: the writer must copy the rest
	copied chan struct{} // room for one: it did
	stop   context.CancelFunc
	done   sync.WaitGroup
}

const (
	copyAfter = 4 << 20             // bytes of log
	highWater = 16 << 20 / pageSize // pages of log
)

func startTide(target string) (*tide, error) {
	db, err := openDB(target+"&_busy_timeout=100&_pragma=synchronous(full)&_pragma=wal_autocheckpoint(0)", 1)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	t := &tide{db: db, wake: make(chan struct{}, 1), ahead: make(chan struct{}, 1), copied: make(chan struct{}, 1), stop: stop}
	t.done.Go(func() { t.run(ctx) })
	return t, nil
}

func (t *tide) close() error {
	t.stop()
	t.done.Wait()
	return t.db.Close()
}

// rise is called by the writer, after each transaction.
func (t *tide) rise(writer *conn, bytes int) {
	select {
	case <-t.ahead:
		// An error here only leaves a longer log, and comes again with the next.
		_ = writer.exec(copyLog)
		signal(t.copied)
		t.since = 0
		return
	default:
	}
	if t.since += bytes; t.since >= copyAfter {
		t.since = 0
		signal(t.wake)
	}
}

const copyLog = "PRAGMA wal_checkpoint(PASSIVE)"

func (t *tide) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		}
		if !t.grown(ctx) || !t.grown(ctx) { // the second pass is short
			continue
		}
		signal(t.ahead)
		select {
		case <-ctx.Done():
			return
		case <-t.copied:
		}
	}
}

// grown copies the log as far as it goes now, and reports whether it is large.
// How much the writer added meanwhile SQLite does not say.
func (t *tide) grown(ctx context.Context) bool {
	var busy, log, copied int
	err := t.db.QueryRowContext(ctx, copyLog).Scan(&busy, &log, &copied)
	return err == nil && log > highWater
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
