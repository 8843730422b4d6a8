package account

import (
	"poise/decimal"
	"poise/wire"
)

// undone explains a remainder of one moment by income rows of that moment that it
// takes back: a message of it came behind a later one, and the wallet went back.
// With what is heard next it comes again, and those rows with it. Fills that the
// remainder was given are taken back too, where that is what makes it fit.
func (b *Books) undone(d *Delta, i int, rows []wire.IncomeRow) bool {
	r := &b.s.Remainders[i]
	if r.From != r.To {
		return false
	}
	var own []part
	for i := range rows {
		row := &rows[i]
		if row.Asset != r.Asset || row.Time != r.To || r.told(known{Kind: Kind(row.Type), Symbol: row.Symbol}) {
			continue
		}
		p := partOf(row)
		p.amount, p.tranID, p.time = p.amount.Neg(), "", 0 // it is taken back, and was not then
		own = append(own, p)
	}
	if len(own) > sameMost {
		return false
	}
	for _, parts := range [][]part{nil, r.strangers(make([]bool, len(r.Known)))} {
		left, err := r.Amount, error(nil)
		for _, p := range parts {
			if err == nil {
				left, err = left.Sub(p.amount)
			}
		}
		for start := range own {
			if n := sumsTo(own[start:], left); err == nil && n > 0 {
				return b.explain(d, i, append(parts, own[start:start+n]...)) == nil
			}
		}
	}
	return false
}

// sumsTo returns how many of the first parts come to an amount, 0 for none.
func sumsTo(parts []part, amount decimal.D) int {
	var sum decimal.D
	var err error
	for i := range parts {
		if sum, err = sum.Add(parts[i].amount); err != nil {
			return 0
		}
		if sum.Equal(amount) {
			return i + 1
		}
	}
	return 0
}
