package whole

import (
	"testing"

	"poise/bench/books"
	"poise/bench/pair"
	"poise/venue/engine"
)

func short(t testing.TB, n int) books.Flow {
	t.Helper()
	f := books.Flows()[0]
	f.Commands = f.Commands[:n]
	return f
}

func TestTheExchangeTradesAsMatchingAloneDoes(t *testing.T) {
	for _, s := range []Size{{7, 1, engine.PushAll}, {100, 5, engine.PushChanged}} {
		about, err := Check(short(t, 20_000), s)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		if about.Events < 1 || about.Bytes < 400 {
			t.Errorf("%+v: a command makes %.1f events of %.0f bytes in all; is anything written?", s, about.Events, about.Bytes)
		}
	}
}

func TestTheExchangeAllocatesNothing(t *testing.T) {
	f := short(t, 1<<16)
	op, err := Whole(Size{100, 3, engine.PushChanged})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // histories fill, buffers grow
		for _, c := range f.Commands {
			if err := op(c); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := pair.Allocs(f.Commands, op); n != 0 {
		t.Errorf("%v allocations a command", n)
	}
}

// BenchmarkWhole is for profiles; the table is the figure to quote.
func BenchmarkWhole(b *testing.B) {
	f := books.Flows()[0]
	for _, n := range []int{10, 1000} {
		op, err := Whole(Size{n, 1, engine.PushChanged})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(map[int]string{10: "10", 1000: "1000"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := op(f.Commands[i%len(f.Commands)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
