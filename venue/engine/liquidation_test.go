package engine

import (
	"strings"
	"testing"

	"poise/decimal"
	"poise/wire"
)

// TestLiquidation: a is long 1000 with 0.1 BTC; the mark falls.
func TestLiquidation(t *testing.T) {
	for _, c := range []struct {
		name      string
		insurance string
		bid       int64  // contracts that others bid at the new mark less 0.1 %
		mark      string // the new one
		story     string // ADL's counterparties left out
		fund      string // "rises", "falls" or "same"
	}{
		{"book, with a fee", "0", 2000, "56800", "a CANCELED, a NEW, a ORDER, a CALCULATED/FILLED, b ORDER, b TRADE/PARTIALLY_FILLED, a INSURANCE_CLEAR", "rises"},
		{"fund pays", "1", 2000, "55000", "a CANCELED, a NEW, a EXPIRED, a NEW, a ORDER, a CALCULATED/FILLED, b ORDER, b TRADE/PARTIALLY_FILLED, a INSURANCE_CLEAR", "falls"},
		{"ADL", "0", 0, "55000", "a CANCELED, a NEW, a EXPIRED, a NEW, c NEW, a ORDER, a CALCULATED/FILLED, c ORDER, c TRADE/FILLED, a INSURANCE_CLEAR", "rises"},
		{"ADL of a rest", "0", 300, "56800", "a CANCELED, a NEW, a ORDER, a CALCULATED/PARTIALLY_FILLED, b ORDER, b TRADE/FILLED, a EXPIRED/EXPIRED, a NEW, c NEW, a ORDER, a CALCULATED/FILLED, c ORDER, c TRADE/FILLED, a INSURANCE_CLEAR", "rises"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := Config{}
			if c.insurance != "0" {
				cfg.Insurance = []Amount{{"BTC", num(c.insurance)}}
			}
			s := withAccounts(t, cfg, "a", "b", "c")
			s.do(&Transfer{"b", "DEPOSIT", "BTC", num("50")})
			s.do(&Transfer{"c", "DEPOSIT", "BTC", num("50")})
			s.do(&Transfer{"a", "WITHDRAW", "BTC", num("0.9")})
			s.place("c", "SELL 1000 LIMIT GTC @60000")
			s.place("a", "BUY 1000 MARKET")
			s.place("a", "SELL 1 LIMIT GTC @61000")
			if c.bid > 0 {
				bid := must(num(c.mark).Mul(num("0.999")))
				s.place("b", "BUY "+decimal.New(c.bid, 0).String()+" LIMIT GTC @"+must(bid.Round(1, decimal.ToZero)).String())
			}
			fund := s.e.Books()[0].Fund
			s.mark("58000")
			res := s.mark(c.mark)
			wantText(t, "story", strings.Replace(s.story(res), "a MARGIN_CALL, ", "", 1), strings.ReplaceAll(c.story, "EXPIRED/EXPIRED", "EXPIRED"))
			if p := s.position("a", "BOTH"); p.Amount != 0 {
				t.Errorf("%+v", p)
			}
			if a := s.asset("a"); a.Wallet.Sign() < 0 {
				t.Errorf("%+v", a)
			}
			now := s.e.Books()[0].Fund
			if got := map[int]string{-1: "falls", 0: "same", 1: "rises"}[now.Cmp(fund)]; got != c.fund {
				t.Errorf("the fund %s: %v -> %v", got, fund, now)
			}
			if f := must(s.e.ForceOrders("a", perp)); len(f) == 0 || !strings.HasPrefix(f[0].ClientOrderID, "autoclose-1700000000") {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestLiquidationPriceIsWhereItHappens: a cent above the printed price nothing
// happens, at it the position is closed.
func TestLiquidationPriceIsWhereItHappens(t *testing.T) {
	for k, kind := range kinds {
		s := holder(t, PushAll, k)
		if !kind.isolated {
			s.do(&Transfer{"a", "WITHDRAW", "BTC", num("0.98")})
		}
		lp := s.position("a", kind.side).Liquidation
		if lp.IsZero() {
			t.Fatalf("%s: none", kind.name)
		}
		s.mark(must(lp.Add(num("0.01"))).String())
		if p := s.position("a", kind.side); p.Amount != 100 {
			t.Errorf("%s: early: %+v", kind.name, p)
		}
		s.mark(must(lp.Sub(num("0.01"))).String())
		if p := s.position("a", kind.side); p.Amount != 0 {
			t.Errorf("%s: at %v: %+v", kind.name, lp, p)
		}
	}
}

// TestIsolatedLiquidation leaves the cross wallet alone.
func TestIsolatedLiquidation(t *testing.T) {
	for k, kind := range kinds {
		if !kind.isolated {
			continue
		}
		s := holder(t, PushChanged, k)
		cross := s.asset("a").Cross
		s.quote("50000", 1000)
		res := s.mark("50000")
		a := s.asset("a")
		if !a.Cross.Equal(cross) || !a.Wallet.Equal(cross) {
			t.Errorf("%s: cross %v -> %v, wallet %v\n%s", kind.name, cross, a.Cross, a.Wallet, s.story(res))
		}
	}
}

func TestMarginCall(t *testing.T) {
	for k, kind := range kinds {
		s := holder(t, PushAll, k)
		if !kind.isolated {
			s.do(&Transfer{"a", "WITHDRAW", "BTC", num("0.98")})
		}
		lp := s.position("a", kind.side).Liquidation
		near := must(must(lp.Mul(num("1.0002"))).Round(8, decimal.ToZero))
		calls := s.decoded(s.mark(near.String()), "a")
		if len(calls) != 1 || calls[0].Type != wire.MarginCall {
			t.Fatalf("%s: %+v", kind.name, calls)
		}
		p := calls[0].Call.Positions[0]
		now := s.position("a", kind.side)
		if p.Symbol != perp || p.Side != kind.side || !p.Amount.Equal(num("100")) || !p.Mark.Equal(near) || !p.Unrealized.Equal(now.Unrealized) ||
			!p.Maintenance.Equal(now.Maintenance) || !p.IsolatedWallet.Equal(now.IsolatedWallet) || (p.MarginType == "ISOLATED") != kind.isolated {
			t.Errorf("%s: %+v", kind.name, p)
		}
		if calls[0].Fields.Has(wire.EventCrossWallet) == kind.isolated {
			t.Errorf("%s: cw", kind.name)
		}
		if again := s.mark(must(near.Add(num("0.1"))).String()); len(again.Events) != 0 {
			t.Errorf("%s: called twice", kind.name)
		}
		s.mark("60000")
		if again := s.mark(near.String()); len(again.Events) != 1 {
			t.Errorf("%s: not called anew", kind.name)
		}
	}
}

// TestQueue: the most profit times leverage is first, and has quantile 4.
func TestQueue(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b", "c", "d", "e", "long")
	s.do(&Transfer{"long", "DEPOSIT", "BTC", num("50")})
	s.quote("60000", 0)
	for i, a := range []string{"a", "b", "c", "d", "e"} {
		s.do(&SetLeverage{a, perp, 10 + i})
		s.place("long", "BUY 10 LIMIT GTC @60000")
		s.place(a, "SELL 10 MARKET")
	}
	s.mark("59000")
	for i, a := range []string{"a", "b", "c", "d", "e"} {
		q := must(s.e.Quantiles(a))
		if len(q) != 1 || q[0].Both != i {
			t.Errorf("%s: %+v", a, q)
		}
	}
}

// TestDelivery: spec 4: everything closes at the settlement price.
func TestDelivery(t *testing.T) {
	const quarter = "BTCUSD_261225"
	for _, kind := range []string{"a", "A"} {
		s := withAccounts(t, Config{}, kind, "b")
		side := map[string]string{"a": "", "A": " LONG"}[kind]
		s.do(entry("b", "SELL 10 LIMIT GTC @60000 on="+quarter))
		s.do(entry(kind, "BUY 10 MARKET on="+quarter+side))
		s.do(entry("b", "SELL 5 LIMIT GTC @62000 on="+quarter))
		res := s.do(&Settle{quarter, num("61000")})
		wantText(t, "story", s.story(res), "b CANCELED, "+kind+" NEW, "+kind+" ORDER, "+kind+" TRADE/FILLED, b NEW, b ORDER, b TRADE/FILLED")
		if res.Count != 2 {
			t.Errorf("%d positions", res.Count)
		}
		rows := must(s.e.Income(kind))
		last := rows[len(rows)-1]
		// 10·100·(1/60000 - 1/61000), of the cost cut at 13 decimals
		if last.Type != "DELIVERED_SETTELMENT" || last.Amount.String() != "0.00027322" || last.Symbol != quarter {
			t.Errorf("%+v", last)
		}
		if o := must(s.e.AllOrders(kind, quarter)); !strings.HasPrefix(o[len(o)-1].ClientOrderID, "delivery_autoclose-") {
			t.Errorf("%+v", o)
		}
		if m := must(s.e.Market(quarter)); m.Status != "DELIVERED" || m.OpenInterest != 0 {
			t.Errorf("%+v", m)
		}
		s.refused(entry(kind, "BUY 1 MARKET on="+quarter+side), -4108)
		s.refused(&Settle{quarter, num("61000")}, -4108)
	}
}

func TestFundingIsBetweenHolders(t *testing.T) {
	s := withAccounts(t, Config{NoCommission: true}, "a", "b", "C")
	s.place("b", "SELL 7 LIMIT GTC @60000")
	s.place("a", "BUY 7 MARKET")
	s.place("b", "SELL 3 LIMIT GTC @60000")
	s.place("C", "BUY 3 MARKET LONG")
	res := s.do(&Fund{perp, num("0.0100")})
	if res.Count != 3 {
		t.Errorf("%d paid", res.Count)
	}
	for _, c := range []struct{ account, want string }{{"a", "0.99988333"}, {"b", "1.00016667"}, {"C", "0.99995000"}} {
		if a := s.asset(c.account); a.Wallet.String() != c.want {
			t.Errorf("%s has %v; want %s", c.account, a.Wallet, c.want)
		}
	}
	if m := must(s.e.Market(perp)); !m.FundingRate.Equal(num("0.01")) || m.FundingTime != s.at {
		t.Errorf("%+v", m)
	}
}
