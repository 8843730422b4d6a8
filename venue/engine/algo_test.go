package engine

import (
	"strings"
	"testing"
)

// recordedAlgo is an ALGO_UPDATE of USD-M, recorded in 2025-12, with its names
// replaced; COIN-M's has the account's alias besides (INFERRED).
const recordedAlgo = `{"e":"ALGO_UPDATE","T":1765431097030,"E":1765431097037,"o":{"caid":"mine-9","aid":1000000033225453,"at":"CONDITIONAL","o":"STOP_MARKET","s":"DOGEUSDT","S":"BUY","ps":"BOTH","f":"GTC","q":"38","X":"TRIGGERED","ai":"88937381063","ap":"0","aq":"0","act":"MARKET","tp":"0.13855","p":"0","V":"EXPIRE_MAKER","wt":"CONTRACT_PRICE","pm":"NONE","cp":false,"pP":false,"R":false,"tt":1765431097019,"gtd":0}}`

// TestAlgoUpdateAsRecorded: a stop that triggers has the keys, their order and the
// forms of the recording.
func TestAlgoUpdateAsRecorded(t *testing.T) {
	s := withAccounts(t, Config{Push: PushChanged}, "a")
	s.place("a", "BUY 38 STOP_MARKET stop=60050.5 MARK_PRICE EXPIRE_MAKER id=mine-9 algo")
	res := s.mark("60051")
	got := string(res.Events[1].Message)
	for _, same := range []struct{ ours, theirs string }{
		{`,"i":"a"`, ``}, {"MARK_PRICE", "CONTRACT_PRICE"}, {"BTCUSD_PERP", "DOGEUSDT"}, {`"60050.5"`, `"0.13855"`}, {`"aid":1001`, `"aid":1000000033225453`},
		{`"ai":"1002"`, `"ai":"88937381063"`}, {`"T":1700000000040,"E":1700000000040`, `"T":1765431097030,"E":1765431097037`}, {`"tt":1700000000040`, `"tt":1765431097019`},
	} {
		if !strings.Contains(got, same.ours) {
			t.Errorf("no %s in %s", same.ours, got)
		}
		got = strings.Replace(got, same.ours, same.theirs, 1)
	}
	wantText(t, "message", got, recordedAlgo)
}

// TestAlgoLife: what is pushed of an algo order, by what happens to it. b's bids
// and asks are 10 at 59900 and 60100.
func TestAlgoLife(t *testing.T) {
	for _, c := range []struct {
		name, order string
		then        func(*session, int64) *Result
		story       string // of what happened then
		status      string // of the algo order in the end
	}{
		{"cancelled", "SELL 2 STOP_MARKET stop=59950 MARK_PRICE", func(s *session, id int64) *Result {
			return s.do(&Cancel{Account: "a", Symbol: perp, OrderID: id, Algo: true})
		}, "a algo CANCELED", "CANCELED"},
		{"filled at once", "SELL 2 STOP_MARKET stop=59950 MARK_PRICE", func(s *session, _ int64) *Result { return s.mark("59940") },
			"a algo TRIGGERING, a algo TRIGGERED, a NEW, a ORDER, a TRADE/FILLED, b ORDER, b TRADE/PARTIALLY_FILLED, a algo FINISHED", "FINISHED"},
		{"resting", "SELL 2 STOP @60000 stop=59950 MARK_PRICE", func(s *session, _ int64) *Result { return s.mark("59940") },
			"a algo TRIGGERING, a algo TRIGGERED, a NEW", "TRIGGERED"},
		{"resting, then filled", "SELL 2 STOP @60000 stop=59950 MARK_PRICE", func(s *session, _ int64) *Result {
			s.mark("59940")
			return s.do(entry("b", "BUY 2 LIMIT GTC @60000"))
		}, "b NEW, b ORDER, b TRADE/FILLED, a ORDER, a TRADE/FILLED, a algo FINISHED", "FINISHED"},
		{"resting, then cancelled", "SELL 2 STOP @60000 stop=59950 MARK_PRICE", func(s *session, id int64) *Result {
			s.mark("59940")
			return s.do(&Cancel{Account: "a", Symbol: perp, OrderID: id + 1})
		}, "a CANCELED, a algo FINISHED", "FINISHED"},
		{"nothing to reduce", "SELL 2 STOP_MARKET stop=59950 MARK_PRICE reduceOnly", func(s *session, _ int64) *Result { return s.mark("59940") },
			"a algo TRIGGERING, a algo REJECTED", "REJECTED"},
		{"too little margin", "SELL 20000 STOP_MARKET stop=59950 MARK_PRICE", func(s *session, _ int64) *Result { return s.mark("59940") },
			"a algo TRIGGERING, a algo REJECTED", "REJECTED"},
		{"all cancelled but it", "SELL 2 STOP_MARKET stop=59950 MARK_PRICE", func(s *session, _ int64) *Result { return s.do(&CancelAll{"a", perp}) }, "", "NEW"},
		{"delivered", "SELL 2 STOP_MARKET stop=59950 MARK_PRICE", func(s *session, _ int64) *Result { return s.do(&Settle{perp, num("60000")}) },
			"a algo EXPIRED, b CANCELED, b CANCELED", "EXPIRED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := withAccounts(t, Config{}, "a", "b")
			s.place("b", "SELL 10 LIMIT GTC @60100")
			s.place("b", "BUY 10 LIMIT GTC @59900")
			res := s.do(entry("a", c.order+" algo"))
			wantText(t, "placed", s.story(res), "a algo NEW")
			id := res.Order.AlgoID
			wantText(t, "then", s.story(c.then(s, id)), c.story)
			all := must(s.e.AlgoOrders("a", perp))
			if len(all) != 1 || all[0].AlgoID != id || all[0].AlgoStatus != c.status || (all[0].Rejected != "") != (c.status == "REJECTED") {
				t.Errorf("%+v", all)
			}
		})
	}
}

// TestAlgoOrderIsNoOrder: before it triggers it cannot be found, cancelled or
// amended as an order; then it can, by the id of what it became.
func TestAlgoOrderIsNoOrder(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	id := s.place("a", "SELL 2 STOP @60000 stop=59950 MARK_PRICE id=x algo").ID
	if _, err := s.e.Order("a", perp, id, ""); err == nil {
		t.Error("found by id")
	}
	if _, err := s.e.OpenOrder("a", perp, 0, "x"); err == nil {
		t.Error("found by client id")
	}
	s.refused(&Cancel{Account: "a", Symbol: perp, OrderID: id}, -2011)
	s.refused(&Amend{Account: "a", Symbol: perp, OrderID: id, Price: num("60001")}, -2013)
	s.refused(entry("a", "SELL 2 LIMIT GTC @60000 algo"), -1116)
	s.refused(entry("a", "SELL 2 STOP @60000 stop=59950 MARK_PRICE id=x algo"), -4116)
	if all := must(s.e.AllOrders("a", "")); len(all) != 0 {
		t.Errorf("listed: %+v", all)
	}
	s.mark("59940")
	s.refused(&Cancel{Account: "a", Symbol: perp, OrderID: id + 1, Algo: true}, -2011)
	v := s.order("a", id+1)
	if v.ClientOrderID != "x" || v.Status != "NEW" || v.Type != "LIMIT" || v.OriginalType != "STOP" || v.AlgoID != id || v.Triggered != s.at || v.Time != s.at || v.AlgoTime == s.at {
		t.Errorf("%+v", v)
	}
}

// TestPriceProtect: a protected stop does not trigger while mark and last are
// further apart than 2 %, and does when either comes near.
func TestPriceProtect(t *testing.T) {
	for _, c := range []struct {
		order  string
		then   []string // "mark P", or "last P": others trade at P
		status string
	}{
		{"SELL 2 STOP @40000 stop=59000 protect", []string{"last 59000"}, "NEW"},
		{"SELL 2 STOP @40000 stop=58500 protect", []string{"last 58500"}, "waits"},
		{"SELL 2 STOP @40000 stop=58500", []string{"last 58500"}, "NEW"},
		{"SELL 2 STOP @40000 stop=58500 protect", []string{"last 58500", "mark 59600"}, "NEW"},
		{"SELL 2 STOP @40000 stop=58500 protect", []string{"last 58500", "last 58600", "mark 59000"}, "waits"},
		{"SELL 2 STOP @40000 stop=58000 protect MARK_PRICE", []string{"last 60000", "mark 58000"}, "waits"},
		{"SELL 2 STOP @40000 stop=58000 protect MARK_PRICE", []string{"last 60000", "mark 58000", "last 59000"}, "NEW"},
	} {
		contracts := DefaultContracts("261225", 1798185600000)
		contracts[0].TriggerProtect = num("0.02")
		s := withAccounts(t, Config{Contracts: contracts}, "a", "c", "d")
		id := s.place("a", c.order).ID
		for _, what := range c.then {
			kind, price, _ := strings.Cut(what, " ")
			if kind == "mark" {
				s.mark(price)
				continue
			}
			s.place("c", "SELL 1 LIMIT GTC @"+price)
			s.place("d", "BUY 1 LIMIT GTC @"+price)
		}
		got := "waits"
		if v := s.order("a", id); v.Type == "LIMIT" {
			got = v.Status
		}
		if got != c.status {
			t.Errorf("%s, %q: %s; want %s", c.order, c.then, got, c.status)
		}
	}
}

func TestFundingRatesAreRemembered(t *testing.T) {
	s := newSession(t, Config{History: 16})
	for i := range 20 {
		s.do(&Fund{perp, num("0.0001").Neg()})
		if i == 0 {
			s.mark("61000")
		}
	}
	all := must(s.e.FundingRates(perp))
	if len(all) != 16 || all[0].Time >= all[15].Time || all[15].Time != s.at || !all[15].Mark.Equal(num("61000")) || !all[0].Rate.Equal(num("-0.0001")) {
		t.Errorf("%d: %+v", len(all), all)
	}
	if none := must(s.e.FundingRates("ETHUSD_PERP")); len(none) != 0 {
		t.Errorf("%+v", none)
	}
	if _, err := s.e.FundingRates("XRPUSD_PERP"); err == nil {
		t.Error("of a symbol that is not there")
	}
}
