package gateway

import (
	"encoding/json"
	"slices"

	"poise/venue/engine"
)

// accountRoutes are the calls about an account that place no order.
var accountRoutes = []route{
	{method: "POST", path: "/dapi/v1/listenKey", security: keyed, weight: 1, serve: postListenKey},
	{method: "PUT", path: "/dapi/v1/listenKey", security: keyed, weight: 1, serve: putListenKey},
	{method: "DELETE", path: "/dapi/v1/listenKey", security: keyed, weight: 1, serve: deleteListenKey},
	{method: "GET", path: "/dapi/v1/balance", security: signature, weight: 1, serve: getBalance},
	{method: "GET", path: "/dapi/v1/account", security: signature, weight: 5, serve: getAccount},
	{method: "GET", path: "/dapi/v1/positionRisk", security: signature, weight: 1, serve: getPositionRisk},
	{method: "GET", path: "/dapi/v1/positionSide/dual", security: signature, weight: 30, serve: getPositionSide},
	{method: "POST", path: "/dapi/v1/positionSide/dual", security: signature, weight: 1, serve: postPositionSide},
	{method: "POST", path: "/dapi/v1/leverage", security: signature, weight: 1, serve: postLeverage},
	{method: "POST", path: "/dapi/v1/marginType", security: signature, weight: 1, serve: postMarginType},
	{method: "POST", path: "/dapi/v1/positionMargin", security: signature, weight: 1, serve: postPositionMargin},
	{method: "GET", path: "/dapi/v1/positionMargin/history", security: signature, weight: 1, serve: getMarginHistory},
	{method: "GET", path: "/dapi/v1/income", security: signature, weight: 20, serve: getIncome},
	{method: "GET", path: "/dapi/v1/commissionRate", security: signature, weight: 20, serve: getCommissionRate},
	{method: "GET", path: "/dapi/v1/adlQuantile", security: signature, weight: 5, serve: getQuantile},
	{method: "GET", path: "/dapi/v1/leverageBracket", security: signature, weight: 1, serve: getBracketsByPair},
	{method: "GET", path: "/dapi/v2/leverageBracket", security: signature, weight: 1, serve: getBrackets},
}

type keyAnswer struct {
	ListenKey string `json:"listenKey"`
}

func postListenKey(c *call) (any, error) { return keyAnswer{c.g.takeKey(c.client)}, nil }

func putListenKey(c *call) (any, error) {
	name, err := c.g.keepKey(c.client, c.text("listenKey"))
	return keyAnswer{name}, err
}

func deleteListenKey(c *call) (any, error) {
	c.g.closeKey(c.client)
	return struct{}{}, nil
}

type balanceRow struct {
	Alias     string `json:"accountAlias"`
	Asset     string `json:"asset"`
	Balance   string `json:"balance"`
	Withdraw  string `json:"withdrawAvailable"`
	Cross     string `json:"crossWalletBalance"`
	CrossPnL  string `json:"crossUnPnl"`
	Available string `json:"availableBalance"`
	Updated   int64  `json:"updateTime"`
}

func getBalance(c *call) (any, error) {
	v, err := c.g.view(c.client, c.stale)
	rows := []balanceRow{}
	for _, a := range v.Assets {
		rows = append(rows, balanceRow{v.Alias, a.Asset, coin8(a.Wallet), coin8(a.MaxWithdraw), coin8(a.Cross), coin8(a.CrossUnrealized), coin8(a.Available), a.Updated})
	}
	return rows, err
}

type accountAnswer struct {
	FeeTier     int               `json:"feeTier"`
	CanTrade    bool              `json:"canTrade"`
	CanDeposit  bool              `json:"canDeposit"`
	CanWithdraw bool              `json:"canWithdraw"`
	Updated     int64             `json:"updateTime"`
	Assets      []accountAsset    `json:"assets"`
	Positions   []accountPosition `json:"positions"`
}

type accountAsset struct {
	Asset       string `json:"asset"`
	Wallet      string `json:"walletBalance"`
	Unrealized  string `json:"unrealizedProfit"`
	Margin      string `json:"marginBalance"`
	Maintenance string `json:"maintMargin"`
	Initial     string `json:"initialMargin"`
	Position    string `json:"positionInitialMargin"`
	OpenOrder   string `json:"openOrderInitialMargin"`
	Withdraw    string `json:"maxWithdrawAmount"`
	Cross       string `json:"crossWalletBalance"`
	CrossPnL    string `json:"crossUnPnl"`
	Available   string `json:"availableBalance"`
	Updated     int64  `json:"updateTime"`
}

type accountPosition struct {
	Symbol      string `json:"symbol"`
	Initial     string `json:"initialMargin"`
	Maintenance string `json:"maintMargin"`
	Unrealized  string `json:"unrealizedProfit"`
	Position    string `json:"positionInitialMargin"`
	OpenOrder   string `json:"openOrderInitialMargin"`
	Leverage    string `json:"leverage"`
	Isolated    bool   `json:"isolated"`
	Side        string `json:"positionSide"`
	Entry       string `json:"entryPrice"`
	MaxQty      string `json:"maxQty"`
	Notional    string `json:"notionalValue"`
	Wallet      string `json:"isolatedWallet"`
	Updated     int64  `json:"updateTime"`
	Amount      string `json:"positionAmt"`
	BreakEven   string `json:"breakEvenPrice"`
}

func getAccount(c *call) (any, error) {
	v, err := c.g.view(c.client, c.stale)
	a := accountAnswer{CanTrade: true, CanDeposit: true, CanWithdraw: true, Assets: []accountAsset{}, Positions: []accountPosition{}}
	for _, r := range v.Assets {
		a.Assets = append(a.Assets, accountAsset{r.Asset, coin8(r.Wallet), coin8(r.Unrealized), coin8(r.Margin), coin8(r.Maintenance), coin8(r.Initial),
			coin8(r.PositionInitial), coin8(r.OpenOrderInitial), coin8(r.MaxWithdraw), coin8(r.Cross), coin8(r.CrossUnrealized), coin8(r.Available), r.Updated})
	}
	for _, r := range v.Positions {
		initial, err := r.PositionInitial.Add(r.OpenOrderInitial)
		if err != nil {
			return nil, err
		}
		a.Positions = append(a.Positions, accountPosition{r.Symbol, zeroOr8(initial), zeroOr8(r.Maintenance), coin8(r.Unrealized), zeroOr8(r.PositionInitial), zeroOr8(r.OpenOrderInitial),
			whole(int64(r.Leverage)), r.Isolated, r.Side, coin8(r.EntryPrice), r.MaxQuantity.String(), zeroOr8(r.Notional), zeroOr8(r.IsolatedWallet), r.Updated, whole(r.Amount), coin8(r.BreakEven)})
	}
	return a, err
}

type riskRow struct {
	Symbol      string `json:"symbol"`
	Amount      string `json:"positionAmt"`
	Entry       string `json:"entryPrice"`
	BreakEven   string `json:"breakEvenPrice"`
	Mark        string `json:"markPrice"`
	Unrealized  string `json:"unRealizedProfit"`
	Liquidation string `json:"liquidationPrice"`
	Leverage    string `json:"leverage"`
	MaxQty      string `json:"maxQty"`
	MarginType  string `json:"marginType"`
	Margin      string `json:"isolatedMargin"`
	AutoAdd     string `json:"isAutoAddMargin"`
	Side        string `json:"positionSide"`
	Notional    string `json:"notionalValue"`
	Wallet      string `json:"isolatedWallet"`
	Updated     int64  `json:"updateTime"`
}

func marginType(isolated bool) string {
	if isolated {
		return "isolated"
	}
	return "cross"
}

// getPositionRisk takes marginAsset or pair, and symbol too, which clients of
// the other product send.
func getPositionRisk(c *call) (any, error) {
	asset, pair, symbol := c.text("marginAsset"), c.text("pair"), c.text("symbol")
	if asset != "" && pair != "" {
		return nil, refuse(-1128)
	}
	v, err := c.g.view(c.client, c.stale)
	rows := []riskRow{}
	for _, r := range v.Positions {
		m := c.g.markets[r.Symbol]
		if asset != "" && m.terms.MarginAsset != asset || pair != "" && m.terms.Pair != pair || symbol != "" && symbol != r.Symbol {
			continue
		}
		row := riskRow{r.Symbol, whole(r.Amount), zeroPoint(r.EntryPrice), zeroPoint(r.BreakEven), coin8(r.Mark), coin8(r.Unrealized), zeroOr8(r.Liquidation),
			whole(int64(r.Leverage)), r.MaxQuantity.String(), marginType(r.Isolated), "0.00000000", "false", r.Side, zeroOr8(r.Notional), zeroOr8(r.IsolatedWallet), r.Updated}
		if r.Isolated {
			row.Margin = coin8(r.IsolatedMargin)
		}
		if r.Amount == 0 {
			row.Mark = "0.00000000"
		}
		rows = append(rows, row)
	}
	return rows, err
}

func getPositionSide(c *call) (any, error) {
	v, err := c.g.view(c.client, c.stale)
	return struct {
		Dual bool `json:"dualSidePosition"`
	}{v.Hedge}, err
}

func postPositionSide(c *call) (any, error) {
	c.must("dualSidePosition")
	hedge := c.boolean("dualSidePosition")
	if c.err != nil {
		return nil, c.err
	}
	_, err := c.g.apply(&engine.SetPositionMode{Account: c.client.alias, Hedge: hedge})
	return success, err
}

func postLeverage(c *call) (any, error) {
	symbol := c.must("symbol")
	c.must("leverage")
	leverage := c.integer("leverage", 0, -1<<31, 1<<31-1)
	if c.err != nil {
		return nil, c.err
	}
	if _, err := c.g.apply(&engine.SetLeverage{Account: c.client.alias, Symbol: symbol, Leverage: int(leverage)}); err != nil {
		return nil, err
	}
	_, _, most, err := c.g.engine.Leverage(c.client.alias, symbol)
	return struct {
		Leverage int64  `json:"leverage"`
		MaxQty   string `json:"maxQty"`
		Symbol   string `json:"symbol"`
	}{leverage, most.String(), symbol}, err
}

func postMarginType(c *call) (any, error) {
	symbol, kind := c.must("symbol"), c.must("marginType")
	if c.err != nil {
		return nil, c.err
	}
	_, err := c.g.apply(&engine.SetMarginType{Account: c.client.alias, Symbol: symbol, Type: kind})
	return success, err
}

func postPositionMargin(c *call) (any, error) {
	symbol := c.must("symbol")
	c.must("amount")
	c.must("type")
	amount, kind := c.amount("amount"), c.integer("type", 0, 1, 2)
	if c.err != nil {
		return nil, c.err
	}
	_, err := c.g.apply(&engine.MovePositionMargin{Account: c.client.alias, Symbol: symbol, PositionSide: c.text("positionSide"), Amount: amount, Type: int(kind)})
	return struct {
		Amount json.Number `json:"amount"`
		Code   int         `json:"code"`
		Msg    string      `json:"msg"`
		Type   int64       `json:"type"`
	}{number(amount), 200, "Successfully modify position margin.", kind}, err
}

type marginRow struct {
	Amount string `json:"amount"`
	Asset  string `json:"asset"`
	Symbol string `json:"symbol"`
	Time   int64  `json:"time"`
	Type   int    `json:"type"`
	Side   string `json:"positionSide"`
}

func getMarginHistory(c *call) (any, error) {
	symbol, kind, limit := c.must("symbol"), c.integer("type", 0, 1, 2), c.limit(50, 500)
	from, to := c.span()
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.MarginHistory(c.client.alias, symbol)
	rows := []marginRow{}
	for _, m := range all {
		if m.Time >= from && m.Time <= to && (kind == 0 || m.Type == int(kind)) {
			rows = append(rows, marginRow{coin8(m.Amount), m.Asset, m.Symbol, m.Time, m.Type, m.Side})
		}
	}
	return lastOf(rows, limit), err
}

// lastOf keeps the newest rows.
func lastOf[T any](rows []T, limit int) []T { return rows[max(0, len(rows)-limit):] }

// firstOr keeps the oldest rows when a place to begin at was named, else the newest.
func firstOr[T any](rows []T, limit int, named bool) []T {
	if named {
		return rows[:min(limit, len(rows))]
	}
	return lastOf(rows, limit)
}

type incomeRow struct {
	Symbol string `json:"symbol"`
	Type   string `json:"incomeType"`
	Income string `json:"income"`
	Asset  string `json:"asset"`
	Info   string `json:"info"`
	Time   int64  `json:"time"`
	Tran   string `json:"tranId"`
	Trade  string `json:"tradeId"`
}

func getIncome(c *call) (any, error) {
	symbol, kind, limit := c.text("symbol"), c.text("incomeType"), c.limit(100, 1000)
	from, to := c.span()
	page := c.integer("page", 1, 1, 1<<31)
	if c.err != nil {
		return nil, c.err
	}
	if symbol != "" && c.g.markets[symbol] == nil {
		return nil, refuse(-1121)
	}
	if c.has("startTime") && c.has("endTime") && to-from > 366*24*3600_000 {
		return nil, refuse(-1130, "endTime")
	}
	all, err := c.g.engine.Income(c.client.alias)
	rows := []incomeRow{}
	for _, r := range all {
		if r.Time < from || r.Time > to || symbol != "" && r.Symbol != symbol || kind != "" && r.Type != kind {
			continue
		}
		row := incomeRow{r.Symbol, r.Type, coin8(r.Amount), r.Asset, r.Info, r.Time, whole(r.TranID), ""}
		if r.TradeID != 0 {
			row.Trade = whole(r.TradeID)
		}
		rows = append(rows, row)
	}
	if c.has("page") {
		rows = rows[min(len(rows), int(min(page-1, 1<<20))*limit):]
	}
	return firstOr(rows, limit, c.has("startTime") || c.has("page")), err
}

func getCommissionRate(c *call) (any, error) {
	symbol := c.must("symbol")
	if c.err != nil {
		return nil, c.err
	}
	if c.g.markets[symbol] == nil {
		return nil, refuse(-1121)
	}
	maker, taker := c.g.engine.Rates()
	return struct {
		Symbol string `json:"symbol"`
		Maker  string `json:"makerCommissionRate"`
		Taker  string `json:"takerCommissionRate"`
	}{symbol, scaled(maker, 5), scaled(taker, 5)}, nil
}

type quantileRow struct {
	Symbol   string          `json:"symbol"`
	Quantile json.RawMessage `json:"adlQuantile"`
}

func getQuantile(c *call) (any, error) {
	symbol := c.text("symbol")
	if symbol != "" && c.g.markets[symbol] == nil {
		return nil, refuse(-1121)
	}
	all, err := c.g.engine.Quantiles(c.client.alias)
	rows := []quantileRow{}
	for _, q := range all {
		third := `,"BOTH":`
		if q.Hedge {
			third = `,"HEDGE":`
		}
		text := `{"LONG":` + whole(int64(q.Long)) + `,"SHORT":` + whole(int64(q.Short)) + third + whole(int64(q.Both)) + "}"
		if row := (quantileRow{q.Symbol, json.RawMessage(text)}); symbol == "" || symbol == q.Symbol {
			rows = append(rows, row)
		}
	}
	return rows, err
}

type bracketRow struct {
	Bracket  int         `json:"bracket"`
	Leverage int         `json:"initialLeverage"`
	Cap      json.Number `json:"qtyCap"`
	Floor    json.Number `json:"qtyFloor"`
	Ratio    json.Number `json:"maintMarginRatio"`
	Cum      json.Number `json:"cum"`
}

func (g *Gateway) bracketRows(symbol string) []bracketRow {
	rows := []bracketRow{}
	for i, b := range g.engine.BracketsOf(symbol) {
		rows = append(rows, bracketRow{i + 1, b.MaxLeverage, number(b.Cap), number(b.Floor), number(b.MMR), number(b.Cum)})
	}
	return rows
}

type bracketsOfSymbol struct {
	Symbol   string       `json:"symbol"`
	Coef     json.Number  `json:"notionalCoef"`
	Brackets []bracketRow `json:"brackets"`
}

func getBrackets(c *call) (any, error) {
	symbol := c.text("symbol")
	if symbol != "" && c.g.markets[symbol] == nil {
		return nil, refuse(-1121)
	}
	all := []bracketsOfSymbol{}
	for _, s := range c.g.symbols {
		if symbol == "" || s == symbol {
			all = append(all, bracketsOfSymbol{s, "1.00", c.g.bracketRows(s)})
		}
	}
	return all, nil
}

type bracketsOfPair struct {
	Pair     string       `json:"pair"`
	Brackets []bracketRow `json:"brackets"`
}

// getBracketsByPair has the brackets of a pair's first contract.
func getBracketsByPair(c *call) (any, error) {
	pair, seen := c.text("pair"), []string(nil)
	all := []bracketsOfPair{}
	for _, s := range c.g.symbols {
		p := c.g.markets[s].terms.Pair
		if !slices.Contains(seen, p) && (pair == "" || p == pair) {
			seen = append(seen, p)
			all = append(all, bracketsOfPair{p, c.g.bracketRows(s)})
		}
	}
	return all, nil
}
