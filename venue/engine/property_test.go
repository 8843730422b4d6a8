package engine

import (
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"poise/decimal"
)

// TestRandomCommands is the property test of the books: POISE_ENGINE_COMMANDS
// sets how many commands (50,000), over 1,000 accounts when it is a million.
//
//	POISE_ENGINE_COMMANDS=1000000 go test ./venue/engine -run TestRandomCommands -v
func TestRandomCommands(t *testing.T) {
	n, accounts := 50_000, 100
	if v := os.Getenv("POISE_ENGINE_COMMANDS"); v != "" {
		n, _ = strconv.Atoi(v)
		accounts = min(1000, max(100, n/1000))
	}
	if testing.Short() {
		n = commandsOf(20_000)
	}
	run := func() *sim {
		s := newSim(t, 1, accounts, simConfig(PushAll))
		s.settle = n * 3 / 4
		s.run(n)
		return s
	}
	s := run()
	t.Log(s)
	if os.Getenv("POISE_ENGINE_COMMANDS") != "" {
		wantText(t, "the same commands again", run().String(), s.String())
	}
}

// TestClearingIsDustWhenFlat: when everyone is out, what was paid to those who won
// is what was taken from those who lost, but for what cuts at 8 decimals left.
func TestClearingIsDustWhenFlat(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e, err := New(Config{Contracts: DefaultContracts("261225", 1798185600000), NoCommission: true})
		if err != nil {
			t.Fatal(err)
		}
		do := func(c Command) {
			if _, err := e.Apply(c, simStart); err != nil {
				r.Fatalf("%T %+v: %v", c, c, err)
			}
		}
		names := []string{"a", "b", "c"}
		for _, a := range names {
			do(&CreateAccount{a, false})
			do(&Transfer{a, "DEPOSIT", "BTC", num("1000")})
		}
		trades := rapid.IntRange(1, 40).Draw(r, "trades")
		for range trades {
			i := rapid.IntRange(0, 2).Draw(r, "maker")
			j := (i + rapid.IntRange(1, 2).Draw(r, "taker")) % 3
			price := decimal.New(rapid.Int64Range(570_000, 630_000).Draw(r, "price"), 1)
			q := decimal.New(rapid.Int64Range(1, 500).Draw(r, "quantity"), 0)
			for k, side := range []string{"BUY", "SELL"} {
				do(&Place{Account: names[[]int{i, j}[k]], Symbol: perp, Side: side, Type: "LIMIT", TimeInForce: "GTC", Price: price, Quantity: q})
			}
		}
		do(&Settle{perp, num("61234.56789")})
		b := e.Books()[0]
		bound := decimal.New(int64(3*trades+6), 8)
		if b.Clearing.Abs().Cmp(bound) > 0 || !b.Residual.IsZero() {
			r.Fatalf("after %d trades: %+v", trades, b)
		}
	})
}
