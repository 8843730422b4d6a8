package engine

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand"
	"testing"

	"poise/decimal"
	"poise/wire"
)

// sim draws random commands for an exchange of many accounts and checks after
// each that the books balance. Everything comes from the seed.
type sim struct {
	t        testing.TB
	e        *Engine
	r        *rand.Rand
	now      int64
	accounts []string
	commands int
	refused  map[int]int
	reasons  map[string]int
	events   int
	trades   int
	digest   uint64
	onEvent  func(*Event)
	seen     map[string]int // what of the rarer things happened
	calm     bool           // no mark moves far
	wealth   int64          // how much more than 1 the accounts deposit
	settle   int            // a quarter contract is delivered at this command, 0 for never
	sweepAt  int
}

const simStart = 1_700_000_000_000

func simConfig(push Push) Config {
	return Config{Contracts: DefaultContracts("261225", 1798185600000), Push: push, Seed: 7, History: 32,
		Insurance: []Amount{{"BTC", num("0.5")}, {"ETH", num("3")}}}
}

func newSim(t testing.TB, seed int64, accounts int, c Config) *sim {
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, e: e, r: rand.New(rand.NewSource(seed)), now: simStart, refused: map[int]int{}, reasons: map[string]int{}, sweepAt: 1000, seen: map[string]int{}}
	for i := range accounts {
		s.accounts = append(s.accounts, fmt.Sprintf("acc%04d", i))
	}
	return s
}

func (s *sim) start() {
	for i, a := range s.accounts {
		s.apply(&CreateAccount{Alias: a, Hedge: i%3 == 0})
		for _, asset := range []string{"BTC", "ETH", "ADA"} {
			n := map[string]int64{"BTC": 600_000, "ETH": 2_000_000, "ADA": 10_000_000_000}[asset]
			s.apply(&Transfer{a, wire.ReasonDeposit, asset, decimal.New(max(1, s.wealth)*(n+s.r.Int63n(4*n)), 8)})
		}
		for _, sy := range s.e.symbols {
			if i%4 == 1 {
				s.apply(&SetMarginType{a, sy.terms.Symbol, "ISOLATED"})
			}
			s.apply(&SetLeverage{a, sy.terms.Symbol, s.leverage(100)})
		}
	}
}

func num(s string) decimal.D { return decimal.MustParse(s) }

func (s *sim) apply(c Command) *Result {
	s.now += s.r.Int63n(3)
	res, err := s.e.Apply(c, s.now)
	s.commands++
	if err != nil {
		var own *Error
		if !errors.As(err, &own) || own.Msg == "" {
			s.t.Fatalf("command %d %T: %v", s.commands, c, err)
		}
		s.refused[own.Code]++
		res = &Result{}
	}
	h := fnv.New64a()
	for i := range res.Events {
		ev := &res.Events[i]
		h.Write(ev.Message)
		if s.onEvent != nil {
			s.onEvent(ev)
		}
		s.note(ev)
	}
	s.digest = s.digest*1099511628211 ^ h.Sum64()
	s.events += len(res.Events)
	s.trades += len(res.Trades)
	s.check(res)
	if s.commands%s.sweepAt == 0 {
		s.sweep()
	}
	return res
}

// note counts what is worth knowing to have happened.
func (s *sim) note(ev *Event) {
	switch ev.Type {
	case wire.MarginCall:
		s.seen["MARGIN_CALL"]++
	case wire.AccountUpdate:
		if i := bytes.LastIndex(ev.Message, []byte(`"m":"`)); i >= 0 {
			word, _, _ := bytes.Cut(ev.Message[i+5:], []byte(`"`))
			s.seen[string(word)]++
		}
	case wire.AlgoUpdate:
		for _, w := range algoStates {
			if bytes.Contains(ev.Message, []byte(`"X":"`+w+`"`)) {
				s.seen["ALGO "+w]++
			}
		}
	case wire.OrderTradeUpdate:
		for _, w := range [...]string{"CALCULATED", "adl_autoclose"} {
			if bytes.Contains(ev.Message, []byte(w)) && !bytes.Contains(ev.Message, []byte(`"x":"NEW"`)) {
				s.seen[w]++
			}
		}
	}
}

// check is what is checked after every command: conservation of every asset over
// all accounts, and the accounts and books that the command touched.
func (s *sim) check(res *Result) {
	e := s.e
	for _, as := range e.assets {
		sum := e.house.wallets[as.id].total() + as.fees + as.fund + as.clearing - as.deposits + as.withdrawals
		for _, a := range e.accounts {
			sum += a.wallets[as.id].total()
		}
		if sum != 0 {
			s.t.Fatalf("command %d: %s is off by %d", s.commands, as.name, sum)
		}
	}
	for i := range res.Events {
		s.checkAccount(e.byAlias[res.Events[i].Account])
	}
	for _, sy := range e.symbols {
		bid, ask := sy.book.Best(false), sy.book.Best(true)
		if bid != nil && ask != nil && bid.Price >= ask.Price {
			s.t.Fatalf("command %d: %s is crossed: %d, %d", s.commands, sy.terms.Symbol, bid.Price, ask.Price)
		}
	}
}

// checkAccount: wallet - cross = sum of isolated wallets, and no pool is in debt.
func (s *sim) checkAccount(a *account) {
	for _, as := range s.e.assets {
		w, isolated, holds := &a.wallets[as.id], int64(0), false
		for _, sy := range as.symbols {
			sl := a.slots[sy.id]
			if sl == nil {
				continue
			}
			sl.refresh()
			for i := range sl.pos {
				p := &sl.pos[i]
				isolated += p.isolated
				holds = holds || p.n != 0 && !sl.isolated
				if sl.isolated && p.n != 0 && mustLiquidate(p.isolated+sl.pnl[i], sl.upkeep[i]) {
					s.t.Fatalf("command %d: %s %s %s has %d isolated and %d PnL for %d", s.commands, a.alias, sy.terms.Symbol, positionSides[i], p.isolated, sl.pnl[i], sl.upkeep[i])
				}
				if (p.n == 0 || !sl.isolated) && p.isolated != 0 {
					s.t.Fatalf("command %d: %s %s keeps %d isolated without a position", s.commands, a.alias, sy.terms.Symbol, p.isolated)
				}
			}
		}
		if isolated != w.isolated {
			s.t.Fatalf("command %d: %s %s: isolated wallets are %d, not %d", s.commands, a.alias, as.name, isolated, w.isolated)
		}
		p := a.poolOf(as)
		if w.cross+p.pnl < 0 || holds && mustLiquidate(w.cross+p.pnl, p.upkeep) {
			s.t.Fatalf("command %d: %s %s: cross %d with PnL %d for %d is not being liquidated", s.commands, a.alias, as.name, w.cross, p.pnl, p.upkeep)
		}
	}
}

// sweep checks all books, orders and positions.
func (s *sim) sweep() {
	for _, sy := range s.e.symbols {
		s.sweepBook(sy)
		total, open, cost := int64(0), int64(0), wide{}
		for _, sl := range sy.holders {
			for i := range sl.pos {
				p := &sl.pos[i]
				total += p.n
				open += max(0, p.n)
				if p.n > 0 {
					cost = cost.add(p.entryCost())
				} else if p.n < 0 {
					cost = cost.sub(p.entryCost())
				}
			}
		}
		if total != 0 {
			s.t.Fatalf("command %d: %s: longs and shorts differ by %d", s.commands, sy.terms.Symbol, total)
		}
	}
	for _, as := range s.e.assets {
		s.sweepClearing(as)
	}
	for _, a := range s.e.accounts {
		s.checkAccount(a)
		for _, sl := range a.used {
			s.sweepSlot(sl)
		}
	}
}

// sweepClearing: what the clearing balance has paid out is the entry cost of
// longs less that of shorts, but for what cuts left: under 3e-8 a fill.
func (s *sim) sweepClearing(as *asset) {
	n := as.clearing * 100_000
	for _, sy := range as.symbols {
		for _, sl := range sy.holders {
			for i := range sl.pos {
				if p := &sl.pos[i]; p.n > 0 {
					n -= int64(p.entryCost().lo)
				} else if p.n < 0 {
					n += int64(p.entryCost().lo)
				}
			}
		}
	}
	// Sums wrap around as int64 does, which the difference undoes.
	if bound := int64(300_000) * int64(2*s.trades+2*s.events+10); n > bound || n < -bound {
		s.t.Fatalf("command %d: clearing of %s is off by %d e-13, more than %d", s.commands, as.name, n, bound)
	}
}

func (s *sim) sweepBook(sy *symbol) {
	for _, sell := range []bool{false, true} {
		last, count := int64(-1), 0
		var lastID int64
		for n := sy.book.Best(sell); n != nil; n = sy.book.after(n) {
			o := n.order
			if n.Quantity <= 0 || n.Quantity != o.left() || !o.resting || !o.opened || o.reserved == 0 && notional(o.left()*sy.size, o.price) != 0 {
				s.t.Fatalf("command %d: a resting order is not right: %+v", s.commands, o)
			}
			if last >= 0 && (sell && n.Price < last || !sell && n.Price > last) {
				s.t.Fatalf("command %d: levels out of order", s.commands)
			}
			if n.Price == last && o.amends == 0 && n.prev.order.amends == 0 && n.ID < lastID && !o.original.conditional() && !n.prev.order.original.conditional() {
				s.t.Fatalf("command %d: a later order is first", s.commands)
			}
			last, lastID = n.Price, n.ID
			count++
		}
		depth := 0
		for _, l := range sy.book.Depth(nil, sell, 1<<30) {
			depth++
			if l.Quantity <= 0 {
				s.t.Fatalf("an empty level")
			}
		}
		if depth > count {
			s.t.Fatalf("levels without orders")
		}
	}
}

func (s *sim) sweepSlot(sl *slot) {
	bids, asks, open, algo := int64(0), int64(0), 0, 0
	var bid, ask, closing [3]int64
	for o := sl.first; o != nil; o = o.next {
		open++
		if o.waiting {
			algo++
		}
		if o.counted {
			closing[o.pos] += o.left()
		}
		if o.node.Sell {
			asks += o.reserved
		} else {
			bids += o.reserved
		}
		switch {
		case o.reduceOnly:
		case o.node.Sell:
			ask[o.pos] += o.reserved
		default:
			bid[o.pos] += o.reserved
		}
		if o.resting && o.reserved != notional(o.left()*sl.sym.size, o.price) {
			s.t.Fatalf("command %d: reserved %d", s.commands, o.reserved)
		}
	}
	bad := bids != sl.bids || asks != sl.asks || open != sl.open || algo != sl.algo
	for i := range sl.pos {
		p := &sl.pos[i]
		bad = bad || bid[i] != p.bid || ask[i] != p.ask || closing[i] != p.closing
		bad = bad || (i == long && p.n < 0) || (i == short && p.n > 0)
	}
	if bad {
		s.t.Fatalf("command %d: %s %s: the slot's sums are wrong: %+v; %v %v %v %v %v %v %v", s.commands, sl.acct.alias, sl.sym.terms.Symbol, sl, bids, asks, open, algo, bid, ask, closing)
	}
}

// step draws one command.
func (s *sim) step() {
	r, e := s.r, s.e
	if s.settle > 0 && s.commands >= s.settle {
		s.settle = 0
		s.apply(&Settle{"BTCUSD_261225", num("60123.45678901").Trim()})
		s.apply(&Settle{"BTCUSD_261225", num("60123.45")})
		s.sweep()
	}
	a := e.byAlias[s.accounts[r.Intn(len(s.accounts))]]
	sy := e.symbols[r.Intn(len(e.symbols))]
	name := sy.terms.Symbol
	switch n := r.Intn(1000); {
	case n < 640:
		s.apply(s.place(a, sy))
	case n < 760:
		s.apply(s.cancel(a, sy))
	case n < 800:
		s.apply(s.amend(a, sy))
	case n < 810:
		s.apply(&CancelAll{a.alias, name})
	case n < 870:
		s.apply(&SetMark{Symbol: name, Price: s.mark(sy)})
	case n < 890:
		s.apply(&SetQuote{name, sy.priceOf(sy.mark / sy.tick * sy.tick), decimal.New(r.Int63n(400), 0)})
	case n < 893:
		s.apply(&Fund{name, decimal.New(r.Int63n(200_000)-100_000, 8)})
	case n < 950:
		s.apply(s.transfer(a, sy))
	case n < 965:
		s.apply(&SetLeverage{a.alias, name, s.leverage(125)})
	case n < 975:
		s.apply(&SetMarginType{a.alias, name, []string{"CROSSED", "ISOLATED"}[r.Intn(2)]})
	case n < 980:
		s.apply(&SetPositionMode{a.alias, r.Intn(2) == 0})
	case n < 990:
		s.apply(&MovePositionMargin{a.alias, name, s.side(a), decimal.New(r.Int63n(10_000), 8), 1 + r.Intn(2)})
	case n < 995:
		s.apply(&CountdownCancel{a.alias, name, r.Int63n(2) * 50})
	default:
		s.apply(&Tick{})
	}
}

// leverage is low in calm, so that a mark that wanders liquidates nobody.
func (s *sim) leverage(most int) int {
	if s.calm {
		most = 3
	}
	return 1 + s.r.Intn(most)
}

func (s *sim) side(a *account) string {
	if a.hedge {
		return positionSides[1+s.r.Intn(2)]
	}
	return "BOTH"
}

// mark moves mostly a little, sometimes enough to liquidate.
func (s *sim) mark(sy *symbol) decimal.D {
	by := s.r.Int63n(4001) - 2000 // 1e-6
	if s.r.Intn(40) == 0 && !s.calm {
		by *= 40
	}
	start, _ := toUnits(sy.terms.Mark, maxPrice)
	if sy.mark > 2*start && by > 0 || sy.mark < start/2 && by < 0 {
		by = -by
	}
	return decimal.New(sy.mark+sy.mark/1_000_000*by, 8)
}

func (s *sim) price(sy *symbol) decimal.D {
	p := sy.mark + sy.mark/10_000*(s.r.Int63n(61)-30)
	return sy.priceOf(p / sy.tick * sy.tick)
}

func (s *sim) place(a *account, sy *symbol) *Place {
	r := s.r
	p := &Place{Account: a.alias, Symbol: sy.terms.Symbol, Side: []string{"BUY", "SELL"}[r.Intn(2)], PositionSide: s.side(a),
		Quantity: decimal.New(1+r.Int63n(40), 0), SelfTrade: selfTrades[r.Intn(4)]}
	if a.hedge && r.Intn(2) == 0 { // open more than close
		p.PositionSide = map[string]string{"BUY": "LONG", "SELL": "SHORT"}[p.Side]
	}
	if !a.hedge {
		p.ReduceOnly = r.Intn(8) == 0
	}
	p.Type = "LIMIT"
	switch n := r.Intn(20); {
	case n < 5:
		p.Type = "MARKET"
	case n < 8:
		p.Type = orderTypes[2+r.Intn(5)]
	}
	if p.Type == "LIMIT" {
		p.TimeInForce = timesInForce[max(0, r.Intn(10)-6)]
	}
	if p.Type == "LIMIT" || p.Type == "STOP" || p.Type == "TAKE_PROFIT" {
		p.Price = s.price(sy)
	}
	if p.Type != "LIMIT" && p.Type != "MARKET" {
		p.WorkingType = workingTypes[r.Intn(2)]
		if p.Type == "TRAILING_STOP_MARKET" {
			p.CallbackRate = decimal.New(1+r.Int63n(20), 1)
		} else {
			p.StopPrice = s.price(sy)
		}
	}
	if r.Intn(50) == 0 {
		p.ClientOrderID = fmt.Sprintf("mine-%d", r.Intn(30))
	}
	if p.Type != "LIMIT" && p.Type != "MARKET" {
		p.Algo, p.PriceProtect = r.Intn(2) == 0, r.Intn(4) == 0
	}
	if p.Type == "STOP_MARKET" && r.Intn(2) == 0 {
		p.ClosePosition, p.ReduceOnly, p.Quantity = true, false, decimal.Zero
	}
	return p
}

func (s *sim) someOrder(a *account, sy *symbol) *order {
	sl := a.slots[sy.id]
	if sl == nil || sl.first == nil {
		return nil
	}
	o := sl.first
	for range s.r.Intn(sl.open) {
		o = o.next
	}
	return o
}

func (s *sim) cancel(a *account, sy *symbol) *Cancel {
	c := &Cancel{Account: a.alias, Symbol: sy.terms.Symbol, OrderID: 1 + s.r.Int63n(5000)}
	if o := s.someOrder(a, sy); o != nil {
		c.OrderID, c.Algo = o.node.ID, o.untriggered()
		if s.r.Intn(4) == 0 {
			c.OrderID, c.ClientOrderID = 0, o.clientID()
		}
	}
	return c
}

func (s *sim) amend(a *account, sy *symbol) *Amend {
	c := &Amend{Account: a.alias, Symbol: sy.terms.Symbol, OrderID: 1}
	if o := s.someOrder(a, sy); o != nil {
		c.OrderID = o.node.ID
	}
	if s.r.Intn(3) > 0 {
		c.Price = s.price(sy)
	}
	if s.r.Intn(3) > 0 {
		c.Quantity = decimal.New(1+s.r.Int63n(40), 0)
	}
	return c
}

func (s *sim) transfer(a *account, sy *symbol) *Transfer {
	t := transfers[s.r.Intn(len(transfers))]
	n := map[string]int64{"BTC": 100_000, "ETH": 400_000, "ADA": 2_000_000_000}[sy.asset.name]
	amount := 1 + s.r.Int63n(n)
	if t.way == 0 && s.r.Intn(2) == 0 {
		amount = -amount
	}
	return &Transfer{a.alias, t.name, sy.asset.name, decimal.New(amount, 8)}
}

func (s *sim) run(commands int) {
	s.start()
	for s.commands < commands {
		s.step()
	}
	s.sweep()
}

func (s *sim) String() string {
	return fmt.Sprintf("%d commands, %d accounts, %d events, %d trades, of them %v; refused %v; digest %016x",
		s.commands, len(s.accounts), s.events, s.trades, s.seen, s.refused, s.digest)
}
