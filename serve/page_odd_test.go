package serve_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"poise/serve"
	"poise/store"
)

// oddNames are names that an account may have and an address has to spell.
var oddNames = []string{"a/b", "ü", "two words", "100%", "a?b=c&d", "a#b", "<b>bold</b>", `quo"ted'`, "a+b", "a;b", "..a", "測試", strings.Repeat("w", 64)}

// odd is a store of accounts with odd names, and of one, big, that has much:
// 12 assets, 41 positions, huge numbers, tiny ones, and a wallet below zero.
func odd(t testing.TB) *web {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	for _, name := range oddNames {
		p := &past{t: t, name: name}
		p.transfer(end, "DEPOSIT", "1.00000000")
		p.funding(end.Add(time.Hour), "-0.00010000")
		keep(t, s, name, p.records)
	}
	keep(t, s, "big", muchOf(t).records)
	return newWeb(t, serve.Config{Ledger: s, Version: "test"}, "127.0.0.1:0")
}

func muchOf(t testing.TB) *past {
	p := &past{t: t, name: "big"}
	var balances, positions []string
	for i := range 12 {
		asset := fmt.Sprintf("%c%s", 'A'+i, []string{"DA", "1000SATSANDMORE"}[i%2])
		wallet := []string{"0", "123456789012345.12345678", "-0.00000039", "1", "0.00000001", "99999999.9"}[i%6]
		balances = append(balances, fmt.Sprintf(`{"a":"%s","wb":"%s","cw":"%s","bc":"%s"}`, asset, wallet, wallet, wallet))
		for k := range 4 {
			positions = append(positions, fmt.Sprintf(`{"s":"%sUSD_%s","pa":"%d","ep":"%s","bep":"0","cr":"-20483.39000000","up":"%s","mt":"%s","iw":"%s","ps":"%s","ma":"%s"}`,
				asset, []string{"PERP", "261225"}[k/2], []int{1, -1, 999_999_999, -42}[(i+k)%4], []string{"0.45293", "60000.1", "123456789.12345678"}[(i+k)%3],
				[]string{"0.00005866", "-1234567.12345678"}[k%2], []string{"cross", "isolated"}[k%2], []string{"0", "11.36146710"}[k%2], []string{"LONG", "SHORT"}[k%2], asset))
		}
	}
	positions = positions[:41]
	ms := end.UnixMilli()
	p.message(ms, fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","E":%d,"T":%d,"i":"SgsR","a":{"B":[%s],"P":[%s],"m":"DEPOSIT"}}`, ms, ms, strings.Join(balances, ","), strings.Join(positions, ",")))
	p.message(ms+1_000, fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","E":%d,"T":%d,"i":"SgsR","a":{"B":[{"a":"ADA","wb":"-12.00000000","cw":"-12.00000000","bc":"-12.00000000"}],"P":[],"m":"OPTIONS_PREMIUM_FEE_THAT_NOBODY_DOCUMENTED"}}`, ms+1_000, ms+1_000))
	p.message(ms+2_000, fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","E":%d,"T":%d,"i":"SgsR","a":{"B":[{"a":"ADA","wb":"-11.50000000","cw":"-11.50000000","bc":"0"}],"P":[],"m":"ORDER"}}`, ms+2_000, ms+2_000))
	p.message(ms+90_000, fmt.Sprintf(`{"e":"SOMETHING_NEW","E":%d}`, ms+90_000))
	return p
}

// Every account is reached by its name, whatever is in it, over the API and on
// the page, and no name is taken for HTML.
func TestOddNamesAreReached(t *testing.T) {
	w := odd(t)
	_, list := w.get("/")
	for _, name := range oddNames {
		seg := url.PathEscape(name)
		for _, path := range []string{"", "?at=" + fmt.Sprint(end.UnixMilli()), "/entries", "/totals", "/incidents"} {
			if code, body := w.get("/v1/accounts/" + seg + path); code != http.StatusOK {
				t.Errorf("%q%s: %d %s", name, path, code, body)
			}
		}
		for _, path := range []string{"", "/live", "/wallet", "/entries", "/statement", "/incidents"} {
			if code, body := w.get("/accounts/" + seg + path); code != http.StatusOK || strings.Contains(body, "<b>bold") {
				t.Errorf("%q%s: %d %s", name, path, code, body)
			}
		}
		if !strings.Contains(list, `href="/accounts/`+strings.ReplaceAll(seg, "&", "&amp;")+`"`) && !strings.Contains(list, `href="/accounts/`+strings.ReplaceAll(seg, "+", "&#43;")+`"`) {
			t.Errorf("the list does not lead to %q", name)
		}
	}
}

// A person gets from the list to each account and to all that is of it, and what
// is asked for by a script is of that account too.
func TestPageOfOddNames(t *testing.T) {
	b := newBrowser(t)
	w := odd(t)
	b.screen(1280, 844, 1, "light")
	for _, name := range []string{"a/b", "a?b=c&d", "<b>bold</b>", "測試", strings.Repeat("w", 64)} {
		b.do(chromedp.Navigate(w.url + "/"))
		b.wait(`document.querySelectorAll("tbody th a").length > 0`)
		b.eval(fmt.Sprintf(`[...document.querySelectorAll("tbody th a")].find((a) => a.textContent === %q).click()`, name), nil)
		b.wait(fmt.Sprintf(`document.querySelector("h1")?.textContent === %q && document.querySelector("#wallet-BTC .big").textContent === "0.99990000"`, name))
		b.wait(`document.getElementById("link").dataset.state === "live"`) // its script has asked for it again
		b.eval(`document.querySelector("#wallet-BTC a").click()`, nil)
		b.wait(`document.getElementById("readout")?.textContent.includes("0.99990000 BTC")`)
		for _, tab := range []string{"Entries", "Statement", "Incidents"} {
			b.eval(fmt.Sprintf(`[...document.querySelectorAll(".tabs a")].find((a) => a.textContent === %q).click()`, tab), nil)
			b.wait(fmt.Sprintf(`document.querySelector(".tabs [aria-current]")?.textContent === %q && document.querySelector(".crumb a").textContent === %q`, tab, name))
		}
	}
	b.quiet()
}

// Whatever an account has, nothing is wider than the screen, and each number is
// shown whole.
func TestPagesOfMuchFit(t *testing.T) {
	b := newBrowser(t)
	w := odd(t)
	paths := []string{"/", "/accounts/big", "/accounts/big/wallet?asset=ADA", "/accounts/big/entries", "/accounts/big/statement?month=2026-11", "/accounts/big/incidents",
		"/accounts/" + strings.Repeat("w", 64), "/accounts/nobody"}
	for _, width := range []int64{1280, 390, 320} {
		b.screen(width, 844, 1, "light")
		for _, p := range paths {
			b.do(chromedp.Navigate(w.url + p))
			b.wait(`document.readyState === "complete"`)
			var over float64
			b.eval(`document.documentElement.scrollWidth - innerWidth`, &over)
			if over > 0 {
				t.Errorf("%s at %d: %v pixels too wide", p, width, over)
			}
			var cut []string
			b.eval(`[...document.querySelectorAll("td.num")].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)`, &cut)
			if len(cut) > 0 {
				t.Errorf("%s at %d cuts %q", p, width, cut)
			}
		}
	}
	b.screen(1280, 844, 1, "light")
	b.do(chromedp.Navigate(w.url + "/accounts/big"))
	var seen struct{ Positions, Wallets int }
	b.eval(`({Positions: document.querySelectorAll(".positions tbody tr").length, Wallets: document.querySelectorAll(".balances tbody tr").length})`, &seen)
	if seen.Positions != 41 || seen.Wallets != 12 {
		t.Errorf("%+v", seen)
	}
}

// Without scripts each page has what it had with them, says that it stays as it
// is, and shows no control that does nothing.
func TestPagesWithoutScripts(t *testing.T) {
	b := newBrowser(t)
	w := odd(t)
	b.do(emulation.SetScriptExecutionDisabled(true))
	t.Cleanup(func() { _ = b.try(emulation.SetScriptExecutionDisabled(false)) })
	for path, want := range map[string]string{
		"/":                                 "two words|Without scripts this page stays as it was",
		"/accounts/big":                     "123456789012345.12345678|Without scripts this page stays as it was",
		"/accounts/big/wallet":              "this browser runs none|The same as a table",
		"/accounts/big/entries":             "OPTIONS_PREMIUM_FEE|123456789012345.12345678",
		"/accounts/big/statement":           "Statement 20",
		"/accounts/big/incidents":           "Undocumented event|What to do",
		"/accounts/" + "a%2Fb" + "/entries": "Funding fee",
	} {
		var text string
		b.do(chromedp.Navigate(w.url+path), chromedp.Text("body", &text, chromedp.ByQuery))
		for _, part := range strings.Split(want, "|") {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not say %q:\n%s", path, part, text)
			}
		}
		var dead []string
		b.eval(`[...document.querySelectorAll("button[type=button], form[role=search]")].filter((e) => e.checkVisibility()).map((e) => e.outerHTML)`, &dead)
		if len(dead) > 0 {
			t.Errorf("%s shows what needs scripts: %q", path, dead)
		}
	}
}
