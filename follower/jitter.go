package follower

import (
	"math/rand/v2"
	"time"
)

// jitter moves a time by up to a tenth either way, so that what many accounts do
// is spread.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}

// lookAgain is after how long REST is asked about the n-th of the same incident:
// later each time, up to ten minutes, so that what keeps coming costs little.
func lookAgain(n int, first time.Duration) time.Duration {
	return min(first<<min(n-1, 10), 10*time.Minute)
}
