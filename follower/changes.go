package follower

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"poise/account"
	"poise/store"
)

// Bounds of the changes of one partition that stay in memory. A subscriber who
// needs older ones is given them from the journal.
const (
	ringDeltas = 512
	ringBytes  = 1 << 20 // about
	// In a flood a block alone has more than that: as long as there is room, of all
	// partitions together, some blocks stay, so that a subscriber who keeps up need
	// not go to the journal.
	floodBlocks = 4
	floodBytes  = 4 << 20
	ringsBytes  = 32 << 20
)

// Change is what one durable record changed.
type Change struct {
	// Cursor is the place after this change: to go on from, with Changes.
	Cursor Cursor
	Delta  account.Delta
	// Late is a change that memory no longer had: it was derived from the
	// journal once more. A subscriber who sees one was slow, or away.
	Late bool
}

// ring holds the last changes of one partition, for subscribers.
type ring struct {
	mu     sync.Mutex
	deltas []account.Delta // positions rise
	bytes  int
	before uint64 // position before the oldest
	head   uint64 // position of the newest
	moved  bell
	all    *bell         // of all partitions
	total  *atomic.Int64 // bytes of all partitions
}

// bell wakes whoever waits for something new. Ask for the channel first, then
// look, then wait: so nothing is missed.
type bell struct {
	mu sync.Mutex
	c  chan struct{} // nil if nobody asked since the last stroke
}

// next returns a channel that is closed at the next stroke.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *bell) strike() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}

func (r *ring) start(at uint64) { r.before, r.head = at, at }

// publish shows changes that are durable. It waits for nobody.
func (r *ring) publish(deltas []account.Delta) {
	if len(deltas) == 0 {
		return
	}
	r.keep(deltas)
	r.moved.strike()
	r.all.strike()
}

func (r *ring) keep(deltas []account.Delta) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deltas = append(r.deltas, deltas...)
	was := r.bytes
	for i := range deltas {
		r.bytes += sizeOf(&deltas[i])
	}
	r.head = deltas[len(deltas)-1].Position
	most, mostBytes := ringDeltas, ringBytes
	if r.total.Load() < ringsBytes {
		most = max(ringDeltas, floodBlocks*len(deltas))
		mostBytes = max(ringBytes, min(floodBytes, floodBlocks*(r.bytes-was)))
	}
	n := 0
	for n < len(r.deltas) && (len(r.deltas)-n > most || r.bytes > mostBytes) {
		r.bytes -= sizeOf(&r.deltas[n])
		r.before = r.deltas[n].Position
		n++
	}
	r.total.Add(int64(r.bytes - was))
	r.deltas = r.deltas[n:] // readers may hold what goes: append moves the rest when there is no room behind it
}

// sizeOf is about how much memory a delta takes.
func sizeOf(d *account.Delta) int {
	return 256 + 72*len(d.Balances) + 240*len(d.Positions) + 192*len(d.Entries) + 384*len(d.Revised) +
		256*(len(d.Opened)+len(d.Ended)) + 40*len(d.Leverages) + 160*len(d.Calls)
}

// after returns the changes behind a position, or missed if memory no longer
// has all of them, up to where it has.
func (r *ring) after(position uint64) (deltas []account.Delta, missed bool, upTo uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if position < r.before {
		return nil, true, r.before
	}
	low, high := 0, len(r.deltas)
	for low < high {
		if middle := (low + high) / 2; r.deltas[middle].Position <= position {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return r.deltas[low:len(r.deltas):len(r.deltas)], false, r.head
}

// end returns the position of the newest change.
func (r *ring) end() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head
}

// ChangesOf yields what changed in one account behind a position of its
// partition's journal, and then what changes, each once and in order, once it is
// durable; until ctx ends, whose error is the last thing that it yields. It
// waits for its reader, and nobody waits for it: a reader who is so slow that
// memory no longer has what comes next gets it from the journal, marked Late.
func (f *Follower) ChangesOf(ctx context.Context, name string, from uint64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		s, err := f.shardOf(ctx, name)
		if err != nil {
			yield(Change{}, fmt.Errorf("changes of %s: %w", name, err))
			return
		}
		r := reader{shard: s, account: name, at: from}
		if err := pump(ctx, &s.ring.moved, r.some, yield); err != nil {
			yield(Change{}, fmt.Errorf("changes of %s after %d: %w", name, r.at, err))
		}
	}
}

// shardOf returns the shard of an account, and waits for Run if it has not begun.
func (f *Follower) shardOf(ctx context.Context, name string) (*shard, error) {
	for {
		moved := f.moved.next()
		f.mu.Lock()
		begun := f.state != made
		f.mu.Unlock()
		if begun {
			return f.shardFor(ctx, store.PartitionOf(name))
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pump yields what some has, and waits for the bell when that is nothing, until
// ctx ends or the subscriber wants no more; then there is no error.
func pump(ctx context.Context, moved *bell, some func(context.Context, func(Change, error) bool) (bool, error), yield func(Change, error) bool) error {
	for {
		next := moved.next()
		more, err := some(ctx, yield)
		switch {
		case errors.Is(err, errEnough):
			return nil
		case err != nil:
			return err
		case more:
			continue
		}
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reader is a subscriber's place in one partition.
type reader struct {
	shard   *shard
	account string // "" is all
	cursor  *Cursor
	at      uint64
	derived *derived // while the reader is slow
}

// derived is books that a slow reader made of the journal: when it is late again
// it goes on with them, instead of from the journal's beginning.
type derived struct {
	books   map[string]*account.Books
	scratch account.Scratch
	at      uint64
}

// derivedFor is how many records a reader is no longer late before its books are
// given up.
const derivedFor = 8 * ringDeltas

// errEnough ends a reader whose subscriber wants no more.
var errEnough = errors.New("enough")

// some yields what memory has behind the reader's place, or what it no longer
// has, and reports whether that was anything.
func (r *reader) some(ctx context.Context, yield func(Change, error) bool) (bool, error) {
	deltas, missed, upTo := r.shard.ring.after(r.at)
	if missed {
		return true, r.late(ctx, upTo, yield)
	}
	if r.derived != nil && r.at > r.derived.at+derivedFor {
		r.derived = nil
	}
	for i := range deltas {
		if !r.give(deltas[i], false, yield) {
			return false, errEnough
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
	return len(deltas) > 0, nil
}

func (r *reader) give(d account.Delta, late bool, yield func(Change, error) bool) bool {
	r.at = d.Position
	if r.account != "" && d.Account != r.account {
		return true
	}
	c := Change{Delta: d, Late: late}
	if r.cursor != nil {
		r.cursor.Set(r.shard.id, d.Position)
		c.Cursor = *r.cursor
	} else {
		c.Cursor.Set(r.shard.id, d.Position)
	}
	return yield(c, nil)
}

// late derives the changes up to a position from the journal: books from its
// beginning, the first time, since what a record changed depends on all before it. One subscriber
// at a time looks for its place, so that many who come back at once take no more
// than one processor.
func (r *reader) late(ctx context.Context, upTo uint64, yield func(Change, error) bool) error {
	select {
	case r.shard.f.rereads <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	var once sync.Once
	found := func() { once.Do(func() { <-r.shard.f.rereads }) }
	defer found()
	if r.derived == nil {
		r.derived = &derived{books: map[string]*account.Books{}}
	}
	for rec, err := range r.shard.k.store.Read(ctx, r.shard.id, r.derived.at+1) {
		if err != nil {
			return err
		}
		if rec.Position > upTo {
			break
		}
		if r.account != "" && rec.Account != r.account {
			continue
		}
		d, err := r.derived.apply(rec)
		if err != nil {
			return err
		}
		if rec.Position <= r.at {
			continue
		}
		found() // a subscriber may take its time
		if !r.give(d, true, yield) {
			return errEnough
		}
	}
	r.at, r.derived.at = max(r.at, upTo), upTo
	return nil
}

func (d *derived) apply(r account.Record) (account.Delta, error) {
	b := d.books[r.Account]
	if b == nil {
		b = account.New(r.Account)
		b.Use(&d.scratch)
		d.books[r.Account] = b
	}
	return b.Apply(r)
}

// Changes is ChangesOf for all accounts, behind a cursor. Changes of one account
// are in order; there is none between partitions.
func (f *Follower) Changes(ctx context.Context, from Cursor) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		all := readers{f: f, from: from, of: map[int]*reader{}}
		if err := pump(ctx, &f.moved, all.some, yield); err != nil {
			yield(Change{}, fmt.Errorf("changes after %s: %w", all.from, err))
		}
	}
}

// readers is a subscriber's place in all partitions.
type readers struct {
	f    *Follower
	from Cursor
	of   map[int]*reader
}

func (a *readers) some(ctx context.Context, yield func(Change, error) bool) (more bool, err error) {
	for _, s := range a.f.openShards() {
		r := a.of[s.id]
		if r == nil {
			r = &reader{shard: s, cursor: &a.from, at: a.from.Position(s.id)}
			a.of[s.id] = r
		}
		one, err := r.some(ctx, yield)
		if err != nil {
			return false, err
		}
		more = more || one
	}
	return more, nil
}
