package clients

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poise/decimal"
	"poise/venue"
	"poise/venue/gateway"
)

const (
	begin  = 40 * time.Second // what a client is given to begin, however busy the machine
	within = 8 * time.Second  // and to do what a row asks
	scale  = 720              // how much faster keys live where a row is about their life
	burst  = 500
)

// row is one line of the table.
type row struct {
	name      string
	how       string // it is measured
	run       func(*trial) string
	fast      bool
	snapshots bool
}

// trial is one client in one row.
type trial struct {
	*testing.T
	*account
	c       client
	given   time.Duration          // to do what a row asks
	dropped atomic.Pointer[string] // messages that hold this text are not sent
	mu      sync.Mutex
	pushed  [][]byte
}

// noEvent is of an expiry in silence.
var noEvent = false

var rows = []row{
	{name: "order kept", run: (*trial).orderKept,
		how: fmt.Sprintf("%d deposits at once; no wallet that the consumer is handed is older than the one before", burst)},
	{name: "every change told", run: (*trial).everyChange,
		how: "the same; the consumer is handed each of them"},
	{name: "back after a TCP cut", run: func(r *trial) string { return r.backAfter(gateway.Fault{Kind: "disconnect"}) },
		how: "its sockets are cut without a word"},
	{name: "back after a close frame", run: func(r *trial) string { return r.backAfter(gateway.Fault{Kind: "close", Code: 1001}) },
		how: "its sockets are closed with 1001"},
	{name: "key kept alive", fast: true, run: (*trial).keyKept,
		how: fmt.Sprintf("keys live %v, %d times less than the exchange's, and the client's timers are as much faster; after two lives the key is the same and events come", time.Hour/scale, scale)},
	{name: "key expired, told", run: func(r *trial) string { return r.backAfter(gateway.Fault{Kind: "expire-key"}) },
		how: "the key ends with `listenKeyExpired`, the socket stays open; timers are those of the default, so that only the event can tell"},
	{name: "key expired, untold", fast: true, run: func(r *trial) string { return r.backAfter(gateway.Fault{Kind: "expire-key", Event: &noEvent}) },
		how: "the key ends without a word, the socket stays open; timers are as fast as for the key's life"},
	{name: "malformed frame", run: (*trial).malformed,
		how: "half a message is sent; what comes after it is handed over"},
	{name: "resync", snapshots: true, run: (*trial).resync,
		how: "a deposit is made while its sockets are cut, and no event tells of it; when events come again, that wallet is right"},
	{name: "repeated messages", run: func(r *trial) string { return r.rightAfter(gateway.Fault{Kind: "duplicate"}, 3) },
		how: "three deposits are told twice each; the wallet is right"},
	{name: "late messages", run: func(r *trial) string { return r.rightAfter(gateway.Fault{Kind: "reorder", Count: 2}, 2) },
		how: "two deposits are told in the wrong order; the wallet is that of the newer one"},
	{name: "exact wallets", run: (*trial).exact,
		how: "wallets of 90071992.54740993, of four more by 0.00000001 each, and of 0.10000001"},
	{name: "break-even price", run: (*trial).breakEven,
		how: "a position is opened; its `bep` comes out as it was sent"},
	{name: "wallet explained", run: (*trial).explained,
		how: "a deposit, a fill, funding, and a fill that closes, whose order event is lost: how many of the five parts (transfer, two commissions, funding, realised PnL) it tells, with kind and amount"},
	{name: "own history", run: (*trial).history,
		how: "the same; then the exchange is away and the process is a new one: how many it tells still"},
}

// open makes a venue for the row, with an account of 2 BTC and 40 ETH or what
// balances say.
func (r *row) open(t *testing.T, o opener) *trial {
	x := &trial{T: t, given: within, account: &account{row: r.name, fast: r.fast, snapshots: r.snapshots}}
	x.v = venue.New(t, venue.Unlimited(), venue.PushChanged(), func(v *venue.Venue) {
		v.OnPush = x.onPush
		if r.fast {
			v.KeyLife = time.Hour / scale
		}
	})
	x.cred = x.v.NewAccount("SgsR", "BTC", "2", "ETH", "40")
	x.v.SetMark("BTCUSD_PERP", "60000")
	x.v.Quote("BTCUSD_PERP", "60000", "100000")
	x.c = o(t, x.account)
	return x
}

func (r *trial) onPush(_ string, m []byte) gateway.Delivery {
	r.mu.Lock()
	r.pushed = append(r.pushed, m)
	r.mu.Unlock()
	text := r.dropped.Load()
	return gateway.Delivery{Drop: text != nil && bytes.Contains(m, []byte(*text))}
}

func (r *trial) fault(f gateway.Fault) (end func()) {
	f.Alias = r.cred.Alias
	return r.v.Fault(f)
}

func (r *trial) yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// until waits for something as long as a client is given.
func (r *trial) until(is func() bool) bool {
	for end := time.Now().Add(r.given); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return true
		}
	}
	return is()
}

func (r *trial) truth(asset string) decimal.D {
	for _, b := range r.v.Truth(r.cred.Alias).Balances {
		if b.Asset == asset {
			return b.Wallet
		}
	}
	r.Fatalf("no %s", asset)
	return decimal.Zero
}

func (r *trial) right(asset string) bool { return same(r.c.seen().wallet(asset), r.truth(asset)) }

func (r *trial) back() bool { return r.hears(r.given) }

// hears is whether events come: within a time it is handed five deposits in a
// row, each soon, which no question asked of REST now and then would bring.
func (r *trial) hears(within time.Duration) bool {
	heard := 0
	for end := time.Now().Add(within); time.Now().Before(end) && heard < 5; {
		r.v.Deposit(r.cred.Alias, "BTC", "0.00000001")
		wallet, soon := r.truth("BTC"), time.Now().Add(250*time.Millisecond)
		came := false
		for !came && time.Now().Before(soon) {
			all := r.c.seen().all()
			came = len(all) > 0 && same(all[len(all)-1], wallet)
			time.Sleep(2 * time.Millisecond)
		}
		heard++
		if !came {
			heard = 0
		}
	}
	return heard == 5
}

func (r *trial) backAfter(f gateway.Fault) string {
	r.fault(f)
	return r.yes(r.back())
}

func (r *trial) malformed() string {
	r.fault(gateway.Fault{Kind: "truncate", Count: 1})
	r.v.Deposit(r.cred.Alias, "ETH", "1")
	return r.yes(r.back())
}

// rightAfter is whether the wallet is right after deposits under a fault.
func (r *trial) rightAfter(f gateway.Fault, deposits int) string {
	end := r.fault(f)
	for range deposits {
		r.v.Deposit(r.cred.Alias, "ETH", "0.00000001")
		time.Sleep(3 * time.Millisecond) // each has its own E and T
	}
	if f.Count == 0 {
		end()
	}
	return r.yes(r.back() && r.right("ETH"))
}

// bursts hands over many deposits, and returns what was told of them.
func (r *trial) bursts() []string {
	before := len(r.c.seen().all())
	for range burst {
		r.v.Deposit(r.cred.Alias, "BTC", "0.00000001")
	}
	r.until(func() bool {
		all := r.c.seen().all()
		return len(all) > before && same(all[len(all)-1], r.truth("BTC"))
	})
	return r.c.seen().all()[before:]
}

func (r *trial) orderKept() string {
	told := r.bursts()
	for i := 1; i < len(told); i++ {
		a, errA := decimal.Parse(told[i-1])
		b, errB := decimal.Parse(told[i])
		if errA != nil || errB != nil || b.Cmp(a) < 0 {
			return "no"
		}
	}
	return r.yes(len(told) > 0 && same(told[len(told)-1], r.truth("BTC")))
}

func (r *trial) everyChange() string {
	told := map[string]bool{}
	for _, w := range r.bursts() {
		told[w] = true
	}
	return r.yes(len(told) == burst)
}

func (r *trial) keyKept() string {
	before := r.listenKey()
	time.Sleep(2*time.Hour/scale + time.Hour/scale/4)
	return r.yes(r.back() && r.listenKey() == before)
}

func (r *trial) resync() string {
	end := r.fault(gateway.Fault{Kind: "silence", For: gateway.Duration(time.Hour)})
	r.fault(gateway.Fault{Kind: "disconnect"})
	r.v.Deposit(r.cred.Alias, "ETH", "0.5")
	end()
	return r.yes(r.back() && r.until(func() bool { return r.right("ETH") }))
}

func (r *trial) exact() string {
	left, err := decimal.MustParse("90071992.54740993").Sub(r.truth("BTC"))
	if err != nil {
		r.Fatal(err)
	}
	r.v.Deposit(r.cred.Alias, "BTC", left.String())
	ok := r.until(func() bool { return r.right("BTC") })
	for range 4 {
		r.v.Deposit(r.cred.Alias, "BTC", "0.00000001")
		ok = ok && r.until(func() bool { return r.right("BTC") })
	}
	r.v.Transfer(r.cred.Alias, "WITHDRAW", "ETH", "-39.89999999")
	return r.yes(ok && r.until(func() bool { return r.right("ETH") }))
}

func (r *trial) breakEven() string {
	r.trade("BUY", 100)
	sent := ""
	r.until(func() bool { sent = r.sentBreakEven(); return sent != "" })
	if sent == "" {
		r.Fatal("the venue sent no bep")
	}
	r.until(func() bool { return r.c.seen().lastBreakEven() == sent })
	return r.yes(r.c.seen().lastBreakEven() == sent)
}

// sentBreakEven is of the last position that was pushed.
func (r *trial) sentBreakEven() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range slices.Backward(r.pushed) {
		var e struct {
			A struct{ P []struct{ BEP string } }
		}
		if json.Unmarshal(m, &e) == nil && len(e.A.P) > 0 {
			return e.A.P[0].BEP
		}
	}
	return ""
}

// live makes the five parts of which a client is asked, and returns them as the
// exchange's income has them.
func (r *trial) live() (all []part) {
	from := r.v.Now().UnixMilli()
	time.Sleep(2 * time.Millisecond) // into another millisecond than what was before
	r.v.Deposit(r.cred.Alias, "BTC", "0.5")
	r.trade("BUY", 100)
	r.v.Fund("BTCUSD_PERP", "0.0003")
	r.v.SetMark("BTCUSD_PERP", "61000")
	r.v.Quote("BTCUSD_PERP", "61000", "100000")
	lost := "ORDER_TRADE_UPDATE"
	r.dropped.Store(&lost)
	r.trade("SELL", 100)
	r.dropped.Store(nil)
	r.v.Deposit(r.cred.Alias, "ETH", "0.00000001")
	var income []struct{ IncomeType, Asset, Income string }
	if err := json.Unmarshal(r.call("GET", "/dapi/v1/income", "startTime="+strconv.FormatInt(from+1, 10)), &income); err != nil {
		r.Fatal(err)
	}
	for _, i := range income {
		if i.Asset == "BTC" {
			all = append(all, part{i.IncomeType, i.Asset, i.Income})
		}
	}
	if len(all) != 5 {
		r.Fatalf("the parts are %v", all)
	}
	return all
}

// told counts the true parts that a client tells, each once.
func (r *trial) told(c client, truth []part) int {
	told, n := c.parts(r.T), 0
	for _, p := range truth {
		amount, err := decimal.Parse(p.amount)
		if err != nil {
			r.Fatal(err)
		}
		if i := slices.IndexFunc(told, func(o part) bool { return o.kind == p.kind && o.asset == p.asset && same(o.amount, amount) }); i >= 0 {
			told = slices.Delete(told, i, i+1)
			n++
		}
	}
	return n
}

func (r *trial) explained() string {
	truth, n := r.live(), 0
	r.until(func() bool {
		n = r.told(r.c, truth)
		return n == len(truth)
	})
	return fmt.Sprintf("%d of %d", n, len(truth))
}

func (r *trial) history() string {
	truth := r.live()
	r.until(func() bool { return r.told(r.c, truth) == len(truth) })
	if err := r.v.Close(); err != nil {
		r.Fatal(err)
	}
	return fmt.Sprintf("%d of %d", r.told(r.c.again(r.T), truth), len(truth))
}

func (r *trial) trade(side string, contracts int) {
	r.call("POST", "/dapi/v1/order", fmt.Sprintf("symbol=BTCUSD_PERP&side=%s&type=MARKET&quantity=%d", side, contracts))
}

// listenKey asks for the account's key: it is the same one as long as it lives.
func (r *trial) listenKey() string {
	var k struct{ ListenKey string }
	if err := json.Unmarshal(r.call("POST", "/dapi/v1/listenKey", ""), &k); err != nil || k.ListenKey == "" {
		r.Fatal("no listen key: ", err)
	}
	return k.ListenKey
}

// call makes a signed call as the account's owner.
func (r *trial) call(method, path, params string) []byte {
	r.Helper()
	query := params + "&timestamp=" + strconv.FormatInt(time.Now().UnixMilli(), 10)
	sign := hmac.New(sha256.New, []byte(r.cred.APISecret))
	sign.Write([]byte(query))
	q, err := http.NewRequestWithContext(r.Context(), method, r.v.URL()+path+"?"+query+"&signature="+hex.EncodeToString(sign.Sum(nil)), nil)
	if err != nil {
		r.Fatal(err)
	}
	q.Header.Set("X-MBX-APIKEY", r.cred.APIKey)
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		r.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		r.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, body, err)
	}
	return body
}
