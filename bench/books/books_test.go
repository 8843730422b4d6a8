package books

import "testing"

func TestAllBooksTradeAlike(t *testing.T) {
	for _, f := range Flows() {
		f.Commands = f.Commands[:1<<16] // the table checks all
		if err := Check(f, append(append([]Design{Ours()}, Peers()...), Limits()...)...); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// lazy is a book that forgets to trade.
type lazy struct{ Book }

func (lazy) Limit(dst []Match, _ int64, _ bool, _, _ int64) []Match { return dst }

func TestCheckFindsABookThatTradesOtherwise(t *testing.T) {
	f := Flows()[0]
	f.Commands = f.Commands[:5000]
	bad := Design{Name: "bad", New: func(low, high int64) Book { return lazy{newBTree(low, high)} }}
	if Check(f, Ours(), bad) == nil {
		t.Error("no difference was found")
	}
}

func TestFlowsDoWhatTheySay(t *testing.T) {
	for _, f := range Flows() {
		b := newOurs(0, 0)
		trades, cancels, missed := 0, 0, 0
		var dst []Match
		for _, c := range f.Commands {
			if c.Cancel != 0 {
				cancels++
				if !b.Cancel(c.Cancel) {
					missed++
				}
				continue
			}
			dst = b.Limit(dst[:0], c.ID, c.Sell, c.Price, c.Quantity)
			trades += len(dst)
		}
		if trades < len(f.Commands)/50 || cancels < len(f.Commands)/5 || missed == cancels {
			t.Errorf("%s: %d trades, %d cancels of which %d came too late", f.Name, trades, cancels, missed)
		}
		t.Logf("%s: %d commands, %d trades, %d cancels of which %d came too late", f.Name, len(f.Commands), trades, cancels, missed)
	}
}

// BenchmarkBooks is for profiles; the table is the figure to quote.
func BenchmarkBooks(b *testing.B) {
	for _, f := range Flows() {
		for _, d := range append(append([]Design{Ours()}, Peers()...), Limits()...) {
			b.Run(f.Name+"/"+d.Name, func(b *testing.B) {
				op := d.Op(f)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if err := op(f.Commands[i%len(f.Commands)]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
