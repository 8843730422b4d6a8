package venue_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"poise/venue"
)

func TestTheOperatorsCalls(t *testing.T) {
	v := venue.New(t, venue.Manual(start2026))
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/v1/accounts", `{"alias":"SfsR","hedge":false,"balances":{"BTC":"2"}}`, 201, `{"alias":"SfsR","apiKey":"`},
		{"POST", "/v1/accounts", ``, 201, `{"alias":"`},
		{"POST", "/v1/accounts", `{"alias":"SfsR"}`, 400, `{"error":"`},
		{"POST", "/v1/accounts", `{"alias":"a b"}`, 400, `{"error":"an alias has`},
		{"POST", "/v1/accounts", `{"balances":{"XXX":"1"}}`, 400, `{"error":"no asset \"XXX\""}`},
		{"POST", "/v1/accounts", `{"balances":{"BTC":1}}`, 400, `{"error":"`},
		{"POST", "/v1/accounts", `{"balances":{"BTC":"-1"}}`, 400, `{"error":"`},
		{"POST", "/v1/accounts", `{"aliass":"x"}`, 400, `{"error":"`},
		{"GET", "/v1/accounts/SfsR", "", 200, `{"balances":[{"asset":"BTC","wallet":"2.00000000","cross":"2.00000000"}],"positions":[],"events":1}`},
		{"GET", "/v1/accounts/none", "", 404, `{"error":"not found: account \"none\""}`},
		{"POST", "/v1/accounts/SfsR/transfers", `{"reason":"WITHDRAW","asset":"BTC","amount":"0.5"}`, 200, `{"e":"ACCOUNT_UPDATE","T":`},
		{"POST", "/v1/accounts/SfsR/transfers", `{"reason":"ADJUSTMENT","asset":"BTC","amount":"-0.25"}`, 200, `{"e":"ACCOUNT_UPDATE","T":`},
		{"POST", "/v1/accounts/SfsR/transfers", `{"reason":"ORDER","asset":"BTC","amount":"1"}`, 400, `{"error":"reason \"ORDER\" is none of`},
		{"POST", "/v1/accounts/SfsR/transfers", `{"reason":"WITHDRAW","asset":"BTC","amount":"100"}`, 400, `{"error":"-2018: `},
		{"POST", "/v1/accounts/SfsR/transfers", `{"reason":"DEPOSIT","asset":"BTC","amount":"1e3"}`, 400, `{"error":"`},
		{"POST", "/v1/accounts/none/transfers", `{"reason":"DEPOSIT","asset":"BTC","amount":"1"}`, 404, `{"error":"`},
		{"PUT", "/v1/marks/BTCUSD_PERP", `{"price":"60000"}`, 200, `{}`},
		{"PUT", "/v1/marks/NONE", `{"price":"60000"}`, 400, `{"error":"-1121: Invalid symbol."}`},
		{"PUT", "/v1/marks/BTCUSD_PERP", `{"price":"-5"}`, 400, `{"error":"`},
		{"PUT", "/v1/quotes/BTCUSD_PERP", `{"price":"60000","quantity":"1000"}`, 200, `{}`},
		{"PUT", "/v1/quotes/BTCUSD_PERP", `{"price":"60000","quantity":"-1"}`, 400, `{"error":"`},
		{"POST", "/v1/funding", `{"symbol":"BTCUSD_PERP","rate":"0.0001"}`, 200, `{"paid":0}`},
		{"POST", "/v1/funding", `{"symbol":"NONE","rate":"0.0001"}`, 400, `{"error":"`},
		{"POST", "/v1/settlements", `{"symbol":"BTCUSD_261225","price":"61000"}`, 200, `{"closed":0}`},
		{"POST", "/v1/clock", `{"advance":"8h"}`, 200, fmt.Sprintf(`{"now":%d}`, start2026.UnixMilli()+8*3600_000)},
		{"POST", "/v1/clock", `{"advance":"-8h"}`, 400, `{"error":"`},
		{"POST", "/v1/clock", `{}`, 400, `{"error":"`},
		{"GET", "/v1/books", "", 200, `[{"asset":"BTC","deposits":"2.00000000","withdrawals":"0.75000000","wallets":"1.25000000","fees":"0.00000000","insurance":"0.00000000","residual":"0"}`},
		{"GET", "/v1/nothing", "", 404, `{"error":"`},
		{"PATCH", "/v1/books", "", 404, `{"error":"`},
		{"POST", "/v1/accounts", `{"alias":"` + strings.Repeat("x", 2<<20) + `"}`, 413, `{"error":"`},
	} {
		if a := operate(t, v, c.method, c.path, c.body); a.status != c.status || !strings.HasPrefix(a.body, c.want) {
			t.Errorf("%s %s %.80s: %d %s", c.method, c.path, c.body, a.status, a.body)
		}
	}
}

func TestARealClockCannotBeMoved(t *testing.T) {
	if a := operate(t, venue.New(t), "POST", "/v1/clock", `{"advance":"8h"}`); a.status != 400 {
		t.Error(a)
	}
}

func TestTheOperatorsToken(t *testing.T) {
	v := &venue.Venue{}
	v.OperatorToken = "open sesame"
	start(t, v)
	if a := operate(t, v, "GET", "/v1/books", ""); a.status != 401 {
		t.Error(a)
	}
	r, err := http.NewRequestWithContext(context.Background(), "GET", v.OperatorURL()+"/v1/books", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer open sesame")
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Error(res.Status)
	}
}

func TestFundingAndDeliveryComeWithTime(t *testing.T) {
	v := venue.New(t, venue.Manual(start2026), venue.Unlimited())
	c := newTrader(t, v, "SgsR", "BTC", "2")
	v.Quote("BTCUSD_PERP", "60000", "1000")
	v.Quote("BTCUSD_261225", "60000", "1000")
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(100)))
	c.must("POST", "/dapi/v1/order", order("BTCUSD_261225", "BUY", market(100)))
	v.Advance(7*3600e9 - 1e6)
	if a := c.must("GET", "/dapi/v1/income", "incomeType=FUNDING_FEE"); a != "[]" {
		t.Error(a)
	}
	v.Advance(1e6)
	if a := c.must("GET", "/dapi/v1/income", "incomeType=FUNDING_FEE"); !strings.Contains(a, `"income":"-0.00001667"`) || !strings.Contains(a, fmt.Sprintf(`"time":%d`, start2026.UnixMilli()+7*3600_000)) {
		t.Error(a)
	}
	v.Advance(53 * 24 * 3600e9)
	for _, p := range v.Truth("SgsR").Positions {
		if p.Symbol == "BTCUSD_261225" && !p.Amount.IsZero() {
			t.Errorf("not delivered: %+v", p)
		}
	}
	if a := c.must("GET", "/dapi/v1/exchangeInfo", ""); !strings.Contains(a, `"contractStatus":"DELIVERED"`) {
		t.Error("no contract is delivered")
	}
}

func TestLiquidationIsHeard(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "SgsR", "BTC", "0.02")
	v.Quote("BTCUSD_PERP", "60000", "10000")
	s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(200)))
	v.Quote("BTCUSD_PERP", "57000", "10000")
	v.SetMark("BTCUSD_PERP", "56500")
	var heard []string
	for !strings.Contains(strings.Join(heard, "\n"), `"autoclose-`) {
		heard = append(heard, s.next())
	}
	var rows []struct{ ClientOrderID string }
	unmarshal(t, c.must("GET", "/dapi/v1/forceOrders", "autoCloseType=LIQUIDATION"), &rows)
	if len(rows) != 1 || !strings.HasPrefix(rows[0].ClientOrderID, "autoclose-") {
		t.Errorf("%+v", rows)
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	v := venue.New(t, venue.Unlimited())
	v.Quote("BTCUSD_PERP", "60000", "1000000")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c := &trader{t, v, v.NewAccount(fmt.Sprint("a", i), "BTC", "1")}
			s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
			for n := range 20 {
				c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", []string{"BUY", "SELL"}[n%2], market(1)))
				for range 3 {
					s.next()
				}
			}
		})
	}
	all.Wait()
	for _, b := range v.Books() {
		if !b.Residual.IsZero() {
			t.Errorf("%+v", b)
		}
	}
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	run := func() (all string) {
		v := venue.New(t, venue.Manual(start2026))
		c := newTrader(t, v, "", "BTC", "1")
		s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
		v.Quote("BTCUSD_PERP", "60000", "1000")
		c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(5)))
		v.Fund("BTCUSD_PERP", "0.0001")
		for range 4 {
			all += s.next() + "\n"
		}
		return c.APIKey + "\n" + all
	}
	if a, b := run(), run(); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestTheWalkKeepsMarketOrdersFilling(t *testing.T) {
	v := &venue.Venue{}
	v.Manual, v.Config.Start, v.Walk = true, start2026, true
	start(t, v)
	c := &trader{t, v, v.NewAccount("", "BTC", "1")}
	for range 20 {
		v.Advance(30e9)
		if a := c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(1)+"&newOrderRespType=RESULT")); !strings.Contains(a, `"FILLED"`) {
			t.Error(a)
		}
	}
	var k [][]any
	unmarshal(t, c.must("GET", "/dapi/v1/markPriceKlines", "symbol=BTCUSD_PERP&interval=1m"), &k)
	if len(k) < 9 || k[0][1] == k[8][1] {
		t.Errorf("%v", k)
	}
}
