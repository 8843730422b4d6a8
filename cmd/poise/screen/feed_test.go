package screen

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"

	"poise/account"
	"poise/follower"
	"poise/serve"
	"poise/serve/client"
	"poise/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// recorded is a store of the accounts that are named, which nobody follows.
func recorded(t *testing.T, names ...string) *store.Store {
	t.Helper()
	text, err := os.ReadFile("../sample.jsonl")
	must(t, err)
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	for _, name := range names {
		k, err := follower.OpenKeeper(t.Context(), s, store.PartitionOf(name))
		must(t, err)
		var block []account.Record
		for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
			block = append(block, account.Record{Account: name, Kind: account.Frame, Data: line})
		}
		_, err = k.Keep(t.Context(), block)
		must(t, err)
		must(t, k.Flush(t.Context()))
	}
	return s
}

// TestFeedOfWhatIsOnlyHistory: what a ledger has is shown, with why there is no
// more; another account is turned to; at the end nothing runs on.
func TestFeedOfWhatIsOnlyHistory(t *testing.T) {
	api, err := serve.New(serve.Config{Ledger: recorded(t, "desk", "fund")})
	must(t, err)
	s := httptest.NewServer(api)
	defer s.Close()
	c, err := client.New(client.Config{URL: s.URL})
	must(t, err)
	defer c.Close()
	heard := make(chan tea.Msg, 100)
	f := newFeed(c)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	f.send = func(m tea.Msg) {
		select {
		case heard <- m:
		case <-ctx.Done():
		}
	}
	ended := make(chan struct{})
	go func() { defer close(ended); f.run(ctx) }()
	sh := newShow(t, 80, 24)
	sh.choose = f.choose
	until := func(what string, is func() bool) {
		t.Helper()
		for !is() {
			select {
			case m := <-heard:
				sh.send(m)
			case <-ctx.Done():
				t.Fatalf("not %s:\n%s", what, sh.plainFrame())
			}
		}
	}
	until("desk is shown", func() bool { return sh.known && sh.holdings != nil && sh.note != "" })
	sh.shows("0 of 2 live", "○ down", "0.30253020", "WELCOME_BONUS", "unexplained")
	sh.press("j")
	until("fund is shown", func() bool { return sh.name == "fund" && sh.known && sh.holdings != nil && sh.note != "" })
	s.Close()
	until("it is told lost", func() bool { return sh.broken() != nil })
	stop()
	<-ended
}
