// Package pair times two ways of doing one thing beside each other, so that
// what the machine does meanwhile falls on both.
//
// The two alternate in slices of about a millisecond of CPU time in one
// process. Each pair of slices gives one ratio; the answer is the median of the
// ratios with its quartiles. CPU time rather than the clock on the wall leaves
// other processes out, pairing leaves out the changes of the processor's speed.
// The collector runs between pairs, outside the slices: who allocates pays for
// the allocation and hardly for the collection, which favours the peers.
package pair

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"
)

// Op handles one item: a message to decode, a value to encode. It may keep state
// between calls; it is never called from two goroutines.
type Op[T any] func(item T) error

// Options say how long to measure.
type Options struct {
	Slices int           // pairs of slices; at least 1
	Slice  time.Duration // CPU time of one slice, at least; more where the clock is too coarse
}

// Result is what one comparison found.
type Result struct {
	Ratio      Spread  `json:"ratio"`      // peer's time over ours, one a pair: above 1 we are faster
	OursNs     float64 `json:"oursNs"`     // ns an item, median of the slices
	PeerNs     float64 `json:"peerNs"`     // ns an item, median of the slices
	OursAllocs float64 `json:"oursAllocs"` // allocations an item
	PeerAllocs float64 `json:"peerAllocs"`
}

// Compare runs ours and peer over the same items, in turn and again from the
// first, and returns the first error of either.
func Compare[T any](items []T, ours, peer Op[T], o Options) (Result, error) {
	if len(items) == 0 || o.Slices < 1 || o.Slice <= 0 {
		return Result{}, errors.New("nothing to measure: no items, slices or time")
	}
	var res Result
	slice := max(o.Slice, 20*clockStep())
	sides := [2]*side[T]{{op: ours, items: items}, {op: peer, items: items}}
	for i, s := range sides {
		if err := s.calibrate(slice); err != nil {
			return res, fmt.Errorf("side %d of 2: %w", i+1, err)
		}
	}
	for p := range o.Slices {
		runtime.GC()
		// The first slice after a collection finds colder caches: take turns at it.
		for _, s := range [2]*side[T]{sides[p%2], sides[1-p%2]} {
			if err := s.measure(); err != nil {
				return res, err
			}
		}
	}
	res.Ratio = ratios(sides[1].ns, sides[0].ns)
	res.OursNs, res.PeerNs = spreadOf(sides[0].ns).Median, spreadOf(sides[1].ns).Median
	res.OursAllocs, res.PeerAllocs = Allocs(items, ours), Allocs(items, peer)
	return res, nil
}

// Allocs returns op's mean number of allocations an item, over a round of all
// of them, rounded down as testing.AllocsPerRun does.
func Allocs[T any](items []T, op Op[T]) float64 {
	i := 0
	return testing.AllocsPerRun(max(100, len(items)), func() {
		_ = op(items[i])
		i = (i + 1) % len(items)
	})
}

// side is one of the two that are compared.
type side[T any] struct {
	op    Op[T]
	items []T
	next  int       // item to go on with, so that long rounds span slices
	count int       // items a slice
	ns    []float64 // an item, one a slice
}

// run handles n items.
func (s *side[T]) run(n int) error {
	next := s.next
	for range n {
		if err := s.op(s.items[next]); err != nil {
			return err
		}
		if next++; next == len(s.items) {
			next = 0
		}
	}
	s.next = next
	return nil
}

// calibrate finds how many items take one slice. It also warms what fills on
// first use: tables of symbols, reflection's caches, pools.
func (s *side[T]) calibrate(slice time.Duration) error {
	if err := s.run(len(s.items)); err != nil {
		return err
	}
	for n := 1; ; n *= 2 {
		took := time.Duration(math.MaxInt64)
		for range 2 { // what happens once a round, such as a new order book, is in one of them
			start := cpuTime()
			if err := s.run(n); err != nil {
				return err
			}
			took = min(took, cpuTime()-start)
		}
		if took >= slice/2 {
			s.count = max(1, int(float64(n)*float64(slice)/float64(took)))
			return nil
		}
	}
}

// measure times one slice, after an untimed start that refills caches and the
// pools which the collector emptied.
func (s *side[T]) measure() error {
	if err := s.run(1 + s.count/16); err != nil {
		return err
	}
	start := cpuTime()
	if err := s.run(s.count); err != nil {
		return err
	}
	s.ns = append(s.ns, float64(cpuTime()-start)/float64(s.count))
	return nil
}
