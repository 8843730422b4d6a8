package dapi

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// pace spaces the starts of websockets.
type pace struct {
	mu   sync.Mutex
	gap  time.Duration
	next time.Time
}

func newPace(perSecond int) *pace {
	if perSecond < 0 {
		return &pace{}
	}
	return &pace{gap: time.Second / time.Duration(perSecond)}
}

// turn waits for a turn; they are in the order of asking.
func (p *pace) turn(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.gap)
	p.mu.Unlock()
	if !sleep(ctx, at.Sub(now)) {
		return fmt.Errorf("waiting for a turn to connect: %w", context.Cause(ctx))
	}
	return nil
}

// stop puts off all turns that were not given yet.
func (p *pace) stop(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.next) {
		p.next = until
	}
}
