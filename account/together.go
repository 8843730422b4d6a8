package account

import (
	"slices"

	"poise/wire"
)

// togetherMost is how many remainders of an asset are tried as one.
const togetherMost = 4

// explainTogether explains, as one, remainders of an asset that begin at index i:
// two messages of one moment in the wrong order have the wallet go back, and come
// again with whatever is heard next. Neither has an income row of its own; with
// those of the time that both take, they are nothing.
func (b *Books) explainTogether(d *Delta, i int, rows []wire.IncomeRow) bool {
	group, one := []int{i}, b.s.Remainders[i]
	tied := one.tied()
	for j := i + 1; j < len(b.s.Remainders) && len(group) < togetherMost; j++ {
		r := &b.s.Remainders[j]
		if r.Asset != one.Asset {
			continue
		}
		group, tied = append(group, j), tied || r.tied()
		if !one.join(r) {
			return false
		}
		if parts, found := one.window(rows); found && tied {
			return b.share(d, group, parts)
		}
	}
	return false
}

// tied reports whether a remainder is all of one moment: its message came behind
// another of that moment.
func (r *remainder) tied() bool { return r.From == r.To }

// join has a remainder take in a later one. It fails on overflow.
func (r *remainder) join(o *remainder) bool {
	sum, err := r.Amount.Add(o.Amount)
	r.Amount, r.From, r.To = sum, min(r.From, o.From), max(r.To, o.To)
	r.Known = slices.Concat(r.Known, o.Known)
	r.Counted = slices.Concat(r.Counted, o.Counted)
	return err == nil
}

// share gives the parts of a group to its last remainder, which takes back what
// each of the others moved.
func (b *Books) share(d *Delta, group []int, parts []part) bool {
	last := group[len(group)-1]
	for _, i := range group[:len(group)-1] {
		p := b.s.Remainders[i].back()
		p.amount = p.amount.Neg()
		parts = append(parts, p)
	}
	if b.explain(d, last, parts) != nil {
		return false
	}
	for _, i := range slices.Backward(group[:len(group)-1]) {
		if b.explain(d, i, []part{b.s.Remainders[i].back()}) != nil {
			return false
		}
	}
	return true
}

// back is a remainder as a change that another one takes back.
func (r *remainder) back() part {
	kind, stated := kindOf(r.Reason)
	if !stated {
		kind = Commission // what a fill's message leaves to be explained
	}
	return part{kind: kind, amount: r.Amount}
}
