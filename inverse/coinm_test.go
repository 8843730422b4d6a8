package inverse

import (
	"testing"

	"poise/decimal"
)

// The worked examples of the specification, coinm section 4, by the functions
// that a venue and a follower call. decimal has the same numbers by hand.

var (
	btc = Contract{Size: decimal.New(100, 0)}
	alt = Contract{Size: decimal.New(10, 0)}
)

func num(s string) decimal.D { return decimal.MustParse(s) }

// sure is for the steps of an example, which cannot fail.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func filled(c Contract, contracts int64, price string) Position {
	p, _, err := c.Fill(Position{}, contracts, num(price))
	return sure(p, err)
}

func wantD(t *testing.T, what string, got decimal.D, err error, want string) {
	t.Helper()
	if err != nil || got.String() != want {
		t.Errorf("%s: %v, %v; want %s", what, got, err, want)
	}
}

func TestSection4Notional(t *testing.T) {
	for _, c := range []struct {
		what      string
		contract  Contract
		contracts int64
		price     string
		want      string
	}{
		{"ccxt sample", btc, 2, "38103.05510455", "0.00524892"},
		{"ccxt sample, short", btc, -2, "38103.05510455", "-0.00524892"},
		{"ETH, CS 10", alt, 1, "2424.51267823", "0.00412454"},
		{"cumBase of forceOrders, truncated", btc, 1, "11661.2", "0.00857544"},
		{"cumBase of forceOrders", btc, 1, "11326.9", "0.00882854"},
		{"100 contracts at 25000", btc, 100, "25000", "0.40000000"},
		{"flat", btc, 0, "25000", "0.00000000"},
		{"docs sample has 20 at 6563.6 as 0.30471083", btc, 20, "6563.6", "0.30471082"},
		{"MARGIN_CALL sample", btc, 132, "9187.17127", "1.43678610"},
	} {
		got, err := c.contract.Notional(c.contracts, num(c.price))
		wantD(t, c.what, got, err, c.want)
	}
}

// 3.6: the change of a resting bid notional, 62.51108862-26.89686192, is that of
// 3 ADA contracts at 0.84236 only to the last digit but one: cut it is ...69.
func TestSection36RestingNotional(t *testing.T) {
	got, err := alt.Notional(3, num("0.84236"))
	wantD(t, "cut", got, err, "35.61422669")
	got, err = alt.BaseQuantity(3, num("0.84236"))
	wantD(t, "rounded", got, err, "35.61422670")
}

func TestSection4BaseQuantityIsRoundedHalfUp(t *testing.T) {
	for _, contracts := range []int64{1, -1} {
		got, err := btc.BaseQuantity(contracts, num("8800"))
		wantD(t, "docs userTrades", got, err, "0.01136364")
	}
}

func TestSection4UnrealisedPnL(t *testing.T) {
	for _, c := range []struct {
		what      string
		contracts int64
		filled    string
		entry     string
		mark      string
		want      string
	}{
		{"docs sample", 1, "11707.7", "11707.70000003", "11788.66626667", "0.00005866"},
		{"ccxt sample, truncated", 2, "37643.1", "37643.10000021", "38103.05510455", "0.00006413"},
		{"the same, short", -2, "37643.1", "37643.10000021", "38103.05510455", "-0.00006413"},
	} {
		venue := filled(btc, c.contracts, c.filled)
		got, err := btc.UnrealizedPnL(venue, num(c.mark))
		wantD(t, c.what, got, err, c.want)
		follower := sure(btc.PositionAt(c.contracts, num(c.entry)))
		if follower != venue {
			t.Errorf("%s: the printed entry price stands for %v; want %v", c.what, follower, venue)
		}
	}
}

// n·CS/cost, with the cost cut at 13 decimals, printed half up: cut, the second
// and third would end in 20 and 68.
func TestSection4AverageEntry(t *testing.T) {
	for _, c := range []struct {
		what      string
		contract  Contract
		contracts int64
		price     string
		cost      string
		scale     int
		want      string
	}{
		{"docs", btc, 1, "11707.7", "0.0085413872921", 8, "11707.70000003"},
		{"ccxt sample, n = 2", btc, 2, "37643.1", "0.0053130587013", 8, "37643.10000021"},
		{"ccxt sample", btc, 1, "41021.2", "0.0024377638879", 8, "41021.20000069"},
		{"portfolio margin recording", btc, 1, "51080.1", "0.0019577095581", 8, "51080.10000066"},
		{"portfolio margin REST, CS 10", alt, 1, "2422.4", "0.0041281373844", 9, "2422.400000007"},
	} {
		p := filled(c.contract, c.contracts, c.price)
		wantD(t, c.what+": cost", p.Cost, nil, c.cost)
		got, err := c.contract.EntryPrice(p, c.scale)
		wantD(t, c.what, got, err, c.want)
		back, err := c.contract.PositionAt(c.contracts, got)
		if err != nil || back != p {
			t.Errorf("%s: back from the price: %v, %v; want %v", c.what, back, err, p)
		}
	}
}

// The samples do not tell a cut cost from a rounded one: their 14th digits are
// all below 5. The cut is the specification's word.
func TestSection4SamplesDoNotTellACutCostFromARoundedOne(t *testing.T) {
	for _, c := range []struct{ usd, price string }{
		{"100", "11707.7"}, {"200", "37643.1"}, {"100", "41021.2"}, {"100", "51080.1"}, {"10", "2422.4"},
	} {
		cut := sure(num(c.usd).Quo(num(c.price), CostScale, decimal.ToZero))
		if rounded := sure(num(c.usd).Quo(num(c.price), CostScale, decimal.HalfUp)); cut != rounded {
			t.Errorf("%s: %v cut, %v rounded: now it can be told", c.price, cut, rounded)
		}
	}
}

// A stored 1/price, cut at any number of decimals, does not fit two contracts:
// of those that print 21, none prints the docs' 03 and 69 for one.
func TestSection4NoStoredReciprocalFits(t *testing.T) {
	for scale := 13; scale <= 17; scale++ {
		fits := true
		for _, c := range []struct{ price, want string }{
			{"11707.7", "11707.70000003"}, {"37643.1", "37643.10000021"}, {"41021.2", "41021.20000069"},
		} {
			reciprocal := sure(one.Quo(num(c.price), scale, decimal.ToZero))
			fits = fits && sure(one.Quo(reciprocal, 8, decimal.HalfUp)).String() == c.want
		}
		if fits {
			t.Errorf("1/price at %d decimals fits", scale)
		}
	}
}

// Ten at 30000 and twenty at 36000 are at 33750; the arithmetic mean is 34000.
// The costs' 13 decimals show from the eighth on, as in every recorded price.
func TestSection4AverageEntryIsHarmonic(t *testing.T) {
	p := filled(btc, 10, "30000")
	p, _, err := btc.Fill(p, 20, num("36000"))
	if err != nil {
		t.Fatal(err)
	}
	wantD(t, "cost", p.Cost, nil, "0.0888888888888")
	for scale, want := range map[int]string{1: "33750.0", 5: "33750.00000", 7: "33750.0000000", 8: "33750.00000003"} {
		got, err := btc.EntryPrice(p, scale)
		wantD(t, "entry", got, err, want)
	}
	got, err := btc.RealizedPnL(p, 15, num("40000"))
	wantD(t, "15 closed at 40000", got, err, "0.00694444")
}

func TestSection4ReduceLeavesTheEntryPrice(t *testing.T) {
	p := filled(btc, 10, "60000")
	before := sure(btc.EntryPrice(p, 8))
	p, pnl, err := btc.Fill(p, -4, num("61000"))
	wantD(t, "realised", pnl, err, "0.00010928")
	got, err := btc.EntryPrice(p, 8)
	wantD(t, "entry", got, err, before.String())
	cost, err := p.EntryCost()
	wantD(t, "six tenths of 0.0166666666666", cost, err, "0.0100000000000")
}

func TestSection4FlipOpensTheRemainderAtTheTradePrice(t *testing.T) {
	for _, side := range []int64{1, -1} {
		p, pnl, err := btc.Fill(filled(btc, side*10, "30000"), -side*12, num("40000"))
		if want := filled(btc, -side*2, "40000"); err != nil || p != want {
			t.Errorf("%v, %v; want %v", p, err, want)
		}
		want := "0.00833333"
		if side < 0 {
			want = "-0.00833333"
		}
		wantD(t, "realised", pnl, err, want)
	}
}

// ADA, one closed at 0.84310 for -0.70592310. Its entry price at 5 decimals is
// 0.89645, which gives -0.70587737; no entry price of 8 decimals gives it
// either, cut or rounded, and costs of 13 decimals do. So PnL is of the cost.
func TestSection4RealisedPnLIsOfTheCost(t *testing.T) {
	exit, want := num("0.84310"), "-0.70592310"
	ada := Position{Contracts: 1, Basis: 1, Cost: num("11.1550661000000")}
	got, err := alt.RealizedPnL(ada, 1, exit)
	wantD(t, "by the cost", got, err, want)
	entry, err := alt.EntryPrice(ada, 5)
	wantD(t, "its entry price", entry, err, "0.89645")

	for _, c := range []struct{ entry, want string }{
		{"0.89645", "-0.70587737"}, {"0.89645367", "-0.70592304"}, {"0.89645368", "-0.70592316"},
	} {
		change := sure(exit.Sub(num(c.entry)))
		got, err := decimal.MulQuo2(alt.Size, change, num(c.entry), exit, 8, decimal.ToZero)
		wantD(t, "by the entry price "+c.entry, got, err, c.want)
	}
}

func TestSection4CommissionIsTruncated(t *testing.T) {
	for _, c := range []struct {
		what        string
		contract    Contract
		contracts   int64
		price, rate string
		want        string
	}{
		{"ADA, 2 at 0.05 %: 0.0118714089", alt, 2, "0.84236", "0.0005", "0.01187140"},
		{"ADA, a sale", alt, -2, "0.84236", "0.0005", "0.01187140"},
		{"ADA, one: 0.0059304946", alt, 1, "0.84310", "0.0005", "0.00593049"},
		{"docs userTrades: 0.0000045454", btc, 1, "8800", "0.0004", "0.00000454"},
		{"portfolio margin, maker: 0.0000003915", btc, 1, "51080.1", "0.0002", "0.00000039"},
		{"rebate", btc, 1, "51080.1", "-0.0002", "-0.00000039"},
	} {
		got, err := c.contract.Commission(c.contracts, num(c.price), num(c.rate))
		wantD(t, c.what, got, err, c.want)
	}
}

// Both recorded prices, to the last digit, which the specification does not
// reach: with the fee half up at 13 decimals, of the entry price as printed.
func TestSection4BreakEvenPriceAsRecorded(t *testing.T) {
	for _, c := range []struct {
		what     string
		contract Contract
		price    string
		rate     string
		fee      string
		scale    int
		want     string
	}{
		{"portfolio margin recording", btc, "51080.1", "0.0002", "0.0000003915419", 8, "51090.31602036"},
		{"portfolio margin REST", alt, "2422.4", "0.0004", "0.0000016512550", 9, "2423.368960034"},
	} {
		fee, err := c.contract.EntryFee(1, num(c.price), num(c.rate))
		wantD(t, c.what+": fee", fee, err, c.fee)
		got, err := c.contract.BreakEvenPrice(filled(c.contract, 1, c.price), fee, c.scale)
		wantD(t, c.what, got, err, c.want)
	}
}

// The two are explained together by a fee half up at 13 decimals, and by none
// other, such as the commission that the wallet is charged.
func TestSection4BreakEvenPriceDecidesTheFeesScale(t *testing.T) {
	bep := func(c Contract, price, rate string, feeScale int, r decimal.Rounding, scale int) string {
		fee := sure(decimal.MulQuo(c.Size, num(rate), num(price), feeScale, r))
		return sure(c.BreakEvenPrice(filled(c, 1, price), fee, scale)).String()
	}
	for scale := 8; scale <= 20; scale++ {
		for _, r := range []decimal.Rounding{decimal.ToZero, decimal.HalfUp} {
			both := bep(btc, "51080.1", "0.0002", scale, r, 8) == "51090.31602036" &&
				bep(alt, "2422.4", "0.0004", scale, r, 9) == "2423.368960034"
			if both != (scale == 13 && r == decimal.HalfUp) {
				t.Errorf("%d decimals, rounding %d: %v", scale, r, both)
			}
		}
	}
}

// Of the linear samples the first order is the same, to their own digits.
func TestSection4BreakEvenPriceIsOfFirstOrder(t *testing.T) {
	for _, c := range []struct {
		price, rate string
		scale       int
		long, short string
	}{
		{"51080.1", "0.0002", 5, "51090.31602", "51069.88398"},
		{"2422.4", "0.0004", 5, "2423.36896", "2421.43104"},
		{"91739.9", "0.0005", 5, "91785.76995", "91694.03005"},
		{"84146.5", "0.0004", 4, "84180.1586", "84112.8414"},
		{"0.02", "0.0005", 5, "0.02001", "0.01999"},
		{"51080.1", "0", 1, "51080.1", "51080.1"},
	} {
		for side, want := range map[int64]string{1: c.long, -1: c.short} {
			p := filled(btc, side*1000, c.price)
			fee := sure(btc.EntryFee(side*1000, num(c.price), num(c.rate)))
			got, err := btc.BreakEvenPrice(p, fee, c.scale)
			wantD(t, c.price, got, err, want)
		}
	}
	got, err := btc.BreakEvenPrice(Position{}, num("1"), 1)
	wantD(t, "flat", got, err, "0.0")
	got, err = btc.EntryPrice(Position{}, 5)
	wantD(t, "flat", got, err, "0.00000")
}

// 100 BTC contracts, mark 60000, 0.01 %: longs pay 0.00001667.
func TestSection4Funding(t *testing.T) {
	for _, c := range []struct {
		contracts  int64
		rate, want string
	}{
		{100, "0.0001", "-0.00001667"}, {-100, "0.0001", "0.00001667"},
		{100, "-0.0001", "0.00001667"}, {-100, "-0.0001", "-0.00001667"},
		{100, "0", "0.00000000"}, {0, "0.0001", "0.00000000"},
	} {
		got, err := btc.Funding(c.contracts, num("60000"), num(c.rate))
		wantD(t, c.rate, got, err, c.want)
	}
}

// The mark of the sample with notional 0.00243939 is not printed; 40993.8 has
// that notional.
func TestSection4Margin(t *testing.T) {
	mark := num("40993.8")
	got, err := btc.Notional(1, mark)
	wantD(t, "notional", got, err, "0.00243939")
	got, err = btc.InitialMargin(1, mark, 10)
	wantD(t, "initial margin at 10x", got, err, "0.00024393")
	oneInHundred := sure(NewBrackets(Bracket{Cap: num("50"), MMR: num("0.01"), MaxLeverage: 20}))
	got, err = btc.MaintenanceMargin(oneInHundred, 1, mark)
	wantD(t, "maintenance margin at 1 %", got, err, "0.00002439")
	got, err = btc.MaintenanceMargin(StandardBrackets(), -100, num("25000"))
	wantD(t, "maintenance margin of the FAQ", got, err, "0.00160000")
}

func TestSection4Brackets(t *testing.T) {
	rows := StandardBrackets().Rows()
	if _, err := NewBrackets(rows...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		notional, cum string
		leverage      int
	}{
		{"0", "0", 125}, {"4.99999999", "0", 125}, {"5", "0.005", 100}, {"10", "0.055", 50}, {"20", "0.355", 20},
		{"50", "1.605", 10}, {"100", "6.605", 5}, {"200", "11.605", 4}, {"300", "11.605", 4}, {"400", "11.605", 4}, {"9000", "11.605", 4},
	} {
		row, err := StandardBrackets().At(num(c.notional))
		if err != nil || row.Cum.String() != c.cum || row.MaxLeverage != c.leverage {
			t.Errorf("%s: %v, %v; want cum %s at %dx", c.notional, row, err, c.cum, c.leverage)
		}
	}
	// The docs' row, with a coefficient of 1.50.
	docs := sure(NewBrackets(Bracket{Floor: num("0"), Cap: num("50"), MMR: num("0.004"), Cum: num("0.0"), MaxLeverage: 125}))
	adjusted, err := docs.Adjust(num("1.50"))
	if err != nil || !adjusted.Rows()[0].Cap.Equal(num("75")) {
		t.Errorf("adjusted: %v, %v", adjusted, err)
	}
}

func TestSection4MarginRatio(t *testing.T) {
	for _, c := range []struct {
		what                 string
		maintenance, balance string
		ratio                string // "" for none
		liquidate            bool
	}{
		{"a third", "1", "3", "0.33333333", false},
		{"a digit below", "0.99999999", "1", "0.99999999", false},
		{"below by less than a digit", "0.99999999999", "1", "0.99999999", false},
		{"one", "1", "1", "1.00000000", true},
		{"above", "1", "0.75", "1.33333333", true},
		{"no balance", "1", "0", "", true},
		{"negative balance", "1", "-1", "", true},
		{"no margin", "0", "1", "0.00000000", false},
		{"nothing", "0", "0", "0.00000000", false},
		{"no margin, negative balance", "0", "-1", "0.00000000", false},
	} {
		ratio, ok, err := MarginRatio(num(c.maintenance), num(c.balance))
		if err != nil || ok != (c.ratio != "") || ok && ratio.String() != c.ratio {
			t.Errorf("%s: %v, %v, %v; want %q", c.what, ratio, ok, err, c.ratio)
		}
		if got := MustLiquidate(num(c.maintenance), num(c.balance)); got != c.liquidate {
			t.Errorf("%s: MustLiquidate is %v", c.what, got)
		}
	}
}

func TestSection4LiquidationPrice(t *testing.T) {
	for _, c := range []struct {
		what      string
		contracts int64
		entry     string
		pool      Pool
		want      string // "" for none
	}{
		{"ccxt isolated sample", 2, "37643.10000021", Pool{Wallet: num("0.00268058")}, "25119.97445760"},
		{"forum 6292, cum 11.605 at 297 BTC", 100000, "45000", Pool{Wallet: num("101")}, "33599.41860561"},
		{"short", -100, "60000", Pool{Wallet: num("0.02")}, "67909.09090907"},
		{"short, half backed", -100, "50000", Pool{Wallet: num("0.1")}, "99600.00000000"},
		{"short, backed to the last digit but one", -100, "50000", Pool{Wallet: num("0.19999999")}, "996000000000.00000000"},
		{"short, backed in full", -100, "50000", Pool{Wallet: num("0.2")}, ""},
		{"short, backed by more", -100, "50000", Pool{Wallet: num("1")}, ""},
		{"long, with nothing", 100, "60000", Pool{}, "60239.99999998"},
		{"long, with less than it lost", 100, "50000", Pool{Wallet: num("-0.2")}, ""},
		{"others lower it", 100, "50000", Pool{Wallet: num("0.1"), OtherMaintenance: num("0.03"), OtherPnL: num("0.13")}, "25100.00000000"},
		{"flat", 0, "0", Pool{Wallet: num("1")}, ""},
	} {
		p := sure(btc.PositionAt(c.contracts, num(c.entry)))
		got, ok, err := btc.LiquidationPrice(StandardBrackets(), c.pool, p)
		if c.want == "" {
			if ok || err != nil || !got.IsZero() {
				t.Errorf("%s: %v, %v, %v; want none", c.what, got, ok, err)
			}
			continue
		}
		if !ok {
			t.Errorf("%s: none, %v; want %s", c.what, err, c.want)
		}
		wantD(t, c.what, got, err, c.want)
	}
}

// forum 6292: 33599.4186 as computed there, and the app's digit; with the
// poster's cum of 11.81 the price is the one that he thought wrong.
func TestSection4LiquidationPriceOfTheForum(t *testing.T) {
	p := filled(btc, 100000, "45000")
	lp, _, err := btc.LiquidationPrice(StandardBrackets(), Pool{Wallet: num("101")}, p)
	wantD(t, "four digits", sure(lp.Round(4, decimal.HalfUp)), err, "33599.4186")
	wantD(t, "as the app shows it", sure(lp.Round(1, decimal.ToZero)), err, "33599.4")
	lp, _, err = btc.LiquidationPrice(StandardBrackets(), Pool{Wallet: num("101.205")}, p)
	wantD(t, "cum 11.81", sure(lp.Round(2, decimal.HalfUp)), err, "33578.86")
}

// Hedge, cross: 100 long at 60000, 40 short at 62000, a wallet of 0.02. Equity
// is the maintenance margin, 0.00112953, there; cut, as a margin is, ...52.
func TestSection4LiquidationPriceOfAHedge(t *testing.T) {
	long, short := filled(btc, 100, "60000"), filled(btc, -40, "62000")
	pool := Pool{Wallet: num("0.02")}
	for _, legs := range [][]Position{{long, short}, {short, long}, {{}, long, short}} {
		lp, ok, err := btc.LiquidationPrice(StandardBrackets(), pool, legs...)
		wantD(t, "exact", lp, err, "49578.16901408")
		wantD(t, "two digits", sure(lp.Round(2, decimal.HalfUp)), nil, "49578.17")
		if !ok {
			t.Error("none")
		}
	}
	lp := num("49578.17")
	margin := sure(decimal.Sum(sure(btc.MaintenanceMargin(StandardBrackets(), 100, lp)), sure(btc.MaintenanceMargin(StandardBrackets(), 40, lp))))
	wantD(t, "maintenance margin", margin, nil, "0.00112952") // 0.00080680|7 and 0.00032272|3, each cut
	equity := sure(decimal.Sum(pool.Wallet, sure(btc.UnrealizedPnL(long, lp)), sure(btc.UnrealizedPnL(short, lp))))
	wantD(t, "equity", equity, nil, "0.00112954")
}

// The docs' row of positionRisk has liquidationPrice 11667.63509587 for one
// contract. Its wallet is not printed, and no wallet of 8 decimals yields that
// price at any rate of the table: each digit of the wallet moves it by 0.0136.
func TestSection4DocsLiquidationPriceHasNoWallet(t *testing.T) {
	p := filled(btc, 1, "11707.7")
	for coin := int64(6350); coin < 6370; coin++ {
		lp, ok, err := btc.LiquidationPrice(StandardBrackets(), Pool{Wallet: decimal.New(coin, 8)}, p)
		if err != nil || !ok {
			t.Fatal(err)
		}
		if lp.String() == "11667.63509587" {
			t.Errorf("a wallet of %d does", coin)
		}
	}
}

func TestSection4Delivery(t *testing.T) {
	p := filled(btc, -30, "33750")
	got, err := btc.Deliver(p, num("40000"))
	wantD(t, "a short", got, err, "-0.01388888")
	after, pnl, err := btc.Fill(p, 30, num("40000"))
	if after != (Position{}) || pnl != got || err != nil {
		t.Errorf("a fill gives %v, %v, %v", after, pnl, err)
	}
	got, err = btc.Deliver(Position{}, num("40000"))
	wantD(t, "flat", got, err, "0.00000000")
}

// Portfolio margin prints 0.00000359719 as 0.0000036: its own format of a PnL
// that we cut.
func TestSection4PortfolioMarginRoundsPnL(t *testing.T) {
	p := filled(alt, 1, "2422.4")
	got, err := alt.UnrealizedPnL(p, num("2424.51267823"))
	wantD(t, "cut", got, err, "0.00000359")
}
