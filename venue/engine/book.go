package engine

import "slices"

// Book is one symbol's order book: price levels in order, and at each level the
// orders in the order they came. Prices are whole ticks, from 0, quantities whole
// contracts. The zero value is an empty book.
//
// It links the caller's nodes and allocates only for a page of 64 prices that is
// used the first time, so it can be driven alone:
//
//	for n.Quantity > 0 && b.Crosses(n) {
//		b.Take(b.Best(!n.Sell), min(n.Quantity, ...))
//	}
type Book struct {
	sides   [2]bookSide // bids, asks
	spare   []*page
	updates int64
}

// Node is an order's place in a Book. The caller owns it and must not change it,
// other than by the Book, while it rests.
type Node struct {
	ID       int64
	Price    int64 // ticks
	Quantity int64 // what is left, above 0
	Sell     bool

	prev, next *Node
	level      *level
	order      *order // of the engine
}

// level is the queue of one price.
type level struct {
	first, last *Node
	quantity    int64
}

const (
	pageBits = 6
	pageSize = 1 << pageBits
	pageMask = pageSize - 1
)

// page is 64 adjacent prices; a bit of used is set where a level has orders.
type page struct {
	number int64 // price >> pageBits
	used   uint64
	levels [pageSize]level
}

// bookSide keeps its pages best last, so that trading at the best prices moves
// little memory. Finding a page is a binary search; a new one moves those that
// are better.
type bookSide struct {
	pages []*page
}

// worse reports whether page number a is worse than b on this side.
func worse(sell bool, a, b int64) bool {
	if sell {
		return a > b
	}
	return a < b
}

// find returns where a page is or belongs.
func (s *bookSide) find(number int64, sell bool) (int, bool) {
	n := len(s.pages)
	if n > 0 && s.pages[n-1].number == number {
		return n - 1, true
	}
	low, high := 0, n
	for low < high {
		mid := int(uint(low+high) >> 1)
		if worse(sell, s.pages[mid].number, number) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < n && s.pages[low].number == number
}

func sideIndex(sell bool) int {
	if sell {
		return 1
	}
	return 0
}

// Add rests n behind the others of its price.
func (b *Book) Add(n *Node) {
	s := &b.sides[sideIndex(n.Sell)]
	number := n.Price >> pageBits
	at, found := s.find(number, n.Sell)
	if !found {
		s.pages = slices.Insert(s.pages, at, b.newPage(number))
	}
	p := s.pages[at]
	l := &p.levels[n.Price&pageMask]
	if l.last == nil {
		l.first = n
		p.used |= 1 << (n.Price & pageMask)
	} else {
		l.last.next = n
	}
	n.prev, n.next, n.level = l.last, nil, l
	l.last = n
	l.quantity += n.Quantity
	b.updates++
}

func (b *Book) newPage(number int64) *page {
	if k := len(b.spare); k > 0 {
		p := b.spare[k-1]
		b.spare = b.spare[:k-1]
		p.number = number
		return p
	}
	return &page{number: number}
}

// Remove takes a resting node out of the book.
func (b *Book) Remove(n *Node) {
	l := n.level
	l.quantity -= n.Quantity
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.prev, n.next, n.level = nil, nil, nil
	b.updates++
	if l.first == nil {
		b.clear(n)
	}
}

// clear marks the level of n empty, and gives its page back with the last.
func (b *Book) clear(n *Node) {
	s := &b.sides[sideIndex(n.Sell)]
	at, _ := s.find(n.Price>>pageBits, n.Sell)
	p := s.pages[at]
	p.used &^= 1 << (n.Price & pageMask)
	if p.used != 0 {
		return
	}
	s.pages = slices.Delete(s.pages, at, at+1)
	if len(b.spare) < 64 {
		b.spare = append(b.spare, p)
	}
}

// Best returns the first node of the best price of a side, or nil.
func (b *Book) Best(sell bool) *Node {
	s := &b.sides[sideIndex(sell)]
	k := len(s.pages)
	if k == 0 {
		return nil
	}
	p := s.pages[k-1]
	return p.levels[p.best(sell)].first
}

// Crosses reports whether n, which does not rest, could trade.
func (b *Book) Crosses(n *Node) bool {
	m := b.Best(!n.Sell)
	return m != nil && (n.Sell && m.Price >= n.Price || !n.Sell && m.Price <= n.Price)
}

// Take fills a resting node by a quantity up to its own; a node with nothing
// left leaves the book, and Take returns true.
func (b *Book) Take(n *Node, quantity int64) bool {
	if quantity >= n.Quantity {
		b.Remove(n)
		n.Quantity = 0
		return true
	}
	n.Quantity -= quantity
	n.level.quantity -= quantity
	b.updates++
	return false
}

// Reduce lowers a resting node's quantity, which keeps its place.
func (b *Book) Reduce(n *Node, to int64) {
	n.level.quantity -= n.Quantity - to
	n.Quantity = to
	b.updates++
}

// Updates is how often the book has changed.
func (b *Book) Updates() int64 { return b.updates }

// Level is a price and what rests there.
type Level struct{ Price, Quantity int64 }

// Depth appends up to limit levels of a side, best first.
func (b *Book) Depth(dst []Level, sell bool, limit int) []Level {
	s := &b.sides[sideIndex(sell)]
	for k := len(s.pages) - 1; k >= 0 && limit > 0; k-- {
		p := s.pages[k]
		for used := p.used; used != 0 && limit > 0; limit-- {
			i := bestBit(used, sell)
			dst = append(dst, Level{p.number<<pageBits | int64(i), p.levels[i].quantity})
			used &^= 1 << i
		}
	}
	return dst
}

// next returns the resting node behind n in the order of matching, or nil.
func (b *Book) after(n *Node) *Node {
	if n.next != nil {
		return n.next
	}
	s := &b.sides[sideIndex(n.Sell)]
	at, _ := s.find(n.Price>>pageBits, n.Sell)
	p, i := s.pages[at], int(n.Price&pageMask)
	used := p.used &^ (1 << i)
	if n.Sell {
		used &^= 1<<i - 1
	} else {
		used &= 1<<i - 1
	}
	for used == 0 {
		if at--; at < 0 {
			return nil
		}
		p = s.pages[at]
		used = p.used
	}
	return p.levels[bestBit(used, n.Sell)].first
}
