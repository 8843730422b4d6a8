package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"poise/account"
)

// The statements of Write, in SQL that SQLite and PostgreSQL take.
const (
	sqlCursorFirst = `INSERT INTO cursors (partition, position, seq) VALUES ($1, $2, $3) ON CONFLICT (partition) DO NOTHING`
	sqlCursorMove  = `UPDATE cursors SET position = $2, seq = $3 WHERE partition = $1 AND position = $4 AND seq = $5`
	sqlAccount     = `INSERT INTO accounts (account, partition, first_position, first_time, last_position, last_time)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account) DO UPDATE SET last_position = excluded.last_position, last_time = excluded.last_time`
	sqlEntry = `INSERT INTO entries (account, position, asset, idx, time, kind, amount, balance, symbol, order_id, trade_id, tran_id, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	sqlRevise = `UPDATE entries SET time = $5, kind = $6, amount = $7, balance = $8, symbol = $9, order_id = $10,
		trade_id = $11, tran_id = $12, reason = $13
		WHERE account = $1 AND position = $2 AND asset = $3 AND idx = $4 AND time = $14 AND kind = $15 AND amount = $16`
	sqlTotal    = `SELECT amount, entries FROM totals WHERE account = $1 AND asset = $2 AND day = $3 AND kind = $4`
	sqlTotalSet = `INSERT INTO totals (account, asset, day, kind, amount, entries) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account, asset, day, kind) DO UPDATE SET amount = excluded.amount, entries = excluded.entries`
	sqlTotalEnd = `DELETE FROM totals WHERE account = $1 AND asset = $2 AND day = $3 AND kind = $4`
	sqlBalance  = `INSERT INTO balances (account, asset, updated, position, wallet, cross_wallet) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account, asset) DO UPDATE SET updated = excluded.updated, position = excluded.position,
		wallet = excluded.wallet, cross_wallet = excluded.cross_wallet`
	sqlBalanceHistory = `INSERT INTO balance_history (account, asset, updated, position, wallet, cross_wallet)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account, asset, updated, position) DO UPDATE SET wallet = excluded.wallet, cross_wallet = excluded.cross_wallet`
	sqlPosition = `INSERT INTO positions (account, symbol, side, updated, position, amount, entry_price, break_even, realized,
		unrealized, margin_type, isolated_wallet, margin_asset)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (account, symbol, side) DO UPDATE SET updated = excluded.updated, position = excluded.position, ` + sqlPositionSame
	sqlPositionHistory = `INSERT INTO position_history (account, symbol, side, updated, position, amount, entry_price, break_even, realized,
		unrealized, margin_type, isolated_wallet, margin_asset)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (account, symbol, side, updated, position) DO UPDATE SET ` + sqlPositionSame
	sqlPositionSame = `amount = excluded.amount, entry_price = excluded.entry_price, break_even = excluded.break_even,
		realized = excluded.realized, unrealized = excluded.unrealized, margin_type = excluded.margin_type,
		isolated_wallet = excluded.isolated_wallet, margin_asset = excluded.margin_asset`
	sqlLeverage = `INSERT INTO leverages (account, symbol, leverage, updated, position) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account, symbol) DO UPDATE SET leverage = excluded.leverage, updated = excluded.updated, position = excluded.position`
	sqlIncident = `INSERT INTO incidents (account, id, kind, asset, symbol, amount, position, opened, closed, times, detail, ending)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (account, id) DO UPDATE SET kind = excluded.kind, asset = excluded.asset, symbol = excluded.symbol,
		amount = excluded.amount, position = excluded.position, opened = excluded.opened, closed = excluded.closed,
		times = excluded.times, detail = excluded.detail, ending = excluded.ending`
	sqlCheckpoint = `INSERT INTO checkpoints (account, position, data) VALUES ($1, $2, $3)
		ON CONFLICT (account) DO UPDATE SET position = excluded.position, data = excluded.data`
)

// Write implements [Ledger].
func (s *Store) Write(ctx context.Context, b Batch) error {
	if err := s.enter(true); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	err := b.check()
	if err == nil {
		err = s.w.transact(ctx, func(w *writer) (int, error) { return writeBatch(w, &b) })
	}
	if err != nil {
		return fmt.Errorf("write the ledger of partition %d from position %d to %d: %w", b.Partition, b.From.Position, b.To.Position, explain(err))
	}
	return nil
}

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

// batchWriter writes one batch within a transaction. Rows that a batch changes
// often (current rows and totals) are held and written once at the end.
type batchWriter struct {
	*writer
	rows      int
	held      map[rowKey]heldRow
	totals    map[totalKey]*total
	partition int
}

// rowKey is a row that is written once a batch, by the statement that does.
type rowKey struct{ query, account, name, side string }

type heldRow struct{ args []any }

func writeBatch(w *writer, b *Batch) (int, error) {
	bw := &batchWriter{writer: w, held: map[rowKey]heldRow{}, totals: map[totalKey]*total{}, partition: b.Partition}
	if err := bw.moveCursor(b); err != nil {
		return 0, err
	}
	for i := range b.Deltas {
		if err := bw.delta(&b.Deltas[i]); err != nil {
			return bw.rows, fmt.Errorf("position %d: %w", b.Deltas[i].Position, err)
		}
	}
	for _, c := range b.Checkpoints {
		if err := bw.put(sqlCheckpoint, c.Account, c.Position, append([]byte{}, c.Data...)); err != nil {
			return bw.rows, err
		}
	}
	return bw.rows, bw.flush()
}

// moveCursor is the fence: it changes a row only where the cursor is b.From.
func (w *batchWriter) moveCursor(b *Batch) error {
	if b.From == (Cursor{}) {
		if err := w.exec(sqlCursorFirst, b.Partition, 0, 0); err != nil {
			return err
		}
	}
	n, err := w.execRows(sqlCursorMove, b.Partition, b.To.Position, b.To.Seq, b.From.Position, b.From.Seq)
	if err == nil && n != 1 {
		err = fmt.Errorf("%w: the ledger's cursor is elsewhere", ErrFenced)
	}
	return err
}

func (w *batchWriter) put(query string, args ...any) error {
	w.rows++
	return w.exec(query, args...)
}

// delta writes what one record changed.
func (w *batchWriter) delta(d *account.Delta) error {
	w.account(d)
	for i := range d.Balances {
		if err := w.balance(d, &d.Balances[i]); err != nil {
			return err
		}
	}
	for i := range d.Positions {
		if err := w.position(d, &d.Positions[i]); err != nil {
			return err
		}
	}
	for _, l := range d.Leverages {
		w.hold(rowKey{sqlLeverage, d.Account, l.Symbol, ""}, d.Account, l.Symbol, l.Leverage, l.Updated, d.Position)
	}
	// Revisions come first: an entry of the same delta may stand where one was.
	for i := range d.Revised {
		if err := w.revise(d.Account, &d.Revised[i]); err != nil {
			return err
		}
	}
	for i := range d.Entries {
		if err := w.entry(d.Account, &d.Entries[i]); err != nil {
			return err
		}
	}
	for _, list := range [][]account.Incident{d.Opened, d.Ended} {
		for i := range list {
			if err := w.incident(d.Account, &list[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// account notes the delta in the account's row, keeping the first one's place.
func (w *batchWriter) account(d *account.Delta) {
	key := rowKey{query: sqlAccount, account: d.Account}
	args := []any{d.Account, w.partition, d.Position, d.Time, d.Position, d.Time}
	if before, ok := w.held[key]; ok {
		copy(args[2:4], before.args[2:4])
	}
	w.hold(key, args...)
}

// hold keeps a row to be written at the end, instead of what it was before.
func (w *batchWriter) hold(key rowKey, args ...any) { w.held[key] = heldRow{args} }

func (w *batchWriter) balance(d *account.Delta, b *account.Balance) error {
	args := []any{d.Account, b.Asset, b.Updated, d.Position, b.Wallet.String(), b.Cross.String()}
	w.hold(rowKey{sqlBalance, d.Account, b.Asset, ""}, args...)
	return w.put(sqlBalanceHistory, args...)
}

func (w *batchWriter) position(d *account.Delta, p *account.Position) error {
	args := []any{d.Account, p.Symbol, p.Side, p.Updated, d.Position, p.Amount.String(), p.EntryPrice.String(),
		textOf(p.BreakEven, p.HasBreakEven), textOf(p.Realized, p.HasRealized), p.Unrealized.String(), p.MarginType, p.IsolatedWallet.String(), p.MarginAsset}
	w.hold(rowKey{sqlPosition, d.Account, p.Symbol, p.Side}, args...)
	return w.put(sqlPositionHistory, args...)
}

func (w *batchWriter) incident(name string, n *account.Incident) error {
	return w.put(sqlIncident, name, n.ID, string(n.Kind), n.Asset, n.Symbol, n.Amount.String(), n.Position,
		n.Opened, n.Closed, n.Count, n.Detail, n.Ending)
}

func entryArgs(name string, e *account.Entry) []any {
	return []any{name, e.Position, e.Asset, e.Index, e.Time, string(e.Kind), e.Amount.String(), e.Balance.String(),
		e.Symbol, e.OrderID, e.TradeID, e.TranID, e.Reason}
}

func (w *batchWriter) entry(name string, e *account.Entry) error {
	err := w.put(sqlEntry, entryArgs(name, e)...)
	if isConstraint(err) {
		return fmt.Errorf("%w: entry %d of %s at %d exists", ErrConflict, e.Index, e.Asset, e.Position)
	}
	if err != nil {
		return err
	}
	return w.add(name, e, e.Amount, 1)
}

func (w *batchWriter) revise(name string, r *account.Revision) error {
	before, after := &r.Before, &r.After
	if before.Position != after.Position || before.Asset != after.Asset || before.Index != after.Index {
		return fmt.Errorf("%w: a revision may not move entry %d of %s at %d", ErrConflict, before.Index, before.Asset, before.Position)
	}
	w.rows++
	n, err := w.execRows(sqlRevise, append(entryArgs(name, after), before.Time, string(before.Kind), before.Amount.String())...)
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("%w: entry %d of %s at %d, to be revised, is not there as %s %s", ErrConflict,
			before.Index, before.Asset, before.Position, before.Kind, before.Amount)
	}
	if err := w.add(name, before, before.Amount.Neg(), -1); err != nil {
		return err
	}
	return w.add(name, after, after.Amount, 1)
}

// flush writes the rows that were held, in the order of their keys.
func (w *batchWriter) flush() error {
	keys := slices.SortedFunc(maps.Keys(w.held), func(a, b rowKey) int {
		return cmp.Or(cmp.Compare(a.query, b.query), cmp.Compare(a.account, b.account), cmp.Compare(a.name, b.name), cmp.Compare(a.side, b.side))
	})
	for _, k := range keys {
		if err := w.put(k.query, w.held[k].args...); err != nil {
			return err
		}
	}
	return w.flushTotals()
}
