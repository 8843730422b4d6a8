package follower_test

import (
	"context"
	"errors"
	"sync/atomic"

	"poise/account"
	"poise/store"
)

var errKilled = errors.New("killed")

// mortal is the store of a process that may be killed: from one of its writes on
// nothing is written any more. Its disk may be full for a while.
type mortal struct {
	*store.Store
	dying atomic.Bool
	left  atomic.Int64 // writes, of one that is dying
	full  atomic.Int64 // appends that find no room
}

// kill has the process die within some writes.
func (m *mortal) kill(writes int) {
	m.left.Store(int64(writes))
	m.dying.Store(true)
}

func (m *mortal) dead() bool { return m.dying.Load() && m.left.Add(-1) < 0 }

// Append implements store.Journal.
func (m *mortal) Append(ctx context.Context, partition int, seq uint64, records []account.Record) error {
	switch {
	case m.dead():
		return errKilled
	case m.full.Load() > 0:
		m.full.Add(-1)
		return store.ErrFull
	}
	return m.Store.Append(ctx, partition, seq, records)
}

// Write implements store.Ledger.
func (m *mortal) Write(ctx context.Context, batches ...store.Batch) error {
	if m.dead() {
		return errKilled
	}
	return m.Store.Write(ctx, batches...)
}
