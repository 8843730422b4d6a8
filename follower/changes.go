package follower

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"poise/account"
	"poise/store"
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
// it goes on with them, instead of from a mark.
type derived struct {
	books map[string]*account.Books
	at    uint64
}

// derivedFor is how many records a reader is no longer late before its books are
// given up.
const derivedFor = 4_096

// errEnough ends a reader whose subscriber wants no more.
var errEnough = errors.New("enough")

// some yields what memory has behind the reader's place, or what it no longer
// has, and reports whether that was anything.
func (r *reader) some(ctx context.Context, yield func(Change, error) bool) (bool, error) {
	parts, missed, upTo := r.shard.ring.after(r.at)
	if missed {
		return true, r.late(ctx, upTo, yield)
	}
	if r.derived != nil && (len(parts) == 0 || r.at > r.derived.at+derivedFor) {
		r.derived = nil
	}
	for _, p := range parts {
		for d := range p.changes(r.at, r.account) {
			if !r.give(d, false, yield) {
				return false, errEnough
			}
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
		}
		r.at = max(r.at, p.last)
	}
	return len(parts) > 0, nil
}

func (r *reader) give(d account.Delta, late bool, yield func(Change, error) bool) bool {
	r.at = d.Position
	c := Change{Delta: d, Late: late}
	if r.cursor != nil {
		r.cursor.Set(r.shard.id, d.Position)
		c.Cursor = *r.cursor
	} else {
		c.Cursor.Set(r.shard.id, d.Position)
	}
	return yield(c, nil)
}

// late derives the changes up to a position from the journal: the first time with
// books of a mark before the reader's place, since what a record changed depends on
// all before it. One subscriber at a time looks for its place, so that many who
// come back at once take no more than one processor.
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
		var err error
		if r.derived, err = r.derive(ctx); err != nil {
			return err
		}
	}
	with := r.shard.f.scratches.get()
	defer r.shard.f.scratches.put(with)
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
		d, err := applyWith(with, bookOf(r.derived.books, rec.Account), rec)
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

// derive reads the books as of a mark before the reader's place.
func (r *reader) derive(ctx context.Context) (*derived, error) {
	m, err := r.shard.k.store.MarkBefore(ctx, r.shard.id, r.at, r.account)
	if err != nil {
		return nil, err
	}
	books, err := decodeBooks(m.Checkpoints)
	if err != nil {
		return nil, err
	}
	return &derived{books, m.Position}, nil
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
