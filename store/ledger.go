package store

import (
	"context"
	"iter"

	"poise/account"
	"poise/decimal"
)

// Ledger keeps what follows from the journal, to be asked: entries, totals,
// balances, positions and incidents, with a cursor a partition that says up to
// where. A cluster has another engine for it. Lists are in the order of their
// keys; times are Unix milliseconds.
type Ledger interface {
	// Cursor returns how far the partition's journal is in the ledger.
	Cursor(ctx context.Context, partition int) (Cursor, error)

	// Write adds batches in one transaction with their cursors: all of it once, or
	// nothing. It fails with [ErrFenced] when the ledger's cursor of a partition is
	// not From, [ErrPosition] for a delta outside its cursors, [ErrPartition] for an
	// account of another partition and [ErrConflict] for rows that do not fit.
	// Journal appends wait while it runs. A delta costs half as much where a
	// thousand are written as where a hundred are (BENCH.md).
	Write(ctx context.Context, batches ...Batch) error

	// Checkpoint returns the latest checkpoint of an account, zero if none.
	Checkpoint(ctx context.Context, account string) (Checkpoint, error)

	// MarkBefore returns the latest mark of a partition at or before a position, with
	// the books as of it of one account, or of all where account is "".
	MarkBefore(ctx context.Context, partition int, position uint64, account string) (Mark, error)

	// Accounts lists the accounts that have a delta, by name.
	Accounts(ctx context.Context) ([]Account, error)

	// Entries returns a page of entries, by account, position, asset and index.
	Entries(ctx context.Context, f EntryFilter) ([]Entry, error)

	// Totals returns the sums of entries by account, asset, day and kind.
	Totals(ctx context.Context, f TotalFilter) ([]Total, error)

	// Balances returns an account's balances as they stood at a time, or now at
	// [Latest], by asset.
	Balances(ctx context.Context, account string, at int64) ([]account.Balance, error)

	// BalanceHistory returns a page of what a balance was, one a change, by
	// asset, time and journal position.
	BalanceHistory(ctx context.Context, f BalanceFilter) ([]BalanceChange, error)

	// Positions returns an account's positions, flat ones too, as they stood at
	// a time, or now at [Latest], by symbol and side.
	Positions(ctx context.Context, account string, at int64) ([]account.Position, error)

	// Leverages returns an account's leverages as they are now, by symbol.
	Leverages(ctx context.Context, account string) ([]account.Leverage, error)

	// PositionHistory returns a page of what a position was, one a change, by
	// symbol, side, time and journal position.
	PositionHistory(ctx context.Context, f HistoryFilter) ([]PositionChange, error)

	// Incidents returns a page of incidents, by account and ID.
	Incidents(ctx context.Context, f IncidentFilter) ([]Incident, error)

	// Rows yields all rows of one of [Tables] by key, to be compared.
	Rows(ctx context.Context, table string) iter.Seq2[Row, error]
}

// Latest as a time asks for rows as they are now.
const Latest = 0

// Cursor is a place in a partition's journal: a record, and the block that it
// is in.
type Cursor struct {
	Position uint64
	Seq      uint64
}

// Batch is what some records of one partition changed.
type Batch struct {
	Partition int
	From, To  Cursor          // before the first record and at the last
	Deltas    []account.Delta // Position after From and up to To, rising
	// Checkpoints are optional: the books as of To of each account of this partition
	// that had a record since the last batch with any. They are a [Mark] too.
	Checkpoints []Checkpoint
}

// Checkpoint is an account's state, to start from instead of the beginning. What
// the bytes mean is the follower's.
type Checkpoint struct {
	Account  string
	Position uint64 // of the last record in it; 0 for no checkpoint
	Data     []byte
}

// Account is what the ledger knows of an account.
type Account struct {
	Name          string
	Partition     int
	FirstPosition uint64 // of its first delta
	FirstTime     int64  // ms
	LastPosition  uint64
	LastTime      int64 // ms
}

// Entry is a ledger entry and whose it is.
type Entry struct {
	Account string
	account.Entry
}

// EntryKey is an entry's place in the order of entries.
type EntryKey struct {
	Account  string
	Position uint64
	Asset    string
	Index    int
}

// Key returns e's place in the order of entries.
func (e *Entry) Key() EntryKey { return EntryKey{e.Account, e.Position, e.Asset, e.Index} }

// EntryFilter chooses entries. Fields that are zero choose all.
type EntryFilter struct {
	Account  string
	Asset    string
	Kind     account.Kind
	From, To int64     // ms: From <= Time < To
	Newest   bool      // the order is reversed
	After    *EntryKey // the last entry of the page before
	Limit    int       // rows a page; 0 is [PageRows]
}

// PageRows is how many rows a page has where nothing else is asked.
const PageRows = 1000

// Total is the sum of an account's entries of one asset, UTC day and kind.
type Total struct {
	Account string
	Asset   string
	Day     string // 2026-10-31
	Kind    account.Kind
	Amount  decimal.D
	Entries int64
}

// TotalFilter chooses totals. Fields that are zero choose all.
type TotalFilter struct {
	Account  string
	Asset    string
	Kind     account.Kind
	From, To string // days: From <= Day < To
}

// BalanceChange is a balance as a record left it.
type BalanceChange struct {
	Account string
	Record  uint64 // the record's position in the journal
	account.Balance
}

// BalanceKey is a balance change's place in the order of changes.
type BalanceKey struct {
	Asset   string
	Updated int64 // ms
	Record  uint64
}

// Key returns c's place in the order of changes.
func (c *BalanceChange) Key() BalanceKey { return BalanceKey{c.Asset, c.Updated, c.Record} }

// BalanceFilter chooses balance changes of one account. Other fields that are
// zero choose all.
type BalanceFilter struct {
	Account  string
	Asset    string
	From, To int64       // ms: From <= Updated < To
	Newest   bool        // the order is reversed
	After    *BalanceKey // the last change of the page before
	Limit    int         // rows a page; 0 is [PageRows]
}

// PositionChange is a position as a record left it.
type PositionChange struct {
	Account string
	Record  uint64 // the record's position in the journal
	account.Position
}

// HistoryKey is a position change's place in the order of changes.
type HistoryKey struct {
	Symbol  string
	Side    string
	Updated int64 // ms
	Record  uint64
}

// Key returns c's place in the order of changes.
func (c *PositionChange) Key() HistoryKey {
	return HistoryKey{c.Symbol, c.Side, c.Updated, c.Record}
}

// HistoryFilter chooses position changes of one account. Other fields that are
// zero choose all.
type HistoryFilter struct {
	Account  string
	Symbol   string
	Side     string
	From, To int64       // ms: From <= Updated < To
	Newest   bool        // the order is reversed
	After    *HistoryKey // the last change of the page before
	Limit    int         // rows a page; 0 is [PageRows]
}

// Incident is an incident and whose it is.
type Incident struct {
	Account string
	account.Incident
}

// IncidentFilter chooses incidents. Fields that are zero choose all.
type IncidentFilter struct {
	Account string
	Open    bool      // only those that are not closed
	Newest  bool      // the order is reversed
	After   *Incident // the last one of the page before
	Limit   int       // rows a page; 0 is [PageRows]
}
