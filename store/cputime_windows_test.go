package store

import "time"

var began = time.Now()

// cpuTime is the time on the clock: the nearest to the processor's that is at
// hand here.
func cpuTime() time.Duration { return time.Since(began) }
