package store

import (
	"context"
	"fmt"

	"poise/account"
)

// The statements of Write, in SQL that SQLite and PostgreSQL take. Rows are
// added by [inserts].
const (
	sqlCursorFirst = `INSERT INTO cursors (partition, position, seq) VALUES ($1, $2, $3) ON CONFLICT (partition) DO NOTHING`
	sqlCursorMove  = `UPDATE cursors SET position = $2, seq = $3 WHERE partition = $1 AND position = $4 AND seq = $5`
	sqlRevise      = `UPDATE entries SET time = $5, kind = $6, amount = $7, balance = $8, symbol = $9, order_id = $10,
		trade_id = $11, tran_id = $12, reason = $13
		WHERE account = $1 AND position = $2 AND asset = $3 AND idx = $4 AND time = $14 AND kind = $15 AND amount = $16`
	sqlTotal    = `SELECT amount, entries FROM totals WHERE account = $1 AND asset = $2 AND day = $3 AND kind = $4`
	sqlTotalEnd = `DELETE FROM totals WHERE account = $1 AND asset = $2 AND day = $3 AND kind = $4`
)

// Write implements [Ledger].
func (s *Store) Write(ctx context.Context, batches ...Batch) error {
	if err := s.enter(true); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	err := checkAll(batches)
	if err == nil {
		err = s.w.transact(ctx, func(w *writer) (int, error) { return w.ledger.write(batches) })
	}
	if err != nil {
		return fmt.Errorf("write the ledger of %s: %w", nameOfAll(batches), explain(err))
	}
	return nil
}

// nameOfAll says which batches, for errors.
func nameOfAll(batches []Batch) string {
	if len(batches) != 1 {
		return fmt.Sprintf("%d partitions", len(batches))
	}
	b := &batches[0]
	return fmt.Sprintf("partition %d from position %d to %d", b.Partition, b.From.Position, b.To.Position)
}

// checkAll checks each batch, and that there is one a partition.
func checkAll(batches []Batch) error {
	var seen [Partitions]bool
	for i := range batches {
		b := &batches[i]
		if err := b.check(); err != nil {
			return b.wrong(err)
		}
		if seen[b.Partition] {
			return b.wrong(fmt.Errorf("%w: it is there twice", ErrPartition))
		}
		seen[b.Partition] = true
	}
	return nil
}

func (b *Batch) wrong(err error) error { return fmt.Errorf("partition %d: %w", b.Partition, err) }

// check sees that b's parts belong to its partition and lie between its cursors.
func (b *Batch) check() error {
	if !isPartition(b.Partition) {
		return fmt.Errorf("%w: %d of %d", ErrPartition, b.Partition, Partitions)
	}
	if b.To.Position < b.From.Position || b.To.Seq < b.From.Seq {
		return fmt.Errorf("%w: the batch goes back", ErrPosition)
	}
	last := b.From.Position
	for i := range b.Deltas {
		d := &b.Deltas[i]
		if want := PartitionOf(d.Account); want != b.Partition {
			return fmt.Errorf("%w: account %q is of partition %d", ErrPartition, d.Account, want)
		}
		if d.Position <= last || d.Position > b.To.Position {
			return fmt.Errorf("%w: delta at %d, after %d, up to %d", ErrPosition, d.Position, last, b.To.Position)
		}
		last = d.Position
	}
	for i := range b.Checkpoints {
		if c := &b.Checkpoints[i]; PartitionOf(c.Account) != b.Partition {
			return fmt.Errorf("%w: checkpoint of account %q", ErrPartition, c.Account)
		}
	}
	return nil
}

// The tables that Write adds rows to, by how it does.
const (
	balanceColumns  = "account asset updated position wallet cross_wallet"
	positionColumns = "account symbol side updated position amount entry_price break_even realized unrealized margin_type isolated_wallet margin_asset"
)

var (
	intoAccounts = newInsert("accounts", "account partition first_position first_time last_position last_time", "account",
		"partition", "first_position", "first_time")
	intoEntries         = newInsert("entries", "account position asset idx time kind amount balance symbol order_id trade_id tran_id reason", "")
	intoEntryDays       = newInsert("entry_days", "account day first_position last_position", "account day").widening()
	intoTotals          = newInsert("totals", "account asset day kind amount entries", "account asset day kind")
	intoBalances        = newInsert("balances", balanceColumns, "account asset")
	intoBalanceHistory  = newInsert("balance_history", balanceColumns, "")
	intoPositions       = newInsert("positions", positionColumns, "account symbol side")
	intoPositionHistory = newInsert("position_history", positionColumns, "")
	intoLeverages       = newInsert("leverages", "account symbol leverage updated position", "account symbol")
	intoIncidents       = newInsert("incidents", "account id kind asset symbol amount position opened closed times detail ending", "account id")
	intoCheckpoints     = newInsert("checkpoints", "account position data", "account")

	inserts = []*insert{intoAccounts, intoEntries, intoEntryDays, intoTotals, intoBalances, intoBalanceHistory, intoPositions,
		intoPositionHistory, intoLeverages, intoIncidents, intoCheckpoints}
)

// ledgerWriter writes batches, one at a time, each within a transaction. It
// holds a batch's rows and writes them at its end by table and key: rows that a
// batch changes often once.
type ledgerWriter struct {
	*conn
	into      map[*insert]*inserting
	rows      int // written by this batch
	partition int

	accounts, entries, days, balances, positions, leverages, incidents, checkpoints *rowSet

	totals totals
	// fresh has the entries that are held, since most that are revised were written
	// by the message before: an ACCOUNT_UPDATE comes before its order's fill.
	fresh map[entryID]freshEntry
}

// entryID is an entry's key within a partition.
type entryID struct {
	account, asset string
	position       uint64
	index          int
}

// freshEntry is an entry that is not yet written, and its row.
type freshEntry struct {
	entry *account.Entry
	row   int32
}

func idOf(name string, e *account.Entry) entryID {
	return entryID{name, e.Asset, e.Position, e.Index}
}

func newLedgerWriter(c *conn) *ledgerWriter {
	w := &ledgerWriter{conn: c, into: map[*insert]*inserting{}, totals: newTotals(), fresh: map[entryID]freshEntry{}}
	for _, in := range inserts {
		w.into[in] = &inserting{insert: in}
	}
	w.forget()
	return w
}

// forget gives up what is held: after an error it is not what is in the store.
func (w *ledgerWriter) forget() {
	set := func(in *insert) *rowSet { return newRowSet(in.width) }
	w.accounts, w.entries, w.days, w.balances = set(intoAccounts), set(intoEntries), set(intoEntryDays), set(intoBalanceHistory)
	w.positions, w.leverages, w.incidents = set(intoPositionHistory), set(intoLeverages), set(intoIncidents)
	w.checkpoints = set(intoCheckpoints)
	w.totals = newTotals()
	clear(w.fresh)
}

// write writes batches and returns about how many rows that were.
func (w *ledgerWriter) write(batches []Batch) (int, error) {
	w.conn.reset()
	w.rows = 0
	for i := range batches {
		if err := w.hold(&batches[i]); err != nil {
			return w.rows, batches[i].wrong(err)
		}
	}
	return w.rows, w.flush()
}

// hold moves a batch's cursor and notes its rows.
func (w *ledgerWriter) hold(b *Batch) error {
	w.partition = b.Partition
	if err := w.moveCursor(b); err != nil {
		return err
	}
	for i := range b.Deltas {
		if err := w.delta(&b.Deltas[i]); err != nil {
			return fmt.Errorf("position %d: %w", b.Deltas[i].Position, err)
		}
	}
	for _, c := range b.Checkpoints {
		w.checkpoints.hold(rowKey{account: c.Account}, w.text(c.Account), num(c.Position), w.blob(c.Data))
	}
	return w.mark(b)
}

// moveCursor is the fence: it changes a row only where the cursor is b.From.
func (w *ledgerWriter) moveCursor(b *Batch) error {
	if b.From == (Cursor{}) {
		if _, err := w.run(sqlCursorFirst, num(b.Partition), num(0), num(0)); err != nil {
			return err
		}
	}
	n, err := w.run(sqlCursorMove, num(b.Partition), num(b.To.Position), num(b.To.Seq), num(b.From.Position), num(b.From.Seq))
	if err == nil && n != 1 {
		err = fmt.Errorf("%w: the ledger's cursor is elsewhere", ErrFenced)
	}
	return err
}

// delta notes what one record changed.
func (w *ledgerWriter) delta(d *account.Delta) error {
	name := w.account(d)
	for i := range d.Balances {
		w.balance(name, d, &d.Balances[i])
	}
	for i := range d.Positions {
		w.position(name, d, &d.Positions[i])
	}
	for i := range d.Leverages {
		l := &d.Leverages[i]
		w.leverages.hold(rowKey{account: d.Account, name: l.Symbol}, name, w.text(l.Symbol), num(l.Leverage), num(l.Updated), num(d.Position))
	}
	// Revisions come first: an entry of the same delta may stand where one was.
	for i := range d.Revised {
		if err := w.revise(name, d.Account, &d.Revised[i]); err != nil {
			return err
		}
	}
	for i := range d.Entries {
		if err := w.entry(name, d.Account, &d.Entries[i]); err != nil {
			return err
		}
	}
	for _, list := range [][]account.Incident{d.Opened, d.Ended} {
		for i := range list {
			w.incident(name, d.Account, &list[i])
		}
	}
	return nil
}

// account notes the delta in the account's row, keeping the first one's place,
// and returns the account's name.
func (w *ledgerWriter) account(d *account.Delta) cell {
	key := rowKey{account: d.Account}
	if row := w.accounts.last(key); row != nil {
		row[4], row[5] = num(d.Position), num(d.Time)
		return row[0]
	}
	name := w.text(d.Account)
	w.accounts.add(key, name, num(w.partition), num(d.Position), num(d.Time), num(d.Position), num(d.Time))
	return name
}

func (w *ledgerWriter) balance(name cell, d *account.Delta, b *account.Balance) {
	key := rowKey{account: d.Account, name: b.Asset}
	w.balances.put(key, 2, name, w.text(b.Asset), num(b.Updated), num(d.Position), w.decimal(b.Wallet), w.decimal(b.Cross))
}

func (w *ledgerWriter) position(name cell, d *account.Delta, p *account.Position) {
	key := rowKey{account: d.Account, name: p.Symbol, side: p.Side}
	w.positions.put(key, 3, name, w.text(p.Symbol), w.text(p.Side), num(p.Updated), num(d.Position), w.decimal(p.Amount),
		w.decimal(p.EntryPrice), w.decimalOr(p.BreakEven, p.HasBreakEven), w.decimalOr(p.Realized, p.HasRealized),
		w.decimal(p.Unrealized), w.text(p.MarginType), w.decimal(p.IsolatedWallet), w.text(p.MarginAsset))
}

func (w *ledgerWriter) incident(name cell, of string, n *account.Incident) {
	w.incidents.hold(rowKey{account: of, id: n.ID}, name, num(n.ID), w.text(string(n.Kind)), w.text(n.Asset), w.text(n.Symbol),
		w.decimal(n.Amount), num(n.Position), num(n.Opened), num(n.Closed), num(n.Count), w.text(n.Detail), w.text(n.Ending))
}

func (w *ledgerWriter) entryCells(name cell, e *account.Entry) [13]cell {
	return [...]cell{name, num(e.Position), w.text(e.Asset), num(e.Index), num(e.Time), w.text(string(e.Kind)), w.decimal(e.Amount), w.decimal(e.Balance),
		w.text(e.Symbol), num(e.OrderID), num(e.TradeID), w.text(e.TranID), w.text(e.Reason)}
}

func (w *ledgerWriter) entry(name cell, of string, e *account.Entry) error {
	cells := w.entryCells(name, e)
	w.fresh[idOf(of, e)] = freshEntry{e, int32(len(w.entries.next))}
	w.entries.add(rowKey{account: of}, cells[:]...)
	w.day(name, of, e)
	return w.add(of, e, e.Amount, 1)
}

func (w *ledgerWriter) revise(name cell, of string, r *account.Revision) error {
	before, after := &r.Before, &r.After
	if before.Position != after.Position || before.Asset != after.Asset || before.Index != after.Index {
		return fmt.Errorf("%w: a revision may not move entry %d of %s at %d", ErrConflict, before.Index, before.Asset, before.Position)
	}
	there, err := w.rewrite(name, of, r)
	if err != nil {
		return err
	}
	if !there {
		return fmt.Errorf("%w: entry %d of %s at %d, to be revised, is not there as %s %s", ErrConflict,
			before.Index, before.Asset, before.Position, before.Kind, before.Amount)
	}
	w.day(name, of, after)
	if err := w.add(of, before, before.Amount.Neg(), -1); err != nil {
		return err
	}
	return w.add(of, after, after.Amount, 1)
}

// rewrite puts an entry in another's place: where it is held, or in the table. It
// reports whether the other was there.
func (w *ledgerWriter) rewrite(name cell, of string, r *account.Revision) (bool, error) {
	before, cells := &r.Before, w.entryCells(name, &r.After)
	id := idOf(of, before)
	if held, ok := w.fresh[id]; ok {
		e := held.entry
		if e.Time != before.Time || e.Kind != before.Kind || e.Amount != before.Amount {
			return false, nil
		}
		copy(w.entries.row(held.row), cells[:])
		w.fresh[id] = freshEntry{&r.After, held.row}
		return true, nil
	}
	w.rows++
	n, err := w.run(sqlRevise, append(cells[:], num(before.Time), w.text(string(before.Kind)), w.decimal(before.Amount))...)
	return n == 1, err
}

const dayMillis = 86_400_000

// day notes that an entry of a day lies at a position.
func (w *ledgerWriter) day(name cell, of string, e *account.Entry) {
	day := e.Time / dayMillis
	key := rowKey{account: of, id: uint64(day)}
	row := w.days.last(key)
	if row == nil {
		w.days.add(key, name, num(day), num(e.Position), num(e.Position))
		return
	}
	row[2].num, row[3].num = min(row[2].num, int64(e.Position)), max(row[3].num, int64(e.Position))
}

// flush writes the rows that were held.
func (w *ledgerWriter) flush() error {
	if err := w.flushEntries(); err != nil {
		return err
	}
	for _, t := range []struct {
		set              *rowSet
		history, current *insert
	}{
		{w.accounts, nil, intoAccounts}, {w.days, nil, intoEntryDays}, {w.balances, intoBalanceHistory, intoBalances},
		{w.positions, intoPositionHistory, intoPositions}, {w.leverages, nil, intoLeverages}, {w.incidents, nil, intoIncidents},
		{w.checkpoints, nil, intoCheckpoints},
	} {
		t.set.sort()
		if t.history != nil {
			if err := w.put(t.history, t.set, t.set.all()); err != nil {
				return err
			}
		}
		if err := w.put(t.current, t.set, t.set.latest()); err != nil {
			return err
		}
		t.set.reset()
	}
	return w.flushTotals()
}

// put writes rows of a set.
func (w *ledgerWriter) put(in *insert, set *rowSet, rows []int32) error {
	w.rows += len(rows)
	return w.into[in].write(w.conn, len(rows), func(i int) []cell { return set.row(rows[i]) })
}

// flushEntries writes the entries that are held.
func (w *ledgerWriter) flushEntries() error {
	if len(w.entries.groups) == 0 {
		return nil
	}
	w.entries.sort()
	err := w.put(intoEntries, w.entries, w.entries.all())
	if isConstraint(err) {
		return fmt.Errorf("%w: an entry exists: %w", ErrConflict, err)
	}
	w.entries.reset()
	clear(w.fresh)
	return err
}
