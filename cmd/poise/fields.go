package main

import (
	"bytes"
	"encoding/json"

	"poise/wire"
)

// field is one named value of a message, in the words of the field.
type field struct {
	name  string
	value any
}

// object is fields that print as one JSON object, in their order.
type object []field

// MarshalJSON writes the fields in order; decimals are strings.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		v, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// row collects the fields that an object of a message has.
type row struct {
	have wire.Fields
	out  object
}

func (r *row) put(f wire.Fields, name string, v any) {
	if r.have.Has(f) {
		r.out = append(r.out, field{name, v})
	}
}

func (r *row) extra(es []wire.Extra) object {
	if len(es) > 0 {
		var o object
		for _, e := range es {
			o = append(o, field{e.Key, json.RawMessage(e.Value)})
		}
		r.out = append(r.out, field{"extra", o})
	}
	return r.out
}

// eventJSON is a message as `poise decode --json` prints it.
func eventJSON(m frame, ev *wire.Event) object {
	o := object{{"line", m.line}, {"event", ev.Name}}
	if ev.Enveloped {
		o = append(o, field{"stream", ev.Stream})
	}
	r := row{have: ev.Fields, out: o}
	r.put(wire.EventTime, "time", ev.Time)
	r.put(wire.EventTransaction, "transaction", ev.Transaction)
	r.put(wire.EventAlias, "alias", ev.Alias)
	r.put(wire.EventProduct, "product", ev.Product)
	switch ev.Type {
	case wire.AccountUpdate:
		r.out = append(r.out, accountFields(&ev.Account)...)
	case wire.Unknown:
		return append(r.out, field{"raw", json.RawMessage(ev.Raw)})
	default:
		r.out = append(r.out, fieldsOf(ev)...)
		if ev.Type == wire.MarginCall {
			r.out = append(r.out, field{"positions", callRows(&ev.Call)})
		}
	}
	return r.extra(ev.Extra)
}

func accountFields(a *wire.Account) object {
	r := row{have: a.Fields}
	r.put(wire.AccountReason, "reason", a.Reason)
	r.put(wire.AccountSymbol, "symbol", a.Symbol)
	balances, positions := []object{}, []object{}
	for i := range a.Balances {
		b := &a.Balances[i]
		x := row{have: b.Fields}
		x.put(wire.BalanceAsset, "asset", b.Asset)
		x.put(wire.BalanceWallet, "wallet", b.Wallet)
		x.put(wire.BalanceCross, "cross", b.Cross)
		x.put(wire.BalanceChange, "change", b.Change)
		balances = append(balances, x.extra(b.Extra))
	}
	for i := range a.Positions {
		positions = append(positions, positionFields(&a.Positions[i]))
	}
	r.put(wire.AccountBalances, "balances", balances)
	r.put(wire.AccountPositions, "positions", positions)
	return r.extra(a.Extra)
}

func positionFields(p *wire.Position) object {
	r := row{have: p.Fields}
	r.put(wire.PositionSymbol, "symbol", p.Symbol)
	r.put(wire.PositionSide, "side", p.Side)
	r.put(wire.PositionAmount, "amount", p.Amount)
	r.put(wire.PositionEntryPrice, "entryPrice", p.EntryPrice)
	r.put(wire.PositionBreakEven, "breakEvenPrice", p.BreakEven)
	r.put(wire.PositionRealized, "realized", p.Realized)
	r.put(wire.PositionUnrealized, "unrealized", p.Unrealized)
	r.put(wire.PositionMarginType, "marginType", p.MarginType)
	r.put(wire.PositionIsolatedWallet, "isolatedWallet", p.IsolatedWallet)
	r.put(wire.PositionMarginAsset, "marginAsset", p.MarginAsset)
	return r.extra(p.Extra)
}

func callRows(c *wire.Call) []object {
	rows := []object{}
	for i := range c.Positions {
		p := &c.Positions[i]
		r := row{have: p.Fields}
		r.put(wire.CallPositionSymbol, "symbol", p.Symbol)
		r.put(wire.CallPositionSide, "side", p.Side)
		r.put(wire.CallPositionAmount, "amount", p.Amount)
		r.put(wire.CallPositionMarginType, "marginType", p.MarginType)
		r.put(wire.CallPositionIsolatedWallet, "isolatedWallet", p.IsolatedWallet)
		r.put(wire.CallPositionMark, "mark", p.Mark)
		r.put(wire.CallPositionUnrealized, "unrealized", p.Unrealized)
		r.put(wire.CallPositionMaintenance, "maintenance", p.Maintenance)
		rows = append(rows, r.extra(p.Extra))
	}
	return rows
}

// fieldsOf returns the single values of a message that is not about balances.
func fieldsOf(ev *wire.Event) object {
	switch ev.Type {
	case wire.OrderTradeUpdate:
		return orderFields(&ev.Order)
	case wire.AlgoUpdate:
		return algoFields(&ev.Algo)
	case wire.StrategyUpdate:
		return strategyFields(&ev.Strategy)
	case wire.GridUpdate:
		return gridFields(&ev.Grid)
	case wire.AccountConfigUpdate:
		return configFields(ev)
	case wire.MarginCall:
		r := row{have: ev.Fields}
		r.put(wire.EventCrossWallet, "crossWallet", ev.Call.CrossWallet)
		return r.out
	case wire.ListenKeyExpired:
		r := row{have: ev.Fields}
		r.put(wire.EventListenKey, "listenKey", ev.ListenKey)
		return r.out
	}
	return nil
}

func configFields(ev *wire.Event) object {
	r := row{have: ev.Config.Fields}
	r.put(wire.ConfigSymbol, "symbol", ev.Config.Symbol)
	r.put(wire.ConfigLeverage, "leverage", ev.Config.Leverage)
	r.extra(ev.Config.Extra)
	r.have = ev.Config.Mode.Fields
	r.put(wire.ModeMultiAssets, "multiAssets", ev.Config.Mode.MultiAssets)
	return r.out
}

func strategyFields(s *wire.Strategy) object {
	r := row{have: s.Fields}
	r.put(wire.StrategyID, "id", s.ID)
	r.put(wire.StrategyType, "type", s.Type)
	r.put(wire.StrategyStatus, "status", s.Status)
	r.put(wire.StrategySymbol, "symbol", s.Symbol)
	r.put(wire.StrategyTime, "updated", s.Time)
	r.put(wire.StrategyCode, "code", s.Code)
	return r.extra(s.Extra)
}

func gridFields(g *wire.Grid) object {
	r := row{have: g.Fields}
	r.put(wire.GridID, "id", g.ID)
	r.put(wire.GridType, "type", g.Type)
	r.put(wire.GridStatus, "status", g.Status)
	r.put(wire.GridSymbol, "symbol", g.Symbol)
	r.put(wire.GridRealized, "realized", g.Realized)
	r.put(wire.GridUnmatchedPrice, "unmatchedPrice", g.UnmatchedPrice)
	r.put(wire.GridUnmatchedAmount, "unmatchedAmount", g.UnmatchedAmount)
	r.put(wire.GridUnmatchedFee, "unmatchedFee", g.UnmatchedFee)
	r.put(wire.GridMatchedProfit, "matchedProfit", g.MatchedProfit)
	r.put(wire.GridTime, "updated", g.Time)
	return r.extra(g.Extra)
}

func algoFields(a *wire.Algo) object {
	r := row{have: a.Fields}
	r.put(wire.AlgoID, "id", a.ID)
	r.put(wire.AlgoClientID, "clientId", a.ClientID)
	r.put(wire.AlgoKind, "kind", a.Kind)
	r.put(wire.AlgoSymbol, "symbol", a.Symbol)
	r.put(wire.AlgoSide, "side", a.Side)
	r.put(wire.AlgoPositionSide, "positionSide", a.PositionSide)
	r.put(wire.AlgoOrderType, "orderType", a.OrderType)
	r.put(wire.AlgoTimeInForce, "timeInForce", a.TimeInForce)
	r.put(wire.AlgoStatus, "status", a.Status)
	r.put(wire.AlgoQuantity, "quantity", a.Quantity)
	r.put(wire.AlgoTriggerPrice, "triggerPrice", a.TriggerPrice)
	r.put(wire.AlgoPrice, "price", a.Price)
	r.put(wire.AlgoOrderID, "orderId", a.OrderID)
	r.put(wire.AlgoAveragePrice, "averagePrice", a.AveragePrice)
	r.put(wire.AlgoExecuted, "executed", a.Executed)
	r.put(wire.AlgoActualType, "actualType", a.ActualType)
	r.put(wire.AlgoSelfTrade, "selfTrade", a.SelfTrade)
	r.put(wire.AlgoWorkingType, "workingType", a.WorkingType)
	r.put(wire.AlgoPriceMatch, "priceMatch", a.PriceMatch)
	r.put(wire.AlgoClosePosition, "closePosition", a.ClosePosition)
	r.put(wire.AlgoPriceProtect, "priceProtect", a.PriceProtect)
	r.put(wire.AlgoReduceOnly, "reduceOnly", a.ReduceOnly)
	r.put(wire.AlgoTriggerTime, "triggerTime", a.TriggerTime)
	r.put(wire.AlgoGoodTillDate, "goodTillDate", a.GoodTillDate)
	r.put(wire.AlgoRejectReason, "rejectReason", a.RejectReason)
	r.put(wire.AlgoCallbackRate, "callbackRate", a.CallbackRate)
	return r.extra(a.Extra)
}

func orderFields(o *wire.Order) object {
	r := row{have: o.Fields}
	r.put(wire.OrderSymbol, "symbol", o.Symbol)
	r.put(wire.OrderSide, "side", o.Side)
	r.put(wire.OrderPositionSide, "positionSide", o.PositionSide)
	r.put(wire.OrderType, "orderType", o.OrderType)
	r.put(wire.OrderTimeInForce, "timeInForce", o.TimeInForce)
	r.put(wire.OrderExecution, "execution", o.Execution)
	r.put(wire.OrderStatus, "status", o.Status)
	r.put(wire.OrderID, "orderId", o.OrderID)
	r.put(wire.OrderClientOrderID, "clientOrderId", o.ClientOrderID)
	r.put(wire.OrderTradeID, "tradeId", o.TradeID)
	r.put(wire.OrderTradeTime, "tradeTime", o.TradeTime)
	r.put(wire.OrderQuantity, "quantity", o.Quantity)
	r.put(wire.OrderPrice, "price", o.Price)
	r.put(wire.OrderLastQuantity, "lastQuantity", o.LastQuantity)
	r.put(wire.OrderLastPrice, "lastPrice", o.LastPrice)
	r.put(wire.OrderFilledQuantity, "filledQuantity", o.FilledQuantity)
	r.put(wire.OrderAveragePrice, "averagePrice", o.AveragePrice)
	r.put(wire.OrderRealizedProfit, "realizedProfit", o.RealizedProfit)
	r.put(wire.OrderCommission, "commission", o.Commission)
	r.put(wire.OrderCommissionAsset, "commissionAsset", o.CommissionAsset)
	r.put(wire.OrderMarginAsset, "marginAsset", o.MarginAsset)
	return append(r.out, orderDetails(o)...)
}

// orderDetails are the fields of an order that are rarely looked at.
func orderDetails(o *wire.Order) object {
	r := row{have: o.Fields}
	r.put(wire.OrderMaker, "maker", o.Maker)
	r.put(wire.OrderReduceOnly, "reduceOnly", o.ReduceOnly)
	r.put(wire.OrderClosePosition, "closePosition", o.ClosePosition)
	r.put(wire.OrderStopPrice, "stopPrice", o.StopPrice)
	r.put(wire.OrderActivationPrice, "activationPrice", o.ActivationPrice)
	r.put(wire.OrderCallbackRate, "callbackRate", o.CallbackRate)
	r.put(wire.OrderWorkingType, "workingType", o.WorkingType)
	r.put(wire.OrderOriginalType, "originalType", o.OriginalType)
	r.put(wire.OrderBidNotional, "bidNotional", o.BidNotional)
	r.put(wire.OrderAskNotional, "askNotional", o.AskNotional)
	r.put(wire.OrderPriceProtect, "priceProtect", o.PriceProtect)
	r.put(wire.OrderSelfTrade, "selfTrade", o.SelfTrade)
	r.put(wire.OrderPriceMatch, "priceMatch", o.PriceMatch)
	r.put(wire.OrderExpireReason, "expireReason", o.ExpireReason)
	r.put(wire.OrderGoodTillDate, "goodTillDate", o.GoodTillDate)
	r.put(wire.OrderStrategyID, "strategyId", o.StrategyID)
	r.put(wire.OrderStrategySub, "strategySub", o.StrategySub)
	r.put(wire.OrderModifyID, "modifyId", o.ModifyID)
	return r.extra(o.Extra)
}
