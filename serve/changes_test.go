package serve_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"poise/serve"
)

// event is a server-sent event as a client sees it.
type event struct {
	id, data string
}

// listener is a client of changes.
type listener struct {
	t    testing.TB
	body io.ReadCloser
	in   *bufio.Reader
	last string // the id that it goes on from
}

// listen opens a stream that must answer 200.
func (w *web) listen(query, lastID string) *listener {
	w.t.Helper()
	r := w.request(http.MethodGet, "/v1/changes"+query, nil)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(r)
	must(w.t, err)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		w.t.Fatalf("%d %s %s", res.StatusCode, res.Header, body)
	}
	w.t.Cleanup(func() { res.Body.Close() })
	return &listener{t: w.t, body: res.Body, in: bufio.NewReader(res.Body), last: lastID}
}

// next returns the next event that has data; comments and ids alone are none.
func (l *listener) next() (e event, err error) {
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && e.data != "":
			l.last = e.id
			return e, nil
		case line == "" && e.id != "":
			l.last, e.id = e.id, ""
		case field == "id":
			e.id = value
		case field == "data":
			e.data += value
		}
	}
}

// take returns the next n events.
func (l *listener) take(n int) (list []event) {
	l.t.Helper()
	for range n {
		e, err := l.next()
		must(l.t, err)
		list = append(list, e)
	}
	return list
}

type change struct {
	Account  string
	Position uint64
	Event    string
	Late     bool
	Entries  []struct{ Kind, Asset, Amount, Balance string }
}

func read(t testing.TB, e event) (c change) {
	t.Helper()
	must(t, json.Unmarshal([]byte(e.data), &c))
	return c
}

// traded is a world in which some accounts traded, and all the changes of it.
func traded(t *testing.T, c serve.Config, n int, names ...string) (*world, []event) {
	t.Helper()
	w := newWorld(t, c, names...)
	for i := range n {
		w.trade(names[i%len(names)], "BTCUSD_PERP", []string{"BUY", "SELL"}[i%2], 1+i)
	}
	w.shown()
	head := w.f.Head().String()
	l := w.web.listen("?from=0", "")
	var all []event
	for l.last != head {
		all = append(all, l.take(1)...)
	}
	l.body.Close()
	w.until("nobody listens", func() bool { _, m := w.web.get("/metrics"); return strings.Contains(m, "poise_changes_clients 0\n") })
	return w, all
}

func TestChangesTellWhatHappensAsItHappens(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	l := w.web.listen("?account=main", "")
	w.trade("main", "BTCUSD_PERP", "BUY", 7)
	for {
		c := read(t, l.take(1)[0])
		if c.Event != "ACCOUNT_UPDATE" {
			continue
		}
		if e := c.Entries; c.Account != "main" || c.Late || len(e) != 1 || e[0].Amount != "-0.00000583" || e[0].Balance != "1.99999417" {
			t.Errorf("%+v", c)
		}
		return
	}
}

// Whoever is cut, wherever that is, goes on from the last id and has what he
// would have had: each change once and in order.
func TestChangesResumeFromAnyPlace(t *testing.T) {
	w, all := traded(t, serve.Config{}, 6, "main")
	for cut := range len(all) {
		l := w.web.listen("?account=main&from=0", "")
		heard := l.take(cut)
		l.body.Close()
		l = w.web.listen("?account=main&from=0", l.last) // the id counts before from
		heard = append(heard, l.take(len(all)-cut)...)
		l.body.Close()
		if !reflect.DeepEqual(ids(heard), ids(all)) {
			t.Fatalf("cut after %d: %v is not %v", cut, ids(heard), ids(all))
		}
	}
}

// A stream ends in the middle of an event too: what was not whole comes again.
func TestChangesResumeFromTheMiddleOfAnEvent(t *testing.T) {
	w, all := traded(t, serve.Config{}, 4, "main")
	size := 0
	for _, e := range all {
		size += len(e.data) + len(e.id) + len("id: \ndata: \n\n")
	}
	for bytes := 1; bytes < size; bytes += 97 {
		l := w.web.listen("?from=0", "")
		l.in = bufio.NewReader(io.LimitReader(l.body, int64(bytes)))
		var heard []event
		for {
			e, err := l.next()
			if err != nil {
				break
			}
			heard = append(heard, e)
		}
		l.body.Close()
		l = w.web.listen("?from=0", l.last)
		heard = append(heard, l.take(len(all)-len(heard))...)
		l.body.Close()
		if !reflect.DeepEqual(ids(heard), ids(all)) {
			t.Fatalf("cut after %d bytes: %v is not %v", bytes, ids(heard), ids(all))
		}
	}
}

// A client of all accounts has each account's changes in order, from one cursor.
func TestChangesOfAllAccountsResume(t *testing.T) {
	w, all := traded(t, serve.Config{}, 6, "a", "b", "c")
	for cut := range len(all) {
		l := w.web.listen("", all[cut].id)
		rest := l.take(len(all) - cut - 1)
		l.body.Close()
		for _, name := range []string{"a", "b", "c"} {
			if got, want := of(t, rest, name), of(t, all[cut+1:], name); !slices.Equal(got, want) {
				t.Fatalf("%s behind %d: %v is not %v", name, cut, got, want)
			}
		}
	}
}

func of(t *testing.T, list []event, name string) (positions []uint64) {
	for _, e := range list {
		if c := read(t, e); c.Account == name {
			positions = append(positions, c.Position)
		}
	}
	return positions
}

func ids(list []event) (out []string) {
	for _, e := range list {
		out = append(out, e.id)
	}
	return out
}

// A client that is cut before the first event goes on from where it was.
func TestChangesNameAPlaceBeforeTheFirst(t *testing.T) {
	w := newWorld(t, serve.Config{HeartbeatEvery: 10 * time.Millisecond}, "main")
	l := w.web.listen("?account=main", "")
	for line := ""; !strings.HasPrefix(line, ":"); { // the comment of a heartbeat
		var err error
		line, err = l.in.ReadString('\n')
		must(t, err)
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			l.last = strings.TrimSpace(id)
		}
	}
	l.body.Close()
	if l.last == "" {
		t.Fatal("no id came before the heartbeat")
	}
	w.trade("main", "BTCUSD_PERP", "BUY", 1)
	if c := read(t, w.web.listen("?account=main", l.last).take(1)[0]); c.Event != "ORDER_TRADE_UPDATE" && c.Event != "ACCOUNT_UPDATE" {
		t.Errorf("%+v", c)
	}
}

// A client that takes nothing is cut when its connection is full, goes on later,
// and has missed nothing. Others do not notice.
func TestChangesCutWhoReadsTooSlowly(t *testing.T) {
	w, all := traded(t, serve.Config{WriteMost: 50 * time.Millisecond}, 4, "main")
	c, err := net.Dial("tcp", w.web.l.Addr().String())
	must(t, err)
	defer c.Close()
	must(t, c.(*net.TCPConn).SetReadBuffer(2048))
	_, err = io.WriteString(c, "GET /v1/changes?from=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	must(t, err)
	fillUntil(t, w, func() bool { _, m := w.web.get("/metrics"); return strings.Contains(m, "poise_changes_cut_total 1\n") })
	l := w.web.listen("", all[2].id)
	if got := l.take(1)[0]; got.id != all[3].id || got.data == "" {
		t.Errorf("%+v is not %+v", got, all[3])
	}
}

// fillUntil has more happen than a connection holds.
func fillUntil(t *testing.T, w *world, is func() bool) {
	t.Helper()
	for range 200 {
		for range 50 {
			w.v.Deposit(w.cred["main"].Alias, "BTC", "0.001")
		}
		if is() {
			return
		}
	}
	t.Fatal("the client was not cut")
}

func TestChangesAreForSoManyClients(t *testing.T) {
	w := newWorld(t, serve.Config{ClientsMax: 2}, "main")
	first := w.web.listen("", "")
	w.web.listen("", "")
	res, err := http.DefaultClient.Do(w.web.request(http.MethodGet, "/v1/changes", nil))
	must(t, err)
	body, err := io.ReadAll(res.Body)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "5" || res.Header.Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(string(body), `"type":"urn:poise:problem:too-many-clients"`) || !strings.Contains(string(body), "2 clients listen to changes already") {
		t.Fatalf("%d %v %s", res.StatusCode, res.Header, body)
	}
	first.body.Close()
	w.until("room", func() bool {
		res, err := http.DefaultClient.Do(w.web.request(http.MethodGet, "/v1/changes", nil))
		must(t, err)
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func TestChangesRefuse(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	for path, want := range map[string]int{
		"?account=other":                      http.StatusNotFound,
		"?from=nonsense":                      http.StatusUnprocessableEntity,
		"?from=99-1":                          http.StatusUnprocessableEntity,
		"?since=0":                            http.StatusUnprocessableEntity,
		"?from=" + ahead(w.f.Head().String()): http.StatusConflict,
	} {
		code, body := w.web.get("/v1/changes" + path)
		if code != want || !strings.Contains(body, `"status":`) || code == http.StatusConflict && !strings.Contains(body, "problem:other-store") ||
			code == http.StatusNotFound && !strings.Contains(body, "problem:no-such-account") {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

func ahead(cursor string) string { return cursor + "00" }

// The end of the server ends its streams, and nothing waits for their clients.
func TestCloseEndsChanges(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	l := w.web.listen("", "")
	began := time.Now()
	w.web.stop()
	if _, err := l.next(); err == nil {
		t.Error("the stream goes on")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the stop took %v", took)
	}
}
