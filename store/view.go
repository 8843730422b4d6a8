package store

import (
	"context"
	"database/sql"
	"fmt"
)

// View calls read with the ledger as it stands at one moment: what is written
// meanwhile is not in it. The ledger is for read alone and to be read only, and
// ends with it. SQLite's log is not emptied meanwhile, so read should be short; in a
// store in memory writes wait.
func (s *Store) View(ctx context.Context, read func(Ledger) error) error {
	if err := s.enter(false); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("view of store %s: %w", s.path, explain(err))
	}
	defer tx.Rollback()
	return read(&Store{path: s.path, view: tx})
}

// queries is a database or a transaction of it.
type queries interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) reads() queries {
	if s.view != nil {
		return s.view
	}
	return s.read
}
