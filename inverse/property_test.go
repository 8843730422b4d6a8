package inverse

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"poise/decimal"
)

// Generators: contracts of 100 or 10 dollars, prices of 0.01 to 200000 with up
// to 5 digits, so coins from ADA to BTC.

var (
	contractGen = rapid.SampledFrom([]Contract{btc, alt})
	manyGen     = rapid.OneOf(rapid.Int64Range(1, 50), rapid.Int64Range(1, 2_000_000))
	sideGen     = rapid.SampledFrom([]int64{1, -1})
	priceGen    = rapid.Custom(func(t *rapid.T) decimal.D {
		return decimal.New(rapid.Int64Range(1_000, 20_000_000_000).Draw(t, "price"), 5)
	})
	// nearGen is for prices of one contract, within a third of 50000.
	nearGen = rapid.Custom(func(t *rapid.T) decimal.D {
		return decimal.New(rapid.Int64Range(333_333, 666_666).Draw(t, "price"), 1)
	})
)

func rat(d decimal.D) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic(d)
	}
	return r
}

func ratOf(n int64) *big.Rat               { return new(big.Rat).SetInt64(n) }
func add(a, b *big.Rat) *big.Rat           { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat           { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat           { return new(big.Rat).Mul(a, b) }
func quo(a, b *big.Rat) *big.Rat           { return new(big.Rat).Quo(a, b) }
func within(a, b, tolerance *big.Rat) bool { return new(big.Rat).Abs(sub(a, b)).Cmp(tolerance) <= 0 }

func tenth(n int64) *big.Rat { // 10^-n
	return new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil))
}

// Every function of one rounding is the exact quotient, rounded.
func TestAmountsAreTheExactOnesRoundedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, n := contractGen.Draw(t, "contract"), sideGen.Draw(t, "side")*manyGen.Draw(t, "contracts")
		price, rate := priceGen.Draw(t, "price"), decimal.New(rapid.Int64Range(-100_000, 100_000).Draw(t, "rate"), 8)
		exact := quo(mul(rat(c.Size), ratOf(n)), rat(price))
		for _, a := range []struct {
			what  string
			got   decimal.D
			exact *big.Rat
			r     decimal.Rounding
		}{
			{"notional", sure(c.Notional(n, price)), exact, decimal.ToZero},
			{"base quantity", sure(c.BaseQuantity(n, price)), new(big.Rat).Abs(exact), decimal.HalfUp},
			{"commission", sure(c.Commission(n, price, rate)), mul(new(big.Rat).Abs(exact), rat(rate)), decimal.ToZero},
			{"funding", sure(c.Funding(n, price, rate)), new(big.Rat).Neg(mul(exact, rat(rate))), decimal.HalfUp},
			{"initial margin", sure(c.InitialMargin(n, price, 7)), quo(new(big.Rat).Abs(exact), ratOf(7)), decimal.ToZero},
		} {
			if !isRounded(a.got, a.exact, a.r) {
				t.Fatalf("%s: %v of %v", a.what, a.got, a.exact.FloatString(20))
			}
		}
	})
}

// isRounded tells whether got is exact at got's own scale, 8.
func isRounded(got decimal.D, exact *big.Rat, r decimal.Rounding) bool {
	if got.Scale() != 8 {
		return false
	}
	off, ulp := new(big.Rat).Abs(sub(rat(got), exact)), tenth(8)
	if r == decimal.HalfUp {
		return mul(off, ratOf(2)).Cmp(ulp) <= 0
	}
	return off.Cmp(ulp) < 0 && new(big.Rat).Abs(rat(got)).Cmp(new(big.Rat).Abs(exact)) <= 0
}

// Two who trade with each other only, all the way: what one gains is what the
// other loses, to the last digit, since both are cut towards zero.
func TestPnLOfATradeSumsToZeroOverItsTwoSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contractGen.Draw(t, "contract")
		var a, b Position
		for range rapid.IntRange(1, 8).Draw(t, "trades") {
			n, price := sideGen.Draw(t, "side")*manyGen.Draw(t, "contracts"), priceGen.Draw(t, "price")
			var gain, loss decimal.D
			a, gain = fill(t, c, a, n, price)
			b, loss = fill(t, c, b, -n, price)
			if gain != loss.Neg() || a.Contracts != -b.Contracts || a.Cost != b.Cost || a.Basis != b.Basis {
				t.Fatalf("%v and %v; %v and %v", gain, loss, a, b)
			}
		}
	})
}

func fill(t *rapid.T, c Contract, p Position, n int64, price decimal.D) (Position, decimal.D) {
	after, pnl, err := c.Fill(p, n, price)
	if err != nil {
		t.Fatal(err)
	}
	return after, pnl
}

// Several who trade with one another and are flat at the end: what is left over
// is below a unit of the 8th decimal for each fill that closed, and of the 13th
// for each that opened.
func TestPnLOfAClosedMarketSumsToZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contractGen.Draw(t, "contract")
		traders := make([]Position, 4)
		sum, fills := decimal.Zero, int64(0)
		trade := func(buyer, seller int, n int64, price decimal.D) {
			for _, who := range []struct {
				i int
				n int64
			}{{buyer, n}, {seller, -n}} {
				var pnl decimal.D
				traders[who.i], pnl = fill(t, c, traders[who.i], who.n, price)
				sum = sure(sum.Add(pnl))
				fills++
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "trades") {
			seller := rapid.IntRange(1, 3).Draw(t, "seller")
			trade(rapid.IntRange(0, seller-1).Draw(t, "buyer"), seller, manyGen.Draw(t, "contracts"), priceGen.Draw(t, "price"))
		}
		for i := range traders[:3] { // the last takes over, and must end flat
			if n := traders[i].Contracts; n > 0 {
				trade(3, i, n, priceGen.Draw(t, "price"))
			} else if n < 0 {
				trade(i, 3, -n, priceGen.Draw(t, "price"))
			}
		}
		limit := mul(ratOf(fills), add(tenth(8), tenth(12)))
		if traders[3] != (Position{}) || !within(rat(sum), new(big.Rat), limit) {
			t.Fatalf("%v left over after %d fills; %v", sum, fills, traders)
		}
	})
}

// The entry price is between the lowest and the highest fill; costs that were
// cut may raise it by a unit of the 13th decimal of cost for each fill.
func TestEntryPriceLiesBetweenTheFills(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, side := contractGen.Draw(t, "contract"), sideGen.Draw(t, "side")
		prices := rapid.SliceOfN(priceGen, 1, 6).Draw(t, "prices")
		var p Position
		for _, price := range prices {
			p, _ = fill(t, c, p, side*manyGen.Draw(t, "contracts"), price)
		}
		entry := rat(sure(c.EntryPrice(p, PriceScale)))
		low, high := rat(slices.MinFunc(prices, decimal.D.Cmp)), rat(slices.MaxFunc(prices, decimal.D.Cmp))
		cut := quo(mul(ratOf(int64(2*len(prices))), tenth(13)), rat(p.Cost))
		high = add(mul(high, add(ratOf(1), cut)), tenth(8))
		if entry.Cmp(low) < 0 || entry.Cmp(high) > 0 {
			t.Fatalf("entry %v of %v", entry.FloatString(10), prices)
		}
	})
}

func TestCostsAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, side := contractGen.Draw(t, "contract"), sideGen.Draw(t, "side")
		var whole Position
		sum := decimal.New(0, CostScale)
		for range rapid.IntRange(1, 6).Draw(t, "fills") {
			n, price := side*manyGen.Draw(t, "contracts"), priceGen.Draw(t, "price")
			part, _ := fill(t, c, Position{}, n, price)
			whole, _ = fill(t, c, whole, n, price)
			sum = sure(sum.Add(part.Cost))
			if whole.Cost != sum || whole.Basis != max(whole.Contracts, -whole.Contracts) {
				t.Fatalf("%v; want the cost %v", whole, sum)
			}
		}
	})
}

func TestAReductionLeavesTheEntryPriceToTheLastDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, side, n := contractGen.Draw(t, "contract"), sideGen.Draw(t, "side"), rapid.Int64Range(2, 1_000_000).Draw(t, "contracts")
		p, _ := fill(t, c, Position{}, side*n, priceGen.Draw(t, "price"))
		before := sure(c.EntryPrice(p, 12))
		for p.Contracts != side {
			held := p.Contracts * side
			p, _ = fill(t, c, p, -side*rapid.Int64Range(max(1, held/3), held-1).Draw(t, "closed"), priceGen.Draw(t, "price"))
			if got := sure(c.EntryPrice(p, 12)); got != before {
				t.Fatalf("%v; want %v", got, before)
			}
		}
	})
}

// What PositionAt promises: below n·CS/EP² = 10^-5 a printed entry price gives
// the exchange's own cost.
func TestAPrintedEntryPriceGivesTheCostBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := nearGen.Draw(t, "price")
		p, _ := fill(t, btc, Position{}, sideGen.Draw(t, "side")*rapid.Int64Range(1, 110).Draw(t, "contracts"), price)
		back := sure(btc.PositionAt(p.Contracts, sure(btc.EntryPrice(p, PriceScale))))
		if back != p {
			t.Fatalf("%v; want %v", back, p)
		}
	})
}

// Closing some and opening as many at the same price brings the cost back,
// within the rounding of the kept part and the cuts of both fills.
func TestReducingAndAddingAgainBringsTheCostBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, side, n := contractGen.Draw(t, "contract"), sideGen.Draw(t, "side"), rapid.Int64Range(2, 1_000_000).Draw(t, "contracts")
		price := priceGen.Draw(t, "price")
		first, _ := fill(t, c, Position{}, side*n, price)
		closed := rapid.Int64Range(1, n-1).Draw(t, "closed")
		less, pnl := fill(t, c, first, -side*closed, price)
		again, _ := fill(t, c, less, side*closed, price)
		if !pnl.IsZero() {
			t.Fatalf("%v of a close at the entry price", pnl)
		}
		if again.Contracts != first.Contracts || !within(rat(again.Cost), rat(first.Cost), mul(ratOf(3), tenth(13))) {
			t.Fatalf("%v; want %v", again, first)
		}
	})
}

// Closed in parts at one price, the PnL is that of the whole but for the cuts.
func TestRealizedPnLAdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, side, n := contractGen.Draw(t, "contract"), sideGen.Draw(t, "side"), rapid.Int64Range(2, 1_000_000).Draw(t, "contracts")
		p, _ := fill(t, c, Position{}, side*n, priceGen.Draw(t, "price"))
		price := priceGen.Draw(t, "exit")
		whole, sum, parts := sure(c.RealizedPnL(p, n, price)), decimal.Zero, int64(0)
		for p.Contracts != 0 {
			held := p.Contracts * side
			var pnl decimal.D
			p, pnl = fill(t, c, p, -side*rapid.Int64Range(max(1, held/4), held).Draw(t, "closed"), price)
			sum, parts = sure(sum.Add(pnl)), parts+1
		}
		if !within(rat(sum), rat(whole), mul(ratOf(parts), tenth(8))) {
			t.Fatalf("%v in %d parts; want %v", sum, parts, whole)
		}
	})
}

func TestUnrealizedPnLIsMonotoneInTheMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, side := contractGen.Draw(t, "contract"), sideGen.Draw(t, "side")
		p, _ := fill(t, c, Position{}, side*manyGen.Draw(t, "contracts"), priceGen.Draw(t, "price"))
		low, high := priceGen.Draw(t, "mark"), priceGen.Draw(t, "mark")
		if low.Cmp(high) > 0 {
			low, high = high, low
		}
		before, after := sure(c.UnrealizedPnL(p, low)), sure(c.UnrealizedPnL(p, high))
		if int64(after.Cmp(before))*side < 0 {
			t.Fatalf("side %d: %v at %v, %v at %v", side, before, low, after, high)
		}
	})
}

// At its break-even price a position yields what was paid, but for second order.
func TestBreakEvenPriceYieldsWhatWasPaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := sideGen.Draw(t, "side") * rapid.Int64Range(1, 100_000).Draw(t, "contracts")
		price := nearGen.Draw(t, "price")
		p, _ := fill(t, btc, Position{}, n, price)
		paid := sure(btc.EntryFee(n, price, num("0.0005")))
		pnl := sure(btc.UnrealizedPnL(p, sure(btc.BreakEvenPrice(p, paid, PriceScale))))
		if !within(rat(pnl), rat(paid), add(mul(rat(paid), new(big.Rat).SetFrac64(6, 10_000)), tenth(8))) {
			t.Fatalf("%v; paid %v", pnl, paid)
		}
	})
}

// bracketsGen makes consistent tables: cum_k = floor_k·(MMR_k - MMR_{k-1}) + cum_{k-1}.
var bracketsGen = rapid.Custom(func(t *rapid.T) Brackets {
	if rapid.Bool().Draw(t, "standard") {
		return StandardBrackets()
	}
	floor, mmr, cum := decimal.Zero, decimal.Zero, decimal.Zero
	var rows []Bracket
	for k := range rapid.IntRange(1, 8).Draw(t, "rows") {
		next := sure(mmr.Add(decimal.New(rapid.Int64Range(1, 1_000).Draw(t, "rise"), 4)))
		cum = sure(cum.Add(sure(floor.Mul(sure(next.Sub(mmr))))))
		limit := sure(floor.Add(decimal.New(rapid.Int64Range(1, 10_000).Draw(t, "width"), 2)))
		rows = append(rows, Bracket{Floor: floor, Cap: limit, MMR: next, Cum: cum, MaxLeverage: 125 - k})
		floor, mmr = limit, next
	}
	return sure(NewBrackets(rows...))
})

func TestMaintenanceMarginIsContinuousAtBracketEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := bracketsGen.Draw(t, "brackets").Rows()
		for k := 1; k < len(rows); k++ {
			edge := rat(rows[k].Floor)
			below := sub(mul(edge, rat(rows[k-1].MMR)), rat(rows[k-1].Cum))
			above := sub(mul(edge, rat(rows[k].MMR)), rat(rows[k].Cum))
			if below.Cmp(above) != 0 {
				t.Fatalf("row %d: %v below, %v above", k+1, below, above)
			}
		}
	})
}

func TestMaintenanceMarginGrowsWithTheNotional(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c, n := bracketsGen.Draw(t, "brackets"), contractGen.Draw(t, "contract"), manyGen.Draw(t, "contracts")
		low, high := priceGen.Draw(t, "mark"), priceGen.Draw(t, "mark")
		if low.Cmp(high) > 0 {
			low, high = high, low
		}
		more, less := sure(c.MaintenanceMargin(b, n, low)), sure(c.MaintenanceMargin(b, -n, high))
		if less.Sign() < 0 || more.Cmp(less) < 0 {
			t.Fatalf("%v at %v, %v at %v", more, low, less, high)
		}
	})
}

func TestAnAdjustedTableAsksTheSameOfCoefTimesThePosition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, n, mark := bracketsGen.Draw(t, "brackets"), manyGen.Draw(t, "contracts"), priceGen.Draw(t, "mark")
		wide := sure(b.Adjust(num("1.50")))
		if _, err := NewBrackets(wide.Rows()...); err != nil {
			t.Fatal(err)
		}
		one, three := sure(btc.MaintenanceMargin(b, 2*n, mark)), sure(btc.MaintenanceMargin(wide, 3*n, mark))
		if !within(mul(rat(one), ratOf(3)), mul(rat(three), ratOf(2)), mul(ratOf(3), tenth(8))) {
			t.Fatalf("%v of two, %v of three", one, three)
		}
	})
}
