package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"poise/decimal"
	"poise/venue/engine"
)

// feed makes the messages of a market stream. Prices and books are pushed when
// they change (INFERRED: the exchange gathers them for 100 to 500 ms).
type feed struct {
	kind    string // markPrice, indexPrice, aggTrade, trade, bookTicker, depth, or of statKinds or klineFeeds, or contractInfo
	markets []*market
	array   bool // all in one message
	levels  int  // of a partial book; 0 for changes
	every   time.Duration
	timer   *timer
	bids    map[decimal.D]int64 // that were told
	asks    map[decimal.D]int64
	told    int64 // UpdateID
	ticker  string

	// Of feeds that gather changes; every is between two pushes.
	changed  []*market
	toldAt   int64  // ms, 0 for never
	waits    *timer // until the next push
	interval string // of candles
}

// newFeed reads a stream's name, like btcusd_perp@depth5@100ms. It returns nil
// for a name that is no market stream.
func (g *Gateway) newFeed(name string) *feed {
	of, rest, ok := strings.Cut(name, "@")
	kind, speed, _ := strings.Cut(rest, "@")
	f := &feed{kind: kind, every: 3 * time.Second}
	if of == "" || !ok && of != "!bookTicker" && of != "!contractInfo" {
		return nil
	}
	if f := g.newStatFeed(of, rest); f != nil {
		return f
	}
	if f := g.newKlineFeed(of, rest); f != nil {
		return f
	}
	for _, s := range g.symbols {
		m := g.markets[s]
		if of == strings.ToLower(s) || of == strings.ToLower(m.terms.Pair) || of[0] == '!' {
			f.markets = append(f.markets, m)
		}
	}
	if len(f.markets) == 0 {
		return nil
	}
	switch {
	case of == "!bookTicker":
		f.kind = "bookTicker"
	case of == "!markPrice" && kind == "arr":
		f.kind, f.array = "markPrice", true
	case kind == "markPrice" && of == strings.ToLower(f.markets[0].terms.Pair):
		f.array = true
	case kind == "indexPrice":
		f.markets = f.markets[:1]
	case (kind == "depth5" || kind == "depth10" || kind == "depth20") && of == strings.ToLower(f.markets[0].terms.Symbol):
		fmt.Sscanf(kind, "depth%d", &f.levels)
		f.kind = "depth"
	case kind != "markPrice" && kind != "aggTrade" && kind != "trade" && kind != "bookTicker" && kind != "depth" || of != strings.ToLower(f.markets[0].terms.Symbol):
		return nil
	}
	if speed == "1s" {
		f.every = time.Second
	}
	return f
}

func (g *Gateway) startFeed(s *stream) {
	if s.feed == nil {
		return
	}
	g.followed++
	if s.feed.kind == "markPrice" || s.feed.kind == "indexPrice" {
		g.repeatFeed(s)
	}
	if s.feed.interval != "" {
		g.closeKlines(s)
	}
	if s.feed.kind == "depth" && s.feed.levels == 0 {
		s.feed.bids, s.feed.asks, s.feed.told = g.bookOf(s.feed.markets[0])
	}
}

func (g *Gateway) stopFeed(s *stream) {
	if s.feed != nil {
		g.followed--
		g.stop(s.feed.timer)
		g.stop(s.feed.waits)
	}
}

// repeatFeed pushes a price every 3 s, or every second.
func (g *Gateway) repeatFeed(s *stream) {
	s.feed.timer = g.after(s.feed.every, func() {
		g.pushPrice(s)
		g.repeatFeed(s)
	})
}

func (g *Gateway) pushPrice(s *stream) {
	var rows []string
	for _, m := range s.feed.markets {
		if s.feed.kind == "indexPrice" {
			rows = append(rows, g.indexMessage(m))
		} else {
			rows = append(rows, g.markMessage(m))
		}
	}
	text := rows[0]
	if s.feed.array {
		text = "[" + strings.Join(rows, ",") + "]"
	}
	s.broadcast([]byte(text))
}

func (g *Gateway) markMessage(m *market) string {
	v, err := g.engine.Market(m.terms.Symbol)
	if err != nil {
		return "{}"
	}
	rate, next := "", int64(0)
	if m.terms.DeliveryDate == engine.Perpetual {
		rate, next = coin8(g.rateOf(m.terms.Symbol)), g.nextFunding()
	}
	return fmt.Sprintf(`{"e":"markPriceUpdate","E":%d,"s":"%s","p":"%s","P":"%s","r":"%s","T":%d}`,
		g.now(), m.terms.Symbol, coin8(v.Mark), coin8(v.Index), rate, next)
}

func (g *Gateway) indexMessage(m *market) string {
	v, err := g.engine.Market(m.terms.Symbol)
	if err != nil {
		return "{}"
	}
	return fmt.Sprintf(`{"e":"indexPriceUpdate","E":%d,"i":"%s","p":"%s"}`, g.now(), m.terms.Pair, coin8(v.Index))
}

// feeds returns the market streams of some kinds that show a market, by name.
func (g *Gateway) feeds(m *market, kinds ...string) (all []*stream) {
	if g.followed == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(g.streams)) {
		if s := g.streams[name]; s.feed != nil && slices.Contains(kinds, s.feed.kind) && slices.Contains(s.feed.markets, m) {
			all = append(all, s)
		}
	}
	return all
}

func (g *Gateway) feedMark(m *market) {
	for _, s := range g.feeds(m, "markPrice", "indexPrice") {
		g.pushPrice(s)
	}
	g.feedChange(m, "markPriceKline", "indexPriceKline")
}

func (g *Gateway) feedTrade(m *market, a *aggregate) {
	for _, s := range g.feeds(m, "aggTrade") {
		s.broadcast(fmt.Appendf(nil, `{"e":"aggTrade","E":%d,"a":%d,"s":"%s","p":"%s","q":"%d","f":%d,"l":%d,"T":%d,"m":%t}`,
			g.now(), a.id, m.terms.Symbol, scaled(a.price, m.scale), a.quantity, a.first, a.last, a.time, a.buyerMaker))
	}
}

// feedTrades pushes each trade to @trade, which the documentation does not have
// and clients use; its shape is that of USD-M (INFERRED).
func (g *Gateway) feedTrades(m *market, trades []engine.Trade) {
	for _, s := range g.feeds(m, "trade") {
		for i := range trades {
			t := &trades[i]
			s.broadcast(fmt.Appendf(nil, `{"e":"trade","E":%d,"T":%d,"s":"%s","t":%d,"p":"%s","q":"%d","X":"MARKET","m":%t}`,
				g.now(), t.Time, t.Symbol, t.ID, scaled(t.Price, m.scale), t.Quantity, t.BuyerMaker))
		}
	}
}

// showMarkets pushes the books that have changed.
func (g *Gateway) showMarkets() {
	for _, name := range g.symbols {
		m := g.markets[name]
		id, err := g.engine.UpdateID(name)
		if err != nil || id == m.shown {
			continue
		}
		m.shown = id
		for _, s := range g.feeds(m, "bookTicker", "depth") {
			g.showBook(s, m)
		}
	}
}

func (g *Gateway) showBook(s *stream, m *market) {
	switch {
	case s.feed.kind == "bookTicker":
		g.showTicker(s, m)
	case s.feed.levels > 0:
		bids, asks, err := g.engine.Depth(m.terms.Symbol, s.feed.levels)
		if err == nil {
			s.broadcast(g.depthMessage(s.feed, m, depthText(bids, m.scale), depthText(asks, m.scale)))
		}
	default:
		bids, asks, _ := g.bookOf(m)
		b, a := changes(s.feed.bids, bids, m.scale, true), changes(s.feed.asks, asks, m.scale, false)
		s.feed.bids, s.feed.asks = bids, asks
		s.broadcast(g.depthMessage(s.feed, m, b, a))
	}
}

func (g *Gateway) showTicker(s *stream, m *market) {
	v, err := g.engine.Market(m.terms.Symbol)
	if err != nil {
		return
	}
	text := fmt.Sprintf(`"s":"%s","ps":"%s","b":"%s","B":"%d","a":"%s","A":"%d"`, m.terms.Symbol, m.terms.Pair,
		scaled(v.BidPrice, m.scale), v.BidQuantity, scaled(v.AskPrice, m.scale), v.AskQuantity)
	if text == s.feed.ticker {
		return // the change was deeper in the book
	}
	s.feed.ticker = text
	s.broadcast(fmt.Appendf(nil, `{"e":"bookTicker","u":%d,%s,"T":%d,"E":%d}`, v.UpdateID, text, g.now(), g.now()))
}

func (g *Gateway) depthMessage(f *feed, m *market, bids, asks string) []byte {
	b := fmt.Appendf(nil, `{"e":"depthUpdate","E":%d,"T":%d,"s":"%s","ps":"%s","U":%d,"u":%d,"pu":%d,"b":%s,"a":%s}`,
		g.now(), g.now(), m.terms.Symbol, m.terms.Pair, f.told+1, m.shown, f.told, bids, asks)
	f.told = m.shown
	return b
}

// bookOf returns the book of up to 1000 levels a side.
func (g *Gateway) bookOf(m *market) (bids, asks map[decimal.D]int64, id int64) {
	b, a, err := g.engine.Depth(m.terms.Symbol, marketRows)
	if err != nil {
		return nil, nil, 0
	}
	id, _ = g.engine.UpdateID(m.terms.Symbol) // the symbol is known
	return levelsOf(b), levelsOf(a), id
}

func levelsOf(rows []engine.DepthRow) map[decimal.D]int64 {
	all := make(map[decimal.D]int64, len(rows))
	for _, r := range rows {
		all[r.Price] = r.Quantity
	}
	return all
}

// changes lists levels that are new, changed or gone, best first.
func changes(before, after map[decimal.D]int64, scale int, bids bool) string {
	var rows []engine.DepthRow
	for p, q := range after {
		if before[p] != q {
			rows = append(rows, engine.DepthRow{Price: p, Quantity: q})
		}
	}
	for p := range before {
		if _, still := after[p]; !still {
			rows = append(rows, engine.DepthRow{Price: p})
		}
	}
	slices.SortFunc(rows, func(a, b engine.DepthRow) int {
		if bids {
			a, b = b, a
		}
		return a.Price.Cmp(b.Price)
	})
	return depthText(rows, scale)
}

func depthText(rows []engine.DepthRow, scale int) string {
	b := []byte{'['}
	for i, r := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `["%s","%d"]`, scaled(r.Price, scale), r.Quantity)
	}
	return string(append(b, ']'))
}
