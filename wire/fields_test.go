package wire

import (
	"fmt"
	"testing"
)

// Each key goes to the field that its name says, sets that field's bit and no
// other, and comes back from that field. encoding/json is no witness of this:
// the reference in reference_test.go knows keys, not meanings.

// field is a key with a value, and where it must be found.
type field struct {
	key, value string
	bit        Fields
	got        func(*Event) any
	want       string // by fmt
}

func testFields(t *testing.T, format string, of func(*Event) *Fields, fields []field) {
	t.Helper()
	var d Decoder
	var ev Event
	for _, f := range fields {
		text := fmt.Sprintf(format, `"`+f.key+`":`+f.value)
		if err := d.Decode([]byte(text), &ev); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := fmt.Sprint(f.got(&ev)); got != f.want || *of(&ev) != f.bit {
			t.Errorf("%s: got %s, fields %b, want %s, %b", text, got, *of(&ev), f.want, f.bit)
		}
		if got := string(ev.Append(nil)); got != text {
			t.Errorf("%s is written back as %s", text, got)
		}
		ev.clear()
		if got := fmt.Sprint(f.got(&ev)); got == f.want && f.want != "0" && f.want != "false" {
			t.Errorf("%s: %s survives clear", text, got)
		}
	}
}

func TestEachKeyOfAnOrder(t *testing.T) {
	testFields(t, `{"e":"ORDER_TRADE_UPDATE","E":1,"o":{%s}}`, func(ev *Event) *Fields { return &ev.Order.Fields }, []field{
		{`s`, `"ETHUSD_PERP"`, OrderSymbol, func(ev *Event) any { return ev.Order.Symbol }, `ETHUSD_PERP`},
		{`c`, `"my-id"`, OrderClientOrderID, func(ev *Event) any { return ev.Order.ClientOrderID }, `my-id`},
		{`S`, `"SELL"`, OrderSide, func(ev *Event) any { return ev.Order.Side }, `SELL`},
		{`o`, `"LIMIT"`, OrderType, func(ev *Event) any { return ev.Order.OrderType }, `LIMIT`},
		{`f`, `"GTC"`, OrderTimeInForce, func(ev *Event) any { return ev.Order.TimeInForce }, `GTC`},
		{`q`, `"-12.50"`, OrderQuantity, func(ev *Event) any { return ev.Order.Quantity }, `-12.50`},
		{`p`, `"0.00031"`, OrderPrice, func(ev *Event) any { return ev.Order.Price }, `0.00031`},
		{`ap`, `"77"`, OrderAveragePrice, func(ev *Event) any { return ev.Order.AveragePrice }, `77`},
		{`sp`, `"1.10"`, OrderStopPrice, func(ev *Event) any { return ev.Order.StopPrice }, `1.10`},
		{`x`, `"TRADE"`, OrderExecution, func(ev *Event) any { return ev.Order.Execution }, `TRADE`},
		{`X`, `"FILLED"`, OrderStatus, func(ev *Event) any { return ev.Order.Status }, `FILLED`},
		{`i`, `111`, OrderID, func(ev *Event) any { return ev.Order.OrderID }, `111`},
		{`l`, `"-0.5"`, OrderLastQuantity, func(ev *Event) any { return ev.Order.LastQuantity }, `-0.5`},
		{`z`, `"3.14159"`, OrderFilledQuantity, func(ev *Event) any { return ev.Order.FilledQuantity }, `3.14159`},
		{`L`, `"2.718"`, OrderLastPrice, func(ev *Event) any { return ev.Order.LastPrice }, `2.718`},
		{`ma`, `"ETH"`, OrderMarginAsset, func(ev *Event) any { return ev.Order.MarginAsset }, `ETH`},
		{`N`, `"BNB"`, OrderCommissionAsset, func(ev *Event) any { return ev.Order.CommissionAsset }, `BNB`},
		{`n`, `"99.9"`, OrderCommission, func(ev *Event) any { return ev.Order.Commission }, `99.9`},
		{`T`, `1791417600018`, OrderTradeTime, func(ev *Event) any { return ev.Order.TradeTime }, `1791417600018`},
		{`t`, `119`, OrderTradeID, func(ev *Event) any { return ev.Order.TradeID }, `119`},
		{`rp`, `"0.1"`, OrderRealizedProfit, func(ev *Event) any { return ev.Order.RealizedProfit }, `0.1`},
		{`b`, `"5"`, OrderBidNotional, func(ev *Event) any { return ev.Order.BidNotional }, `5`},
		{`a`, `"6.25"`, OrderAskNotional, func(ev *Event) any { return ev.Order.AskNotional }, `6.25`},
		{`m`, `true`, OrderMaker, func(ev *Event) any { return ev.Order.Maker }, `true`},
		{`R`, `true`, OrderReduceOnly, func(ev *Event) any { return ev.Order.ReduceOnly }, `true`},
		{`wt`, `"MARK_PRICE"`, OrderWorkingType, func(ev *Event) any { return ev.Order.WorkingType }, `MARK_PRICE`},
		{`ot`, `"STOP"`, OrderOriginalType, func(ev *Event) any { return ev.Order.OriginalType }, `STOP`},
		{`ps`, `"SHORT"`, OrderPositionSide, func(ev *Event) any { return ev.Order.PositionSide }, `SHORT`},
		{`cp`, `true`, OrderClosePosition, func(ev *Event) any { return ev.Order.ClosePosition }, `true`},
		{`AP`, `"8.125"`, OrderActivationPrice, func(ev *Event) any { return ev.Order.ActivationPrice }, `8.125`},
		{`cr`, `"13.0"`, OrderCallbackRate, func(ev *Event) any { return ev.Order.CallbackRate }, `13.0`},
		{`pP`, `true`, OrderPriceProtect, func(ev *Event) any { return ev.Order.PriceProtect }, `true`},
		{`V`, `"EXPIRE_BOTH"`, OrderSelfTrade, func(ev *Event) any { return ev.Order.SelfTrade }, `EXPIRE_BOTH`},
		{`pm`, `"QUEUE"`, OrderPriceMatch, func(ev *Event) any { return ev.Order.PriceMatch }, `QUEUE`},
		{`er`, `"3"`, OrderExpireReason, func(ev *Event) any { return ev.Order.ExpireReason }, `3`},
		{`gtd`, `135`, OrderGoodTillDate, func(ev *Event) any { return ev.Order.GoodTillDate }, `135`},
		{`si`, `136`, OrderStrategyID, func(ev *Event) any { return ev.Order.StrategyID }, `136`},
		{`ss`, `137`, OrderStrategySub, func(ev *Event) any { return ev.Order.StrategySub }, `137`},
		{`M`, `138`, OrderModifyID, func(ev *Event) any { return ev.Order.ModifyID }, `138`},
	})
}

func TestEachKeyOfAnAlgo(t *testing.T) {
	testFields(t, `{"e":"ALGO_UPDATE","E":1,"o":{%s}}`, func(ev *Event) *Fields { return &ev.Algo.Fields }, []field{
		{`caid`, `"algo-id"`, AlgoClientID, func(ev *Event) any { return ev.Algo.ClientID }, `algo-id`},
		{`aid`, `101`, AlgoID, func(ev *Event) any { return ev.Algo.ID }, `101`},
		{`at`, `"CONDITIONAL"`, AlgoKind, func(ev *Event) any { return ev.Algo.Kind }, `CONDITIONAL`},
		{`o`, `"LIMIT"`, AlgoOrderType, func(ev *Event) any { return ev.Algo.OrderType }, `LIMIT`},
		{`s`, `"ETHUSD_PERP"`, AlgoSymbol, func(ev *Event) any { return ev.Algo.Symbol }, `ETHUSD_PERP`},
		{`S`, `"SELL"`, AlgoSide, func(ev *Event) any { return ev.Algo.Side }, `SELL`},
		{`ps`, `"SHORT"`, AlgoPositionSide, func(ev *Event) any { return ev.Algo.PositionSide }, `SHORT`},
		{`f`, `"GTC"`, AlgoTimeInForce, func(ev *Event) any { return ev.Algo.TimeInForce }, `GTC`},
		{`q`, `"-12.50"`, AlgoQuantity, func(ev *Event) any { return ev.Algo.Quantity }, `-12.50`},
		{`X`, `"FILLED"`, AlgoStatus, func(ev *Event) any { return ev.Algo.Status }, `FILLED`},
		{`ai`, `"4417"`, AlgoOrderID, func(ev *Event) any { return ev.Algo.OrderID }, `4417`},
		{`ap`, `"0.00031"`, AlgoAveragePrice, func(ev *Event) any { return ev.Algo.AveragePrice }, `0.00031`},
		{`aq`, `"77"`, AlgoExecuted, func(ev *Event) any { return ev.Algo.Executed }, `77`},
		{`act`, `"MARKET"`, AlgoActualType, func(ev *Event) any { return ev.Algo.ActualType }, `MARKET`},
		{`tp`, `"1.10"`, AlgoTriggerPrice, func(ev *Event) any { return ev.Algo.TriggerPrice }, `1.10`},
		{`p`, `"-0.5"`, AlgoPrice, func(ev *Event) any { return ev.Algo.Price }, `-0.5`},
		{`V`, `"EXPIRE_BOTH"`, AlgoSelfTrade, func(ev *Event) any { return ev.Algo.SelfTrade }, `EXPIRE_BOTH`},
		{`wt`, `"MARK_PRICE"`, AlgoWorkingType, func(ev *Event) any { return ev.Algo.WorkingType }, `MARK_PRICE`},
		{`pm`, `"QUEUE"`, AlgoPriceMatch, func(ev *Event) any { return ev.Algo.PriceMatch }, `QUEUE`},
		{`cp`, `true`, AlgoClosePosition, func(ev *Event) any { return ev.Algo.ClosePosition }, `true`},
		{`pP`, `true`, AlgoPriceProtect, func(ev *Event) any { return ev.Algo.PriceProtect }, `true`},
		{`R`, `true`, AlgoReduceOnly, func(ev *Event) any { return ev.Algo.ReduceOnly }, `true`},
		{`tt`, `1791417600022`, AlgoTriggerTime, func(ev *Event) any { return ev.Algo.TriggerTime }, `1791417600022`},
		{`gtd`, `123`, AlgoGoodTillDate, func(ev *Event) any { return ev.Algo.GoodTillDate }, `123`},
		{`rm`, `"no margin"`, AlgoRejectReason, func(ev *Event) any { return ev.Algo.RejectReason }, `no margin`},
		{`cr`, `"1.5"`, AlgoCallbackRate, func(ev *Event) any { return ev.Algo.CallbackRate }, `1.5`},
	})
}

func TestEachKeyOfAGrid(t *testing.T) {
	testFields(t, `{"e":"GRID_UPDATE","E":1,"gu":{%s}}`, func(ev *Event) *Fields { return &ev.Grid.Fields }, []field{
		{`si`, `100`, GridID, func(ev *Event) any { return ev.Grid.ID }, `100`},
		{`st`, `"GRID"`, GridType, func(ev *Event) any { return ev.Grid.Type }, `GRID`},
		{`ss`, `"WORKING"`, GridStatus, func(ev *Event) any { return ev.Grid.Status }, `WORKING`},
		{`s`, `"ETHUSD_PERP"`, GridSymbol, func(ev *Event) any { return ev.Grid.Symbol }, `ETHUSD_PERP`},
		{`r`, `"-12.50"`, GridRealized, func(ev *Event) any { return ev.Grid.Realized }, `-12.50`},
		{`up`, `"0.00031"`, GridUnmatchedPrice, func(ev *Event) any { return ev.Grid.UnmatchedPrice }, `0.00031`},
		{`uq`, `"77"`, GridUnmatchedAmount, func(ev *Event) any { return ev.Grid.UnmatchedAmount }, `77`},
		{`uf`, `"1.10"`, GridUnmatchedFee, func(ev *Event) any { return ev.Grid.UnmatchedFee }, `1.10`},
		{`mp`, `"-0.5"`, GridMatchedProfit, func(ev *Event) any { return ev.Grid.MatchedProfit }, `-0.5`},
		{`ut`, `1791417600009`, GridTime, func(ev *Event) any { return ev.Grid.Time }, `1791417600009`},
	})
}

func TestEachKeyOfAStrategy(t *testing.T) {
	testFields(t, `{"e":"STRATEGY_UPDATE","E":1,"su":{%s}}`, func(ev *Event) *Fields { return &ev.Strategy.Fields }, []field{
		{`si`, `100`, StrategyID, func(ev *Event) any { return ev.Strategy.ID }, `100`},
		{`st`, `"GRID"`, StrategyType, func(ev *Event) any { return ev.Strategy.Type }, `GRID`},
		{`ss`, `"WORKING"`, StrategyStatus, func(ev *Event) any { return ev.Strategy.Status }, `WORKING`},
		{`s`, `"ETHUSD_PERP"`, StrategySymbol, func(ev *Event) any { return ev.Strategy.Symbol }, `ETHUSD_PERP`},
		{`ut`, `1791417600004`, StrategyTime, func(ev *Event) any { return ev.Strategy.Time }, `1791417600004`},
		{`c`, `105`, StrategyCode, func(ev *Event) any { return ev.Strategy.Code }, `105`},
	})
}

func TestEachKeyOfAConfig(t *testing.T) {
	testFields(t, `{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"ac":{%s}}`, func(ev *Event) *Fields { return &ev.Config.Fields }, []field{
		{`s`, `"ETHUSD_PERP"`, ConfigSymbol, func(ev *Event) any { return ev.Config.Symbol }, `ETHUSD_PERP`},
		{`l`, `101`, ConfigLeverage, func(ev *Event) any { return ev.Config.Leverage }, `101`},
	})
}

// call returns the row of p, or an empty one.
func call(ev *Event) *CallPosition {
	if len(ev.Call.Positions) == 0 {
		return new(CallPosition)
	}
	return &ev.Call.Positions[0]
}

func TestEachKeyOfACall(t *testing.T) {
	testFields(t, `{"e":"MARGIN_CALL","E":1,"p":[{%s}]}`, func(ev *Event) *Fields { return &call(ev).Fields }, []field{
		{`s`, `"ETHUSD_PERP"`, CallPositionSymbol, func(ev *Event) any { return call(ev).Symbol }, `ETHUSD_PERP`},
		{`ps`, `"SHORT"`, CallPositionSide, func(ev *Event) any { return call(ev).Side }, `SHORT`},
		{`pa`, `"-12.50"`, CallPositionAmount, func(ev *Event) any { return call(ev).Amount }, `-12.50`},
		{`mt`, `"CROSSED"`, CallPositionMarginType, func(ev *Event) any { return call(ev).MarginType }, `CROSSED`},
		{`iw`, `"0.00031"`, CallPositionIsolatedWallet, func(ev *Event) any { return call(ev).IsolatedWallet }, `0.00031`},
		{`mp`, `"77"`, CallPositionMark, func(ev *Event) any { return call(ev).Mark }, `77`},
		{`up`, `"1.10"`, CallPositionUnrealized, func(ev *Event) any { return call(ev).Unrealized }, `1.10`},
		{`mm`, `"-0.5"`, CallPositionMaintenance, func(ev *Event) any { return call(ev).Maintenance }, `-0.5`},
	})
}

func TestEachKeyAtTheTop(t *testing.T) {
	const known = EventName | EventTime
	fields := func(ev *Event) *Fields { return &ev.Fields }
	testFields(t, `{"e":"MARGIN_CALL","E":1,%s}`, fields, []field{
		{`T`, `1791417600452`, known | EventTransaction, func(ev *Event) any { return ev.Transaction }, `1791417600452`},
		{`i`, `"mYfz"`, known | EventAlias, func(ev *Event) any { return ev.Alias }, `mYfz`},
		{`fs`, `"CM"`, known | EventProduct, func(ev *Event) any { return ev.Product }, `CM`},
		{`cw`, `"2.50"`, known | EventCrossWallet, func(ev *Event) any { return ev.Call.CrossWallet }, `2.50`},
		{`p`, `[]`, known | EventBody, func(ev *Event) any { return len(ev.Call.Positions) }, `0`},
	})
	testFields(t, `{"e":"listenKeyExpired","E":1,%s}`, fields, []field{
		{`listenKey`, `"9fK2"`, known | EventListenKey, func(ev *Event) any { return ev.ListenKey }, `9fK2`},
		{`p`, `[]`, known, func(ev *Event) any { return len(ev.Extra) }, `1`},
	})
	testFields(t, `{"e":"ACCOUNT_CONFIG_UPDATE","E":1,%s}`, fields, []field{
		{`ai`, `{"j":true}`, known | EventMode, func(ev *Event) any { return ev.Config.Mode.MultiAssets }, `true`},
		{`ai`, `{}`, known | EventMode, func(ev *Event) any { return ev.Config.Mode.MultiAssets }, `false`},
		{`ac`, `{}`, known | EventBody, func(ev *Event) any { return ev.Config.Leverage }, `0`},
	})
}

func TestEachKeyOfAnAccount(t *testing.T) {
	testFields(t, `{"e":"ACCOUNT_UPDATE","E":1,"a":{%s}}`, func(ev *Event) *Fields { return &ev.Account.Fields }, []field{
		{`m`, `"ORDER"`, AccountReason, func(ev *Event) any { return ev.Account.Reason }, `ORDER`},
		{`S`, `"ETHUSD_PERP"`, AccountSymbol, func(ev *Event) any { return ev.Account.Symbol }, `ETHUSD_PERP`},
		{`B`, `[]`, AccountBalances, func(ev *Event) any { return len(ev.Account.Balances) }, `0`},
		{`P`, `[]`, AccountPositions, func(ev *Event) any { return len(ev.Account.Positions) }, `0`},
	})
}
