package account

import (
	"cmp"
	"sort"
	"strings"

	"poise/decimal"
	"poise/wire"
)

// Two messages of one moment, of the same E and T, are ordered by arrival. When a
// line lost the first and another brought it late, arrival is wrong, and the
// wallets tell: the one that is heard last is the earlier. So do the fills of one
// order, which go one way, while something of their moment is missing.

// tieWithin is how long after the first message of a moment the next is believed to
// be newer where nothing tells, in ms, when another line brings it: they are sent at
// once. An earlier one changes nothing, and if it was none, REST tells.
const tieWithin = 500

// earlier reports whether the message was made before one of the same moment that
// is held.
func (u *update) earlier() bool {
	if u.ev.Time > u.b.s.EventTime {
		return false // the newest yet
	}
	a := &u.ev.Account
	for i := range a.Balances {
		w := &a.Balances[i]
		held, known := lookup(u.b.s.Balances, balanceRow{Balance: Balance{Asset: w.Asset}}, compareBalances)
		if known && u.ties(&held) && w.Fields.Has(wire.BalanceWallet) && u.leads(w, &held) {
			return true
		}
	}
	for i := range a.Positions {
		w := &a.Positions[i]
		held, known := lookup(u.b.s.Positions, positionRow{Position: Position{Symbol: w.Symbol, Side: sideOf(w.Side)}}, comparePositions)
		if known && u.tiesPosition(&held) && w.Fields.Has(wire.PositionAmount) && held.goesBack(w.Amount) && u.missed(held.MarginAsset) {
			return true
		}
	}
	return false
}

// ways are sides on which fills changed a position.
type ways uint8

const (
	up ways = 1 << iota
	down
)

// goesBack reports whether an amount is on the other side of the one held than where
// the fills of its moment went. Where they went both ways, as when an account trades
// with itself, nothing tells.
func (p *positionRow) goesBack(amount decimal.D) bool {
	way := amount.Cmp(p.Amount)
	return p.Ways == up && way < 0 || p.Ways == down && way > 0
}

// missed reports whether something of the message's moment is unexplained.
func (u *update) missed(asset string) bool { return u.b.remainderAt(asset, u.at, decimal.Zero) >= 0 }

// noteWay notes which way a fill went, of the moment that its position is held of.
// It copies no row: every fill comes here.
func (b *Books) noteWay(t *trade, side string) {
	i, found := sort.Find(len(b.s.Positions), func(i int) int {
		p := &b.s.Positions[i]
		return cmp.Or(strings.Compare(t.Symbol, p.Symbol), strings.Compare(t.Side, p.Side))
	})
	if !found || b.s.Positions[i].Transaction != t.Time || b.s.Positions[i].FromSnapshot {
		return
	}
	switch row := &b.s.Positions[i]; side {
	case "BUY":
		row.Ways |= up
	case "SELL":
		row.Ways |= down
	}
}

// tiesPosition is ties for a position.
func (u *update) tiesPosition(held *positionRow) bool {
	return held.Updated == u.ev.Time && held.Transaction == u.at && !held.FromSnapshot
}

// ties reports whether a row that is held is of the message's own moment.
func (u *update) ties(held *balanceRow) bool {
	return held.Updated == u.ev.Time && held.Transaction == u.at && !held.FromSnapshot && held.Covered != u.at
}

// leads reports whether a row's wallet leads to the one held, and not the other way.
func (u *update) leads(w *wire.Balance, held *balanceRow) bool {
	before, told := u.before(w)
	same := w.Wallet.Equal(held.Wallet)
	switch {
	case told && before.Equal(held.Wallet):
		return false // it is the next
	case same:
		return told // what it tells was counted already
	}
	return w.Wallet.Equal(held.Before) || told && before.Equal(held.Base) || u.straggles(held)
}

// straggles reports whether the message came long after the one held, on another
// line. One line keeps the exchange's order, however long it stalls.
func (u *update) straggles(held *balanceRow) bool {
	return held.Heard > 0 && u.b.with.line != held.Line && u.b.with.heard >= held.Heard+tieWithin
}

// before is the wallet before the message, where its bc tells that.
func (u *update) before(w *wire.Balance) (wallet decimal.D, told bool) {
	if _, stated := kindOf(u.ev.Account.Reason); !stated || !w.Fields.Has(wire.BalanceWallet|wire.BalanceChange) || w.Change.IsZero() {
		return wallet, false
	}
	wallet, err := w.Wallet.Sub(w.Change)
	return wallet, err == nil
}

// began notes in a row what is known of the wallet before its message.
func (u *update) began(row, held *balanceRow, w *wire.Balance) {
	row.Base, row.Before = held.Wallet, held.Wallet
	row.Heard, row.Line = u.b.with.heard, u.b.with.line
	if u.ties(held) {
		row.Base = held.Base
	}
	if before, told := u.before(w); told {
		row.Before = before
	}
}

// noteBefore notes in the row that a remainder is of what a fill has left of it:
// that came before the fill.
func (b *Books) noteBefore(r *remainder) {
	row, ok := lookup(b.s.Balances, balanceRow{Balance: Balance{Asset: r.Asset}}, compareBalances)
	if !ok || row.Transaction != r.To || row.Updated != r.Event || row.FromSnapshot {
		return
	}
	before, err := r.Balance, error(nil)
	for _, k := range r.Known {
		if before, err = before.Sub(k.Amount); err != nil {
			return
		}
	}
	row.Before = before
	b.s.Balances = put(b.s.Balances, row, compareBalances)
}
