package follower

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"poise/account"
	"poise/store"
)

// Bounds of the scribe.
const (
	scribeMost   = 131_072 // deltas that wait for the ledger, of all partitions; packed, but for the last
	scribeBatch  = 2_048   // deltas a transaction
	scribeSoon   = 4_096   // deltas that wait, from which the ledger is written at once
	rejoinWithin = 1_024   // records behind its journal at which a partition's ledger takes deltas again
)

// scribeEvery is how long deltas wait for others to share a transaction with. A
// transaction of one costs as much as thirty deltas more in it, and a message
// that comes meanwhile waits for its end before it is durable.
const scribeEvery = 500 * time.Millisecond

// scribe writes the ledger behind the journals of all partitions. The journal
// never waits for it: a partition whose deltas find no room is written from its
// journal instead, with books of the scribe's own, until it has caught up.
type scribe struct {
	store Store
	most  int           // deltas that wait, of all partitions
	more  chan struct{} // holds one: there is work
	much  chan struct{} // holds one: it should not wait

	deltas []account.Delta // of the batch that is being written

	mu       sync.Mutex
	waiting  int // deltas in all backlogs
	backlogs [store.Partitions]*backlog
}

// backlog is what one partition's ledger has still to write. Its fields are the
// scribe's, under its lock, but for those of behind.
type backlog struct {
	partition int
	cursor    store.Cursor // what is written
	head      store.Cursor // of the journal
	pages     []waiting
	marks     []mark
	behind    *behind
}

// waiting is what of a block's deltas is not yet in the ledger: those behind the
// backlog's cursor.
type waiting struct {
	*page
	seq  uint64 // of the block
	left int
}

// mark is checkpoints to be written with the delta at a position.
type mark struct {
	position    uint64
	checkpoints []store.Checkpoint
}

// behind is a partition whose ledger is written from the journal.
type behind struct {
	from     []store.Checkpoint        // the books where it fell behind
	books    map[string]*account.Books // nil until they are decoded
	scratch  account.Scratch           // of all books
	touched  map[string]bool
	since    int
	rejoin   bool         // deltas may be given again
	rejoined bool         // and are, from the record after upTo on
	upTo     store.Cursor // the last record to read from the journal, once rejoined
}

func newScribe(s Store) *scribe {
	return &scribe{store: s, most: scribeMost, more: make(chan struct{}, 1), much: make(chan struct{}, 1)}
}

// open takes over the ledger of a partition at its cursor.
func (w *scribe) open(partition int, at store.Cursor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.backlogs[partition] = &backlog{partition: partition, cursor: at, head: at}
}

// takes reports, before a block is applied, whether its deltas shall be given. If
// not, and the partition was not behind before, books gives its books as they are,
// and which of them changed since their last checkpoint.
func (w *scribe) takes(partition, n int, books func() ([]store.Checkpoint, map[string]bool, error)) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.backlogs[partition]
	switch {
	case b.behind == nil && (w.waiting == 0 || w.waiting+n <= w.most):
		return true, nil
	case b.behind == nil:
		from, touched, err := books()
		if err != nil {
			return false, err
		}
		b.behind = &behind{from: from, touched: touched}
		return false, nil
	case b.behind.rejoined:
		return true, nil
	case b.behind.rejoin:
		b.behind.rejoined, b.behind.upTo = true, b.head
		return true, nil
	}
	return false, nil
}

// note says that a block is durable and applied: its deltas, if takes asked for
// them, and checkpoints as of its end, if any.
func (w *scribe) note(partition int, head store.Cursor, p *page, checkpoints []store.Checkpoint) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.backlogs[partition]
	b.head = head
	if p != nil {
		n := len(p.deltas)
		b.pages = append(b.pages, waiting{p, head.Seq, n})
		w.waiting += n
	}
	if len(checkpoints) > 0 {
		b.marks = append(b.marks, mark{head.Position, checkpoints})
	}
	nudge(w.more)
	if b.behind != nil || w.waiting >= scribeSoon {
		nudge(w.much)
	}
}

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run writes until ctx ends. What is not written then follows from the journal.
func (w *scribe) run(ctx context.Context) error {
	for {
		busy, err := w.round(ctx)
		var wait <-chan time.Time
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, store.ErrFull):
			wait = time.After(fullRetry)
		case err != nil:
			return err
		case busy:
			continue
		}
		select {
		case <-w.more:
			w.gather(ctx)
		case <-wait:
		case <-ctx.Done():
			return nil
		}
	}
}

// gather waits for more of what has begun to come.
func (w *scribe) gather(ctx context.Context) {
	enough := time.NewTimer(scribeEvery)
	defer enough.Stop()
	select {
	case <-enough.C:
	case <-w.much:
	case <-ctx.Done():
	}
}

// drain writes what waits, as long as ctx lasts.
func (w *scribe) drain(ctx context.Context) error {
	for {
		if busy, err := w.round(ctx); err != nil || !busy {
			return err
		}
	}
}

// round gives each partition with work its turn, and reports whether there was
// any. What waits of several partitions shares transactions.
func (w *scribe) round(ctx context.Context) (busy bool, err error) {
	var all []*turn
	room := scribeBatch
	for p := range w.backlogs {
		t, late, upTo := w.turn(p, room)
		switch {
		case t != nil:
			all = append(all, t)
			room -= t.deltas
		case late != nil:
			did, err := w.catchUp(ctx, w.backlogs[p], late, upTo)
			if err != nil {
				return busy, fmt.Errorf("ledger of partition %d: %w", p, err)
			}
			busy = busy || did
		}
		if len(all) > 0 && (room == 0 || p == len(w.backlogs)-1) {
			busy = true
			if err := w.write(ctx, all); err != nil {
				return busy, fmt.Errorf("ledger: %w", err)
			}
			all, room = all[:0], scribeBatch
		}
	}
	return busy, nil
}

// turn is what one partition has in a transaction.
type turn struct {
	*backlog
	pages       []waiting
	deltas      int
	checkpoints []store.Checkpoint
}

// turn returns what a partition has to write, at most so many deltas; or, if it is
// behind, how far it is to be read from the journal.
func (w *scribe) turn(partition, room int) (t *turn, late *behind, upTo uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.backlogs[partition]
	if b == nil {
		return nil, nil, 0
	}
	t = &turn{backlog: b}
	t.pages, t.checkpoints = b.next(room)
	for _, p := range t.pages {
		t.deltas += p.left
	}
	if t.deltas > 0 {
		return t, nil, 0
	}
	late, upTo = b.behind, b.head.Position
	if late != nil && late.rejoined {
		upTo = late.upTo.Position
	}
	return nil, late, upTo
}

// next are the blocks whose deltas wait and may be written now, those before the
// partition fell behind, or all: as many as there is room for, the last perhaps not
// whole. checkpoints are as of its end.
func (b *backlog) next(room int) (pages []waiting, checkpoints []store.Checkpoint) {
	if b.behind != nil && b.behind.rejoined && b.cursor.Position < b.behind.upTo.Position {
		return nil, nil // they follow what is still read from the journal
	}
	for _, p := range b.pages {
		whole := p.left <= room
		p.left = min(p.left, room)
		pages = append(pages, p)
		if room -= p.left; !whole {
			return pages, nil
		}
		if len(b.marks) > 0 && b.marks[0].position == p.last {
			return pages, b.marks[0].checkpoints
		}
		if room == 0 {
			break
		}
	}
	return pages, nil
}

// batch unpacks the deltas of a turn behind those that there are in w.deltas.
func (w *scribe) batch(t *turn) store.Batch {
	b := store.Batch{Partition: t.partition, From: t.cursor, Checkpoints: t.checkpoints}
	from := len(w.deltas)
	for _, p := range t.pages {
		part := p.part()
		w.deltas = part.appendTo(w.deltas, t.cursor.Position, p.left)
		b.To = store.Cursor{Position: w.deltas[len(w.deltas)-1].Position, Seq: p.seq}
	}
	b.Deltas = w.deltas[from:]
	return b
}

// write has the turns of some partitions in one transaction.
func (w *scribe) write(ctx context.Context, turns []*turn) error {
	if w.deltas == nil {
		w.deltas = make([]account.Delta, 0, scribeBatch) // so that it never moves
	}
	batches := make([]store.Batch, len(turns))
	for i, t := range turns {
		batches[i] = w.batch(t)
	}
	err := w.store.Write(ctx, batches...)
	clear(w.deltas)
	w.deltas = w.deltas[:0]
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, t := range turns {
		w.wrote(t, batches[i].To)
	}
	return nil
}

// wrote takes what is in the ledger out of the backlog; the caller has mu.
func (w *scribe) wrote(t *turn, to store.Cursor) {
	b := t.backlog
	b.cursor = to
	for i, p := range t.pages {
		if b.pages[i].left -= p.left; b.pages[i].left == 0 {
			b.pages[i].page = nil
		}
	}
	for len(b.pages) > 0 && b.pages[0].page == nil {
		b.pages = b.pages[1:]
	}
	if len(t.checkpoints) > 0 {
		b.marks = b.marks[1:]
	}
	w.waiting -= t.deltas
}

// catchUp writes some of what the journal has up to a position and the ledger
// has not. The position is the journal's end before it began to read: deltas
// are given again only from a later one on.
func (w *scribe) catchUp(ctx context.Context, b *backlog, late *behind, upTo uint64) (bool, error) {
	if err := late.decode(); err != nil {
		return false, err
	}
	batch, err := w.fromJournal(ctx, b, late, upTo)
	if err != nil {
		return false, err
	}
	did := batch.To != batch.From
	if did {
		if err := w.store.Write(ctx, batch); err != nil {
			return false, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	b.cursor = batch.To
	switch {
	case late.rejoined && b.cursor.Position >= late.upTo.Position:
		b.behind = nil
		return true, nil
	case b.cursor.Position+rejoinWithin >= b.head.Position && w.waiting < w.most/2:
		late.rejoin = true
	}
	return did, nil
}

// decode makes the scribe's own books of those where it fell behind.
func (l *behind) decode() (err error) {
	if l.books == nil {
		l.books, err = decodeBooks(l.from)
		l.from = nil
	}
	return err
}

// fromJournal folds the next records into a batch.
func (w *scribe) fromJournal(ctx context.Context, b *backlog, late *behind, upTo uint64) (store.Batch, error) {
	batch := store.Batch{Partition: b.partition, From: b.cursor, To: b.cursor}
	for block, err := range w.store.Blocks(ctx, b.partition, max(1, b.cursor.Seq)) {
		if err != nil {
			return batch, err
		}
		for _, r := range block.Records {
			if r.Position <= b.cursor.Position {
				continue
			}
			if r.Position > upTo || len(batch.Deltas) >= scribeBatch {
				return batch, late.checkpoint(&batch)
			}
			d, err := late.apply(r)
			if err != nil {
				return batch, err
			}
			batch.Deltas = append(batch.Deltas, d)
			batch.To = store.Cursor{Position: r.Position, Seq: block.Seq}
		}
	}
	return batch, late.checkpoint(&batch)
}

func (l *behind) apply(r account.Record) (account.Delta, error) {
	l.touched[r.Account] = true
	l.since++
	return applyWith(&l.scratch, bookOf(l.books, r.Account), r)
}

// checkpoint adds the books that changed, every so often.
func (l *behind) checkpoint(b *store.Batch) (err error) {
	if l.since < checkpointEvery {
		return nil
	}
	b.Checkpoints, err = encodeBooks(l.books, slices.Sorted(maps.Keys(l.touched)))
	clear(l.touched)
	l.since = 0
	return err
}

// lag is how many records of a partition the ledger has still to write.
func (w *scribe) lag(partition int) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.backlogs[partition]; b != nil {
		return b.head.Position - b.cursor.Position
	}
	return 0
}
