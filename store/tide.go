package store

import (
	"context"
	"database/sql"
	"sync"
)

// tide keeps SQLite's write-ahead log small, so that it is written again from
// its start (which needs no new room on the disk, so its fsync is quick) and
// no append waits long. Its goroutine copies the log into the file beside the
// writer; where the writer is faster than that, the writer copies the little
// that is left itself, and the log starts again.
type tide struct {
	db    *sql.DB
	since int           // bytes written to the log since it was last copied, about
	wake  chan struct{} // room for one
	ahead chan struct{} // room for one: the log has grown past highWater
	stop  context.CancelFunc
	done  sync.WaitGroup
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
	t := &tide{db: db, wake: make(chan struct{}, 1), ahead: make(chan struct{}, 1), stop: stop}
	t.done.Go(func() { t.run(ctx) })
	return t, nil
}

func (t *tide) close() error {
	t.stop()
	t.done.Wait()
	return t.db.Close()
}

// rise is called by the writer, after each transaction.
func (t *tide) rise(writer *sql.Conn, bytes int) {
	select {
	case <-t.ahead:
		// What the goroutine did not reach is short. Its own errors come back
		// when the log is copied again; nothing is lost by a log that is longer.
		_, _ = writer.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
		t.since = 0
		return
	default:
	}
	if t.since += bytes; t.since < copyAfter {
		return
	}
	t.since = 0
	signal(t.wake)
}

func (t *tide) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		}
		var busy, log, copied int
		err := t.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &copied)
		if err == nil && copied < log && log > highWater {
			signal(t.ahead)
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
