//go:build unix

package follower_test

import (
	"syscall"
	"time"
)

// cpuTime is the processor time of this process so far, all threads, user and
// system.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("getrusage: " + err.Error()) // it fails only when called wrongly
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
