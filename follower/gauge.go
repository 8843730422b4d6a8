package follower

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"poise/account"
	"poise/decimal"
	"poise/follower/marks"
	"poise/inverse"
)

// gauge computes, from live marks, what the accounts' positions come to: on one
// market connection for all symbols that anybody holds.
type gauge struct {
	f      *Follower
	feed   *marks.Feed
	shared marks.Tables
	rules  atomic.Pointer[marks.Rules]
	alert  decimal.D     // margin ratio from which an Alert is open
	dirty  chan struct{} // holds one: somebody's positions changed

	mu      sync.Mutex
	holders map[string]map[*session]bool // of a symbol
	held    map[*session][]string
	fresh   map[*session]bool // their symbols changed since the last look
}

// Times of a gauge.
const (
	gaugeEvery    = time.Second    // accounts are looked at, at most
	rulesEvery    = 24 * time.Hour // contracts and brackets change seldom
	rulesAgain    = 30 * time.Second
	newRulesAfter = time.Minute // of a symbol that is not known yet
)

func newGauge(f *Follower) *gauge {
	g := &gauge{f: f, feed: marks.NewFeed(f.config.Exchange, f.log), alert: f.config.MarginAlert, dirty: make(chan struct{}, 1),
		holders: map[string]map[*session]bool{}, held: map[*session][]string{}, fresh: map[*session]bool{}}
	if g.alert.IsZero() {
		g.alert = decimal.New(5, 1)
	}
	return g
}

// run follows marks until ctx ends.
func (g *gauge) run(ctx context.Context) {
	var feeding sync.WaitGroup
	feeding.Go(func() {
		if err := g.feed.Run(ctx); err != nil && ctx.Err() == nil {
			g.f.log.Error("marks are not followed any more", "error", err)
		}
	})
	defer feeding.Wait()
	var rulesAt time.Time
	for ctx.Err() == nil {
		if !time.Now().Before(rulesAt) {
			rulesAt = time.Now().Add(g.readRules(ctx))
		}
		moved := g.wait(ctx)
		g.feed.Want(g.symbols())
		g.look(moved)
		select {
		case <-time.After(gaugeEvery):
		case <-ctx.Done():
		}
	}
}

// wait returns the symbols whose marks moved, once there are any, or somebody's
// positions changed, or a while has passed.
func (g *gauge) wait(ctx context.Context) []string {
	select {
	case <-g.feed.Changed():
		return g.feed.Moved()
	case <-g.dirty:
	case <-time.After(newRulesAfter):
	case <-ctx.Done():
	}
	return nil
}

// readRules asks for the contracts, and returns after how long to ask again.
func (g *gauge) readRules(ctx context.Context) time.Duration {
	text, err := g.f.config.Exchange.ExchangeInfo(ctx)
	if err != nil {
		if ctx.Err() == nil {
			g.f.log.Warn("exchangeInfo", "error", err)
		}
		return rulesAgain
	}
	rules, err := marks.ReadRules(text)
	if err != nil {
		g.f.log.Warn("exchangeInfo", "error", err)
	}
	if rules == nil {
		return rulesAgain
	}
	g.rules.Store(rules)
	return rulesEvery
}

// holds notes which symbols an account has positions in.
func (g *gauge) holds(s *session, symbols []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.Equal(g.held[s], symbols) {
		return
	}
	for _, symbol := range g.held[s] {
		delete(g.holders[symbol], s)
		if len(g.holders[symbol]) == 0 {
			delete(g.holders, symbol)
		}
	}
	for _, symbol := range symbols {
		if g.holders[symbol] == nil {
			g.holders[symbol] = map[*session]bool{}
		}
		g.holders[symbol][s] = true
	}
	if g.held[s] = symbols; len(symbols) == 0 {
		delete(g.held, s)
	}
	g.fresh[s] = true
	select {
	case g.dirty <- struct{}{}:
	default:
	}
}

func (g *gauge) symbols() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]string, 0, len(g.holders))
	for symbol := range g.holders {
		list = append(list, symbol)
	}
	return list
}

// look sees whose margin is thin among those who hold a symbol that moved, or
// others than before.
func (g *gauge) look(moved []string) {
	g.mu.Lock()
	set := g.fresh
	g.fresh = map[*session]bool{}
	for _, symbol := range moved {
		for s := range g.holders[symbol] {
			set[s] = true
		}
	}
	g.mu.Unlock()
	for s := range set {
		s.margin()
	}
}

// now computes what an account's positions come to.
func (g *gauge) now(brackets map[string]inverse.Brackets, balances []account.Balance, positions []account.Position) *marks.Now {
	rules := g.rules.Load()
	if rules == nil || brackets == nil {
		return nil
	}
	n := marks.Compute(rules, brackets, balances, positions, g.feed.Mark)
	return &n
}

// brackets asks for the account's leverage brackets.
func (s *session) brackets(ctx context.Context) error {
	text, err := s.client.LeverageBrackets(ctx)
	if err != nil {
		return fmt.Errorf("brackets: %w", err)
	}
	tables, err := s.f.gauge.shared.Read(text)
	if err != nil {
		s.log.Log(ctx, slog.LevelWarn, "leverageBracket", "error", err)
	}
	s.mu.Lock()
	if tables != nil {
		s.tables = tables
	}
	s.mu.Unlock()
	s.want(jobBrackets, jitter(rulesEvery))
	s.margin()
	return nil
}

// margin computes the account's margin ratios, and has an Alert open where one
// is so high that the exchange will warn soon.
func (s *session) margin() {
	v := s.view()
	over := map[string]string{}
	if v.Now != nil {
		for _, m := range v.Now.Margins {
			if m.Reached(s.f.gauge.alert) {
				over[m.Asset] = fmt.Sprintf("%s: maintenance margin %s of a margin balance of %s: ratio %s; 1 liquidates", m.Asset, m.Maintenance, m.Balance, ratioText(m.Ratio, m.HasRatio))
			}
		}
		for _, p := range v.Now.Positions {
			if p.Reached(s.f.gauge.alert) {
				over[p.Symbol+" "+p.Side] = fmt.Sprintf("%s %s, isolated: maintenance margin %s: ratio %s; 1 liquidates", p.Symbol, p.Side, p.Maintenance, ratioText(p.Ratio, p.HasRatio))
			}
		}
	}
	known := v.Now != nil && len(v.Now.Missing) == 0
	for _, a := range v.Alerts {
		if _, still := over[a.Symbol]; a.Code == alertMargin && !still && known {
			s.settleOne(alertMargin, a.Symbol)
		}
	}
	for symbol, detail := range over {
		s.alert(alertMargin, symbol, detail)
	}
}

func ratioText(r decimal.D, has bool) string {
	if !has {
		return "worse than any"
	}
	return r.String()
}

// holding are the symbols of positions that are not known, sorted.
func holding(b *account.Books) (symbols []string) {
	for _, p := range b.Positions() {
		if !p.Amount.IsZero() && !slices.Contains(symbols, p.Symbol) {
			symbols = append(symbols, p.Symbol)
		}
	}
	return symbols
}
