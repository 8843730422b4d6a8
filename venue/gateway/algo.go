package gateway

import "poise/venue/engine"

// algoRoutes are conditional orders as since 2026-06-30: their life is pushed as
// ALGO_UPDATE, and one that triggers becomes an order with an id of its own. The
// shapes are documented for USD-M (INFERRED for COIN-M).
var algoRoutes = []route{
	{method: "POST", path: "/dapi/v1/algoOrder", security: signature, order: true, serve: postAlgo},
	{method: "DELETE", path: "/dapi/v1/algoOrder", security: signature, weight: 1, serve: deleteAlgo},
	{method: "GET", path: "/dapi/v1/algoOrder", security: signature, weight: 1, serve: getAlgo},
	{method: "GET", path: "/dapi/v1/openAlgoOrders", security: signature, weigh: oneOrAll("symbol", 1, 40), serve: getOpenAlgos},
	{method: "GET", path: "/dapi/v1/allAlgoOrders", security: signature, weight: 5, serve: getAllAlgos},
	{method: "DELETE", path: "/dapi/v1/algoOpenOrders", security: signature, weight: 1, serve: deleteAllAlgos},
}

type algoAnswer struct {
	ID           int64  `json:"algoId"`
	ClientID     string `json:"clientAlgoId"`
	AlgoType     string `json:"algoType"`
	Type         string `json:"orderType"`
	Symbol       string `json:"symbol"`
	Side         string `json:"side"`
	PositionSide string `json:"positionSide"`
	TimeInForce  string `json:"timeInForce"`
	Quantity     string `json:"quantity"`
	Status       string `json:"algoStatus"`
	// What it became, in queries once it has.
	ActualID       string `json:"actualOrderId,omitempty"`
	ActualPrice    string `json:"actualPrice,omitempty"`
	ActualQuantity string `json:"actualQty,omitempty"`
	ActualType     string `json:"actualType,omitempty"`

	Trigger       string `json:"triggerPrice"`
	Price         string `json:"price"`
	SelfTrade     string `json:"selfTradePreventionMode"`
	WorkingType   string `json:"workingType"`
	PriceMatch    string `json:"priceMatch"`
	ClosePosition bool   `json:"closePosition"`
	PriceProtect  bool   `json:"priceProtect"`
	ReduceOnly    bool   `json:"reduceOnly"`
	ActivatePrice string `json:"activatePrice,omitempty"`
	CallbackRate  string `json:"callbackRate,omitempty"`
	Created       int64  `json:"createTime"`
	Updated       int64  `json:"updateTime"`
	Triggered     int64  `json:"triggerTime"`
	GoodTill      int64  `json:"goodTillDate"`
}

// algo shows an algo order. actualOrderId and the rest of what it became come in
// queries, once there is one.
func (g *Gateway) algo(v *engine.OrderView) algoAnswer {
	scale := g.markets[v.Symbol].scale
	a := algoAnswer{ID: v.AlgoID, ClientID: v.ClientOrderID, AlgoType: "CONDITIONAL", Type: v.OriginalType, Symbol: v.Symbol, Side: v.Side, PositionSide: v.PositionSide,
		TimeInForce: v.TimeInForce, Quantity: whole(v.Quantity), Status: v.AlgoStatus, Trigger: zeroOr(v.StopPrice, scale), Price: zeroOr(v.Price, scale), SelfTrade: v.SelfTrade,
		WorkingType: v.WorkingType, PriceMatch: "NONE", ClosePosition: v.ClosePosition, PriceProtect: v.PriceProtect, ReduceOnly: v.ReduceOnly, Created: v.AlgoTime, Updated: v.Updated,
		Triggered: v.Triggered}
	if v.OriginalType == "TRAILING_STOP_MARKET" {
		a.ActivatePrice, a.CallbackRate = zeroOr(v.Activation, scale), v.CallbackRate.String()
	}
	if v.ID != v.AlgoID {
		a.ActualID, a.ActualPrice, a.ActualQuantity, a.ActualType = whole(v.ID), zeroOr(v.AveragePrice, scale), whole(v.Filled), v.Type
	}
	return a
}

// waits reports whether an algo order has not triggered yet.
func waits(v *engine.OrderView) bool { return v.AlgoStatus == "NEW" }

func postAlgo(c *call) (any, error) {
	if err := c.g.countOrders(c.client, 1); err != nil {
		return nil, err
	}
	if c.must("algoType"); c.text("algoType") != "CONDITIONAL" {
		c.fail(refuse(-1130, "algoType"))
	}
	c.set("stopPrice", c.text("triggerPrice"))
	c.set("newClientOrderId", c.text("clientAlgoId"))
	o, err := c.params.place(c.client.alias)
	if err != nil {
		return nil, err
	}
	if o.Algo = true; !conditional(o.Type) {
		return nil, refuse(-1130, "type")
	}
	r, err := c.g.apply(o)
	if err != nil {
		return nil, err
	}
	v, err := shownOrder(r)
	return c.g.algo(&v), err
}

// findAlgo finds an order by algoId or clientAlgoId, in all symbols.
func (c *call) findAlgo(open bool) (v engine.OrderView, err error) {
	if !c.has("algoId") && !c.has("clientAlgoId") {
		c.must("algoId")
	}
	id, name := c.integer("algoId", 0, 0, 1<<62), c.text("clientAlgoId")
	if c.err != nil {
		return v, c.err
	}
	all, err := c.g.engine.AlgoOrders(c.client.alias, "")
	rows := keep(all, func(v *engine.OrderView) bool {
		return (!open || waits(v)) && (id == 0 || v.AlgoID == id) && (name == "" || v.ClientOrderID == name)
	})
	if err == nil && len(rows) == 0 {
		if open {
			return v, refuse(-2011)
		}
		return v, refuse(-2013)
	}
	if err != nil {
		return v, err
	}
	return rows[len(rows)-1], nil
}

func (c *call) cancelAlgo(v *engine.OrderView) error {
	_, err := c.g.apply(&engine.Cancel{Account: c.client.alias, Symbol: v.Symbol, OrderID: v.AlgoID, Algo: true})
	return err
}

func deleteAlgo(c *call) (any, error) {
	v, err := c.findAlgo(true)
	if err != nil {
		return nil, err
	}
	if err := c.cancelAlgo(&v); err != nil {
		return nil, err
	}
	return struct {
		ID       int64  `json:"algoId"`
		ClientID string `json:"clientAlgoId"`
		Code     string `json:"code"`
		Msg      string `json:"msg"`
	}{v.AlgoID, v.ClientOrderID, "200", "success"}, nil
}

func getAlgo(c *call) (any, error) {
	v, err := c.findAlgo(false)
	if err != nil {
		return nil, err
	}
	return c.g.algo(&v), nil
}

func (c *call) algos(all []engine.OrderView, limit int, ok func(*engine.OrderView) bool) []algoAnswer {
	rows := []algoAnswer{}
	for _, v := range lastOf(keep(all, ok), limit) {
		rows = append(rows, c.g.algo(&v))
	}
	return rows
}

func getOpenAlgos(c *call) (any, error) {
	symbol, _ := c.scope(false)
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.AlgoOrders(c.client.alias, symbol)
	return c.algos(all, len(all), waits), err
}

func getAllAlgos(c *call) (any, error) {
	symbol, id, limit := c.must("symbol"), c.integer("algoId", 0, 0, 1<<62), c.limit(500, 1000)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.AlgoOrders(c.client.alias, symbol)
	return c.algos(all, limit, func(v *engine.OrderView) bool { return v.AlgoID >= id && v.AlgoTime >= from && v.AlgoTime <= to }), err
}

func deleteAllAlgos(c *call) (any, error) {
	symbol := c.must("symbol")
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.AlgoOrders(c.client.alias, symbol)
	for _, v := range keep(all, waits) {
		if err := c.cancelAlgo(&v); err != nil {
			return nil, err
		}
	}
	return struct {
		Code int    `json:"code"`
		Msg  string `json:"msg"`
	}{200, "The operation of cancel all open order is done."}, err
}
