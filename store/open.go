package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone

	"poise/disk"
)

// Memory is the path of a store that is gone when it is closed.
const Memory = ":memory:"

// Options of [Open]. The zero value is ready.
type Options struct {
	// MaxBytes bounds the store's file; what does not fit fails with [ErrFull].
	// 0 is no bound but the disk's.
	MaxBytes int64
}

// Store is a journal and a ledger in one SQLite file. It implements [Journal]
// and [Ledger]; all methods may be called at once from several goroutines.
type Store struct {
	path  string
	lock  *os.File // nil when read-only or in memory
	write *sql.DB  // one connection, that set the store up; nil when read-only
	read  *sql.DB
	view  *sql.Tx // what is read through, in a View
	w     *writer

	mu     sync.RWMutex // held to read by whoever writes to the store, to write by Close
	closed bool
	parts  [Partitions]struct {
		sync.Mutex // one Append a partition at a time
		known      bool
		head       Head
	}
}

var (
	_ Journal = (*Store)(nil)
	_ Ledger  = (*Store)(nil)
)

const (
	applicationID = 0x706f6973 // "pois", in SQLite's header: what the file is
	pageSize      = 8192       // bytes; see BENCH.md
	readers       = 4          // connections
)

// Open opens the store at path to write and read, and makes it where there is
// none; [Memory] is a new one in memory. Only one process at a time can: another
// one gets [ErrLocked] and may use [OpenRead]. The errors [ErrNewer] and
// [ErrForeign] leave the file as it is.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	s, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, path string, o Options) (_ *Store, err error) {
	s := &Store{path: path}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	target, file := memoryTarget(), ""
	if path != Memory {
		if target, err = realPath(path); err != nil {
			return nil, err
		}
		file = target
		// A file of its own: SQLite's own locks on the store are lost when any
		// file of it is closed.
		if s.lock, err = disk.Lock(target + ".lock"); err != nil {
			return nil, lockError(err)
		}
		_, err := probe(ctx, target)
		if errors.Is(err, fs.ErrNotExist) {
			err = create(target)
		}
		if err != nil {
			return nil, err
		}
		target = fileURL(target) + "?"
	}
	if s.write, err = setUp(ctx, target, o); err != nil {
		return nil, err
	}
	if s.read, err = openReader(target); err != nil {
		return nil, err
	}
	s.w, err = startWriter(target, o, file)
	return s, err
}

// OpenRead opens the store at path to read, also while another process writes
// to it. It changes nothing; each write fails with [ErrReadOnly].
func OpenRead(ctx context.Context, path string) (*Store, error) {
	s := &Store{path: path}
	target, err := realPath(path)
	if err == nil {
		var older bool
		if older, err = probe(ctx, target); err == nil && older {
			err = errors.New("it has an earlier schema: open it to write once, which brings it up to date")
		}
	}
	if err == nil {
		s.read, err = openReader(fileURL(target) + "?")
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s to read: %w", path, explain(err))
	}
	return s, nil
}

// OpenFrozen is OpenRead of the store as it is at this moment: journal and ledger
// of one transaction, whatever another process writes meanwhile. That process
// keeps its write-ahead log until the store is closed. One caller at a time may
// read it.
func OpenFrozen(ctx context.Context, path string) (*Store, error) {
	s, err := OpenRead(ctx, path)
	if err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(1)
	s.read.SetMaxIdleConns(1)
	_, err = s.read.ExecContext(ctx, "BEGIN")
	if err == nil {
		var n int64 // the first look is what takes the moment
		err = s.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM cursors").Scan(&n)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("freeze store %s: %w", path, explain(err)), s.Close())
	}
	return s, nil
}

// Close ends the store after the writes that are under way; what comes later
// fails with [ErrClosed]. A second Close does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if err := s.release(); err != nil {
		return fmt.Errorf("close store %s: %w", s.path, explain(err))
	}
	return nil
}

// release frees what s holds, the lock last.
func (s *Store) release() (err error) {
	if s.w != nil {
		err = s.w.close()
	}
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if s.lock != nil {
		err = errors.Join(err, disk.Unlock(s.lock))
	}
	return err
}

// create makes an empty file that only its owner may read, since the accounts'
// money is in it; SQLite gives its log the same permissions. The folder is
// synced so that the name is as durable as what will be in the file.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(path))
}

func lockError(err error) error {
	if errors.Is(err, disk.ErrLocked) {
		return ErrLocked
	}
	return err
}

// setUp makes the file a store if it is new, and brings its schema up to date.
// A store in memory lives as long as the connection that it returns.
func setUp(ctx context.Context, target string, o Options) (*sql.DB, error) {
	db, err := openDB(target+"&_busy_timeout=5000&_pragma=synchronous(full)&_pragma=wal_autocheckpoint(0)", 1)
	if err != nil {
		return nil, err
	}
	setup := []string{
		fmt.Sprintf("PRAGMA page_size = %d", pageSize), // of a new file; before WAL
		"PRAGMA journal_mode = WAL",
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
	}
	if o.MaxBytes > 0 {
		setup = append(setup, fmt.Sprintf("PRAGMA max_page_count = %d", o.MaxBytes/pageSize))
	}
	for _, q := range setup {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openReader(target string) (*sql.DB, error) {
	return openDB(target+"&mode=ro&_busy_timeout=5000&_pragma=query_only(1)", readers)
}

func openDB(dsn string, connections int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// probe looks at the file at path without changing it: fails with
// [fs.ErrNotExist], [ErrForeign] or [ErrNewer], or says whether it is older.
func probe(ctx context.Context, path string) (older bool, err error) {
	if info, err := os.Stat(path); err != nil {
		return false, err
	} else if info.IsDir() {
		return false, fmt.Errorf("%w: it is a directory", ErrForeign)
	} else if info.Size() == 0 {
		return true, nil
	}
	db, err := openReader(fileURL(path) + "?")
	if err != nil {
		return false, err
	}
	defer db.Close()
	var id, tables int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return false, err
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return false, err
	}
	if id != applicationID && (id != 0 || tables != 0) {
		return false, fmt.Errorf("%w: application id %#x, not %#x", ErrForeign, id, applicationID)
	}
	return checkVersions(ctx, db)
}

// realPath is path without links, so that one file has one lock.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(dir, filepath.Base(path)), err
}

func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive's letter
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath()
}

var memories atomic.Int64

func memoryTarget() string { return fmt.Sprintf("file:/poise-%d?vfs=memdb", memories.Add(1)) }
