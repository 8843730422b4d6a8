package notify_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"poise/follower"
	"poise/notify"
	"poise/store"
	"poise/venue/gateway"
)

func TestAnIncidentIsToldWhenItOpensAndWhenItEnds(t *testing.T) {
	w := newWorld(t, notify.Config{})
	w.incident()
	until(t, "it is told", func() bool { return len(w.hook.taken(notify.IncidentOpened)) > 0 })
	e := w.hook.taken(notify.IncidentOpened)[0]
	if e.Account != "main" || e.What == nil || e.What.Kind != "unreadable" || e.What.Times != 1 || e.What.Opened == 0 || e.Time == 0 || e.Detail == "" || e.ID == "" {
		t.Errorf("told %+v, %+v", e, e.What)
	}
	until(t, "its end is told", func() bool { return len(w.hook.taken(notify.IncidentEnded)) > 0 })
	if end := w.hook.taken(notify.IncidentEnded)[0]; end.What.ID != e.What.ID || end.What.Ending == "" || end.What.Closed == 0 || end.ID == e.ID {
		t.Errorf("told %+v, %+v", end, end.What)
	}
}

func TestAMarginCallIsTold(t *testing.T) {
	w := newWorld(t, notify.Config{})
	w.v.Transfer(w.cred.Alias, "WITHDRAW", "BTC", "-0.01")
	until(t, "it is told", func() bool { return len(w.hook.taken(notify.MarginCalled)) > 0 })
	e := w.hook.taken(notify.MarginCalled)[0]
	if e.Account != "main" || e.Time == 0 || *e.Call != (notify.Call{Symbol: "BTCUSD_PERP", Side: "BOTH", Amount: "-120", MarginType: "cross", Mark: "131.10", Unrealized: "-2.9", Maintenance: "0.9"}) {
		t.Errorf("told %+v, %+v", e, e.Call)
	}
}

// TestAnAlertIsToldWhenItOpensAndWhenItEnds, also when it ends while nobody is
// there to tell.
func TestAnAlertIsToldWhenItOpensAndWhenItEnds(t *testing.T) {
	w := newWorld(t, notify.Config{LookEvery: 10 * time.Millisecond}, 200*time.Millisecond)
	failing := func() (end func()) {
		return w.v.Fault(gateway.Fault{Alias: w.cred.Alias, Kind: "rest-error", Status: 503, Code: -1000, Count: 1 << 30})
	}
	opened := func() int { return len(w.hook.taken(notify.AlertOpened)) }
	ended := func() int { return len(w.hook.taken(notify.AlertEnded)) }
	end := failing()
	until(t, "it is told", func() bool { return opened() == 1 })
	end()
	until(t, "its end is told", func() bool { return ended() == 1 })
	a, b := w.hook.taken(notify.AlertOpened)[0], w.hook.taken(notify.AlertEnded)[0]
	if a.Alert.Code != "rest" || a.Account != "main" || a.Detail == "" || *a.Alert != *b.Alert || a.ID == b.ID {
		t.Errorf("told %+v %+v, then %+v %+v", a, a.Alert, b, b.Alert)
	}
	end = failing()
	until(t, "the second is told", func() bool { return opened() == 2 })
	w.stop()
	end()
	w.start()
	until(t, "its end is told after a restart", func() bool { return ended() == 2 })
	if n := opened(); n != 2 {
		t.Errorf("%d alerts were opened", n)
	}
}

// TestAReceiverThatFailsIsToldAgain: with the same ids, in order, once it takes
// them; a Retry-After is obeyed.
func TestAReceiverThatFailsIsToldAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, []notify.Event) bool
		tries  int
		least  time.Duration
	}{
		{"500", status(500, 3), 4, 0},
		{"404", status(404, 5), 6, 0},
		{"429 with seconds", status(429, 1, "Retry-After", "1"), 2, time.Second},
		{"a redirect", status(302, 2, "Location", "/elsewhere"), 3, 0},
		{"a cut connection", cuts(2), 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, notify.Config{})
			w.hook.set(c.answer)
			begun := time.Now()
			w.incident()
			until(t, "it is taken", func() bool { return len(w.hook.taken(notify.IncidentOpened)) > 0 })
			if took := time.Since(begun); took < c.least || w.hook.tried() < c.tries {
				t.Errorf("%d tries in %s, want %d in %s", w.hook.tried(), took, c.tries, c.least)
			}
			if n := w.n.Stats().GivenUp; n != 0 {
				t.Errorf("%d were given up", n)
			}
		})
	}
}

// cuts ends the connection without an answer, so many times.
func cuts(times int) func(http.ResponseWriter, []notify.Event) bool {
	var mu sync.Mutex
	return func(http.ResponseWriter, []notify.Event) bool {
		mu.Lock()
		defer mu.Unlock()
		if times == 0 {
			return false
		}
		times--
		panic(http.ErrAbortHandler)
	}
}

func TestWhatAReceiverRefusesIsGivenUpAndTheNextIsTold(t *testing.T) {
	w := newWorld(t, notify.Config{})
	w.hook.set(status(422, 3))
	w.incident()
	until(t, "it is given up", func() bool { return w.n.Stats().GivenUp == 1 })
	w.incident()
	until(t, "the next is told", func() bool { return len(w.hook.taken(notify.IncidentOpened)) > 0 })
	if n := w.n.Stats().GivenUp; n != 1 || w.hook.tried() < 4 {
		t.Errorf("%d were given up after %d tries", n, w.hook.tried())
	}
}

// TestASlowReceiverHurtsNobody: while it holds one message, accounts are followed
// on, and what waits is bounded; then it is told all, once and in order.
func TestASlowReceiverHurtsNobody(t *testing.T) {
	w := newWorld(t, notify.Config{})
	released := make(chan struct{})
	w.hook.set(func(http.ResponseWriter, []notify.Event) bool { <-released; return false })
	const times = 600
	for range times {
		w.incident()
	}
	until(t, "all are followed", func() bool { return w.f.Stats().Incidents["unreadable"] >= times })
	if n := w.n.Stats().Waiting; n > 256 {
		t.Errorf("%d wait", n)
	}
	close(released)
	until(t, "all are told", func() bool { return len(w.hook.taken(notify.IncidentOpened)) >= times })
	seen := map[string]bool{}
	for i, e := range w.hook.taken(notify.IncidentOpened) {
		if seen[e.ID] || i > 0 && before(e, w.hook.taken(notify.IncidentOpened)[i-1]) {
			t.Fatalf("event %d is %+v", i, e)
		}
		seen[e.ID] = true
	}
}

// before reports whether an event is of an earlier record than another.
func before(a, b notify.Event) bool {
	var p, i, q, j int
	_, _ = fmt.Sscanf(a.ID, "%d-%d", &p, &i)
	_, _ = fmt.Sscanf(b.ID, "%d-%d", &q, &j)
	return i < j
}

// TestAReceiverThatWasAwayIsToldAfterARestart: what it missed, and nothing that
// it had taken.
func TestAReceiverThatWasAwayIsToldAfterARestart(t *testing.T) {
	w := newWorld(t, notify.Config{})
	w.incident()
	until(t, "the first is taken", func() bool { return len(w.hook.taken(notify.IncidentOpened)) >= 1 })
	w.hook.set(status(503, 1<<30))
	w.incident()
	until(t, "the second was tried", func() bool { return w.n.Stats().Failures > 0 })
	w.stop()
	w.hook.set(nil)
	w.start()
	until(t, "the second is told", func() bool { return len(w.hook.taken(notify.IncidentOpened)) >= 2 })
	a, b := w.hook.taken(notify.IncidentOpened)[0], w.hook.taken(notify.IncidentOpened)[1]
	if a.ID == b.ID || b.What.ID == a.What.ID && b.What.Times != a.What.Times+1 {
		t.Errorf("told %+v, then %+v", a, b)
	}
}

func TestAnOlderStoreIsToldFromItsEnd(t *testing.T) {
	w := newWorld(t, notify.Config{})
	w.incident()
	until(t, "it is taken", func() bool { return len(w.hook.taken(notify.IncidentOpened)) >= 1 })
	w.stop()
	for _, name := range []string{w.path, w.path + "-wal", w.path + "-shm"} { // as if an older one had been put back
		_ = os.Remove(name)
	}
	w.start()
	w.incident()
	until(t, "what happens then is told", func() bool { return len(w.hook.taken(notify.IncidentOpened)) >= 2 })
}

func TestAStateThatIsNoneIsRefused(t *testing.T) {
	w := newWorld(t, notify.Config{})
	w.stop()
	for _, text := range []string{"", "{", `{"version":2,"cursor":"0"}`, `{"version":1,"cursor":"x"}`} {
		must(t, os.WriteFile(w.path+".notify", []byte(text), 0o600))
		if _, err := w.run(); !errors.Is(err, notify.ErrState) || !strings.Contains(err.Error(), "poise.db.notify") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestConfigurationsThatCannotBeUsedAreRefused(t *testing.T) {
	for _, c := range []struct{ url, secret string }{
		{"http://example.org/x", secret}, {"ftp://127.0.0.1/x", secret}, {"https://", secret}, {"/x", secret}, {"https://u:hunter2hunter2@example.org", secret},
		{"http://127.0.0.1.example.org/hunter2hunter2", secret}, {"https://example.org/", "short"},
	} {
		_, err := notify.New(t.Context(), notify.Config{URL: c.url, Secret: c.secret, Source: &follower.Follower{}, Journal: noJournal{}})
		if !errors.Is(err, notify.ErrConfig) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "short") {
			t.Errorf("%s: %v", c.url, err)
		}
	}
	for _, url := range []string{"https://example.org/x?y=z", "http://127.0.0.1:99/x", "http://[::1]/", "http://localhost:1/"} {
		if err := notify.CheckURL(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// noJournal is one that nobody asks.
type noJournal struct{ store.Journal }

// TestNeitherAddressNorSecretIsLogged while nobody listens at the address.
func TestNeitherAddressNorSecretIsLogged(t *testing.T) {
	var log safe
	w := &world{t: t, v: newVenue(t), path: t.TempDir() + "/poise.db", hook: &receiver{url: "http://127.0.0.1:1/hunter2hunter2"}}
	w.more.Log = slog.New(slog.NewTextHandler(&log, nil))
	w.cred = w.v.NewAccount("SgsR", "BTC", "2")
	w.start()
	defer func() { w.stop() }()
	w.incident()
	until(t, "it is logged", func() bool { return strings.Contains(log.String(), "does not take notifications") })
	if s := log.String(); strings.Contains(s, "hunter2") || strings.Contains(s, secret) {
		t.Error(s)
	}
}

type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestASignatureIsOfTheSecretTheBodyAndTheTime(t *testing.T) {
	body, now := []byte(`{"events":[]}`), time.Unix(1_800_000_000, 0)
	// openssl dgst -sha256 -hmac 'a secret of the receiver' of 1800000000.{"events":[]}
	good := "t=1800000000,v1=d3e2515aa0a1f0290b6d505254ab97b6384dfaa890231cb324c49b2e522f8184"
	for _, c := range []struct {
		name, secret, header, body string
		now                        time.Time
		ok                         bool
	}{
		{"right", secret, good, string(body), now, true},
		{"a minute later", secret, good, string(body), now.Add(time.Minute), true},
		{"an old one", secret, good, string(body), now.Add(time.Hour), false},
		{"of the future", secret, good, string(body), now.Add(-time.Hour), false},
		{"another secret", "another secret of nobody", good, string(body), now, false},
		{"another body", secret, good, `{"events":[1]}`, now, false},
		{"another time", secret, strings.Replace(good, "t=1800000000", "t=1800000001", 1), string(body), now, false},
		{"no header", secret, "", string(body), now, false},
		{"no sum", secret, "t=1800000000", string(body), now, false},
	} {
		err := notify.Verify(c.secret, c.header, []byte(c.body), c.now, 5*time.Minute)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, notify.ErrSignature) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
