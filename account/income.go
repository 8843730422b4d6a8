package account

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"poise/decimal"
	"poise/wire"
)

// applyIncome lets the exchange's own ledger explain what the stream did not.
// The rows of one record are all rows of a span of time, every page of them: a
// remainder whose span they fill is explained when they sum to it exactly
// (the invariant of spec 6), and left as it is otherwise.
func (b *Books) applyIncome(r Record, d *Delta) {
	d.Event = "INCOME"
	b.mature(d.Time, d)
	rows, err := wire.DecodeIncome(r.Data)
	if err != nil {
		b.unreadable(d, fmt.Sprintf("income: %v", err))
		return
	}
	rows = distinct(rows)
	b.fillUnheard(d, rows)
	for i := 0; i < len(b.s.Remainders); {
		n := len(b.s.Remainders)
		asset := b.s.Remainders[i].Asset
		if b.explainByIncome(d, i, rows) || b.undone(d, i, rows) {
			b.reviewUnexplained(d, asset)
		}
		if len(b.s.Remainders) == n {
			i++
		}
	}
}

// window finds the income rows that a remainder is made of: those between its
// times are; of the millisecond of From a number at the end may be, those behind
// what was counted before; of that of To, all but a number at the end.
func (r *remainder) window(rows []wire.IncomeRow) (parts []part, found bool) {
	own := slices.DeleteFunc(slices.Clone(rows), func(row wire.IncomeRow) bool { return row.Asset != r.Asset })
	likely := r.likely(own)
	always := func(int, int) bool { return true }
	if parts, found = r.tryWindows(own, sameMost, likely, false); found {
		return parts, true
	}
	if parts, found = r.tryWindows(own, triedMost, always, false); found {
		return parts, true
	}
	return r.tryWindows(own, triedMost, always, true)
}

// tryWindows tries, of the first and of the last millisecond, up to most rows more
// or less, where rows from start to end are worth it.
func (r *remainder) tryWindows(own []wire.IncomeRow, most int, worth func(start, end int) bool, back bool) (parts []part, found bool) {
	at := func(t int64) int {
		n, _ := slices.BinarySearchFunc(own, t, func(row wire.IncomeRow, t int64) int { return cmp.Compare(row.Time, t) })
		return n
	}
	first, earliest := at(r.From+1), at(r.From)
	last, shortest := at(r.To+1), at(r.To)
	for end := last; end >= max(shortest, last-most); end-- {
		for start := min(first, end); start >= max(earliest, first-most); start-- {
			if !worth(start, end) {
				continue
			}
			if parts, sum, err := incomeParts(r, own[start:end], back); err == nil && sum.Equal(r.Amount) {
				return parts, true
			}
		}
	}
	return nil, false
}

// likely returns which rows sum to all of the wallet's change, of which the
// remainder is a part: those that make it up do, but where a known cause has no row.
func (r *remainder) likely(rows []wire.IncomeRow) func(start, end int) bool {
	sums := make([]decimal.D, len(rows)+1)
	change, err := r.Amount, error(nil)
	for _, k := range r.Known {
		if err == nil {
			change, err = change.Add(k.Amount)
		}
	}
	for i := range rows {
		if err == nil {
			sums[i+1], err = sums[i].Add(rows[i].Amount)
		}
	}
	return func(start, end int) bool {
		sum, e := sums[end].Sub(sums[start])
		return err == nil && e == nil && sum.Equal(change)
	}
}

// distinct orders rows as they came to be, by time and, within a millisecond, by
// id, and drops repeats: an id is unique within a type, not across types (spec 6).
func distinct(rows []wire.IncomeRow) []wire.IncomeRow {
	slices.SortStableFunc(rows, func(a, b wire.IncomeRow) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(len(a.TranID), len(b.TranID)), cmp.Compare(a.TranID, b.TranID), cmp.Compare(a.Type, b.Type))
	})
	return slices.CompactFunc(rows, func(a, b wire.IncomeRow) bool {
		return a.TranID != "" && a.Time == b.Time && a.Type == b.Type && a.TranID == b.TranID
	})
}

// sameMost is how many rows of one millisecond are looked at as the first or the
// last of a remainder, and triedMost those that are tried without more reason.
const (
	sameMost  = 300
	triedMost = 16
)

// explainByIncome tries whether income rows make up a remainder.
func (b *Books) explainByIncome(d *Delta, i int, rows []wire.IncomeRow) bool {
	parts, found := b.s.Remainders[i].window(rows)
	return found && len(parts) > 0 && b.explain(d, i, parts) == nil
}

// partOf is what an income row says.
func partOf(row *wire.IncomeRow) part {
	tradeID, _ := strconv.ParseInt(row.TradeID, 10, 64) // 0 where it has none
	return part{kind: Kind(clip(row.Type, 64)), amount: row.Amount, symbol: clip(row.Symbol, 64), tradeID: tradeID, tranID: clip(row.TranID, 64), time: row.Time}
}

// incomeParts returns the rows, all of the remainder's asset, less those of
// causes that are in its entries already, and their sum. The PnL that a change
// of cr told may be of an earlier span too, when its message was lost: what it
// tells beyond the rows is taken back. So is, with back, a fill that is none of
// the rows: its own change was lost, and came with the next.
func incomeParts(r *remainder, rows []wire.IncomeRow, back bool) (parts []part, sum decimal.D, err error) {
	taken := make([]bool, len(r.Known))
	excess := r.gains()
	for i := range rows {
		row := &rows[i]
		if g := excess.of(row); g != nil {
			if g.amount, err = g.amount.Sub(row.Amount); err != nil {
				return nil, sum, err
			}
			continue
		}
		if r.accountsFor(row, taken) {
			continue
		}
		parts = append(parts, partOf(row))
	}
	for _, g := range excess {
		parts = append(parts, part{kind: RealizedPnL, amount: g.amount.Neg(), symbol: g.symbol})
	}
	if back {
		parts = append(parts, r.strangers(taken)...)
	}
	for _, p := range parts {
		if sum, err = sum.Add(p.amount); err != nil {
			return nil, sum, err
		}
	}
	return parts, sum, nil
}

// strangers takes back what fills told and no row was found for.
func (r *remainder) strangers(taken []bool) (parts []part) {
	for i, k := range r.Known {
		if !taken[i] && k.TradeID != 0 && !r.told(k) {
			parts = append(parts, part{kind: k.Kind, amount: k.Amount.Neg(), symbol: k.Symbol, tradeID: k.TradeID})
		}
	}
	return parts
}

// symbolGain is what changes of cr told of one symbol, less its income rows.
type symbolGain struct {
	symbol string
	amount decimal.D
}

type symbolGains []symbolGain

// gains sums what the entries have of PnL, by symbol, for the symbols that a
// change of cr told of: income rows do not tell the side. A sum out of range
// leaves a symbol's first, which then fits no rows.
func (r *remainder) gains() (list symbolGains) {
	for _, k := range r.Known {
		if !r.told(k) {
			continue
		}
		i := slices.IndexFunc(list, func(g symbolGain) bool { return g.symbol == k.Symbol })
		if i < 0 {
			list = append(list, symbolGain{k.Symbol, k.Amount})
		} else if s, err := list[i].amount.Add(k.Amount); err == nil {
			list[i].amount = s
		}
	}
	return list
}

// of returns the gain that an income row is a part of, or nil.
func (l symbolGains) of(row *wire.IncomeRow) *symbolGain {
	i := slices.IndexFunc(l, func(g symbolGain) bool { return g.symbol == row.Symbol })
	if i < 0 || row.Type != string(RealizedPnL) {
		return nil
	}
	return &l[i]
}

// accountsFor reports whether a row is of a cause that the remainder's change
// has an entry for; each entry stands for one row.
func (r *remainder) accountsFor(row *wire.IncomeRow, taken []bool) bool {
	for i, k := range r.Known {
		if !taken[i] && k.is(row) && !r.told(k) {
			taken[i] = true
			return true
		}
	}
	return false
}

// is reports whether a row tells of the cause that is known, as far as both name it.
func (k *known) is(row *wire.IncomeRow) bool {
	if string(k.Kind) != row.Type || !k.Amount.Equal(row.Amount) || k.Symbol != "" && row.Symbol != "" && k.Symbol != row.Symbol {
		return false
	}
	return k.TradeID == 0 || row.TradeID == "" || row.TradeID == strconv.FormatInt(k.TradeID, 10)
}

// told reports whether a known cause is PnL of a symbol of which a change of cr told.
func (r *remainder) told(k known) bool {
	return k.Kind == RealizedPnL && slices.ContainsFunc(r.Counted, func(c countedGain) bool { return c.Symbol == k.Symbol })
}
