package pair

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestSpreadIsTheMedianAndQuartiles(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []float64
		want Spread
	}{
		{"none", nil, Spread{}},
		{"one", []float64{7}, Spread{7, 7, 7}},
		{"odd, unsorted", []float64{5, 1, 4, 2, 3}, Spread{2, 3, 4}},
		{"even: between the two in the middle", []float64{4, 1, 3, 2}, Spread{1.75, 2.5, 3.25}},
		{"one wild value moves nothing", []float64{1, 2, 3, 4, 1e9}, Spread{2, 3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := slices.Clone(c.in)
			if got := spreadOf(c.in); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if !slices.Equal(in, c.in) {
				t.Error("the measurements were reordered, which breaks pairing")
			}
		})
	}
}

func TestRatiosArePairedBeforeTheMedian(t *testing.T) {
	// Ours is twice as fast in each moment, although the machine slows down
	// tenfold midway: a ratio of medians would say otherwise.
	ours := []float64{1, 1, 10, 10, 10}
	peer := []float64{2, 2, 20, 20, 20}
	if got := ratios(peer, ours); got != (Spread{2, 2, 2}) {
		t.Errorf("got %v, want 2 throughout", got)
	}
	if got := ratios([]float64{6, 8, 100}, []float64{2, 2, 1}); got.Median != 4 {
		t.Errorf("median of 3, 4 and 100: got %v", got.Median)
	}
}

func TestCompareRotatesTheMessagesAndAlternates(t *testing.T) {
	messages := [][]byte{[]byte("a"), []byte("bb"), []byte("ccc")}
	var order []byte // which side each call came from
	seen := map[byte]int{}
	op := func(name byte) Op[[]byte] {
		want := 0
		return func(m []byte) error {
			if len(m) != want+1 && len(m) != 1 { // the count of allocations begins anew
				t.Fatalf("side %c: message of %d bytes, want %d", name, len(m), want+1)
			}
			want = len(m) % len(messages)
			seen[name]++
			if len(order) == 0 || order[len(order)-1] != name {
				order = append(order, name)
			}
			return nil
		}
	}
	r, err := Compare(messages, op('o'), op('p'), Options{Slices: 4, Slice: 50 * time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	// Calibration is o, p; then op po op po, whose neighbours run together;
	// the count of allocations ends with o, p.
	if got := string(order); got != "opopopop" {
		t.Errorf("sides took turns as %q", got)
	}
	if seen['o'] == 0 || seen['p'] == 0 {
		t.Errorf("seen %v", seen)
	}
	if r.OursNs <= 0 || r.PeerNs <= 0 || r.Ratio.Low > r.Ratio.Median || r.Ratio.Median > r.Ratio.High {
		t.Errorf("impossible result %+v", r)
	}
}

func TestCompareCountsAllocations(t *testing.T) {
	var keep []byte
	messages := [][]byte{make([]byte, 10)}
	none := func([]byte) error { return nil }
	two := func(m []byte) error {
		keep = append([]byte(nil), m...)
		keep = append([]byte(nil), keep...)
		return nil
	}
	r, err := Compare(messages, none, two, Options{Slices: 1, Slice: 50 * time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	if r.OursAllocs != 0 || r.PeerAllocs != 2 {
		t.Errorf("allocations: ours %v, peer %v; want 0 and 2", r.OursAllocs, r.PeerAllocs)
	}
}

func TestCompareRefusesWhatItCannotMeasure(t *testing.T) {
	broken := errors.New("broken")
	ok := func([]byte) error { return nil }
	fails := func([]byte) error { return broken }
	o := Options{Slices: 1, Slice: time.Microsecond}
	if _, err := Compare([][]byte{{1}}, ok, fails, o); !errors.Is(err, broken) {
		t.Errorf("the peer's error is lost: %v", err)
	}
	if _, err := Compare(nil, ok, ok, o); err == nil {
		t.Error("no messages, no error")
	}
	if _, err := Compare([][]byte{{1}}, ok, ok, Options{}); err == nil {
		t.Error("no slices, no error")
	}
}
