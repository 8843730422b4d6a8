package serve_test

import (
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"poise/serve"
	"poise/store"
)

func at(ms int64) string { return "/v1/accounts/main?flat=1&at=" + strconv.FormatInt(ms, 10) }

// An account as it stood changes in the very millisecond of a message's E, and
// stays so until the next.
func TestAtChangesInTheMillisecondOfTheChange(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	p := &past{t: t, name: "main"}
	p.transfer(end.Add(-6*time.Millisecond), "DEPOSIT", "2.00000000") // E is end
	p.transfer(end.Add(-6*time.Millisecond), "DEPOSIT", "0.25000000") // and of the next one too
	p.fill(end.Add(time.Second-6*time.Millisecond), 40, "60000.0", "0.00000000", "0.00003000", true)
	keep(t, s, "main", p.records)
	w := newWeb(t, serve.Config{Ledger: s}, "127.0.0.1:0")
	first, fill := end.UnixMilli(), end.Add(time.Second).UnixMilli()
	for _, c := range []struct {
		what             string
		at               int64
		status           string
		wallet, position string
	}{
		{"the beginning of time", 1, "starting", "", ""},
		{"the millisecond before the first change", first - 1, "starting", "", ""},
		{"the millisecond of the first two changes", first, "live", "2.25000000", ""},
		{"between changes", first + 1, "live", "2.25000000", ""},
		{"the millisecond before the fill", fill - 1, "live", "2.25000000", ""},
		{"the millisecond of the fill", fill, "live", "2.24997000", "40"},
		{"after all", fill + 1, "live", "2.24997000", "40"},
		{"now", time.Now().UnixMilli(), "live", "2.24997000", "40"},
		{"a clock that is a little ahead", time.Now().Add(20 * time.Second).UnixMilli(), "live", "2.24997000", "40"},
	} {
		var h holding
		w.json(at(c.at), &h)
		wallet, position := "", ""
		if len(h.Balances) > 0 {
			wallet = h.Balances[0].Wallet
		}
		if len(h.Positions) > 0 {
			position = h.Positions[0].Amount
		}
		if h.Status != c.status || wallet != c.wallet || position != c.position {
			t.Errorf("%s: %s, wallet %q, position %q; want %s, %q, %q", c.what, h.Status, wallet, position, c.status, c.wallet, c.position)
		}
	}
}

// What is still to come cannot be told, and seconds instead of ms are noticed
// by what they name.
func TestAtIsNotInTheFuture(t *testing.T) {
	w := told(t, serve.Config{})
	for _, ms := range []int64{time.Now().Add(time.Hour).UnixMilli(), 1<<53 - 1, 1<<63 - 1} {
		code, body := w.get(at(ms))
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, `"type":"urn:poise:problem:in-the-future"`) {
			t.Errorf("%d: %d %s", ms, code, body)
		}
	}
	for _, wrong := range []string{"0", "-1", "1.5", "9223372036854775808", ""} {
		if code, body := w.get("/v1/accounts/main?at=" + wrong); code != http.StatusUnprocessableEntity && wrong != "" {
			t.Errorf("at=%s: %d %s", wrong, code, body)
		}
	}
}

// Rows that the first snapshot dates before it, like those of assets that were
// never used, are not shown as all that there was before.
func TestAtShowsNothingFromBeforeTheAccountWasHeardOf(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	w.written()
	list, err := w.s.Accounts(t.Context())
	must(t, err)
	first := list[0].FirstTime
	dated, err := w.s.Balances(t.Context(), "main", first-1)
	must(t, err)
	if len(dated) == 0 {
		t.Fatal("no row is dated before the account was heard of: the test cannot fail")
	}
	for _, ms := range []int64{1, first - 1} {
		var h holding
		w.web.json(at(ms), &h)
		if h.Status != "starting" || len(h.Balances)+len(h.Positions) > 0 {
			t.Errorf("at %d: %+v", ms, h)
		}
	}
	var h holding
	w.web.json(at(w.v.Now().UnixMilli()), &h)
	if h.Status != "live" || len(h.Balances) < 2 {
		t.Errorf("now: %+v", h)
	}
}
