package follower_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"poise/decimal"
	"poise/follower"
	"poise/store"
	"poise/venue/engine"
	"poise/venue/gateway"
)

var (
	chaosSeed  = flag.Uint64("chaos.seed", 0, "the one seed to run; 0 is some")
	chaosFirst = flag.Uint64("chaos.first", 1, "the first of the seeds")
	chaosSeeds = flag.Int("chaos.seeds", 6, "how many seeds")
	chaosSteps = flag.Int("chaos.steps", 80, "steps of each")
	chaosStory = flag.String("chaos.story", "", "a folder for the journals of seeds that fail")
)

// TestChaos draws trades and faults of the network, of keys, of REST, of the disk
// and of the process from one seed; then all is calm, and the books must come to be
// what the accounts really are, to the last digit, with a reason for everything.
func TestChaos(t *testing.T) { runChaos(t, *chaosSeeds, false, (*world).same) }

// TestChaosGarbled is TestChaos with messages of which bytes were changed on the
// way: what they said cannot all be explained, but what is held must come to be
// true. It draws a third of the seeds.
func TestChaosGarbled(t *testing.T) {
	runChaos(t, (*chaosSeeds+2)/3, true, func(w *world) {
		w.until("the truth again", func() bool { return w.viewOf("main").Status != follower.Starting && w.held() == "" })
	})
}

func runChaos(t *testing.T, seeds int, garbled bool, end func(*world)) {
	for i := range seeds {
		seed := *chaosFirst + uint64(i)
		if *chaosSeed != 0 {
			seed = *chaosSeed
		}
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Logf("again with: go test ./follower -run %s -args -chaos.seeds=1 -chaos.seed=%d -chaos.steps=%d", t.Name(), seed, *chaosSteps)
			c := &chaos{r: rand.New(rand.NewPCG(seed, 5)), garbled: garbled}
			inWorld(t, c.prepare, func(w *world) {
				c.begin()
				for range *chaosSteps {
					c.step()
				}
				c.calm()
				end(w)
				s := w.f.Stats()
				t.Logf("%d frames, %d of them again; %d snapshots, %d repairs, %d silences, %d REST failures, incidents %v", s.Frames, s.Repeated, s.Snapshots, s.Repairs, s.Silences, s.RESTFailures, s.Incidents)
			})
		})
	}
}

// chaos is an account that trades, another one beside it, and all that goes wrong.
type chaos struct {
	w       *world
	r       *rand.Rand
	garbled bool
	hedge   bool
	second  gateway.Credentials
	symbols []string
	marks   map[string]int64 // in tenths
	killed  *mortal
}

// prepare draws what the world is like.
func (c *chaos) prepare(w *world) {
	r := c.r
	c.w = w
	w.config.Stream.Lines = 1 + r.IntN(3)
	w.config.Marks = r.IntN(2) == 0
	w.v.LineMax = []time.Duration{0, 0, 15 * time.Minute, time.Hour}[r.IntN(4)]
	if r.IntN(2) == 0 {
		w.v.Push = engine.PushChanged
	}
	if off := []int{-10, 0, 0, 10}[r.IntN(4)]; off != 0 {
		w.dapi.Now = func() time.Time { return time.Now().Add(time.Duration(off) * time.Second) }
	}
	w.wrap = func(s *store.Store) follower.Store {
		c.killed = &mortal{Store: s}
		return c.killed
	}
	c.hedge = r.IntN(3) == 0
	c.symbols = []string{"BTCUSD_PERP", "ETHUSD_PERP", "BTCUSD_261225", "ETHUSD_261225"}
	c.marks = map[string]int64{"BTCUSD_PERP": 600000, "ETHUSD_PERP": 30000, "BTCUSD_261225": 606000, "ETHUSD_261225": 30300}
}

func (c *chaos) begin() {
	w := c.w
	c.second = w.v.NewAccount("second", "BTC", "3", "ETH", "50")
	w.others = map[string]string{"second": c.second.Alias}
	for _, s := range c.symbols {
		c.mark(s, 1000)
	}
	if c.hedge {
		w.call("POST", "/dapi/v1/positionSide/dual", "dualSidePosition=true")
	}
}

// calm ends the faults, and has every account be followed.
func (c *chaos) calm() {
	w := c.w
	w.net.Refuse(false)
	w.net.Stall(false)
	c.follow(true, true)
	time.Sleep(15 * time.Minute)
	for range 3 { // a key that died in silence is noticed by the first, the next are heard
		w.v.Deposit(w.cred.Alias, "BTC", "0.00000001")
		w.v.Deposit(c.second.Alias, "ETH", "0.00000001")
		time.Sleep(5 * time.Minute)
	}
}

func (c *chaos) step() {
	w, r := c.w, c.r
	switch n := r.IntN(22); {
	case n < 8:
		c.account()
	case n < 16:
		c.fault()
	case n == 16:
		w.net.Cut()
	case n == 17:
		w.net.Refuse(true)
		w.net.Cut()
		time.Sleep(time.Duration(r.IntN(200)) * time.Second)
		c.account()
		w.net.Refuse(false)
	case n == 18:
		w.net.Stall(true)
		time.Sleep(time.Duration(r.IntN(200)) * time.Second)
		w.net.Stall(false)
		w.net.Cut()
	case n == 19 && r.IntN(3) == 0:
		c.restart(r.IntN(2) == 0, r.IntN(5000))
	case n == 20 && r.IntN(2) == 0:
		c.comeAndGo()
	case n == 21 && r.IntN(2) == 0:
		c.killed.full.Store(int64(1 + r.IntN(20)))
	}
	time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
}

// restart ends the process, in good order or not, and starts another one.
func (c *chaos) restart(kill bool, seconds int) {
	w, r := c.w, c.r
	c.killed.full.Store(0)
	if kill {
		w.dies = errKilled
		c.killed.kill(r.IntN(12))
		c.account()
		time.Sleep(time.Duration(r.IntN(20)) * time.Second)
	}
	w.end()
	w.dies = nil
	c.account()
	time.Sleep(time.Duration(seconds) * time.Second)
	w.config.Stream.Lines = 1 + r.IntN(3)
	w.begin()
}

// comeAndGo has an account not followed for a while.
func (c *chaos) comeAndGo() {
	r := c.r
	c.follow(r.IntN(3) > 0, r.IntN(2) == 0)
	for range r.IntN(3) {
		c.account()
	}
	time.Sleep(time.Duration(r.IntN(100)) * time.Second)
	c.follow(true, r.IntN(2) == 0)
}

// follow says which of the accounts are followed. A follower that was killed, or
// that is not running yet, has them when it starts.
func (c *chaos) follow(main, second bool) {
	w := c.w
	w.config.Accounts = nil
	if second {
		w.config.Accounts = append(w.config.Accounts, follower.Account{Name: "second", Key: mustKey(w.t, c.second.APIKey, c.second.APISecret)})
	}
	list := slices.Clone(w.config.Accounts)
	if main {
		list = append(list, follower.Account{Name: "main", Key: mustKey(w.t, w.cred.APIKey, w.cred.APISecret)})
	}
	if err := w.f.SetAccounts(list); err != nil {
		w.t.Errorf("SetAccounts: %v", err)
	}
}

// account does what moves it; refusals and faults of its own calls are part of it.
func (c *chaos) account() {
	w, r := c.w, c.r
	for range 1 + r.IntN(4) {
		symbol, side := c.symbols[r.IntN(len(c.symbols))], []string{"BUY", "SELL"}[r.IntN(2)]
		if c.hedge {
			side += "&positionSide=" + []string{"LONG", "SHORT"}[r.IntN(2)]
		}
		switch r.IntN(16) {
		case 0:
			w.v.Deposit(w.cred.Alias, "BTC", fmt.Sprintf("0.%08d", 1+r.IntN(1e7)))
		case 1, 2:
			c.transfer()
		case 3:
			c.w.v.Gateway().Fund(context.Background(), symbol, decimal.New(int64(r.IntN(19)-9), 4)) // a delivery contract has none
		case 4:
			w.try("POST", "/dapi/v1/marginType", "symbol="+symbol+"&marginType="+[]string{"CROSSED", "ISOLATED"}[r.IntN(2)])
			w.try("POST", "/dapi/v1/positionMargin", fmt.Sprintf("symbol=%s&amount=0.0%d&type=%d", symbol, 1+r.IntN(99), 1+r.IntN(2)))
			w.try("POST", "/dapi/v1/leverage", fmt.Sprintf("symbol=%s&leverage=%d", symbol, 5+r.IntN(60)))
		case 5:
			c.mark(symbol, 970+r.Int64N(60))
		case 6:
			w.try("POST", "/dapi/v1/order", fmt.Sprintf("symbol=%s&side=%s&type=LIMIT&timeInForce=GTC&quantity=%d&price=%s", symbol, side, 1+r.IntN(50), c.price(symbol, 995+r.Int64N(10))))
		case 7:
			w.try("DELETE", "/dapi/v1/allOpenOrders", "symbol="+symbol)
			c.makes(symbol)
		case 8:
			c.rarely(symbol)
		default:
			n := 1 + r.IntN(30)
			if r.IntN(10) == 0 {
				n *= 200 // much of what the wallet can bear
			}
			w.try("POST", "/dapi/v1/order", fmt.Sprintf("symbol=%s&side=%s&type=MARKET&quantity=%d", symbol, side, n))
		}
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
	}
}

// rarely delivers a contract, or changes between one-way and hedge mode.
func (c *chaos) rarely(symbol string) {
	w, r := c.w, c.r
	switch r.IntN(6) {
	case 0:
		if i := slices.Index(c.symbols, symbol); i >= 2 { // no perpetual
			w.v.Settle(symbol, c.price(symbol, 990+r.Int64N(20)))
			c.symbols = slices.Delete(c.symbols, i, i+1)
		}
	case 1:
		c.flat()
		code, _, err := w.send("POST", "/dapi/v1/positionSide/dual", fmt.Sprintf("dualSidePosition=%t", !c.hedge))
		if err == nil && code == 200 {
			c.hedge = !c.hedge
		}
	}
}

// flat closes what the account has, as far as its calls are answered.
func (c *chaos) flat() {
	for _, s := range c.symbols {
		c.w.try("DELETE", "/dapi/v1/allOpenOrders", "symbol="+s)
	}
	for _, p := range c.w.v.Truth(c.w.cred.Alias).Positions {
		side := "SELL"
		if p.Amount.Sign() < 0 {
			side = "BUY"
		}
		if !p.Amount.IsZero() {
			c.w.try("POST", "/dapi/v1/order", fmt.Sprintf("symbol=%s&side=%s&positionSide=%s&type=MARKET&quantity=%s", p.Symbol, side, p.Side, p.Amount.Abs()))
		}
	}
}

// transfer moves money for a reason that is drawn, if there is enough.
func (c *chaos) transfer() {
	r := c.r
	reason := []string{"WITHDRAW", "ASSET_TRANSFER", "ADJUSTMENT", "INSURANCE_CLEAR", "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW", "ADMIN_DEPOSIT", "ADMIN_WITHDRAW"}[r.IntN(8)]
	amount := decimal.New(1+r.Int64N(1e7), 8)
	if r.IntN(2) == 0 && reason != "ADMIN_DEPOSIT" && reason != "COIN_SWAP_DEPOSIT" {
		amount = amount.Neg()
	}
	c.w.v.Gateway().Transfer(context.Background(), c.w.cred.Alias, reason, []string{"BTC", "ETH", "ADA"}[r.IntN(3)], amount) // refused: there is not as much
}

// price is a contract's mark times so many thousandths.
func (c *chaos) price(symbol string, by int64) string {
	return decimal.New(c.marks[symbol]*by/1000, 1).String()
}

// mark moves a contract's mark, and then its quotes or the other way round; margin
// calls and liquidations follow.
func (c *chaos) mark(symbol string, by int64) {
	base := int64(600000)
	if symbol[0] == 'E' {
		base = 30000
	}
	c.marks[symbol] = min(max(c.marks[symbol]*by/1000, base*8/10), base*12/10)
	price := c.price(symbol, 1000)
	if c.r.IntN(2) == 0 {
		c.w.v.Quote(symbol, price, "1000000")
		c.w.v.SetMark(symbol, price)
		return
	}
	c.w.v.SetMark(symbol, price)
	c.w.v.Quote(symbol, price, "1000000")
}

// makes has the second account rest some orders inside the quotes, so that one
// order of the first is filled by many.
func (c *chaos) makes(symbol string) {
	w, r := c.w, c.r
	own := w.cred
	w.cred = c.second
	defer func() { w.cred = own }()
	price := c.price(symbol, 1000)
	w.v.Quote(symbol, price, "0")
	side := []string{"BUY", "SELL"}[r.IntN(2)]
	for range 1 + r.IntN(4) {
		w.try("POST", "/dapi/v1/order", fmt.Sprintf("symbol=%s&side=%s&type=LIMIT&timeInForce=GTC&quantity=%d&price=%s", symbol, side, 1+r.IntN(9), price))
	}
	w.v.Quote(symbol, price, "1000000")
}

// fault begins one that ends within ten minutes, of one of the accounts.
func (c *chaos) fault() {
	r := c.r
	event := r.IntN(2) == 0
	line := r.IntN(3)
	status := []int{500, 502, 503, 504, 408, 401, 400}[r.IntN(7)]
	code := map[int]int{401: -2015, 400: -1021}[status]
	if code == 0 {
		code = -1000
	}
	faults := []gateway.Fault{
		{Kind: "disconnect", Line: line}, {Kind: "close", Code: []int{1000, 1001, 1008, 1011, 1012}[r.IntN(5)], Line: line}, {Kind: "expire-key", Event: &event},
		{Kind: "silence", For: c.upTo(200), Line: line}, {Kind: "drop", Count: 1 + r.IntN(6), Line: line}, {Kind: "duplicate", Count: 1 + r.IntN(6), Line: line},
		{Kind: "reorder", Count: 2, Line: line}, {Kind: "delay", By: c.upTo(30), Count: 1 + r.IntN(6), Line: line}, {Kind: "truncate", Count: 1, Line: line},
		{Kind: "rest-error", Status: status, Code: code, Count: 1 + r.IntN(9)}, {Kind: "rest-slow", By: c.upTo(8), For: c.upTo(60)},
		{Kind: "rest-stale", By: c.upTo(60), For: c.upTo(120)}, {Kind: "rate-limit", For: c.upTo(20)},
	}
	if c.garbled {
		faults = append(faults, slices.Repeat([]gateway.Fault{{Kind: "garble", Bytes: 1 + r.IntN(5), Count: 1 + r.IntN(4), Line: line}}, 6)...)
	}
	n := r.IntN(len(faults) + 1)
	if n == len(faults) { // somebody else ends the key
		c.w.try("DELETE", "/dapi/v1/listenKey", "")
		return
	}
	f := faults[n]
	if f.For == 0 && f.Kind != "disconnect" && f.Kind != "close" && f.Kind != "expire-key" {
		f.For = gateway.Duration(10 * time.Minute)
	}
	f.Alias = c.w.cred.Alias
	if r.IntN(6) == 0 {
		f.Alias = c.second.Alias
	}
	c.w.v.Fault(f)
}

func (c *chaos) upTo(seconds int) gateway.Duration {
	return gateway.Duration(time.Duration(1+c.r.IntN(seconds*1000)) * time.Millisecond)
}
