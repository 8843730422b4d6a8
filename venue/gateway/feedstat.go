package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"poise/venue/engine"
)

// Feeds that sum up: 24 h figures, liquidations, changes of a contract. The first
// change is pushed at once, and those after it when the documented time since the
// last push is over, the newest of each market.

// statKinds are they, with that time.
var statKinds = map[string]time.Duration{"ticker": 500 * time.Millisecond, "miniTicker": 500 * time.Millisecond, "forceOrder": time.Second}

// newStatFeed reads the part of a stream's name before and behind the first @.
// It returns nil for a name of another kind.
func (g *Gateway) newStatFeed(of, kind string) *feed {
	all := strings.TrimPrefix(of, "!")
	switch {
	case of == "!contractInfo":
		return &feed{kind: "contractInfo", markets: g.marketsOf(func(*market) bool { return true })}
	case all != of && kind == "arr" && statKinds[all] != 0:
		return &feed{kind: all, every: time.Second, array: all != "forceOrder", markets: g.marketsOf(func(*market) bool { return true })}
	case statKinds[kind] != 0:
		f := &feed{kind: kind, every: statKinds[kind], markets: g.marketsOf(func(m *market) bool { return of == strings.ToLower(m.terms.Symbol) })}
		if len(f.markets) == 1 {
			return f
		}
	}
	return nil
}

// marketsOf returns the markets that ok wants, in the contracts' order.
func (g *Gateway) marketsOf(ok func(*market) bool) (all []*market) {
	for _, s := range g.symbols {
		if m := g.markets[s]; ok(m) {
			all = append(all, m)
		}
	}
	return all
}

// feedChange tells the feeds of some kinds that a market has changed.
func (g *Gateway) feedChange(m *market, kinds ...string) {
	for _, s := range g.feeds(m, kinds...) {
		f := s.feed
		if !slices.Contains(f.changed, m) {
			f.changed = append(f.changed, m)
		}
		if f.waits != nil {
			continue
		}
		if wait := f.toldAt + f.every.Milliseconds() - g.now(); f.toldAt != 0 && wait > 0 {
			f.waits = g.after(time.Duration(wait)*time.Millisecond, func() { g.tellChange(s) })
			continue
		}
		g.tellChange(s)
	}
}

// tellChange pushes what has changed since the last time.
func (g *Gateway) tellChange(s *stream) {
	f := s.feed
	var rows []string
	for _, m := range f.markets {
		if slices.Contains(f.changed, m) {
			if text := g.statMessage(f, m); text != "" {
				rows = append(rows, text)
			}
		}
	}
	f.changed, f.waits, f.toldAt = nil, nil, g.now()
	if f.array && len(rows) > 0 {
		rows = []string{"[" + strings.Join(rows, ",") + "]"}
	}
	for _, text := range rows {
		s.broadcast([]byte(text))
	}
}

func (g *Gateway) statMessage(f *feed, m *market) string {
	switch f.kind {
	case "ticker":
		return g.tickerMessage(m)
	case "miniTicker":
		return g.miniMessage(m)
	case "forceOrder":
		return g.forceMessage(m)
	}
	return g.klineMessage(f, m, g.now(), false)
}

// tickerMessage is a 24hrTicker in the key order of the documentation.
func (g *Gateway) tickerMessage(m *market) string {
	v, err := g.engine.Market(m.terms.Symbol)
	if err != nil {
		return ""
	}
	t := g.dayOf(&v)
	return fmt.Sprintf(`{"e":"24hrTicker","E":%d,"s":"%s","ps":"%s","p":"%s","P":"%s","w":"%s","c":"%s","Q":"%s","o":"%s","h":"%s","l":"%s","v":"%s","q":"%s","O":%d,"C":%d,"F":%d,"L":%d,"n":%d}`,
		g.now(), t.Symbol, t.Pair, t.Change, t.Percent, t.Average, t.Last, t.LastQty, t.Open, t.High, t.Low, t.Volume, t.Base, t.OpenTime, t.Close, t.First, t.LastID, t.Count)
}

func (g *Gateway) miniMessage(m *market) string {
	v, err := g.engine.Market(m.terms.Symbol)
	if err != nil {
		return ""
	}
	t := g.dayOf(&v)
	return fmt.Sprintf(`{"e":"24hrMiniTicker","E":%d,"s":"%s","ps":"%s","c":"%s","o":"%s","h":"%s","l":"%s","v":"%s","q":"%s"}`,
		g.now(), t.Symbol, t.Pair, t.Last, t.Open, t.High, t.Low, t.Volume, t.Base)
}

// feedForced tells of liquidation orders that have filled and ended. ADL orders
// are not among them (INFERRED).
func (g *Gateway) feedForced(all []engine.OrderView) {
	for i := range all {
		m := g.markets[all[i].Symbol]
		m.forced = all[i]
		g.feedChange(m, "forceOrder")
	}
}

func (g *Gateway) forceMessage(m *market) string {
	o := &m.forced
	return fmt.Sprintf(`{"e":"forceOrder","E":%d,"o":{"s":"%s","ps":"%s","S":"%s","o":"%s","f":"%s","q":"%d","p":"%s","ap":"%s","X":"%s","l":"%d","z":"%d","T":%d}}`,
		g.now(), o.Symbol, o.Pair, o.Side, o.Type, o.TimeInForce, o.Quantity, scaled(o.Price, m.scale), scaled(o.AveragePrice, m.scale), o.Status, o.LastQuantity, o.Filled, o.Updated)
}

// feedContract tells of a contract that changed its status.
func (g *Gateway) feedContract(symbol string) {
	v, err := g.engine.Market(symbol)
	if err != nil {
		return
	}
	for _, s := range g.feeds(g.markets[symbol], "contractInfo") {
		t := &v.Contract
		s.broadcast(fmt.Appendf(nil, `{"e":"contractInfo","E":%d,"s":"%s","ps":"%s","ct":"%s","dt":%d,"ot":%d,"cs":"%s"}`,
			g.now(), t.Symbol, t.Pair, t.Type, t.DeliveryDate, t.OnboardDate, v.Status))
	}
}
