package engine

import (
	"fmt"
	"strings"
	"testing"

	"poise/decimal"
)

// TestOrderTypes: b rests 10 to sell at 60100 and 10 to buy at 59900, the mark is
// 60000; a's order is entered, then a price happens, then it is looked at.
func TestOrderTypes(t *testing.T) {
	for _, c := range []struct {
		order  string
		then   string // "last P": others trade at P; "mark P"
		status string
		filled int64
		story  string // of the order's own command
	}{
		{"BUY 3 LIMIT GTC @60000", "", "NEW", 0, "a NEW"},
		{"BUY 3 LIMIT GTC @60100", "", "FILLED", 3, "a NEW, a ORDER, a TRADE/FILLED, b ORDER, b TRADE/PARTIALLY_FILLED"},
		{"BUY 13 LIMIT GTC @60100", "", "PARTIALLY_FILLED", 10, "a NEW, a ORDER, a TRADE/PARTIALLY_FILLED, b ORDER, b TRADE/FILLED"},
		{"SELL 3 LIMIT GTC @59000", "", "FILLED", 3, ""},
		{"BUY 13 LIMIT IOC @60100", "", "EXPIRED", 10, "a NEW, a ORDER, a TRADE/PARTIALLY_FILLED, b ORDER, b TRADE/FILLED, a EXPIRED"},
		{"BUY 13 LIMIT IOC @60000", "", "EXPIRED", 0, "a NEW, a EXPIRED"},
		{"BUY 10 LIMIT FOK @60100", "", "FILLED", 10, ""},
		{"BUY 10 LIMIT GTX @60099.9", "", "NEW", 0, "a NEW"},
		{"BUY 4 MARKET", "", "FILLED", 4, ""},
		{"SELL 11 MARKET", "", "EXPIRED", 10, ""},
		{"BUY 2 STOP @60200 stop=60050", "", "NEW", 0, "a NEW"},
		{"BUY 2 STOP @60200 stop=60050", "last 60060", "FILLED", 2, ""},
		{"BUY 2 STOP @60090 stop=60050", "last 60060", "NEW", 0, ""},
		{"BUY 2 STOP @60200 stop=60050", "last 60040", "NEW", 0, ""},
		{"BUY 2 STOP @60200 stop=60050", "mark 60060", "NEW", 0, ""},
		{"BUY 2 STOP @60200 stop=60050 MARK_PRICE", "mark 60060", "FILLED", 2, ""},
		{"SELL 2 STOP_MARKET stop=59950 MARK_PRICE", "mark 59950", "FILLED", 2, ""},
		{"SELL 2 STOP_MARKET stop=59950 MARK_PRICE", "mark 59950.1", "NEW", 0, ""},
		{"BUY 2 TAKE_PROFIT @60100 stop=59950 MARK_PRICE", "mark 59940", "FILLED", 2, ""},
		{"SELL 2 TAKE_PROFIT_MARKET stop=60050", "last 60050", "FILLED", 2, ""},
		{"SELL 2 TRAILING_STOP_MARKET cb=1 MARK_PRICE", "mark 60600 60000", "NEW", 0, ""},
		{"SELL 2 TRAILING_STOP_MARKET cb=1 MARK_PRICE", "mark 60600 59994", "FILLED", 2, ""},
		{"SELL 2 TRAILING_STOP_MARKET cb=1 act=60500 MARK_PRICE", "mark 60400 59400", "NEW", 0, ""},
		{"SELL 2 TRAILING_STOP_MARKET cb=1 act=60500 MARK_PRICE", "mark 60500 59895", "FILLED", 2, ""},
		{"BUY 2 TRAILING_STOP_MARKET cb=0.5 MARK_PRICE", "mark 59800 60099", "FILLED", 2, ""},
		{"SELL 1 STOP_MARKET stop=59950 reduceOnly MARK_PRICE", "mark 59940", "EXPIRED", 0, ""},
	} {
		t.Run(strings.ReplaceAll(c.order, " ", "_")+c.then, func(t *testing.T) {
			s := withAccounts(t, Config{}, "a", "b", "c", "d")
			s.place("b", "SELL 10 LIMIT GTC @60100")
			s.place("b", "BUY 10 LIMIT GTC @59900")
			res := s.do(entry("a", c.order))
			id := res.OrderID
			if got := s.story(res); c.story != "" && got != c.story {
				t.Errorf("story %s", got)
			}
			kind, prices, _ := strings.Cut(c.then, " ")
			for _, p := range strings.Fields(prices) {
				if kind == "mark" {
					s.mark(p)
					continue
				}
				s.place("c", "SELL 1 LIMIT GTC @"+p)
				s.place("d", "BUY 1 LIMIT GTC @"+p)
			}
			if v := s.order("a", id); v.Status != c.status || v.Filled != c.filled {
				t.Errorf("%s %d: %+v", v.Status, v.Filled, v)
			}
		})
	}
}

// TestTriggered: a stop goes on under its id as what it becomes.
func TestTriggered(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b")
	s.place("b", "SELL 10 LIMIT GTC @60100")
	id := s.place("a", "BUY 2 STOP_MARKET stop=60050 MARK_PRICE").ID
	res := s.mark("60050")
	wantText(t, "story", s.story(res), "a EXPIRED, a NEW, a ORDER, a TRADE/FILLED, b ORDER, b TRADE/PARTIALLY_FILLED")
	v := s.order("a", id)
	if v.Type != "MARKET" || v.OriginalType != "STOP_MARKET" || !v.StopPrice.Equal(num("60050")) || !v.AveragePrice.Equal(num("60100")) {
		t.Errorf("%+v", v)
	}
}

func TestClosePosition(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "A")
	s.quote("60000", 100)
	s.place("a", "BUY 7 MARKET")
	s.place("A", "SELL 4 MARKET SHORT")
	s.place("a", "SELL 0 STOP_MARKET stop=59000 close MARK_PRICE")
	s.place("A", "BUY 0 TAKE_PROFIT_MARKET stop=59000 close MARK_PRICE SHORT")
	s.mark("59000")
	if p := s.position("a", "BOTH"); p.Amount != 0 {
		t.Errorf("one-way: %+v", p)
	}
	if p := s.position("A", "SHORT"); p.Amount != 0 {
		t.Errorf("hedge: %+v", p)
	}
}

// TestReduceOnly: it only takes off, whatever its quantity, and expires with the
// position.
func TestReduceOnly(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b")
	s.refused(entry("a", "SELL 3 LIMIT GTC @60000 reduceOnly"), -2022)
	s.quote("60000", 100)
	s.place("a", "BUY 5 MARKET")
	s.refused(entry("a", "BUY 3 LIMIT GTC @60000 reduceOnly"), -2022)
	id := s.place("a", "SELL 9 LIMIT GTC @60200 reduceOnly").ID
	s.quote("60000", 0)
	s.place("b", "BUY 9 LIMIT GTC @60200")
	if p, v := s.position("a", "BOTH"), s.order("a", id); p.Amount != 0 || v.Filled != 5 || v.Status != "EXPIRED" {
		t.Errorf("%+v %+v", p, v)
	}
}

// TestHedge: two sides that do not meet; closing orders are reduceOnly by nature.
func TestHedge(t *testing.T) {
	s := withAccounts(t, Config{}, "A")
	s.quote("60000", 100)
	s.place("A", "BUY 5 MARKET LONG")
	s.place("A", "SELL 3 MARKET SHORT")
	if l, sh := s.position("A", "LONG"), s.position("A", "SHORT"); l.Amount != 5 || sh.Amount != -3 {
		t.Fatalf("%+v %+v", l, sh)
	}
	s.refused(entry("A", "SELL 6 LIMIT GTC @60000 LONG"), -2022)
	if v := s.place("A", "SELL 4 LIMIT GTC @60100 LONG"); !v.ReduceOnly {
		t.Errorf("%+v", v)
	}
	s.refused(entry("A", "SELL 2 MARKET LONG"), -2022)
	s.place("A", "SELL 1 MARKET LONG")
	s.place("A", "BUY 3 MARKET SHORT")
	if l, sh := s.position("A", "LONG"), s.position("A", "SHORT"); l.Amount != 4 || sh.Amount != 0 || sh.Realized.IsZero() {
		t.Errorf("%+v %+v", l, sh)
	}
}

func TestSelfTrade(t *testing.T) {
	for _, c := range []struct{ mode, taker, maker string }{
		{"NONE", "FILLED", "FILLED"},
		{"EXPIRE_TAKER", "EXPIRED_IN_MATCH", "NEW"},
		{"EXPIRE_MAKER", "NEW", "EXPIRED_IN_MATCH"},
		{"EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH"},
	} {
		s := withAccounts(t, Config{}, "a")
		maker := s.place("a", "SELL 2 LIMIT GTC @60000").ID
		taker := s.place("a", "BUY 2 LIMIT GTC @60000 "+c.mode).ID
		if x, m := s.order("a", taker).Status, s.order("a", maker).Status; x != c.taker || m != c.maker {
			t.Errorf("%s: taker %s, maker %s", c.mode, x, m)
		}
	}
}

func TestAmend(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b", "c")
	first := s.place("a", "SELL 5 LIMIT GTC @60000").ID
	s.place("b", "SELL 5 LIMIT GTC @60000")
	amend := func(price, quantity string) OrderView {
		a := &Amend{Account: "a", Symbol: perp, OrderID: first, Side: "SELL", ModifyID: 7}
		a.Price, a.Quantity = num(price), num(quantity)
		return *s.do(a).Order
	}
	amend("60000", "4") // keeps its place
	s.place("c", "BUY 1 MARKET")
	if v := s.order("a", first); v.Filled != 1 {
		t.Fatalf("lost its place: %+v", v)
	}
	amend("60000", "6") // loses it
	s.place("c", "BUY 1 MARKET")
	if v := s.order("a", first); v.Filled != 1 || v.Quantity != 6 {
		t.Fatalf("kept its place: %+v", v)
	}
	s.refused(&Amend{Account: "a", Symbol: perp, OrderID: first, Price: num("60000"), Quantity: num("6")}, -5027)
	s.place("c", "BUY 2 LIMIT GTC @59990")
	if v := amend("59990", "6"); v.Filled != 3 {
		t.Fatalf("did not cross: %+v", v)
	}
	if v := amend("59990", "3"); v.Status != "CANCELED" {
		t.Fatalf("%+v", v)
	}
	s.refused(&Amend{Account: "a", Symbol: perp, OrderID: first, Price: num("59990"), Quantity: num("9")}, -2013)
	var told []string
	for _, m := range must(s.e.Amendments("a", perp, first, "")) {
		told = append(told, fmt.Sprintf("%d: %s x %d, before %s x %d", m.Count, m.Price.Trim(), m.Quantity, m.PriceBefore.Trim(), m.QuantityBefore))
	}
	wantText(t, "amendments", strings.Join(told, "\n"),
		"3: 59990 x 6, before 60000 x 6\n2: 60000 x 6, before 60000 x 4\n1: 60000 x 4, before 60000 x 5")
	if all := must(s.e.Amendments("b", perp, 0, "")); len(all) != 0 {
		t.Errorf("another's: %+v", all)
	}
}

func TestCancel(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b")
	id := s.place("a", "BUY 1 LIMIT GTC @59000 id=mine").ID
	s.refused(&Cancel{Account: "b", Symbol: perp, OrderID: id}, -2011)
	s.refused(&Cancel{Account: "a", Symbol: "ETHUSD_PERP", OrderID: id}, -2011)
	res := s.do(&Cancel{Account: "a", Symbol: perp, ClientOrderID: "mine"})
	wantText(t, "story", s.story(res), "a CANCELED")
	s.refused(&Cancel{Account: "a", Symbol: perp, OrderID: id}, -2011)
	if v := s.order("a", id); v.Status != "CANCELED" {
		t.Errorf("%+v", v)
	}
	for range 3 {
		s.place("a", "BUY 1 LIMIT GTC @59000")
	}
	s.place("a", "BUY 1 STOP_MARKET stop=61000")
	if res := s.do(&CancelAll{"a", perp}); len(res.Orders) != 4 || len(res.Events) != 4 {
		t.Errorf("%d orders, %d events", len(res.Orders), len(res.Events))
	}
	if a := s.asset("a"); !a.OpenOrderInitial.IsZero() || !a.Available.Equal(num("1")) {
		t.Errorf("%+v", a)
	}
}

func TestCountdown(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	s.place("a", "BUY 1 LIMIT GTC @59000")
	s.do(&CountdownCancel{"a", perp, 1000})
	due := s.e.NextDeadline()
	if due != s.at+1000 {
		t.Fatalf("due at %d", due)
	}
	s.do(&CountdownCancel{"a", perp, 0})
	s.do(&CountdownCancel{"a", perp, 500})
	s.do(&Tick{})
	if len(must(s.e.OpenOrders("a", ""))) != 1 {
		t.Fatal("fired early")
	}
	s.at = s.e.NextDeadline()
	if res := s.do(&Tick{}); s.story(res) != "a CANCELED" || s.e.NextDeadline() != 0 {
		t.Fatal(s.story(res))
	}
}

// TestPriceTimePriority: better prices first, then who came first.
func TestPriceTimePriority(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "b", "c", "d")
	s.place("a", "SELL 1 LIMIT GTC @60002")
	s.place("b", "SELL 1 LIMIT GTC @60001")
	s.place("c", "SELL 1 LIMIT GTC @60001")
	res := s.do(entry("d", "BUY 3 LIMIT GTC @60010"))
	wantText(t, "story", s.story(res), "d NEW, d ORDER, d TRADE/PARTIALLY_FILLED, b ORDER, b TRADE/FILLED, "+
		"d ORDER, d TRADE/PARTIALLY_FILLED, c ORDER, c TRADE/FILLED, d ORDER, d TRADE/FILLED, a ORDER, a TRADE/FILLED")
	if len(res.Trades) != 3 || !res.Trades[0].Price.Equal(num("60001")) || res.Trades[0].BuyerMaker || !res.Trades[2].Price.Equal(num("60002")) {
		t.Errorf("%+v", res.Trades)
	}
}

// TestRefusals: each documented code from its cause; session.refused checks that
// nothing changes.
func TestRefusals(t *testing.T) {
	s := withAccounts(t, Config{}, "a", "A", "poor")
	s.quote("60000", 1000)
	s.place("a", "BUY 1 MARKET")
	s.place("a", "BUY 1 LIMIT GTC @59000 id=dup")
	s.do(&Transfer{"poor", "WITHDRAW", "BTC", num("0.9999")})
	for _, c := range []struct {
		account, order string
		code           int
	}{
		{"nobody", "BUY 1 MARKET", -1109},
		{"a", "BUY 1 MARKET on=BTCUSD_999999", -1121},
		{"a", "HOLD 1 MARKET", -1117},
		{"a", "BUY 1 ICEBERG", -1116},
		{"a", "BUY 1 LIMIT XXX @60000", -1115},
		{"a", "BUY 1 LIMIT GTC", -1102},
		{"a", "BUY 1 LIMIT @60000", -1102},
		{"a", "BUY 0 MARKET", -1102},
		{"a", "BUY 1 MARKET @60000", -1106},
		{"a", "BUY 1 LIMIT GTC @60000 stop=1", -1106},
		{"a", "BUY 1 STOP_MARKET", -1102},
		{"a", "BUY 1.5 MARKET", -1111},
		{"a", "BUY -1 MARKET", -4003},
		{"a", "BUY 60001 MARKET", -4005},
		{"a", "BUY 1000001 LIMIT GTC @60000", -4005},
		{"a", "BUY 1 LIMIT GTC @60000.05", -1111},
		{"a", "BUY 1 LIMIT GTC @-60000", -4001},
		{"a", "BUY 1 LIMIT GTC @999.9", -4013},
		{"a", "BUY 1 LIMIT GTC @4520958.1", -4002},
		{"a", "BUY 1 LIMIT GTC @63000.1", -4016},
		{"a", "SELL 1 LIMIT GTC @56999.9", -4024},
		{"a", "BUY 1 LIMIT GTC @59000 id=dup", -4116},
		{"a", "BUY 1 LIMIT GTC @59000 id=a|b", -4015},
		{"a", "BUY 1 LIMIT GTC @59000 id=" + strings.Repeat("x", 37), -4015},
		{"a", "BUY 1 LIMIT GTC @59000 LONG", -4061},
		{"A", "BUY 1 LIMIT GTC @59000", -4061},
		{"A", "BUY 1 LIMIT GTC @59000 LONG reduceOnly", -4062},
		{"A", "SELL 1 LIMIT GTC @61000 LONG", -2022},
		{"a", "BUY 1 LIMIT FOK @59000", -5021},
		{"a", "BUY 1 LIMIT GTX @60001", -5022},
		{"a", "BUY 1 STOP_MARKET stop=59000", -2021},
		{"a", "SELL 1 TAKE_PROFIT @59000 stop=59000", -2021},
		{"a", "SELL 1 TRAILING_STOP_MARKET cb=1 act=59000", -2021},
		{"a", "SELL 1 TRAILING_STOP_MARKET cb=10.1", -4136},
		{"a", "SELL 1 TRAILING_STOP_MARKET", -1102},
		{"a", "SELL 1 STOP_MARKET stop=59000 close", -4137},
		{"a", "SELL 1 LIMIT GTC @60000 close", -1130},
		{"poor", "BUY 2 MARKET", -2019},
		{"a", "BUY 60000 MARKET", -2027},
	} {
		s.refused(entry(c.account, c.order), c.code)
	}
	s.refused(&CreateAccount{"a", false}, -1109)
	s.refused(&CreateAccount{"", false}, -1109)
	s.refused(&SetLeverage{"a", perp, 126}, -4028)
	s.refused(&SetLeverage{"a", perp, 0}, -4028)
	s.refused(&SetMarginType{"a", perp, "CROSSED"}, -4046)
	s.refused(&SetMarginType{"a", perp, "ISOLATED"}, -4047)
	s.refused(&SetMarginType{"a", perp, "isolated"}, -1130)
	s.refused(&SetPositionMode{"a", false}, -4059)
	s.refused(&SetPositionMode{"a", true}, -4067)
	s.refused(&MovePositionMargin{"a", perp, "BOTH", num("0.1"), 1}, -4049)
	s.refused(&MovePositionMargin{"a", perp, "BOTH", num("0"), 1}, -4055)
	s.refused(&MovePositionMargin{"a", perp, "LONG", num("1"), 1}, -4061)
	s.do(&CancelAll{"a", perp})
	s.refused(&SetMarginType{"a", perp, "ISOLATED"}, -4048)
	s.refused(&SetPositionMode{"a", true}, -4068)
	s.refused(&Transfer{"a", "WITHDRAW", "BTC", num("1")}, -2018)
	s.refused(&Transfer{"a", "DEPOSIT", "BTC", num("0.000000001")}, -1111)
	s.refused(&Transfer{"a", "DEPOSIT", "DOGE", num("1")}, -1108)
	s.refused(&Transfer{"a", "DEPOSIT", "BTC", num("-1")}, -4055)
	s.refused(&Transfer{"a", "ORDER", "BTC", num("1")}, -1130)
	s.refused(&Transfer{"a", "DEPOSIT", "BTC", num("99999999999")}, -1130)
	s.refused(&SetMark{Symbol: perp, Price: num("0")}, -4001)
	s.refused(&SetMark{Symbol: "X", Price: num("1")}, -1121)
	s.refused(&Fund{"BTCUSD_261225", num("0.0001")}, -1130)
	s.refused(&Fund{perp, num("2")}, -1130)
	s.refused(&Settle{"X", num("1")}, -1121)
	s.refused(nil, -1130)
}

// TestOrderLimits: 200 open orders and 20 that wait, per account and symbol.
func TestOrderLimits(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	for range 200 {
		s.place("a", "BUY 1 LIMIT GTC @59000")
	}
	s.refused(entry("a", "BUY 1 LIMIT GTC @59000"), -2025)
	for range 20 {
		s.place("a", "BUY 1 STOP_MARKET stop=61000")
	}
	s.refused(entry("a", "BUY 1 STOP_MARKET stop=61000"), -4045)
	s.do(&Place{Account: "a", Symbol: "BTCUSD_261225", Side: "BUY", Type: "LIMIT", TimeInForce: "GTC", Price: num("59000"), Quantity: decimal.New(1, 0)})
}
