package venue_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"poise/venue"
)

// calls are all that the exchange's face answers, with parameters that suit an
// account that holds 30 BTCUSD_PERP and rests order a. They are made in this
// order.
var calls = strings.Fields(`
	GET/dapi/v1/ping GET/dapi/v1/time GET/dapi/v1/exchangeInfo
	POST/dapi/v1/listenKey PUT/dapi/v1/listenKey DELETE/dapi/v1/listenKey
	GET/dapi/v1/balance GET/dapi/v1/account GET/dapi/v1/positionRisk GET/dapi/v1/positionRisk?pair=BTCUSD GET/dapi/v1/positionRisk?marginAsset=BTC
	GET/dapi/v1/positionSide/dual POST/dapi/v1/leverage?symbol=ETHUSD_PERP&leverage=5 POST/dapi/v1/marginType?symbol=ETHUSD_PERP&marginType=ISOLATED
	GET/dapi/v1/positionMargin/history?symbol=BTCUSD_PERP
	GET/dapi/v1/order?symbol=BTCUSD_PERP&origClientOrderId=a PUT/dapi/v1/order?symbol=BTCUSD_PERP&side=BUY&origClientOrderId=a&price=58000&quantity=2
	GET/dapi/v1/orderAmendment?symbol=BTCUSD_PERP&origClientOrderId=a
	GET/dapi/v1/openOrder?symbol=BTCUSD_PERP&origClientOrderId=a GET/dapi/v1/openOrders GET/dapi/v1/openOrders?symbol=BTCUSD_PERP GET/dapi/v1/openOrders?pair=BTCUSD
	GET/dapi/v1/allOrders?symbol=BTCUSD_PERP GET/dapi/v1/allOrders?pair=BTCUSD
	DELETE/dapi/v1/order?symbol=BTCUSD_PERP&origClientOrderId=a
	POST/dapi/v1/batchOrders?batchOrders=[{"symbol":"BTCUSD_PERP","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"1","price":"59000","newClientOrderId":"b"}]
	PUT/dapi/v1/batchOrders?batchOrders=[{"symbol":"BTCUSD_PERP","side":"BUY","quantity":"2","price":"59000","origClientOrderId":"b"}]
	DELETE/dapi/v1/batchOrders?symbol=BTCUSD_PERP&origClientOrderIdList=["b"]
	POST/dapi/v1/countdownCancelAll?symbol=BTCUSD_PERP&countdownTime=1000 DELETE/dapi/v1/allOpenOrders?symbol=BTCUSD_PERP
	GET/dapi/v1/userTrades?symbol=BTCUSD_PERP GET/dapi/v1/userTrades?pair=BTCUSD GET/dapi/v1/forceOrders GET/dapi/v1/forceOrders?symbol=BTCUSD_PERP&autoCloseType=ADL
	GET/dapi/v1/income GET/dapi/v1/income?symbol=BTCUSD_PERP&incomeType=COMMISSION GET/dapi/v1/commissionRate?symbol=BTCUSD_PERP
	GET/dapi/v1/adlQuantile GET/dapi/v1/adlQuantile?symbol=BTCUSD_PERP
	GET/dapi/v1/leverageBracket GET/dapi/v1/leverageBracket?pair=BTCUSD GET/dapi/v2/leverageBracket GET/dapi/v2/leverageBracket?symbol=BTCUSD_PERP
	GET/dapi/v1/premiumIndex GET/dapi/v1/premiumIndex?symbol=BTCUSD_PERP GET/dapi/v1/premiumIndex?pair=BTCUSD
	GET/dapi/v1/fundingRate?symbol=BTCUSD_PERP GET/dapi/v1/fundingInfo
	GET/dapi/v1/depth?symbol=BTCUSD_PERP GET/dapi/v1/trades?symbol=BTCUSD_PERP GET/dapi/v1/aggTrades?symbol=BTCUSD_PERP
	GET/dapi/v1/historicalTrades?symbol=BTCUSD_PERP GET/dapi/v1/constituents?symbol=BTCUSD
	GET/dapi/v1/ticker/price GET/dapi/v1/ticker/price?pair=BTCUSD GET/dapi/v1/ticker/bookTicker GET/dapi/v1/ticker/bookTicker?symbol=BTCUSD_PERP
	GET/dapi/v1/ticker/24hr GET/dapi/v1/ticker/24hr?symbol=BTCUSD_PERP
	GET/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1m GET/dapi/v1/continuousKlines?pair=BTCUSD&contractType=PERPETUAL&interval=1h
	GET/dapi/v1/markPriceKlines?symbol=BTCUSD_PERP&interval=1d GET/dapi/v1/indexPriceKlines?pair=BTCUSD&interval=1M
	GET/dapi/v1/openInterest?symbol=BTCUSD_PERP
	POST/dapi/v1/algoOrder?algoType=CONDITIONAL&symbol=BTCUSD_PERP&side=SELL&type=STOP_MARKET&triggerPrice=50000&quantity=1&clientAlgoId=x
	GET/dapi/v1/algoOrder?clientAlgoId=x GET/dapi/v1/openAlgoOrders GET/dapi/v1/openAlgoOrders?symbol=BTCUSD_PERP GET/dapi/v1/allAlgoOrders?symbol=BTCUSD_PERP
	DELETE/dapi/v1/algoOrder?clientAlgoId=x DELETE/dapi/v1/algoOpenOrders?symbol=BTCUSD_PERP
	POST/dapi/v1/order?symbol=BTCUSD_PERP&side=SELL&type=MARKET&quantity=30&reduceOnly=true
	POST/dapi/v1/positionSide/dual?dualSidePosition=true`)

// TestEveryCallAnswers: each with 200 and JSON that is more than an error, and
// with a list that has a row where something is there to be listed.
func TestEveryCallAnswers(t *testing.T) {
	v := venue.New(t, venue.Unlimited())
	c := newTrader(t, v, "", "BTC", "2")
	v.Quote("BTCUSD_PERP", "60000", "1000")
	c.must("POST", "/dapi/v1/marginType", "symbol=BTCUSD_PERP&marginType=ISOLATED")
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(30)))
	c.must("POST", "/dapi/v1/positionMargin", "symbol=BTCUSD_PERP&amount=0.01&type=1")
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", limitAt("59000", 1)+"&newClientOrderId=a"))
	v.Fund("BTCUSD_PERP", "0.0001")
	for _, call := range calls {
		method, rest, _ := strings.Cut(call, "/")
		path, params, _ := strings.Cut("/"+rest, "?")
		if i := strings.Index(params, "=["); i > 0 {
			name, list, _ := strings.Cut(params[strings.LastIndex(params[:i], "&")+1:], "=")
			params = params[:strings.LastIndex(params[:i], "&")+1] + name + "=" + urlEscape(list)
		}
		var answer any
		unmarshal(t, c.must(method, path, params), &answer)
		if rows, ok := answer.([]any); ok && len(rows) == 0 && path != "/dapi/v1/forceOrders" {
			t.Errorf("%s: nothing", call)
		}
		if o, ok := answer.(map[string]any); ok && o["code"] != nil && fmt.Sprint(o["code"]) != "200" {
			t.Errorf("%s: %v", call, o)
		}
	}
}

// TestAlgoOrdersAreTheirOwn: what is placed at algoOrder is seen there, pushed as
// ALGO_UPDATE, and is an order only once it triggered.
func TestAlgoOrdersAreTheirOwn(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "SgsR", "BTC", "2")
	v.Quote("BTCUSD_PERP", "60000", "1000")
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(5)))
	s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
	place := "algoType=CONDITIONAL&symbol=BTCUSD_PERP&side=SELL&quantity=1&workingType=MARK_PRICE&type=STOP_MARKET&clientAlgoId=x&triggerPrice="
	var a struct {
		AlgoID        int64
		AlgoStatus    string
		ActualOrderID string
		ActualQty     string
		TriggerTime   int64
	}
	unmarshal(t, c.must("POST", "/dapi/v1/algoOrder", place+"59000"), &a)
	if r := c.call("GET", "/dapi/v1/order", fmt.Sprintf("symbol=BTCUSD_PERP&orderId=%d", a.AlgoID)); !strings.Contains(r.body, "-2013") {
		t.Errorf("it is an order: %s", r.body)
	}
	if r := c.must("GET", "/dapi/v1/openOrders", ""); r != "[]" {
		t.Errorf("it is an open order: %s", r)
	}
	v.SetMark("BTCUSD_PERP", "59000")
	unmarshal(t, c.must("GET", "/dapi/v1/algoOrder", "clientAlgoId=x"), &a)
	if a.AlgoStatus != "FINISHED" || a.ActualOrderID == "" || a.ActualQty != "1" || a.TriggerTime == 0 {
		t.Errorf("%+v", a)
	}
	if r := c.must("GET", "/dapi/v1/order", "symbol=BTCUSD_PERP&orderId="+a.ActualOrderID); !strings.Contains(r, `"clientOrderId":"x"`) || !strings.Contains(r, `"status":"FILLED"`) {
		t.Error(r)
	}
	for _, want := range []string{`"X":"NEW","ai":""`, `"X":"TRIGGERING"`, `"X":"TRIGGERED","ai":"` + a.ActualOrderID, `"x":"NEW"`, "ACCOUNT_UPDATE", `"x":"TRADE"`, `"X":"FINISHED"`} {
		if m := s.next(); !strings.Contains(m, want) {
			t.Errorf("%s lacks %s", m, want)
		}
	}
}

// TestConditionalOrdersMoved: by default they are taken at order too, as before
// 2026-06-30, and refused there when the venue is of the time after.
func TestConditionalOrdersMoved(t *testing.T) {
	stop := order("BTCUSD_PERP", "SELL", "type=STOP_MARKET&stopPrice=55000&quantity=1")
	before := newTrader(t, venue.New(t), "", "BTC", "2")
	if r := before.must("POST", "/dapi/v1/order", stop); !strings.Contains(r, `"origType":"STOP_MARKET"`) {
		t.Error(r)
	}
	v := &venue.Venue{}
	v.AlgoOnly = true
	start(t, v)
	after := newTrader(t, v, "", "BTC", "2")
	for _, r := range []answer{after.call("POST", "/dapi/v1/order", stop), after.call("POST", "/dapi/v1/order", order("BTCUSD_PERP", "SELL", "type=TRAILING_STOP_MARKET&callbackRate=1&quantity=1"))} {
		if r.status != 400 || r.body != `{"code":-4120,"msg":"Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."}` {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	after.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", limitAt("59000", 1)))
	after.must("POST", "/dapi/v1/algoOrder", "algoType=CONDITIONAL&symbol=BTCUSD_PERP&side=SELL&type=STOP_MARKET&triggerPrice=55000&quantity=1")
}

func TestFundingRatesOfADay(t *testing.T) {
	v := venue.New(t, venue.Manual(time.Date(2026, 10, 1, 7, 0, 0, 0, time.UTC)))
	c := newTrader(t, v, "")
	v.Advance(24 * time.Hour)
	type row struct {
		FundingTime int64
		FundingRate string
	}
	rates := func(params string) (rows []row) {
		unmarshal(t, c.must("GET", "/dapi/v1/fundingRate", "symbol=BTCUSD_PERP"+params), &rows)
		return rows
	}
	all := rates("")
	if len(all) != 3 || all[0].FundingTime != time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC).UnixMilli() || all[0].FundingRate != "0.00010000" {
		t.Fatalf("%+v", all)
	}
	if got := rates("&limit=2"); len(got) != 2 || got[1] != all[2] {
		t.Errorf("the newest two: %+v", got)
	}
	if got := rates(fmt.Sprintf("&limit=1&startTime=%d", all[1].FundingTime)); len(got) != 1 || got[0] != all[1] {
		t.Errorf("from the second on: %+v", got)
	}
	if got := rates(fmt.Sprintf("&endTime=%d", all[1].FundingTime)); len(got) != 2 {
		t.Errorf("up to the second: %+v", got)
	}
	var doc json.RawMessage
	unmarshal(t, c.must("GET", "/dapi/v1/fundingRate", "symbol=BTCUSD_261225"), &doc)
	if string(doc) != "[]" {
		t.Errorf("a delivery contract: %s", doc)
	}
}
