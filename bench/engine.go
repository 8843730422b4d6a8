package main

import (
	"fmt"
	"time"

	"poise/bench/books"
	"poise/bench/pair"
	"poise/bench/whole"
	"poise/venue/engine"
)

// sizes show how the exchange grows: with accounts, with symbols, and with
// symbols when each ACCOUNT_UPDATE has all rows.
var sizes = []whole.Size{
	{Accounts: 10, Symbols: 1, Push: engine.PushChanged}, {Accounts: 100, Symbols: 1, Push: engine.PushChanged},
	middle, {Accounts: 10_000, Symbols: 1, Push: engine.PushChanged},
	{Accounts: 1000, Symbols: 5, Push: engine.PushChanged}, {Accounts: 1000, Symbols: 20, Push: engine.PushChanged},
	{Accounts: 1000, Symbols: 100, Push: engine.PushChanged},
	{Accounts: 1000, Symbols: 1, Push: engine.PushAll}, {Accounts: 1000, Symbols: 5, Push: engine.PushAll},
	{Accounts: 1000, Symbols: 20, Push: engine.PushAll}, {Accounts: 1000, Symbols: 100, Push: engine.PushAll},
}

// middle is the size that the aim is for.
var middle = whole.Size{Accounts: 1000, Symbols: 1, Push: engine.PushChanged}

// alone and beside name a row by its peer.
func alone(s whole.Size) string {
	push := "changed"
	if s.Push == engine.PushAll {
		push = "all"
	}
	return fmt.Sprintf("matching alone, %d accounts, %d symbols, --push %s", s.Accounts, s.Symbols, push)
}

func beside(d books.Design) string { return d.Name + ", beside 1000 accounts" }

// engineSlice is longer than others': after a collection the exchange finds its
// accounts out of the caches.
const engineSlice = 10 * time.Millisecond

// engineTable is one flow at all sizes, beside matching alone, and at the middle
// one beside the designs of public books. A row's bytes are those of a command's
// messages.
func engineTable(c *config, r *report) error {
	f := books.Flows()[0]
	for _, s := range sizes {
		if err := c.engineRow(r, f, s, alone(s), whole.Alone(s)); err != nil {
			return err
		}
	}
	for _, d := range books.Peers() {
		if err := c.engineRow(r, f, middle, beside(d), d.Op(f)); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) engineRow(r *report, f books.Flow, s whole.Size, peer string, op pair.Op[books.Command]) error {
	if !c.wants("engine", f.Name, peer) {
		return nil
	}
	about, err := whole.Check(f, s)
	if err != nil {
		return fmt.Errorf("%s, checked before it is timed: %w", peer, err)
	}
	ours, err := whole.Whole(s)
	if err != nil {
		return fmt.Errorf("%s: %w", peer, err)
	}
	o := c.pair
	o.Slice = max(o.Slice, engineSlice)
	res, err := pair.Compare(f.Commands, ours, op, o)
	if err != nil {
		return fmt.Errorf("%s: %w", peer, err)
	}
	r.add(c, Row{Table: "engine", Corpus: f.Name, About: f.About, Bytes: about.Bytes, Peer: peer, Result: res})
	return nil
}
