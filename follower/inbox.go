package follower

import (
	"context"
	"errors"
	"sync"

	"poise/account"
	"poise/store"
)

// Bounds of what waits for the disk. They are for one partition: a flood of one
// account slows the reading of that partition's sockets, and nothing else.
const (
	inboxRecords = 8_192
	inboxBytes   = 16 << 20
)

var errInboxClosed = errors.New("the follower is stopping")

// inbox gathers the records of one partition's next block: whatever comes while
// the last one is being written. So a lone record waits for nothing, and a flood
// shares its fsync.
type inbox struct {
	mu      sync.Mutex
	records []account.Record
	spare   []account.Record
	bytes   int
	closed  bool
	more    chan struct{} // holds one: there are records, or it is closed
	room    chan struct{} // closed when records were taken; nil if nobody waits
}

func newInbox() *inbox { return &inbox{more: make(chan struct{}, 1)} }

// put adds records in their order, all of them in one block if they fit one. It
// waits for room, and fails when ctx ends or the inbox is closed.
func (q *inbox) put(ctx context.Context, records ...account.Record) error {
	for {
		room, err := q.tryPut(records)
		if room == nil {
			return err
		}
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryPut returns a channel to wait on where there is no room.
func (q *inbox) tryPut(records []account.Record) (<-chan struct{}, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return nil, errInboxClosed
	case len(q.records) >= inboxRecords || q.bytes >= inboxBytes:
		if q.room == nil {
			q.room = make(chan struct{})
		}
		return q.room, nil
	}
	q.records = append(q.records, records...)
	for i := range records {
		q.bytes += len(records[i].Data)
	}
	q.nudge()
	return nil, nil
}

func (q *inbox) nudge() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// take returns what waits, as much as fits a block, and whether the inbox is
// closed and empty. The slice is good until the next take.
func (q *inbox) take() (records []account.Record, over bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, bytes := 0, 0
	for n < len(q.records) && n < store.MaxBlockRecords && (n == 0 || bytes+len(q.records[n].Data) <= store.MaxBlockBytes/2) {
		bytes += len(q.records[n].Data)
		n++
	}
	taken := q.records[:n:n]
	rest := append(q.spare[:0], q.records[n:]...)
	q.spare, q.records, q.bytes = taken[:0], rest, q.bytes-bytes
	if len(q.records) > 0 {
		q.nudge()
	}
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
	return taken, q.closed && n == 0
}

// close lets nobody put any more; what is in it can still be taken.
func (q *inbox) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.nudge()
}
