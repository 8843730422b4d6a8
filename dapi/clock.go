package dapi

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// When the exchange's time is measured again, and how.
const (
	measureEvery = 30 * time.Minute
	measureAgain = 10 * time.Second       // after a failure
	jumpMin      = 500 * time.Millisecond // of the machine's clock against the runtime's
	samples      = 3
	goodTrip     = 20 * time.Millisecond // a round trip that leaves nothing to better
)

// clock knows the exchange's time. Between measurements it goes by the runtime's
// monotonic clock, so that setting the machine's changes nothing; but that one
// stands still while a machine sleeps, hence jumped.
type clock struct {
	now  func() time.Time // the machine's
	busy chan struct{}    // held while measuring

	mu       sync.Mutex
	measured bool
	server   time.Time // the exchange's time when it was measured
	at       time.Time // then, by the runtime
	wall     time.Time // then, by the machine
	next     time.Time // by the runtime
}

func newClock(now func() time.Time) *clock { return &clock{now: now, busy: make(chan struct{}, 1)} }

func (c *clock) exchange() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.measured {
		return c.now()
	}
	return c.server.Add(time.Since(c.at))
}

// doubt says whether the time should be measured, and whether a call may go on
// without.
func (c *clock) doubt() (should, must bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := time.Since(c.next) >= 0
	if !c.measured {
		return old, true
	}
	jump := (c.now().Round(0).Sub(c.wall) - time.Since(c.at)).Abs() >= jumpMin
	return old || jump, jump
}

func (c *clock) set(server, at, wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.measured, c.server, c.at, c.wall, c.next = true, server, at, wall.Round(0), time.Now().Add(measureEvery)
}

// failed puts the next measurement off. What was known is kept, and -1021 tells
// if it is wrong.
func (c *clock) failed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = time.Now().Add(measureAgain)
	if c.measured { // by what is still believed
		c.server, c.at, c.wall = c.server.Add(time.Since(c.at)), time.Now(), c.now().Round(0)
	}
}

func (c *clock) measuredAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Time asks for the exchange's time, which Now goes by from then on.
func (x *Exchange) Time(ctx context.Context) (time.Time, error) {
	if err := x.hold(ctx); err != nil {
		return time.Time{}, err
	}
	defer x.release()
	if err := x.measure(ctx); err != nil {
		return time.Time{}, err
	}
	return x.Now(), nil
}

func (x *Exchange) hold(ctx context.Context) error {
	select {
	case x.clock.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("dapi: waiting for the exchange's time: %w", context.Cause(ctx))
	}
}

func (x *Exchange) release() { <-x.clock.busy }

// timely measures the time if there is reason to. Only the end of ctx is an error:
// a signed call finds out for itself.
func (x *Exchange) timely(ctx context.Context) error {
	should, must := x.clock.doubt()
	if !should {
		return nil
	}
	if must {
		if err := x.hold(ctx); err != nil {
			return err
		}
	} else {
		select {
		case x.clock.busy <- struct{}{}:
		default:
			return nil // someone is at it
		}
	}
	defer x.release()
	if should, _ = x.clock.doubt(); !should {
		return nil
	}
	return x.measureOrGoOn(ctx)
}

func (x *Exchange) measureOrGoOn(ctx context.Context) error {
	err := x.measure(ctx)
	if err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil {
		x.config.Log.Warn("the exchange's time was not measured", "err", err)
		x.clock.failed()
	}
	return nil
}

// remeasure is after -1021 of a call that was sent at a moment: one measurement
// serves all calls that were sent before it.
func (x *Exchange) remeasure(ctx context.Context, sent time.Time) error {
	if err := x.hold(ctx); err != nil {
		return err
	}
	defer x.release()
	if x.clock.measuredAt().After(sent) {
		return nil
	}
	return x.measureOrGoOn(ctx)
}

// measure takes the sample with the shortest round trip of a few. When a later
// one fails, those before it are good enough.
func (x *Exchange) measure(ctx context.Context) error {
	var best time.Duration
	for i := range samples {
		server, sent, err := x.serverTime(ctx)
		if err != nil {
			if i > 0 {
				return nil
			}
			return err
		}
		if trip := time.Since(sent); i == 0 || trip < best {
			best = trip
			x.clock.set(server.Add(trip/2), sent.Add(trip), x.config.Now())
		}
		if best <= goodTrip {
			break
		}
	}
	return nil
}

// serverTime returns the exchange's time and when the request was sent, by the
// runtime.
func (x *Exchange) serverTime(ctx context.Context) (server, sent time.Time, err error) {
	c := call{method: "GET", path: "/dapi/v1/time", weight: 1, urgent: true, sent: &sent}
	body, err := x.call(ctx, c)
	if err != nil {
		return server, sent, err
	}
	var v struct {
		ServerTime int64 `json:"serverTime"`
	}
	if err := json.Unmarshal(body, &v); err != nil || v.ServerTime <= 0 {
		return server, sent, c.wrong("no serverTime")
	}
	return time.UnixMilli(v.ServerTime), sent, nil
}
