package serve_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"poise/serve"
)

// fromAddress has requests come from another address of this machine.
func fromAddress(t *testing.T, address string) *http.Client {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: d.DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Whoever guesses the token, in whatever way, has to wait with all of them, and
// is told for how long; whoever has it elsewhere notices nothing.
func TestGuessingTheTokenIsSlow(t *testing.T) {
	ways := map[string]func(r *http.Request, guess string){
		"a header": func(r *http.Request, guess string) { r.Header.Set("Authorization", "Bearer "+guess) },
		"a cookie": func(r *http.Request, guess string) { r.AddCookie(&http.Cookie{Name: "poise", Value: guess}) },
		"the form": nil,
	}
	for way, show := range ways {
		t.Run(way, func(t *testing.T) {
			w := told(t, serve.Config{Token: token})
			there := fromAddress(t, "127.0.0.2")
			guess := func(guess string) *http.Response {
				r := w.request(http.MethodGet, "/v1/accounts", nil)
				if show == nil {
					r = w.request(http.MethodPost, "/login", strings.NewReader(url.Values{"token": {guess}}.Encode()))
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				r.Header.Del("Authorization")
				if show != nil {
					show(r, guess)
				}
				res, err := there.Do(r)
				must(t, err)
				res.Body.Close()
				return res
			}
			n := 0
			for ; n < 100; n++ {
				if res := guess(fmt.Sprint("guess ", n)); res.StatusCode == http.StatusTooManyRequests {
					break
				}
			}
			if n < 10 || n > 30 { // a test that hangs for 5 s may have had one more
				t.Fatalf("%d guesses at once", n)
			}
			res := guess(token)
			if wait, err := strconv.Atoi(res.Header.Get("Retry-After")); res.StatusCode != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 5 {
				t.Errorf("the right one is looked at: %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
			}
			if res := guess("guess 1"); show != nil && n > 4 && res.StatusCode == http.StatusOK {
				t.Errorf("a wrong one: %d", res.StatusCode)
			}
			if code, body := w.get("/v1/accounts"); code != http.StatusOK {
				t.Errorf("elsewhere: %d %s", code, body)
			}
			if m := scrape(t, w); m["poise_wrong_tokens_total"] != strconv.Itoa(n) {
				t.Errorf("%s wrong tokens are counted, not %d", m["poise_wrong_tokens_total"], n)
			}
		})
	}
}

// A person is told in words, and a program by a problem of its own type.
func TestTooManyWrongTokensIsTold(t *testing.T) {
	w := told(t, serve.Config{Token: token})
	for i := range 40 {
		r := w.request(http.MethodGet, "/v1/accounts", nil)
		r.Header.Set("Authorization", fmt.Sprint("Bearer ", i))
		do(t, r)
	}
	if code, body := w.get("/v1/accounts"); code != http.StatusTooManyRequests || !strings.Contains(body, `"type":"urn:poise:problem:too-many-wrong-tokens"`) ||
		strings.Contains(body, token) {
		t.Errorf("%d %s", code, body)
	}
	r := w.request(http.MethodGet, "/", nil)
	r.Header.Set("Accept", "text/html")
	if code, body := do(t, r); code != http.StatusTooManyRequests || !strings.Contains(body, "Too many wrong tokens came from your address. Try again in ") {
		t.Errorf("%d %s", code, body)
	}
	for _, path := range []string{"/healthz", "/readyz", "/login", "/static/style.css"} {
		if code, body := w.get(path); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	r = w.request(http.MethodGet, "/v1/accounts", nil)
	r.Header.Del("Authorization")
	if code, body := do(t, r); code != http.StatusUnauthorized {
		t.Errorf("who shows nothing guesses nothing: %d %s", code, body)
	}
}

// A cookie of a token before this one is taken away, so that a browser with many
// tabs guesses once.
func TestAnOldCookieIsTakenAway(t *testing.T) {
	w := told(t, serve.Config{Token: token})
	r := w.request(http.MethodGet, "/", nil)
	r.Header.Del("Authorization")
	r.Header.Set("Accept", "text/html")
	r.AddCookie(&http.Cookie{Name: "poise", Value: "of before"})
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer res.Body.Close()
	if c := res.Cookies(); res.StatusCode != http.StatusUnauthorized || len(c) != 1 || c[0].Name != "poise" || c[0].MaxAge >= 0 {
		t.Errorf("%d %v", res.StatusCode, c)
	}
}
