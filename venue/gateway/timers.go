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
	index  int // in the heap, -1 when it has fired or was stopped
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

// after is at, from now.
func (g *Gateway) after(d time.Duration, f func()) *timer { return g.at(g.now()+d.Milliseconds(), f) }

func (g *Gateway) stop(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&g.timers, t.index)
	}
}

// fire calls what is due.
func (g *Gateway) fire(now int64) {
	for len(g.timers) > 0 && g.timers[0].at <= now {
		heap.Pop(&g.timers).(*timer).fire()
	}
}

func (g *Gateway) untilNext() time.Duration {
	if len(g.timers) == 0 {
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
		err = g.do(ctx, func() {
			pinged = g.step(until)
			now = g.now()
		})
		waitForPongs(ctx, pinged)
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
	g.manual = max(g.manual, next)
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
