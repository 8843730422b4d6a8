package engine

import "math/bits"

func (p *page) best(sell bool) int { return bestBit(p.used, sell) }

// bestBit returns the lowest set bit for asks, the highest for bids.
func bestBit(used uint64, sell bool) int {
	if sell {
		return bits.TrailingZeros64(used)
	}
	return bits.Len64(used) - 1
}

// Match is a trade of a Matcher.
type Match struct {
	Maker, Taker    int64
	Price, Quantity int64
}

// Matcher is a Book with its own orders, named by id: matching and nothing
// else. The zero value is ready.
type Matcher struct {
	Book  Book
	ids   index[Node]
	free  *Node
	chunk []Node
}

// Limit enters an order: it trades at its price or better, and the rest rests.
// It appends the trades to dst. An id that rests already is refused with false,
// and so are a quantity below 1 and a price below 0.
func (m *Matcher) Limit(dst []Match, id int64, sell bool, price, quantity int64) ([]Match, bool) {
	if quantity <= 0 || price < 0 || m.ids.get(id) != nil {
		return dst, false
	}
	for quantity > 0 {
		maker := m.Book.Best(!sell)
		if maker == nil || sell && maker.Price < price || !sell && maker.Price > price {
			break
		}
		q := min(quantity, maker.Quantity)
		quantity -= q
		dst = append(dst, Match{maker.ID, id, maker.Price, q})
		if m.Book.Take(maker, q) {
			m.ids.remove(maker.ID)
			m.release(maker)
		}
	}
	if quantity > 0 { // it rests
		n := m.node()
		n.ID, n.Price, n.Quantity, n.Sell = id, price, quantity, sell
		m.Book.Add(n)
		m.ids.put(id, n)
	}
	return dst, true
}

// Cancel takes an order out, and reports whether it rested.
func (m *Matcher) Cancel(id int64) bool {
	n := m.ids.get(id)
	if n == nil {
		return false
	}
	m.Book.Remove(n)
	m.ids.remove(id)
	m.release(n)
	return true
}

// node returns an unused one; nodes are made 256 at a time.
func (m *Matcher) node() *Node {
	if n := m.free; n != nil {
		m.free, n.next = n.next, nil
		return n
	}
	if len(m.chunk) == 0 {
		m.chunk = make([]Node, 256)
	}
	n := &m.chunk[0]
	m.chunk = m.chunk[1:]
	return n
}

func (m *Matcher) release(n *Node) { n.next, m.free = m.free, n }
