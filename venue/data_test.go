package venue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"poise/decimal"
	"poise/venue"
	"poise/venue/gateway"
	"poise/venue/journal"
)

var simStart = time.UnixMilli(1_790_000_000_000)

// exchange is a venue that can be stopped and started again, and all that it has
// said.
type exchange struct {
	t      *testing.T
	config gateway.Config
	v      *venue.Venue
	mu     sync.Mutex
	said   bytes.Buffer
	keys   map[string]gateway.Credentials
}

func newExchange(t *testing.T, c gateway.Config) *exchange {
	t.Helper()
	x := &exchange{t: t, config: c, keys: map[string]gateway.Credentials{}}
	x.config.OnPush = func(key string, message []byte) gateway.Delivery {
		x.mu.Lock()
		defer x.mu.Unlock()
		fmt.Fprintln(&x.said, key, string(message))
		return gateway.Delivery{}
	}
	x.start()
	t.Cleanup(func() { x.v.Close() })
	return x
}

func (x *exchange) start() {
	x.t.Helper()
	x.v = &venue.Venue{Config: x.config}
	if err := x.v.Start(); err != nil {
		x.t.Fatal(err)
	}
}

func (x *exchange) again() {
	x.t.Helper()
	if err := x.v.Close(); err != nil {
		x.t.Fatal(err)
	}
	x.start()
}

func (x *exchange) trader(alias string) *trader { return &trader{x.t, x.v, x.keys[alias]} }

var symbols = []string{"BTCUSD_PERP", "ETHUSD_PERP", "ADAUSD_PERP"}

// all is what can be seen of a venue that stands still.
func (x *exchange) all() string {
	x.t.Helper()
	var b strings.Builder
	show := func(name string, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			x.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", name, text)
	}
	ask := func(face http.Handler, path, key string) { // without a socket: there are many
		r, w := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("X-MBX-APIKEY", key)
		face.ServeHTTP(w, r)
		fmt.Fprintf(&b, "%s %d %s\n", path, w.Code, w.Body)
	}
	show("books", x.v.Books())
	ask(x.v.Gateway().Operator(), "/v1/accounts", "")
	stamp := "timestamp=" + strconv.FormatInt(x.v.Now().UnixMilli(), 10)
	public := []string{"time", "exchangeInfo", "premiumIndex", "ticker/price", "ticker/bookTicker", "ticker/24hr"}
	for _, s := range symbols {
		for _, call := range []string{"depth?symbol=", "trades?symbol=", "aggTrades?symbol=", "fundingRate?symbol=", "openInterest?symbol=",
			"klines?interval=1m&symbol=", "markPriceKlines?interval=1m&symbol=", "indexPriceKlines?interval=1m&pair="} {
			public = append(public, call+s)
		}
	}
	for _, p := range public {
		ask(x.v.Gateway().Exchange(), "/dapi/v1/"+p, "")
	}
	for _, alias := range []string{"one", "hedge", "isolated", "maker"} {
		if x.keys[alias].APIKey == "" {
			continue
		}
		show(alias, x.v.Truth(alias))
		calls := []string{"balance?", "account?", "positionRisk?", "income?", "income?limit=1000&", "openOrders?", "openAlgoOrders?", "forceOrders?", "adlQuantile?", "positionSide/dual?"}
		for _, s := range symbols {
			for _, p := range []string{"allOrders", "userTrades", "allAlgoOrders", "positionMargin/history"} {
				calls = append(calls, p+"?symbol="+s+"&")
			}
		}
		for _, p := range calls {
			path, query, _ := strings.Cut(p+stamp, "?")
			ask(x.v.Gateway().Exchange(), "/dapi/v1/"+path+"?"+query+"&signature="+sign(x.keys[alias].APISecret, query), x.keys[alias].APIKey)
		}
	}
	return b.String()
}

// do draws one thing that happens, does it, and returns what was answered.
func (x *exchange) do(r *rand.Rand) string {
	x.t.Helper()
	alias := []string{"one", "hedge", "isolated", "maker"}[r.IntN(4)]
	s := symbols[r.IntN(3)]
	base := map[string]int{"BTCUSD_PERP": 600000, "ETHUSD_PERP": 300000, "ADAUSD_PERP": 50000}[s]
	scale := map[string]int{"BTCUSD_PERP": 1, "ETHUSD_PERP": 2, "ADAUSD_PERP": 5}[s]
	price := func(within int) string {
		n := base + base*(r.IntN(2*within+1)-within)/1000
		text := fmt.Sprintf("%0*d", scale+1, n)
		return text[:len(text)-scale] + "." + text[len(text)-scale:]
	}
	c := x.trader(alias)
	side := []string{"BUY", "SELL"}[r.IntN(2)]
	if alias == "hedge" {
		side += "&positionSide=" + []string{"LONG", "SHORT"}[r.IntN(2)]
	}
	id := strconv.Itoa(1000 + r.IntN(200))
	switch n := r.IntN(40); {
	case n < 8:
		return c.call("POST", "/dapi/v1/order", order(s, side, fmt.Sprintf("type=LIMIT&timeInForce=%s&quantity=%d&price=%s", []string{"GTC", "GTC", "IOC", "GTX"}[r.IntN(4)], 1+r.IntN(40), price(30)))).body
	case n < 14:
		return c.call("POST", "/dapi/v1/order", order(s, side, market(1+r.IntN(60))+"&newOrderRespType=RESULT")).body
	case n < 17:
		return c.call("POST", "/dapi/v1/algoOrder", order(s, side, fmt.Sprintf("algoType=CONDITIONAL&type=STOP_MARKET&quantity=%d&triggerPrice=%s", 1+r.IntN(9), price(20)))).body
	case n < 20:
		return c.call("DELETE", "/dapi/v1/order", "symbol="+s+"&orderId="+id).body
	case n < 22:
		return c.call("PUT", "/dapi/v1/order", order(s, side, "orderId="+id+"&quantity=3&price="+price(20))).body
	case n < 23:
		return c.call("DELETE", "/dapi/v1/allOpenOrders", "symbol="+s).body
	case n < 24:
		return c.call("POST", "/dapi/v1/leverage", fmt.Sprintf("symbol=%s&leverage=%d", s, 1+r.IntN(60))).body
	case n < 25:
		return c.call("POST", "/dapi/v1/countdownCancelAll", "symbol="+s+"&countdownTime="+strconv.Itoa(1000*r.IntN(100))).body
	case n < 26:
		return c.call("POST", "/dapi/v1/positionMargin", "symbol="+s+"&type=1&amount=0.001").body
	case n < 28:
		return send(x.t, []string{"POST", "PUT", "DELETE", "POST"}[r.IntN(4)], x.v.URL()+"/dapi/v1/listenKey", x.keys[alias].APIKey, "").body
	case n < 30:
		return operate(x.t, x.v, "POST", "/v1/accounts/"+alias+"/transfers", `{"reason":"`+[]string{"DEPOSIT", "WITHDRAW", "ADJUSTMENT"}[r.IntN(3)]+`","asset":"BTC","amount":"0.0100"}`).body
	case n < 33:
		return operate(x.t, x.v, "PUT", "/v1/marks/"+s, `{"price":"`+price(40)+`"}`).body
	case n < 36:
		return operate(x.t, x.v, "PUT", "/v1/quotes/"+s, `{"price":"`+price(20)+`","quantity":"200"}`).body
	case n < 37:
		return operate(x.t, x.v, "POST", "/v1/funding", `{"symbol":"`+s+`","rate":"0.00013"}`).body
	case n < 38:
		return operate(x.t, x.v, "POST", "/v1/accounts", `{"balances":{"ETH":"1.50"}}`).body
	default:
		return operate(x.t, x.v, "POST", "/v1/clock", fmt.Sprintf(`{"advance":"%dms"}`, 1+r.IntN(40*60_000))).body
	}
}

func (x *exchange) open() {
	for _, alias := range []string{"one", "hedge", "isolated", "maker"} {
		x.keys[alias] = x.v.Open(gateway.NewAccount{Alias: alias, Hedge: alias == "hedge", Balances: map[string]decimal.D{
			"BTC": decimal.MustParse("0.5"), "ETH": decimal.New(8, 0), "ADA": decimal.New(5000, 0)}})
	}
	for _, s := range symbols {
		x.trader("isolated").must("POST", "/dapi/v1/marginType", "symbol="+s+"&marginType=ISOLATED")
	}
}

// A venue that is stopped and started again is, byte for byte, one that never
// was: in what it answers and pushes, before and after.
func TestRestartChangesNothing(t *testing.T) {
	for _, walk := range []bool{false, true} {
		t.Run(fmt.Sprintf("walk %t", walk), func(t *testing.T) {
			t.Parallel()
			c := gateway.Config{Manual: true, Start: simStart, Seed: 5, Walk: walk, WeightPerMinute: -1, OrdersPerMinute: -1, OrdersPer10Seconds: 40}
			steady := newExchange(t, c)
			c.Data = filepath.Join(t.TempDir(), "data")
			kept := newExchange(t, c)
			a, b, when := rand.New(rand.NewPCG(9, 9)), rand.New(rand.NewPCG(9, 9)), rand.New(rand.NewPCG(1, 2))
			steady.open()
			kept.open()
			restarts, steps := 0, 300
			if walk {
				steps = 150
			}
			for i := range steps {
				if when.IntN(20) == 0 {
					before := kept.all()
					kept.again()
					restarts++
					if after := kept.all(); after != before {
						t.Fatalf("step %d: %s", i, difference(before, after))
					}
				}
				if want, got := steady.do(a), kept.do(b); got != want {
					t.Fatalf("step %d: answered %s\nwithout a restart %s", i, got, want)
				}
			}
			if want, got := steady.all(), kept.all(); got != want {
				t.Error(difference(want, got))
			}
			if want, got := steady.said.String(), kept.said.String(); got != want {
				t.Error("pushed: " + difference(want, got))
			}
			t.Logf("%d restarts, %d bytes pushed", restarts, kept.said.Len())
			if restarts == 0 || kept.said.Len() < 10_000 {
				t.Error("too little happened")
			}
		})
	}
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d is\n%s\nnot\n%s", i, at(g, i), w[i])
		}
	}
	return fmt.Sprintf("%d lines more, first %s", len(g)-len(w), at(g, len(w)))
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// A listen key lives on over a restart, and ends at its time: sockets follow it
// again.
func TestListenKeyLivesOn(t *testing.T) {
	t.Parallel() // it waits for the disk
	x := newExchange(t, gateway.Config{Manual: true, Start: simStart, Data: t.TempDir()})
	x.keys["one"] = x.v.NewAccount("one", "BTC", "2")
	key := x.trader("one").listenKey()
	x.v.Advance(30 * time.Minute)
	x.again()
	if a := send(t, "PUT", x.v.URL()+"/dapi/v1/listenKey", x.keys["one"].APIKey, ""); !strings.Contains(a.body, key) {
		t.Fatalf("key %s is now %s", key, a.body)
	}
	x.v.Advance(25 * time.Minute)
	x.again()
	x.v.Advance(30 * time.Minute)
	x.again()
	s := dial(t, x.v.StreamURL()+"/ws/"+key)
	x.v.Deposit("one", "BTC", "1")
	if m := s.next(); !strings.Contains(m, `"wb":"3.00000000"`) {
		t.Fatal(m)
	}
	x.v.Advance(5*time.Minute - time.Millisecond)
	s.quiet(50 * time.Millisecond)
	x.v.Advance(time.Millisecond)
	if m := s.next(); !strings.Contains(m, "listenKeyExpired") || !strings.Contains(m, key) {
		t.Fatal(m)
	}
}

// What falls due while it is down happens when it is up again.
func TestDueWhileDownHappensAtStart(t *testing.T) {
	c := gateway.Config{Data: t.TempDir(), KeyLife: 20 * time.Millisecond}
	x := newExchange(t, c)
	x.keys["one"] = x.v.NewAccount("one")
	key := x.trader("one").listenKey()
	x.v.Close()
	time.Sleep(30 * time.Millisecond) // the life of the key, on the machine's clock
	x.start()
	if again := x.trader("one").listenKey(); again == key {
		t.Error("the key is alive")
	}
}

// With a disk that is full a venue tells so, does nothing more and cuts its
// sockets; what it has answered is there when there is room.
func TestFullDiskIsTold(t *testing.T) {
	t.Parallel() // it waits for the disk
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	}()
	x := &exchange{t: t, config: gateway.Config{Data: dir, WeightPerMinute: -1, OrdersPerMinute: -1, OrdersPer10Seconds: -1}, keys: map[string]gateway.Credentials{}}
	x.start()
	x.keys["one"] = x.v.NewAccount("one", "BTC", "2")
	c := x.trader("one")
	s := dial(t, x.v.StreamURL()+"/ws/"+c.listenKey())
	now := func() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }
	leverage := func(n int) answer {
		query := fmt.Sprintf("symbol=BTCUSD_PERP&leverage=%d&timestamp=%s", 1+n%50, now())
		return send(t, "POST", x.v.URL()+"/dapi/v1/leverage?"+query+"&signature="+sign(c.APISecret, query), c.APIKey, "")
	}
	a, n := leverage(0), 0
	for ; a.status == 200; a = leverage(n) {
		n++
	}
	if a.status != 503 || !strings.Contains(a.body, "-1007") || !strings.Contains(a.body, "no space left") {
		t.Fatalf("after %d: %d %s", n, a.status, a.body)
	}
	for range n {
		if m := s.next(); !strings.Contains(m, "ACCOUNT_CONFIG_UPDATE") {
			t.Fatal(m)
		}
	}
	if m, err := s.read(5 * time.Second); err == nil {
		t.Errorf("heard %s, which is not on the disk", m)
	}
	if a := leverage(n); a.status != 503 || !strings.Contains(a.body, "-1008") || !strings.Contains(a.body, "no space left") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := operate(t, x.v, "POST", "/v1/accounts", ""); a.status != 503 || !strings.Contains(a.body, "no space left") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if _, err := x.v.Gateway().Truth(context.Background(), "one"); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("what is not on the disk can be seen: %v", err)
	}
	x.v.Close()
	if out, err := exec.Command("mount", "-o", "remount,size=1m", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	x.start()
	defer x.v.Close()
	if events := x.v.Truth("one").Events; events != int64(n+1) { // and the deposit
		t.Errorf("%d events, %d were answered", events, n+1)
	}
	if a := leverage(n); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A folder that is not as it was written is refused with what to do about it.
func TestDamagedFolderIsRefused(t *testing.T) {
	t.Parallel() // it waits for the disk
	x := newExchange(t, gateway.Config{Manual: true, Start: simStart, Data: t.TempDir()})
	x.v.NewAccount("one", "BTC", "2")
	x.v.NewAccount("two", "BTC", "2")
	x.v.Close()
	path := filepath.Join(x.config.Data, "venue.log")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file[len(file)/2] ^= 1
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	err = (&venue.Venue{Config: x.config}).Start()
	if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), path+": offset ") || !strings.Contains(err.Error(), "restore") {
		t.Error(err)
	}
}
