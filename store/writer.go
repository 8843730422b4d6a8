package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"poise/disk"
)

// writer has the connection that writes. Whoever writes waits for its turn, and
// in its turn commits every block that waits, so that blocks that came while
// the last transaction was being committed share one fsync, and blocks go before
// a batch of the ledger. There is no goroutine between a caller and the disk: to
// wake one costs as much as a quarter of an fsync.
type writer struct {
	turn chan struct{} // full while somebody has the connection
	*conn
	ledger *ledgerWriter
	tide   *tide    // nil in memory
	log    *os.File // SQLite's write-ahead log; nil in memory
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

// startWriter opens the connection of the database target, whose file is at path,
// "" where it is in memory.
func startWriter(target string, o Options, path string) (*writer, error) {
	c, err := openConn(target)
	if err != nil {
		return nil, err
	}
	w := &writer{turn: make(chan struct{}, 1), conn: c, ledger: newLedgerWriter(c)}
	for _, q := range writerPragmas(o) {
		if err := c.exec(q); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	if path != "" {
		if err := w.openFile(target, path); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return w, nil
}

// openFile opens the log, which is there as long as the store is open, and has it
// copied.
func (w *writer) openFile(target, path string) (err error) {
	if w.log, err = os.OpenFile(path+"-wal", os.O_RDWR, 0); err != nil {
		return err
	}
	if err := disk.SyncFolder(filepath.Dir(path)); err != nil { // its name
		return errors.Join(err, w.log.Close())
	}
	if w.tide, err = startTide(target); err != nil {
		return errors.Join(err, w.log.Close())
	}
	return nil
}

// writerPragmas are the settings of the connection that writes. What a
// statement must be able to undo is noted in memory. NORMAL leaves it to sync to
// make a transaction durable: SQLite would use fsync, which writes the file's times
// as well, and would do so for the ledger, which follows from the journal.
func writerPragmas(o Options) []string {
	list := []string{"PRAGMA synchronous = NORMAL", "PRAGMA wal_autocheckpoint = 0", "PRAGMA cache_size = -8192", "PRAGMA temp_store = MEMORY"}
	if o.MaxBytes > 0 {
		list = append(list, fmt.Sprintf("PRAGMA max_page_count = %d", o.MaxBytes/pageSize))
	}
	return list
}

// close frees the connection. Nobody may be writing.
func (w *writer) close() error {
	var err error
	if w.tide != nil {
		err = errors.Join(w.tide.close(), w.log.Close())
	}
	return errors.Join(err, w.conn.close())
}

// sync makes durable what was committed: the log up to here, of journal and ledger.
// After an error nobody knows what is on the disk.
func (w *writer) sync() error {
	if w.log == nil {
		return nil
	}
	if err := disk.Sync(w.log); err != nil {
		w.failed = fmt.Errorf("the log was not written, open the store again: %w", err)
		return w.failed
	}
	return nil
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
	if err != nil {
		w.ledger.forget()
	}
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
	if err == nil {
		err = w.sync()
	}
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
	w.reset()
	_, err := w.run(sqlInsertBlock, num(j.id), num(j.first), w.blob(j.block))
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
