// Package store keeps what poise heard and what follows from it: a journal and
// a ledger, by default in one SQLite file that everybody can open, back up and
// query.
//
// The [Journal] is the truth. It is 64 chains of blocks, one a partition; an
// account is in the partition [PartitionOf] says, for good. A block is records
// that became durable together: [Store.Append] returns when they are on the
// disk. A block's header has its number in the partition (seq), the position of
// its first record and the checksum of the block before, and FORMAT.md
// specifies each byte. (partition, seq) is unique, so of two writers that both
// go on from the same head one gets [ErrFenced]: it has lost its place.
//
// The [Ledger] follows from the journal: entries that explain each wallet,
// totals by day, balances and positions as they are and as they were,
// incidents. It is written behind the journal in batches, each in one
// transaction with the cursor that says up to where, so a batch is there once or
// not at all. Delete it and it can be made again; [Compare] says whether one
// that was made again is the one that is stored.
//
//	s, err := store.Open(ctx, "poise.db", store.Options{})
//	head, err := s.Head(ctx, p)
//	err = s.Append(ctx, p, head.Seq+1, records)   // durable now
//	err = s.Write(ctx, store.Batch{...})          // and what followed from it
//
// One process writes a file, held by a lock beside it; others may read it
// ([OpenRead]) meanwhile. Within the process one caller after the other has the
// connection that writes. Blocks that came while the last transaction was being
// committed share the next one's fsync, and blocks go before batches of the
// ledger. A batch is not synced of its own: it is durable with the next block, and
// follows from the journal if the machine stops before. One goroutine copies SQLite's write-ahead log into the file beside the
// writer, so that appends do not stop for that; it ends with [Store.Close].
//
// What may not live here: what a record means (account), when to write
// (follower), and any float: sums are made in Go with package decimal, and SQL
// holds the digits as text. The SQL of the ledger is such that PostgreSQL takes
// it too.
package store
