package engine

// place enters an order. Everything that can refuse it comes before anything
// changes.
func (e *Engine) place(c *Place) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	if s.delivered {
		return refuse(-4108)
	}
	o := e.newOrder()
	o.acct, o.slot = a, a.slot(s)
	if err := e.check(c, o); err != nil {
		e.forget(o)
		return err
	}
	e.enter(o)
	e.shown, e.shownID = o, o.node.ID
	return nil
}

// check fills in an order from a command and finds whether it may be entered.
func (e *Engine) check(c *Place, o *order) error {
	for _, step := range [...]func(*Place, *order) error{e.checkWords, e.checkSide, e.checkPrices, e.checkQuantity, e.checkLimits} {
		if err := step(c, o); err != nil {
			return err
		}
	}
	if o.kind.conditional() {
		return e.checkTrigger(c, o)
	}
	return e.checkEntry(o)
}

func (e *Engine) checkWords(c *Place, o *order) error {
	var ok bool
	if o.kind, ok = wordOf[orderType](orderTypes, c.Type); !ok || c.Type == "" {
		return refuse(-1116)
	}
	o.original = o.kind
	if o.force, ok = wordOf[timeInForce](timesInForce, c.TimeInForce); !ok {
		return refuse(-1115)
	}
	if o.working, ok = wordOf[workingType](workingTypes, c.WorkingType); !ok {
		return badParameter("workingType")
	}
	if o.stp, ok = wordOf[selfTrade](selfTrades, c.SelfTrade); !ok {
		return badParameter("selfTradePreventionMode")
	}
	switch c.Side {
	case "SELL":
		o.node.Sell = true
	case "BUY":
	default:
		return refuse(-1117)
	}
	if c.Algo && !o.kind.conditional() {
		return refuse(-1116)
	}
	if len(c.ClientOrderID) > maxClientID || !plainID(c.ClientOrderID) {
		return refuse(-4015)
	}
	o.clientSize = uint8(copy(o.client[:], c.ClientOrderID))
	o.protect, o.algo = c.PriceProtect, c.Algo
	return nil
}

// plainID reports whether all of s is [.A-Z:/a-z0-9_-].
func plainID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '-' && c <= ':' || c == '_') {
			return false
		}
	}
	return true
}

// checkSide finds the position, and what reduceOnly and closePosition mean.
func (e *Engine) checkSide(c *Place, o *order) error {
	side, ok := wordOf[uint8](positionSides, c.PositionSide)
	if !ok {
		return refuse(-4060)
	}
	if o.acct.hedge != (side != both) {
		return refuse(-4061)
	}
	o.pos = int(side)
	if o.acct.hedge && c.ReduceOnly {
		return refuse(-4062)
	}
	o.reduceOnly = c.ReduceOnly || c.ClosePosition || o.closesSide()
	o.closePosition = c.ClosePosition
	if c.ClosePosition {
		switch {
		case o.kind != stopMarketOrder && o.kind != takeProfitMarketOrder:
			return badParameter("closePosition")
		case c.ReduceOnly:
			return refuse(-1106, "reduceonly")
		case !c.Quantity.IsZero():
			return refuse(-4137)
		}
	}
	return nil
}

func (e *Engine) checkPrices(c *Place, o *order) (err error) {
	s := o.sym()
	if o.kind.atMarket() {
		if !c.Price.IsZero() {
			return refuse(-1106, "price")
		}
		if c.TimeInForce != "" && o.kind == marketOrder {
			return refuse(-1106, "timeInForce")
		}
		o.node.Price = s.marketBound(o.node.Sell)
	} else {
		if c.Price.IsZero() {
			return refuse(-1102, "price")
		}
		if c.TimeInForce == "" && o.kind == limitOrder {
			return refuse(-1102, "timeInForce")
		}
		if o.node.Price, err = s.ticks(c.Price); err != nil {
			return err
		}
		o.price = o.node.Price * s.tick
		if err = s.percent(o.price, o.node.Sell); err != nil && !o.kind.conditional() {
			return err
		}
	}
	return e.checkStop(c, o)
}

func (e *Engine) checkStop(c *Place, o *order) error {
	s := o.sym()
	if o.kind == trailingOrder {
		return e.checkTrailing(c, o)
	}
	if !c.CallbackRate.IsZero() || !c.Activation.IsZero() {
		return refuse(-1106, "callbackRate")
	}
	switch {
	case !o.kind.conditional() && !c.StopPrice.IsZero():
		return refuse(-1106, "stopPrice")
	case !o.kind.conditional():
		return nil
	case c.StopPrice.IsZero():
		return refuse(-1102, "stopPrice")
	case c.StopPrice.Sign() < 0:
		return refuse(-4006)
	}
	n, err := s.ticks(c.StopPrice)
	if err != nil {
		return err
	}
	o.stop = n * s.tick
	return nil
}

func (e *Engine) checkTrailing(c *Place, o *order) error {
	rate, ok := toUnits(c.CallbackRate, 10*unit)
	switch {
	case c.CallbackRate.IsZero():
		return refuse(-1102, "callbackRate")
	case !ok || rate < unit/10 || rate%(unit/10) != 0:
		return refuse(-4136)
	case !c.StopPrice.IsZero():
		return refuse(-1106, "stopPrice")
	}
	o.callback = rate / 100
	if c.Activation.IsZero() {
		return nil
	}
	n, err := o.sym().ticks(c.Activation)
	o.start = n * o.sym().tick
	return err
}

func (e *Engine) checkQuantity(c *Place, o *order) (err error) {
	if o.closePosition {
		return nil
	}
	if c.Quantity.IsZero() && c.Quantity.Scale() == 0 {
		return refuse(-1102, "quantity")
	}
	most := o.sym().largest
	if o.kind.atMarket() {
		most = o.sym().largestMarket
	}
	if o.quantity, err = contracts(c.Quantity, most); err != nil {
		return err
	}
	o.node.Quantity = o.quantity
	if o.reduceOnly && !o.kind.conditional() && o.reducible() == 0 {
		return refuse(-2022)
	}
	if o.closesSide() && !o.kind.conditional() && o.quantity > abs(o.held().n)-o.held().closing {
		return refuse(-2022)
	}
	return nil
}

// reducible is how many contracts an order could close now.
func (o *order) reducible() int64 {
	n := o.held().n
	if o.node.Sell {
		n = -n
	}
	return max(0, -n)
}

func (e *Engine) checkLimits(c *Place, o *order) error {
	terms, sl := &o.sym().terms, o.slot
	if sl.open-sl.algo >= terms.MaxOrders && !o.kind.conditional() {
		return refuse(-2025)
	}
	if sl.algo >= terms.MaxAlgoOrders && o.kind.conditional() {
		return refuse(-4045)
	}
	if c.ClientOrderID != "" && o.acct.openByClient(o.sym(), c.ClientOrderID) != nil {
		return refuse(-4116)
	}
	return nil
}

// checkEntry finds whether an order may go to the book now: FOK, GTX, margin.
func (e *Engine) checkEntry(o *order) error {
	s := o.sym()
	switch {
	case o.force == gtx && s.book.Crosses(&o.node):
		return refuse(-5022)
	case o.force == fok && !s.book.couldFill(&o.node):
		return refuse(-5021)
	}
	return e.checkFunds(o)
}

// couldFill reports whether all of n would trade at once.
func (b *Book) couldFill(n *Node) bool {
	left := n.Quantity
	for m := b.Best(!n.Sell); m != nil && left > 0; m = b.after(m) {
		if n.Sell && m.Price < n.Price || !n.Sell && m.Price > n.Price {
			return false
		}
		left -= m.Quantity
	}
	return left <= 0
}

// checkFunds is -2027 beyond the leverage's bracket, and -2019 when what is
// available does not cover what the order adds: initial margin, the loss at its
// price against the mark, and the taker's commission (INFERRED). An order that
// adds no exposure needs nothing.
func (e *Engine) checkFunds(o *order) error {
	sl, s, p := o.slot, o.sym(), o.held()
	if o.reduceOnly || o.acct.house {
		return nil
	}
	price := o.price
	if o.kind.atMarket() {
		price = s.mark
		if m := s.book.Best(!o.node.Sell); m != nil {
			price = m.Price * s.tick
		}
	}
	coin := notional(o.quantity*s.size, price)
	sl.refresh()
	before := sl.exposure(o.pos)
	side := &p.bid
	if o.node.Sell {
		side = &p.ask
	}
	*side += coin
	after := sl.exposure(o.pos)
	*side -= coin
	if after > before && (after > s.mostAt(sl.leverage) || abs(p.n)*s.size+o.quantity*s.size > s.maxUSD) {
		return refuse(-2027)
	}
	need := (after - before) / sl.leverage
	if need <= 0 {
		return nil
	}
	if worse := coin - notional(o.quantity*s.size, s.mark); worse < 0 != o.node.Sell {
		need += abs(worse)
	}
	need += share(o.quantity*s.size, price, e.taker)
	if pl := o.acct.poolOf(s.asset); need > o.acct.available(s.asset, pl) {
		return refuse(-2019)
	}
	return nil
}
