package serve_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"poise/serve"
	"poise/store"
)

var rewrite = flag.Bool("rewrite", false, "write the answers into testdata/*.json")

// told is a world in which no time and no text is left to chance but those that
// plain replaces: a past, and nobody who follows it.
func told(t *testing.T, c serve.Config) *web {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	remember(t, s, "main", 4, end)
	c.Ledger, c.Version = s, "test"
	return newWeb(t, c, "127.0.0.1:0")
}

var end = time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)

// golden compares an answer with a file.
func golden(t *testing.T, name, body string) {
	t.Helper()
	var b bytes.Buffer
	must(t, json.Indent(&b, []byte(body), "", "  "))
	file := filepath.Join("testdata", name+".json")
	if *rewrite {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(file, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s is not as it was; if it is right, go test ./serve -rewrite\n%s", file, b.String())
	}
}

// Each route's answer, to the letter: programs rely on it.
func TestShapes(t *testing.T) {
	w := told(t, serve.Config{})
	at := strconv.FormatInt(end.Add(-36*time.Hour).UnixMilli(), 10)
	for name, path := range map[string]string{
		"accounts":        "/v1/accounts",
		"account":         "/v1/accounts/main?flat=1",
		"account-at":      "/v1/accounts/main?flat=1&at=" + at,
		"account-before":  "/v1/accounts/main?at=1",
		"entries":         "/v1/accounts/main/entries?limit=3",
		"entries-chosen":  "/v1/accounts/main/entries?kind=TRANSFER&asset=BTC&newest=1&from=1&to=" + at,
		"totals":          "/v1/accounts/main/totals?by=day&kind=FUNDING_FEE",
		"totals-month":    "/v1/accounts/main/totals?by=month",
		"incidents":       "/v1/accounts/main/incidents",
		"problem-account": "/v1/accounts/other",
		"problem-filter":  "/v1/accounts/main/entries?knd=TRANSFER",
		"problem-time":    "/v1/accounts/main?at=yesterday",
		"problem-next":    "/v1/accounts/main/entries?after=nonsense",
		"problem-path":    "/v2",
		"problem-changes": "/v1/changes",
		"healthz":         "/healthz",
		"readyz":          "/readyz",
	} {
		t.Run(name, func(t *testing.T) {
			_, body := w.get(path)
			golden(t, name, body)
		})
	}
}

// A live account has the shapes of the contract too, with what only a follower
// knows.
func TestShapesOfALiveAccount(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	w.trade("main", "BTCUSD_PERP", "BUY", 7)
	w.written()
	w.until("with a mark", func() bool {
		v := w.view("main")
		return len(v.Positions) > 0 && v.Now != nil && len(v.Now.Positions) > 0
	})
	_, list := w.web.get("/v1/accounts")
	golden(t, "live-accounts", plain(list))
	_, one := w.web.get("/v1/accounts/main")
	golden(t, "live-account", plain(one))
	l := w.web.listen("?account=main&from=0", "")
	for {
		if e := l.take(1)[0]; strings.Contains(e.data, `"reason":"ORDER"`) {
			golden(t, "change", plain(e.data))
			break
		}
	}
	if c := l.last; !strings.HasPrefix(c, strconv.Itoa(store.PartitionOf("main"))+"-") || strings.Contains(c, ".") {
		t.Errorf("the cursor of one account is %q", c)
	}
}

// plain replaces what differs from run to run.
func plain(body string) string {
	body = regexp.MustCompile(`"(since|heard|updated|eventTime|time)":\d{13}`).ReplaceAllString(body, `"$1":1`)
	body = regexp.MustCompile(`"(frames|position|ledger)":\d+`).ReplaceAllString(body, `"$1":2`)
	body = regexp.MustCompile(`"cursor":"8-\d+"`).ReplaceAllString(body, `"cursor":"8-3"`)
	return regexp.MustCompile(`"alias":"\w{16}"`).ReplaceAllString(body, `"alias":"SgsR"`)
}

// An account as it stood is what it was when it was so, whenever that is asked.
func TestAtIsWhatWas(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	type stand struct {
		at   int64
		have holding
	}
	var was []stand
	for range 4 {
		w.trade("main", "BTCUSD_PERP", "BUY", 3)
		w.heard()
		var now holding
		w.web.json("/v1/accounts/main", &now)
		was = append(was, stand{w.view("main").EventTime, now})
		time.Sleep(5 * time.Millisecond) // the next trade has a later millisecond
	}
	for _, s := range was {
		var then holding
		w.web.json("/v1/accounts/main?at="+strconv.FormatInt(s.at, 10), &then)
		if got, want := text(t, then), text(t, s.have); got != want {
			t.Errorf("at %d: %s is not %s", s.at, got, want)
		}
	}
}

type holding struct {
	Balances, Positions []struct{ Asset, Symbol, Wallet, Cross, Amount, EntryPrice, Realized string }
	Status              string
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}

// Pages of any size hold every row once, in order, both ways.
func TestPagesHoldEveryRowOnce(t *testing.T) {
	w := told(t, serve.Config{})
	type page struct {
		Entries []json.RawMessage
		Next    *string
	}
	var whole page
	w.json("/v1/accounts/main/entries?limit=1000", &whole)
	if len(whole.Entries) < 20 || whole.Next != nil {
		t.Fatalf("%d entries, next %v", len(whole.Entries), whole.Next)
	}
	for limit := 1; limit <= len(whole.Entries)+1; limit += 3 {
		for _, way := range []string{"", "&newest=1"} {
			var got []string
			for next := ""; ; {
				var p page
				w.json("/v1/accounts/main/entries?limit="+strconv.Itoa(limit)+way+"&after="+next, &p)
				for _, e := range p.Entries {
					got = append(got, string(e))
				}
				if p.Next == nil {
					break
				}
				next = *p.Next
			}
			if way != "" {
				slices.Reverse(got)
			}
			for i, e := range whole.Entries {
				if i >= len(got) || got[i] != string(e) {
					t.Fatalf("limit %d%s: row %d of %d", limit, way, i, len(got))
				}
			}
		}
	}
}

// The document describes every route of the API that answers, and no other.
func TestDocumentAndRoutesAgree(t *testing.T) {
	w := told(t, serve.Config{})
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	w.json("/openapi.json", &doc)
	want := []string{"/v1/accounts", "/v1/accounts/{name}", "/v1/accounts/{name}/entries", "/v1/accounts/{name}/incidents", "/v1/accounts/{name}/totals", "/v1/changes"}
	var got []string
	for path, methods := range doc.Paths {
		got = append(got, path)
		if len(methods) != 1 || methods["get"] == nil {
			t.Errorf("%s has %v", path, methods)
		}
		if code, _ := w.get(strings.Replace(path, "{name}", "main", 1)); code != http.StatusOK && path != "/v1/changes" {
			t.Errorf("%s answers %d", path, code)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) || !strings.HasPrefix(doc.OpenAPI, "3.") {
		t.Errorf("%s %q", doc.OpenAPI, got)
	}
}

// No request changes anything: every method but GET and HEAD is refused on every
// route.
func TestNothingCanBeChanged(t *testing.T) {
	w := told(t, serve.Config{})
	for _, path := range []string{"/v1/accounts", "/v1/accounts/main", "/v1/changes", "/", "/accounts/main", "/metrics", "/healthz", "/static/style.css"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			code, body := do(t, w.request(method, path, strings.NewReader("{}")))
			if code != http.StatusMethodNotAllowed || !strings.Contains(body, `"status":405`) {
				t.Errorf("%s %s: %d %s", method, path, code, body)
			}
		}
		if code, body := do(t, w.request("HEAD", path, nil)); code >= 500 && path != "/v1/changes" || body != "" {
			t.Errorf("HEAD %s: %d %q", path, code, body)
		}
	}
}

const token = "a-token-of-a-test"

func TestTokenIsWanted(t *testing.T) {
	w := told(t, serve.Config{Token: token})
	paths := map[string]bool{"/v1/accounts": true, "/v1/changes": true, "/metrics": true, "/openapi.json": true, "/": true, "/accounts/main": true,
		"/static/../v1/accounts": true, "/static/%2e%2e/v1/accounts": false, "//v1/accounts": true,
		"/healthz": false, "/readyz": false, "/login": false, "/static/style.css": false}
	for path, wanted := range paths {
		for _, shown := range []string{"", "Bearer ", "Bearer wrong", "Basic " + token, "Bearer " + token + "x", "Bearer " + token[1:]} {
			r := w.request(http.MethodGet, path, nil)
			r.Header.Set("Authorization", shown)
			code, body := do(t, r)
			if (code == http.StatusUnauthorized) != wanted || wanted && strings.Contains(body, "SgsR") {
				t.Errorf("%s with %q: %d %s", path, shown, code, body)
			}
		}
		if code, body := w.get(path); code == http.StatusUnauthorized {
			t.Errorf("%s with the token: %d %s", path, code, body)
		}
	}
}

// The form gives a cookie, no script can read it, the token is not in it, and it
// opens what the token does.
func TestCookieStandsForTheToken(t *testing.T) {
	w := told(t, serve.Config{Token: token})
	login := func(token, to string) *http.Response {
		r := w.request(http.MethodPost, "/login?to="+to, strings.NewReader("token="+token))
		r.Header.Del("Authorization")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultTransport.RoundTrip(r)
		must(t, err)
		res.Body.Close()
		return res
	}
	if res := login("wrong", "/"); res.StatusCode != http.StatusUnauthorized || len(res.Cookies()) > 0 {
		t.Errorf("a wrong token: %d %v", res.StatusCode, res.Cookies())
	}
	for to, want := range map[string]string{"/accounts/main": "/accounts/main", "": "/", "//elsewhere.example": "/", "https://elsewhere.example": "/", "/%5Celsewhere.example": "/", "/login": "/"} {
		if got := login(token, to).Header.Get("Location"); got != want {
			t.Errorf("to %q leads to %q", to, got)
		}
	}
	c := login(token, "/").Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || strings.Contains(c.Value, token) {
		t.Errorf("%+v", c)
	}
	for value, want := range map[string]int{c.Value: http.StatusOK, c.Value + "0": http.StatusUnauthorized, token: http.StatusUnauthorized, "": http.StatusUnauthorized} {
		r := w.request(http.MethodGet, "/v1/accounts", nil)
		r.Header.Del("Authorization")
		r.AddCookie(&http.Cookie{Name: c.Name, Value: value})
		if code, body := do(t, r); code != want {
			t.Errorf("cookie %q: %d %s", value, code, body)
		}
	}
}

// A form of another site cannot log anybody in.
func TestLoginIsNotForOtherSites(t *testing.T) {
	w := told(t, serve.Config{Token: token})
	r := w.request(http.MethodPost, "/login", strings.NewReader("token="+token))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if code, body := do(t, r); code != http.StatusForbidden {
		t.Errorf("%d %s", code, body)
	}
}

// A name of elsewhere that was made to point here is not answered (DNS rebinding).
func TestOnlyNamesOfThisMachineAreAnswered(t *testing.T) {
	w := told(t, serve.Config{})
	for host, want := range map[string]int{"localhost": 200, "localhost:9710": 200, "127.0.0.1:1": 200, "127.9.9.9": 200, "[::1]:9710": 200, "LOCALHOST": 200,
		"rebound.example": 421, "rebound.example:9710": 421, "localhost.rebound.example": 421, "10.0.0.1": 421, "127.0.0.1.rebound.example": 421} {
		for _, path := range []string{"/v1/accounts", "/", "/healthz", "/metrics"} {
			r := w.request(http.MethodGet, path, nil)
			r.Host = host
			if code, body := do(t, r); code != want {
				t.Errorf("%s%s: %d %s", host, path, code, body)
			}
		}
	}
}

func TestAnswersAreKeptApartFromOtherPages(t *testing.T) {
	w := told(t, serve.Config{})
	for _, path := range []string{"/", "/v1/accounts", "/accounts/main", "/nothing"} {
		res, err := http.DefaultClient.Do(w.request(http.MethodGet, path, nil))
		must(t, err)
		res.Body.Close()
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control": "no-store", "Access-Control-Allow-Origin": ""} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if p := res.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: %q", path, p)
		}
	}
}

func TestCheckRefusesToServeOthersWithoutAToken(t *testing.T) {
	for listen, ok := range map[string][2]bool{ // without a token, and with one
		"127.0.0.1:9710": {true, true}, "[::1]:9710": {true, true}, "localhost:0": {true, true},
		"0.0.0.0:9710": {false, true}, ":9710": {false, true}, "10.1.2.3:9710": {false, true}, "host.example:9710": {false, true},
		"9710": {false, false}, "": {false, false},
	} {
		for i, token := range []string{"", token} {
			if err := serve.Check(listen, token); (err == nil) != ok[i] {
				t.Errorf("%q with %q: %v", listen, token, err)
			}
		}
	}
}
