package books

import "math/rand"

// Command enters a limit order, or cancels one when Cancel is set.
type Command struct {
	ID, Cancel      int64 // IDs count from 1 in each flow
	Sell            bool
	Price, Quantity int64 // ticks, contracts
	First           bool  // the flow begins: the book is a new one
}

// Flow is a deterministic series of commands.
type Flow struct {
	Name, About string
	Commands    []Command
	Low, High   int64 // prices are between, with both
}

// shape is what a flow is made by.
type shape struct {
	name, about string
	crosses     int   // of ten commands
	cancels     int   // of ten
	depth       int64 // ticks behind the best that orders rest
	floor       int   // orders that rest before the first is cancelled
}

// flowSize commands make a flow: at 100 ns each it lasts 25 slices.
const flowSize = 1 << 18

// Flows returns all; they are the same in every run.
func Flows() []Flow {
	shapes := []shape{
		{"mixed", "of ten commands three cross, four rest, three cancel; 200 ticks a side", 3, 3, 200, 200},
		{"quotes", "one crosses, five rest, four cancel; 50 ticks a side, as market makers quote", 1, 4, 50, 1000},
		{"deep", "two cross, four rest, four cancel; 20,000 ticks a side, 50,000 orders rest", 2, 4, 20_000, 50_000},
	}
	all := make([]Flow, len(shapes))
	for i, s := range shapes {
		all[i] = s.flow(rand.New(rand.NewSource(int64(1 + i))))
	}
	return all
}

func (s shape) flow(r *rand.Rand) Flow {
	f := Flow{Name: s.name, About: s.about, Commands: make([]Command, flowSize), Low: 1 << 62}
	mid := int64(600_000)
	var resting []int64
	for i := range f.Commands {
		mid += r.Int63n(3) - 1
		c := Command{ID: int64(i + 1), Sell: r.Intn(2) == 0, Quantity: 1 + r.Int63n(20), First: i == 0}
		away := 1 + r.Int63n(s.depth)
		switch n := r.Intn(10); {
		case n < s.crosses:
			away = -20
		case n < s.crosses+s.cancels && len(resting) > s.floor:
			k := r.Intn(len(resting))
			c.Cancel = resting[k] // it may have been filled
			resting[k] = resting[len(resting)-1]
			resting = resting[:len(resting)-1]
		default:
			resting = append(resting, c.ID)
		}
		c.Price = mid - away
		if c.Sell {
			c.Price = mid + away
		}
		f.Low, f.High = min(f.Low, c.Price), max(f.High, c.Price)
		f.Commands[i] = c
	}
	return f
}
