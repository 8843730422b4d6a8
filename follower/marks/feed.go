package marks

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"poise/dapi"
)

// SymbolsMax bounds what a [Feed] follows: the exchange's limit of streams on one
// connection, and many times what it lists.
const SymbolsMax = 1024

const (
	symbolMax  = 40 // bytes of a symbol
	staleAfter = 15 * time.Second
	retryMin   = 200 * time.Millisecond
	retryMax   = 30 * time.Second
)

// Feed hears the mark prices of all symbols that anybody holds, on one market
// connection. Make it with [NewFeed]; its methods are for many goroutines.
type Feed struct {
	// StaleAfter is the age from which a mark is none; 0 is 15 s. A connection on
	// which nothing comes for so long is replaced. Set it before Run.
	StaleAfter time.Duration

	exchange *dapi.Exchange
	log      *slog.Logger
	changed  chan struct{}
	wake     chan struct{} // Want was called

	mu     sync.RWMutex
	heard  map[string]*heard   // of the symbols that are wanted
	moved  map[string]struct{} // of them, since Moved
	latest time.Time           // when the last mark came
	stats  Stats
}

// heard is what is known of a symbol.
type heard struct {
	Mark
	at    time.Time // when it came; zero when it never did
	fresh bool      // as Changed has told
}

// Stats are counts since the Feed was made, and its state.
type Stats struct {
	Up       bool  // there is a connection
	Connects int64 // that were opened
	Failures int64 // dials that failed and connections that were lost
	Marks    int64 // messages with a mark that was wanted
	Unread   int64 // messages that could not be read, and were ignored
	Refused  int64 // errors that the exchange answered a subscription with
	Wanted   int   // symbols
	Known    int   // of them, those with a mark
}

// NewFeed returns a Feed that follows nothing yet; a nil log hears nothing.
func NewFeed(x *dapi.Exchange, log *slog.Logger) *Feed {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Feed{exchange: x, log: log, changed: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		heard: map[string]*heard{}, moved: map[string]struct{}{}}
}

// Run connects, subscribes, and does both again whenever the connection is lost,
// until ctx ends: then nothing of it runs any more, and it returns nil. Without
// a wanted symbol there is no connection. It must be called once.
func (f *Feed) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	watching.Go(func() { f.watch(ctx) })
	defer watching.Wait()
	for failures := 0; f.needed(ctx); failures++ {
		begun := time.Now()
		err := f.session(ctx)
		if ctx.Err() != nil {
			break
		}
		if f.heardSince(begun) {
			failures = 0
		}
		wait := rand.N(min(retryMax, retryMin<<min(failures, 10))) // full jitter
		f.count(func(s *Stats) { s.Failures++ })
		f.log.Warn("mark prices: no connection", "err", err, "again_in", wait)
		if !sleep(ctx, wait) {
			break
		}
	}
	return nil
}

// needed waits until a symbol is wanted, and reports whether ctx still goes on.
func (f *Feed) needed(ctx context.Context) bool {
	for {
		f.mu.RLock()
		n := len(f.heard)
		f.mu.RUnlock()
		if n > 0 || ctx.Err() != nil {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
		case <-f.wake:
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Want says which symbols are followed from now on: the whole set. Marks of
// others are forgotten. Past [SymbolsMax], the last by name are not followed, nor
// is a text that cannot be a symbol: they have no mark.
func (f *Feed) Want(symbols []string) {
	wanted := slices.DeleteFunc(slices.Clone(symbols), func(s string) bool { return !plausible(s) })
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	wanted = wanted[:min(len(wanted), SymbolsMax)]
	if f.want(wanted) {
		nudge(f.wake)
	}
}

// want reports whether the set is another one.
func (f *Feed) want(sorted []string) (differs bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for symbol := range f.heard {
		if _, still := slices.BinarySearch(sorted, symbol); !still {
			delete(f.heard, symbol)
			delete(f.moved, symbol)
			differs = true
		}
	}
	for _, symbol := range sorted {
		if f.heard[symbol] == nil {
			f.heard[strings.Clone(symbol)] = &heard{}
			differs = true
		}
	}
	return differs
}

// plausible keeps what could spoil a whole SUBSCRIBE out of it.
func plausible(symbol string) bool {
	for i := range len(symbol) {
		c := symbol[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return symbol != "" && len(symbol) <= symbolMax
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is waiting already
	}
}

// Mark returns a symbol's mark, and false when none was heard or the last one is
// older than StaleAfter by our clock.
func (f *Feed) Mark(symbol string) (Mark, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	h := f.heard[symbol]
	if h == nil || !f.fresh(h.at) {
		return Mark{}, false
	}
	return h.Mark, true
}

func (f *Feed) stale() time.Duration {
	if f.StaleAfter > 0 {
		return f.StaleAfter
	}
	return staleAfter
}

func (f *Feed) fresh(at time.Time) bool { return !at.IsZero() && time.Since(at) <= f.stale() }

// Changed is sent to after marks moved, were heard for the first time, or became
// stale; what happens before somebody receives is one. [Feed.Moved] tells which.
func (f *Feed) Changed() <-chan struct{} { return f.changed }

// Moved returns the symbols, by name, that Changed was about since the last call.
func (f *Feed) Moved() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.Sorted(maps.Keys(f.moved))
	clear(f.moved)
	return all
}

// Stats returns counts and state.
func (f *Feed) Stats() Stats {
	f.mu.RLock()
	defer f.mu.RUnlock()
	s := f.stats
	s.Wanted = len(f.heard)
	for _, h := range f.heard {
		if f.fresh(h.at) {
			s.Known++
		}
	}
	return s
}

func (f *Feed) count(change func(*Stats)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.stats)
}

// heardSince reports whether a mark has come.
func (f *Feed) heardSince(t time.Time) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.latest.After(t)
}

// hear takes a mark in, if it is of a symbol that is wanted.
func (f *Feed) hear(symbol []byte, m Mark) {
	now := time.Now()
	f.mu.Lock()
	f.latest = now
	h := f.heard[string(symbol)]
	moved := h != nil && (!h.fresh || h.Price != m.Price)
	if h != nil {
		h.Mark, h.at, h.fresh = m, now, true
		f.stats.Marks++
	}
	if moved {
		f.moved[string(symbol)] = struct{}{}
	}
	f.mu.Unlock()
	if moved {
		nudge(f.changed)
	}
}

// watch tells of marks that became stale.
func (f *Feed) watch(ctx context.Context) {
	tick := time.NewTicker(f.stale() / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if f.age() {
				nudge(f.changed)
			}
		}
	}
}

// age reports whether a mark has become stale.
func (f *Feed) age() (any bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for symbol, h := range f.heard {
		if h.fresh && !f.fresh(h.at) {
			h.fresh, any = false, true
			f.moved[symbol] = struct{}{}
		}
	}
	return any
}
