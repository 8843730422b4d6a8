package engine

// trade matches q contracts of a taker with a resting order, at its price.
func (e *Engine) trade(taker, maker *order, q int64) {
	s := taker.sym()
	price := maker.node.Price * s.tick
	id := e.report(s, price, q, taker.node.Sell)
	taker.node.Quantity -= q
	e.fill(taker, q, price, id, false)
	if s.book.Take(&maker.node, q) {
		maker.resting = false
	}
	e.fill(maker, q, price, id, true)
	if !maker.open() {
		e.close(maker)
	}
}

// report gives a trade its id and tells the market.
func (e *Engine) report(s *symbol, price, q int64, buyerMaker bool) int64 {
	s.trades++
	t := Trade{Symbol: s.terms.Symbol, ID: s.trades, Price: s.priceOf(price), Quantity: q,
		Base: coins(notional(q*s.size, price)), Time: e.now, BuyerMaker: buyerMaker}
	e.result.Trades = append(e.result.Trades, t)
	s.recent.push(t, e.history)
	s.last = price
	e.stir(s, contractPrice, price)
	return s.trades
}

// outcome is what a fill did to its account's money.
type outcome struct {
	realized, fee int64
	closed        int64 // contracts
}

// fill books q contracts of an order at a price for its account, and pushes the
// ACCOUNT_UPDATE and the ORDER_TRADE_UPDATE.
func (e *Engine) fill(o *order, q, price, trade int64, maker bool) {
	sl, s := o.slot, o.sym()
	usd := q * s.size
	cost, _ := costOf(usd, price)
	base := cost.toCoin()
	o.oneFill = o.filled == 0 || o.oneFill && o.lastFill == price
	o.lastFill, o.lastSize = price, q
	o.filled += q
	o.spent = o.spent.add(cost)
	o.base += base
	o.updated = e.now
	o.status = statusPartial
	if o.filled == o.quantity {
		o.status = statusFilled
	}
	if o.counted {
		o.held().closing -= q
	}
	e.reserve(o)
	out := e.bookFill(o, q, usd, price, maker)
	if o.acct.house {
		return
	}
	e.touch(o.acct, s.asset)
	sl.acct.trades.push(userTrade{sym: s, id: trade, order: o.node.ID, tran: e.nextTran(), price: price, quantity: q, realized: out.realized,
		fee: out.fee, time: e.now, side: uint8(o.pos), sell: o.node.Sell, maker: maker, delivery: o.cause == byDelivery}, e.history)
	e.pushAccount(sl.acct, reasonOrder, s.asset, sl, o.pos, 0)
	e.pushFill(o, q, price, trade, maker, out)
}

// bookFill moves position and wallet. What closes comes before what opens.
func (e *Engine) bookFill(o *order, q, usd, price int64, maker bool) outcome {
	sl, s, p := o.slot, o.sym(), o.held()
	rate := e.rate(o, maker)
	out := outcome{fee: share(usd, price, rate)}
	sign := int64(1)
	if o.node.Sell {
		sign = -1
	}
	if p.n*sign < 0 {
		out.closed = min(q, abs(p.n))
		out.realized = p.pnl(out.closed, s.size, price)
	}
	w := &sl.acct.wallets[s.asset.id]
	cash := out.realized - out.fee
	opened := q - out.closed
	if sl.isolated {
		e.bookIsolated(sl, p, w, cash, out.closed, opened)
	} else {
		w.cross += cash
	}
	if out.closed > 0 {
		p.close(out.closed)
	}
	if opened > 0 {
		p.open(opened, sign, s.size, price, rate)
	}
	p.realized += out.realized
	s.asset.clearing -= out.realized
	s.asset.fees += out.fee
	w.had, w.updated, p.updated = true, e.now, e.now
	sl.known, sl.stale = true, true
	sl.follow()
	return out
}

// rate of commission: none for the market maker, for what the exchange does
// itself, and in a delivery (INFERRED).
func (e *Engine) rate(o *order, maker bool) int64 {
	switch {
	case o.acct.house || o.cause != byUser:
		return 0
	case maker:
		return e.maker
	}
	return e.taker
}

// bookIsolated books a fill's cash in the isolated wallet (spec 3.5, INFERRED).
// Closing frees the wallet's share of what closes, which with the cash goes to
// the cross wallet; a loss beyond that share is taken from the rest. Opening
// takes the notional at the mark / leverage from the cross wallet, as far as it
// has it.
func (e *Engine) bookIsolated(sl *slot, p *position, w *wallet, cash, closed, opened int64) {
	before := p.isolated
	if closed > 0 {
		left := abs(p.n) - closed
		keep, _ := mul64(max(before, 0), left).div(uint64(abs(p.n)))
		kept := int64(keep.lo)
		freed := before - kept + cash
		if freed < 0 && kept > 0 {
			kept, freed = kept+freed, 0
		}
		p.isolated = kept
		w.cross += freed
		cash = 0
	}
	if opened > 0 {
		margin := notional(opened*sl.sym.size, sl.sym.mark) / sl.leverage
		pl := sl.acct.poolOf(sl.sym.asset)
		margin = min(margin, max(0, w.cross+min(pl.pnl, 0)))
		w.cross -= margin
		p.isolated += margin + cash
	}
	w.isolated += p.isolated - before
}

// follow keeps the symbol's list of holders.
func (sl *slot) follow() {
	s := sl.sym
	holds := sl.pos[both].n|sl.pos[long].n|sl.pos[short].n != 0
	switch {
	case holds && sl.holder < 0:
		sl.holder = len(s.holders)
		s.holders = append(s.holders, sl)
	case !holds && sl.holder >= 0:
		k := len(s.holders) - 1
		s.holders[sl.holder] = s.holders[k]
		s.holders[sl.holder].holder = sl.holder
		s.holders[k] = nil
		s.holders = s.holders[:k]
		sl.holder = -1
	}
}

// reserve brings what an order holds back in line with what is left of it: the
// coin of its notional at its price, for orders that rest.
func (e *Engine) reserve(o *order) {
	coin := int64(0)
	if o.resting && o.open() {
		coin = notional(o.left()*o.slot.sym.size, o.price)
	}
	o.hold(coin)
}

// hold sets an order's reserved coin.
func (o *order) hold(coin int64) {
	by := coin - o.reserved
	if by == 0 {
		return
	}
	o.reserved = coin
	sl, p := o.slot, o.held()
	sl.stale = true
	if o.node.Sell {
		sl.asks += by
		if !o.reduceOnly {
			p.ask += by
		}
		return
	}
	sl.bids += by
	if !o.reduceOnly {
		p.bid += by
	}
}

func (e *Engine) nextTran() int64 {
	e.tran++
	return e.tran
}

func (e *Engine) addIncome(a *account, row income) {
	if row.amount == 0 {
		return
	}
	row.time = e.now
	a.income.push(row, e.history)
}
