package follower_test

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"poise/account"
	"poise/dapi"
	"poise/decimal"
	"poise/follower"
	"poise/store"
	"poise/test/memnet"
	"poise/venue"
	"poise/venue/gateway"
	"poise/wire"
)

// world is a venue, a network in memory, a store in a real file and a follower,
// in a bubble in which time passes as fast as everybody is idle.
type world struct {
	t     *testing.T
	net   *memnet.Network
	v     *venue.Venue
	x     *dapi.Exchange
	s     *store.Store
	path  string
	f     *follower.Follower
	log   *strings.Builder
	cred  gateway.Credentials
	http  *http.Client
	stop  context.CancelFunc
	ended chan error
	over  bool
	// Set before start.
	config    follower.Config
	dapi      dapi.Config
	streamURL string                  // of the follower's sockets, if not the venue's
	tap       func(net.Conn) net.Conn // of the follower's connections, or nil
	wrap      func(*store.Store) follower.Store
	memory    int64 // bytes of changes that the follower keeps; 0 is as many as it does
	// Set at any time.
	others map[string]string // accounts that must be true beside main, and their aliases
	dies   error             // that Run may return
}

// inWorld runs a test in a bubble, on a Monday morning of 2026, with the account
// SgsR of 2 BTC and 40 ETH, followed as main.
func inWorld(t *testing.T, prepare func(*world), test func(*world)) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)))
		w := &world{t: t, net: memnet.New(), path: filepath.Join(t.TempDir(), "poise.db"), log: &strings.Builder{}}
		w.v = &venue.Venue{NetListen: w.net.Listen}
		w.v.WeightPerMinute, w.v.OrdersPerMinute, w.v.OrdersPer10Seconds = -1, -1, -1
		if prepare != nil {
			prepare(w)
		}
		if err := w.v.Start(); err != nil {
			t.Fatal(err)
		}
		w.http = newHTTP(w.net.Dial)
		w.cred = w.v.NewAccount("SgsR", "BTC", "2", "ETH", "40")
		for symbol, price := range map[string]string{"BTCUSD_PERP": "60000", "ETHUSD_PERP": "3000"} {
			w.v.SetMark(symbol, price)
			w.v.Quote(symbol, price, "1000000")
		}
		defer w.leave()
		w.start()
		test(w)
		w.end()
		w.prove()
	})
}

// leave ends the world, also after a failure: nothing may stay in the bubble.
func (w *world) leave() {
	if w.ended != nil && !w.over {
		w.end()
	}
	if w.x != nil {
		w.x.Close()
	}
	if err := w.v.Close(); err != nil {
		w.t.Error(err)
	}
}

// newHTTP returns a client that keeps no connection.
func newHTTP(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

// warm has the compressor of blocks made outside of any bubble: it is shared, and
// its channels would belong to the first.
func warm(t *testing.T) {
	b := store.Block{Partition: store.PartitionOf("main"), Seq: 1, Records: []account.Record{{Account: "main", Position: 1, Kind: account.Frame, Data: make([]byte, 4096)}}}
	data, err := store.EncodeBlock(nil, &b)
	if err == nil {
		_, err = store.DecodeBlock(data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start opens the store, and follows until the account is live.
func (w *world) start() {
	w.t.Helper()
	w.begin()
	w.until("live", func() bool { return w.view().Status == follower.Live })
}

// begin is start without the waiting.
func (w *world) begin() {
	w.t.Helper()
	var err error
	if w.s, err = store.Open(w.t.Context(), w.path, store.Options{}); err != nil {
		w.t.Fatal(err)
	}
	d := w.dapi
	d.REST, d.Stream, d.Dial, d.ConnectsPerSecond = w.v.URL(), cmp.Or(w.streamURL, w.v.StreamURL()), w.net.Dial, -1
	if w.tap != nil {
		d.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := w.net.Dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return w.tap(c), nil
		}
	}
	if w.x, err = dapi.New(d); err != nil {
		w.t.Fatal(err)
	}
	key, err := dapi.HMAC(w.cred.APIKey, w.cred.APISecret)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.config
	c.Store, c.Exchange, c.Accounts = w.s, w.x, append(c.Accounts, follower.Account{Name: "main", Key: key})
	if w.wrap != nil {
		c.Store = w.wrap(w.s)
	}
	c.Log = slog.New(slog.NewTextHandler(w.log, nil))
	if w.f, err = follower.New(c); err != nil {
		w.t.Fatal(err)
	}
	if w.memory > 0 {
		follower.Remember(w.f, w.memory)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	w.stop, w.ended, w.over = stop, make(chan error, 1), false
	go func() { w.ended <- w.f.Run(ctx) }()
}

// end stops following and closes the store.
func (w *world) end() {
	w.t.Helper()
	began := time.Now()
	w.stop()
	if err := <-w.ended; err != nil && (w.dies == nil || !errors.Is(err, w.dies)) {
		w.t.Errorf("Run: %v", err)
	}
	w.over = true
	if took := time.Since(began); took > 5*time.Second {
		w.t.Errorf("the stop took %v", took)
	}
	if err := w.s.Close(); err != nil {
		w.t.Errorf("close: %v", err)
	}
}

// prove derives everything once more from the journal.
func (w *world) prove() {
	w.t.Helper()
	s, err := store.OpenFrozen(context.Background(), w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	scratch, err := store.Open(context.Background(), store.Memory, store.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer scratch.Close()
	r, err := follower.Verify(context.Background(), s, scratch, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if over := w.ended == nil || w.over; !r.OK() || over && r.Behind > 0 || r.Records == 0 || r.Wallets == 0 {
		w.t.Errorf("verify: %d records, %d behind, %d wallets: %q\n%s", r.Records, r.Behind, r.Wallets, r.Problems, w.log)
	}
}

func (w *world) view() *follower.View { return w.viewOf("main") }

func (w *world) viewOf(name string) *follower.View {
	if v, ok := w.f.Account(name); ok {
		return v
	}
	return &follower.View{}
}

// until waits for something, an hour of the bubble at most.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for range 36_000 {
		synctest.Wait()
		if is() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	if *chaosStory != "" {
		w.story(*chaosStory)
	}
	w.t.Fatalf("not %s after an hour: %s\n%+v\n%s", what, w.difference(), w.view(), w.log)
}

// call makes a signed call as the account's owner.
func (w *world) call(method, path, params string) (int, string) {
	w.t.Helper()
	code, body, err := w.send(method, path, params)
	if err != nil {
		w.t.Fatal(err)
	}
	return code, body
}

// try is call for whom a failure is part of the game.
func (w *world) try(method, path, params string) { w.send(method, path, params) }

func (w *world) send(method, path, params string) (int, string, error) {
	query := strings.TrimPrefix(params+"&timestamp="+strconv.FormatInt(w.v.Now().UnixMilli(), 10), "&")
	m := hmac.New(sha256.New, []byte(w.cred.APISecret))
	m.Write([]byte(query))
	ctx, stop := context.WithTimeout(w.t.Context(), time.Minute)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, method, w.v.URL()+path+"?"+query+"&signature="+hex.EncodeToString(m.Sum(nil)), nil)
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("X-MBX-APIKEY", w.cred.APIKey)
	res, err := w.http.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

// trade fills a market order.
func (w *world) trade(symbol, side string, contracts int) {
	w.t.Helper()
	if code, body := w.call("POST", "/dapi/v1/order", fmt.Sprintf("symbol=%s&side=%s&type=MARKET&quantity=%d", symbol, side, contracts)); code != 200 {
		w.t.Fatalf("%d %s", code, body)
	}
}

// trades fills some orders, a second apart.
func (w *world) trades(n int) {
	w.t.Helper()
	for i := range n {
		w.trade([]string{"BTCUSD_PERP", "ETHUSD_PERP"}[i%2], []string{"BUY", "BUY", "SELL", "SELL", "SELL"}[i%5], 1+i%7)
		time.Sleep(time.Second)
	}
}

func (w *world) fault(f gateway.Fault) (end func()) {
	f.Alias = w.cred.Alias
	return w.v.Fault(f)
}

// same waits until the books are what the account really is, digit for digit,
// with nothing unexplained, every entry summing to its wallet, and no incident.
func (w *world) same() {
	w.t.Helper()
	w.until("the same as the truth", func() bool { return w.difference() == "" })
	w.summed("main", w.cred.Alias)
	for name, alias := range w.others {
		w.summed(name, alias)
	}
}

// difference names what is not as it really is.
func (w *world) difference() string {
	d := cmp.Or(w.differenceOf("main", w.cred.Alias), w.unexplained("main"))
	for _, name := range slices.Sorted(maps.Keys(w.others)) {
		d = cmp.Or(d, w.differenceOf(name, w.others[name]), w.unexplained(name))
	}
	return d
}

// unexplained names an entry that nothing explains.
func (w *world) unexplained(name string) string {
	page, err := w.s.Entries(w.t.Context(), store.EntryFilter{Account: name, Kind: account.Unexplained})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(page) > 0 {
		return fmt.Sprintf("[unexplained: %+v]", page[0])
	}
	return ""
}

func (w *world) differenceOf(name, alias string) string {
	v, truth := w.viewOf(name), w.v.Truth(alias)
	alerts := slices.DeleteFunc(slices.Clone(v.Alerts), func(a follower.Alert) bool { return a.Code == "margin" }) // the truth: see TestMarks
	if v.Status != follower.Live && (v.Status != follower.Degraded || len(alerts) == len(v.Alerts)) {
		return fmt.Sprintf("status %s, incidents %+v, alerts %+v", v.Status, v.Incidents, v.Alerts)
	}
	for _, b := range truth.Balances {
		i := slices.IndexFunc(v.Balances, func(h account.Balance) bool { return h.Asset == b.Asset })
		if i < 0 || !v.Balances[i].Wallet.Equal(b.Wallet) || !v.Balances[i].Cross.Equal(b.Cross) {
			return fmt.Sprintf("%s: %v is not %+v", b.Asset, v.Balances, b)
		}
	}
	for _, p := range truth.Positions {
		i := slices.IndexFunc(v.Positions, func(h account.Position) bool { return h.Symbol == p.Symbol && h.Side == p.Side })
		if i < 0 && p.Amount.IsZero() {
			continue
		}
		if i < 0 {
			return fmt.Sprintf("%s %s is not known", p.Symbol, p.Side)
		}
		h := &v.Positions[i]
		listed := !p.Amount.IsZero() || p.Side == wire.SideBoth // another side may be of the mode that was left
		if !h.Amount.Equal(p.Amount) || listed && h.MarginType != p.MarginType || !h.EntryPrice.Equal(p.EntryPrice) || !h.IsolatedWallet.Equal(p.IsolatedWallet) ||
			h.HasRealized && !h.Realized.Equal(p.Realized) {
			return fmt.Sprintf("%+v is not %+v", h, p)
		}
	}
	if len(v.Incidents)+len(alerts) > 0 {
		return fmt.Sprintf("%+v %+v", v.Incidents, alerts)
	}
	return ""
}

// entries returns the whole ledger of an account, once it is behind nothing.
func (w *world) entries(name string) []store.Entry {
	w.t.Helper()
	w.until("written", func() bool { return w.f.Stats().LedgerBehind == 0 })
	var all []store.Entry
	f := store.EntryFilter{Account: name}
	for {
		page, err := w.s.Entries(w.t.Context(), f)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < store.PageRows {
			return all
		}
		key := page[len(page)-1].Key()
		f.After = &key
	}
}

// summed sees that entries sum to the wallets and that none is unexplained.
func (w *world) summed(name, alias string) {
	w.t.Helper()
	sums := map[string]decimal.D{}
	for _, e := range w.entries(name) {
		var err error
		if sums[e.Asset], err = sums[e.Asset].Add(e.Amount); err != nil {
			w.t.Fatal(err)
		}
		if e.Kind == account.Unexplained {
			w.t.Errorf("unexplained: %+v", e)
		}
	}
	for _, b := range w.v.Truth(alias).Balances {
		if !sums[b.Asset].Equal(b.Wallet) {
			w.t.Errorf("%s: entries sum to %v, the wallet is %v", b.Asset, sums[b.Asset], b.Wallet)
		}
	}
}

// held is difference but for status, incidents and alerts: what is held.
func (w *world) held() string {
	accounts := map[string]string{"main": w.cred.Alias}
	maps.Copy(accounts, w.others)
	for name, alias := range accounts {
		if d := w.differenceOf(name, alias); d != "" && !strings.HasPrefix(d, "status") && !strings.HasPrefix(d, "[") {
			return d
		}
	}
	return ""
}

func storeFilter(kind account.IncidentKind) store.IncidentFilter {
	return store.IncidentFilter{Account: "main"}
}
