package engine

// enter gives an order that was checked to the market.
func (e *Engine) enter(o *order) {
	e.accept(o)
	o.slot.known = true
	if o.kind.conditional() {
		e.enterConditional(o)
		return
	}
	o.countClosing()
	e.work(o)
}

// work has an order trade, and rest or expire with what is left.
func (e *Engine) work(o *order) {
	s := o.sym()
	if !s.book.Crosses(&o.node) && e.mayRest(o) {
		e.rest(o)
		e.pushOrder(o, execNew)
		return
	}
	e.pushOrder(o, execNew)
	status, expiry := e.match(o)
	switch {
	case !o.open():
		e.close(o)
	case status == statusNew && e.mayRest(o):
		e.rest(o)
	case status == statusNew && o.kind == marketOrder:
		e.end(o, statusExpired, expiryMarket)
	case status == statusNew:
		e.end(o, statusExpired, expiryIOC)
	default:
		e.end(o, status, expiry)
	}
}

func (e *Engine) mayRest(o *order) bool {
	return o.kind == limitOrder && (o.force == gtc || o.force == gtx)
}

func (e *Engine) rest(o *order) {
	e.attach(o)
	o.sym().book.Add(&o.node)
	o.resting = true
	e.reserve(o)
}

// match trades an order against the book as far as it crosses. The status is
// NEW unless the order has to end.
func (e *Engine) match(o *order) (orderStatus, byte) {
	b := &o.sym().book
	for o.node.Quantity > 0 && b.Crosses(&o.node) {
		maker := b.Best(!o.node.Sell).order
		if maker.acct == o.acct && o.stp != selfTradeNone {
			if o.stp != expireTaker {
				e.end(maker, statusInMatch, expirySelfTrade)
			}
			if o.stp != expireMaker {
				return statusInMatch, expirySelfTrade
			}
			continue
		}
		q := min(o.node.Quantity, maker.node.Quantity)
		if maker.reduceOnly {
			if q = min(q, maker.reducible()); q == 0 {
				e.end(maker, statusExpired, expiryReduceOnly)
				continue
			}
		}
		if o.reduceOnly && o.cause == byUser {
			if q = min(q, o.reducible()); q == 0 {
				return statusExpired, expiryReduceOnly
			}
		}
		e.trade(o, maker, q)
	}
	return statusNew, expiryNone
}
