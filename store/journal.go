package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

	"poise/account"
)

// Journal keeps what was heard, in the order it was heard: one chain of blocks
// a partition, only ever added to. A cluster has another engine for it.
type Journal interface {
	// Head returns where the partition's journal ends; zero where it has none.
	Head(ctx context.Context, partition int) (Head, error)

	// Append adds records as block seq, which must be the head's Seq + 1, and
	// returns when they are durable. It fails with [ErrFenced] when the
	// partition has gone on without the caller. The records' positions go on
	// from the head by 1; a Position of 0 is filled in. After any error
	// nothing was written, but for a failing disk, where the next Head says so.
	Append(ctx context.Context, partition int, seq uint64, records []account.Record) error

	// Read yields the records from position from on (0 and 1 are the first), up
	// to the end that it meets. Each block's checksum and place in the chain is
	// checked; a [*CorruptError] ends it. A record's Data may be kept.
	Read(ctx context.Context, partition int, from uint64) iter.Seq2[account.Record, error]

	// Blocks is Read by blocks, from block seq on (0 and 1 are the first).
	Blocks(ctx context.Context, partition int, seq uint64) iter.Seq2[Block, error]
}

// Head is where a partition's journal ends: the last block's Seq and Sum, and
// the Position of its last record.
type Head struct {
	Seq      uint64
	Position uint64
	Sum      Sum
}

// Rows of the journal are numbered partition × 2^48 + seq.
const seqBits = 48

const maxSeq = 1<<seqBits - 1

func blockID(partition int, seq uint64) int64 { return int64(partition)<<seqBits | int64(seq) }

// Head implements [Journal].
func (s *Store) Head(ctx context.Context, partition int) (Head, error) {
	if err := s.enter(false); err != nil {
		return Head{}, err
	}
	defer s.mu.RUnlock()
	head, err := s.headOf(ctx, partition)
	if err != nil {
		return Head{}, fmt.Errorf("head of partition %d: %w", partition, explain(err))
	}
	return head, nil
}

// enter holds the store open until s.mu.RUnlock.
func (s *Store) enter(toWrite bool) error {
	s.mu.RLock()
	switch {
	case s.closed:
		s.mu.RUnlock()
		return ErrClosed
	case toWrite && s.w == nil:
		s.mu.RUnlock()
		return ErrReadOnly
	}
	return nil
}

func (s *Store) headOf(ctx context.Context, partition int) (Head, error) {
	if !isPartition(partition) {
		return Head{}, fmt.Errorf("%w: %d of %d", ErrPartition, partition, Partitions)
	}
	p := &s.parts[partition]
	p.Lock()
	defer p.Unlock()
	return s.lockedHead(ctx, partition)
}

// lockedHead returns the head of a partition that the caller has locked. A
// store that writes remembers it; one that reads looks each time.
func (s *Store) lockedHead(ctx context.Context, partition int) (Head, error) {
	p := &s.parts[partition]
	if p.known {
		return p.head, nil
	}
	rows, err := s.blockRows(ctx, "id >= $1 AND id <= $2 ORDER BY id DESC LIMIT 1",
		blockID(partition, 0), blockID(partition, maxSeq))
	if err != nil {
		return Head{}, err
	}
	head := Head{}
	if len(rows) > 0 {
		b, err := rows[0].decode(partition)
		if err != nil {
			return Head{}, err
		}
		head = Head{Seq: b.Seq, Position: b.Last(), Sum: b.Sum}
	}
	p.head, p.known = head, s.w != nil
	return head, nil
}

// Append implements [Journal].
func (s *Store) Append(ctx context.Context, partition int, seq uint64, records []account.Record) error {
	if err := s.enter(true); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	if err := s.append(ctx, partition, seq, records); err != nil {
		return fmt.Errorf("append block %d to partition %d: %w", seq, partition, explain(err))
	}
	return nil
}

func (s *Store) append(ctx context.Context, partition int, seq uint64, records []account.Record) error {
	if err := checkAccounts(partition, records); err != nil {
		return err
	}
	p := &s.parts[partition]
	p.Lock()
	defer p.Unlock()
	head, err := s.lockedHead(ctx, partition)
	if err != nil {
		return err
	}
	if seq != head.Seq+1 || seq > maxSeq {
		return fmt.Errorf("%w: the journal ends with block %d", ErrFenced, head.Seq)
	}
	b := Block{Partition: partition, Seq: seq, Prev: head.Sum, Records: placed(records, head.Position+1)}
	if len(records) > 0 && b.First() != head.Position+1 {
		return fmt.Errorf("%w: the first is %d, the journal ends with %d", ErrPosition, b.First(), head.Position)
	}
	m := scratch.Get().(*memory)
	defer scratch.Put(m)
	if m.bytes, err = EncodeBlock(m.bytes[:0], &b); err != nil {
		return err
	}
	if err := s.w.append(ctx, &appendJob{id: blockID(partition, seq), first: int64(b.First()), block: m.bytes}); err != nil {
		p.known = false
		return err
	}
	p.head = Head{Seq: seq, Position: b.Last(), Sum: b.Sum}
	for i := range records {
		records[i].Position = b.Records[i].Position
	}
	return nil
}

// checkAccounts sees that every record is of an account of the partition.
func checkAccounts(partition int, records []account.Record) error {
	if !isPartition(partition) {
		return fmt.Errorf("%w: %d of %d", ErrPartition, partition, Partitions)
	}
	for i := range records {
		if i > 0 && records[i].Account == records[i-1].Account {
			continue
		}
		if want := PartitionOf(records[i].Account); want != partition {
			return fmt.Errorf("%w: account %q is of partition %d", ErrPartition, records[i].Account, want)
		}
	}
	return nil
}

// placed returns records with the positions filled in that are 0.
func placed(records []account.Record, first uint64) []account.Record {
	missing := func(r account.Record) bool { return r.Position == 0 }
	if !slices.ContainsFunc(records, missing) {
		return records
	}
	records = slices.Clone(records)
	for i := range records {
		if missing(records[i]) {
			records[i].Position = first + uint64(i)
		}
	}
	return records
}

// Read implements [Journal].
func (s *Store) Read(ctx context.Context, partition int, from uint64) iter.Seq2[account.Record, error] {
	return func(yield func(account.Record, error) bool) {
		seq, err := s.seqOf(ctx, partition, from)
		if err != nil {
			yield(account.Record{}, fmt.Errorf("read partition %d: %w", partition, explain(err)))
			return
		}
		for b, err := range s.Blocks(ctx, partition, seq) {
			if err != nil {
				yield(account.Record{}, err)
				return
			}
			for _, r := range b.Records {
				if r.Position >= from && !yield(r, nil) {
					return
				}
			}
		}
	}
}

// seqOf returns the block that holds position, or the last one. It looks at few
// blocks: both rise together.
func (s *Store) seqOf(ctx context.Context, partition int, position uint64) (uint64, error) {
	if position <= 1 {
		return 1, nil
	}
	if err := s.enter(false); err != nil {
		return 0, err
	}
	defer s.mu.RUnlock()
	head, err := s.headOf(ctx, partition)
	if err != nil {
		return 0, err
	}
	low, high := uint64(1), head.Seq
	for low < high {
		middle := (low + high + 1) / 2
		var first uint64
		err := s.reads().QueryRowContext(ctx, "SELECT first FROM journal WHERE id = $1", blockID(partition, middle)).Scan(&first)
		if errors.Is(err, sql.ErrNoRows) {
			err = &CorruptError{partition, middle, corruptf("the block is missing")}
		}
		if err != nil {
			return 0, err
		}
		if first <= position {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low, nil
}

// blocksAtOnce is how many blocks one query reads. Short queries leave the
// write-ahead log free to be written again from its start.
const blocksAtOnce = 8

// Blocks implements [Journal].
func (s *Store) Blocks(ctx context.Context, partition int, seq uint64) iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		var c *chain
		for {
			rows, err := s.nextBlocks(ctx, partition, max(seq, 1), &c)
			for i := 0; err == nil && i < len(rows); i++ {
				var b Block
				if b, err = c.next(rows[i]); err == nil && !yield(b, nil) {
					return
				}
			}
			if err != nil {
				yield(Block{}, fmt.Errorf("read partition %d: %w", partition, explain(err)))
				return
			}
			if len(rows) == 0 {
				return
			}
			seq = c.head.Seq + 1
		}
	}
}

// nextBlocks reads some blocks from seq on. The first time it starts the chain.
func (s *Store) nextBlocks(ctx context.Context, partition int, seq uint64, c **chain) ([]blockRow, error) {
	if err := s.enter(false); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	if *c == nil {
		var err error
		if *c, err = s.startChain(ctx, partition, seq); err != nil {
			return nil, err
		}
	}
	return s.blockRows(ctx, "id >= $1 AND id <= $2 ORDER BY id LIMIT $3",
		blockID(partition, seq), blockID(partition, maxSeq), blocksAtOnce)
}

// chain checks that blocks follow one another.
type chain struct {
	partition int
	head      Head
}

// startChain returns the chain up to before block seq, of which it reads the
// last block.
func (s *Store) startChain(ctx context.Context, partition int, seq uint64) (*chain, error) {
	if !isPartition(partition) {
		return nil, fmt.Errorf("%w: %d of %d", ErrPartition, partition, Partitions)
	}
	c := &chain{partition: partition}
	if seq == 1 {
		return c, nil
	}
	if seq > maxSeq {
		return nil, fmt.Errorf("%w: block %d", ErrPosition, seq)
	}
	rows, err := s.blockRows(ctx, "id = $1", blockID(partition, seq-1))
	if err != nil || len(rows) == 0 {
		c.head.Seq = seq - 1 // beyond the end, or a hole that the next block shows
		return c, err
	}
	b, err := rows[0].decode(partition)
	if err == nil {
		c.head = Head{Seq: b.Seq, Position: b.Last(), Sum: b.Sum}
	}
	return c, err
}

// next decodes a block and sees that it goes on from the one before.
func (c *chain) next(row blockRow) (Block, error) {
	if want := c.head.Seq + 1; row.seq() != want {
		return Block{}, &CorruptError{c.partition, want, corruptf("the block is missing, the next is %d", row.seq())}
	}
	b, err := row.decode(c.partition)
	if err != nil {
		return Block{}, err
	}
	if b.Prev != c.head.Sum {
		return Block{}, &CorruptError{c.partition, b.Seq, corruptf("it follows a block with checksum %.8x, but that has %.8x", b.Prev, c.head.Sum)}
	}
	if b.First() != c.head.Position+1 {
		return Block{}, &CorruptError{c.partition, b.Seq, corruptf("it starts with position %d after %d", b.First(), c.head.Position)}
	}
	c.head = Head{Seq: b.Seq, Position: b.Last(), Sum: b.Sum}
	return b, nil
}

// blockRow is a row of the table journal.
type blockRow struct {
	id    int64
	first int64
	data  []byte
}

func (r blockRow) seq() uint64 { return uint64(r.id) & maxSeq }

// decode reads the block and sees that it is the one of its row.
func (r blockRow) decode(partition int) (Block, error) {
	b, err := DecodeBlock(r.data)
	if err == nil && (b.Partition != partition || b.Seq != r.seq() || b.First() != uint64(r.first)) {
		err = corruptf("the row holds partition %d block %d from position %d", b.Partition, b.Seq, b.First())
	}
	if err != nil {
		return Block{}, &CorruptError{partition, r.seq(), err}
	}
	return b, nil
}

// blockRows reads the rows of the journal that the condition chooses.
func (s *Store) blockRows(ctx context.Context, where string, args ...any) ([]blockRow, error) {
	rows, err := s.reads().QueryContext(ctx, "SELECT id, first, block FROM journal WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []blockRow
	for rows.Next() {
		var r blockRow
		if err := rows.Scan(&r.id, &r.first, &r.data); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
