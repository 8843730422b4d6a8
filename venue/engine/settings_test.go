package engine

import (
	"testing"

	"poise/decimal"
)

// TestLeverageAndBrackets: what a leverage allows, and what forbids a leverage.
func TestLeverageAndBrackets(t *testing.T) {
	for _, c := range []struct {
		leverage int
		most     string // BTC of notional
	}{{125, "5"}, {101, "5"}, {100, "10"}, {51, "10"}, {50, "20"}, {20, "50"}, {10, "100"}, {5, "200"}, {4, "400"}, {3, "1000"}, {2, "1500"}, {1, "100000"}} {
		s := withAccounts(t, Config{}, "a")
		s.do(&SetLeverage{"a", perp, c.leverage})
		if _, _, most, _ := s.e.Leverage("a", perp); most.String() != c.most {
			t.Errorf("%dx: %v; want %s", c.leverage, most, c.most)
		}
	}
	s := withAccounts(t, Config{}, "a")
	s.do(&Transfer{"a", "DEPOSIT", "BTC", num("99")})
	s.place("a", "BUY 2990 LIMIT GTC @60000") // 4.98 BTC
	s.do(&SetLeverage{"a", perp, 125})
	s.refused(entry("a", "BUY 20 LIMIT GTC @60000"), -2027)
	s.do(&SetLeverage{"a", perp, 100})
	s.place("a", "BUY 20 LIMIT GTC @60000")
	s.refused(&SetLeverage{"a", perp, 125}, -2027)
	s.do(&Transfer{"a", "WITHDRAW", "BTC", num("99.9")})
	s.refused(&SetLeverage{"a", perp, 10}, -2028)
	s.do(&SetLeverage{"a", perp, 60})
}

// TestBracketsOfUpkeep: maintenance margin by the table, spec 4.
func TestBracketsOfUpkeep(t *testing.T) {
	s := newSession(t, Config{}).e.symbolOf(perp)
	s.mark = 25_000 * unit
	for _, c := range []struct{ contracts, want int64 }{
		{100, 160_000},            // 0.4 BTC · 0.4 %
		{1250, 2_000_000},         // 5 BTC · 0.5 % - 0.005
		{5000, 14_500_000},        // 20 BTC · 2.5 % - 0.355
		{75_000, 2_589_500_000},   // 300 BTC · 12.5 % - 11.605
		{500_000, 50_339_500_000}, // 2000 BTC · 50 % - 496.605
	} {
		usd := c.contracts * s.size
		if got := s.maintenance(usd, notional(usd, s.mark)); got != c.want {
			t.Errorf("%d contracts: %d; want %d", c.contracts, got, c.want)
		}
	}
}

// TestPositionMode moves no money and is not pushed.
func TestPositionMode(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	if res := s.do(&SetPositionMode{"a", true}); len(res.Events) != 0 {
		t.Errorf("%s", s.story(res))
	}
	s.quote("60000", 100)
	s.place("a", "BUY 3 MARKET LONG")
	s.place("a", "SELL 3 MARKET LONG")
	s.do(&SetPositionMode{"a", false})
	s.place("a", "BUY 3 MARKET")
	v := must(s.e.Account("a"))
	if v.Hedge || s.position("a", "BOTH").Amount != 3 {
		t.Errorf("%+v", v)
	}
}

// TestHedgeLegsShareALiquidationPrice, spec 4: 100 long at 60000, 40 short at
// 62000 with 0.02: 49578.17, where equity is the maintenance margin.
func TestHedgeLegsShareALiquidationPrice(t *testing.T) {
	s := newSession(t, Config{NoCommission: true})
	s.do(&CreateAccount{"a", true})
	s.do(&Transfer{"a", "DEPOSIT", "BTC", num("0.02")})
	s.do(&SetLeverage{"a", perp, 50})
	s.quote("59999.9", 1000)
	s.place("a", "BUY 100 MARKET LONG")
	s.quote("62000.1", 1000)
	s.place("a", "SELL 40 MARKET SHORT")
	l, sh := s.position("a", "LONG").Liquidation, s.position("a", "SHORT").Liquidation
	if !l.Equal(sh) || must(l.Round(2, decimal.HalfUp)).String() != "49578.17" {
		t.Errorf("%v %v", l, sh)
	}
	s.mark("49578.2")
	if s.position("a", "LONG").Amount != 100 {
		t.Error("early")
	}
	s.mark("49578.1")
	if s.position("a", "LONG").Amount != 0 {
		t.Error("late")
	}
}

// TestCloserIsPaidByClearing: of three, one takes a profit that nobody has lost
// yet; the books balance all the same, and clearing is what positions owe.
func TestCloserIsPaidByClearing(t *testing.T) {
	s := withAccounts(t, Config{NoCommission: true}, "a", "b", "c")
	s.place("b", "SELL 60 LIMIT GTC @60000")
	s.place("a", "BUY 60 MARKET")
	s.place("c", "BUY 60 LIMIT GTC @62000")
	s.place("a", "SELL 60 MARKET")
	b := s.e.Books()[0]
	// 6000·(1/60000 - 1/62000)
	if b.Clearing.String() != "-0.00322580" || b.Wallets.String() != "3.00322580" || !b.Residual.IsZero() {
		t.Errorf("%+v", b)
	}
	s.place("c", "SELL 60 LIMIT GTC @61000")
	s.place("b", "BUY 60 MARKET")
	if b = s.e.Books()[0]; b.Clearing.String() != "-0.00000001" && b.Clearing.String() != "0.00000001" && !b.Clearing.IsZero() {
		t.Errorf("%+v", b)
	}
}

// TestTransfersNameTheirDirection: signed as the wallet moves, or positive where
// the reason says which way.
func TestTransfersNameTheirDirection(t *testing.T) {
	for _, c := range []struct{ reason, amount, wallet string }{
		{"DEPOSIT", "0.5", "1.50000000"}, {"WITHDRAW", "0.5", "0.50000000"}, {"WITHDRAW", "-0.5", "0.50000000"},
		{"ADJUSTMENT", "0.5", "1.50000000"}, {"ADJUSTMENT", "-0.5", "0.50000000"}, {"INSURANCE_CLEAR", "-0.5", "0.50000000"},
		{"ADMIN_WITHDRAW", "0.5", "0.50000000"}, {"ASSET_TRANSFER", "-0.5", "0.50000000"}, {"COIN_SWAP_WITHDRAW", "-0.5", "0.50000000"},
	} {
		s := withAccounts(t, Config{}, "a")
		s.do(&Transfer{"a", c.reason, "BTC", num(c.amount)})
		wantText(t, c.reason+c.amount, s.asset("a").Wallet.String(), c.wallet)
	}
	s := withAccounts(t, Config{}, "a")
	for _, r := range []string{"ADJUSTMENT", "WITHDRAW", "ADMIN_WITHDRAW"} {
		s.refused(&Transfer{"a", r, "BTC", num("-1.00000001")}, -2018)
	}
	b := s.e.Books()[0]
	s.do(&Transfer{"a", "INSURANCE_CLEAR", "BTC", num("0.25")}) // of an empty fund
	if now := s.e.Books()[0]; now.Fund.Sign() != 0 || !must(now.Deposits.Sub(b.Deposits)).Equal(num("0.25")) {
		t.Errorf("%+v", now)
	}
}
