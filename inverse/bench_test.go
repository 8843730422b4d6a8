package inverse

import (
	"testing"

	"poise/decimal"
)

var (
	sinkD   decimal.D
	sinkP   Position
	sinkOK  bool
	sinkErr error
)

// work is what a venue does for a fill and a follower for a mark.
var work = []struct {
	name string
	do   func()
}{
	{"open", func() { sinkP, sinkD, sinkErr = btc.Fill(heldP, 3, fillPrice) }},
	{"open-flat", func() { sinkP, sinkD, sinkErr = btc.Fill(Position{}, 3, fillPrice) }},
	{"reduce", func() { sinkP, sinkD, sinkErr = btc.Fill(heldP, -3, fillPrice) }},
	{"close", func() { sinkP, sinkD, sinkErr = btc.Fill(heldP, -10, fillPrice) }},
	{"flip", func() { sinkP, sinkD, sinkErr = btc.Fill(heldP, -13, fillPrice) }},
	{"commission", func() { sinkD, sinkErr = btc.Commission(3, fillPrice, takerRate) }},
	{"notional", func() { sinkD, sinkErr = btc.Notional(10, markPrice) }},
	{"entry-price", func() { sinkD, sinkErr = btc.EntryPrice(heldP, PriceScale) }},
	{"break-even-price", func() { sinkD, sinkErr = btc.BreakEvenPrice(heldP, takerRate, PriceScale) }},
	{"unrealised", func() { sinkD, sinkErr = btc.UnrealizedPnL(heldP, markPrice) }},
	{"unrealised-reduced", func() { sinkD, sinkErr = btc.UnrealizedPnL(reducedP, markPrice) }},
	{"funding", func() { sinkD, sinkErr = btc.Funding(10, markPrice, takerRate) }},
	{"initial-margin", func() { sinkD, sinkErr = btc.InitialMargin(10, markPrice, 20) }},
	{"maintenance-margin", func() { sinkD, sinkErr = btc.MaintenanceMargin(table, 10, markPrice) }},
	{"maintenance-margin-row-7", func() { sinkD, sinkErr = btc.MaintenanceMargin(table, 100_000, markPrice) }},
	{"margin-ratio", func() { sinkD, sinkOK, sinkErr = MarginRatio(takerRate, poolOf.Wallet) }},
	{"liquidation-price", func() { sinkD, sinkOK, sinkErr = btc.LiquidationPrice(table, poolOf, heldP) }},
	{"liquidation-price-hedge", func() { sinkD, sinkOK, sinkErr = btc.LiquidationPrice(table, poolOf, heldP, shortP) }},
}

var (
	fillPrice, markPrice = num("37643.1"), num("38103.05510455")
	takerRate            = num("0.0005")
	heldP, shortP        = filled(btc, 10, "36999.9"), filled(btc, -4, "38000")
	reducedP             = Position{Contracts: 7, Basis: heldP.Basis, Cost: heldP.Cost}
	poolOf               = Pool{Wallet: num("0.01")}
	table                = StandardBrackets()
)

func Benchmark(b *testing.B) {
	for _, w := range work {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.do()
			}
		})
	}
}

func TestNothingAllocates(t *testing.T) {
	for _, w := range work {
		if n := testing.AllocsPerRun(100, w.do); n != 0 || sinkErr != nil {
			t.Errorf("%s: %v allocations, %v", w.name, n, sinkErr)
		}
	}
}
