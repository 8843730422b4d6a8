package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// writer has the connection that writes. Whoever writes waits for its turn, and
// in its turn commits every block that waits, so that blocks that came while
// the last transaction was being committed share one fsync, and blocks go before
// a batch of the ledger. There is no goroutine between a caller and the disk: to
// wake one costs as much as a quarter of an fsync.
type writer struct {
	turn  chan struct{} // full while somebody has the connection
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	tide  *tide // nil in memory
	// failed is the error of a write after which nothing more can be written.
	failed error

	mu      sync.Mutex
	waiting []*appendJob // one a partition at most
}

// appendJob is one block on its way into the journal.
type appendJob struct {
	id    int64 // row of the block
	first int64
	block []byte
	err   error // once done is closed
	done  chan struct{}
}

func startWriter(ctx context.Context, db *sql.DB, target string, file bool) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{turn: make(chan struct{}, 1), conn: conn, stmts: map[string]*sql.Stmt{}}
	if file {
		if w.tide, err = startTide(target); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return w, nil
}

// close frees the connection. Nobody may be writing.
func (w *writer) close() error {
	var err error
	if w.tide != nil {
		err = w.tide.close()
	}
	for _, s := range w.stmts {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, w.conn.Close())
}

// append makes a block durable. Once its transaction has begun ctx ends nothing:
// the answer says for sure whether it was written.
func (w *writer) append(ctx context.Context, j *appendJob) error {
	j.done = make(chan struct{})
	w.mu.Lock()
	w.waiting = append(w.waiting, j)
	w.mu.Unlock()
	select {
	case w.turn <- struct{}{}:
		w.commitWaiting() // j too, if nobody did
		<-w.turn
	case <-j.done:
	case <-ctx.Done():
		if w.withdraw(j) {
			return ctx.Err()
		}
	}
	<-j.done
	return j.err
}

// withdraw takes j back unless somebody commits it.
func (w *writer) withdraw(j *appendJob) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := len(w.waiting)
	w.waiting = slices.DeleteFunc(w.waiting, func(o *appendJob) bool { return o == j })
	return len(w.waiting) < before
}

// transact runs do, which returns how many rows it wrote, in a transaction of
// its own; ctx as in append.
func (w *writer) transact(ctx context.Context, do func(*writer) (rows int, err error)) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-w.turn }()
	w.commitWaiting()
	rows := 0
	err := w.transaction(true, func() (err error) {
		rows, err = do(w)
		return err
	})
	w.wrote(rows * rowBytes)
	return err
}

// rowBytes is what a row of the ledger adds to the log, about.
const rowBytes = 1024

const sqlInsertBlock = "INSERT INTO journal (id, first, block) VALUES ($1, $2, $3)"

// commitWaiting writes the blocks that wait in one transaction.
func (w *writer) commitWaiting() {
	w.mu.Lock()
	jobs := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	if len(jobs) == 0 {
		return
	}
	size := len(jobs) * 2 * pageSize
	err := w.transaction(len(jobs) > 1, func() error {
		for _, j := range jobs {
			size += len(j.block)
			if err := w.insert(j); err != nil {
				return err
			}
		}
		return nil
	})
	for _, j := range jobs {
		if err != nil {
			j.err = err
		}
		close(j.done)
	}
	w.wrote(size)
}

// insert adds a block. That the block exists is j's error alone.
func (w *writer) insert(j *appendJob) error {
	err := w.exec(sqlInsertBlock, j.id, j.first, j.block)
	if isConstraint(err) {
		j.err = fmt.Errorf("%w (the block exists)", ErrFenced)
		return nil
	}
	return err
}

// transaction runs do, between BEGIN and COMMIT where explicit, else as the one
// statement that it is. After an error nothing of it is in the store.
func (w *writer) transaction(explicit bool, do func() error) error {
	if w.failed != nil {
		return w.failed
	}
	var err error
	if explicit {
		err = w.exec("BEGIN IMMEDIATE")
	}
	if err == nil {
		err = do()
	}
	if explicit && err == nil {
		err = w.exec("COMMIT")
	}
	if err == nil {
		return nil
	}
	if explicit {
		_ = w.exec("ROLLBACK") // fails where SQLite did it itself
	}
	if isFatal(err) {
		w.failed = fmt.Errorf("an earlier write failed, open the store again: %w", err)
	}
	return err
}

func (w *writer) wrote(bytes int) {
	if w.tide != nil {
		w.tide.rise(w.conn, bytes)
	}
}

// prepared returns the statement of query, prepared once.
func (w *writer) prepared(query string) (*sql.Stmt, error) {
	if s := w.stmts[query]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), query)
	if err == nil {
		w.stmts[query] = s
	}
	return s, err
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.execRows(query, args...)
	return err
}

// execRows runs query and returns how many rows it changed.
func (w *writer) execRows(query string, args ...any) (int64, error) {
	s, err := w.prepared(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (w *writer) queryRow(query string, args ...any) (*sql.Row, error) {
	s, err := w.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.QueryRowContext(context.Background(), args...), nil
}
