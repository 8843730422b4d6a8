package dapi

import (
	"context"
	"time"
)

// SetWatch sets the ping watch of a socket that nobody reads yet.
func SetWatch(s *Socket, d time.Duration) {
	s.watch = d
	s.arm()
}

// IncomeAfter asks for income when a number of pages has been read.
func IncomeAfter(ctx context.Context, c *Client, pages int) error {
	return c.incomeYear(ctx, &joiner{seen: map[string]struct{}{}, pages: pages}, 0, 10)
}
