package clients

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"poise/dapi"
	"poise/follower"
	"poise/store"
)

// poisePeer is the follower, its store in a file, and one who reads its changes.
type poisePeer struct {
	s     *seen
	a     *account
	path  string
	store *store.Store
	end   func()
}

func openPoise(t *testing.T, a *account) client {
	return followPoise(t, a, filepath.Join(t.TempDir(), "poise.db"))
}

func followPoise(t *testing.T, a *account, path string) *poisePeer {
	t.Helper()
	p := &poisePeer{s: &seen{}, a: a, path: path}
	var err error
	if p.store, err = store.Open(t.Context(), path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	x, err := dapi.New(dapi.Config{REST: a.v.URL(), Stream: a.v.StreamURL()})
	if err != nil {
		t.Fatal(err)
	}
	key, err := dapi.HMAC(a.cred.APIKey, a.cred.APISecret)
	if err != nil {
		t.Fatal(err)
	}
	config := follower.Config{Store: p.store, Exchange: x, Accounts: []follower.Account{{Name: "main", Key: key}}}
	if a.fast {
		config.CheckEvery, config.Stream.KeyEvery = time.Second, 30*time.Minute/scale
	}
	f, err := follower.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended, read := make(chan error, 1), make(chan struct{})
	go func() { ended <- f.Run(ctx) }()
	go func() {
		defer close(read)
		p.read(ctx, f)
	}()
	p.end = func() {
		stop()
		<-read
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) { // it is, when stopped before the start is over
			t.Errorf("poise: %v", err)
		}
		x.Close()
		if err := p.store.Close(); err != nil {
			t.Errorf("poise: %v", err)
		}
	}
	t.Cleanup(func() { p.end() })
	return p
}

// read is a consumer of changes.
func (p *poisePeer) read(ctx context.Context, f *follower.Follower) {
	for change, err := range f.Changes(ctx, f.Head()) {
		if err != nil {
			return // ctx's: nothing else ends it while the store is open
		}
		for _, b := range change.Delta.Balances {
			wallet := b.Wallet.String()
			p.s.hold(map[string]string{b.Asset: wallet})
			if b.Asset == "BTC" && change.Delta.Event == "ACCOUNT_UPDATE" {
				p.s.tell(wallet)
			}
		}
		for _, row := range change.Delta.Positions {
			if row.HasBreakEven {
				p.s.price(row.BreakEven.String())
			}
		}
	}
}

func (p *poisePeer) seen() *seen { return p.s }

// parts are the entries of its own ledger.
func (p *poisePeer) parts(t *testing.T) (parts []part) {
	t.Helper()
	rows, err := p.store.Entries(t.Context(), store.EntryFilter{Account: "main"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range rows {
		parts = append(parts, part{string(e.Kind), e.Asset, e.Amount.String()})
	}
	return parts
}

func (p *poisePeer) again(t *testing.T) client {
	p.end()
	p.end = func() {}
	return followPoise(t, p.a, p.path)
}
