package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"poise/decimal"
)

// FuzzCalls signs any parameters for any call: the answer is JSON, no 5xx, and
// the exchange's books balance.
func FuzzCalls(f *testing.F) {
	g, err := New(Config{WeightPerMinute: -1, OrdersPerMinute: -1, OrdersPer10Seconds: -1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(g.Close)
	ctx := context.Background()
	a, err := g.NewAccount(ctx, NewAccount{Balances: map[string]decimal.D{"BTC": decimal.New(5, 0), "ETH": decimal.New(50, 0)}})
	if err != nil {
		f.Fatal(err)
	}
	if err := g.Quote(ctx, "BTCUSD_PERP", decimal.New(60000, 0), decimal.New(1000, 0)); err != nil {
		f.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(routes))
	for i := range names {
		f.Add(uint8(i), "symbol=BTCUSD_PERP&side=BUY&type=MARKET&quantity=3&leverage=5&marginType=ISOLATED&amount=0.1&limit=5&interval=1h&orderId=1001")
		f.Add(uint8(i), "symbol=BTCUSD_PERP&side=SELL&type=LIMIT&timeInForce=GTC&price=60000&quantity=-0&pair=&marginAsset=BTC&startTime=9&batchOrders=[{}]&page=9999999999")
	}
	f.Fuzz(func(t *testing.T, route uint8, query string) {
		method, path, _ := strings.Cut(names[int(route)%len(names)], " ")
		now, _ := g.Now(ctx)
		query = fmt.Sprintf("%s&timestamp=%d", query, now)
		m := hmac.New(sha256.New, []byte(a.APISecret))
		m.Write([]byte(query))
		r := httptest.NewRequest(method, path, nil)
		r.URL.RawQuery = query + "&signature=" + hex.EncodeToString(m.Sum(nil))
		r.Header.Set("X-MBX-APIKEY", a.APIKey)
		w := httptest.NewRecorder()
		g.Exchange().ServeHTTP(w, r)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %s?%s: %d %s", method, path, query, w.Code, w.Body)
		}
		books, err := g.Books(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range books {
			if !b.Residual.IsZero() {
				t.Fatalf("%+v", b)
			}
		}
	})
}

// FuzzControl sends any text to a stream socket's control.
func FuzzControl(f *testing.F) {
	g, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(g.Close)
	for _, s := range []string{"{", `{"method":"SUBSCRIBE","params":["btcusd_perp@depth5@100ms","!bookTicker","@","!"],"id":1}`, `{"method":"SET_PROPERTY","params":[1],"id":"x"}`, "\xff", "[]", "null", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		l := &line{}
		if answer, _ := g.control(l, payload); !json.Valid(answer) || strings.Contains(string(answer), "Internal error") {
			t.Fatalf("%q: %s", payload, answer)
		}
		g.do(context.Background(), func() { g.unsubscribe(l, slices.Clone(l.names)) })
	})
}
