package dapi_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"poise/dapi"
	"poise/test/memnet"
	"poise/venue"
	"poise/venue/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a venue and its clients on a network in memory, in a bubble.
type world struct {
	t      *testing.T
	net    *memnet.Network
	v      *venue.Venue
	x      *dapi.Exchange
	log    *bytes.Buffer
	config dapi.Config // of x
}

// inWorld runs a test in a bubble, where time passes as fast as it can.
func inWorld(t *testing.T, c dapi.Config, f func(*world), options ...venue.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, net: memnet.New(), log: &bytes.Buffer{}}
		options = append(options, func(v *venue.Venue) { v.NetListen = w.net.Listen })
		w.v = venue.New(t, options...)
		c.REST, c.Stream, c.Dial = w.v.URL(), w.v.StreamURL(), w.net.Dial
		c.Log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w.config, w.x = c, newExchange(t, c)
		f(w)
	})
}

func newExchange(t testing.TB, c dapi.Config) *dapi.Exchange {
	t.Helper()
	x, err := dapi.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x
}

// account opens one and returns its client.
func (w *world) account(alias string, balances ...string) *dapi.Client {
	w.t.Helper()
	return w.x.Client(keyOf(w.t, w.v.NewAccount(alias, balances...)))
}

func keyOf(t testing.TB, c gateway.Credentials) dapi.Key {
	t.Helper()
	k, err := dapi.HMAC(c.APIKey, c.APISecret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// server serves a handler at an address of the network, for what the venue does
// not do.
func serve(t *testing.T, n *memnet.Network, h http.HandlerFunc) (address string) {
	t.Helper()
	l, err := n.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(l)
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return l.Addr().String()
}

// listener is a StreamSink that keeps what it hears, and complains of what no
// Stream may do.
type listener struct {
	mu      sync.Mutex
	frames  []dapi.Frame
	events  []string // "1 up ", "0 key started"
	up      map[uint8]bool
	wrong   []string
	block   chan struct{} // frames wait for it, if not nil
	blocked context.Context
}

func newListener() *listener { return &listener{up: map[uint8]bool{}} }

func (l *listener) Frame(f dapi.Frame) {
	l.mu.Lock()
	block := l.block
	if !l.up[f.Line] {
		l.wrong = append(l.wrong, fmt.Sprintf("a frame of line %d, which is not up", f.Line))
	}
	f.Data = bytes.Clone(f.Data)
	l.frames = append(l.frames, f)
	l.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-l.blocked.Done():
		}
	}
}

func (l *listener) Line(line uint8, event dapi.LineEvent, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if event == dapi.LineUp == l.up[line] && (event == dapi.LineUp || event == dapi.LineDown) {
		l.wrong = append(l.wrong, fmt.Sprintf("line %d is told %v twice", line, event))
	}
	if event == dapi.LineUp || event == dapi.LineDown {
		l.up[line] = event == dapi.LineUp
	}
	if event != dapi.LineKey && event != dapi.LineTrouble && line == 0 || line > 6 {
		l.wrong = append(l.wrong, fmt.Sprintf("%v of line %d", event, line))
	}
	l.events = append(l.events, fmt.Sprintf("%d %v %s", line, event, detail))
}

// count is how many events begin so; n says how many lines are up.
func (l *listener) count(prefix string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if len(e) >= len(prefix) && e[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}

func (l *listener) all(event dapi.LineEvent) (n int) {
	for line := range 7 {
		n += l.count(fmt.Sprintf("%d %v", line, event))
	}
	return n
}

func (l *listener) lines() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, up := range l.up {
		if up {
			n++
		}
	}
	return n
}

// heard is how often a message came, over all lines.
func (l *listener) heard(message string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.frames {
		if string(f.Data) == message {
			n++
		}
	}
	return n
}

// follow runs a Stream until the test or stop ends it, and then has the listener
// say what was wrong.
func (w *world) follow(c *dapi.Client, cfg dapi.StreamConfig) (s *dapi.Stream, l *listener, stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	l = newListener()
	l.blocked = ctx
	s = c.NewStream(cfg, l)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				w.t.Errorf("Run: %v", err)
			}
			if len(l.wrong) > 0 {
				w.t.Errorf("wrong: %q\nevents: %q", l.wrong, l.events)
			}
			if n := l.lines(); n != 0 {
				w.t.Errorf("%d lines were never told down: %q", n, l.events)
			}
		})
	}
	w.t.Cleanup(stop)
	time.Sleep(2 * time.Second) // of the bubble: lines start one by one
	synctest.Wait()
	return s, l, stop
}

// deposit moves the account's wallet and returns the message that says so.
func (w *world) deposit(alias string) string {
	m := string(w.v.Transfer(alias, "DEPOSIT", "BTC", "1"))
	synctest.Wait()
	return m
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
