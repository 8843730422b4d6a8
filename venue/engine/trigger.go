package engine

import (
	"math"
	"slices"
)

// Orders that wait for a price. Each wakes when the price that it works on falls
// to its low or rises to its high; the symbol keeps the nearest of both, so that
// a price between them costs two comparisons.

// checkTrigger is -2021 for an order that would trigger at once.
func (e *Engine) checkTrigger(_ *Place, o *order) error {
	s := o.sym()
	price := s.price(o.working)
	if o.kind == trailingOrder {
		if o.start != 0 && (o.node.Sell && o.start < price || !o.node.Sell && o.start > price) {
			return refuse(-2021)
		}
		return nil
	}
	if o.triggers(price) {
		return refuse(-2021)
	}
	return nil
}

// price is what orders of a working type see; the mark before the first trade.
func (s *symbol) price(w workingType) int64 {
	if w == contractPrice && s.last != 0 {
		return s.last
	}
	return s.mark
}

// triggers reports whether a stop or take-profit order's time has come.
func (o *order) triggers(price int64) bool {
	if o.node.Sell != o.kind.takesProfit() {
		return price <= o.stop
	}
	return price >= o.stop
}

// wait puts a conditional order among those that wait.
func (s *symbol) wait(o *order) {
	o.waiting = true
	o.slot.algo++
	s.waiting = append(s.waiting, o)
	if o.kind == trailingOrder && o.start == 0 {
		o.active, o.peak = true, s.price(o.working)
	}
	o.setWake()
	s.narrow(o)
}

// setWake works out the prices at which an order has something to do.
func (o *order) setWake() {
	o.low, o.high = math.MinInt64, math.MaxInt64
	switch {
	case o.kind == trailingOrder && !o.active:
		if o.node.Sell {
			o.high = o.start
		} else {
			o.low = o.start
		}
	case o.kind == trailingOrder && o.node.Sell:
		o.low, o.high = scaled(o.peak, unit-o.callback), o.peak+1
	case o.kind == trailingOrder:
		o.low, o.high = o.peak-1, scaled(o.peak, unit+o.callback)
	case o.node.Sell != o.kind.takesProfit():
		o.low = o.stop
	default:
		o.high = o.stop
	}
}

func (s *symbol) narrow(o *order) {
	s.low[o.working] = max(s.low[o.working], o.low)
	s.high[o.working] = min(s.high[o.working], o.high)
}

func (s *symbol) clearBounds() {
	s.low = [2]int64{math.MinInt64, math.MinInt64}
	s.high = [2]int64{math.MaxInt64, math.MaxInt64}
}

func (s *symbol) stopWaiting(o *order) {
	o.waiting = false
	o.slot.algo--
	o.holdBack(false)
	i := slices.Index(s.waiting, o)
	s.waiting = slices.Delete(s.waiting, i, i+1)
}

// stir notes a price; orders that it wakes are dealt with by settle.
func (e *Engine) stir(s *symbol, w workingType, price int64) {
	if price > s.low[w] && price < s.high[w] && s.held == 0 || len(s.waiting) == 0 {
		return
	}
	// A price may pass by and return within one command; those it woke on the
	// way are noted now.
	for _, o := range s.waiting {
		if o.working == w && (price <= o.low || price >= o.high) || o.heldBack && o.triggers(s.price(o.working)) {
			o.wake(price)
		}
	}
	if !s.stirred {
		s.stirred = true
		e.stirred = append(e.stirred, s)
	}
}

// wake has an order see a price that it waits for: due is set when it triggers.
func (o *order) wake(price int64) {
	if o.kind != trailingOrder {
		o.holdBack(o.protect && o.sym().apart())
		o.due = o.due || !o.heldBack
		return
	}
	switch {
	case !o.active:
		o.active, o.peak = true, price
	case o.node.Sell && price > o.peak || !o.node.Sell && price < o.peak:
		o.peak = price
	default:
		o.due = true
	}
	o.setWake()
}

// holdBack notes whether price protection keeps an order from triggering.
// Documented is that mark and last may not differ by more than the symbol's
// triggerProtect when the price comes; that the order goes on waiting, and is
// looked at again with each price of either kind, is INFERRED. Trailing stops
// have no such protection.
func (o *order) holdBack(held bool) {
	if held == o.heldBack {
		return
	}
	o.heldBack = held
	if held {
		o.sym().held++
	} else {
		o.sym().held--
	}
}

// apart reports whether the last trade's price is further from the mark than
// triggerProtect of it.
func (s *symbol) apart() bool {
	return s.last != 0 && s.protect != 0 && abs(s.last-s.mark) > scaled(s.mark, s.protect)
}

// trigger enters the orders that are due, oldest first, each as the LIMIT or
// MARKET order that it becomes: the waiting one expires and goes on under the
// same id (INFERRED). One that may not be entered then just expires.
func (e *Engine) trigger(s *symbol) {
	s.stirred = false
	due := e.due[:0]
	for _, o := range s.waiting {
		if o.due {
			due = append(due, o)
		}
	}
	for _, o := range due {
		if o.waiting { // it may have gone with one before it
			e.convert(o)
		}
	}
	e.due = due[:0]
	s.clearBounds()
	for _, o := range s.waiting {
		s.narrow(o)
	}
}

func (e *Engine) convert(o *order) {
	o.sym().stopWaiting(o)
	o.status, o.updated = statusExpired, e.now
	if o.untriggered() {
		e.pushAlgo(o, algoTriggering)
	} else {
		o.expiry = expiryTriggered
		e.pushOrder(o, execExpired)
	}
	if err := e.become(o); err != nil {
		e.forgo(o, err)
		return
	}
	if o.untriggered() {
		e.renumber(o)
	}
	o.status, o.expiry = statusNew, expiryNone
	o.countClosing()
	e.work(o)
}

// become makes a waiting order the LIMIT or MARKET order that it is for, and
// finds whether that may be entered.
func (e *Engine) become(o *order) error {
	o.kind = limitOrder
	if o.original != stopOrder && o.original != takeProfitOrder {
		o.kind = marketOrder
		o.node.Price = o.sym().marketBound(o.node.Sell)
	}
	if o.reduceOnly {
		n := o.reducible()
		if o.closePosition {
			o.quantity = n
		}
		if n == 0 {
			return errNothingToReduce
		}
	}
	o.node.Quantity = o.quantity
	return e.checkEntry(o)
}

// forgo ends an order that triggered and may not be entered: it stays EXPIRED,
// and an algo order is REJECTED.
func (e *Engine) forgo(o *order, why error) {
	if o.untriggered() {
		o.rejected = why.Error()
		if refusal, ok := why.(*Error); ok {
			o.rejected = refusal.Msg
		}
		e.pushAlgo(o, algoRejected)
	}
	e.close(o)
}
