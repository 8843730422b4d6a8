package follower

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the lines lose, repeat or delay, each message is kept once, and as
// often as the line that brought it most often brought it.
func TestMergeKeepsEachMessageOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contents := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 120).Draw(t, "messages") // repeats are messages of their own
		lines := rapid.IntRange(1, 3).Draw(t, "lines")
		queues := make([][]int, lines)
		most := map[int]int{}
		for l := range queues {
			n := map[int]int{}
			for _, c := range contents {
				if l > 0 && rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
					continue
				}
				queues[l] = append(queues[l], c)
				n[c]++
				most[c] = max(most[c], n[c])
			}
		}
		var m merger
		kept := map[int]int{}
		var order []int
		for {
			var open []int
			for l := range queues {
				if len(queues[l]) > 0 {
					open = append(open, l)
				}
			}
			if len(open) == 0 {
				break
			}
			l := rapid.SampledFrom(open).Draw(t, "line")
			c := queues[l][0]
			queues[l] = queues[l][1:]
			if m.first(uint8(l+1), fmt.Append(nil, c), 1000) {
				kept[c]++
				order = append(order, c)
			}
		}
		for c, n := range most {
			if kept[c] != n {
				t.Fatalf("message %d was kept %d times, of %d", c, kept[c], n)
			}
		}
		if lines == 1 && fmt.Sprint(order) != fmt.Sprint(contents) {
			t.Fatalf("one line's order %v came as %v", contents, order)
		}
	})
}

// Lines that lose nothing give the exchange's order, however they take turns.
func TestMergeKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 50
		at := [3]int{}
		var m merger
		next := 0
		for at != [3]int{n, n, n} {
			l := rapid.IntRange(0, 2).Draw(t, "line")
			if at[l] == n {
				continue
			}
			if m.first(uint8(l+1), fmt.Append(nil, at[l]), 1000) {
				if at[l] != next {
					t.Fatalf("message %d came for %d", at[l], next)
				}
				next++
			}
			at[l]++
		}
		if next != n {
			t.Fatalf("%d of %d messages", next, n)
		}
	})
}

func TestMergeIsBounded(t *testing.T) {
	var m merger
	for i := range mergeMost + 1000 {
		if !m.first(1, fmt.Append(nil, i), int64(i)) {
			t.Fatalf("message %d is not new", i)
		}
	}
	if m.size != mergeMost || len(m.index) != mergeMost || len(m.order) != mergeMost {
		t.Errorf("remembers %d and %d of %d, want %d", m.size, len(m.index), len(m.order), mergeMost)
	}
	if m.first(2, fmt.Append(nil, mergeMost), mergeMost) {
		t.Error("a message within the bound was forgotten")
	}
	m.first(1, []byte("later"), 2*mergeMost+mergeLong)
	if m.size != 1 || m.index != nil || len(m.order) > 8 {
		t.Errorf("a burst left %d messages and a ring of %d", m.size, len(m.order))
	}
}

func BenchmarkMerge(b *testing.B) {
	var m merger
	data := make([]byte, 1024)
	for i := range b.N {
		data[0], data[1], data[2] = byte(i), byte(i>>8), byte(i>>16)
		m.first(1, data, int64(i/100))
		m.first(2, data, int64(i/100))
	}
}
