package account

import (
	"fmt"

	"poise/wire"
)

// settledAfter is how long after a moment REST knows all that happened in it, ms.
const settledAfter = 2_000

// settled reports whether REST, asked at a time, knows all of the moment of a row.
func settled(updated, at int64) bool { return at-updated >= settledAfter }

// Behind names a row in which REST, asked at a time in ms, says otherwise than the
// books though the books should know as much; "" is none. A row of REST that is
// older proves nothing. One of the very moment that is held proves something when
// REST was asked seconds later: of two messages of that moment the wrong one was
// taken for the last.
func (b *Books) Behind(assets []wire.AssetInfo, positions []wire.PositionInfo, at int64) string {
	for i := range assets {
		r := &assets[i]
		held, _ := lookup(b.s.Balances, balanceRow{Balance: Balance{Asset: r.Asset}}, compareBalances)
		if held.Pending || !knows(r.Updated, held.Updated, held.Transaction, at) {
			continue
		}
		if !r.Wallet.Equal(held.Wallet) {
			return fmt.Sprintf("%s wallet %s, here %s", r.Asset, r.Wallet, held.Wallet)
		}
		if r.Fields.Has(wire.AssetCross) && !r.Cross.Equal(held.Cross) {
			return fmt.Sprintf("%s cross wallet %s, here %s", r.Asset, r.Cross, held.Cross)
		}
	}
	for i := range positions {
		p := &positions[i]
		held, known := lookup(b.s.Positions, positionRow{Position: Position{Symbol: p.Symbol, Side: sideOf(p.Side)}}, comparePositions)
		if !knows(p.Updated, held.Updated, held.Transaction, at) {
			continue
		}
		if !p.Amount.Equal(held.Amount) {
			return fmt.Sprintf("%s %s of %s contracts, here %s", p.Symbol, p.Side, p.Amount, held.Amount)
		}
		if known && p.Updated > held.Updated && p.Fields.Has(wire.PositionInfoEntryPrice) && !p.EntryPrice.Equal(held.EntryPrice) {
			return fmt.Sprintf("%s %s entered at %s, here %s", p.Symbol, p.Side, p.EntryPrice, held.EntryPrice)
		}
		if known && p.Fields.Has(wire.PositionInfoMarginType) && marginType(p.MarginType) != held.MarginType {
			return fmt.Sprintf("%s %s is %s, here %s", p.Symbol, p.Side, marginType(p.MarginType), held.MarginType)
		}
	}
	return ""
}

// knows reports whether a row of REST is newer than what is held since (e, t), or
// is of that moment and settled.
func knows(updated, e, t, at int64) bool {
	return updated > e || updated == t && t != 0 && settled(updated, at)
}

// differs reports whether REST has another position than the one held.
func (p *positionRow) differs(w *wire.PositionInfo) bool {
	return w.Fields.Has(wire.PositionInfoAmount) && !w.Amount.Equal(p.Amount) ||
		w.Fields.Has(wire.PositionInfoIsolatedWallet) && !w.IsolatedWallet.Equal(p.IsolatedWallet) ||
		w.Fields.Has(wire.PositionInfoMarginType) && marginType(w.MarginType) != p.MarginType
}

// differs reports whether REST has another wallet than the one held.
func (r *balanceRow) differs(w *wire.AssetInfo) bool {
	return !w.Wallet.Equal(r.Wallet) || w.Fields.Has(wire.AssetCross) && !w.Cross.Equal(r.Cross)
}
