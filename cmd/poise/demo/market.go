package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"poise/account"
	"poise/decimal"
	"poise/venue"
	"poise/venue/gateway"
)

// Config is of a Market; the zero value is what `poise demo` starts.
type Config struct {
	Seed uint64 // of all that is drawn; what the clock does to it is not repeated
	// Listen and Operate are the venue's addresses; empty means free ports.
	Listen, Operate string
	StepEvery       time.Duration // of a bot; 0 means 400 ms
	MoneyEvery      time.Duration // between transfers; 0 means 4 s
	FundingEvery    time.Duration // 0 means a minute; the first comes after a quarter of it
	FaultEvery      time.Duration // 0 means 5 s
	Log             *slog.Logger  // hears of faults; nil hears nothing
}

// Market is a venue with bots. Make it with Open, and Close it.
type Market struct {
	config Config
	venue  *venue.Venue
	rand   *rand.Rand
	bots   []*bot
	assets []string
	log    *slog.Logger
	http   *http.Client

	transfers, fundings, faults atomic.Int64
}

// Trader is an account that a bot trades: its name, and what it signs with.
type Trader struct {
	Name string
	gateway.Credentials
}

// Counts are what a Market has done so far.
type Counts struct{ Orders, Refused, Transfers, Fundings, Faults int64 }

// Open starts the venue and opens the bots' accounts. Nobody trades before Run.
func Open(c Config) (*Market, error) {
	for _, d := range []struct {
		to  *time.Duration
		def time.Duration
	}{{&c.StepEvery, 400 * time.Millisecond}, {&c.MoneyEvery, 4 * time.Second}, {&c.FundingEvery, time.Minute}, {&c.FaultEvery, 5 * time.Second}} {
		if *d.to <= 0 {
			*d.to = d.def
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	v := &venue.Venue{Listen: c.Listen, Operate: c.Operate}
	v.Seed, v.Walk, v.NoFunding = c.Seed, true, true
	if err := v.Start(); err != nil {
		return nil, err
	}
	m := &Market{config: c, venue: v, log: c.Log, rand: rand.New(rand.NewPCG(c.Seed, 0)), assets: []string{"BTC", "ETH", "ADA"},
		http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4}}}
	if err := m.hire(); err != nil {
		_ = m.Close() // the first error is the one to tell
		return nil, err
	}
	return m, nil
}

// hire opens an account for each bot.
func (m *Market) hire() error {
	for i, b := range []*bot{
		{name: "maker", step: maker, symbols: []string{"BTCUSD_PERP", "ETHUSD_PERP"}},
		{name: "momentum", step: momentum, symbols: []string{"BTCUSD_PERP", "ETHUSD_PERP", "ADAUSD_PERP"}},
	} {
		funds := gateway.NewAccount{Balances: map[string]decimal.D{"BTC": decimal.New(2, 0), "ETH": decimal.New(40, 0), "ADA": decimal.New(50_000, 0)}}
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
		c, err := m.venue.Gateway().NewAccount(ctx, funds)
		stop()
		if err != nil {
			return fmt.Errorf("account of %s: %w", b.name, err)
		}
		b.client = &client{base: m.venue.URL(), Credentials: c, http: m.http, now: m.venue.Now}
		b.rand, b.trend = rand.New(rand.NewPCG(m.config.Seed, uint64(i+1))), map[string][]decimal.D{}
		m.bots = append(m.bots, b)
	}
	return nil
}

// Run trades until ctx ends, and returns when nobody does any more and no bot has
// an order in the book: the walk goes on, and would fill it later. That takes
// leaveMost at most.
func (m *Market) Run(ctx context.Context) {
	calls, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(leaveMost, end) })()
	var all sync.WaitGroup
	for _, b := range m.bots {
		all.Go(func() {
			b.run(ctx, calls, m.config.StepEvery)
			if err := b.leave(calls); err != nil {
				m.log.Warn("orders stay in the book", "bot", b.name, "error", err)
			}
		})
	}
	all.Go(func() { m.direct(ctx) })
	all.Wait()
}

// Close ends the venue.
func (m *Market) Close() error {
	m.http.CloseIdleConnections()
	return m.venue.Close()
}

// URL, StreamURL and OperatorURL are where the venue is.
func (m *Market) URL() string { return m.venue.URL() }

// StreamURL is where websockets are.
func (m *Market) StreamURL() string { return m.venue.StreamURL() }

// OperatorURL is where the operator's API is.
func (m *Market) OperatorURL() string { return m.venue.OperatorURL() }

// Traders are the accounts to follow.
func (m *Market) Traders() (all []Trader) {
	for _, b := range m.bots {
		all = append(all, Trader{b.name, b.client.Credentials})
	}
	return all
}

// Counts returns what was done so far.
func (m *Market) Counts() Counts {
	c := Counts{Transfers: m.transfers.Load(), Fundings: m.fundings.Load(), Faults: m.faults.Load()}
	for _, b := range m.bots {
		c.Orders += b.placed.Load()
		c.Refused += b.failed.Load()
	}
	return c
}

// Truth returns what a trader really has.
func (m *Market) Truth(ctx context.Context, name string) (gateway.Truth, error) {
	for _, b := range m.bots {
		if b.name == name {
			return m.venue.Gateway().Truth(ctx, b.client.Alias)
		}
	}
	return gateway.Truth{}, fmt.Errorf("no trader %q", name)
}

// Differences compares an account's books with the truth, to the last digit, and
// tells each difference in words.
func Differences(t gateway.Truth, balances []account.Balance, positions []account.Position) (list []string) {
	differ := func(of, what string, books, truth fmt.Stringer) {
		list = append(list, fmt.Sprintf("%s %s: the books have %v, the venue %v", of, what, books, truth))
	}
	number := func(of, what string, books, truth decimal.D) {
		if !books.Equal(truth) {
			differ(of, what, books, truth)
		}
	}
	held := map[string]account.Balance{}
	for _, b := range balances {
		held[b.Asset] = b
	}
	for _, b := range t.Balances {
		number(b.Asset, "wallet", held[b.Asset].Wallet, b.Wallet)
		number(b.Asset, "cross wallet", held[b.Asset].Cross, b.Cross)
	}
	at := map[string]account.Position{}
	for _, p := range positions {
		at[p.Symbol+" "+p.Side] = p
	}
	for _, p := range t.Positions {
		of := p.Symbol + " " + p.Side
		b := at[of]
		number(of, "amount", b.Amount, p.Amount)
		number(of, "isolated wallet", b.IsolatedWallet, p.IsolatedWallet)
		if !p.Amount.IsZero() {
			number(of, "entry price", b.EntryPrice, p.EntryPrice)
		}
		if b.HasRealized {
			number(of, "realized", b.Realized, p.Realized)
		}
		if !p.Amount.IsZero() && b.MarginType != p.MarginType {
			list = append(list, fmt.Sprintf("%s margin type: the books have %s, the venue %s", of, b.MarginType, p.MarginType))
		}
	}
	return list
}
