package decimal

import "testing"

// The worked examples of the specification, coinm section 4: numbers printed by
// the exchange, recomputed here from what they were made of. A case that fails
// means that an account would differ from the exchange in its last digit.

// sure is for the steps of an example, which cannot fail.
func sure(d D, err error) D {
	if err != nil {
		panic(err)
	}
	return d
}

func num(s string) D { return MustParse(s) }

// pnl is n·CS·(exit-entry)/(entry·exit) with one rounding; n·CS is negative for
// a short.
func pnl(usd, entry, exit string, scale int, r Rounding) D {
	return sure(MulQuo2(num(usd), sure(num(exit).Sub(num(entry))), num(entry), num(exit), scale, r))
}

func TestSection4UnrealisedPnL(t *testing.T) {
	for _, c := range []struct {
		what, usd, entry, mark string
		scale                  int
		r                      Rounding
		want                   string
	}{
		{"docs sample, CS 100", "100", "11707.70000003", "11788.66626667", 8, ToZero, "0.00005866"},
		{"docs sample, two digits more", "100", "11707.70000003", "11788.66626667", 10, HalfEven, "0.0000586635"},
		{"ccxt sample, truncated", "200", "37643.10000021", "38103.05510455", 8, ToZero, "0.00006413"},
		{"ccxt sample, two digits more", "200", "37643.10000021", "38103.05510455", 10, HalfEven, "0.0000641358"},
		{"ccxt sample, rounding would show", "200", "37643.10000021", "38103.05510455", 8, HalfUp, "0.00006414"},
		{"the same, short", "-200", "37643.10000021", "38103.05510455", 8, ToZero, "-0.00006413"},
	} {
		if got := pnl(c.usd, c.entry, c.mark, c.scale, c.r); got.String() != c.want {
			t.Errorf("%s: %v; want %s", c.what, got, c.want)
		}
	}
	// Portfolio margin prints 0.00000359719 rounded, to 7 decimals.
	if got := sure(num("0.00000359719").Round(7, HalfUp)); got.String() != "0.0000036" {
		t.Errorf("portfolio margin: %v", got)
	}
}

func TestSection4Notional(t *testing.T) {
	for _, c := range []struct {
		what, usd, price string
		scale            int
		want             string
	}{
		{"ccxt sample", "200", "38103.05510455", 8, "0.00524892"},
		{"ccxt sample, two digits more", "200", "38103.05510455", 10, "0.0052489229"},
		{"ETH, CS 10", "10", "2424.51267823", 8, "0.00412454"},
		{"cumBase of userTrades, truncated", "100", "11661.2", 8, "0.00857544"},
	} {
		if got := sure(num(c.usd).Quo(num(c.price), c.scale, ToZero)); got.String() != c.want {
			t.Errorf("%s: %v; want %s", c.what, got, c.want)
		}
	}
}

// baseQty of userTrades is rounded half up; truncation would show. The price is
// 8800 USD: 100/8800 = 0.0113636...
func TestSection4BaseQuantityIsRoundedHalfUp(t *testing.T) {
	if got := sure(num("100").Quo(num("8800"), 8, HalfUp)); got.String() != "0.01136364" {
		t.Errorf("rounded: %v", got)
	}
	if got := sure(num("100").Quo(num("8800"), 8, ToZero)); got.String() != "0.01136363" {
		t.Errorf("truncated: %v", got)
	}
}

// The engine keeps the entry cost in coin, cut to 13 decimals, and prints
// n·CS/cost rounded: cut, the second and third would end in 20 and 68.
func TestSection4AverageEntry(t *testing.T) {
	for _, c := range []struct {
		what, price, usd, cost string
		printed                int
		want                   string
	}{
		{"docs", "11707.7", "100", "0.0085413872921", 8, "11707.70000003"},
		{"ccxt sample, n = 2", "37643.1", "200", "0.0053130587013", 8, "37643.10000021"},
		{"ccxt sample", "41021.2", "100", "0.0024377638879", 8, "41021.20000069"},
		{"portfolio margin recording", "51080.1", "100", "0.0019577095581", 8, "51080.10000066"},
		{"portfolio margin REST, CS 10", "2422.4", "10", "0.0041281373844", 9, "2422.400000007"},
	} {
		cost := sure(num(c.usd).Quo(num(c.price), 13, ToZero))
		if cost.String() != c.cost {
			t.Errorf("%s: cost %v; want %s", c.what, cost, c.cost)
		}
		if got := sure(num(c.usd).Quo(cost, c.printed, HalfUp)); got.String() != c.want {
			t.Errorf("%s: %v; want %s", c.what, got, c.want)
		}
	}
}

// EP = Σ q·CS / Σ (q·CS/price): ten at 30000 and twenty at 36000 are at 33750.
func TestSection4AverageEntryIsHarmonic(t *testing.T) {
	first := sure(num("1000").Quo(num("30000"), 31, HalfEven))
	second := sure(num("2000").Quo(num("36000"), 31, HalfEven))
	entry := sure(num("3000").Quo(sure(first.Add(second)), 8, HalfEven))
	if !entry.Equal(num("33750")) {
		t.Errorf("%v; want 33750 (the arithmetic mean is 34000)", entry)
	}
}

func TestSection4RealisedPnL(t *testing.T) {
	// 15 of those 30 closed at 40000.
	if got := pnl("1500", "33750", "40000", 8, ToZero); got.String() != "0.00694444" {
		t.Errorf("15 closed at 40000: %v", got)
	}
	// ADA, CS 10: closed at 0.84310 for -0.70592310, so the entry, printed at
	// the price's 5 decimals, was 0.89645: 10 / (10/P + PnL).
	cost := sure(sure(num("10").Quo(num("0.84310"), 20, HalfEven)).Add(num("-0.70592310")))
	if entry := sure(num("10").Quo(cost, 5, HalfUp)); entry.String() != "0.89645" {
		t.Errorf("ADA entry: %v; want 0.89645", entry)
	}
}

// q·CS/P·rate, fused, cut to 8 decimals.
func TestSection4CommissionIsTruncated(t *testing.T) {
	for _, c := range []struct {
		what, usd, price, rate string
		scale                  int
		r                      Rounding
		want                   string
	}{
		{"ADA, 2 contracts at 0.05 %", "20", "0.84236", "0.0005", 10, HalfUp, "0.0118714089"},
		{"ADA, charged", "20", "0.84236", "0.0005", 8, ToZero, "0.01187140"},
		{"ADA, charged if it were rounded", "20", "0.84236", "0.0005", 8, HalfUp, "0.01187141"},
		{"ADA, one at 0.84310", "10", "0.84310", "0.0005", 10, HalfUp, "0.0059304946"},
		{"ADA, charged", "10", "0.84310", "0.0005", 8, ToZero, "0.00593049"},
		{"portfolio margin, maker 0.02 %", "100", "51080.1", "0.0002", 10, HalfUp, "0.0000003915"},
		{"portfolio margin, charged", "100", "51080.1", "0.0002", 8, ToZero, "0.00000039"},
	} {
		if got := sure(MulQuo(num(c.usd), num(c.rate), num(c.price), c.scale, c.r)); got.String() != c.want {
			t.Errorf("%s: %v; want %s", c.what, got, c.want)
		}
	}
	for _, c := range []struct{ exact, charged string }{
		{"0.0118714089", "0.01187140"}, {"0.0059304946", "0.00593049"}, {"0.0000045454", "0.00000454"},
	} {
		if got := sure(num(c.exact).Round(8, ToZero)); got.String() != c.charged {
			t.Errorf("%s is charged as %v; want %s", c.exact, got, c.charged)
		}
	}
}

// A fresh long's break-even price is EP·(1 + open fee rate).
func TestSection4BreakEvenPrice(t *testing.T) {
	for _, c := range []struct{ entry, factor, want string }{
		{"51080.1", "1.0002", "51090.31602"},
		{"2422.4", "1.0004", "2423.36896"},
		{"91739.9", "1.0005", "91785.76995"},
		{"84146.5", "1.0004", "84180.1586"},
		{"0.02", "1.0005", "0.02001"},
	} {
		if got := sure(num(c.entry).Mul(num(c.factor))); !got.Equal(num(c.want)) {
			t.Errorf("%s × %s = %v; want %s", c.entry, c.factor, got, c.want)
		}
	}
}

// n·CS/MP·rate: 100 BTC contracts, mark 60000, 0.01 %.
func TestSection4Funding(t *testing.T) {
	if got := sure(MulQuo(num("10000"), num("0.0001"), num("60000"), 8, HalfUp)); got.String() != "0.00001667" {
		t.Errorf("%v; want 0.00001667", got)
	}
}

func TestSection4Margin(t *testing.T) {
	if got := sure(num("0.00243939").Quo(num("10"), 8, ToZero)); got.String() != "0.00024393" {
		t.Errorf("initial margin at 10x: %v", got)
	}
	if got := sure(MulQuo(num("0.00243939"), num("0.01"), num("1"), 8, ToZero)); got.String() != "0.00002439" {
		t.Errorf("maintenance margin at 1 %%: %v", got)
	}
	if got := sure(MulQuo(num("10000"), num("0.004"), num("25000"), 8, ToZero)); !got.Equal(num("0.0016")) {
		t.Errorf("maintenance margin of the FAQ: %v", got)
	}
}

// cum_k = floor_k·(MMR_k - MMR_{k-1}) + cum_{k-1}, exactly.
func TestSection4BracketCums(t *testing.T) {
	cum, mmr := Zero, num("0.004")
	for _, c := range []struct{ floor, mmr, cum string }{
		{"5", "0.005", "0.005"}, {"10", "0.01", "0.055"}, {"20", "0.025", "0.355"},
		{"50", "0.05", "1.605"}, {"100", "0.1", "6.605"}, {"200", "0.125", "11.605"},
	} {
		step := sure(num(c.floor).Mul(sure(num(c.mmr).Sub(mmr))))
		cum, mmr = sure(cum.Add(step)), num(c.mmr)
		if !cum.Equal(num(c.cum)) {
			t.Errorf("from %s: cum %v; want %s", c.floor, cum, c.cum)
		}
	}
}

// Long: LP = n·CS·(1+MMR) / (WB + cum + n·CS/EP). Multiplied through by EP it
// needs one rounding: n·CS·(1+MMR)·EP / ((WB+cum)·EP + n·CS).
func liquidation(usd, oneMMR, walletAndCum, entry string, scale int, r Rounding) D {
	den := sure(sure(num(walletAndCum).Mul(num(entry))).Add(num(usd)))
	return sure(MulQuo(sure(num(usd).Mul(num(oneMMR))), num(entry), den, scale, r))
}

func TestSection4LiquidationPrice(t *testing.T) {
	for _, c := range []struct {
		what, usd, oneMMR, wallet, entry string
		scale                            int
		r                                Rounding
		want                             string
	}{
		{"ccxt isolated sample", "200", "1.004", "0.00268058", "37643.10000021", 8, ToZero, "25119.97445760"},
		{"three digits more", "200", "1.004", "0.00268058", "37643.10000021", 11, ToZero, "25119.97445760946"},
		{"forum 6292: 101 + 11.605", "10000000", "1.125", "112.605", "45000", 4, HalfUp, "33599.4186"},
		{"forum 6292, as the app shows it", "10000000", "1.125", "112.605", "45000", 1, ToZero, "33599.4"},
		{"forum 6292, the poster's cum 11.81", "10000000", "1.125", "112.81", "45000", 2, HalfUp, "33578.86"},
	} {
		if got := liquidation(c.usd, c.oneMMR, c.wallet, c.entry, c.scale, c.r); got.String() != c.want {
			t.Errorf("%s: %v; want %s", c.what, got, c.want)
		}
	}
}

// Hedge, cross: 100 long at 60000 and 40 short at 62000 share one liquidation
// price, 49578.17 with a wallet of 0.02 and the lowest bracket, 0.4 %; there
// equity equals the maintenance margin, 0.00112953.
func TestSection4LiquidationPriceOfAHedge(t *testing.T) {
	long := sure(num("10000").Quo(num("60000"), 20, HalfEven))
	short := sure(num("4000").Quo(num("62000"), 20, HalfEven))
	den := sure(sure(num("0.02").Add(long)).Sub(short))
	top := sure(sure(num("10000").Mul(num("1.004"))).Sub(sure(num("4000").Mul(num("0.996")))))
	lp := sure(top.Quo(den, 2, HalfUp))
	if lp.String() != "49578.17" {
		t.Errorf("%v; want 49578.17", lp)
	}
	margin := sure(MulQuo(num("14000"), num("0.004"), lp, 8, HalfUp))
	if margin.String() != "0.00112953" {
		t.Errorf("maintenance margin %v; want 0.00112953", margin)
	}
	equity := sure(Sum(num("0.02"), pnl("10000", "60000", lp.String(), 8, HalfEven), pnl("-4000", "62000", lp.String(), 8, HalfEven)))
	if diff := sure(equity.Sub(margin)); diff.Abs().Cmp(num("0.00000001")) > 0 {
		t.Errorf("equity %v; want the maintenance margin %v", equity, margin)
	}
}

// research: -1000·100·(1/11707.70000003 - 1/11802.12345678), where two
// divisions of 10 to 14 good digits lose the end of it.
func TestFusedPnLHasNoIntermediateDigits(t *testing.T) {
	got := pnl("-100000", "11707.70000003", "11802.12345678", 20, ToZero)
	if got.String() != "-0.06833578012586249337" {
		t.Errorf("%v", got)
	}
}
