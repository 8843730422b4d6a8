package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// naive is a book as one would write it in a minute: all orders in a slice.
type naive struct{ orders []Node }

func (b *naive) limit(id int64, sell bool, price, quantity int64) (out []Match, ok bool) {
	for _, o := range b.orders {
		if o.ID == id {
			return nil, false
		}
	}
	for quantity > 0 {
		best := -1
		for i, o := range b.orders {
			if o.Sell == sell || sell && o.Price < price || !sell && o.Price > price {
				continue
			}
			if best < 0 || sell && o.Price > b.orders[best].Price || !sell && o.Price < b.orders[best].Price {
				best = i
			}
		}
		if best < 0 {
			break
		}
		o := &b.orders[best]
		q := min(quantity, o.Quantity)
		out = append(out, Match{o.ID, id, o.Price, q})
		quantity -= q
		if o.Quantity -= q; o.Quantity == 0 {
			b.orders = slices.Delete(b.orders, best, best+1)
		}
	}
	if quantity > 0 {
		b.orders = append(b.orders, Node{ID: id, Price: price, Quantity: quantity, Sell: sell})
	}
	return out, true
}

func (b *naive) cancel(id int64) bool {
	n := len(b.orders)
	b.orders = slices.DeleteFunc(b.orders, func(o Node) bool { return o.ID == id })
	return len(b.orders) < n
}

func (b *naive) depth(sell bool) (out []Level) {
	for _, o := range b.orders {
		if o.Sell != sell {
			continue
		}
		if i := slices.IndexFunc(out, func(l Level) bool { return l.Price == o.Price }); i >= 0 {
			out[i].Quantity += o.Quantity
		} else {
			out = append(out, Level{o.Price, o.Quantity})
		}
	}
	slices.SortFunc(out, func(a, b Level) int {
		if sell {
			return int(a.Price - b.Price)
		}
		return int(b.Price - a.Price)
	})
	return out
}

// TestBookIsTheNaiveOne: same trades, same depth, over prices near and far.
func TestBookIsTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var fast Matcher
		var slow naive
		spread := rapid.SampledFrom([]int64{3, 50, 300, 100_000}).Draw(t, "spread")
		for range rapid.IntRange(1, 120).Draw(t, "commands") {
			id := rapid.Int64Range(1, 60).Draw(t, "id")
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				if a, b := fast.Cancel(id), slow.cancel(id); a != b {
					t.Fatalf("cancel %d: %v; naive %v", id, a, b)
				}
				continue
			}
			sell, quantity := rapid.Bool().Draw(t, "sell"), rapid.Int64Range(1, 9).Draw(t, "quantity")
			price := rapid.Int64Range(0, spread).Draw(t, "price")
			a, okA := fast.Limit(nil, id, sell, price, quantity)
			b, okB := slow.limit(id, sell, price, quantity)
			if okA != okB || !slices.Equal(a, b) {
				t.Fatalf("%v %v; naive %v %v", a, okA, b, okB)
			}
			for _, side := range []bool{false, true} {
				if a, b := fast.Book.Depth(nil, side, 1000), slow.depth(side); !slices.Equal(a, b) {
					t.Fatalf("depth %v; naive %v", a, b)
				}
			}
		}
	})
}

func TestMatcherRefuses(t *testing.T) {
	var m Matcher
	for _, c := range []struct{ id, price, quantity int64 }{{1, 5, 0}, {1, 5, -1}, {1, -5, 1}} {
		if _, ok := m.Limit(nil, c.id, true, c.price, c.quantity); ok {
			t.Errorf("%+v was taken", c)
		}
	}
	if m.Cancel(1) || m.Book.Best(true) != nil || m.Book.Updates() != 0 {
		t.Error("an empty book has something")
	}
}

// TestIndex against a map, with many ids that share a home.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index[int64]
		m := map[int64]*int64{}
		ids := rapid.SampledFrom([]int64{1, 2, 3, 63, 64, 65, 127, 128, 129, 191, 192, 256, 257, 320, 1 << 40, 1<<40 + 64})
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			id := ids.Draw(t, "id") + rapid.Int64Range(0, 40).Draw(t, "more")
			if v := m[id]; x.get(id) != v {
				t.Fatalf("%d: %v; map has %v", id, x.get(id), v)
			} else if v != nil {
				x.remove(id)
				delete(m, id)
			} else {
				v := new(int64)
				x.put(id, v)
				m[id] = v
			}
			if x.count != len(m) {
				t.Fatalf("%d of %d", x.count, len(m))
			}
		}
		for id, v := range m {
			if x.get(id) != v {
				t.Fatalf("%d is lost", id)
			}
		}
	})
}

// TestRing keeps the last, oldest first.
func TestRing(t *testing.T) {
	var r ring[int]
	for i := range 10 {
		out, full := r.push(i, 4)
		if full != (i >= 4) || full && out != i-4 {
			t.Fatalf("%d: %d %v", i, out, full)
		}
		for k := range r.rows {
			if got := *r.at(k); got != max(0, i-3)+k {
				t.Fatalf("%d at %d is %d", i, k, got)
			}
		}
	}
}
