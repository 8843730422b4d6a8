package venue_test

import (
	"context"
	"testing"

	"poise/venue"
)

// TestDelivery: a hedge account's side is closed at the settlement price, and
// the books still balance.
func TestDelivery(t *testing.T) {
	v := venue.New(t)
	const symbol = "BTCUSD_PERP" // the venue delivers any contract that it is told to
	v.Quote(symbol, "60000", "1000")
	c := &trader{t, v, v.NewHedgeAccount("hedged", "BTC", "2")}
	if a := c.call("POST", "/dapi/v1/order", "symbol="+symbol+"&side=BUY&positionSide=LONG&type=MARKET&quantity=30"); a.status != 200 {
		t.Fatal(a.body)
	}
	if n := v.Settle(symbol, "61000"); n == 0 {
		t.Error("no position was closed")
	}
	truth := v.Truth("hedged")
	for _, p := range truth.Positions {
		if !p.Amount.IsZero() {
			t.Errorf("%s %s is still %s", p.Symbol, p.Side, p.Amount)
		}
		if p.Side == "LONG" && p.Realized.Sign() <= 0 {
			t.Errorf("a long that was settled higher realised %s", p.Realized)
		}
	}
	books, err := v.Gateway().Books(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range books {
		if !b.Residual.IsZero() {
			t.Errorf("%s: residual %s", b.Asset, b.Residual)
		}
	}
}
