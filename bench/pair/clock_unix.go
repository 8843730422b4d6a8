//go:build unix

package pair

import (
	"syscall"
	"time"
)

// cpuTime is the CPU time of the whole process so far, all threads, user and
// system: a peer that works on two threads or wakes the collector pays for both.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("getrusage: " + err.Error()) // it fails only when called wrongly
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// clockStep is the smallest step that cpuTime was seen to make: 1 µs on most
// kernels, a tick of 1 to 10 ms on some.
func clockStep() time.Duration {
	step := time.Hour
	for range 5 {
		start := cpuTime()
		now := start
		for now == start {
			now = cpuTime()
		}
		step = min(step, now-start)
	}
	return step
}
