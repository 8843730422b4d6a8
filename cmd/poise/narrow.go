package main

import (
	"context"

	"github.com/spf13/cobra"

	"poise/account"
	"poise/store"
)

// narrowFlags are --asset, --from, --to and --kind where rows are of now: a row
// is chosen when it last changed in the span, or, with a kind, when an entry of
// that kind moved it in the span.
func narrowFlags(c *cobra.Command, o *choice) {
	accountFlag(c, o)
	assetFlag(c, o)
	c.Flags().Var(&o.from, "from", "only what changed from this time on (2026-10-31, 2026-10-31T12:00:00Z, or ms)")
	c.Flags().Var(&o.to, "to", "only what changed before this time")
	c.Flags().StringVar(&o.kind, "kind", "", "only what entries of this kind moved, such as FUNDING_FEE")
	completesWords(c, "kind", entryKinds()...)
}

// narrow says which rows of one account are chosen.
type narrow struct {
	o               *choice
	assets, symbols map[string]bool // moved by entries of the kind
}

func (o *choice) narrow(ctx context.Context, s records, name string) (*narrow, error) {
	n := &narrow{o: o, assets: map[string]bool{}, symbols: map[string]bool{}}
	if o.kind == "" {
		return n, nil
	}
	for e, err := range s.entries(ctx, store.EntryFilter{Account: name, Asset: o.asset, Kind: account.Kind(o.kind), From: o.from.ms, To: o.to.ms}) {
		if err != nil {
			return nil, err
		}
		n.assets[e.Asset], n.symbols[e.Symbol] = true, true
	}
	return n, nil
}

// within is about what last changed at a time; with a kind the span is of its entries.
func (n *narrow) within(updated int64) bool {
	o := n.o
	return o.kind != "" || (!o.from.set || updated >= o.from.ms) && (!o.to.set || updated < o.to.ms)
}

func (n *narrow) balance(b *account.Balance) bool {
	return (n.o.asset == "" || b.Asset == n.o.asset) && n.within(b.Updated) && (n.o.kind == "" || n.assets[b.Asset])
}

func (n *narrow) position(p *account.Position) bool {
	return n.o.wants(p) && n.within(p.Updated) && (n.o.kind == "" || n.symbols[p.Symbol])
}

// chooses reports whether an account has a balance that is chosen.
func (o *choice) chooses(ctx context.Context, s records, name string) (bool, error) {
	if o.account != "" && o.account != name {
		return false, nil
	}
	if o.asset == "" && o.kind == "" && !o.from.set && !o.to.set {
		return true, nil
	}
	n, err := o.narrow(ctx, s, name)
	if err != nil {
		return false, err
	}
	rows, err := s.Balances(ctx, name, 0)
	for i := range rows {
		if n.balance(&rows[i]) {
			return true, err
		}
	}
	return false, err
}
