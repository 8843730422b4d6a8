package engine

import "encoding/binary"

// newOrder takes an order from the pool, without an id.
func (e *Engine) newOrder() *order {
	if k := len(e.free); k > 0 {
		o := e.free[k-1]
		e.free = e.free[:k-1]
		*o = order{}
		return o
	}
	if len(e.chunk) == 0 {
		e.chunk = make([]order, 128)
	}
	o := &e.chunk[0]
	e.chunk = e.chunk[1:]
	return o
}

// accept gives an order its id and time.
func (e *Engine) accept(o *order) {
	e.lastID++
	o.node.ID, o.node.order = e.lastID, o
	o.time, o.updated = e.now, e.now
	if o.clientSize == 0 {
		e.nameOrder(o)
	}
}

// attach makes an order that stays open known by its id and in its slot's list.
// One that fills or expires at once never needs it.
func (e *Engine) attach(o *order) {
	if o.opened {
		return
	}
	o.opened = true
	e.orders.put(o.node.ID, o)
	sl := o.slot
	o.prev = sl.final
	if sl.final == nil {
		sl.first = o
	} else {
		sl.final.next = o
	}
	sl.final = o
	sl.open++
}

// detach is the reverse.
func (e *Engine) detach(o *order) {
	o.opened = false
	sl := o.slot
	if o.prev == nil {
		sl.first = o.next
	} else {
		o.prev.next = o.next
	}
	if o.next == nil {
		sl.final = o.prev
	} else {
		o.next.prev = o.prev
	}
	o.prev, o.next = nil, nil
	sl.open--
	e.orders.remove(o.node.ID)
}

const nameSize = 22

// nameOrder makes a client order id of 22 letters and digits, as the exchange
// does; it is the same for the same seed and order.
func (e *Engine) nameOrder(o *order) {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzab"
	x := e.seed ^ uint64(o.node.ID)
	for i := 0; i < nameSize; i += 8 {
		x += 0x9E3779B97F4A7C15
		x ^= x >> 30
		x *= 0xBF58476D1CE4E5B9
		x ^= x >> 27
		x *= 0x94D049BB133111EB
		x ^= x >> 31
		var word uint64
		for k := 0; k < 64; k += 8 {
			word |= uint64(letters[x&63]) << k
			x >>= 6
		}
		binary.LittleEndian.PutUint64(o.client[i:], word)
	}
	o.clientSize = nameSize
}

// close has done with an order that is no longer open: it goes to the account's
// history.
func (e *Engine) close(o *order) {
	if o.closed {
		return
	}
	o.closed = true
	o.hold(0)
	if o.opened {
		e.detach(o)
	}
	if o.counted {
		o.held().closing -= o.left()
	}
	if o.acct.house {
		e.forget(o)
		return
	}
	if o.cause == byLiquidation || o.cause == byADL {
		var v OrderView
		o.show(e, &v)
		o.acct.forced.push(v, e.history)
		if o.cause == byLiquidation && o.filled > 0 {
			e.result.Forced = append(e.result.Forced, v)
		}
	}
	if o.algoState == algoTriggered {
		e.pushAlgo(o, algoFinished)
	}
	if old, full := o.acct.closed.push(o, e.history); full {
		e.forget(old)
	}
}

// forget returns an order to the pool, without a look at it: it is long out of
// the processor's caches.
func (e *Engine) forget(o *order) { e.free = append(e.free, o) }

// closesSide reports whether an order can only close: those against a LONG or
// SHORT position.
func (o *order) closesSide() bool {
	return o.pos == long && o.node.Sell || o.pos == short && !o.node.Sell
}

// countClosing adds what an order closes to its position's count of such.
func (o *order) countClosing() {
	if o.closesSide() {
		o.counted = true
		o.held().closing += o.left()
	}
}

// end takes an open order out of the book with a status, and pushes it.
func (e *Engine) end(o *order, status orderStatus, expiry byte) {
	if o.resting {
		o.sym().book.Remove(&o.node)
		o.resting = false
	}
	if o.waiting {
		o.sym().stopWaiting(o)
	}
	o.status, o.updated, o.expiry = status, e.now, expiry
	o.hold(0)
	e.pushEnd(o)
	e.close(o)
}

func (e *Engine) pushEnd(o *order) {
	switch {
	case o.untriggered() && o.expiry == expiryNone:
		e.pushAlgo(o, algoCanceled)
	case o.untriggered():
		e.pushAlgo(o, algoExpired)
	case o.status == statusCanceled:
		e.pushOrder(o, execCanceled)
	default:
		e.pushOrder(o, execExpired)
	}
}

// lookup finds an order of an account and symbol by id or client id, open ones
// first, or returns nil.
func (e *Engine) lookup(a *account, s *symbol, id int64, client string) *order {
	if o := e.lookupOpen(a, s, id, client); o != nil || id == 0 && client == "" {
		return o
	}
	for i := len(a.closed.rows) - 1; i >= 0; i-- {
		if o := *a.closed.at(i); o.slot.sym == s && !o.untriggered() && (o.node.ID == id || id == 0 && o.clientID() == client) {
			return o
		}
	}
	return nil
}

// lookupOpen is lookup among open orders. An algo order is none before it
// triggers.
func (e *Engine) lookupOpen(a *account, s *symbol, id int64, client string) *order {
	if o := e.findOpen(a, s, id, client); o != nil && !o.untriggered() {
		return o
	}
	return nil
}

func (e *Engine) findOpen(a *account, s *symbol, id int64, client string) *order {
	if id == 0 {
		return a.openByClient(s, client)
	}
	if o := e.orders.get(id); o != nil && o.acct == a && o.slot.sym == s {
		return o
	}
	return nil
}

func (a *account) openByClient(s *symbol, client string) *order {
	sl := a.slots[s.id]
	if sl == nil || client == "" {
		return nil
	}
	for o := sl.first; o != nil; o = o.next {
		if int(o.clientSize) == len(client) && string(o.client[:o.clientSize]) == client {
			return o
		}
	}
	return nil
}

func (o *order) clientID() string { return string(o.client[:o.clientSize]) }

// average is the price of what was filled: that of all fills when they had one,
// else harmonic at 8 decimals, half up.
func (o *order) average() int64 {
	switch {
	case o.filled == 0:
		return 0
	case o.oneFill:
		return o.lastFill
	}
	return mul64(o.filled*o.slot.sym.size, unit*unit).mul(100_000).quo(o.spent)
}
