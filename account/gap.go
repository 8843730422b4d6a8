package account

import "poise/decimal"

// Gap is a part of a wallet's change that nothing heard so far accounts for, or a
// time of changes that nobody heard and that sum to nothing, with an Amount of
// zero: what a follower asks the exchange's income rows about.
type Gap struct {
	Asset    string
	Amount   decimal.D
	From, To int64 // engine times, ms: what moved the wallet lies in (From, To], or at To when equal
	Event    int64 // ms: E of the message, or the snapshot row's updateTime
	Due      bool  // in an incident; else a fill's message may still be under way
}

// ConfirmWithin is how long after a wallet's change the ORDER_TRADE_UPDATE that
// names its commission may come, in ms of event time: until then a Gap of a fill
// is not Due.
const ConfirmWithin = confirmWithin

// Gaps returns what is unexplained now, oldest first.
func (b *Books) Gaps() []Gap {
	var list []Gap
	for i := range b.s.Remainders {
		r := &b.s.Remainders[i]
		list = append(list, Gap{Asset: r.Asset, Amount: r.Amount, From: r.From, To: r.To, Event: r.Event, Due: r.Due})
	}
	for i := range b.s.Balances {
		r := &b.s.Balances[i]
		if diff, err := r.Claimed.Sub(r.Wallet); err == nil && r.Pending {
			list = append(list, Gap{Asset: r.Asset, Amount: diff, From: r.since(), To: r.Transaction, Event: r.Updated})
		}
	}
	for _, u := range b.s.Unheard {
		list = append(list, Gap{Asset: u.Asset, From: u.From, To: u.To, Event: u.To})
	}
	return list
}

// HasGaps reports whether Gaps has any.
func (b *Books) HasGaps() bool {
	if len(b.s.Remainders)+len(b.s.Unheard) > 0 {
		return true
	}
	for i := range b.s.Balances {
		if b.s.Balances[i].Pending {
			return true
		}
	}
	return false
}
