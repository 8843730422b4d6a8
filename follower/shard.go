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

// shard is one partition at work: what its accounts hear goes into its inbox;
// its one goroutine makes that durable, folds it, and shows what changed.
type shard struct {
	id   int
	f    *Follower
	k    *Keeper
	in   *inbox
	ring ring

	mu       sync.RWMutex // of the Keeper's books: written by run, read by views
	sessions sync.Map     // account name -> *session
	full     bool         // the disk: said once
}

// openShard reads a partition's books up to its journal's end, with its ledger.
func (f *Follower) openShard(ctx context.Context, id int) (*shard, error) {
	with := f.scratches.get()
	defer f.scratches.put(with)
	k, err := openKeeper(ctx, f.config.Store, id, with)
	if err != nil {
		return nil, err
	}
	s := &shard{id: id, f: f, k: k, in: newInbox()}
	s.ring.all, s.ring.total, s.ring.most = &f.moved, &f.ringed, f.ringsMost
	s.ring.start(k.head.Position)
	f.scribe.open(id, k.cursor)
	return s, nil
}

// run keeps what comes until the inbox is closed and empty. An error is of the
// store: the partition is lost to another writer, or damaged.
func (s *shard) run(ctx context.Context) error {
	for {
		<-s.in.more
		for {
			records, over := s.in.take()
			if over {
				return nil
			}
			if len(records) == 0 {
				break
			}
			if err := s.keep(ctx, records); err != nil {
				s.in.close()
				return fmt.Errorf("partition %d: %w", s.id, err)
			}
		}
	}
}

func (s *shard) keep(ctx context.Context, records []account.Record) error {
	given, err := s.f.scribe.takes(s.id, len(records), s.allBooks)
	if err != nil {
		return err
	}
	if err := s.append(ctx, records); err != nil {
		return err
	}
	deltas, gaps, checkpoints, err := s.apply(records, given)
	if err != nil {
		return err
	}
	p := newPage(deltas, &s.ring.texts)
	if !given {
		s.f.scribe.note(s.id, s.cursor(), nil, nil)
	} else {
		s.f.scribe.note(s.id, s.cursor(), p, checkpoints)
	}
	s.ring.publish(p)
	s.tell(deltas, gaps)
	s.f.stats.kept(records, deltas, s.f.now())
	return nil
}

func (s *shard) cursor() store.Cursor {
	return store.Cursor{Position: s.k.head.Position, Seq: s.k.head.Seq}
}

// fullRetry is how long a full disk is waited for between tries.
const fullRetry = time.Second

// append makes records durable. A full disk is waited for: nothing is lost
// meanwhile, since nothing more is read from the sockets once the inbox is full.
func (s *shard) append(ctx context.Context, records []account.Record) error {
	for {
		err := s.k.append(ctx, records)
		if !errors.Is(err, store.ErrFull) {
			if err == nil && s.full {
				s.full = false
				s.f.log.Info("there is room on the disk again", "partition", s.id)
			}
			return err
		}
		if !s.full {
			s.full = true
			s.f.log.Error("the disk is full: what is heard waits, and the sockets with it", "partition", s.id, "error", err)
		}
		select {
		case <-time.After(fullRetry):
		case <-ctx.Done():
			return err
		}
	}
}

// apply folds durable records into the books. gaps says of each whether it left
// something unexplained.
func (s *shard) apply(records []account.Record, checkpoint bool) (deltas []account.Delta, gaps []bool, c []store.Checkpoint, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.k.scratch = s.f.scratches.get()
	defer s.f.scratches.put(s.k.scratch)
	deltas, gaps = make([]account.Delta, len(records)), make([]bool, len(records))
	for i := range records {
		if deltas[i], err = s.k.apply(records[i]); err != nil {
			return nil, nil, nil, err
		}
		gaps[i] = s.k.books[records[i].Account].HasGaps()
	}
	if checkpoint && s.k.since >= checkpointEvery {
		if c, err = s.k.checkpoints(); err == nil {
			s.k.checkpointed()
		}
	}
	return deltas, gaps, c, err
}

// allBooks encodes every account's books as they are, and names those that changed
// since their last checkpoint.
func (s *shard) allBooks() ([]store.Checkpoint, map[string]bool, error) {
	list, err := encodeBooks(s.k.books, slices.Sorted(maps.Keys(s.k.books)))
	return list, maps.Clone(s.k.touched), err
}

// tell has each account's session look at what changed.
func (s *shard) tell(deltas []account.Delta, gaps []bool) {
	for i := range deltas {
		if v, ok := s.sessions.Load(deltas[i].Account); ok {
			v.(*session).changed(&deltas[i], gaps[i])
		}
	}
}

// read runs do with an account's books, which are nil if nothing was ever heard.
func (s *shard) read(name string, do func(*account.Books)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	do(s.k.books[name])
}

// finish writes the rest of the ledger and a checkpoint of every account that
// changed since its last one. Nothing else of the partition runs any more.
func (s *shard) finish(ctx context.Context) error {
	s.f.scribe.mu.Lock()
	b := s.f.scribe.backlogs[s.id]
	behind := b.head.Position != b.cursor.Position
	s.f.scribe.mu.Unlock()
	if behind || len(s.k.touched) == 0 {
		return nil // the next start goes on from the ledger's cursor
	}
	s.k.cursor, s.k.last = b.cursor, b.cursor
	return s.k.Flush(ctx)
}
