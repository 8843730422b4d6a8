package follower

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"poise/account"
	"poise/store"
)

// Store is what a Keeper keeps its partition in.
type Store interface {
	store.Journal
	store.Ledger
}

const (
	ledgerBatch     = 128   // deltas a ledger transaction, since journal appends wait for one
	checkpointEvery = 4_096 // deltas of a partition between checkpoints
)

// Keeper makes what was heard of one partition's accounts durable, keeps their
// books and writes their ledger. One goroutine at a time may use it; that no
// other process extends the partition is the journal's fence.
type Keeper struct {
	store     Store
	partition int
	head      store.Head
	books     map[string]*account.Books
	scratch   *account.Scratch // of all books

	cursor  store.Cursor // of the ledger
	pending []account.Delta
	last    store.Cursor // of the last delta in pending
	since   int          // deltas since the last checkpoint
	touched map[string]bool
}

// OpenKeeper reads a partition's books from its checkpoints and the rest of its
// journal, and writes to the ledger what a crash kept from it.
func OpenKeeper(ctx context.Context, s Store, partition int) (*Keeper, error) {
	return openKeeper(ctx, s, partition, new(account.Scratch))
}

func openKeeper(ctx context.Context, s Store, partition int, with *account.Scratch) (*Keeper, error) {
	k := &Keeper{store: s, partition: partition, scratch: with, books: map[string]*account.Books{}, touched: map[string]bool{}}
	if err := k.recover(ctx); err != nil {
		return nil, fmt.Errorf("open partition %d: %w", partition, err)
	}
	return k, nil
}

func (k *Keeper) recover(ctx context.Context) (err error) {
	if k.head, err = k.store.Head(ctx, k.partition); err != nil {
		return err
	}
	if k.cursor, err = k.store.Cursor(ctx, k.partition); err != nil {
		return err
	}
	if k.cursor.Position > k.head.Position {
		return fmt.Errorf("the ledger is at record %d, the journal ends at %d: %w", k.cursor.Position, k.head.Position, store.ErrCorrupt)
	}
	from, err := k.readCheckpoints(ctx)
	if err != nil {
		return err
	}
	if err := k.foldKnown(ctx, from); err != nil {
		return err
	}
	k.last = k.cursor
	return k.foldRest(ctx)
}

// readCheckpoints fills the books and returns the first position that one of
// them has not seen.
func (k *Keeper) readCheckpoints(ctx context.Context) (from uint64, err error) {
	accounts, err := k.store.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	from = k.cursor.Position + 1
	for _, a := range accounts {
		if a.Partition != k.partition {
			continue
		}
		c, err := k.store.Checkpoint(ctx, a.Name)
		if err != nil {
			return 0, err
		}
		if c.Position == 0 {
			from = min(from, a.FirstPosition)
			continue
		}
		b, err := account.Decode(c.Data)
		if err != nil {
			return 0, fmt.Errorf("account %s: %w", a.Name, err)
		}
		if a.LastPosition > c.Position {
			from = min(from, c.Position+1)
		}
		k.books[a.Name] = b
	}
	return from, nil
}

// foldKnown brings the books from their checkpoints to the ledger's cursor.
func (k *Keeper) foldKnown(ctx context.Context, from uint64) error {
	if from > k.cursor.Position {
		return nil
	}
	for r, err := range k.store.Read(ctx, k.partition, from) {
		if err != nil {
			return err
		}
		if r.Position > k.cursor.Position {
			return nil
		}
		b := k.bookOf(r.Account)
		if r.Position <= b.Position() {
			continue
		}
		if _, err := applyWith(k.scratch, b, r); err != nil {
			return err
		}
		k.touched[r.Account] = true
	}
	return nil
}

// applyWith lends books what they work with: none keeps it.
func applyWith(s *account.Scratch, b *account.Books, r account.Record) (account.Delta, error) {
	b.Use(s)
	defer b.Use(nil)
	return b.Apply(r)
}

// foldRest applies what the journal has and the ledger has not.
func (k *Keeper) foldRest(ctx context.Context) error {
	for block, err := range k.store.Blocks(ctx, k.partition, max(1, k.cursor.Seq)) {
		if err != nil {
			return err
		}
		records := block.Records
		for len(records) > 0 && records[0].Position <= k.cursor.Position {
			records = records[1:]
		}
		if _, err := k.fold(ctx, block.Seq, records); err != nil {
			return err
		}
	}
	return k.flush(ctx, false)
}

func (k *Keeper) bookOf(name string) *account.Books { return bookOf(k.books, name) }

func bookOf(books map[string]*account.Books, name string) *account.Books {
	b := books[name]
	if b == nil {
		b = account.New(name)
		books[name] = b
	}
	return b
}

// Keep appends records to the journal as one block, and returns, once they are
// durable, what each changed. Positions are given to the records. The ledger
// follows behind; [Keeper.Flush] brings it up. On an error of the journal
// nothing was kept; store.ErrFenced means that another writer has the
// partition, and this Keeper must be left.
func (k *Keeper) Keep(ctx context.Context, records []account.Record) ([]account.Delta, error) {
	if err := k.append(ctx, records); err != nil {
		return nil, err
	}
	return k.fold(ctx, k.head.Seq, records)
}

// append makes records durable as the next block.
func (k *Keeper) append(ctx context.Context, records []account.Record) error {
	for i := range records {
		records[i].Position = k.head.Position + 1 + uint64(i)
	}
	seq := k.head.Seq + 1
	if err := k.store.Append(ctx, k.partition, seq, records); err != nil {
		return err
	}
	k.head.Seq, k.head.Position = seq, k.head.Position+uint64(len(records))
	return nil
}

// apply folds one durable record into its account's books.
func (k *Keeper) apply(r account.Record) (account.Delta, error) {
	d, err := applyWith(k.scratch, k.bookOf(r.Account), r)
	if err == nil {
		k.touched[r.Account] = true
		k.since++
	}
	return d, err
}

// fold applies durable records and passes their deltas to the ledger.
func (k *Keeper) fold(ctx context.Context, seq uint64, records []account.Record) ([]account.Delta, error) {
	deltas := make([]account.Delta, 0, len(records))
	for _, r := range records {
		d, err := k.apply(r)
		if err != nil {
			return deltas, err
		}
		deltas = append(deltas, d)
		k.pending = append(k.pending, d)
		k.last = store.Cursor{Position: r.Position, Seq: seq}
		if len(k.pending) >= ledgerBatch {
			if err := k.flush(ctx, k.since >= checkpointEvery); err != nil {
				return deltas, err
			}
		}
	}
	return deltas, nil
}

// Flush brings the ledger up to the last record, with a checkpoint of every
// account that changed since its last one.
func (k *Keeper) Flush(ctx context.Context) error { return k.flush(ctx, true) }

func (k *Keeper) flush(ctx context.Context, checkpoint bool) error {
	if len(k.pending) == 0 && !(checkpoint && len(k.touched) > 0) {
		return nil
	}
	b := store.Batch{Partition: k.partition, From: k.cursor, To: k.last, Deltas: k.pending}
	if checkpoint {
		var err error
		if b.Checkpoints, err = k.checkpoints(); err != nil {
			return err
		}
	}
	if err := k.store.Write(ctx, b); err != nil {
		return err
	}
	if checkpoint {
		k.checkpointed()
	}
	k.cursor, k.pending = k.last, k.pending[:0]
	return nil
}

// checkpoints encodes the books that changed since their last checkpoint.
func (k *Keeper) checkpoints() ([]store.Checkpoint, error) {
	return encodeBooks(k.books, slices.Sorted(maps.Keys(k.touched)))
}

// checkpointed notes that what checkpoints gave is on its way to the ledger.
func (k *Keeper) checkpointed() {
	clear(k.touched)
	k.since = 0
}

func decodeBooks(list []store.Checkpoint) (map[string]*account.Books, error) {
	books := make(map[string]*account.Books, len(list))
	for _, c := range list {
		b, err := account.Decode(c.Data)
		if err != nil {
			return nil, fmt.Errorf("account %s as of %d: %w", c.Account, c.Position, err)
		}
		books[c.Account] = b
	}
	return books, nil
}

func encodeBooks(books map[string]*account.Books, names []string) ([]store.Checkpoint, error) {
	list := make([]store.Checkpoint, 0, len(names))
	for _, name := range names {
		data, err := books[name].Encode()
		if err != nil {
			return nil, err
		}
		list = append(list, store.Checkpoint{Account: name, Position: books[name].Position(), Data: data})
	}
	return list, nil
}

// Books returns the books of an account of the partition, nil for one that was
// never heard of. They are the Keeper's: read them between its calls.
func (k *Keeper) Books(name string) *account.Books { return k.books[name] }

// Head returns where the partition's journal ends.
func (k *Keeper) Head() store.Head { return k.head }
