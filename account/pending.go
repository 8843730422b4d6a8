package account

import (
	"slices"

	"poise/wire"
)

// bookPending books a fill that moved a wallet in the millisecond of a snapshot,
// but behind it: what the entries sum to, and the fill, make the wallet.
func (b *Books) bookPending(d *Delta, t *trade) bool {
	i := slices.IndexFunc(b.s.Balances, func(r balanceRow) bool { return r.Asset == t.Asset && r.Pending && r.Transaction == t.Time })
	if i < 0 {
		return false
	}
	row := &b.s.Balances[i]
	between, err := row.Wallet.Add(t.Profit)
	if err != nil {
		return false
	}
	if after, err := between.Sub(t.Commission); err != nil || !after.Equal(row.Claimed) {
		return false
	}
	e := Entry{Position: d.Position, Asset: t.Asset, Time: t.Time, Symbol: t.Symbol, OrderID: t.OrderID, TradeID: t.TradeID, Reason: wire.ReasonOrder, Index: d.nextIndex(t.Asset)}
	if !t.Profit.IsZero() {
		e.Kind, e.Amount, e.Balance = RealizedPnL, t.Profit, between
		d.Entries = append(d.Entries, e)
		e.Index++
	}
	if !t.Commission.IsZero() {
		e.Kind, e.Amount, e.Balance = Commission, t.Commission.Neg(), row.Claimed
		d.Entries = append(d.Entries, e)
	}
	row.claim(d)
	return true
}

// counts reports whether a snapshot has counted a fill: no change of the wallet
// is still to come for it.
func (r *balanceRow) counts(t trade) bool {
	return t.Asset == r.Asset && (t.Time < r.Covered || t.Time == r.Covered && !r.Pending)
}

func (b *Books) counted(t *trade) bool {
	row, ok := lookup(b.s.Balances, balanceRow{Balance: Balance{Asset: t.Asset}}, compareBalances)
	return ok && row.counts(*t)
}

// claim makes what was claimed the wallet.
func (r *balanceRow) claim(d *Delta) {
	r.Wallet, r.Cross = r.Claimed, r.ClaimedCross
	r.settle()
	d.Balances = append(d.Balances, r.Balance)
}

// enterPending enters what no message made clear in time, as UNEXPLAINED.
func (b *Books) enterPending(r *balanceRow, d *Delta) {
	diff, err := r.Claimed.Sub(r.Wallet)
	if err != nil {
		r.settle()
		return
	}
	from := r.since()
	r.claim(d)
	e := Entry{Position: d.Position, Asset: r.Asset, Time: r.Transaction, Kind: Unexplained, Amount: diff, Balance: r.Wallet, Reason: reasonSnapshot}
	d.Entries = append(d.Entries, e)
	b.addRemainder(d, remainder{Entry: e, From: from, To: r.Transaction, Event: r.Updated, Due: true})
	b.useWaitingTrades(d, r.Asset)
	b.reviewUnexplained(d, r.Asset)
}

// indexRoom is left behind an UNEXPLAINED entry that is followed by others of its
// record and asset, for the parts that it may be split into.
const indexRoom = 1_000

// nextIndex is the Index of the next entry of an asset in this record, more being
// those that are not in the delta yet.
func (d *Delta) nextIndex(asset string, more ...Entry) (n int) {
	for _, list := range [2][]Entry{d.Entries, more} {
		for i := range list {
			e := &list[i]
			if e.Asset != asset || e.Position != d.Position {
				continue
			}
			next := e.Index + 1
			if e.Kind == Unexplained {
				next += indexRoom
			}
			n = max(n, next)
		}
	}
	return n
}
