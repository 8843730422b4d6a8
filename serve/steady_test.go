package serve_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"poise/follower"
	"poise/serve"
	"poise/store"
)

// Pages that are read while entries are written have each row once and in order:
// forward up to the end, backward down from where it began.
func TestPagesAreSteadyWhileEntriesAreWritten(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	alias := w.cred["main"].Alias
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				done <- n
				return
			default:
				w.v.Deposit(alias, "BTC", "0.00000001")
				time.Sleep(2 * time.Millisecond)
			}
		}
	}()
	type page struct {
		Entries []struct {
			Position       uint64
			Index          int
			Asset, Balance string
		}
		Next *string
	}
	walk := func(way string, pages int) (keys []string, last page) {
		for next := ""; pages > 0; pages-- {
			var p page
			w.web.json("/v1/accounts/main/entries?asset=BTC&limit=7"+way+"&after="+next, &p)
			for _, e := range p.Entries {
				keys = append(keys, fmt.Sprintf("%020d.%d %s", e.Position, e.Index, e.Balance))
			}
			if last = p; p.Next == nil {
				break
			}
			next = *p.Next
		}
		return keys, last
	}
	w.until("some are in the ledger", func() bool {
		var p page
		w.web.json("/v1/accounts/main/entries?asset=BTC&limit=30", &p)
		return len(p.Entries) == 30
	})
	back, _ := walk("&newest=1", 1_000)
	forth, _ := walk("", 1_000)
	close(stop)
	written := <-done
	w.written()
	all, _ := walk("", 10_000)
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) || len(all) != written+1 {
		t.Fatalf("%d rows of %d deposits and what there was", len(all), written)
	}
	if len(forth) < 20 || !slices.Equal(forth, all[:len(forth)]) {
		t.Errorf("forward %d rows are not the first of %d", len(forth), len(all))
	}
	slices.Reverse(back)
	if len(back) < 8 || !slices.Equal(back, all[:len(back)]) {
		t.Errorf("backward %d rows are not those of when it began, of %d", len(back), len(all))
	}
}

// again stops following and serving, and starts both over the same store.
func (w *world) again() {
	w.t.Helper()
	w.web.stop()
	w.stop()
	var err error
	w.f, err = follower.New(follower.Config{Store: w.s, Exchange: w.x, Accounts: w.all, Marks: true})
	must(w.t, err)
	w.run()
	w.web = newWeb(w.t, serve.Config{Follower: w.f, Ledger: w.s, Exchange: w.x, Version: "test"}, w.web.l.Addr().String())
}

// A stream goes on from any of its places over a restart of all: each change
// once, what happened meanwhile too.
func TestChangesResumeOverARestart(t *testing.T) {
	w, before := traded(t, serve.Config{}, 4, "main")
	w.again() // now nobody listens for a moment
	w.trade("main", "BTCUSD_PERP", "BUY", 9)
	w.until("heard", func() bool { return w.same("main") })
	w.shown()
	head := w.f.Head().String()
	var whole []event
	for l := w.web.listen("?account=main&from=0", ""); l.last != head; {
		whole = append(whole, l.take(1)...)
	}
	if len(whole) <= len(before) || !reflect.DeepEqual(ids(whole[:len(before)]), ids(before)) {
		t.Fatalf("%v does not go on from %v", ids(whole), ids(before))
	}
	for i := range whole {
		l := w.web.listen("?account=main", whole[i].id)
		rest := l.take(len(whole) - i - 1)
		l.body.Close()
		if !reflect.DeepEqual(ids(rest), ids(whole[i+1:])) {
			t.Fatalf("behind %d: %v is not %v", i, ids(rest), ids(whole[i+1:]))
		}
	}
}

// A stream without a place begins now, also while the follower has not opened
// its partitions yet: it is not told all that there ever was.
func TestChangesBeginNowWhileTheFollowerStarts(t *testing.T) {
	w, before := traded(t, serve.Config{}, 4, "main")
	w.web.stop()
	w.stop()
	f, err := follower.New(follower.Config{Store: w.s, Exchange: w.x, Accounts: w.all})
	must(t, err)
	web := newWeb(t, serve.Config{Follower: f, Ledger: w.s, HeartbeatEvery: 20 * time.Millisecond}, "127.0.0.1:0")
	l := web.listen("", "")
	line, err := l.in.ReadString('\n')
	for ; err == nil && !strings.HasPrefix(line, "id: "); line, err = l.in.ReadString('\n') {
	}
	must(t, err)
	end, err := w.s.Head(t.Context(), store.PartitionOf("main"))
	must(t, err)
	if got, want := strings.TrimSpace(strings.TrimPrefix(line, "id: ")), fmt.Sprintf("8-%d", end.Position); got != want {
		t.Errorf("it begins at %q, not at %q", got, want)
	}
	w.f = f
	w.run()
	if c := read(t, l.take(1)[0]); c.Late || c.Position <= end.Position || len(before) == 0 {
		t.Errorf("the first change is of before: %+v", c)
	}
}

// Every way to ask that is none is answered by a problem, of every path.
func TestEveryRefusalIsAProblem(t *testing.T) {
	w := told(t, serve.Config{})
	for _, c := range []struct {
		method, path string
		code         int
	}{
		{"OPTIONS", "/v1/accounts", 405}, {"POST", "/v1/accounts/main", 405}, {"DELETE", "/nothing", 405}, {"POST", "/login/x", 405}, {"FROB", "/", 405},
		{"GET", "/nothing", 404}, {"GET", "/v1", 404}, {"GET", "/v1/", 404}, {"GET", "/v1/accounts/", 404}, {"GET", "/v1/accounts/main/", 404},
		{"GET", "/v1/accounts/main/orders", 404}, {"GET", "/v1/accounts/none", 404}, {"GET", "/static/none.js", 404}, {"GET", "/static/../../go.mod", 404},
		{"GET", "/static/vendor/", 404}, {"GET", "/docs", 404}, {"GET", "/schemas/Holdings.json", 404}, {"GET", "/openapi.yaml", 200}, {"GET", "/openapi.json", 200},
		{"GET", "/v1/accounts/main?at=", 200}, {"GET", "/v1/accounts/main?at=1&at=2", 200}, {"GET", "/v1/accounts/main/entries?limit=1001", 422},
		{"GET", "/v1/accounts/main/entries?after=" + strings.Repeat("1", 201), 422}, {"GET", "/v1/accounts/main/totals?by=year", 422}, {"GET", "/v1/accounts/%ff", 404},
		{"GET", "/v1/accounts/" + strings.Repeat("n", 5_000), 404},
	} {
		res, err := http.DefaultTransport.RoundTrip(w.request(c.method, c.path, nil))
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		res.Body.Close()
		if res.StatusCode != c.code && !(c.code == 404 && res.StatusCode/100 == 3) {
			t.Errorf("%s %.60s: %d, not %d: %s", c.method, c.path, res.StatusCode, c.code, body)
		}
		if res.StatusCode >= 400 && (res.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(body), fmt.Sprintf(`"status":%d`, res.StatusCode)) ||
			!strings.Contains(string(body), `"detail":"`)) {
			t.Errorf("%s %.60s: %s %s", c.method, c.path, res.Header.Get("Content-Type"), body)
		}
		if res.StatusCode == 405 && res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, res.Header.Get("Allow"))
		}
	}
}

// HEAD says what GET would, and sends nothing of it.
func TestHeadIsGetWithoutItsBody(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	for _, path := range []string{"/v1/accounts", "/v1/accounts/main", "/v1/accounts/main/entries", "/v1/accounts/none", "/v1/changes", "/", "/accounts/main", "/metrics", "/healthz", "/readyz",
		"/static/style.css", "/openapi.json", "/nothing"} {
		get, err := http.DefaultClient.Do(w.web.request(http.MethodGet, path, nil))
		must(t, err)
		get.Body.Close()
		code, body := 0, ""
		head, err := http.DefaultClient.Do(w.web.request(http.MethodHead, path, nil))
		must(t, err)
		rest, err := io.ReadAll(head.Body)
		must(t, err)
		head.Body.Close()
		if code, body = head.StatusCode, string(rest); code != get.StatusCode || body != "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: %d %s is not %d %s; %q", path, code, head.Header.Get("Content-Type"), get.StatusCode, get.Header.Get("Content-Type"), body)
		}
	}
}

// No other site's script may read an answer: nothing of CORS is answered, asked
// for in whatever way.
func TestOtherSitesReadNothing(t *testing.T) {
	w := told(t, serve.Config{})
	for _, method := range []string{"GET", "OPTIONS"} {
		for _, path := range []string{"/v1/accounts", "/v1/changes", "/", "/metrics", "/openapi.json"} {
			r := w.request(method, path, nil)
			r.Header.Set("Origin", "https://elsewhere.example")
			r.Header.Set("Access-Control-Request-Method", "GET")
			r.Header.Set("Access-Control-Request-Headers", "authorization")
			res, err := http.DefaultClient.Do(r)
			must(t, err)
			res.Body.Close()
			for name := range res.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s: %s", method, path, name)
				}
			}
			if res.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("%s %s: %v", method, path, res.Header)
			}
		}
	}
}

// A request that is too large, or never ends, is cut off, and costs no more than
// its connection.
func TestRequestsHaveBounds(t *testing.T) {
	w := told(t, serve.Config{Token: token})
	ask := func(text string) (status string) {
		c, err := net.Dial("tcp", w.l.Addr().String())
		must(t, err)
		defer c.Close()
		must(t, c.SetDeadline(time.Now().Add(15*time.Second)))
		_, _ = io.WriteString(c, text) // the server may close before all is sent
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil {
			return "cut"
		}
		return strings.TrimSpace(line)
	}
	long := strings.Repeat("x", 40<<10)
	for _, c := range []struct{ what, text, want string }{
		{"a long header", "GET / HTTP/1.1\r\nHost: x\r\nX: " + long + "\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large"},
		{"a long address", "GET /" + long + " HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large"},
		{"a long form", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 40966\r\n\r\ntoken=" + long, "HTTP/1.1 400 Bad Request"},
		{"no host", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request: missing required Host header"},
	} {
		if got := ask(c.text); got != c.want && got != "cut" {
			t.Errorf("%s: %q, not %q", c.what, got, c.want)
		}
	}
	began := time.Now()
	if got := ask("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); got != "cut" && !strings.Contains(got, "408") {
		t.Errorf("a header that never ends: %q", got)
	}
	if took := time.Since(began); took > 14*time.Second {
		t.Errorf("a header that never ends is waited for for %v", took)
	}
}

// A ledger that does not answer keeps so many requests and no more waiting.
func TestRequestsAtOnceAreBounded(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	slow := &slowLedger{Ledger: s, on: make(chan struct{})}
	w := newWeb(t, serve.Config{Ledger: slow}, "127.0.0.1:0")
	answers := make(chan *http.Response, 100)
	for range 80 {
		go func() {
			res, err := http.DefaultClient.Do(w.request(http.MethodGet, "/v1/accounts", nil))
			if err == nil {
				res.Body.Close()
			}
			answers <- res
		}()
	}
	for range 16 { // 64 wait
		res := <-answers
		if res == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "1" {
			t.Fatalf("%+v", res)
		}
	}
	close(slow.on)
	for range 64 {
		if res := <-answers; res == nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%+v", res)
		}
	}
}

// slowLedger answers nothing before it is on.
type slowLedger struct {
	store.Ledger
	on chan struct{}
}

func (l *slowLedger) Accounts(ctx context.Context) ([]store.Account, error) {
	<-l.on
	return l.Ledger.Accounts(ctx)
}
