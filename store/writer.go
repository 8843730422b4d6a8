package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// writer owns the connection that writes. Its goroutine commits one transaction
// after the other, blocks of the journal before anything else; blocks that
// came while the last transaction was committed share the next one's fsync.
type writer struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	appends chan *appendJob
	tasks   chan *task
	stop    chan struct{}
	done    sync.WaitGroup
	tide    *tide // nil in memory
	failed  error // of a write after which nothing more can be written
}

// appendJob is one block on its way into the journal.
type appendJob struct {
	id    int64 // row of the block
	first int64
	block []byte
	err   chan error
}

// task is one transaction of the ledger. do returns how many rows it wrote.
type task struct {
	do  func(*writer) (rows int, err error)
	err chan error
}

// mostShared is how many blocks share a transaction.
const mostShared = Partitions

func startWriter(ctx context.Context, db *sql.DB, target string, file bool) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, stmts: map[string]*sql.Stmt{}, appends: make(chan *appendJob), tasks: make(chan *task), stop: make(chan struct{})}
	if file {
		if w.tide, err = startTide(target); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	w.done.Go(w.run)
	return w, nil
}

// close stops the goroutines. Nobody may be writing.
func (w *writer) close() error {
	close(w.stop)
	w.done.Wait()
	var err error
	if w.tide != nil {
		err = w.tide.close()
	}
	for _, s := range w.stmts {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, w.conn.Close())
}

// append makes a block durable. Once the writer has it, ctx ends nothing: the
// answer says for sure whether it was written.
func (w *writer) append(ctx context.Context, j *appendJob) error {
	j.err = make(chan error, 1)
	select {
	case w.appends <- j:
		return <-j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transact runs do in a transaction of its own; ctx as in append.
func (w *writer) transact(ctx context.Context, do func(*writer) (int, error)) error {
	t := &task{do: do, err: make(chan error, 1)}
	select {
	case w.tasks <- t:
		return <-t.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) run() {
	for {
		select { // the journal first
		case j := <-w.appends:
			w.commitBlocks(j)
			continue
		default:
		}
		select {
		case j := <-w.appends:
			w.commitBlocks(j)
		case t := <-w.tasks:
			t.err <- w.commitTask(t)
		case <-w.stop:
			return
		}
	}
}

const sqlInsertBlock = "INSERT INTO journal (id, first, block) VALUES ($1, $2, $3)"

// commitBlocks writes j and whatever blocks wait beside it in one transaction.
func (w *writer) commitBlocks(j *appendJob) {
	jobs := w.gather(j)
	errs := make([]error, len(jobs))
	size := 0
	err := w.transaction(len(jobs) > 1, func() error {
		for i, j := range jobs {
			size += len(j.block)
			if errs[i] = w.exec(sqlInsertBlock, j.id, j.first, j.block); isConstraint(errs[i]) {
				errs[i] = fmt.Errorf("%w (the block exists)", ErrFenced)
			} else if errs[i] != nil {
				return errs[i]
			}
		}
		return nil
	})
	for i, j := range jobs {
		if err != nil {
			errs[i] = err
		}
		j.err <- errs[i]
	}
	w.wrote(size + len(jobs)*2*pageSize)
}

func (w *writer) gather(j *appendJob) []*appendJob {
	jobs := append(make([]*appendJob, 0, 8), j)
	for len(jobs) < mostShared {
		select {
		case j := <-w.appends:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// rowBytes is what a row of the ledger adds to the log, about.
const rowBytes = 1024

func (w *writer) commitTask(t *task) error {
	rows := 0
	err := w.transaction(true, func() (err error) {
		rows, err = t.do(w)
		return err
	})
	w.wrote(rows * rowBytes)
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
