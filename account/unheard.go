package account

import (
	"poise/decimal"
	"poise/wire"
)

// unheard is a time in which a wallet was changed and nobody listened, and at
// whose end it was what it was before: the snapshot's row is newer, and the same.
// Nothing is unexplained, but the ledger has a hole until income rows fill it.
type unheard struct {
	Asset    string
	From, To int64 // engine times, ms: in (From, To]
}

// noteUnheard remembers such a time. There is one an asset: they go on.
func (b *Books) noteUnheard(asset string, from, to int64) {
	for i := range b.s.Unheard {
		if u := &b.s.Unheard[i]; u.Asset == asset {
			u.To = to
			return
		}
	}
	if len(b.s.Unheard) < MaxAssets {
		b.s.Unheard = append(b.s.Unheard, unheard{asset, from, to})
	}
}

// fillUnheard enters the income rows of times that nobody heard. They sum to
// nothing, or they are not all.
func (b *Books) fillUnheard(d *Delta, rows []wire.IncomeRow) {
	kept := b.s.Unheard[:0]
	for _, u := range b.s.Unheard {
		if !b.fill(d, u, rows) {
			kept = append(kept, u)
		}
	}
	b.s.Unheard = kept
}

// fill tries which rows it was, as explainByIncome does: those behind From, and of
// From's own millisecond a number at the end. None at all ends it too.
func (b *Books) fill(d *Delta, u unheard, rows []wire.IncomeRow) bool {
	var own []*wire.IncomeRow
	first := 0
	for i := range rows {
		if row := &rows[i]; row.Asset == u.Asset && row.Time >= u.From && row.Time <= u.To && !row.Amount.IsZero() {
			if row.Time == u.From {
				first++
			}
			own = append(own, row)
		}
	}
	for start := first; start >= max(0, first-sameMost); start-- {
		made, sum, err := b.unheardEntries(d, u.Asset, own[start:])
		if err == nil && len(made) > 0 && sum.IsZero() {
			d.Entries = append(d.Entries, made...)
			return true
		}
	}
	return first == len(own)
}

// unheardEntries are the entries of rows, from the wallet and back to it.
func (b *Books) unheardEntries(d *Delta, asset string, rows []*wire.IncomeRow) (made []Entry, sum decimal.D, err error) {
	held, _ := lookup(b.s.Balances, balanceRow{Balance: Balance{Asset: asset}}, compareBalances)
	balance := held.Wallet
	for _, row := range rows {
		if balance, err = balance.Add(row.Amount); err == nil {
			sum, err = sum.Add(row.Amount)
		}
		if err != nil {
			return nil, sum, err
		}
		p := partOf(row)
		made = append(made, Entry{Position: d.Position, Asset: asset, Index: d.nextIndex(asset) + len(made), Time: p.time, Kind: p.kind,
			Amount: p.amount, Balance: balance, Symbol: p.symbol, TradeID: p.tradeID, TranID: p.tranID, Reason: reasonIncome})
	}
	if len(made) > 0 {
		made[len(made)-1].Balance = held.Wallet // the exchange's own digits
	}
	return made, sum, nil
}
