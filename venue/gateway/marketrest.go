package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"poise/decimal"
	"poise/venue/engine"
)

// marketRoutes are the calls that anybody may make.
var marketRoutes = []route{
	{method: "GET", path: "/dapi/v1/ping", weight: 1, serve: func(*call) (any, error) { return struct{}{}, nil }},
	{method: "GET", path: "/dapi/v1/time", weight: 1, serve: getTime},
	{method: "GET", path: "/dapi/v1/exchangeInfo", weight: 1, serve: getExchangeInfo},
	{method: "GET", path: "/dapi/v1/premiumIndex", weight: 10, serve: getPremiumIndex},
	{method: "GET", path: "/dapi/v1/fundingRate", weight: 1, serve: getFundingRate},
	{method: "GET", path: "/dapi/v1/fundingInfo", weight: 1, serve: getFundingInfo},
	{method: "GET", path: "/dapi/v1/depth", weigh: depthWeight, serve: getDepth},
	{method: "GET", path: "/dapi/v1/trades", weight: 5, serve: getTrades},
	{method: "GET", path: "/dapi/v1/historicalTrades", security: keyed, weight: 20, serve: getOldTrades},
	{method: "GET", path: "/dapi/v1/aggTrades", weight: 20, serve: getAggTrades},
	{method: "GET", path: "/dapi/v1/ticker/price", weigh: oneOrAll("symbol", 1, 2), serve: getTickerPrice},
	{method: "GET", path: "/dapi/v1/ticker/bookTicker", weigh: oneOrAll("symbol", 2, 5), serve: getBookTicker},
	{method: "GET", path: "/dapi/v1/ticker/24hr", weigh: oneOrAll("symbol", 1, 40), serve: getTicker24},
	{method: "GET", path: "/dapi/v1/klines", weigh: klineWeight, serve: func(c *call) (any, error) { return c.klines("symbol", traded) }},
	{method: "GET", path: "/dapi/v1/continuousKlines", weigh: klineWeight, serve: func(c *call) (any, error) { return c.klines("pair", traded) }},
	{method: "GET", path: "/dapi/v1/markPriceKlines", weigh: klineWeight, serve: func(c *call) (any, error) { return c.klines("symbol", marked) }},
	{method: "GET", path: "/dapi/v1/indexPriceKlines", weigh: klineWeight, serve: func(c *call) (any, error) { return c.klines("pair", indexed) }},
	{method: "GET", path: "/dapi/v1/constituents", weight: 2, serve: getConstituents},
	{method: "GET", path: "/dapi/v1/openInterest", weight: 1, serve: getOpenInterest},
}

func traded(m *market) *series  { return &m.traded }
func marked(m *market) *series  { return &m.marked }
func indexed(m *market) *series { return &m.indexed }

func getTime(c *call) (any, error) {
	return struct {
		Time int64 `json:"serverTime"`
	}{c.g.now()}, nil
}

type rateLimit struct {
	Type     string `json:"rateLimitType"`
	Interval string `json:"interval"`
	Num      int    `json:"intervalNum"`
	Limit    int    `json:"limit"`
}

type exchangeInfo struct {
	Timezone        string       `json:"timezone"`
	ServerTime      int64        `json:"serverTime"`
	RateLimits      []rateLimit  `json:"rateLimits"`
	ExchangeFilters []string     `json:"exchangeFilters"`
	Symbols         []symbolInfo `json:"symbols"`
}

type symbolInfo struct {
	Symbol             string   `json:"symbol"`
	Pair               string   `json:"pair"`
	ContractType       string   `json:"contractType"`
	DeliveryDate       int64    `json:"deliveryDate"`
	OnboardDate        int64    `json:"onboardDate"`
	ContractStatus     string   `json:"contractStatus"`
	ContractSize       int64    `json:"contractSize"`
	MarginAsset        string   `json:"marginAsset"`
	MaintMargin        string   `json:"maintMarginPercent"`
	RequiredMargin     string   `json:"requiredMarginPercent"`
	BaseAsset          string   `json:"baseAsset"`
	QuoteAsset         string   `json:"quoteAsset"`
	PricePrecision     int      `json:"pricePrecision"`
	QuantityPrecision  int      `json:"quantityPrecision"`
	BaseAssetPrecision int      `json:"baseAssetPrecision"`
	QuotePrecision     int      `json:"quotePrecision"`
	EqualQtyPrecision  int      `json:"equalQtyPrecision"`
	MaxMoveOrderLimit  int      `json:"maxMoveOrderLimit"`
	TriggerProtect     string   `json:"triggerProtect"`
	UnderlyingType     string   `json:"underlyingType"`
	UnderlyingSubType  []string `json:"underlyingSubType"`
	Filters            []any    `json:"filters"`
	OrderTypes         []string `json:"orderTypes"`
	TimeInForce        []string `json:"timeInForce"`
	LiquidationFee     string   `json:"liquidationFee"`
	MarketTakeBound    string   `json:"marketTakeBound"`
}

func getExchangeInfo(c *call) (any, error) {
	g := c.g
	info := exchangeInfo{"UTC", g.now(), []rateLimit{{"REQUEST_WEIGHT", "MINUTE", 1, g.config.WeightPerMinute}, {"ORDERS", "MINUTE", 1, g.config.OrdersPerMinute},
		{"ORDERS", "SECOND", 10, g.config.OrdersPer10Seconds}}, []string{}, []symbolInfo{}}
	for _, s := range g.symbols {
		v, err := g.engine.Market(s)
		if err != nil {
			return nil, err
		}
		info.Symbols = append(info.Symbols, infoOf(&v))
	}
	return info, nil
}

func infoOf(v *engine.MarketView) symbolInfo {
	t := &v.Contract
	return symbolInfo{t.Symbol, t.Pair, t.Type, t.DeliveryDate, t.OnboardDate, v.Status, t.Size, t.MarginAsset, "2.5000", "5.0000", t.Base, t.Quote,
		t.Tick.Scale(), 0, 8, 8, 4, 10_000, t.TriggerProtect.String(), "COIN", []string{}, filtersOf(t),
		[]string{"LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"},
		[]string{"GTC", "IOC", "FOK", "GTX"}, t.LiquidationFee.String(), t.TakeBound.String()}
}

type lotSize struct {
	Step string `json:"stepSize"`
	Type string `json:"filterType"`
	Max  string `json:"maxQty"`
	Min  string `json:"minQty"`
}

type countFilter struct {
	Limit int    `json:"limit"`
	Type  string `json:"filterType"`
}

func filtersOf(t *engine.Contract) []any {
	return []any{
		struct {
			Min  string `json:"minPrice"`
			Max  string `json:"maxPrice"`
			Type string `json:"filterType"`
			Tick string `json:"tickSize"`
		}{t.MinPrice.String(), t.MaxPrice.String(), "PRICE_FILTER", t.Tick.String()},
		lotSize{"1", "LOT_SIZE", whole(t.MaxQuantity), "1"},
		lotSize{"1", "MARKET_LOT_SIZE", whole(t.MarketMax), "1"},
		countFilter{t.MaxOrders, "MAX_NUM_ORDERS"},
		countFilter{t.MaxAlgoOrders, "MAX_NUM_ALGO_ORDERS"},
		struct {
			Down    string `json:"multiplierDown"`
			Up      string `json:"multiplierUp"`
			Decimal string `json:"multiplierDecimal"`
			Type    string `json:"filterType"`
		}{t.MultiplierDown.String(), t.MultiplierUp.String(), "4", "PERCENT_PRICE"},
	}
}

// chosen returns the markets of symbol or pair, or all.
func (c *call) chosen(need bool) (all []engine.MarketView, err error) {
	symbol, pair := c.scope(need)
	if c.err != nil {
		return nil, c.err
	}
	for _, s := range c.g.symbols {
		v, err := c.g.engine.Market(s)
		if err != nil {
			return nil, err
		}
		if (symbol == "" || s == symbol) && (pair == "" || v.Contract.Pair == pair) {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return nil, refuse(-1121)
	}
	return all, nil
}

type premiumRow struct {
	Symbol    string `json:"symbol"`
	Pair      string `json:"pair"`
	Mark      string `json:"markPrice"`
	Index     string `json:"indexPrice"`
	Estimated string `json:"estimatedSettlePrice"`
	Rate      string `json:"lastFundingRate"`
	Interest  string `json:"interestRate"`
	Next      int64  `json:"nextFundingTime"`
	Time      int64  `json:"time"`
}

func getPremiumIndex(c *call) (any, error) {
	all, err := c.chosen(false)
	rows := []premiumRow{}
	for _, v := range all {
		r := premiumRow{v.Contract.Symbol, v.Contract.Pair, coin8(v.Mark), coin8(v.Index), coin8(v.Index), "", "", 0, c.g.now()}
		if v.Contract.DeliveryDate == engine.Perpetual {
			r.Rate, r.Interest, r.Next = coin8(c.g.rateOf(r.Symbol)), "0.00010000", c.g.nextFunding()
		}
		rows = append(rows, r)
	}
	return rows, err
}

// getFundingRate answers the oldest rates from startTime on, or else the newest.
func getFundingRate(c *call) (any, error) {
	symbol, limit := c.must("symbol"), c.limit(100, 1000)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.FundingRates(symbol)
	type row struct {
		Symbol string `json:"symbol"`
		Time   int64  `json:"fundingTime"`
		Rate   string `json:"fundingRate"`
	}
	rows := []row{}
	for _, r := range all {
		if r.Time >= from && r.Time <= to {
			rows = append(rows, row{symbol, r.Time, coin8(r.Rate)})
		}
	}
	return firstOr(rows, limit, from > 0), err
}

func getFundingInfo(c *call) (any, error) {
	type row struct {
		Symbol     string `json:"symbol"`
		Cap        string `json:"adjustedFundingRateCap"`
		Floor      string `json:"adjustedFundingRateFloor"`
		Hours      int    `json:"fundingIntervalHours"`
		Disclaimer bool   `json:"disclaimer"`
	}
	rows := []row{}
	for _, s := range c.g.symbols {
		if c.g.markets[s].terms.DeliveryDate == engine.Perpetual {
			rows = append(rows, row{s, "0.02500000", "-0.02500000", 8, false})
		}
	}
	return rows, nil
}

func depthWeight(p *params) int64 {
	switch n := p.limit(500, 1000); {
	case n <= 50:
		return 2
	case n <= 100:
		return 5
	case n <= 500:
		return 10
	}
	return 20
}

func getDepth(c *call) (any, error) {
	symbol, limit := c.must("symbol"), c.limit(500, 1000)
	if c.err != nil {
		return nil, c.err
	}
	if !slices.Contains([]int{5, 10, 20, 50, 100, 500, 1000}, limit) {
		return nil, &refusal{status: 400, code: -4021, msg: fmt.Sprintf("%d is not valid depth limit.", limit)}
	}
	bids, asks, err := c.g.engine.Depth(symbol, limit)
	if err != nil {
		return nil, err
	}
	m, now := c.g.markets[symbol], c.g.now()
	id, _ := c.g.engine.UpdateID(symbol) // the symbol is known
	return json.RawMessage(fmt.Sprintf(`{"lastUpdateId":%d,"symbol":"%s","pair":"%s","E":%d,"T":%d,"bids":%s,"asks":%s}`,
		id, symbol, m.terms.Pair, now, now, depthText(bids, m.scale), depthText(asks, m.scale))), nil
}

type publicTrade struct {
	ID         int64  `json:"id"`
	Price      string `json:"price"`
	Quantity   string `json:"qty"`
	Base       string `json:"baseQty"`
	Time       int64  `json:"time"`
	BuyerMaker bool   `json:"isBuyerMaker"`
}

func (c *call) trades(symbol string, limit int) ([]publicTrade, error) {
	all, err := c.g.engine.Trades(symbol, limit)
	rows := []publicTrade{}
	for _, t := range all {
		rows = append(rows, publicTrade{t.ID, scaled(t.Price, c.g.markets[symbol].scale), whole(t.Quantity), coin8(t.Base), t.Time, t.BuyerMaker})
	}
	return rows, err
}

func getTrades(c *call) (any, error) {
	symbol, limit := c.must("symbol"), c.limit(500, 1000)
	if c.err != nil {
		return nil, c.err
	}
	return c.trades(symbol, limit)
}

// getOldTrades begins at a trade's id, of those that are kept.
func getOldTrades(c *call) (any, error) {
	symbol, limit, first := c.must("symbol"), c.limit(100, 500), c.integer("fromId", 0, 0, 1<<62)
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.trades(symbol, 1<<31)
	all = slices.DeleteFunc(all, func(t publicTrade) bool { return t.ID < first })
	return firstOr(all, limit, c.has("fromId")), err
}

// getConstituents names what an index is made of: here, of what the operator says.
func getConstituents(c *call) (any, error) {
	type constituent struct {
		Exchange string `json:"exchange"`
		Symbol   string `json:"symbol"`
	}
	pair := c.must("symbol")
	if c.err != nil {
		return nil, c.err
	}
	for _, m := range c.g.markets {
		if m.terms.Pair == pair {
			return struct {
				Symbol       string        `json:"symbol"`
				Time         int64         `json:"time"`
				Constituents []constituent `json:"constituents"`
			}{pair, c.g.now(), []constituent{{"venue", pair}}}, nil
		}
	}
	return nil, refuse(-1121)
}

func getAggTrades(c *call) (any, error) {
	symbol, limit, first := c.must("symbol"), c.limit(500, 1000), c.integer("fromId", 0, 0, 1<<62)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	m := c.g.markets[symbol]
	if m == nil {
		return nil, refuse(-1121)
	}
	type row struct {
		ID         int64  `json:"a"`
		Price      string `json:"p"`
		Quantity   string `json:"q"`
		First      int64  `json:"f"`
		Last       int64  `json:"l"`
		Time       int64  `json:"T"`
		BuyerMaker bool   `json:"m"`
	}
	rows := []row{}
	for _, a := range m.aggs {
		if a.id >= first && a.time >= from && a.time <= to {
			rows = append(rows, row{a.id, scaled(a.price, m.scale), whole(a.quantity), a.first, a.last, a.time, a.buyerMaker})
		}
	}
	return firstOr(rows, limit, first > 0 || from > 0), nil
}

// lastPrice is the last trade's, or before any the mark at the price's scale.
func lastPrice(v *engine.MarketView, scale int) string {
	if v.Last.IsZero() {
		return scaled(v.Mark, scale)
	}
	return scaled(v.Last, scale)
}

func getTickerPrice(c *call) (any, error) {
	all, err := c.chosen(false)
	type row struct {
		Symbol string `json:"symbol"`
		Pair   string `json:"ps"`
		Price  string `json:"price"`
		Time   int64  `json:"time"`
	}
	rows := []row{}
	for _, v := range all {
		rows = append(rows, row{v.Contract.Symbol, v.Contract.Pair, lastPrice(&v, c.g.markets[v.Contract.Symbol].scale), c.g.now()})
	}
	return rows, err
}

func getBookTicker(c *call) (any, error) {
	all, err := c.chosen(false)
	type row struct {
		ID     int64  `json:"lastUpdateId"`
		Symbol string `json:"symbol"`
		Pair   string `json:"pair"`
		Bid    string `json:"bidPrice"`
		BidQty string `json:"bidQty"`
		Ask    string `json:"askPrice"`
		AskQty string `json:"askQty"`
		Time   int64  `json:"time"`
	}
	rows := []row{}
	for _, v := range all {
		scale := c.g.markets[v.Contract.Symbol].scale
		rows = append(rows, row{v.UpdateID, v.Contract.Symbol, v.Contract.Pair, scaled(v.BidPrice, scale), whole(v.BidQuantity), scaled(v.AskPrice, scale), whole(v.AskQuantity), c.g.now()})
	}
	return rows, err
}

type ticker24 struct {
	Symbol   string `json:"symbol"`
	Pair     string `json:"pair"`
	Change   string `json:"priceChange"`
	Percent  string `json:"priceChangePercent"`
	Average  string `json:"weightedAvgPrice"`
	Last     string `json:"lastPrice"`
	LastQty  string `json:"lastQty"`
	Open     string `json:"openPrice"`
	High     string `json:"highPrice"`
	Low      string `json:"lowPrice"`
	Volume   string `json:"volume"`
	Base     string `json:"baseVolume"`
	OpenTime int64  `json:"openTime"`
	Close    int64  `json:"closeTime"`
	First    int64  `json:"firstId"`
	LastID   int64  `json:"lastId"`
	Count    int64  `json:"count"`
}

func getTicker24(c *call) (any, error) {
	all, err := c.chosen(false)
	rows := []ticker24{}
	for _, v := range all {
		rows = append(rows, c.g.dayOf(&v))
	}
	return rows, err
}

// dayOf sums up the minutes of 24 hours.
func (g *Gateway) dayOf(v *engine.MarketView) ticker24 {
	m, now := g.markets[v.Contract.Symbol], g.now()
	mark := scaled(v.Mark, m.scale)
	t := ticker24{Symbol: v.Contract.Symbol, Pair: v.Contract.Pair, Change: scaled(decimal.Zero, m.scale), Percent: "0.000", Average: lastPrice(v, m.scale),
		Last: lastPrice(v, m.scale), LastQty: "0", Open: mark, High: mark, Low: mark, Volume: "0", Base: "0", OpenTime: now - 24*3600_000, Close: now, First: -1, LastID: -1}
	rows := keep(m.traded.rows, func(k *candle) bool { return k.open > now-24*3600_000 })
	if len(rows) == 0 {
		return t
	}
	d := rows[0]
	for _, r := range rows[1:] {
		d.join(r)
	}
	t.Open, t.High, t.Low, t.Last = scaled(d.first, m.scale), scaled(d.high, m.scale), scaled(d.low, m.scale), scaled(d.last, m.scale)
	t.Volume, t.Base, t.First, t.LastID, t.Count = whole(d.quantity), coin8(d.base), d.firstID, d.lastID, d.count
	if change, err := d.last.Sub(d.first); err == nil {
		t.Change = scaled(change, m.scale)
		if p, err := decimal.MulQuo(change, decimal.New(100, 0), d.first, 3, decimal.ToZero); err == nil {
			t.Percent = p.String()
		}
	}
	if p, err := decimal.MulQuo(decimal.New(d.quantity, 0), decimal.New(m.terms.Size, 0), d.base, 8, decimal.ToZero); err == nil {
		t.Average = p.String()
	}
	if last, err := g.engine.Trades(m.terms.Symbol, 1); err == nil && len(last) == 1 {
		t.LastQty = whole(last[0].Quantity)
	}
	return t
}

func getOpenInterest(c *call) (any, error) {
	symbol := c.must("symbol")
	if c.err != nil {
		return nil, c.err
	}
	v, err := c.g.engine.Market(symbol)
	return struct {
		Symbol string `json:"symbol"`
		Pair   string `json:"pair"`
		Open   string `json:"openInterest"`
		Type   string `json:"contractType"`
		Time   int64  `json:"time"`
	}{symbol, v.Contract.Pair, whole(v.OpenInterest), v.Contract.Type, c.g.now()}, err
}

func klineWeight(p *params) int64 {
	switch n := p.limit(500, 1500); {
	case n < 100:
		return 1
	case n < 500:
		return 2
	case n <= 1000:
		return 5
	}
	return 10
}

var intervals = map[string]int64{"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "6h": 360, "8h": 480, "12h": 720, "1d": 1440, "3d": 4320, "1w": 10080, "1M": 43200}

// bucket returns the beginning of the interval that a moment is in, and of the
// next.
func bucket(ms int64, interval string) (open, next int64) {
	if interval == "1M" {
		t := time.UnixMilli(ms).UTC()
		first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
		return first.UnixMilli(), first.AddDate(0, 1, 0).UnixMilli()
	}
	size, offset := intervals[interval]*minute, int64(0)
	if interval == "1w" {
		offset = 4 * 24 * 60 * minute // weeks begin on Monday, the epoch on Thursday
	}
	open = ms - (ms-offset)%size
	return open, open + size
}

// klines answers the candles of a series of the market that a parameter names.
// A minute without a price repeats the one before.
func (c *call) klines(by string, of func(*market) *series) (any, error) {
	name, interval, limit := c.must(by), c.must("interval"), c.limit(500, 1500)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	if intervals[interval] == 0 {
		return nil, &refusal{status: 400, code: -1120, msg: "Invalid interval."}
	}
	kind := c.text("contractType")
	for _, s := range c.g.symbols {
		m := c.g.markets[s]
		if by == "symbol" && s == name || by == "pair" && m.terms.Pair == name && (kind == "" || kind == m.terms.Type) {
			rows := fold(of(m).rows, interval, from, min(to, c.g.now()))
			scale := m.scale
			if of(m) != &m.traded {
				scale = 8
			}
			return klineRows(firstOr(rows, limit, c.has("startTime")), interval, scale), nil
		}
	}
	return nil, refuse(-1121)
}

const mostFolded = 5000

// fold joins minutes into intervals.
func fold(rows []candle, interval string, from, to int64) (out []candle) {
	for i := 0; i < len(rows) && len(out) < mostFolded; {
		open, next := bucket(rows[i].open, interval)
		k := rows[i]
		k.open = open
		for i++; i < len(rows) && rows[i].open < next; i++ {
			k.join(rows[i])
		}
		out = append(out, k)
		until := to
		if i < len(rows) {
			until, _ = bucket(rows[i].open, interval)
			until--
		}
		for ; next <= until && len(out) < mostFolded; _, next = bucket(next, interval) {
			out = append(out, candle{open: next, first: k.last, high: k.last, low: k.last, last: k.last})
		}
	}
	return keep(out, func(k *candle) bool { return k.open >= from && k.open <= to })
}

func klineRows(rows []candle, interval string, scale int) [][]any {
	out := [][]any{}
	for _, k := range rows {
		_, next := bucket(k.open, interval)
		out = append(out, []any{k.open, scaled(k.first, scale), scaled(k.high, scale), scaled(k.low, scale), scaled(k.last, scale), whole(k.quantity), next - 1,
			coin8(k.base), k.count, whole(k.taken), coin8(k.takenBase), "0"})
	}
	return out
}
