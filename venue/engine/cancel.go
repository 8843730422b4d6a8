package engine

func (e *Engine) cancelOne(c *Cancel) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	if c.OrderID == 0 && c.ClientOrderID == "" {
		return refuse(-1102, "orderId")
	}
	o := e.findOpen(a, s, c.OrderID, c.ClientOrderID)
	if o == nil || o.untriggered() != c.Algo {
		return refuse(-2011)
	}
	e.end(o, statusCanceled, expiryNone)
	e.shown, e.shownID = o, o.node.ID
	return nil
}

func (e *Engine) cancelAll(c *CancelAll) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	if sl := a.slots[s.id]; sl != nil {
		e.cancelSlot(sl, expiryNone, true)
	}
	return nil
}

// cancelSlot cancels all open orders of an account in a symbol; when it is the
// account that asks, no algo orders that wait.
func (e *Engine) cancelSlot(sl *slot, expiry byte, show bool) {
	for o, next := sl.first, (*order)(nil); o != nil; o = next {
		next = o.next
		if expiry == expiryNone && o.untriggered() {
			continue
		}
		e.end(o, statusCanceled, expiry)
		if show {
			var v OrderView
			o.show(e, &v)
			e.result.Orders = append(e.result.Orders, v)
		}
	}
}

func (e *Engine) countdown(c *CountdownCancel) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	if c.Countdown < 0 || c.Countdown > 1<<40 {
		return badParameter("countdownTime")
	}
	sl := a.slot(s)
	if sl.deadline != 0 {
		e.timers--
	}
	sl.deadline = 0
	if c.Countdown > 0 {
		sl.deadline = e.now + c.Countdown
		e.timers++
	}
	return nil
}

// fireTimers cancels what is due, by account and symbol.
func (e *Engine) fireTimers() {
	if e.timers == 0 {
		return
	}
	for _, a := range e.accounts {
		for _, sl := range a.used {
			if sl.deadline != 0 && sl.deadline <= e.now {
				sl.deadline = 0
				e.timers--
				e.cancelSlot(sl, expiryNone, false)
			}
		}
	}
}

// NextDeadline returns when the next timer is due, ms, or 0 when none is armed.
// Apply a [Tick] then.
func (e *Engine) NextDeadline() (next int64) {
	if e.timers == 0 {
		return 0
	}
	for _, a := range e.accounts {
		for _, sl := range a.used {
			if sl.deadline != 0 && (next == 0 || sl.deadline < next) {
				next = sl.deadline
			}
		}
	}
	return next
}

const maxAmends = 10_000

// amend changes a resting order in place, or takes it out and works it anew.
func (e *Engine) amend(c *Amend) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	if c.OrderID == 0 && c.ClientOrderID == "" {
		return refuse(-1102, "orderId")
	}
	o := e.lookupOpen(a, s, c.OrderID, c.ClientOrderID)
	if o == nil {
		return refuse(-2013)
	}
	if !o.resting || o.amends >= maxAmends || c.Side != "" && c.Side != sideName(o.node.Sell) {
		return badParameter("side")
	}
	quantity, price := o.quantity, o.node.Price
	if !c.Quantity.IsZero() {
		if quantity, err = contracts(c.Quantity, s.largest); err != nil {
			return err
		}
	}
	if !c.Price.IsZero() {
		if price, err = s.ticks(c.Price); err != nil {
			return err
		}
		if err = s.percent(price*s.tick, o.node.Sell); err != nil {
			return err
		}
	}
	return e.amendTo(o, quantity, price, c.ModifyID)
}

func (e *Engine) amendTo(o *order, quantity, price, modify int64) error {
	if quantity == o.quantity && price == o.node.Price {
		return refuse(-5027)
	}
	if err := e.checkAmend(o, quantity, price); err != nil {
		return err
	}
	e.shown, e.shownID = o, o.node.ID
	if quantity <= o.filled {
		e.end(o, statusCanceled, expiryNone)
		return nil
	}
	e.keepAmendment(o, quantity, price)
	o.modify = modify
	o.updated = e.now
	if o.counted {
		o.held().closing += quantity - o.quantity
	}
	book := &o.sym().book
	if price == o.node.Price && quantity < o.quantity {
		o.quantity = quantity
		book.Reduce(&o.node, o.left())
		e.reserve(o)
		e.pushOrder(o, execAmendment)
		return nil
	}
	book.Remove(&o.node)
	o.resting = false
	o.setTerms(quantity, price)
	e.reserve(o)
	if !book.Crosses(&o.node) {
		e.rest(o)
		e.pushOrder(o, execAmendment)
		return nil
	}
	e.pushOrder(o, execAmendment)
	if status, expiry := e.match(o); !o.open() {
		e.close(o)
	} else if status == statusNew {
		e.rest(o)
	} else {
		e.end(o, status, expiry)
	}
	return nil
}

// keepAmendment counts an order's change, from what it is to what it will be.
func (e *Engine) keepAmendment(o *order, quantity, price int64) {
	o.amends++
	e.amendments++
	tick := o.sym().tick
	o.acct.amended.push(amendment{id: e.amendments, order: o.node.ID, sym: o.sym(), priceBefore: o.node.Price * tick, price: price * tick,
		quantityBefore: o.quantity, quantity: quantity, count: o.amends, time: e.now, clientSize: o.clientSize, client: o.client}, e.history)
}

func (o *order) setTerms(quantity, price int64) {
	o.quantity = quantity
	o.node.Quantity = o.left()
	o.node.Price = price
	o.price = price * o.slot.sym.tick
}

// checkAmend finds whether the changed order could be entered as a new one,
// with the old one out of the way.
func (e *Engine) checkAmend(o *order, quantity, price int64) error {
	if quantity <= o.filled {
		return nil
	}
	held, was, before := o.reserved, o.quantity, o.node.Price
	if o.counted && quantity-was > abs(o.held().n)-o.held().closing {
		return refuse(-2022)
	}
	o.hold(0)
	o.setTerms(quantity, price)
	check := *o
	check.quantity = o.left() // of what is left
	err := e.checkFunds(&check)
	if err == nil && o.force == gtx && o.slot.sym.book.Crosses(&o.node) {
		err = refuse(-5022)
	}
	left := was - o.filled
	o.setTerms(was, before)
	o.node.Quantity = left
	o.hold(held)
	return err
}
