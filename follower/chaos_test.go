package follower_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

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

// TestChaos draws trades and faults of the network, of keys, of REST and of the
// process from one seed; then all is calm, and the books must come to be what the
// account really is, to the last digit, with a reason for everything.
func TestChaos(t *testing.T) {
	for i := range *chaosSeeds {
		seed := *chaosFirst + uint64(i)
		if *chaosSeed != 0 {
			seed = *chaosSeed
		}
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Logf("again with: go test ./follower -run TestChaos -args -chaos.seeds=1 -chaos.seed=%d -chaos.steps=%d", seed, *chaosSteps)
			r := rand.New(rand.NewPCG(seed, 5))
			inWorld(t, func(w *world) {
				w.config.Stream.Lines = 1 + r.IntN(3)
				w.config.Marks = r.IntN(2) == 0
				if r.IntN(2) == 0 {
					w.v.Push = engine.PushChanged
				}
				if r.IntN(3) == 0 {
					w.dapi.Now = func() time.Time { return time.Now().Add(10 * time.Second) }
				}
			}, func(w *world) {
				c := chaos{w: w, r: r, hedge: r.IntN(3) == 0}
				if c.hedge {
					w.call("POST", "/dapi/v1/positionSide/dual", "dualSidePosition=true")
				}
				for range *chaosSteps {
					c.step()
				}
				w.net.Refuse(false)
				w.net.Stall(false)
				time.Sleep(15 * time.Minute) // faults end
				for range 3 {                // a key that died in silence is noticed by the first, the next are heard
					w.v.Deposit(w.cred.Alias, "BTC", "0.00000001")
					time.Sleep(5 * time.Minute)
				}
				w.same()
				s := w.f.Stats()
				t.Logf("%d frames, %d of them again; %d snapshots, %d repairs, %d silences, %d REST failures, incidents %v", s.Frames, s.Repeated, s.Snapshots, s.Repairs, s.Silences, s.RESTFailures, s.Incidents)
			})
		})
	}
}

type chaos struct {
	w     *world
	r     *rand.Rand
	hedge bool
}

func (c *chaos) step() {
	w, r := c.w, c.r
	switch n := r.IntN(20); {
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
		w.end()
		c.account()
		time.Sleep(time.Duration(r.IntN(5000)) * time.Second)
		w.begin()
	}
	time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
}

// account does what moves it; refusals and faults of its own calls are part of it.
func (c *chaos) account() {
	w, r := c.w, c.r
	for range 1 + r.IntN(4) {
		symbol, side := []string{"BTCUSD_PERP", "ETHUSD_PERP"}[r.IntN(2)], []string{"BUY", "SELL"}[r.IntN(2)]
		switch r.IntN(8) {
		case 0:
			w.v.Deposit(w.cred.Alias, "BTC", fmt.Sprintf("0.%08d", 1+r.IntN(1e7)))
		case 1:
			w.v.Transfer(w.cred.Alias, []string{"ASSET_TRANSFER", "ADJUSTMENT", "COIN_SWAP_WITHDRAW", "ADMIN_WITHDRAW"}[r.IntN(4)], "ETH", fmt.Sprintf("-0.%08d", 1+r.IntN(1e7)))
		case 2:
			w.v.Fund(symbol, fmt.Sprintf("0.000%d", 1+r.IntN(9)))
		case 3:
			w.try("POST", "/dapi/v1/marginType", "symbol="+symbol+"&marginType="+[]string{"CROSSED", "ISOLATED"}[r.IntN(2)])
			w.try("POST", "/dapi/v1/positionMargin", fmt.Sprintf("symbol=%s&amount=0.0%d&type=%d", symbol, 1+r.IntN(99), 1+r.IntN(2)))
			w.try("POST", "/dapi/v1/leverage", fmt.Sprintf("symbol=%s&leverage=%d", symbol, 10+r.IntN(10)))
		default:
			if c.hedge {
				side += "&positionSide=" + []string{"LONG", "SHORT"}[r.IntN(2)]
			}
			w.try("POST", "/dapi/v1/order", fmt.Sprintf("symbol=%s&side=%s&type=MARKET&quantity=%d", symbol, side, 1+r.IntN(30)))
		}
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
	}
}

// fault begins one that ends within ten minutes.
func (c *chaos) fault() {
	r := c.r
	event := r.IntN(2) == 0
	line := r.IntN(3)
	faults := []gateway.Fault{
		{Kind: "disconnect"}, {Kind: "close", Code: 1008}, {Kind: "expire-key", Event: &event},
		{Kind: "silence", For: c.upTo(200), Line: line}, {Kind: "drop", Count: 1 + r.IntN(6), Line: line}, {Kind: "duplicate", Count: 1 + r.IntN(6), Line: line},
		{Kind: "reorder", Count: 2, Line: line}, {Kind: "delay", By: c.upTo(30), Count: 1 + r.IntN(6), Line: line}, {Kind: "truncate", Count: 1, Line: line},
		{Kind: "rest-error", Status: []int{500, 502, 503, 408}[r.IntN(4)], Code: -1000, Count: 1 + r.IntN(9)}, {Kind: "rest-slow", By: c.upTo(8), For: c.upTo(60)},
		{Kind: "rest-stale", By: c.upTo(60), For: c.upTo(120)}, {Kind: "rate-limit", For: c.upTo(20)},
	}
	f := faults[r.IntN(len(faults))]
	if f.For == 0 && f.Kind != "disconnect" && f.Kind != "close" && f.Kind != "expire-key" {
		f.For = gateway.Duration(10 * time.Minute)
	}
	c.w.fault(f)
}

func (c *chaos) upTo(seconds int) gateway.Duration {
	return gateway.Duration(time.Duration(1+c.r.IntN(seconds*1000)) * time.Millisecond)
}
