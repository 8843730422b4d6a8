package books

// array has a level for every price that there can be and an entry for every
// order that there will be, by its id; a cancelled order stays in its list with
// nothing left. It finds the next level by walking.
type array struct {
	levels   []span // by price - low
	entries  []entry
	low      int64
	bid, ask int64 // best, by index into levels; empty ones may lie between
}

type span struct{ first, last int32 }

type entry struct {
	quantity, next int32
}

func newArray(low, high int64) Book {
	n := high - low + 1
	return &array{levels: make([]span, n), entries: make([]entry, flowSize+1), low: low, bid: -1, ask: n}
}

func (b *array) Limit(dst []Match, id int64, sell bool, price, quantity int64) []Match {
	at, left := price-b.low, int32(quantity)
	if sell {
		for ; b.bid >= at; b.bid-- {
			if dst, left = b.take(dst, id, b.bid, left); left == 0 {
				return dst
			}
		}
		b.ask = min(b.ask, at)
	} else {
		for ; b.ask <= at; b.ask++ {
			if dst, left = b.take(dst, id, b.ask, left); left == 0 {
				return dst
			}
		}
		b.bid = max(b.bid, at)
	}
	l := &b.levels[at]
	b.entries[id] = entry{quantity: left}
	if l.first == 0 {
		l.first = int32(id)
	} else {
		b.entries[l.last].next = int32(id)
	}
	l.last = int32(id)
	return dst
}

func (b *array) take(dst []Match, id, at int64, left int32) ([]Match, int32) {
	l := &b.levels[at]
	for l.first != 0 {
		e := &b.entries[l.first]
		if e.quantity != 0 {
			q := min(left, e.quantity)
			dst = append(dst, Match{Maker: int64(l.first), Taker: id, Price: b.low + at, Quantity: int64(q)})
			left -= q
			if e.quantity -= q; left == 0 {
				return dst, 0
			}
		}
		l.first = e.next
	}
	return dst, left
}

func (b *array) Cancel(id int64) bool {
	e := &b.entries[id]
	was := e.quantity != 0
	e.quantity = 0
	return was
}
