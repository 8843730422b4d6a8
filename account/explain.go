package account

import (
	"fmt"
	"slices"
	"strings"

	"poise/decimal"
)

// confirmWithin is how long after a wallet's change the ORDER_TRADE_UPDATE that
// names its commission may come, by event time; 29 ms is the most recorded.
const confirmWithin = 5_000 // ms

// remainder is a part of a wallet's change that nothing heard so far accounts
// for. Its entry is the last of its record and asset.
type remainder struct {
	Entry          // as the ledger has it now
	From, To int64 // engine times: what moved the wallet lies in (From, To], or at To when equal
	Event    int64 // ms: E of the message
	Due      bool  `json:",omitempty"` // in an incident; else a fill's message may be under way
	// Known are the entries of the same change, so that income rows of the
	// same causes are not taken twice.
	Known []known `json:",omitempty"`
	// Counted are the positions whose change of cr is in Known: their PnL is
	// all accounted for.
	Counted []countedGain `json:",omitempty"`
}

// countedGain is a position whose change of cr was booked, and the entry.
type countedGain struct {
	rowKey
	Entry Entry
}

func (r *remainder) counts(k rowKey) bool {
	return slices.ContainsFunc(r.Counted, func(c countedGain) bool { return c.rowKey == k })
}

type rowKey struct{ Symbol, Side string }

type known struct {
	Kind    Kind
	Amount  decimal.D
	Symbol  string `json:",omitempty"`
	TradeID int64  `json:",omitempty"`
}

// covers reports whether something of engine time t belongs to the remainder.
func (r *remainder) covers(t int64) bool {
	return t > r.From && t <= r.To || t == r.To
}

// part is one cause of a remainder.
type part struct {
	kind             Kind
	amount           decimal.D
	symbol           string
	orderID, tradeID int64
	tranID           string
	time             int64
}

// explain splits parts off the remainder at index i: its entry is revised, and
// what is left stays UNEXPLAINED. It fails, changing nothing, on overflow.
func (b *Books) explain(d *Delta, i int, parts []part) error {
	r := b.s.Remainders[i]
	before := r.Entry
	balance, err := r.Balance.Sub(r.Amount)
	if err != nil {
		return err
	}
	var room [3]Entry
	made := room[:0]
	for i := range parts {
		p := &parts[i]
		if p.amount.IsZero() {
			continue
		}
		if balance, err = balance.Add(p.amount); err != nil {
			return err
		}
		if r.Amount, err = r.Amount.Sub(p.amount); err != nil {
			return err
		}
		e := before
		e.Index, e.Kind, e.Amount, e.Balance = r.Index+len(made), p.kind, p.amount, balance
		e.Symbol, e.OrderID, e.TradeID, e.TranID = p.symbol, p.orderID, p.tradeID, p.tranID
		if p.time != 0 {
			e.Time = p.time
		}
		made = append(made, e)
	}
	if len(made) == 0 {
		return nil
	}
	if !r.Amount.IsZero() {
		r.Index += len(made)
		made = append(made, r.Entry)
	}
	for _, e := range made {
		d.write(before, e)
	}
	if r.Amount.IsZero() {
		b.s.Remainders = slices.Delete(b.s.Remainders, i, i+1)
		return nil
	}
	r.Known = slices.Clip(r.Known)
	for _, p := range parts {
		if !p.amount.IsZero() {
			r.Known = append(r.Known, known{p.kind, p.amount, p.symbol, p.tradeID})
		}
	}
	b.s.Remainders[i] = r
	return nil
}

// write puts an entry in the delta: over the one of the same key where this
// very record made it, as a revision of before where an earlier one did, and
// as a new entry otherwise.
func (d *Delta) write(before, e Entry) {
	for i := range d.Entries {
		if o := &d.Entries[i]; o.Position == e.Position && o.Asset == e.Asset && o.Index == e.Index {
			*o = e
			return
		}
	}
	for i := range d.Revised {
		if o := &d.Revised[i].After; o.Position == e.Position && o.Asset == e.Asset && o.Index == e.Index {
			*o = e
			return
		}
	}
	if e.Index == before.Index && before.Position != d.Position {
		d.Revised = append(d.Revised, Revision{Before: before, After: e})
		return
	}
	d.Entries = append(d.Entries, e)
}

// mature puts remainders whose explanation is overdue at time now into an
// incident.
func (b *Books) mature(now int64, d *Delta) {
	for i := range b.s.Balances {
		if r := &b.s.Balances[i]; r.Pending && now > r.Updated+confirmWithin {
			b.enterPending(r, d)
		}
	}
	for i := range b.s.Remainders {
		if r := &b.s.Remainders[i]; !r.Due && now > r.Event+confirmWithin {
			r.Due = true
			b.reviewUnexplained(d, r.Asset)
		}
	}
}

// matureAll is mature for when no explanation can come any more.
func (b *Books) matureAll(d *Delta) {
	for i := range b.s.Balances {
		if r := &b.s.Balances[i]; r.Pending {
			b.enterPending(r, d)
		}
	}
	for i := range b.s.Remainders {
		if r := &b.s.Remainders[i]; !r.Due {
			r.Due = true
			b.reviewUnexplained(d, r.Asset)
		}
	}
}

// reviewUnexplained brings the incident of an asset in line with what is
// outstanding and due.
func (b *Books) reviewUnexplained(d *Delta, asset string) {
	var sum decimal.D
	n, first, last := 0, int64(0), int64(0)
	if g, ok := lookup(b.s.GivenUp, givenUp{Asset: asset}, compareGivenUp); ok {
		n, sum, first = g.Count, g.Amount, g.From
	}
	for i := range b.s.Remainders {
		r := &b.s.Remainders[i]
		if r.Asset != asset || !r.Due {
			continue
		}
		if s, err := sum.Add(r.Amount); err == nil {
			sum = s
		}
		if n == 0 {
			first = r.From
		}
		n, last = n+1, max(last, r.To)
	}
	held := b.find(IncidentUnexplained, asset)
	if n == 0 {
		if held != nil {
			b.end(d, "explained", func(in *Incident) bool { return in.Kind == IncidentUnexplained && in.Asset == asset })
		}
		return
	}
	detail := fmt.Sprintf("the wallet moved by %s and nothing heard says why; from %s to %s, changes: %d", sum, moment(first), moment(last), n)
	if held != nil && held.Amount == sum && held.Detail == detail {
		return
	}
	b.open(d, Incident{Kind: IncidentUnexplained, Asset: asset, Amount: sum, Detail: detail})
}

// givenUp is what of an asset was unexplained for so long that newer remainders
// pushed it out: it is never explained any more, and its incident never ends.
type givenUp struct {
	Asset  string
	Amount decimal.D
	Count  int
	From   int64
}

func compareGivenUp(a, b givenUp) int { return strings.Compare(a.Asset, b.Asset) }

// addRemainder keeps a new remainder. When there are too many the oldest is
// given up: its entry stays UNEXPLAINED for good.
func (b *Books) addRemainder(d *Delta, r remainder) {
	if len(b.s.Remainders) >= maxRemainders {
		oldest := b.s.Remainders[0]
		b.s.Remainders = slices.Delete(b.s.Remainders, 0, 1)
		b.giveUp(d, oldest)
	}
	b.s.Remainders = append(b.s.Remainders, r)
}

func (b *Books) giveUp(d *Delta, r remainder) {
	g, ok := lookup(b.s.GivenUp, givenUp{Asset: r.Asset}, compareGivenUp)
	if !ok {
		g = givenUp{Asset: r.Asset, From: r.From}
	}
	if sum, err := g.Amount.Add(r.Amount); err == nil {
		g.Amount = sum
	}
	g.Count++
	b.s.GivenUp = put(b.s.GivenUp, g, compareGivenUp)
	b.reviewUnexplained(d, r.Asset)
}
