package account

import (
	"slices"

	"poise/decimal"
	"poise/wire"
)

// trade is a fill whose money no wallet's change accounts for yet.
type trade struct {
	Time       int64 // T: the engine's
	Symbol     string
	Side       string // of the position
	OrderID    int64
	TradeID    int64
	Asset      string    // of the commission
	Commission decimal.D // paid
	Profit     decimal.D // before fees
}

// applyOrder takes a fill's commission and PnL to the wallet's change that they
// are a part of. By the recordings the ACCOUNT_UPDATE comes first, with the
// same T; a fill that comes before it waits.
func (b *Books) applyOrder(ev *wire.Event, d *Delta) {
	o := &ev.Order
	if !o.Fields.Has(wire.OrderTradeID) || o.TradeID == 0 || o.Commission.IsZero() && o.RealizedProfit.IsZero() {
		return // not a fill, or one that moves no wallet
	}
	t := trade{Time: ev.Transaction, Symbol: o.Symbol, Side: sideOf(o.PositionSide), OrderID: o.OrderID, TradeID: o.TradeID,
		Asset: o.CommissionAsset, Commission: o.Commission, Profit: o.RealizedProfit}
	if !ev.Fields.Has(wire.EventTransaction) {
		t.Time = o.TradeTime
	}
	if t.Asset == "" {
		t.Asset = o.MarginAsset
	}
	b.noteWay(&t, o.Side)
	if b.useTrade(d, &t) {
		b.reviewUnexplained(d, t.Asset)
		return
	}
	if b.bookPending(d, &t) || b.counted(&t) || b.bookNil(d, &t) {
		return
	}
	if b.tells(&t) {
		t.Profit = decimal.Zero
	}
	if t.Commission.IsZero() && t.Profit.IsZero() {
		return // nothing is left for a change to come
	}
	if len(b.s.Trades) >= maxTrades {
		b.s.Trades = slices.Delete(b.s.Trades, 0, 1)
	}
	b.s.Trades = append(b.s.Trades, t)
}

// useTrade explains a remainder by a fill, and reports whether there was one.
func (b *Books) useTrade(d *Delta, t *trade) bool {
	i := b.remainderOf(t)
	if i < 0 {
		return false
	}
	n := len(b.s.Remainders)
	var room [2]part
	counted, parts := b.s.Remainders[i].Counted, t.parts(&b.s.Remainders[i], room[:0])
	if b.explain(d, i, parts) != nil {
		return false
	}
	if len(b.s.Remainders) == n {
		b.noteBefore(&b.s.Remainders[i])
	}
	if len(parts) > 0 && parts[0].kind == RealizedPnL {
		b.noteBooked(t)
	} else {
		t.name(d, counted)
	}
	return true
}

// tells reports whether the position's cr has the fill's PnL in it: then a change
// of the wallet that is still to come has not.
func (b *Books) tells(t *trade) bool {
	row, ok := lookup(b.s.Positions, positionRow{Position: Position{Symbol: t.Symbol, Side: t.Side}}, comparePositions)
	return ok && row.HasRealized && row.Transaction >= t.Time
}

// noteBooked remembers a PnL that was booked before the position's cr told it.
func (b *Books) noteBooked(t *trade) {
	row, ok := lookup(b.s.Positions, positionRow{Position: Position{Symbol: t.Symbol, Side: t.Side}}, comparePositions)
	if !ok || !row.HasRealized || row.Transaction >= t.Time {
		return
	}
	if booked, err := row.Booked.Add(t.Profit); err == nil {
		row.Booked = booked
		b.s.Positions = put(b.s.Positions, row, comparePositions)
	}
}

// name gives the entry of a PnL that the change of cr told the ids of the fill
// that made it, where one fill made all of it.
func (t *trade) name(d *Delta, counted []countedGain) {
	for i := range counted {
		e := &counted[i].Entry
		if counted[i].rowKey != (rowKey{t.Symbol, t.Side}) || e.TradeID != 0 || !e.Amount.Equal(t.Profit) {
			continue
		}
		before := *e
		e.OrderID, e.TradeID = t.OrderID, t.TradeID
		d.write(before, *e)
	}
}

// useWaitingTrades explains a new remainder of an asset by the fills that came
// before it.
func (b *Books) useWaitingTrades(d *Delta, asset string) {
	b.s.Trades = slices.DeleteFunc(b.s.Trades, func(t trade) bool { return t.Asset == asset && b.useTrade(d, &t) })
}

// bookNil books a fill whose PnL and commission cancel, so that the wallet of its
// T, which came before it, did not move.
func (b *Books) bookNil(d *Delta, t *trade) bool {
	row, ok := lookup(b.s.Balances, balanceRow{Balance: Balance{Asset: t.Asset}}, compareBalances)
	if !ok || row.Transaction != t.Time || !t.Profit.Equal(t.Commission) {
		return false
	}
	between, err := row.Wallet.Add(t.Profit)
	if err != nil {
		return false
	}
	e := Entry{Position: d.Position, Asset: t.Asset, Time: t.Time, Kind: RealizedPnL, Amount: t.Profit, Balance: between,
		Symbol: t.Symbol, OrderID: t.OrderID, TradeID: t.TradeID, Reason: wire.ReasonOrder, Index: d.nextIndex(t.Asset)}
	d.Entries = append(d.Entries, e)
	e.Index, e.Kind, e.Amount, e.Balance = e.Index+1, Commission, t.Commission.Neg(), row.Wallet
	d.Entries = append(d.Entries, e)
	return true
}

// remainderOf finds the remainder that a fill belongs to: one that it explains
// to the last digit first, else the oldest of its time.
func (b *Books) remainderOf(t *trade) int {
	found := -1
	for i := range b.s.Remainders {
		r := &b.s.Remainders[i]
		if r.Asset != t.Asset || !r.covers(t.Time) {
			continue
		}
		var room [2]part
		parts := t.parts(r, room[:0])
		left, err := r.Amount, error(nil)
		for _, p := range parts {
			if left, err = left.Sub(p.amount); err != nil {
				break
			}
		}
		switch {
		case err != nil:
		case left.IsZero() && len(parts) > 0:
			return i
		case found < 0:
			found = i
		}
	}
	return found
}

// parts appends what a fill accounts for in a remainder: its commission, and its
// PnL where that was not known from the change of cr.
func (t *trade) parts(r *remainder, parts []part) []part {
	p := part{symbol: t.Symbol, orderID: t.OrderID, tradeID: t.TradeID, time: t.Time}
	if !t.Profit.IsZero() && !r.counts(rowKey{t.Symbol, t.Side}) {
		p.kind, p.amount = RealizedPnL, t.Profit
		parts = append(parts, p)
	}
	if !t.Commission.IsZero() {
		p.kind, p.amount = Commission, t.Commission.Neg()
		parts = append(parts, p)
	}
	return parts
}
