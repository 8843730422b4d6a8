package follower

import (
	"sync"

	"poise/account"
)

// scratches are what books work with, for all partitions: as many as work at once,
// since one has 100 KB, and what it learnt of messages is of use to all.
type scratches struct {
	mu   sync.Mutex
	idle []*account.Scratch
}

// scratchesMost are kept while nobody works with them.
const scratchesMost = 4

func (s *scratches) get() *account.Scratch {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle)
	if n == 0 {
		return new(account.Scratch)
	}
	one := s.idle[n-1]
	s.idle = s.idle[:n-1]
	return one
}

func (s *scratches) put(one *account.Scratch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) < scratchesMost {
		s.idle = append(s.idle, one)
	}
}
