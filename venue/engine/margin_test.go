package engine

import (
	"testing"

	"poise/decimal"
	"poise/wire"
)

// TestMarginIsEnoughOrNot: of the quantities, all up to one are taken and all
// beyond are -2019, and with that one taken nothing is short.
func TestMarginIsEnoughOrNot(t *testing.T) {
	for _, c := range []struct {
		words    string
		leverage int
		most     int64 // (0.1 BTC) / (100/price/leverage + loss + 100/price·0.0005), cut
	}{
		{"LIMIT GTC @60000", 20, 1188}, // 0.00166666 · (1/20 + 0.0005)
		{"LIMIT GTC @60000", 1, 59},    // 0.00166666 · 1.0005
		{"LIMIT GTC @57000", 20, 1128}, // a lower bid is worth more coin
		{"LIMIT GTC @63000", 20, 626},  // and a loss of 0.00007937 at the mark
		{"MARKET", 20, 1188},
	} {
		low, high := int64(1), int64(5000)
		for low < high {
			mid := (low + high + 1) / 2
			s := withAccounts(t, Config{}, "a")
			s.do(&Transfer{"a", "WITHDRAW", "BTC", num("0.9")})
			s.do(&SetLeverage{"a", perp, c.leverage})
			if _, err := s.e.Apply(entry("a", "BUY "+decimal.New(mid, 0).String()+" "+c.words), s.at); err == nil {
				low = mid
				if a := s.asset("a"); must(must(a.Cross.Add(a.CrossUnrealized)).Sub(a.Initial)).Sign() < 0 {
					t.Fatalf("%s: short: %+v", c.words, a)
				}
			} else {
				high = mid - 1
			}
		}
		if low != c.most {
			t.Errorf("%s at %dx: %d; want %d", c.words, c.leverage, low, c.most)
		}
	}
}

// TestOpenLoss: a bid above the mark has its loss asked for as well.
func TestOpenLoss(t *testing.T) {
	s := withAccounts(t, Config{NoCommission: true}, "a")
	s.do(&Transfer{"a", "WITHDRAW", "BTC", num("0.9")})
	// a contract: 100/63000/20 = 0.00007936 and 100/60000 - 100/63000 = 0.00007937
	s.place("a", "BUY 630 LIMIT GTC @63000")
	s.do(&CancelAll{"a", perp})
	s.refused(entry("a", "BUY 631 LIMIT GTC @63000"), -2019)
}

// TestExposure: what a position and orders come to, one-way and hedged.
func TestExposure(t *testing.T) {
	for _, c := range []struct {
		name         string
		position     [3]int64
		bids, asks   [3]int64 // contracts at the mark of 1 BTC a hundred
		initial, pos string   // at leverage 10
	}{
		{"flat, both ways", [3]int64{}, [3]int64{300}, [3]int64{200}, "0.30000000", "0.00000000"},
		{"long and bids", [3]int64{100}, [3]int64{300}, [3]int64{}, "0.40000000", "0.10000000"},
		{"long and closing asks", [3]int64{100}, [3]int64{}, [3]int64{100}, "0.10000000", "0.10000000"},
		{"long and asks past twice", [3]int64{100}, [3]int64{}, [3]int64{350}, "0.25000000", "0.10000000"},
		{"short and asks", [3]int64{-100}, [3]int64{50}, [3]int64{100}, "0.20000000", "0.10000000"},
		{"short and bids past twice", [3]int64{-100}, [3]int64{400}, [3]int64{}, "0.30000000", "0.10000000"},
		{"hedge", [3]int64{0, 100, -200}, [3]int64{0, 50}, [3]int64{0, 0, 10}, "0.36000000", "0.30000000"},
	} {
		s := newSession(t, Config{})
		sy := s.e.symbolOf(perp)
		sy.mark = 10_000 * unit // 100 contracts of 100 USD are 1 BTC
		sy.marks++
		s.do(&CreateAccount{"a", c.position[long] != 0})
		sl := s.e.byAlias["a"].slot(sy)
		sl.leverage = 10
		for i, n := range c.position {
			if n != 0 {
				sl.pos[i].open(abs(n), n/abs(n), 100, sy.mark, 0)
			}
			sl.pos[i].bid, sl.pos[i].ask = c.bids[i]*unit/100, c.asks[i]*unit/100
		}
		sl.stale = true
		a := s.asset("a")
		wantText(t, c.name+": initial", a.Initial.String(), c.initial)
		wantText(t, c.name+": of positions", a.PositionInitial.String(), c.pos)
	}
}

// TestIsolatedClosing: a part frees its share of the wallet with its PnL; a loss
// beyond that is taken from the rest; a flip opens anew.
func TestIsolatedClosing(t *testing.T) {
	for _, c := range []struct {
		name, order string
		bid         string // where the market maker's mid is by then
		amount      int64
		isolated    string
	}{
		// opened 100 at 60000 with 0.01666666 - 0.00008333
		{"half at a profit", "SELL 50 MARKET", "61000.1", 50, "0.00829166"},
		{"half at a loss", "SELL 50 MARKET", "59000.1", 50, "0.00829166"},
		{"half at a loss beyond its share", "SELL 50 MARKET", "51000.1", 50, "0.00182844"},
		{"all", "SELL 100 MARKET", "61000.1", 0, "0.00000000"},
		{"flip", "SELL 150 MARKET", "60000.1", -50, "0.00833333"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t, Config{NoCommission: c.name == "flip"})
			s.do(&CreateAccount{"a", false})
			s.do(&Transfer{"a", "DEPOSIT", "BTC", num("1")})
			s.do(&SetMarginType{"a", perp, "ISOLATED"})
			s.do(&SetLeverage{"a", perp, 10})
			s.quote("59999.9", 1000)
			s.place("a", "BUY 100 MARKET")
			s.e.symbolOf(perp).bound = unit - 1 // MARKET orders fill anywhere
			s.quote(c.bid, 1000)
			s.place("a", c.order)
			p := s.position("a", "BOTH")
			if p.Amount != c.amount || p.IsolatedWallet.String() != c.isolated {
				t.Errorf("%d with %v; want %d with %s", p.Amount, p.IsolatedWallet, c.amount, c.isolated)
			}
		})
	}
}

// TestTriggerWithoutMargin: it expires, and takes nothing with it.
func TestTriggerWithoutMargin(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b")
	id := s.place("a", "BUY 5000 STOP_MARKET stop=60500 MARK_PRICE").ID
	s.do(&Transfer{"a", "WITHDRAW", "BTC", num("0.99")})
	s.place("b", "SELL 5 LIMIT GTC @60500")
	res := s.mark("60500")
	wantText(t, "story", s.story(res), "a EXPIRED")
	if v := s.order("a", id); v.Status != "EXPIRED" || len(must(s.e.OpenOrders("a", ""))) != 0 {
		t.Errorf("%+v", v)
	}
}

// TestStopsSetEachOtherOff: the first stop's trade is the price of the second.
func TestStopsSetEachOtherOff(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b", "c")
	s.place("c", "SELL 1 LIMIT GTC @60100")
	s.place("c", "SELL 2 LIMIT GTC @60200")
	s.place("c", "SELL 9 LIMIT GTC @60300")
	first := s.place("a", "BUY 2 STOP_MARKET stop=60100").ID
	second := s.place("b", "BUY 2 STOP_MARKET stop=60200").ID
	s.place("c", "BUY 1 LIMIT GTC @60100 NONE")
	for _, c := range []struct {
		account string
		id      int64
		price   string
	}{{"a", first, "60200.0"}, {"b", second, "60300.0"}} {
		if v := s.order(c.account, c.id); v.Status != "FILLED" || v.AveragePrice.String() != c.price {
			t.Errorf("%s: %+v", c.account, v)
		}
	}
}

// TestQuotes: the market maker's, which nobody sees as an account.
func TestQuotes(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	s.quote("60000", 10)
	bids, asks, _ := s.e.Depth(perp, 5)
	if len(bids) != 1 || bids[0] != (DepthRow{num("59999.9"), 10}) || asks[0] != (DepthRow{num("60000.1"), 10}) {
		t.Errorf("%v %v", bids, asks)
	}
	s.place("a", "BUY 4 LIMIT GTC @60050") // takes
	s.quote("60200", 10)                   // is taken by nobody: the old one is gone
	bids, asks, _ = s.e.Depth(perp, 5)
	if len(bids) != 1 || bids[0].Quantity != 10 || len(asks) != 1 || !asks[0].Price.Equal(num("60200.1")) {
		t.Errorf("%v %v", bids, asks)
	}
	s.place("a", "SELL 3 LIMIT GTC @60210")
	s.quote("60220", 2) // its bid of 60219.9 trades with a
	if p := s.position("a", "BOTH"); p.Amount != 2 {
		t.Errorf("%+v", p)
	}
	s.quote("60220", 0)
	if bids, asks, _ = s.e.Depth(perp, 5); len(bids) != 0 || len(asks) != 1 {
		t.Errorf("%v %v", bids, asks)
	}
	if b := s.e.Books()[0]; b.House.IsZero() || len(s.e.Accounts()) != 1 {
		t.Errorf("%+v", b)
	}
}

// TestCrossPoolIsLiquidatedAsFarAsNeeded: of two symbols the losing one goes.
func TestCrossPoolIsLiquidatedAsFarAsNeeded(t *testing.T) {
	const quarter = "BTCUSD_261225"
	s := withAccounts(t, Config{Insurance: []Amount{{"BTC", num("5")}}}, "a")
	s.do(&Transfer{"a", "WITHDRAW", "BTC", num("0.9")})
	s.quote("60000", 5000)
	s.do(&SetQuote{quarter, num("60000"), num("5000")})
	s.place("a", "BUY 800 MARKET")
	s.do(entry("a", "BUY 20 MARKET on="+quarter))
	s.quote("56000", 5000)
	s.mark("56000")
	left := map[string]int64{}
	for _, p := range must(s.e.Account("a")).Positions {
		left[p.Symbol] = p.Amount
	}
	if left[perp] != 0 || left[quarter] != 20 {
		t.Errorf("%v; %+v", left, s.asset("a"))
	}
}

// TestPushAllHasEverySymbol that the account holds, has held or configured, and
// no other.
func TestPushAllHasEverySymbol(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	s.do(&SetLeverage{"a", "ETHUSD_PERP", 5})
	s.quote("60000", 10)
	s.place("a", "BUY 1 MARKET")
	s.place("a", "SELL 1 MARKET")
	res := s.do(&Transfer{"a", "DEPOSIT", "ADA", num("7")})
	ev := s.decoded(res, "a")[0]
	got := ""
	for _, p := range ev.Account.Positions {
		got += p.Symbol + " "
	}
	for _, b := range ev.Account.Balances {
		got += b.Asset + " " + b.Change.String() + " "
	}
	wantText(t, "rows", got, "BTCUSD_PERP ETHUSD_PERP BTC 0 ADA 7.00000000 ")
	if ev.Account.Reason != wire.ReasonDeposit {
		t.Error(ev.Account.Reason)
	}
}

// TestMakerAndTakerRates: and what REST says of a fill of several prices.
func TestMakerAndTakerRates(t *testing.T) {
	s := withAccounts(t, Config{Taker: num("0.001"), Maker: num("0.0001")}, "a", "b")
	s.place("b", "SELL 10 LIMIT GTC @60000")
	s.place("b", "SELL 20 LIMIT GTC @60900")
	id := s.place("a", "BUY 30 LIMIT GTC @60900").ID
	fee := func(account string) (sum decimal.D) {
		for _, u := range must(s.e.UserTrades(account, "")) {
			sum = must(sum.Add(u.Commission))
		}
		return sum
	}
	// 1000/60000 = 0.01666666, 2000/60900 = 0.03284072
	wantText(t, "taker", fee("a").String(), "0.00004950")
	wantText(t, "maker", fee("b").String(), "0.00000494")
	v := s.order("a", id)
	wantText(t, "base", v.Base.String(), "0.04950738")
	wantText(t, "average", v.AveragePrice.String(), "60597.01492557")
}

func TestErrorText(t *testing.T) {
	wantText(t, "text", refuse(-2019).Error(), "-2019: Margin is insufficient.")
	wantText(t, "text", refuse(-1102, "price").Error(), "-1102: Mandatory parameter 'price' was not sent, was empty/null, or malformed.")
}

// TestOpenOrder finds open ones by both names, and no closed ones.
func TestOpenOrder(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	id := s.place("a", "BUY 1 LIMIT GTC @59000 id=x").ID
	for _, n := range []int64{id, 0} {
		if v, err := s.e.OpenOrder("a", perp, n, "x"); err != nil || v.ID != id {
			t.Errorf("%d: %+v %v", n, v, err)
		}
	}
	s.do(&Cancel{Account: "a", Symbol: perp, OrderID: id})
	if _, err := s.e.OpenOrder("a", perp, id, ""); err == nil {
		t.Error("found")
	}
	if v, err := s.e.Order("a", perp, 0, "x"); err != nil || v.Status != "CANCELED" {
		t.Errorf("%+v %v", v, err)
	}
	s.place("a", "BUY 1 LIMIT GTC @59000 id=x") // free again
}
