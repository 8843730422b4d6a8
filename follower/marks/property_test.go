package marks

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"poise/account"
	"poise/decimal"
	"poise/inverse"
	"poise/venue"
)

// Random trades in every mode and margin type, some in sizes whose cost comes
// back from the entry price and some not, while marks move and liquidate: what
// Compute makes of the pushed messages is what REST shows, digit for digit, or
// off by no more than the package's documentation says.
func TestComputeAgreesWithTheVenue(t *testing.T) {
	var seen tally
	rapid.Check(t, func(rt *rapid.T) {
		tr := &trader{}
		v := &venue.Venue{}
		venue.Unlimited()(v)
		v.OnPush = tr.heard
		if rapid.Bool().Draw(rt, "changed only") {
			venue.PushChanged()(v)
		}
		if err := v.Start(); err != nil {
			rt.Fatal(err)
		}
		defer v.Close()
		hedge := rapid.Bool().Draw(rt, "hedge")
		newTrader(rt, v, tr, hedge, "BTC", "20", "ETH", "50", "ADA", "500000")
		defer tr.http.CloseIdleConnections()
		(&session{trader: tr, rt: rt, hedge: hedge, seen: &seen, reduced: map[[2]string]bool{}, amounts: map[[2]string]decimal.D{}}).run()
	})
	t.Logf("%+v", seen)
	if seen.pools < 1500 {
		return // few checks were asked for
	}
	for name, n := range map[string]int{"exact PnLs": seen.exact, "inexact PnLs": seen.inexact, "exact liquidation prices": seen.prices, "inexact liquidation prices": seen.nearPrices,
		"positions without one": seen.none, "isolated positions": seen.isolated, "reduced positions": seen.reduced, "hedged symbols": seen.hedged, "full pools": seen.pools} {
		if n == 0 {
			t.Errorf("%s: none were compared", name)
		}
	}
}

type tally struct{ exact, inexact, prices, nearPrices, none, isolated, reduced, hedged, pools int }

type session struct {
	*trader
	rt       *rapid.T
	hedge    bool
	seen     *tally
	rules    *Rules
	brackets map[string]inverse.Brackets
	symbols  []string
	marks    map[string]decimal.D
	amounts  map[[2]string]decimal.D // before the last step
	reduced  map[[2]string]bool      // since the last increase
}

func (s *session) run() {
	s.rules, s.brackets = s.trader.rules()
	quarter := ""
	for name, r := range s.rules.symbols {
		if r.Delivery != 0 && r.MarginAsset == "BTC" {
			quarter = name
		}
	}
	s.symbols = []string{"BTCUSD_PERP", quarter, "ETHUSD_PERP", "ADAUSD_PERP"}
	s.marks = map[string]decimal.D{"BTCUSD_PERP": num("60000"), quarter: num("60000"), "ETHUSD_PERP": num("3000"), "ADAUSD_PERP": num("0.5")}
	for _, name := range s.symbols {
		s.setMark(name, 0)
		if rapid.Bool().Draw(s.rt, "isolated") {
			s.must("POST", "/dapi/v1/marginType", "symbol="+name+"&marginType=ISOLATED")
		}
		s.must("POST", "/dapi/v1/leverage", fmt.Sprintf("symbol=%s&leverage=%d", name, rapid.SampledFrom([]int{2, 10, 20, 50}).Draw(s.rt, "leverage")))
	}
	for range rapid.IntRange(5, 15).Draw(s.rt, "steps") {
		name := rapid.SampledFrom(s.symbols).Draw(s.rt, "symbol")
		if rapid.IntRange(0, 3).Draw(s.rt, "what") == 0 {
			s.setMark(name, rapid.Int64Range(-30_000_000, 30_000_000).Draw(s.rt, "move"))
		} else {
			s.trade(name)
		}
		s.follow()
		s.note()
		s.compare()
	}
}

// setMark moves a mark by 1e-9s of it, up to 3 %, to a price of 8 decimals, and
// has makers quote there.
func (s *session) setMark(name string, move int64) {
	mark, err := decimal.MulQuo(s.marks[name], decimal.New(1_000_000_000+move, 9), num("1"), 8, decimal.HalfUp)
	if err != nil {
		s.Fatalf("%v", err)
	}
	s.marks[name] = mark
	tick := map[string]int{"ETHUSD_PERP": 2, "ADAUSD_PERP": 5}[name]
	if tick == 0 {
		tick = 1
	}
	quote, _ := mark.Round(tick, decimal.HalfUp)
	s.v.SetMark(name, mark.String())
	s.v.Quote(name, quote.String(), "100000")
}

// trade sends a market order; the exchange may refuse it.
func (s *session) trade(name string) {
	most := rapid.SampledFrom([]int64{5, 50, 20_000}).Draw(s.rt, "most")
	order := fmt.Sprintf("symbol=%s&type=MARKET&quantity=%d&side=", name, rapid.Int64Range(1, most).Draw(s.rt, "quantity"))
	if s.hedge { // more that opens than that closes
		order += rapid.SampledFrom([]string{"BUY&positionSide=LONG", "SELL&positionSide=SHORT", "BUY&positionSide=LONG", "SELL&positionSide=SHORT",
			"SELL&positionSide=LONG", "BUY&positionSide=SHORT"}).Draw(s.rt, "side")
	} else {
		order += rapid.SampledFrom([]string{"BUY", "SELL"}).Draw(s.rt, "side")
	}
	if status, body := s.call("POST", "/dapi/v1/order", order); status != 200 && status != 400 {
		s.Fatalf("%s: %d %s", order, status, body)
	}
}

// note keeps which positions were reduced since their last increase.
func (s *session) note() {
	for _, p := range s.books.Positions() {
		key := [2]string{p.Symbol, p.Side}
		before := s.amounts[key]
		switch same := before.Sign() == p.Amount.Sign(); {
		case !same || p.Amount.Abs().Cmp(before.Abs()) > 0:
			s.reduced[key] = false
		case p.Amount.Abs().Cmp(before.Abs()) < 0:
			s.reduced[key] = true
		}
		s.amounts[key] = p.Amount
	}
}

func toFloat(d decimal.D) float64 {
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}

// costOff is how far the cost of a position may be off, in coin: 0 where it comes
// back to the digit.
func (s *session) costOff(p account.Position) float64 {
	rule, _ := s.rules.Rule(p.Symbol)
	entry := toFloat(p.EntryPrice)
	off := math.Abs(toFloat(p.Amount)) * toFloat(rule.Contract.Size) / entry / entry
	if off < 1e-5 && !s.reduced[[2]string{p.Symbol, p.Side}] {
		return 0
	}
	return (off + 1e-5) * 0.5e-8
}

const unit = 1e-8 // what a cut may take

func near(a, b string, off float64) bool {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return math.Abs(x-y) <= off*1.0001+1e-15*math.Abs(x)
}

func (s *session) compare() {
	theirRows, theirAssets := s.shown()
	mark := func(symbol string) (Mark, bool) { return Mark{Price: s.marks[symbol], Time: 1}, true }
	held := s.books.Positions()
	now := Compute(s.rules, s.brackets, s.books.Balances(), held, mark)
	if now.Missing != nil {
		s.Fatalf("missing: %+v", now.Missing)
	}
	byKey := map[[2]string]account.Position{}
	off := map[string]float64{} // of a pool's PnL
	for _, p := range held {
		if p.Amount.IsZero() {
			continue
		}
		byKey[[2]string{p.Symbol, p.Side}] = p
		if o := s.costOff(p); o > 0 && p.MarginType == "cross" {
			off[p.MarginAsset] += o + unit
		}
	}
	if len(byKey) != len(now.Positions) {
		s.Fatalf("%d rows for %d positions", len(now.Positions), len(byKey))
	}
	keeps := map[string]decimal.D{}
	for i, p := range now.Positions {
		key := [2]string{p.Symbol, p.Side}
		s.comparePosition(p, byKey[key], theirRows[key], now.Positions[max(0, i-1):min(i+2, len(now.Positions))], byKey, off)
		keeps[byKey[key].MarginAsset], _ = keeps[byKey[key].MarginAsset].Add(p.Maintenance)
	}
	for _, a := range theirAssets {
		if !keeps[a.Asset].Equal(num(a.MaintMargin)) {
			s.Errorf("%s: positions keep %v, REST %s", a.Asset, keeps[a.Asset], a.MaintMargin)
		}
	}
	s.comparePools(now.Margins, theirAssets, off)
}

func (s *session) comparePools(margins []Margin, assets []theirAsset, off map[string]float64) {
	for _, a := range assets {
		for _, m := range margins {
			if m.Asset != a.Asset {
				continue
			}
			want, _ := num(a.CrossWalletBalance).Add(num(a.CrossUnPnl))
			if off[a.Asset] == 0 && !want.Equal(m.Balance) || !near(want.String(), m.Balance.String(), off[a.Asset]) {
				s.Errorf("%s: balance %v, REST %v, may be off by %g", a.Asset, m.Balance, want, off[a.Asset])
			}
			s.seen.pools++
		}
	}
}

func (s *session) comparePosition(p Position, held account.Position, want theirs, around []Position, byKey map[[2]string]account.Position, off map[string]float64) {
	own := s.costOff(held)
	if s.reduced[[2]string{p.Symbol, p.Side}] {
		s.seen.reduced++
	}
	if p.Isolated {
		s.seen.isolated++
	}
	switch got := p.Unrealized.String(); {
	case own == 0 && got != want.UnRealizedProfit, !near(got, want.UnRealizedProfit, own+unit):
		s.Errorf("%s %s: PnL %s, REST %s; %+v", p.Symbol, p.Side, got, want.UnRealizedProfit, held)
	case own == 0:
		s.seen.exact++
	default:
		s.seen.inexact++
	}
	if !p.Maintenance.Equal(num(want.maintenance)) {
		s.Errorf("%s %s: maintenance %v, REST %s", p.Symbol, p.Side, p.Maintenance, want.maintenance)
	}
	if p.Mark.String() != want.MarkPrice {
		s.Fatalf("%s: mark %v, REST %s", p.Symbol, p.Mark, want.MarkPrice)
	}
	legs := []Position{p}
	if !p.Isolated {
		legs = legs[:0]
		for _, q := range around {
			if q.Symbol == p.Symbol {
				legs = append(legs, q)
			}
		}
		if own = off[held.MarginAsset]; len(legs) > 1 {
			s.seen.hedged++
		}
	}
	s.compareLiquidation(p, legs, byKey, want.LiquidationPrice, own)
}

// compareLiquidation allows the price to be off by what coin has on it.
func (s *session) compareLiquidation(p Position, legs []Position, byKey map[[2]string]account.Position, want string, coin float64) {
	got := "0"
	if p.HasLiquidation {
		got = p.Liquidation.String()
	}
	if coin == 0 || got == "0" && want == "0" {
		if got != want {
			s.Errorf("%s %s: liquidation %s, REST %s", p.Symbol, p.Side, got, want)
		}
		if got == "0" {
			s.seen.none++
		} else {
			s.seen.prices++
		}
		return
	}
	rule, _ := s.rules.Rule(p.Symbol)
	at, usd := max(toFloat(num(got)), toFloat(num(want))), 0.0
	for _, l := range legs {
		q := toFloat(byKey[[2]string{l.Symbol, l.Side}].Amount)
		n, _ := byKey[[2]string{l.Symbol, l.Side}].Amount.Int64()
		b, err := rule.Contract.BracketAt(s.brackets[p.Symbol], n, num(strconv.FormatFloat(at, 'f', 8, 64)))
		if err != nil {
			s.Fatalf("%v", err)
		}
		usd += (q + math.Abs(q)*toFloat(b.MMR)) * toFloat(rule.Contract.Size)
	}
	may := at*at/math.Abs(usd)*coin*1.01 + unit
	if !near(got, want, may) {
		s.Errorf("%s %s: liquidation %s, REST %s, may be off by %g", p.Symbol, p.Side, got, want, may)
	}
	s.seen.nearPrices++
}
