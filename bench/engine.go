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
	{Accounts: 1000, Symbols: 1, Push: engine.PushChanged}, {Accounts: 10_000, Symbols: 1, Push: engine.PushChanged},
	{Accounts: 1000, Symbols: 5, Push: engine.PushChanged}, {Accounts: 1000, Symbols: 20, Push: engine.PushChanged},
	{Accounts: 1000, Symbols: 100, Push: engine.PushChanged},
	{Accounts: 1000, Symbols: 1, Push: engine.PushAll}, {Accounts: 1000, Symbols: 5, Push: engine.PushAll},
	{Accounts: 1000, Symbols: 20, Push: engine.PushAll}, {Accounts: 1000, Symbols: 100, Push: engine.PushAll},
}

// alone names a row: matching alone is the peer.
func alone(s whole.Size) string {
	push := "changed"
	if s.Push == engine.PushAll {
		push = "all"
	}
	return fmt.Sprintf("matching alone, %d accounts, %d symbols, --push %s", s.Accounts, s.Symbols, push)
}

// engineSlice is longer than others': after a collection the exchange finds its
// accounts out of the caches.
const engineSlice = 10 * time.Millisecond

// engineTable is one flow at all sizes. A row's bytes are those of a command's
// messages.
func engineTable(c *config, r *report) error {
	f, o := books.Flows()[0], c.pair
	o.Slice = max(o.Slice, engineSlice)
	for _, s := range sizes {
		if !c.wants("engine", f.Name, alone(s)) {
			continue
		}
		about, err := whole.Check(f, s)
		if err != nil {
			return fmt.Errorf("%s, checked before it is timed: %w", alone(s), err)
		}
		op, err := whole.Whole(s)
		if err != nil {
			return fmt.Errorf("%s: %w", alone(s), err)
		}
		res, err := pair.Compare(f.Commands, op, whole.Alone(s), o)
		if err != nil {
			return fmt.Errorf("%s: %w", alone(s), err)
		}
		r.add(c, Row{Table: "engine", Corpus: f.Name, About: f.About, Bytes: about.Bytes, Peer: alone(s), Result: res})
	}
	return nil
}
