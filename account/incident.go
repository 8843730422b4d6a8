package account

import (
	"fmt"
	"slices"
	"time"

	"poise/decimal"
)

// open opens an incident, or counts one more on the open one of the same kind,
// asset and symbol.
func (b *Books) open(d *Delta, in Incident) {
	for i := range b.s.Incidents {
		held := &b.s.Incidents[i]
		if held.Kind != in.Kind || held.Asset != in.Asset || held.Symbol != in.Symbol {
			continue
		}
		held.Count++
		held.Amount, held.Detail = in.Amount, in.Detail
		d.noteOpen(*held)
		return
	}
	b.s.LastIncident++
	in.ID, in.Count = b.s.LastIncident, 1
	in.Position, in.Opened = d.Position, d.Time
	b.s.Incidents = append(b.s.Incidents, in)
	d.noteOpen(in)
}

// noteOpen puts the incident's last word of this record in the delta.
func (d *Delta) noteOpen(in Incident) {
	for i := range d.Opened {
		if d.Opened[i].ID == in.ID {
			d.Opened[i] = in
			return
		}
	}
	d.Opened = append(d.Opened, in)
}

// end ends every open incident that match accepts.
func (b *Books) end(d *Delta, how string, match func(*Incident) bool) {
	kept := b.s.Incidents[:0]
	for _, in := range b.s.Incidents {
		if !match(&in) {
			kept = append(kept, in)
			continue
		}
		in.Closed, in.Ending = d.Time, how
		d.Ended = append(d.Ended, in)
	}
	b.s.Incidents = kept
}

func (b *Books) find(kind IncidentKind, asset string) *Incident {
	i := slices.IndexFunc(b.s.Incidents, func(in Incident) bool { return in.Kind == kind && in.Asset == asset })
	if i < 0 {
		return nil
	}
	return &b.s.Incidents[i]
}

// unreadable says that bytes of the exchange were kept but could not be used.
func (b *Books) unreadable(d *Delta, why string) {
	b.open(d, Incident{Kind: IncidentUnreadable, Detail: clip(why, 500)})
}

// late says that a row came after a newer one.
func (b *Books) late(d *Delta, asset, symbol string, held int64) {
	b.open(d, Incident{Kind: IncidentLate, Asset: asset, Symbol: symbol,
		Detail: fmt.Sprintf("%s of %s came after one of %s: its rows change nothing", d.Event, moment(d.Time), moment(held))})
}

// checkIsolated compares wallet - cross with the isolated wallets of an asset
// (identity 4 of spec 3.5).
func (b *Books) checkIsolated(d *Delta, asset string) {
	row, ok := lookup(b.s.Balances, balanceRow{Balance: Balance{Asset: asset}}, compareBalances)
	if !ok || !row.HasCross {
		return
	}
	diff, sum, err := b.isolatedDifference(&row)
	if err != nil {
		b.unreadable(d, fmt.Sprintf("%s: the isolated wallets cannot be added: %v", asset, err))
		return
	}
	held := b.find(IncidentIsolated, asset)
	switch {
	case diff.IsZero() && held != nil:
		b.end(d, "they agree again", func(in *Incident) bool { return in.Kind == IncidentIsolated && in.Asset == asset })
	case !diff.IsZero() && (held == nil || !held.Amount.Equal(diff)):
		b.open(d, Incident{Kind: IncidentIsolated, Asset: asset, Amount: diff,
			Detail: fmt.Sprintf("wallet %s less cross %s is not the known isolated wallets, %s", row.Wallet, row.Cross, sum)})
	}
}

func (b *Books) isolatedDifference(row *balanceRow) (diff, sum decimal.D, err error) {
	for i := range b.s.Positions {
		p := &b.s.Positions[i]
		if p.MarginAsset != row.Asset || p.MarginType != "isolated" {
			continue
		}
		if sum, err = sum.Add(p.IsolatedWallet); err != nil {
			return diff, sum, err
		}
	}
	if diff, err = row.Wallet.Sub(row.Cross); err != nil {
		return diff, sum, err
	}
	diff, err = diff.Sub(sum)
	return diff, sum, err
}

// moment is an engine time in ms as people read it, in UTC.
func moment(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000Z") }
