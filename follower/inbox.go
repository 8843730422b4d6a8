package follower

import (
	"bytes"
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
	lent    lent // what records have of others
	taken   lent // what the records that were taken have
	bytes   int
	closed  bool
	more    chan struct{} // holds one: there are records, or it is closed
	room    chan struct{} // closed when records were taken; nil if nobody waits
}

// lent is copies of data that belongs to others, in pieces that all inboxes use in
// turn.
type lent struct {
	pieces []*[pieceSize]byte
	used   int // of the last one
}

const pieceSize = 16 << 10

var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// copy returns a copy of data that is good until free.
func (l *lent) copy(data []byte) []byte {
	if len(data) > pieceSize/4 {
		return bytes.Clone(data)
	}
	if len(l.pieces) == 0 || l.used+len(data) > pieceSize {
		l.pieces, l.used = append(l.pieces, pieces.Get().(*[pieceSize]byte)), 0
	}
	from := l.used
	l.used += copy(l.pieces[len(l.pieces)-1][from:], data)
	return l.pieces[len(l.pieces)-1][from:l.used:l.used]
}

func (l *lent) free() {
	for i, p := range l.pieces {
		pieces.Put(p)
		l.pieces[i] = nil
	}
	l.pieces, l.used = l.pieces[:0], 0
}

func newInbox() *inbox { return &inbox{more: make(chan struct{}, 1)} }

// put adds records in their order, all of them in one block if they fit one. It
// waits for room, and fails when ctx ends or the inbox is closed.
func (q *inbox) put(ctx context.Context, records ...account.Record) error {
	return q.add(ctx, false, records)
}

// lend is put of one record whose Data is the caller's again afterwards.
func (q *inbox) lend(ctx context.Context, r account.Record) error {
	return q.add(ctx, true, []account.Record{r})
}

func (q *inbox) add(ctx context.Context, lent bool, records []account.Record) error {
	for {
		room, err := q.tryAdd(lent, records)
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

// tryAdd returns a channel to wait on where there is no room.
func (q *inbox) tryAdd(lent bool, records []account.Record) (<-chan struct{}, error) {
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
	for _, r := range records {
		if lent {
			r.Data = q.lent.copy(r.Data)
		}
		q.records = append(q.records, r)
		q.bytes += len(r.Data)
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
// closed and empty. The slice and its data are good until the next take.
func (q *inbox) take() (records []account.Record, over bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	for n < len(q.records) && n < store.MaxBlockRecords && (n == 0 || size+len(q.records[n].Data) <= store.MaxBlockBytes/2) {
		size += len(q.records[n].Data)
		n++
	}
	q.taken.free()
	q.lent, q.taken = q.taken, q.lent
	taken := q.records[:n:n]
	rest := append(q.spare[:0], q.records[n:]...)
	for i := range rest {
		rest[i].Data = q.lent.copy(rest[i].Data)
	}
	q.spare, q.records, q.bytes = taken[:0], rest, q.bytes-size
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
