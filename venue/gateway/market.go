package gateway

import (
	"slices"
	"time"

	"poise/decimal"
	"poise/venue/engine"
)

// market is what is kept of a symbol besides the engine's.
type market struct {
	terms    engine.Contract
	scale    int // of prices
	traded   series
	marked   series
	indexed  series
	aggID    int64
	aggs     []aggregate      // last marketRows
	shown    int64            // UpdateID that feeds have been told
	forced   engine.OrderView // the last liquidation
	delivery *timer
}

// aggregate is a taker's fills at one price.
type aggregate struct {
	id, first, last, time int64
	price                 decimal.D
	quantity              int64
	buyerMaker            bool
}

// series is a price's candles of a minute, oldest first; minutes without a price
// have none.
type series struct{ rows []candle }

type candle struct {
	open                   int64 // ms
	first, high, low, last decimal.D
	quantity, count, taken int64
	base, takenBase        decimal.D
	firstID, lastID        int64
}

const minute = 60_000

func (s *series) at(now int64, price decimal.D) *candle {
	open := now - now%minute
	if n := len(s.rows); n == 0 || s.rows[n-1].open != open {
		if n >= 2*marketRows {
			s.rows = slices.Delete(s.rows, 0, marketRows)
		}
		s.rows = append(s.rows, candle{open: open, first: price, high: price, low: price})
	}
	c := &s.rows[len(s.rows)-1]
	c.last = price
	if price.Cmp(c.high) > 0 {
		c.high = price
	}
	if price.Cmp(c.low) < 0 {
		c.low = price
	}
	return c
}

// note is at of a price that no trade made: count says how many there were.
func (s *series) note(now int64, price decimal.D) { s.at(now, price).count++ }

// sum is a + b; sums of market figures stay far inside a decimal.
func sum(a, b decimal.D) decimal.D {
	s, err := a.Add(b)
	if err != nil {
		return a
	}
	return s
}

func (c *candle) trade(t *engine.Trade) {
	c.quantity += t.Quantity
	c.count++
	c.base = sum(c.base, t.Base)
	if !t.BuyerMaker {
		c.taken += t.Quantity
		c.takenBase = sum(c.takenBase, t.Base)
	}
	if c.firstID == 0 {
		c.firstID = t.ID
	}
	c.lastID = t.ID
}

// join adds a later candle.
func (c *candle) join(d candle) {
	if d.high.Cmp(c.high) > 0 {
		c.high = d.high
	}
	if d.low.Cmp(c.low) < 0 {
		c.low = d.low
	}
	if c.firstID == 0 {
		c.firstID = d.firstID
	}
	c.lastID = max(c.lastID, d.lastID)
	c.last, c.quantity, c.count, c.taken = d.last, c.quantity+d.quantity, c.count+d.count, c.taken+d.taken
	c.base, c.takenBase = sum(c.base, d.base), sum(c.takenBase, d.takenBase)
}

func (g *Gateway) openMarkets() {
	for _, t := range g.config.Contracts {
		m := &market{terms: t, scale: t.Tick.Scale()}
		m.marked.note(g.now(), t.Mark)
		m.indexed.note(g.now(), t.Mark)
		g.markets[t.Symbol] = m
		g.symbols = append(g.symbols, t.Symbol)
	}
	g.assets = g.engine.Assets()
}

// trade keeps trades and tells those who follow them.
func (g *Gateway) trade(trades []engine.Trade) {
	var traded []*market
	for i := 0; i < len(trades); {
		t := &trades[i]
		m, first := g.markets[t.Symbol], i
		m.aggID++
		a := aggregate{id: m.aggID, first: t.ID, time: t.Time, price: t.Price, buyerMaker: t.BuyerMaker}
		for ; i < len(trades) && trades[i].Symbol == t.Symbol && trades[i].Price == t.Price && trades[i].BuyerMaker == t.BuyerMaker; i++ {
			a.last = trades[i].ID
			a.quantity += trades[i].Quantity
			m.traded.at(trades[i].Time, t.Price).trade(&trades[i])
		}
		if len(m.aggs) >= 2*marketRows {
			m.aggs = slices.Delete(m.aggs, 0, marketRows)
		}
		m.aggs = append(m.aggs, a)
		g.feedTrades(m, trades[first:i])
		g.feedTrade(m, &a)
		if !slices.Contains(traded, m) {
			traded = append(traded, m)
		}
	}
	for _, m := range traded {
		g.feedChange(m, "ticker", "miniTicker", "kline", "continuousKline")
	}
}

// setMark is the operator's, and the walk's.
func (g *Gateway) setMark(symbol string, price, index decimal.D) error {
	defer g.enter(kindMark, func(r *coder) { r.mark(&symbol, &price, &index) })()
	if _, err := g.apply(&engine.SetMark{Symbol: symbol, Price: price, Index: index}); err != nil {
		return err
	}
	g.mixText(price.String())
	m := g.markets[symbol]
	m.marked.note(g.now(), price)
	if index.IsZero() {
		index = price
	}
	m.indexed.note(g.now(), index)
	g.feedMark(m)
	return nil
}

const (
	fundingEvery = 8 * 3600_000
	walkEvery    = time.Second
	walkQuantity = 10_000
)

// scheduleMarkets sets what the exchange does by itself: funding at 00, 08 and
// 16 UTC, delivery, and the walk. What is set already stays as it is.
func (g *Gateway) scheduleMarkets() {
	if g.config.NoFunding {
		g.stop(g.nextFund)
	} else if !g.nextFund.waits() {
		g.nextFund = g.atKept(g.nextFunding(), g.fundAll)
	}
	for _, s := range g.symbols {
		m := g.markets[s]
		if at := m.terms.DeliveryDate; at < engine.Perpetual && at > g.now() && !m.delivery.waits() {
			m.delivery = g.atKept(at, func() { g.deliver(s) })
		}
	}
	if !g.config.Walk {
		g.stop(g.nextStep)
	} else if !g.nextStep.waits() {
		g.walk()
	}
}

func (g *Gateway) nextFunding() int64 { return g.now() - g.now()%fundingEvery + fundingEvery }

func (g *Gateway) fundAll() {
	for _, s := range g.symbols {
		if g.markets[s].terms.DeliveryDate != engine.Perpetual {
			continue
		}
		if _, err := g.apply(&engine.Fund{Symbol: s, Rate: g.rateOf(s)}); err != nil {
			g.config.Log.Error("funding", "symbol", s, "err", err)
		}
	}
	g.nextFund = g.atKept(g.nextFunding(), g.fundAll)
}

// rateOf is the rate that a perpetual will charge next.
func (g *Gateway) rateOf(symbol string) decimal.D {
	if v, err := g.engine.Market(symbol); err == nil && v.FundingTime != 0 {
		return v.FundingRate
	}
	return g.config.FundingRate
}

func (g *Gateway) deliver(symbol string) {
	v, err := g.engine.Market(symbol)
	if err == nil && v.Status != "DELIVERED" {
		_, err = g.apply(&engine.Settle{Symbol: symbol, Price: v.Index})
	}
	if err != nil {
		g.config.Log.Error("delivery", "symbol", symbol, "err", err)
	}
}

// walk moves every mark by up to 5 hundredths of a percent, and back towards
// where it began, and quotes a tick around it.
func (g *Gateway) walk() {
	for _, s := range g.symbols {
		v, err := g.engine.Market(s)
		if err != nil || v.Status != "TRADING" {
			continue
		}
		step := int64(g.random.IntN(11) - 5)
		if bound, _ := v.Contract.Mark.Mul(decimal.New(12, 1)); v.Mark.Cmp(bound) > 0 {
			step = -5
		}
		if bound, _ := v.Contract.Mark.Mul(decimal.New(8, 1)); v.Mark.Cmp(bound) < 0 {
			step = 5
		}
		price, err := v.Mark.Mul(decimal.New(10_000+step, 4))
		if err == nil {
			price, err = price.Round(g.markets[s].scale, decimal.HalfUp)
		}
		if err == nil {
			err = g.setMark(s, price, decimal.Zero)
		}
		if err == nil {
			_, err = g.apply(&engine.SetQuote{Symbol: s, Price: price, Quantity: decimal.New(walkQuantity, 0)})
		}
		if err != nil {
			g.config.Log.Error("walk", "symbol", s, "err", err)
		}
	}
	g.nextStep = g.atKept(g.now()+walkEvery.Milliseconds(), g.walk)
}
