package client_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"poise/dapi"
	"poise/follower"
	"poise/serve"
	"poise/serve/client"
	"poise/store"
	"poise/venue"
	"poise/venue/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "sesame-of-a-test"

// world is a venue, a follower of the account main, and a server, over real
// sockets and a real file.
type world struct {
	t    *testing.T
	v    *venue.Venue
	f    *follower.Follower
	cred gateway.Credentials
	url  string
	face *face
	c    *client.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, v: venue.New(t, venue.Unlimited())}
	w.v.SetMark("BTCUSD_PERP", "60000")
	w.v.Quote("BTCUSD_PERP", "60000", "1000000")
	w.cred = w.v.NewAccount("", "BTC", "2", "ETH", "40")
	key, err := dapi.HMAC(w.cred.APIKey, w.cred.APISecret)
	must(t, err)
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	x, err := dapi.New(dapi.Config{REST: w.v.URL(), Stream: w.v.StreamURL(), ConnectsPerSecond: -1})
	must(t, err)
	w.f, err = follower.New(follower.Config{Store: s, Exchange: x, Accounts: []follower.Account{{Name: "main", Key: key}}, Marks: true})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.f.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
		x.Close()
		must(t, s.Close())
	})
	w.until("live", func() bool {
		v, ok := w.f.Account("main")
		return ok && v.Status == follower.Live && len(v.Balances) > 0
	})
	api, err := serve.New(serve.Config{Follower: w.f, Ledger: s, Token: token, HeartbeatEvery: 20 * time.Millisecond})
	must(t, err)
	w.face = &face{api: api}
	w.listen(api)
	w.c = w.client(client.Config{Token: token})
	return w
}

// listen serves the face until the test ends.
func (w *world) listen(api *serve.Server) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(w.t, err)
	h := &http.Server{Handler: w.face}
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Serve(l) }()
	w.url = "http://" + l.Addr().String()
	w.t.Cleanup(func() { api.Close(); _ = h.Close(); <-done })
}

func (w *world) client(c client.Config) *client.Client {
	w.t.Helper()
	if c.URL == "" {
		c.URL = w.url
	}
	k, err := client.New(c)
	must(w.t, err)
	w.t.Cleanup(k.Close)
	return k
}

// face is the server behind a line that a test makes fail.
type face struct {
	api http.Handler

	mu      sync.Mutex
	streams int // opened
	cutAt   int // writes after which a stream is cut; 0 for never
	mute    bool
	froms   []string // of each stream
}

func (f *face) set(change func()) { f.mu.Lock(); change(); f.mu.Unlock() }

func (f *face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/changes" {
		f.api.ServeHTTP(w, r)
		return
	}
	f.mu.Lock()
	f.streams++
	f.froms = append(f.froms, r.URL.Query().Get("from"))
	cut, mute := f.cutAt, f.mute
	f.mu.Unlock()
	if mute {
		<-r.Context().Done()
		return
	}
	f.api.ServeHTTP(&cutting{ResponseWriter: w, left: cut, ever: cut == 0}, r)
}

// cutting breaks the connection in the middle of a write.
type cutting struct {
	http.ResponseWriter
	left int
	ever bool
}

func (c *cutting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *cutting) Write(b []byte) (int, error) {
	if c.left--; c.ever || c.left >= 0 {
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:len(b)/2])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// trade fills a market order that buys contracts.
func (w *world) trade(contracts int) {
	w.t.Helper()
	query := "symbol=BTCUSD_PERP&side=BUY&type=MARKET&quantity=" + strconv.Itoa(contracts) + "&timestamp=" + strconv.FormatInt(w.v.Now().UnixMilli(), 10)
	m := hmac.New(sha256.New, []byte(w.cred.APISecret))
	m.Write([]byte(query))
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.v.URL()+"/dapi/v1/order?"+query+"&signature="+hex.EncodeToString(m.Sum(nil)), nil)
	must(w.t, err)
	r.Header.Set("X-MBX-APIKEY", w.cred.APIKey)
	res, err := http.DefaultClient.Do(r)
	must(w.t, err)
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("the order: %s", res.Status)
	}
}

func (w *world) deposit(amount string) { w.v.Deposit(w.cred.Alias, "BTC", amount) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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
