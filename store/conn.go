package store

import (
	"errors"
	"fmt"
	"regexp"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// conn is a connection to SQLite without database/sql and the driver between,
// which cost as much as the rows themselves (BENCH.md). The driver's build of
// SQLite is the one that it calls. One goroutine at a time may use it.
type conn struct {
	arena
	db    uintptr
	out   uintptr // room for a handle that SQLite returns
	stmts map[string]*stmt
}

// stmt is a prepared statement.
type stmt struct {
	handle uintptr
	params int
}

// openConn opens the database at the URI target.
func openConn(target string) (*conn, error) {
	c := &conn{arena: arena{tls: libc.NewTLS()}, stmts: map[string]*stmt{}}
	name := c.text(target + "\x00")
	c.out = lib.Xsqlite3_malloc64(c.tls, uint64(unsafe.Sizeof(c.out)))
	const flags = lib.SQLITE_OPEN_READWRITE | lib.SQLITE_OPEN_NOMUTEX | lib.SQLITE_OPEN_URI
	rc := lib.Xsqlite3_open_v2(c.tls, c.at(name), c.out, flags, 0)
	c.db = *(*uintptr)(pointer(c.out))
	if rc != lib.SQLITE_OK {
		err := c.failure(rc)
		return nil, errors.Join(err, c.close())
	}
	lib.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	lib.Xsqlite3_busy_timeout(c.tls, c.db, busyTimeout)
	return c, nil
}

const busyTimeout = 5000 // ms

// close frees the connection and its statements.
func (c *conn) close() error {
	for _, s := range c.stmts {
		lib.Xsqlite3_finalize(c.tls, s.handle)
	}
	rc := lib.Xsqlite3_close_v2(c.tls, c.db)
	lib.Xsqlite3_free(c.tls, c.out)
	c.free()
	c.tls.Close()
	if rc != lib.SQLITE_OK {
		return &sqliteError{int(rc), "close"}
	}
	return nil
}

// at is where a cell's bytes are.
func (c *conn) at(v cell) uintptr { return c.base + uintptr(v.num) }

// sqliteError is what SQLite answered.
type sqliteError struct {
	code int // extended
	text string
}

// Error is SQLite's text and code.
func (e *sqliteError) Error() string { return fmt.Sprintf("%s (%d)", e.text, e.code) }

func (c *conn) failure(rc int32) error {
	return &sqliteError{int(rc), libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))}
}

// numbered is a parameter as PostgreSQL writes it. SQLite takes it for a name,
// and would number it by where it stands.
var numbered = regexp.MustCompile(`\$(\d+)`)

// prepared returns the statement of query, prepared once.
func (c *conn) prepared(query string) (*stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	used := len(c.mem)
	text := c.text(numbered.ReplaceAllString(query, "?$1") + "\x00")
	rc := lib.Xsqlite3_prepare_v2(c.tls, c.db, c.at(text), -1, c.out, 0)
	handle := *(*uintptr)(pointer(c.out))
	c.mem = c.mem[:used]
	if rc != lib.SQLITE_OK {
		return nil, c.failure(rc)
	}
	s := &stmt{handle, int(lib.Xsqlite3_bind_parameter_count(c.tls, handle))}
	c.stmts[query] = s
	return s, nil
}

// bind gives parameters from the 0-based one on their values. They lie in the
// arena, which must not move before the statement has run.
func (c *conn) bind(s *stmt, from int, cells []cell) error {
	for i, v := range cells {
		var rc int32
		switch n := int32(from + i + 1); v.kind {
		case cellNumber:
			rc = lib.Xsqlite3_bind_int64(c.tls, s.handle, n, v.num)
		case cellText:
			rc = lib.Xsqlite3_bind_text(c.tls, s.handle, n, c.at(v), v.size, 0)
		case cellBlob:
			rc = lib.Xsqlite3_bind_blob(c.tls, s.handle, n, c.at(v), v.size, 0)
		}
		if rc != lib.SQLITE_OK {
			return c.failure(rc)
		}
	}
	return nil
}

// step runs s, whose parameters are bound, to its end; each row calls row.
func (c *conn) step(s *stmt, row func() error) (err error) {
	for {
		rc := lib.Xsqlite3_step(c.tls, s.handle)
		if rc == lib.SQLITE_ROW && row != nil {
			err = row()
		} else if rc != lib.SQLITE_ROW && rc != lib.SQLITE_DONE {
			err = c.failure(rc)
		}
		if rc != lib.SQLITE_ROW || err != nil {
			lib.Xsqlite3_reset(c.tls, s.handle) // repeats the error of step
			return err
		}
	}
}

// run runs query and returns how many rows it changed.
func (c *conn) run(query string, cells ...cell) (int, error) {
	s, err := c.prepared(query)
	if err == nil {
		err = c.bind(s, 0, cells)
	}
	if err == nil {
		err = c.step(s, nil)
	}
	if err != nil {
		return 0, err
	}
	return int(lib.Xsqlite3_changes(c.tls, c.db)), nil
}

// exec runs a query without parameters.
func (c *conn) exec(query string) error {
	_, err := c.run(query)
	return err
}

// columnText returns a column of the row that s is at.
func (c *conn) columnText(s *stmt, i int32) string {
	p := lib.Xsqlite3_column_text(c.tls, s.handle, i)
	n := lib.Xsqlite3_column_bytes(c.tls, s.handle, i)
	if p == 0 || n == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(pointer(p)), n))
}

func (c *conn) columnInt(s *stmt, i int32) int64 {
	return lib.Xsqlite3_column_int64(c.tls, s.handle, i)
}
