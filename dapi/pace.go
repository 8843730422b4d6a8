package dapi

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// pace spaces the starts of websockets. Those of accounts that hear nothing go
// before others; else first in, first out.
type pace struct {
	mu     sync.Mutex
	gap    time.Duration // 0: no limit
	next   time.Time     // by the runtime
	urgent list.List     // of chan struct{}
	plain  list.List
	timer  *time.Timer
}

func newPace(perSecond int) *pace {
	if perSecond < 0 {
		return &pace{}
	}
	return &pace{gap: time.Second / time.Duration(perSecond)}
}

// turn waits for a turn. Errors are ErrQueue and of ctx.
func (p *pace) turn(ctx context.Context, urgent bool) error {
	p.mu.Lock()
	queue := &p.plain
	if urgent {
		queue = &p.urgent
	}
	if p.urgent.Len()+p.plain.Len() >= waitingMax {
		p.mu.Unlock()
		return ErrQueue
	}
	ready := make(chan struct{})
	at := queue.PushBack(ready)
	p.serve()
	p.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		p.mu.Lock()
		defer p.mu.Unlock()
		queue.Remove(at) // nothing, when the turn came meanwhile: it is lost
		return fmt.Errorf("waiting for a turn to connect: %w", context.Cause(ctx))
	}
}

// serve gives the turns that are due, and sets the timer for the next. The lock is
// held.
func (p *pace) serve() {
	for queue := p.first(); queue != nil; queue = p.first() {
		now := time.Now()
		if wait := p.next.Sub(now); wait > 0 {
			p.wake(wait)
			return
		}
		p.next = now.Add(p.gap)
		close(queue.Remove(queue.Front()).(chan struct{}))
	}
}

func (p *pace) first() *list.List {
	switch {
	case p.urgent.Len() > 0:
		return &p.urgent
	case p.plain.Len() > 0:
		return &p.plain
	}
	return nil
}

func (p *pace) wake(wait time.Duration) {
	if p.timer != nil {
		p.timer.Reset(wait)
		return
	}
	p.timer = time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.serve()
	})
}

// stop puts off all turns.
func (p *pace) stop(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.next) {
		p.next = until
	}
}
