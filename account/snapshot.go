package account

import (
	"fmt"

	"poise/decimal"
	"poise/wire"
)

// snapshot is REST's word on its way into the books, worked out whole before
// anything is kept.
type snapshot struct {
	assets    []wire.AssetInfo
	positions []wire.PositionInfo
	alias     string
	whole     bool // both answers that list positions are in it, and list some
}

// applySnapshot takes the rows that are newer than the ones held: a snapshot
// older than an event never wins, and of equal times the event is preferred
// (spec 5), unless REST was asked seconds after and says otherwise: see Behind. A
// wallet that moved without anything heard is UNEXPLAINED.
func (b *Books) applySnapshot(r Record, d *Delta) {
	d.Event, d.Reason = reasonSnapshot, ""
	b.mature(d.Time, d)
	s, err := readSnapshot(r.Data)
	if err == nil {
		err = b.takeSnapshot(&s, d)
	}
	if err != nil {
		b.unreadable(d, fmt.Sprintf("snapshot: %v", err))
		return
	}
	if s.alias != "" {
		b.s.Alias = clip(s.alias, 64)
	}
	b.end(d, "a snapshot was taken after it", func(in *Incident) bool {
		switch in.Kind {
		case IncidentUnreadable, IncidentUnknown, IncidentLate:
			return true
		case IncidentNoLine: // one that was asked for before the line went ends nothing
			return b.s.Lines != 0
		}
		return false
	})
}

func readSnapshot(data []byte) (s snapshot, err error) {
	parts, err := wire.DecodeSnapshot(data)
	if err != nil {
		return s, err
	}
	if parts.Account != nil {
		info, err := wire.DecodeAccountInfo(parts.Account)
		if err != nil {
			return s, fmt.Errorf("account: %w", err)
		}
		s.assets, s.positions = info.Assets, info.Positions
		s.whole = len(info.Positions) > 0
	}
	if parts.Balance != nil {
		rows, alias, err := wire.DecodeBalances(parts.Balance)
		if err != nil {
			return s, fmt.Errorf("balance: %w", err)
		}
		s.assets, s.alias = append(s.assets, rows...), alias
	}
	if parts.PositionRisk == nil {
		s.whole = false
	} else {
		rows, err := wire.DecodePositionRisk(parts.PositionRisk)
		if err != nil {
			return s, fmt.Errorf("positionRisk: %w", err)
		}
		s.whole = s.whole && len(rows) > 0
		s.positions = append(s.positions, rows...)
	}
	return s, nil
}

// takeSnapshot folds the rows into a copy of the rows held, and keeps the copy
// when all went well.
func (b *Books) takeSnapshot(s *snapshot, d *Delta) error {
	if len(s.assets) > 2*MaxAssets || len(s.positions) > 3*MaxPositions {
		return errTooMany
	}
	t := taking{b: b, d: d}
	for i := range s.assets {
		if err := t.asset(&s.assets[i]); err != nil {
			return fmt.Errorf("asset %s: %w", clip(s.assets[i].Asset, 32), err)
		}
	}
	for i := range s.positions {
		t.position(&s.positions[i])
	}
	if s.whole {
		t.absent(s)
	}
	t.keep()
	return nil
}

// taking is what a snapshot changes.
type taking struct {
	b          *Books
	d          *Delta
	balances   []balanceRow
	positions  []positionRow
	leverages  []Leverage
	entries    []Entry
	remainders []remainder
	unheard    []unheard
}

func (t *taking) asset(a *wire.AssetInfo) error {
	key := balanceRow{Balance: Balance{Asset: a.Asset}}
	held, known := lookup(t.balances, key, compareBalances)
	if !known {
		held, known = lookup(t.b.s.Balances, key, compareBalances)
	}
	if !a.Fields.Has(wire.AssetWallet) || known && a.Updated < held.Transaction {
		return nil
	}
	if known && a.Updated == held.Transaction && (held.Pending || !held.differs(a) || !settled(a.Updated, t.d.Time)) {
		return nil // of equal times the event is preferred
	}
	row := held
	row.Asset, row.Wallet = a.Asset, a.Wallet
	if a.Fields.Has(wire.AssetCross) {
		row.Cross, row.HasCross = a.Cross, true
	}
	row.Updated, row.Transaction, row.FromSnapshot = max(held.Updated, a.Updated), a.Updated, true // time never goes back
	row.Covered = a.Updated
	row.settle()
	if err := t.change(&row, &held, known); err != nil {
		return err
	}
	t.balances = put(t.balances, row, compareBalances)
	return nil
}

// change books what the snapshot says and no message said.
func (t *taking) change(row, held *balanceRow, known bool) error {
	diff, err := row.Wallet.Sub(held.Wallet)
	if err == nil && diff.IsZero() && known && row.Transaction > held.since() {
		t.unheard = append(t.unheard, unheard{row.Asset, held.since(), row.Transaction})
	}
	if err != nil || diff.IsZero() {
		return err
	}
	e := Entry{Position: t.d.Position, Asset: row.Asset, Time: row.Transaction, Kind: Opening, Amount: diff,
		Balance: row.Wallet, Reason: reasonSnapshot, Index: t.d.nextIndex(row.Asset, t.entries...)}
	if e.Time == 0 {
		e.Time = t.d.Time
	}
	if known {
		e.Kind = Unexplained
		t.remainders = append(t.remainders, remainder{Entry: e, From: held.since(), To: row.Transaction, Event: row.Transaction, Due: true})
	}
	t.entries = append(t.entries, e)
	return nil
}

// position takes one row. REST lists every symbol there is; a flat row of a
// symbol that nobody heard of is left out.
func (t *taking) position(p *wire.PositionInfo) {
	row := positionRow{Position: Position{Symbol: p.Symbol, Side: sideOf(p.Side)}}
	held, known := lookup(t.positions, row, comparePositions)
	if !known {
		held, known = lookup(t.b.s.Positions, row, comparePositions)
	}
	if !known && p.Amount.IsZero() && p.IsolatedWallet.IsZero() {
		return
	}
	fresh := !known || p.Updated > held.Transaction || p.Updated == held.Transaction && settled(p.Updated, t.d.Time) && held.differs(p)
	again := known && held.FromSnapshot && p.Updated == held.Transaction // the other answer's half of the row
	if !fresh && !again {
		return
	}
	if !again {
		held.HasRealized, held.Realized, held.Booked = false, decimal.Zero, decimal.Zero // REST does not give cr
	}
	if known {
		row = held
	}
	row.take(p)
	t.positions = put(t.positions, row, comparePositions)
	if p.Fields.Has(wire.PositionInfoLeverage) {
		t.leverages = put(t.leverages, Leverage{Symbol: p.Symbol, Leverage: p.Leverage, Updated: p.Updated}, compareLeverages)
	}
}

func (p *positionRow) take(w *wire.PositionInfo) {
	set := func(f wire.Fields, dst *decimal.D, v decimal.D) {
		if w.Fields.Has(f) {
			*dst = v
		}
	}
	set(wire.PositionInfoAmount, &p.Amount, w.Amount)
	set(wire.PositionInfoEntryPrice, &p.EntryPrice, w.EntryPrice)
	set(wire.PositionInfoBreakEven, &p.BreakEven, w.BreakEven)
	set(wire.PositionInfoUnrealized, &p.Unrealized, w.Unrealized)
	set(wire.PositionInfoIsolatedWallet, &p.IsolatedWallet, w.IsolatedWallet)
	if w.Fields.Has(wire.PositionInfoBreakEven) {
		p.HasBreakEven = true
	}
	if w.Fields.Has(wire.PositionInfoMarginType) {
		p.MarginType = marginType(w.MarginType)
	}
	if asset := assetOfSymbol(p.Symbol, nil); asset != "" {
		p.MarginAsset = asset
	}
	p.Updated, p.Transaction, p.FromSnapshot = max(p.Updated, w.Updated), w.Updated, true
}

// keep makes the plan true. Nothing in it can fail.
func (t *taking) keep() {
	b, d := t.b, t.d
	for _, row := range t.positions {
		b.s.Positions = put(b.s.Positions, row, comparePositions)
		d.Positions = append(d.Positions, row.Position)
		b.endCalls(&row)
	}
	for _, l := range t.leverages {
		if held, ok := lookup(b.s.Leverages, l, compareLeverages); ok && (held.Updated > l.Updated || held.Leverage == l.Leverage) {
			continue
		}
		b.s.Leverages = put(b.s.Leverages, l, compareLeverages)
		d.Leverages = append(d.Leverages, l)
	}
	for _, row := range t.balances {
		b.s.Balances = put(b.s.Balances, row, compareBalances)
		d.Balances = append(d.Balances, row.Balance)
	}
	d.Entries = append(d.Entries, t.entries...)
	for _, u := range t.unheard {
		b.noteUnheard(u.Asset, u.From, u.To)
	}
	for _, r := range t.remainders {
		b.addRemainder(d, r)
		b.useWaitingTrades(d, r.Asset)
		b.reviewUnexplained(d, r.Asset)
	}
	for _, row := range b.s.Balances {
		b.checkIsolated(d, row.Asset)
	}
}
