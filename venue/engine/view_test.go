package engine

import (
	"errors"
	"testing"

	"poise/decimal"
)

// TestAccountView: the identities of /account, in each kind of account.
func TestAccountView(t *testing.T) {
	for k, kind := range kinds {
		s := holder(t, PushAll, k)
		s.place("a", "BUY 10 LIMIT GTC @59000 "+kind.side)
		s.mark("61000")
		a, p := s.asset("a"), s.position("a", kind.side)
		for _, c := range []struct {
			what      string
			got, want decimal.D
		}{
			{"margin balance", a.Margin, must(a.Wallet.Add(a.Unrealized))},
			{"initial margin", a.Initial, must(a.PositionInitial.Add(a.OpenOrderInitial))},
			{"unrealised", p.Unrealized, a.Unrealized},
			{"position margin", p.PositionInitial, a.PositionInitial},
			{"order margin", p.OpenOrderInitial, a.OpenOrderInitial},
			{"maintenance", p.Maintenance, a.Maintenance},
			{"notional", p.Notional, num("0.16393442")},               // 100·100/61000
			{"position margin", p.PositionInitial, num("0.01639344")}, // /10
		} {
			if !c.got.Equal(c.want) {
				t.Errorf("%s: %s is %v, not %v", kind.name, c.what, c.got, c.want)
			}
		}
		available := must(must(a.Cross.Add(a.CrossUnrealized)).Sub(a.Initial))
		if kind.isolated {
			available = must(a.Cross.Sub(a.OpenOrderInitial))
		}
		if !a.Available.Equal(available) || a.MaxWithdraw.Cmp(a.Available) > 0 {
			t.Errorf("%s: %+v", kind.name, a)
		}
	}
	s := newSession(t, Config{})
	s.do(&CreateAccount{"new", true})
	v := must(s.e.Account("new"))
	if len(v.Assets) != 3 || len(v.Positions) != 15 || v.Positions[0].Leverage != 20 {
		t.Errorf("%+v", v)
	}
}

func TestMarketViews(t *testing.T) {
	s := withAccounts(t, Config{Insurance: []Amount{{"BTC", num("0.25")}}}, "a", "b")
	s.place("a", "BUY 2 LIMIT GTC @59000")
	s.place("a", "BUY 3 LIMIT GTC @59000")
	s.place("a", "BUY 1 LIMIT GTC @58999.9")
	s.place("b", "SELL 4 LIMIT GTC @59000")
	bids, asks, err := s.e.Depth(perp, 10)
	if err != nil || len(asks) != 0 || len(bids) != 2 || bids[0].Quantity != 1 || bids[1].Price.String() != "58999.9" {
		t.Errorf("%v %v %v", bids, asks, err)
	}
	m := must(s.e.Market(perp))
	if m.Last.String() != "59000.0" || m.BidQuantity != 1 || m.OpenInterest != 4 || !m.AskPrice.IsZero() || m.Status != "TRADING" || m.UpdateID == 0 {
		t.Errorf("%+v", m)
	}
	if tr := must(s.e.Trades(perp, 1)); len(tr) != 1 || tr[0].ID != 2 || !tr[0].BuyerMaker || tr[0].Base.String() != "0.00338983" {
		t.Errorf("%+v", tr)
	}
	if u := must(s.e.UserTrades("b", perp)); len(u) != 2 || u[0].Side != "SELL" || u[0].Maker || u[0].Base.String() != "0.00338983" {
		t.Errorf("%+v", u)
	}
	if id := must(s.e.UpdateID(perp)); id != m.UpdateID {
		t.Errorf("%d", id)
	}
	if l, iso, most, err := s.e.Leverage("a", perp); l != 20 || iso || most.String() != "50" || err != nil {
		t.Errorf("%d %v %v %v", l, iso, most, err)
	}
	maker, taker := s.e.Rates()
	if maker.String() != "0.00020000" || taker.String() != "0.00050000" || s.e.MaxLeverage(perp) != 125 || len(s.e.BracketsOf(perp)) != 10 || len(s.e.Symbols()) != 5 || len(s.e.Assets()) != 3 || s.e.Now() != s.at {
		t.Error(maker, taker)
	}
	b := s.e.Books()[0]
	if b.Fund.String() != "0.25000000" || b.Deposits.String() != "2.25000000" || b.Fees.IsZero() || b.Residual != decimal.Zero {
		t.Errorf("%+v", b)
	}
}

// TestUnknownNames: queries of what is not there.
func TestUnknownNames(t *testing.T) {
	e := newSession(t, Config{}).e
	var errs []error
	_, err := e.Account("x")
	errs = append(errs, err)
	_, err = e.OpenOrders("x", "")
	errs = append(errs, err)
	_, err = e.AllOrders("x", "")
	errs = append(errs, err)
	_, err = e.Income("x")
	errs = append(errs, err)
	_, err = e.UserTrades("x", "")
	errs = append(errs, err)
	_, err = e.Market("x")
	errs = append(errs, err)
	_, _, err = e.Depth("x", 1)
	errs = append(errs, err)
	_, err = e.Trades("x", 1)
	errs = append(errs, err)
	_, err = e.Order("x", perp, 1, "")
	errs = append(errs, err)
	_, err = e.Quantiles("x")
	errs = append(errs, err)
	for i, err := range errs {
		var own *Error
		if !errors.As(err, &own) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if e.BracketsOf("x") != nil || e.MaxLeverage("x") != 0 {
		t.Error("brackets of nothing")
	}
}

// TestConfig: terms that make no exchange are refused by name.
func TestConfig(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
	}{
		{"no tick", func(c *Config) { c.Contracts[0].Tick = decimal.Zero }},
		{"twice", func(c *Config) { c.Contracts[1] = c.Contracts[0] }},
		{"no size", func(c *Config) { c.Contracts[0].Size = 0 }},
		{"mark beyond", func(c *Config) { c.Contracts[0].Mark = num("5000000") }},
		{"leverage", func(c *Config) { c.Contracts[0].Leverage = 126 }},
		{"brackets", func(c *Config) { c.Contracts[0].Brackets = nil }},
		{"rate", func(c *Config) { c.Taker = num("0.2") }},
		{"insurance", func(c *Config) { c.Insurance = []Amount{{"DOGE", num("1")}} }},
		{"negative insurance", func(c *Config) { c.Insurance = []Amount{{"BTC", num("-1")}} }},
		{"fine tick", func(c *Config) { c.Contracts[0].Tick = num("0.000000001") }},
	} {
		cfg := simConfig(PushAll)
		c.change(&cfg)
		if _, err := New(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := New(Config{}); err != nil {
		t.Error(err)
	}
}

// TestHistoryIsBounded: what is remembered of an account does not grow.
func TestHistoryIsBounded(t *testing.T) {
	s := withAccounts(t, Config{History: 16}, "a")
	s.quote("60000", 1000)
	for range 60 {
		s.place("a", "BUY 1 MARKET")
		s.place("a", "SELL 1 MARKET")
	}
	if n := len(must(s.e.UserTrades("a", ""))); n != 16 {
		t.Errorf("%d trades", n)
	}
	if n := len(must(s.e.AllOrders("a", ""))); n != 16 {
		t.Errorf("%d orders", n)
	}
	if n := len(must(s.e.Trades(perp, 1000))); n != 16 {
		t.Errorf("%d market trades", n)
	}
	first := must(s.e.AllOrders("a", ""))[0].ID
	if _, err := s.e.Order("a", perp, first, ""); err != nil {
		t.Error(err)
	}
	if _, err := s.e.Order("a", perp, first-1, ""); err == nil {
		t.Error("a forgotten order is found")
	}
}

// TestFillPathAllocatesNothing: beyond the memory that results reuse.
func TestFillPathAllocatesNothing(t *testing.T) {
	s := withAccounts(t, Config{History: 16, Brief: true}, "a", "b")
	buy, sell := entry("a", "BUY 1 LIMIT GTC @60000"), entry("b", "SELL 1 LIMIT GTC @60000")
	work := func() {
		for _, c := range []Command{buy, sell} {
			if _, err := s.e.Apply(c, s.at); err != nil {
				t.Fatal(err)
			}
		}
		buy.Side, sell.Side = sell.Side, buy.Side
	}
	for range 200 {
		work()
	}
	if n := testing.AllocsPerRun(500, work); n != 0 {
		t.Errorf("%v allocations for two orders and a fill", n)
	}
}
