package dapi

import "time"

// SetWatch sets the ping watch of a socket that nobody reads yet.
func SetWatch(s *Socket, d time.Duration) {
	s.watch = d
	s.arm()
}
