package account

import (
	"fmt"
	"slices"

	"poise/decimal"
	"poise/wire"
)

// update is one ACCOUNT_UPDATE on its way into the books. It is worked out
// whole before anything is kept, so that a message with a sum out of range
// changes nothing.
type update struct {
	b          *Books
	d          *Delta
	ev         *wire.Event
	at         int64 // T, or E where there is no T
	balances   []balanceRow
	positions  []positionRow
	gains      []gain
	entries    []Entry
	remainders []remainder
	late       []lateRow
	assets     []string // whose rows changed
	first      bool     // it was made before what is held of its moment
	lines      []Entry  // memory of ledgerLines
}

// gain is a position's change of cr: PnL that was realised.
type gain struct {
	asset  string
	row    rowKey
	amount decimal.D
	booked bool // in the entries of its asset's balance row
}

// lateRow is a balance row that is not newer than what is held.
type lateRow struct {
	row     *wire.Balance
	held    int64 // the E that is held
	covered bool  // by a snapshot, which is no disorder
}

func (b *Books) applyUpdate(ev *wire.Event, d *Delta) {
	u := &b.with.update
	u.reset(b, d, ev)
	if !ev.Fields.Has(wire.EventTransaction) {
		u.at = ev.Time
	}
	d.Reason = clip(ev.Account.Reason, 64)
	if err := u.plan(); err != nil {
		b.unreadable(d, err.Error())
		return
	}
	u.keep()
}

// reset makes the update ready for another message, keeping its memory.
func (u *update) reset(b *Books, d *Delta, ev *wire.Event) {
	*u = update{b: b, d: d, ev: ev, at: ev.Transaction, balances: u.balances[:0], positions: u.positions[:0], gains: u.gains[:0],
		entries: u.entries[:0], remainders: u.remainders[:0], late: u.late[:0], assets: u.assets[:0], lines: u.lines[:0]}
}

func (u *update) plan() error {
	a := &u.ev.Account
	u.first = u.earlier()
	for i := range a.Positions {
		if err := u.planPosition(&a.Positions[i]); err != nil {
			return fmt.Errorf("ACCOUNT_UPDATE a.P[%d] %s: %w", i, clip(a.Positions[i].Symbol, 32), err)
		}
	}
	for i := range a.Balances {
		if err := u.planBalance(&a.Balances[i]); err != nil {
			return fmt.Errorf("ACCOUNT_UPDATE a.B[%d] %s: %w", i, clip(a.Balances[i].Asset, 32), err)
		}
	}
	return nil
}

var errTooMany = fmt.Errorf("more rows than an account can have (%d assets, %d positions)", MaxAssets, MaxPositions)

// behind reports whether a row that was held since (e, t) is as new as the
// message, and whether that is a snapshot's doing.
func (u *update) behind(e, t int64, fromSnapshot bool) (stale, covered bool) {
	if fromSnapshot {
		covered = u.at <= t
		return covered && u.at < t, covered
	}
	return u.ev.Time < e, false
}

func (u *update) planPosition(w *wire.Position) error {
	key := positionRow{Position: Position{Symbol: w.Symbol, Side: sideOf(w.Side)}}
	held, known := lookup(u.positions, key, comparePositions)
	if !known {
		held, known = lookup(u.b.s.Positions, key, comparePositions)
	}
	if !known && len(u.b.s.Positions)+len(u.positions) >= MaxPositions {
		return errTooMany
	}
	covered := false
	if known {
		var stale bool
		if stale, covered = u.behind(held.Updated, held.Transaction, held.FromSnapshot); stale {
			u.noteLatePosition(w, &held, covered)
			return nil
		}
		if u.first && u.tiesPosition(&held) {
			return nil
		}
	}
	row := held
	row.Symbol, row.Side = key.Symbol, key.Side
	row.merge(w)
	if asset := marginAsset(w, u.ev.Account.Balances); asset != "" {
		row.MarginAsset = asset
	}
	if held.Transaction != u.at {
		row.Ways = 0
	}
	row.Updated, row.Transaction, row.FromSnapshot = u.ev.Time, u.at, false
	if held.HasRealized && w.Fields.Has(wire.PositionRealized) && !covered {
		diff, err := row.Realized.Sub(held.Realized)
		if err == nil {
			diff, err = diff.Sub(held.Booked)
		}
		if err != nil {
			return err
		}
		if !diff.IsZero() {
			u.gains = append(u.gains, gain{asset: row.MarginAsset, row: rowKey{row.Symbol, row.Side}, amount: diff})
		}
	}
	u.positions = put(u.positions, row, comparePositions)
	return nil
}

func (u *update) noteLatePosition(w *wire.Position, held *positionRow, covered bool) {
	if covered {
		return
	}
	asset := marginAsset(w, u.ev.Account.Balances)
	inB := slices.ContainsFunc(u.ev.Account.Balances, func(b wire.Balance) bool { return b.Asset == asset })
	if !inB { // else its balance row tells
		u.b.late(u.d, asset, w.Symbol, held.Updated)
	}
}

// merge takes the fields that the message has.
func (p *positionRow) merge(w *wire.Position) {
	set := func(f wire.Fields, dst *decimal.D, v decimal.D) {
		if w.Fields.Has(f) {
			*dst = v
		}
	}
	set(wire.PositionAmount, &p.Amount, w.Amount)
	set(wire.PositionEntryPrice, &p.EntryPrice, w.EntryPrice)
	set(wire.PositionBreakEven, &p.BreakEven, w.BreakEven)
	set(wire.PositionRealized, &p.Realized, w.Realized)
	set(wire.PositionUnrealized, &p.Unrealized, w.Unrealized)
	set(wire.PositionIsolatedWallet, &p.IsolatedWallet, w.IsolatedWallet)
	if w.Fields.Has(wire.PositionBreakEven) {
		p.HasBreakEven = true
	}
	if w.Fields.Has(wire.PositionRealized) {
		p.HasRealized, p.Booked = true, decimal.Zero
	}
	if w.Fields.Has(wire.PositionMarginType) {
		p.MarginType = marginType(w.MarginType)
	}
}

func (u *update) planBalance(w *wire.Balance) error {
	key := balanceRow{Balance: Balance{Asset: w.Asset}}
	held, known := lookup(u.balances, key, compareBalances)
	if !known {
		held, known = lookup(u.b.s.Balances, key, compareBalances)
	}
	if !known && len(u.b.s.Balances)+len(u.balances) >= MaxAssets {
		return errTooMany
	}
	if known {
		stale, covered := u.behind(held.Updated, held.Transaction, held.FromSnapshot)
		switch {
		case stale:
			u.late = append(u.late, lateRow{w, held.Updated, covered})
			return nil
		case u.first && u.ties(&held):
			u.late = append(u.late, lateRow{w, held.Updated, true})
			return nil
		case held.Covered != 0 && u.at == held.Covered:
			return u.planCovered(w, &held)
		}
	}
	if !known && !w.Fields.Has(wire.BalanceWallet) {
		return nil // a row that says nothing of a wallet nobody knows
	}
	row := held
	row.Asset = w.Asset
	u.began(&row, &held, w)
	if w.Fields.Has(wire.BalanceWallet) {
		row.settle()
		row.Wallet = w.Wallet
		if err := u.planChange(w, &held, known); err != nil {
			return err
		}
	}
	u.putBalance(row, w)
	return nil
}

// putBalance keeps a row that the message makes new.
func (u *update) putBalance(row balanceRow, w *wire.Balance) {
	if w.Fields.Has(wire.BalanceCross) && !row.Pending {
		row.Cross, row.HasCross = w.Cross, true
	}
	row.Updated, row.Transaction, row.FromSnapshot = u.ev.Time, u.at, false
	u.balances = put(u.balances, row, compareBalances)
}

// planCovered takes a row of the very millisecond of a snapshot. The snapshot has
// counted its change if the wallet is the one that it gave, or comes to be with
// later messages of that millisecond. If not, the change came behind the
// snapshot: bc proves that here, a fill's message later (bookPending).
func (u *update) planCovered(w *wire.Balance, held *balanceRow) error {
	row := *held
	row.settle()
	if _, stated := kindOf(u.ev.Account.Reason); stated && w.Fields.Has(wire.BalanceWallet|wire.BalanceChange) && !w.Change.IsZero() {
		if before, err := w.Wallet.Sub(w.Change); err == nil && before.Equal(held.Wallet) {
			h := *held
			h.Transaction = u.at - 1
			row.Wallet = w.Wallet
			if err := u.planChange(w, &h, true); err != nil {
				return err
			}
			u.putBalance(row, w)
			return nil
		}
	}
	if w.Fields.Has(wire.BalanceWallet) && !w.Wallet.Equal(held.Wallet) {
		row.Claimed, row.ClaimedCross, row.Pending = w.Wallet, w.Cross, true
	}
	u.late = append(u.late, lateRow{w, held.Updated, true})
	u.putBalance(row, w)
	return nil
}

// planChange writes the entries of one wallet's change.
func (u *update) planChange(w *wire.Balance, held *balanceRow, known bool) error {
	reason := u.ev.Account.Reason
	kind, stated := kindOf(reason)
	stated = stated && w.Fields.Has(wire.BalanceChange)
	l := ledgerLines{u: u, asset: w.Asset, balance: held.Wallet, base: u.d.nextIndex(w.Asset, u.entries...), entries: u.lines[:0]}
	switch {
	case !known:
		opening := w.Wallet
		var err error
		if stated {
			if opening, err = w.Wallet.Sub(w.Change); err != nil {
				return err
			}
		}
		l.balance = decimal.Zero
		l.add(Opening, opening, "")
	default:
		l.addGains()
	}
	if stated {
		l.add(kind, w.Change, u.symbolOf(kind))
	} else if kind != "" && known && !w.Fields.Has(wire.BalanceChange) {
		l.rest(kind, w.Wallet) // before 2021-05 there was no bc: the reason alone speaks
	}
	return l.finish(w.Wallet, held, reason)
}

// symbolOf names the symbol of a funding fee: a.S, or the one isolated position
// that came with it (spec 3.3).
func (u *update) symbolOf(k Kind) string {
	a := &u.ev.Account
	switch {
	case k == Unexplained:
		return ""
	case a.Fields.Has(wire.AccountSymbol):
		return a.Symbol
	case k == FundingFee && len(a.Positions) == 1:
		return a.Positions[0].Symbol
	}
	return ""
}

// keep makes the plan true. Nothing in it can fail.
func (u *update) keep() {
	b, d := u.b, u.d
	d.Positions, d.Balances = slices.Grow(d.Positions, len(u.positions)), slices.Grow(d.Balances, len(u.balances))
	for _, row := range u.positions {
		b.s.Positions = put(b.s.Positions, row, comparePositions)
		d.Positions = append(d.Positions, row.Position)
		b.endCalls(&row)
		u.touch(row.MarginAsset)
	}
	for _, row := range u.balances {
		b.s.Balances = put(b.s.Balances, row, compareBalances)
		d.Balances = append(d.Balances, row.Balance)
		b.s.Trades = slices.DeleteFunc(b.s.Trades, row.counts)
		u.touch(row.Asset)
	}
	d.Entries = append(d.Entries, u.entries...)
	for _, r := range u.remainders {
		b.addRemainder(d, r)
		b.useWaitingTrades(d, r.Asset)
		b.reviewUnexplained(d, r.Asset)
	}
	for i := range u.late {
		u.applyLate(&u.late[i])
	}
	for _, asset := range u.assets {
		b.checkIsolated(d, asset)
	}
}

func (u *update) touch(asset string) {
	if asset != "" && !slices.Contains(u.assets, asset) {
		u.assets = append(u.assets, asset)
	}
}

// applyLate lets a late row explain what was unexplained when its change was
// first seen in a newer one.
func (u *update) applyLate(l *lateRow) {
	kind, stated := kindOf(u.ev.Account.Reason)
	if stated && l.row.Fields.Has(wire.BalanceChange) && !l.row.Change.IsZero() {
		p := part{kind: kind, amount: l.row.Change, symbol: u.symbolOf(kind), time: u.at}
		if i := u.b.remainderAt(l.row.Asset, u.at, p.amount); i >= 0 && u.b.explain(u.d, i, []part{p}) == nil {
			u.b.reviewUnexplained(u.d, l.row.Asset)
		}
	}
	if l.covered {
		return
	}
	u.b.late(u.d, l.row.Asset, "", l.held)
	if u.b.remainderAt(l.row.Asset, u.at, decimal.Zero) < 0 {
		u.b.end(u.d, "newer rows had counted it", func(in *Incident) bool { return in.Kind == IncidentLate && in.Asset == l.row.Asset })
	}
}

// remainderAt finds the remainder of an asset that engine time t belongs to: one
// of exactly that amount first, else the oldest; -1 for none.
func (b *Books) remainderAt(asset string, t int64, amount decimal.D) int {
	found := -1
	for i := range b.s.Remainders {
		r := &b.s.Remainders[i]
		if r.Asset != asset || !r.covers(t) {
			continue
		}
		if r.Amount.Equal(amount) {
			return i
		}
		if found < 0 {
			found = i
		}
	}
	return found
}

// ledgerLines builds the entries of one asset of one record.
type ledgerLines struct {
	u       *update
	asset   string
	balance decimal.D
	base    int // index of the first
	entries []Entry
	counted []countedGain
	err     error
}

func (l *ledgerLines) addGains() {
	for i := range l.u.gains {
		if g := &l.u.gains[i]; g.asset == l.asset && !g.booked {
			g.booked = true
			l.add(RealizedPnL, g.amount, g.row.Symbol)
			if l.err == nil {
				l.counted = append(l.counted, countedGain{g.row, l.entries[len(l.entries)-1]})
			}
		}
	}
}

func (l *ledgerLines) add(k Kind, amount decimal.D, symbol string) {
	if amount.IsZero() || l.err != nil {
		return
	}
	if l.balance, l.err = l.balance.Add(amount); l.err != nil {
		return
	}
	l.entries = append(l.entries, Entry{Position: l.u.d.Position, Asset: l.asset, Index: l.base + len(l.entries), Time: l.u.at,
		Kind: k, Amount: amount, Balance: l.balance, Symbol: symbol, Reason: l.u.d.Reason})
}

// rest books whatever is left up to wallet under one kind.
func (l *ledgerLines) rest(k Kind, wallet decimal.D) {
	left, err := wallet.Sub(l.balance)
	if err != nil {
		l.err = err
		return
	}
	l.add(k, left, l.u.symbolOf(k))
}

// finish books what is left as UNEXPLAINED and keeps it as a remainder.
func (l *ledgerLines) finish(wallet decimal.D, held *balanceRow, reason string) error {
	n := len(l.entries)
	l.rest(Unexplained, wallet)
	if l.err != nil {
		return l.err
	}
	u := l.u
	if n > 0 || len(l.entries) > n {
		l.entries[len(l.entries)-1].Balance = wallet // the exchange's own digits
	}
	if len(l.entries) > n {
		r := remainder{Entry: l.entries[n], From: held.since(), To: u.at, Event: u.ev.Time,
			Due: reason != wire.ReasonOrder, Counted: l.counted}
		r.Symbol = ""
		for _, e := range l.entries[:n] {
			r.Known = append(r.Known, known{e.Kind, e.Amount, e.Symbol, e.TradeID})
		}
		u.remainders = append(u.remainders, r)
	}
	u.entries = append(u.entries, l.entries...)
	u.lines = l.entries[:0]
	return nil
}
