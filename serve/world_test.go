package serve_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"poise/account"
	"poise/dapi"
	"poise/follower"
	"poise/serve"
	"poise/store"
	"poise/venue"
	"poise/venue/gateway"
)

// world is a venue, a follower and a server, over real sockets and a real file.
type world struct {
	t    testing.TB
	v    *venue.Venue
	x    *dapi.Exchange
	s    *store.Store
	f    *follower.Follower
	cred map[string]gateway.Credentials
	all  []follower.Account
	web  *web
	stop func() // of the follower
	gate *gate
}

// web is a Server on a free port.
type web struct {
	t   testing.TB
	s   *serve.Server
	l   net.Listener
	url string
	// token, if set, is shown with each request.
	token string
	stop  func()
}

// newWorld follows accounts of 2 BTC and 40 ETH, live.
func newWorld(t testing.TB, c serve.Config, names ...string) *world {
	t.Helper()
	return build(t, c, func(*store.Store, string) []string { return []string{"BTC", "2", "ETH", "40"} }, names...)
}

// build is newWorld with accounts whose balances are told, after what was before
// is in the store.
func build(t testing.TB, c serve.Config, before func(s *store.Store, name string) []string, names ...string) *world {
	t.Helper()
	w := &world{t: t, v: venue.New(t, venue.Unlimited()), cred: map[string]gateway.Credentials{}}
	for symbol, price := range map[string]string{"BTCUSD_PERP": "60000", "ETHUSD_PERP": "3000"} {
		w.v.SetMark(symbol, price)
		w.v.Quote(symbol, price, "1000000")
	}
	var err error
	w.s, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	for _, name := range names {
		w.add(name, before(w.s, name)...)
	}
	stream := ""
	w.gate, stream = newGate(t, w.v.StreamURL())
	w.x, err = dapi.New(dapi.Config{REST: w.v.URL(), Stream: stream, ConnectsPerSecond: -1})
	must(t, err)
	w.f, err = follower.New(follower.Config{Store: w.s, Exchange: w.x, Accounts: w.all, Marks: true})
	must(t, err)
	w.run()
	t.Cleanup(func() {
		w.stop()
		w.x.Close()
		must(t, w.s.Close())
	})
	for _, name := range names {
		w.until(name+" is followed", func() bool {
			s := w.view(name).Status
			return s == follower.Live || s == follower.Degraded && len(w.view(name).Incidents) > 0
		})
	}
	w.shown()
	c.Follower, c.Ledger, c.Exchange, c.Version = w.f, w.s, w.x, "test"
	w.web = newWeb(t, c, "127.0.0.1:0")
	return w
}

// run has the follower run until stop.
func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.f.Run(ctx) }()
	w.stop = sync.OnceFunc(func() { cancel(); must(w.t, <-ended) })
}

// add opens an account at the venue; the follower has yet to be told.
func (w *world) add(name string, balances ...string) {
	w.t.Helper()
	cred := w.v.NewAccount("", balances...)
	key, err := dapi.HMAC(cred.APIKey, cred.APISecret)
	must(w.t, err)
	w.cred[name] = cred
	w.all = append(w.all, follower.Account{Name: name, Key: key})
}

// newWeb serves on an address until the test ends.
func newWeb(t testing.TB, c serve.Config, address string) *web {
	t.Helper()
	s, err := serve.New(c)
	must(t, err)
	l, err := net.Listen("tcp", address)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	w := &web{t: t, s: s, l: l, url: "http://" + l.Addr().String(), token: c.Token}
	stopped := false
	w.stop = func() {
		if cancel(); !stopped {
			stopped = true
			must(t, <-ended)
		}
	}
	t.Cleanup(w.stop)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) view(name string) *follower.View {
	if v, ok := w.f.Account(name); ok {
		return v
	}
	return &follower.View{}
}

// until waits for something that has no event to wait for, 20 s at most.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for range 4_000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.t.Fatalf("not %s", what)
}

// trade fills a market order of an account.
func (w *world) trade(name, symbol, side string, contracts int) {
	w.t.Helper()
	code, body := w.order(name, symbol, side, contracts)
	if code != http.StatusOK {
		w.t.Fatalf("%d %s", code, body)
	}
}

func (w *world) order(name, symbol, side string, contracts int) (int, string) {
	w.t.Helper()
	c := w.cred[name]
	query := "symbol=" + symbol + "&side=" + side + "&type=MARKET&quantity=" + strconv.Itoa(contracts) + "&timestamp=" + strconv.FormatInt(w.v.Now().UnixMilli(), 10)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.v.URL()+"/dapi/v1/order?"+query+"&signature="+sign(c.APISecret, query), nil)
	must(w.t, err)
	r.Header.Set("X-MBX-APIKEY", c.APIKey)
	return do(w.t, r)
}

// heard waits until every account's books are what it really has.
func (w *world) heard() {
	w.t.Helper()
	for name := range w.cred {
		w.until(name+" as it is", func() bool { return w.same(name) })
	}
}

func (w *world) same(name string) bool {
	v, truth := w.view(name), w.v.Truth(w.cred[name].Alias)
	for _, b := range truth.Balances {
		if !slices.ContainsFunc(v.Balances, func(h account.Balance) bool { return h.Asset == b.Asset && h.Wallet.Equal(b.Wallet) }) {
			return false
		}
	}
	for _, p := range truth.Positions {
		is := func(h account.Position) bool {
			return h.Symbol == p.Symbol && h.Side == p.Side && h.Amount.Equal(p.Amount)
		}
		if !p.Amount.IsZero() && !slices.ContainsFunc(v.Positions, is) {
			return false
		}
	}
	return true
}

// shown waits until all that happened is heard, and shown to those who listen.
func (w *world) shown() {
	w.t.Helper()
	w.heard()
	for name := range w.cred {
		p := store.PartitionOf(name)
		w.until(name+" shown", func() bool { head := w.f.Head(); return head.Position(p) >= w.view(name).Position })
	}
}

// written waits until all that happened is shown, and in the ledger.
func (w *world) written() {
	w.t.Helper()
	w.shown()
	for name := range w.cred {
		w.until(name+" written", func() bool {
			c, err := w.s.Cursor(w.t.Context(), store.PartitionOf(name))
			must(w.t, err)
			return c.Position >= w.view(name).Position
		})
	}
}

func do(t testing.TB, r *http.Request) (int, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(body)
}

// request is made with the token.
func (w *web) request(method, path string, body io.Reader) *http.Request {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, body)
	must(w.t, err)
	if w.token != "" {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	return r
}

func (w *web) get(path string) (int, string) {
	w.t.Helper()
	return do(w.t, w.request(http.MethodGet, path, nil))
}

// json asks for a path that must answer 200.
func (w *web) json(path string, into any) {
	w.t.Helper()
	code, body := w.get(path)
	if code != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, code, body)
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	must(w.t, d.Decode(into))
}

func sign(secret, query string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(query))
	return hex.EncodeToString(m.Sum(nil))
}
