package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"poise/serve/client"
)

func TestAccountHoldsWhatTheExchangeWrote(t *testing.T) {
	w := newWorld(t)
	w.trade(300)
	w.until("a position at a live mark", func() bool {
		h, err := w.c.Account(t.Context(), "main", client.AccountQuery{})
		must(t, err)
		return len(h.Positions) == 1 && h.Positions[0].Now != nil && len(h.Margin) > 0
	})
	h, err := w.c.Account(t.Context(), "main", client.AccountQuery{})
	must(t, err)
	p := h.Positions[0]
	if p.Symbol != "BTCUSD_PERP" || p.Amount.String() != "300" || p.Now.Mark.String() != "60000.00000000" || p.Now.LiquidationPrice == nil || h.Margin[0].Ratio == nil {
		t.Errorf("position %+v, now %+v, margin %+v", p, p.Now, h.Margin)
	}
	if i := slices.IndexFunc(h.Balances, func(b client.Balance) bool { return b.Asset == "ETH" }); i < 0 || h.Balances[i].Wallet.String() != "40.00000000" {
		t.Errorf("balances %+v", h.Balances)
	}
	before, err := w.c.Account(t.Context(), "main", client.AccountQuery{At: 1, Flat: true})
	must(t, err)
	if before.Status != "starting" || len(before.Positions) != 0 || before.EventTime != 0 || before.Cursor != "" {
		t.Errorf("before it was heard of: %+v", before)
	}
	list, err := w.c.Accounts(t.Context())
	must(t, err)
	if len(list) != 1 || list[0].Name != "main" || list[0].Status != "live" || len(list[0].Lines) == 0 || !list[0].Lines[0].Up {
		t.Errorf("accounts %+v", list)
	}
}

// written waits until the ledger has all that was heard.
func (w *world) written() {
	w.t.Helper()
	w.until("written", func() bool { return w.f.Stats().LedgerBehind == 0 })
}

func TestEntriesAreReadPageByPage(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.deposit("0.1")
	}
	w.until("five deposits", func() bool {
		w.written()
		page, err := w.c.Entries(t.Context(), "main", client.EntryQuery{Kind: "TRANSFER"})
		must(t, err)
		return len(page.Entries) == 5 && page.Next == ""
	})
	var balances []string
	for e, err := range w.c.AllEntries(t.Context(), "main", client.EntryQuery{Kind: "TRANSFER", Asset: "BTC", Limit: 2, Newest: true}) {
		must(t, err)
		balances = append(balances, e.Balance.String())
	}
	if got := strings.Join(balances, " "); got != "2.50000000 2.40000000 2.30000000 2.20000000 2.10000000" {
		t.Errorf("balances %s", got)
	}
	totals, err := w.c.Totals(t.Context(), "main", client.TotalQuery{By: "month", Kind: "TRANSFER"})
	must(t, err)
	if len(totals) != 1 || totals[0].Amount.String() != "0.50000000" || totals[0].Entries != 5 || totals[0].Month == "" {
		t.Errorf("totals %+v", totals)
	}
	for in, err := range w.c.AllIncidents(t.Context(), "main", client.IncidentQuery{Open: true, Limit: 1}) {
		must(t, err)
		t.Errorf("an open incident: %+v", in)
	}
}

func TestWhatIsRefusedSaysWhy(t *testing.T) {
	w := newWorld(t)
	stranger := w.client(client.Config{Token: "wrong"})
	for _, c := range []struct {
		name   string
		ask    func() error
		status int
		says   string
	}{
		{"no token", func() error { _, err := stranger.Accounts(t.Context()); return err }, http.StatusUnauthorized, "the token is missing or wrong"},
		{"no such account", func() error { _, err := w.c.Account(t.Context(), "nobody", client.AccountQuery{}); return err }, http.StatusNotFound, "no account nobody"},
		{"a name that is a path", func() error { _, err := w.c.Account(t.Context(), "a/b?c", client.AccountQuery{}); return err }, http.StatusNotFound, "a/b?c"},
		{"a bad page", func() error {
			_, err := w.c.Entries(t.Context(), "main", client.EntryQuery{After: "x"})
			return err
		}, http.StatusUnprocessableEntity, "is no next of entries"},
		{"changes with a wrong token", func() error { return firstError(stranger.Changes(t.Context(), client.ChangesQuery{})) }, http.StatusUnauthorized, "token"},
		{"changes of nobody", func() error { return firstError(w.c.Changes(t.Context(), client.ChangesQuery{Account: "nobody"})) }, http.StatusNotFound, "nobody"},
		{"changes of another store", func() error {
			h, err := w.c.Account(t.Context(), "main", client.AccountQuery{})
			must(t, err)
			return firstError(w.c.Changes(t.Context(), client.ChangesQuery{Account: "main", From: h.Cursor + "999"}))
		}, http.StatusConflict, "another store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.ask()
			if !client.IsStatus(err, c.status) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %d and %q", err, c.status, c.says)
			}
			if err != nil && (strings.Contains(err.Error(), token) || strings.Contains(err.Error(), "wrong,")) {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

func firstError(all func(func(*client.Change, error) bool)) error {
	for _, err := range all {
		return err
	}
	return nil
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, url := range []string{"", "ftp://127.0.0.1", "http://", "http://user:secret@127.0.0.1", "http://h?x=1", "http://h#x", "http://[::1", ":9710"} {
		if _, err := client.New(client.Config{URL: url}); !errors.Is(err, client.ErrURL) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
	c, err := client.New(client.Config{URL: "127.0.0.1:9710"})
	must(t, err)
	if c.Server() != "127.0.0.1:9710" {
		t.Errorf("it asks %s", c.Server())
	}
}

// TestAnswersThatAreNone: whoever answers is no poise, or nobody does.
func TestAnswersThatAreNone(t *testing.T) {
	other := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "Bearer page":
			_, _ = w.Write([]byte("<html>"))
		case "Bearer away":
			http.Redirect(w, r, other, http.StatusFound)
		case "Bearer huge":
			_, _ = w.Write(make([]byte, 2000))
		case "Bearer silent":
			<-r.Context().Done()
		}
	}))
	defer s.Close()
	stolen := ""
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = r.Header.Get("Authorization") }))
	defer thief.Close()
	other = thief.URL
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, c := range []struct {
		url, token string
		most       time.Duration
		want       error
	}{
		{s.URL, "page", 0, client.ErrAnswer}, {s.URL, "huge", 0, client.ErrTooLarge}, {s.URL, "silent", 50 * time.Millisecond, client.ErrSilent}, {closed.URL, "", 0, client.ErrLine},
	} {
		k, err := client.New(client.Config{URL: c.url, Token: c.token, AnswerMost: c.most})
		must(t, err)
		k.AnswerMost(1999)
		if _, err := k.Accounts(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.token, err, c.want)
		}
		k.Close()
	}
	k, err := client.New(client.Config{URL: s.URL, Token: "away"})
	must(t, err)
	defer k.Close()
	if _, err := k.Accounts(t.Context()); !client.IsStatus(err, http.StatusFound) || stolen != "" {
		t.Errorf("a redirect: %v, and the other was shown %q", err, stolen)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Accounts(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}
