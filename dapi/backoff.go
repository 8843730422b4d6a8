package dapi

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is full jitter: anything up to least, doubled for each failure before
// this one, and at most most.
func backoff(least, most time.Duration, failures int) time.Duration {
	d := most
	if failures < 30 {
		d = min(most, least<<failures)
	}
	return jitter(d)
}

// jitter is anything from 0 to d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d + 1)
}

// sleep reports whether ctx still goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
