package gateway

import (
	"container/heap"
	"context"
	"time"
)

// timer fires once, at a time; those of one time in the order they were set.
type timer struct {
	at, id int64
	fire   func()
	index  int  // in the heap, -1 when it has fired or was stopped
	kept   bool // in the data folder: it is set again when the log is done again
}

// timers is a heap.
type timers []*timer

func (h timers) Len() int { return len(h) }
func (h timers) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].id < h[j].id
}
func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for container/heap.
func (h *timers) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop is for container/heap.
func (h *timers) Pop() any {
	old := *h
	t := old[len(old)-1]
	t.index = -1
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return t
}

// at has the loop call f at a time in ms.
func (g *Gateway) at(ms int64, f func()) *timer {
	g.timerID++
	t := &timer{at: ms, id: g.timerID, fire: f}
	heap.Push(&g.timers, t)
	return t
}

// atKept is at, for what is kept in the data folder.
func (g *Gateway) atKept(ms int64, f func()) *timer {
	t := g.at(ms, f)
	t.kept = true
	return t
}

// after is at, from now.
func (g *Gateway) after(d time.Duration, f func()) *timer { return g.at(g.now()+d.Milliseconds(), f) }

func (g *Gateway) stop(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&g.timers, t.index)
	}
}

// waits reports whether a timer is still to fire.
func (t *timer) waits() bool { return t != nil && t.index >= 0 }

// fire calls what is due. That kept timers fire is logged, once: what they do
// follows from it.
func (g *Gateway) fire(now int64) {
	noted := false
	for len(g.timers) > 0 && g.timers[0].at <= now {
		t := heap.Pop(&g.timers).(*timer)
		if t.kept && !noted {
			g.note(kindFire, func(*coder) {})
			noted = true
		}
		g.fireOne(t)
	}
}

func (g *Gateway) fireOne(t *timer) {
	if t.kept {
		defer g.derive()()
	}
	t.fire()
}

func (g *Gateway) untilNext() time.Duration {
	if len(g.timers) == 0 || g.gate().failed() != nil {
		return time.Hour
	}
	return min(time.Hour, max(0, time.Until(time.UnixMilli(g.timers[0].at))))
}

// Now returns the exchange's time in ms.
func (g *Gateway) Now(ctx context.Context) (ms int64, err error) {
	err = g.do(ctx, func() { ms = g.now() })
	return ms, err
}

// Advance moves a manual clock. What is due in between fires in order, each at
// its time; other calls get their turn between any two moments, and sockets that
// were pinged a quarter of a second (of the machine) to answer.
func (g *Gateway) Advance(ctx context.Context, d time.Duration) (now int64, err error) {
	var until int64
	err = g.do(ctx, func() { until = g.now() + d.Milliseconds() })
	for err == nil && now < until {
		var pinged []*line
		err = g.doEarly(ctx, func() {
			pinged = g.step(until)
			now = g.now()
		})
		waitForPongs(ctx, pinged)
	}
	if err == nil {
		err = g.do(ctx, func() {}) // until all of it is durable
	}
	return now, err
}

// step moves the manual clock to the next moment that something is due at, up
// to until, and returns the sockets that were pinged then.
func (g *Gateway) step(until int64) (pinged []*line) {
	next := until
	if len(g.timers) > 0 {
		next = min(next, g.timers[0].at)
	}
	if g.manual < next {
		g.manual = next
		g.note(kindFire, func(*coder) {}) // the clock is kept, whether something fires or not
	}
	defer g.derive()()
	g.fire(g.manual)
	for l := range g.open {
		if l.pingedAt == g.manual {
			pinged = append(pinged, l)
		}
	}
	return pinged
}

func waitForPongs(ctx context.Context, lines []*line) {
	deadline := time.Now().Add(settleGrace)
	for _, l := range lines {
		for l.awaits.Load() && !l.isCut() && time.Now().Before(deadline) && ctx.Err() == nil {
			time.Sleep(100 * time.Microsecond)
		}
	}
}
