package books

// What the tree designs share: orders in linked lists by level, found by id in a
// map, and both reused.

type order struct {
	id, quantity int64
	sell         bool
	prev, next   *order
	level        *level
}

type level struct {
	price       int64
	first, last *order
}

// ladder is one side's levels in order of price.
type ladder interface {
	best() *level // or nil
	get(price int64) *level
	put(l *level)
	remove(price int64)
}

// treeBook is a book over two ladders.
type treeBook struct {
	sides      [2]ladder // bids, asks
	orders     map[int64]*order
	freeOrders []*order
	freeLevels []*level
}

func newTreeBook(bids, asks ladder) *treeBook {
	return &treeBook{sides: [2]ladder{bids, asks}, orders: map[int64]*order{}}
}

func side(sell bool) int {
	if sell {
		return 1
	}
	return 0
}

func (b *treeBook) Limit(dst []Match, id int64, sell bool, price, quantity int64) []Match {
	far := b.sides[side(!sell)]
	for quantity > 0 {
		l := far.best()
		if l == nil || sell && l.price < price || !sell && l.price > price {
			break
		}
		for quantity > 0 && l.first != nil {
			maker := l.first
			q := min(quantity, maker.quantity)
			quantity -= q
			maker.quantity -= q
			dst = append(dst, Match{Maker: maker.id, Taker: id, Price: l.price, Quantity: q})
			if maker.quantity == 0 {
				b.drop(maker)
			}
		}
	}
	if quantity > 0 {
		b.rest(id, sell, price, quantity)
	}
	return dst
}

func (b *treeBook) rest(id int64, sell bool, price, quantity int64) {
	near := b.sides[side(sell)]
	l := near.get(price)
	if l == nil {
		l = pop(&b.freeLevels)
		l.price = price
		near.put(l)
	}
	o := pop(&b.freeOrders)
	*o = order{id: id, quantity: quantity, sell: sell, prev: l.last, level: l}
	if l.last == nil {
		l.first = o
	} else {
		l.last.next = o
	}
	l.last = o
	b.orders[id] = o
}

// drop takes an order off its level, and its level, if it was the last, off the
// ladder.
func (b *treeBook) drop(o *order) {
	l := o.level
	if o.prev == nil {
		l.first = o.next
	} else {
		o.prev.next = o.next
	}
	if o.next == nil {
		l.last = o.prev
	} else {
		o.next.prev = o.prev
	}
	delete(b.orders, o.id)
	if l.first == nil {
		b.sides[side(o.sell)].remove(l.price)
		b.freeLevels = append(b.freeLevels, l)
	}
	b.freeOrders = append(b.freeOrders, o)
}

func (b *treeBook) Cancel(id int64) bool {
	o := b.orders[id]
	if o == nil {
		return false
	}
	b.drop(o)
	return true
}

func pop[T any](free *[]*T) *T {
	k := len(*free) - 1
	if k < 0 {
		return new(T)
	}
	v := (*free)[k]
	*free = (*free)[:k]
	return v
}
