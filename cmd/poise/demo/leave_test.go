package demo

import (
	"context"
	"errors"
	"testing"
	"time"

	"poise/decimal"
	"poise/venue/gateway"
)

// TestBotsLeaveNoOrders: what rests in the book when trading ends is taken back,
// also when REST fails meanwhile. The walk would fill it when nobody listens any
// more, and the books would not be the exchange's.
func TestBotsLeaveNoOrders(t *testing.T) {
	m, err := Open(Config{StepEvery: time.Hour, MoneyEvery: time.Hour, FundingEvery: time.Hour, FaultEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, b := range m.bots {
		for _, symbol := range b.symbols {
			q, err := b.quote(t.Context(), symbol)
			if err != nil {
				t.Fatal(err)
			}
			low, err := q.Bid.Sub(decimal.New(1, q.Bid.Scale()))
			if err != nil {
				t.Fatal(err)
			}
			if err := b.order(t.Context(), symbol, 1, limit(low, "GTC")); err != nil {
				t.Fatal(err)
			}
		}
		m.fault(t.Context(), gateway.Fault{Kind: "rest-error", Status: 503, Code: -1001, Count: 2})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	m.Run(ctx)
	for _, b := range m.bots {
		if open := inTheBook(t, b); open > 0 {
			t.Errorf("%s has %d orders in the book", b.name, open)
		}
	}
}

// inTheBook counts a bot's orders, however often REST fails.
func inTheBook(t *testing.T, b *bot) int {
	t.Helper()
	var open []struct{ Symbol string }
	err := errors.New("not asked")
	for i := 0; err != nil && i < 10; i++ {
		err = b.client.call(t.Context(), "GET", "/dapi/v1/openOrders", nil, &open)
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}
