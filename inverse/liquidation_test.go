package inverse

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"poise/decimal"
)

// surplus is margin balance less maintenance margin at a mark, exactly.
func surplus(c Contract, b Brackets, pool Pool, legs []Position, mark *big.Rat) *big.Rat {
	sum := add(sub(rat(pool.Wallet), rat(pool.OtherMaintenance)), rat(pool.OtherPnL))
	for _, leg := range legs {
		if leg.Contracts == 0 {
			continue
		}
		usd := mul(rat(c.Size), ratOf(leg.Contracts))
		cost := quo(mul(rat(leg.Cost), ratOf(leg.Contracts)), ratOf(leg.Basis))
		now := quo(usd, mark)
		sum = add(sum, sub(cost, now))
		sum = sub(sum, exactMargin(b, new(big.Rat).Abs(now)))
	}
	return sum
}

func exactMargin(b Brackets, notional *big.Rat) *big.Rat {
	in := b.rows[0]
	for _, row := range b.rows {
		if notional.Cmp(rat(row.Floor)) >= 0 {
			in = row
		}
	}
	return sub(mul(notional, rat(in.MMR)), rat(in.Cum))
}

type account struct {
	c    Contract
	b    Brackets
	pool Pool
	legs []Position
}

func (a account) liquidationPrice() (decimal.D, bool, error) {
	return a.c.LiquidationPrice(a.b, a.pool, a.legs...)
}

// wrong says why a price is not where the margin ratio is 1, or nothing: the
// surplus must change its sign between the price less one digit and plus two,
// or be within the rounding of the costs of reduced legs.
func (a account) wrong(price decimal.D) string {
	low, high := sub(rat(price), tenth(8)), add(rat(price), mul(ratOf(2), tenth(8)))
	if low.Sign() <= 0 {
		low = new(big.Rat).Quo(rat(price), ratOf(2))
	}
	below, above := surplus(a.c, a.b, a.pool, a.legs, low), surplus(a.c, a.b, a.pool, a.legs, high)
	slack := new(big.Rat)
	for _, leg := range a.legs {
		if leg.Contracts != leg.Basis && leg.Contracts != -leg.Basis {
			slack = add(slack, tenth(reducedScale))
		}
	}
	if below.Sign()*above.Sign() > 0 && !within(below, new(big.Rat), slack) && !within(above, new(big.Rat), slack) {
		return "surplus " + below.FloatString(30) + " below, " + above.FloatString(30) + " above"
	}
	return ""
}

// wrongNone says where the margin ratio is on either side of 1 though there is
// said to be no liquidation price, or nothing.
func (a account) wrongNone() string {
	signs := 0
	mark := new(big.Rat).SetFrac64(1, 1_000)
	for range 60 {
		signs |= 1 << (surplus(a.c, a.b, a.pool, a.legs, mark).Sign() + 1)
		mark = mul(mark, ratOf(2))
	}
	if signs&0b101 == 0b101 {
		return "the ratio crosses 1"
	}
	return ""
}

var accountGen = rapid.Custom(func(t *rapid.T) account {
	a := account{c: contractGen.Draw(t, "contract"), b: bracketsGen.Draw(t, "brackets")}
	sides := rapid.SampledFrom([][]int64{{1}, {-1}, {1, -1}, {-1, 1}, {0, 1, -1}}).Draw(t, "sides")
	notional := new(big.Rat)
	for _, side := range sides {
		if side == 0 {
			a.legs = append(a.legs, Position{})
			continue
		}
		n := side * manyGen.Draw(t, "contracts")
		p := sure(filledAt(a.c, n, nearGen.Draw(t, "price")))
		if rapid.Bool().Draw(t, "reduced") && (n > 1 || n < -1) {
			p.Contracts = side * rapid.Int64Range(1, n*side-1).Draw(t, "left")
		}
		a.legs, notional = append(a.legs, p), add(notional, rat(p.Cost))
	}
	whole, _ := new(big.Rat).Quo(notional, tenth(8)).Float64()
	limit := max(100, int64(whole))
	wallet := rapid.OneOf(rapid.Int64Range(-limit/20, limit/10), rapid.Int64Range(-limit, 2*limit))
	a.pool = Pool{Wallet: decimal.New(wallet.Draw(t, "wallet"), 8)}
	if rapid.Bool().Draw(t, "others") {
		a.pool.OtherMaintenance = decimal.New(rapid.Int64Range(0, limit/20).Draw(t, "TMM1"), 8)
		a.pool.OtherPnL = decimal.New(rapid.Int64Range(-limit/20, limit/20).Draw(t, "UPNL1"), 8)
	}
	return a
})

func filledAt(c Contract, n int64, price decimal.D) (Position, error) {
	p, _, err := c.Fill(Position{}, n, price)
	return p, err
}

func TestLiquidationPriceIsWhereTheMarginRatioIsOne(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		a := accountGen.Draw(t, "account")
		price, ok, err := a.liquidationPrice()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			if why := a.wrongNone(); why != "" {
				t.Fatalf("none: %s", why)
			}
			return
		}
		found++
		if why := a.wrong(price); why != "" {
			t.Fatalf("%v: %s", price, why)
		}
	})
	if found == 0 {
		t.Error("no account had a liquidation price")
	}
}

// By the functions that print: at the liquidation price of one position the
// margin ratio is 1 but for the digits that were cut, of which the margin has 8.
func TestMarginRatioIsOneAtTheLiquidationPrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := sideGen.Draw(t, "side")
		n := rapid.Int64Range(1_000, 2_000_000).Draw(t, "contracts")
		p := sure(filledAt(btc, side*n, nearGen.Draw(t, "price")))
		wallet := sure(p.Cost.Quo(decimal.New(rapid.Int64Range(3, 50).Draw(t, "leverage"), 0), 8, decimal.ToZero))
		price, ok, err := btc.LiquidationPrice(StandardBrackets(), Pool{Wallet: wallet}, p)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		maintenance := sure(btc.MaintenanceMargin(StandardBrackets(), n, price))
		balance := sure(wallet.Add(sure(btc.UnrealizedPnL(p, price))))
		ratio, ok, err := MarginRatio(maintenance, balance)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		// Two amounts of a digit each, of a margin no less than 0.004·n·CS/P.
		if !within(rat(ratio), ratOf(1), add(quo(mul(ratOf(4), tenth(8)), rat(maintenance)), tenth(8))) {
			t.Fatalf("%v at %v: %v of %v", ratio, price, maintenance, balance)
		}
	})
}

// More in the wallet is further to fall, or further to rise.
func TestLiquidationPriceIsMonotoneInTheWallet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := accountGen.Draw(t, "account")
		for i, leg := range a.legs { // one-way: a hedge may change sides
			if leg.Contracts != 0 {
				a.legs = a.legs[i : i+1]
				break
			}
		}
		side := 1
		if a.legs[0].Contracts < 0 {
			side = -1
		}
		poorer, had, err := a.liquidationPrice()
		if err != nil {
			t.Fatal(err)
		}
		a.pool.Wallet = sure(a.pool.Wallet.Add(decimal.New(rapid.Int64Range(1, 1_000_000_000).Draw(t, "more"), 8)))
		richer, has, err := a.liquidationPrice()
		switch {
		case err != nil:
			t.Fatal(err)
		case had && has && richer.Cmp(poorer)*side > 0:
			t.Fatalf("side %d: %v, then %v with more", side, poorer, richer)
		case side > 0 && had && !has && !poorer.IsZero() || side < 0 && has && !had:
			t.Fatalf("side %d: had %v %v, has %v %v", side, had, poorer, has, richer)
		}
	})
}

// LP at the formula of the position's own brackets at its entry, without trying
// again, is another price: 300 BTC long, down in the bracket above.
func TestBracketsAreThoseAtTheLiquidationPrice(t *testing.T) {
	a := account{c: btc, b: StandardBrackets(), pool: Pool{Wallet: num("101")}, legs: []Position{filled(btc, 80000, "45000")}}
	atEntry := sure(btc.BracketAt(a.b, 80000, num("45000")))
	price, ok, err := a.liquidationPrice()
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	atPrice := sure(btc.BracketAt(a.b, -80000, price))
	if atEntry.MaxLeverage != 5 || atPrice.MaxLeverage != 4 {
		t.Errorf("%v, then %v", atEntry, atPrice)
	}
	if why := a.wrong(price); why != "" {
		t.Errorf("%v: %s", price, why)
	}
}

// A hedge whose short is the larger by little has two liquidation prices: above,
// where the short has lost the wallet, and far below, where the coin notional
// has grown into the last bracket. The upper one is returned, and with a wallet
// that no rise can lose the lower one.
func TestAHedgeMayHaveTwoLiquidationPrices(t *testing.T) {
	long, short := filled(btc, 90_000, "50000"), filled(btc, -100_000, "50000")
	for _, c := range []struct {
		wallet string
		above  bool
	}{{"18", true}, {"30", false}} {
		a := account{c: btc, b: StandardBrackets(), pool: Pool{Wallet: num(c.wallet)}, legs: []Position{long, short}}
		price, ok, err := a.liquidationPrice()
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		if why := a.wrong(price); why != "" {
			t.Errorf("%v: %s", price, why)
		}
		if above := price.Cmp(num("50000")) > 0; above != c.above {
			t.Errorf("wallet %s: %v", c.wallet, price)
		}
	}
}

// Whatever is put in, the answer is an error or a price where the ratio is 1.
func FuzzLiquidationPrice(f *testing.F) {
	f.Add(int64(2), int64(37643_1), int64(0), int64(1), int64(268058), int64(0))
	f.Add(int64(100000), int64(45000_0), int64(0), int64(1), int64(101_00000000), int64(0))
	f.Add(int64(100), int64(60000_0), int64(-40), int64(62000_0), int64(2000000), int64(0))
	f.Add(int64(90_000), int64(50000_0), int64(-100_000), int64(50000_0), int64(18_00000000), int64(0))
	f.Add(int64(-100), int64(50000_0), int64(0), int64(1), int64(20000000), int64(-1))
	f.Add(int64(-1<<63), int64(1), int64(1<<63-1), int64(1<<63-1), int64(1<<63-1), int64(-1<<63))
	f.Fuzz(func(t *testing.T, n1, price1, n2, price2, wallet, others int64) {
		a := account{c: btc, b: StandardBrackets(), pool: Pool{Wallet: decimal.New(wallet, 8), OtherPnL: decimal.New(others, 8)}}
		for _, leg := range []struct{ n, price int64 }{{n1, price1}, {n2, price2}} {
			p, err := btc.PositionAt(leg.n, decimal.New(leg.price, 1))
			if err != nil {
				return
			}
			a.legs = append(a.legs, p)
		}
		price, ok, err := a.liquidationPrice()
		if err != nil || !ok {
			return
		}
		if why := a.wrong(price); why != "" {
			t.Fatalf("%v: %s", price, why)
		}
	})
}
