package demo_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"poise/cmd/poise/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestBotsTradeOverREST: all that the market promises happens within a moment:
// orders fill, wallets move, funding is paid, the network fails, and the bots go on.
func TestBotsTradeOverREST(t *testing.T) {
	m, err := demo.Open(demo.Config{Seed: 7, StepEvery: 10 * time.Millisecond, MoneyEvery: 20 * time.Millisecond, FundingEvery: 200 * time.Millisecond, FaultEvery: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	trading, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { m.Run(trading); close(done) }()
	for enough := false; !enough && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		c := m.Counts()
		enough = c.Orders > 100 && c.Transfers > 5 && c.Fundings > 3 && c.Faults > 11
	}
	end()
	<-done
	c := m.Counts()
	t.Logf("%+v", c)
	if ctx.Err() != nil {
		t.Errorf("after 20 s it came to %+v only", c)
	}
	if c.Refused > c.Orders {
		t.Errorf("the exchange refused more than it took: %+v", c)
	}
	for _, trader := range m.Traders() {
		truth, err := m.Truth(ctx, trader.Name)
		if err != nil {
			t.Fatal(err)
		}
		if len(truth.Positions) == 0 || truth.Events < 50 {
			t.Errorf("%s has positions %v after %d events", trader.Name, truth.Positions, truth.Events)
		}
	}
}
