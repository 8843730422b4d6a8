package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"poise/dapi"
	"poise/follower"
	"poise/notify"
	"poise/store"
	"poise/venue"
	"poise/venue/gateway"
)

const secret = "a secret of the receiver"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		notifyUntilStopped(text)
		return
	}
	goleak.VerifyTestMain(m)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// until waits for something that has no event to wait for, 20 s at most.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 4_000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it did not come to this: " + what)
}

var eventTime = regexp.MustCompile(`"E":([0-9]+)`)

// newVenue has pushes of an ADJUSTMENT cut off, which nobody can read, and those
// of a WITHDRAW be a MARGIN_CALL.
func newVenue(t testing.TB) *venue.Venue {
	t.Helper()
	push := func(_ string, m []byte) gateway.Delivery {
		switch text := string(m); {
		case strings.Contains(text, `"m":"ADJUSTMENT"`):
			return gateway.Delivery{Message: m[:len(m)-2]}
		case strings.Contains(text, `"m":"WITHDRAW"`):
			return gateway.Delivery{Message: []byte(`{"e":"MARGIN_CALL",` + eventTime.FindString(text) + `,"i":"SgsR","cw":"1.25","p":[` +
				`{"s":"BTCUSD_PERP","ps":"BOTH","pa":"-120","mt":"CROSSED","iw":"0","mp":"131.10","up":"-2.9","mm":"0.9"}]}`)}
		}
		return gateway.Delivery{}
	}
	return venue.New(t, venue.Unlimited(), func(v *venue.Venue) { v.OnPush = push })
}

// world is a venue, a receiver and what tells it, over real sockets and a real
// file. The follower and the notifier can be stopped and started.
type world struct {
	t    testing.TB
	v    *venue.Venue
	cred gateway.Credentials
	path string
	hook *receiver
	more notify.Config
	// checkEvery is of the follower.
	checkEvery time.Duration
	s          *store.Store
	f          *follower.Follower
	n          *notify.Notifier
	stop       func()
}

func newWorld(t testing.TB, more notify.Config, checkEvery ...time.Duration) *world {
	t.Helper()
	w := &world{t: t, v: newVenue(t), path: filepath.Join(t.TempDir(), "poise.db"), hook: newReceiver(t), more: more}
	w.cred = w.v.NewAccount("SgsR", "BTC", "20", "ETH", "40")
	for _, d := range checkEvery {
		w.checkEvery = d
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start follows and tells until stop.
func (w *world) start() {
	w.t.Helper()
	stop, err := w.run()
	must(w.t, err)
	w.stop = func() { w.stop = func() {}; stop() }
	until(w.t, "the account is followed", func() bool {
		v, ok := w.f.Account("main")
		return ok && (v.Status == follower.Live || v.Status == follower.Degraded)
	})
}

func (w *world) run() (stop func(), err error) {
	w.t.Helper()
	w.s, err = store.Open(context.Background(), w.path, store.Options{})
	must(w.t, err)
	x, err := dapi.New(dapi.Config{REST: w.v.URL(), Stream: w.v.StreamURL(), ConnectsPerSecond: -1})
	must(w.t, err)
	key, err := dapi.HMAC(w.cred.APIKey, w.cred.APISecret)
	must(w.t, err)
	w.f, err = follower.New(follower.Config{Store: w.s, Exchange: x, Accounts: []follower.Account{{Name: "main", Key: key}}, CheckEvery: w.checkEvery})
	must(w.t, err)
	c := w.more
	c.URL, c.Secret, c.Source, c.Journal, c.State = w.hook.url, secret, w.f, w.s, w.path+".notify"
	if c.RetryFirst == 0 {
		c.RetryFirst = 20 * time.Millisecond
	}
	if w.n, err = notify.New(context.Background(), c); err != nil {
		x.Close()
		must(w.t, w.s.Close())
		return nil, err
	}
	following, stopFollowing := context.WithCancel(context.Background())
	telling, stopTelling := context.WithCancel(context.Background())
	followed, told := make(chan error, 1), make(chan error, 1)
	go func() { followed <- w.f.Run(following) }()
	go func() { told <- w.n.Run(telling) }()
	return func() {
		stopFollowing()
		must(w.t, <-followed)
		stopTelling()
		must(w.t, <-told)
		x.Close()
		must(w.t, w.s.Close())
	}, nil
}

// incident has a message come that cannot be read.
func (w *world) incident() { w.v.Transfer(w.cred.Alias, "ADJUSTMENT", "BTC", "0.01") }

// receiver is a webhook. It takes only what is signed.
type receiver struct {
	t   testing.TB
	url string
	// answer, if set, answers a message before it is taken; true is that it did.
	mu     sync.Mutex
	answer func(w http.ResponseWriter, events []notify.Event) bool
	events []notify.Event
	tries  int
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{t: t}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.url = s.URL + "/hook/of-the-desk"
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err == nil {
		err = notify.Verify(secret, q.Header.Get(notify.SignatureHeader), body, time.Now(), time.Minute)
	}
	var said struct{ Events []notify.Event }
	if err == nil {
		err = json.Unmarshal(body, &said)
	}
	if err != nil || q.Method != http.MethodPost || len(said.Events) == 0 {
		r.t.Errorf("%s: %v: %s", q.Method, err, body)
	}
	r.mu.Lock()
	r.tries++
	answer := r.answer
	r.mu.Unlock()
	if answer != nil && answer(w, said.Events) {
		return
	}
	r.mu.Lock()
	r.events = append(r.events, said.Events...)
	r.mu.Unlock()
}

// set changes how it answers.
func (r *receiver) set(answer func(http.ResponseWriter, []notify.Event) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// taken are the events of a type that were taken.
func (r *receiver) taken(typ string) (list []notify.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Type == typ {
			list = append(list, e)
		}
	}
	return list
}

func (r *receiver) tried() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries
}

// status answers with it, so many times.
func status(code, times int, header ...string) func(http.ResponseWriter, []notify.Event) bool {
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ []notify.Event) bool {
		mu.Lock()
		defer mu.Unlock()
		if times == 0 {
			return false
		}
		times--
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		return true
	}
}
