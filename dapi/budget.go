package dapi

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// Bounds of the budget.
const (
	waitingMax = 10_000                 // calls, or sockets to be opened
	edge       = 250 * time.Millisecond // behind a minute's start, for which both minutes count
	keepTenth  = 10                     // the part of the share that only listen keys and the clock use
)

// Usage is what an Exchange has spent.
type Usage struct {
	Weight  int       // used in this minute, by this process or, if more, by the address as the exchange says
	Limit   int       // of this process: its share; negative: none
	Waiting int       // calls that wait for their turn
	Until   time.Time // nothing is sent before, because of a 429 or 418; zero: nothing is stopped
	Banned  bool      // it was a 418
}

// budget spends request weight in whole minutes of the exchange's clock.
type budget struct {
	now func() time.Time // the exchange's

	mu       sync.Mutex
	most     int   // weight a minute; negative: no limit
	share    int   // percent
	minute   int64 // since 1970
	used     int   // in minute
	prev     int   // in the one before
	inFlight int
	until    time.Time // by the runtime
	banned   bool
	urgent   list.List // of *waiter: of listen keys and the clock
	plain    list.List
	timer    *time.Timer
}

type waiter struct {
	weight int
	ready  chan struct{}
	in     *list.List // nil when it has been served
}

func newBudget(now func() time.Time, most, share int) *budget {
	return &budget{now: now, most: most, share: share}
}

// allowed is what may be used in a minute.
func (b *budget) allowed(urgent bool) int {
	share := b.most * b.share / 100
	if urgent {
		return share
	}
	return share - share/keepTenth
}

// roll begins a new minute. What is under way may arrive in it.
func (b *budget) roll(now time.Time) {
	minute := now.Unix() / 60
	if minute > b.minute {
		b.prev = 0
		if minute == b.minute+1 {
			b.prev = b.used
		}
		b.used = b.inFlight
	}
	b.minute = minute
}

// fits reports whether a call may be sent now. One that is larger than a whole
// minute's share may, when nothing else is used.
func (b *budget) fits(weight int, urgent bool, now time.Time) bool {
	if time.Now().Before(b.until) {
		return false
	}
	if b.most < 0 {
		return true
	}
	used := b.used
	if b.onEdge(now) {
		used = max(used, b.prev)
	}
	return used == 0 || used+weight <= b.allowed(urgent)
}

func (b *budget) onEdge(now time.Time) bool { return now.Sub(now.Truncate(time.Minute)) < edge }

func (b *budget) spend(weight int, now time.Time) {
	b.used += weight
	b.inFlight += weight
	if b.onEdge(now) {
		b.prev += weight
	}
}

// take waits until a call may be sent, first in, first out. The caller calls done.
// Errors are ErrQueue and of ctx.
func (b *budget) take(ctx context.Context, weight int, urgent bool) error {
	b.mu.Lock()
	now, queue := b.now(), &b.plain
	b.roll(now)
	if urgent {
		queue = &b.urgent
	}
	if b.urgent.Len() == 0 && queue.Len() == 0 && b.fits(weight, urgent, now) {
		b.spend(weight, now)
		b.mu.Unlock()
		return nil
	}
	if b.urgent.Len()+b.plain.Len() >= waitingMax {
		b.mu.Unlock()
		return ErrQueue
	}
	w := &waiter{weight: weight, ready: make(chan struct{}), in: queue}
	at := queue.PushBack(w)
	b.serve()
	b.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		b.giveUp(w, at)
		return fmt.Errorf("waiting for its turn: %w", context.Cause(ctx))
	}
}

func (b *budget) giveUp(w *waiter, at *list.Element) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.in == nil { // it was served meanwhile
		b.used -= w.weight
		b.inFlight -= w.weight
	} else {
		w.in.Remove(at)
	}
	b.serve()
}

// serve lets those go whose turn it is, and sets the timer for the others. The
// lock is held.
func (b *budget) serve() {
	now := b.now()
	b.roll(now)
	for _, queue := range []*list.List{&b.urgent, &b.plain} {
		for queue.Len() > 0 {
			w := queue.Front().Value.(*waiter)
			if !b.fits(w.weight, queue == &b.urgent, now) {
				b.wake(now)
				return
			}
			b.spend(w.weight, now)
			queue.Remove(queue.Front())
			w.in = nil
			close(w.ready)
		}
	}
	if b.timer != nil {
		b.timer.Stop()
	}
}

// wake sets the timer for when more may fit.
func (b *budget) wake(now time.Time) {
	start := now.Truncate(time.Minute)
	wait := start.Add(time.Minute).Sub(now)
	if b.onEdge(now) {
		wait = start.Add(edge).Sub(now)
	}
	if stopped := time.Until(b.until); stopped > 0 {
		wait = stopped
	}
	if b.timer == nil {
		b.timer = time.AfterFunc(wait, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.serve()
		})
		return
	}
	b.timer.Reset(wait)
}

// done tells what a call's answer said of the weight used, -1 for nothing, and
// when it was sent, by the exchange's clock. A figure that may be of the minute
// before is not believed.
func (b *budget) done(weight, said int, sent time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.roll(now)
	b.inFlight -= weight
	if sent.Add(-edge).Unix()/60 == now.Unix()/60 {
		b.used = max(b.used, said)
	}
	if b.urgent.Len()+b.plain.Len() > 0 {
		b.serve()
	}
}

// stop stops all calls for a while.
func (b *budget) stop(d time.Duration, banned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := time.Now().Add(d); until.After(b.until) {
		b.until, b.banned = until, banned
	}
	b.serve()
}

// limit corrects what may be used in a minute.
func (b *budget) limit(most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.most = most
	b.serve()
}

func (b *budget) usage() Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(b.now())
	u := Usage{Weight: b.used, Limit: b.most, Waiting: b.urgent.Len() + b.plain.Len()}
	if b.most >= 0 {
		u.Limit = b.allowed(true)
	}
	if left := time.Until(b.until); left > 0 {
		u.Until, u.Banned = b.now().Add(left), b.banned
	}
	return u
}
