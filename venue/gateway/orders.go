package gateway

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"poise/decimal"
	"poise/venue/engine"
)

// orderRoutes are the calls about orders and trades.
var orderRoutes = []route{
	{method: "POST", path: "/dapi/v1/order", security: signature, order: true, serve: postOrder},
	{method: "PUT", path: "/dapi/v1/order", security: signature, weight: 1, order: true, serve: putOrder},
	{method: "GET", path: "/dapi/v1/order", security: signature, weight: 1, serve: getOrder},
	{method: "DELETE", path: "/dapi/v1/order", security: signature, weight: 1, serve: deleteOrder},
	{method: "POST", path: "/dapi/v1/batchOrders", security: signature, weight: 5, order: true, serve: postBatch},
	{method: "PUT", path: "/dapi/v1/batchOrders", security: signature, weight: 5, order: true, serve: putBatch},
	{method: "DELETE", path: "/dapi/v1/batchOrders", security: signature, weight: 1, serve: deleteBatch},
	{method: "DELETE", path: "/dapi/v1/allOpenOrders", security: signature, weight: 1, serve: deleteAllOpen},
	{method: "POST", path: "/dapi/v1/countdownCancelAll", security: signature, weight: 10, serve: postCountdown},
	{method: "GET", path: "/dapi/v1/openOrder", security: signature, weight: 1, serve: getOpenOrder},
	{method: "GET", path: "/dapi/v1/openOrders", security: signature, weigh: oneOrAll("symbol", 1, 40), serve: getOpenOrders},
	{method: "GET", path: "/dapi/v1/allOrders", security: signature, weigh: oneOrAll("symbol", 20, 40), serve: getAllOrders},
	{method: "GET", path: "/dapi/v1/userTrades", security: signature, weigh: oneOrAll("symbol", 20, 40), serve: getUserTrades},
	{method: "GET", path: "/dapi/v1/orderAmendment", security: signature, weight: 1, serve: getAmendments},
	{method: "GET", path: "/dapi/v1/forceOrders", security: signature, weigh: oneOrAll("symbol", 20, 50), serve: getForceOrders},
}

// oneOrAll weighs a call with a parameter, and without.
func oneOrAll(name string, one, all int64) func(*params) int64 {
	return func(p *params) int64 {
		if p.has(name) {
			return one
		}
		return all
	}
}

// orderAnswer is an order as it is acknowledged, in the recorded key order.
type orderAnswer struct {
	ID            int64  `json:"orderId"`
	Symbol        string `json:"symbol"`
	Pair          string `json:"pair"`
	Status        string `json:"status"`
	ClientOrderID string `json:"clientOrderId"`
	Price         string `json:"price"`
	Average       string `json:"avgPrice"`
	Quantity      string `json:"origQty"`
	Executed      string `json:"executedQty"`
	CumQty        string `json:"cumQty,omitempty"` // in acknowledgements
	CumBase       string `json:"cumBase"`
	TimeInForce   string `json:"timeInForce"`
	Type          string `json:"type"`
	ReduceOnly    bool   `json:"reduceOnly"`
	ClosePosition bool   `json:"closePosition"`
	Side          string `json:"side"`
	PositionSide  string `json:"positionSide"`
	StopPrice     string `json:"stopPrice"`
	WorkingType   string `json:"workingType"`
	PriceProtect  bool   `json:"priceProtect"`
	OrigType      string `json:"origType"`
	ActivatePrice string `json:"activatePrice,omitempty"` // of trailing stops
	PriceRate     string `json:"priceRate,omitempty"`     // of trailing stops
	SelfTrade     string `json:"selfTradePreventionMode"`
	Time          int64  `json:"time,omitempty"` // in queries
	Updated       int64  `json:"updateTime"`
	PriceMatch    string `json:"priceMatch"`
}

// ack shows an order as new, amend and cancel answer it.
func (g *Gateway) ack(v *engine.OrderView) orderAnswer {
	scale := g.markets[v.Symbol].scale
	a := orderAnswer{ID: v.ID, Symbol: v.Symbol, Pair: v.Pair, Status: v.Status, ClientOrderID: v.ClientOrderID,
		Price: zeroOr(v.Price, scale), Average: scaled(v.AveragePrice, max(scale, v.AveragePrice.Trim().Scale())), Quantity: whole(v.Quantity), Executed: whole(v.Filled),
		CumQty: whole(v.Filled), CumBase: zeroOr8(v.Base), TimeInForce: v.TimeInForce, Type: v.Type, ReduceOnly: v.ReduceOnly, ClosePosition: v.ClosePosition,
		Side: v.Side, PositionSide: v.PositionSide, StopPrice: zeroOr(v.StopPrice, scale), WorkingType: v.WorkingType, PriceProtect: v.PriceProtect,
		OrigType: v.OriginalType, SelfTrade: v.SelfTrade, Updated: v.Updated, PriceMatch: "NONE"}
	if v.OriginalType == "TRAILING_STOP_MARKET" {
		a.ActivatePrice, a.PriceRate = zeroOr(v.Activation, scale), v.CallbackRate.String()
	}
	return a
}

// shown shows an order as queries do.
func (g *Gateway) shown(v *engine.OrderView) orderAnswer {
	a := g.ack(v)
	a.CumQty, a.Time = "", v.Time
	return a
}

func (g *Gateway) shownAll(all []engine.OrderView) []orderAnswer {
	rows := make([]orderAnswer, len(all))
	for i := range all {
		rows[i] = g.shown(&all[i])
	}
	return rows
}

// needed are the parameters that an order of a type must have, besides symbol,
// side and type.
var needed = map[string][]string{
	"LIMIT": {"timeInForce", "quantity", "price"}, "MARKET": {"quantity"}, "STOP": {"quantity", "price", "stopPrice"}, "TAKE_PROFIT": {"quantity", "price", "stopPrice"},
	"STOP_MARKET": {"stopPrice"}, "TAKE_PROFIT_MARKET": {"stopPrice"}, "TRAILING_STOP_MARKET": {"callbackRate"},
}

// place reads the parameters of a new order.
func (p *params) place(alias string) (*engine.Place, error) {
	o := &engine.Place{Account: alias, Symbol: p.must("symbol"), Side: p.must("side"), Type: p.must("type"), PositionSide: p.text("positionSide"), TimeInForce: p.text("timeInForce"),
		ReduceOnly: p.boolean("reduceOnly"), ClosePosition: p.boolean("closePosition"), PriceProtect: p.boolean("priceProtect"),
		WorkingType: p.text("workingType"), ClientOrderID: p.text("newClientOrderId"), SelfTrade: p.text("selfTradePreventionMode")}
	p.word("newOrderRespType", "ACK", "RESULT")
	p.word("priceMatch", "NONE")
	for _, name := range needed[o.Type] {
		p.must(name)
	}
	for _, f := range []struct {
		to   *decimal.D
		name string
	}{{&o.Quantity, "quantity"}, {&o.Price, "price"}, {&o.StopPrice, "stopPrice"}, {&o.Activation, "activationPrice"}, {&o.CallbackRate, "callbackRate"}} {
		*f.to = p.amount(f.name)
	}
	if o.Activation.IsZero() {
		o.Activation = p.amount("activatePrice")
	}
	return o, p.err
}

// conditional reports whether orders of a type wait for a price.
func conditional(kind string) bool {
	return slices.Contains(needed[kind], "stopPrice") || kind == "TRAILING_STOP_MARKET"
}

func (g *Gateway) place(c *client, p *params) (any, error) {
	if err := g.countOrders(c, 1); err != nil {
		return nil, err
	}
	o, err := p.place(c.alias)
	if err != nil {
		return nil, err
	}
	if g.config.AlgoOnly && conditional(o.Type) {
		return nil, refuse(-4120)
	}
	r, err := g.apply(o)
	if err != nil {
		return nil, err
	}
	v, err := shownOrder(r)
	if err != nil {
		return nil, err
	}
	if p.text("newOrderRespType") != "RESULT" {
		v.Status, v.Filled, v.AveragePrice, v.Base, v.Updated = "NEW", 0, decimal.Zero, decimal.Zero, v.Time
	}
	return g.ack(&v), nil
}

// shownOrder is the order of a result; one that history did not keep is gone.
func shownOrder(r *engine.Result) (engine.OrderView, error) {
	if r.Order == nil {
		return engine.OrderView{}, refuse(-2013)
	}
	return *r.Order, nil
}

func postOrder(c *call) (any, error) { return c.g.place(c.client, c.params) }

func (g *Gateway) amend(c *client, p *params) (any, error) {
	if err := g.countOrders(c, 1); err != nil {
		return nil, err
	}
	if !p.has("price") && !p.has("quantity") {
		p.must("price")
	}
	id, name := p.orderName()
	o := &engine.Amend{Account: c.alias, Symbol: p.must("symbol"), OrderID: id, ClientOrderID: name, Side: p.text("side"),
		Price: p.amount("price"), Quantity: p.amount("quantity"), ModifyID: p.integer("modifyId", 0, 0, 1<<62)}
	if p.err != nil {
		return nil, p.err
	}
	r, err := g.apply(o)
	if err != nil {
		return nil, err
	}
	v, err := shownOrder(r)
	return g.ack(&v), err
}

// orderName reads which order is meant: -1102 without orderId and origClientOrderId.
func (p *params) orderName() (id int64, name string) {
	if !p.has("orderId") && !p.has("origClientOrderId") {
		p.fail(&refusal{status: 400, code: -1102, msg: "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"})
	}
	return p.integer("orderId", 0, 0, 1<<62), p.text("origClientOrderId")
}

func putOrder(c *call) (any, error) { return c.g.amend(c.client, c.params) }

func getOrder(c *call) (any, error) {
	symbol := c.must("symbol")
	id, name := c.orderName()
	if c.err != nil {
		return nil, c.err
	}
	v, err := c.g.engine.Order(c.client.alias, symbol, id, name)
	if err != nil {
		return nil, err
	}
	return c.g.shown(&v), nil
}

func getOpenOrder(c *call) (any, error) {
	symbol := c.must("symbol")
	id, name := c.orderName()
	if c.err != nil {
		return nil, c.err
	}
	v, err := c.g.engine.OpenOrder(c.client.alias, symbol, id, name)
	if err != nil {
		return nil, err
	}
	return c.g.shown(&v), nil
}

func (g *Gateway) cancel(c *client, p *params) (any, error) {
	symbol := p.must("symbol")
	id, name := p.orderName()
	if p.err != nil {
		return nil, p.err
	}
	return g.cancelOrder(c, symbol, id, name)
}

func (g *Gateway) cancelOrder(c *client, symbol string, id int64, name string) (any, error) {
	r, err := g.apply(&engine.Cancel{Account: c.alias, Symbol: symbol, OrderID: id, ClientOrderID: name})
	if err != nil {
		return nil, err
	}
	v, err := shownOrder(r)
	return g.ack(&v), err
}

func deleteOrder(c *call) (any, error) { return c.g.cancel(c.client, c.params) }

func deleteAllOpen(c *call) (any, error) {
	symbol := c.must("symbol")
	if c.err != nil {
		return nil, c.err
	}
	_, err := c.g.apply(&engine.CancelAll{Account: c.client.alias, Symbol: symbol})
	return struct {
		Code int    `json:"code"`
		Msg  string `json:"msg"`
	}{200, "The operation of cancel all open order is done."}, err
}

func postCountdown(c *call) (any, error) {
	symbol := c.must("symbol")
	c.must("countdownTime")
	ms := c.integer("countdownTime", 0, 0, 1<<40)
	if c.err != nil {
		return nil, c.err
	}
	_, err := c.g.apply(&engine.CountdownCancel{Account: c.client.alias, Symbol: symbol, Countdown: ms})
	return struct {
		Symbol    string `json:"symbol"`
		Countdown string `json:"countdownTime"`
	}{symbol, whole(ms)}, err
}

const mostBatch = 5

// batch does the objects of a JSON list one by one; each is answered with its
// order or its error.
func (c *call) batch(do func(*client, *params) (any, error)) (any, error) {
	text := c.must("batchOrders")
	var list []map[string]json.RawMessage
	if c.err != nil {
		return nil, c.err
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 || len(list) > mostBatch {
		return nil, refuse(-1130, "batchOrders")
	}
	var out []any
	for _, fields := range list {
		p := &params{values: map[string]string{}}
		for name, v := range fields {
			p.set(name, plain(v))
		}
		answer, err := do(c.client, p)
		if err != nil {
			answer = refusalOf(err)
		}
		out = append(out, answer)
	}
	return out, nil
}

// plain is the text of a JSON string, number or boolean, and "" for null.
func plain(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(v))
}

func postBatch(c *call) (any, error) { return c.batch(c.g.place) }
func putBatch(c *call) (any, error)  { return c.batch(c.g.amend) }

// ids reads a JSON list of ids, as numbers or, as the exchange's own connector
// sends them, as strings.
func (p *params) ids(name string) (ids []int64) {
	var list []json.RawMessage
	if !p.has(name) {
		return nil
	}
	if json.Unmarshal([]byte(p.text(name)), &list) != nil {
		p.fail(refuse(-1130, name))
	}
	for _, v := range list {
		id, err := strconv.ParseInt(plain(v), 10, 64)
		if err != nil || id <= 0 {
			p.fail(refuse(-1130, name))
		}
		ids = append(ids, id)
	}
	return ids
}

// deleteBatch takes orderIdList or origClientOrderIdList.
func deleteBatch(c *call) (any, error) {
	symbol := c.must("symbol")
	ids := c.ids("orderIdList")
	var names []string
	if c.has("origClientOrderIdList") && json.Unmarshal([]byte(c.text("origClientOrderIdList")), &names) != nil {
		c.fail(refuse(-1130, "origClientOrderIdList"))
	}
	if len(ids)+len(names) == 0 || len(ids)+len(names) > 10 {
		c.fail(refuse(-1102, "orderIdList"))
	}
	if c.err != nil {
		return nil, c.err
	}
	var out []any
	add := func(a any, err error) {
		if err != nil {
			a = refusalOf(err)
		}
		out = append(out, a)
	}
	for _, id := range ids {
		add(c.g.cancelOrder(c.client, symbol, id, ""))
	}
	for _, name := range names {
		add(c.g.cancelOrder(c.client, symbol, 0, name))
	}
	return out, nil
}

// scope reads symbol or pair; both are optional unless one is needed.
func (c *call) scope(need bool) (symbol, pair string) {
	symbol, pair = c.text("symbol"), c.text("pair")
	switch {
	case symbol != "" && pair != "":
		c.fail(refuse(-1128))
	case need && symbol == "" && pair == "":
		c.must("symbol")
	case symbol != "" && c.g.markets[symbol] == nil:
		c.fail(refuse(-1121))
	}
	return symbol, pair
}

func keep[T any](rows []T, ok func(*T) bool) []T {
	kept := make([]T, 0, len(rows))
	for i := range rows {
		if ok(&rows[i]) {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

func getOpenOrders(c *call) (any, error) {
	symbol, pair := c.scope(false)
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.OpenOrders(c.client.alias, symbol)
	return c.g.shownAll(keep(all, func(v *engine.OrderView) bool { return pair == "" || v.Pair == pair })), err
}

func getAllOrders(c *call) (any, error) {
	symbol, pair := c.scope(true)
	id, limit := c.integer("orderId", 0, 0, 1<<62), c.limit(50, 100)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.AllOrders(c.client.alias, symbol)
	rows := keep(all, func(v *engine.OrderView) bool {
		return (pair == "" || v.Pair == pair) && v.ID >= id && v.Time >= from && v.Time <= to
	})
	return c.g.shownAll(firstOr(rows, limit, id > 0 || from > 0)), err
}

func getForceOrders(c *call) (any, error) {
	symbol, _ := c.scope(false)
	kind, limit := c.word("autoCloseType", "LIQUIDATION", "ADL"), c.limit(50, 100)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.ForceOrders(c.client.alias, symbol)
	rows := keep(all, func(v *engine.OrderView) bool {
		adl := strings.HasPrefix(v.ClientOrderID, "adl_")
		return v.Time >= from && v.Time <= to && (kind == "" || adl == (kind == "ADL"))
	})
	return c.g.shownAll(lastOf(rows, limit)), err
}

type tradeRow struct {
	Symbol          string `json:"symbol"`
	ID              int64  `json:"id"`
	OrderID         int64  `json:"orderId"`
	Pair            string `json:"pair"`
	Side            string `json:"side"`
	Price           string `json:"price"`
	Quantity        string `json:"qty"`
	Realized        string `json:"realizedPnl"`
	MarginAsset     string `json:"marginAsset"`
	Base            string `json:"baseQty"`
	Commission      string `json:"commission"`
	CommissionAsset string `json:"commissionAsset"`
	Time            int64  `json:"time"`
	PositionSide    string `json:"positionSide"`
	Buyer           bool   `json:"buyer"`
	Maker           bool   `json:"maker"`
}

func getUserTrades(c *call) (any, error) {
	symbol, pair := c.scope(true)
	id, first, limit := c.integer("orderId", 0, 0, 1<<62), c.integer("fromId", 0, 0, 1<<62), c.limit(50, 1000)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.UserTrades(c.client.alias, symbol)
	rows := []tradeRow{}
	for _, t := range all {
		m := c.g.markets[t.Symbol]
		if pair != "" && m.terms.Pair != pair || id != 0 && t.OrderID != id || t.ID < first || t.Time < from || t.Time > to {
			continue
		}
		rows = append(rows, tradeRow{t.Symbol, t.ID, t.OrderID, m.terms.Pair, t.Side, scaled(t.Price, m.scale), whole(t.Quantity), zeroOr8(t.Realized),
			t.MarginAsset, coin8(t.Base), coin8(t.Commission), t.MarginAsset, t.Time, t.PositionSide, t.Side == "BUY", t.Maker})
	}
	return firstOr(rows, limit, first > 0 || from > 0), err
}
