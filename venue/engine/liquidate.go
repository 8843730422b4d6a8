package engine

import (
	"cmp"
	"slices"
)

const callAt = 80 // per cent of the margin ratio at which a MARGIN_CALL is sent (INFERRED)

// checkMargin liquidates what of a pool must be, and warns of what may have to.
func (e *Engine) checkMargin(a *account, as *asset) {
	w := &a.wallets[as.id]
	for _, s := range as.symbols {
		sl := a.slots[s.id]
		if sl == nil || !sl.isolated || sl.holder < 0 {
			continue
		}
		for i := range sl.pos {
			if p := &sl.pos[i]; p.n != 0 {
				sl.refresh()
				if mustLiquidate(p.isolated+sl.pnl[i], sl.upkeep[i]) {
					e.liquidateIsolated(sl, i)
				} else {
					e.callIsolated(sl, i)
				}
			}
		}
	}
	p := a.poolOf(as)
	if sl, _ := a.worst(as); sl == nil {
		w.called = false
		if w.cross < 0 {
			e.move(a, as, -w.cross, reasonInsurance, "INSURANCE_CLEAR", "")
		}
		return
	}
	if mustLiquidate(w.cross+p.pnl, p.upkeep) {
		e.liquidateCross(a, as)
		return
	}
	due := calls(w.cross+p.pnl, p.upkeep)
	if due && !w.called {
		e.pushCall(a, as, nil, 0)
	}
	w.called = due
}

// mustLiquidate: the margin ratio is 1 or more, or there is nothing left.
func mustLiquidate(balance, upkeep int64) bool {
	return balance < 0 || upkeep > 0 && balance <= upkeep
}

func calls(balance, upkeep int64) bool {
	at, _ := mul64(max(balance, 0), callAt).div(100)
	return upkeep > 0 && upkeep >= int64(at.lo)
}

func (e *Engine) callIsolated(sl *slot, i int) {
	p := &sl.pos[i]
	due := calls(p.isolated+sl.pnl[i], sl.upkeep[i])
	if due && !p.called {
		e.pushCall(sl.acct, sl.sym.asset, sl, i)
	}
	p.called = due
}

// worst returns the cross position with the least PnL, or nil.
func (a *account) worst(as *asset) (found *slot, side int) {
	for _, s := range as.symbols {
		sl := a.slots[s.id]
		if sl == nil || sl.isolated || sl.holder < 0 {
			continue
		}
		sl.refresh()
		for i := range sl.pos {
			if sl.pos[i].n != 0 && (found == nil || sl.pnl[i] < found.pnl[side]) {
				found, side = sl, i
			}
		}
	}
	return found, side
}

// liquidateCross cancels the pool's orders and closes its positions, the one
// with the worst PnL first, until what is left has margin enough. How the
// exchange liquidates a part is not known; this is INFERRED.
func (e *Engine) liquidateCross(a *account, as *asset) {
	for _, s := range as.symbols {
		if sl := a.slots[s.id]; sl != nil && !sl.isolated {
			e.cancelSlot(sl, expiryLiquidation, false)
		}
	}
	w, fee := &a.wallets[as.id], int64(0)
	for {
		p := a.poolOf(as)
		sl, side := a.worst(as)
		if sl == nil || !mustLiquidate(w.cross+p.pnl, p.upkeep) {
			break
		}
		fee += e.liquidate(sl, side, w.cross+p.pnl-sl.pnl[side])
	}
	w.called = false
	p := a.poolOf(as)
	e.clearPool(a, as, fee, min(w.cross, w.cross+p.pnl-p.upkeep-1))
}

// clearPool takes the liquidation fee as far as the rest reaches, or makes up a
// shortfall. A rest below 0 with positions left is their PnL's, not bankrupt.
func (e *Engine) clearPool(a *account, as *asset, fee, rest int64) {
	if fee = min(fee, rest); fee > 0 {
		e.move(a, as, -fee, reasonInsurance, "INSURANCE_CLEAR", "")
	} else if sl, _ := a.worst(as); sl == nil && a.wallets[as.id].cross < 0 {
		e.move(a, as, -a.wallets[as.id].cross, reasonInsurance, "INSURANCE_CLEAR", "")
	}
}

// liquidateIsolated closes one isolated position; the cross wallet neither gains
// from a shortfall nor pays it.
func (e *Engine) liquidateIsolated(sl *slot, side int) {
	a, as := sl.acct, sl.sym.asset
	e.cancelSlot(sl, expiryLiquidation, false)
	w, p := &a.wallets[as.id], &sl.pos[side]
	before := w.cross
	fee := e.liquidate(sl, side, p.isolated)
	p.called = false
	switch freed := w.cross - before; {
	case freed < 0:
		e.move(a, as, -freed, reasonInsurance, "INSURANCE_CLEAR", "")
	case min(fee, freed) > 0:
		e.move(a, as, -min(fee, freed), reasonInsurance, "INSURANCE_CLEAR", "")
	}
}

// liquidate closes a position behind which equity stands, beside its own PnL:
// on the book at the price at which equity is used up or better, then as far as
// the insurance fund can pay for, then against the positions of others. It
// returns the fee due.
func (e *Engine) liquidate(sl *slot, side int, equity int64) (fee int64) {
	p, s := &sl.pos[side], sl.sym
	usd := abs(p.n) * s.size
	fee = share(usd, s.mark, s.fee)
	limit := p.bankruptcy(equity, s)
	e.force(sl, side, limit)
	if p.n != 0 && s.asset.fund > 0 {
		equity = e.equityOf(sl, side)
		if more := p.bankruptcy(equity+s.asset.fund, s); e.wouldFill(sl, side, more) {
			e.force(sl, side, more)
		}
	}
	if p.n != 0 {
		// Debts of other positions are not for the counterparties to pay.
		e.deleverage(sl, side, p.bankruptcy(max(0, e.equityOf(sl, side)), s))
	}
	return fee
}

// equityOf is what stands behind a position beside its own PnL.
func (e *Engine) equityOf(sl *slot, side int) int64 {
	if sl.isolated {
		return sl.pos[side].isolated
	}
	p := sl.acct.poolOf(sl.sym.asset)
	return sl.acct.wallets[sl.sym.asset.id].cross + p.pnl - sl.pnl[side]
}

// bankruptcy is the price, in ticks and within those of the symbol, at which a
// position's loss is equity: rounded to the side where it is less.
func (p *position) bankruptcy(equity int64, s *symbol) int64 {
	usd, cost := abs(p.n)*s.size, p.entryCost().toCoin()
	if p.n > 0 {
		if equity+cost <= 0 {
			return s.most
		}
		return min(max(priceAt(usd, equity+cost)/s.tick+1, s.least), s.most)
	}
	if cost+1-equity <= 0 {
		return s.most
	}
	return min(max(priceAt(usd, cost+1-equity)/s.tick, s.least), s.most)
}

// priceAt is usd dollars / coin, at most maxPrice.
func priceAt(usd, coin int64) int64 {
	q, _ := mul64(usd, unit*unit).div(uint64(coin))
	if q.hi != 0 || q.lo > maxPrice {
		return maxPrice
	}
	return int64(q.lo)
}

// force enters an IOC order of the exchange's for all of a position.
func (e *Engine) force(sl *slot, side int, limit int64) {
	p := &sl.pos[side]
	o := e.ownOrder(sl, side, p.n > 0, abs(p.n), byLiquidation, "autoclose-")
	o.node.Price, o.price, o.force = limit, limit*sl.sym.tick, ioc
	o.stp = expireMaker
	e.accept(o)
	e.pushOrder(o, execNew)
	e.match(o)
	if o.open() {
		e.end(o, statusExpired, expiryIOC)
	} else {
		e.close(o)
	}
}

func (e *Engine) wouldFill(sl *slot, side int, limit int64) bool {
	n := Node{Price: limit, Quantity: abs(sl.pos[side].n), Sell: sl.pos[side].n > 0}
	return sl.sym.book.Crosses(&n)
}

// counterparty is a position that may be taken for ADL.
type counterparty struct {
	sl    *slot
	side  int
	score int64
	last  bool
}

// deleverage closes what is left of a position against opposite ones: the most
// profit times leverage first, the market maker's and the account's own last.
func (e *Engine) deleverage(sl *slot, side int, price int64) {
	p, s := &sl.pos[side], sl.sym
	o := e.ownOrder(sl, side, p.n > 0, abs(p.n), byLiquidation, "autoclose-")
	o.node.Price, o.price, o.force = price, price*s.tick, ioc
	e.accept(o)
	e.pushOrder(o, execNew)
	for _, c := range s.queue(p.n < 0, sl.acct) {
		q := min(o.left(), abs(c.sl.pos[c.side].n))
		if q == 0 {
			continue
		}
		other := e.ownOrder(c.sl, c.side, !o.node.Sell, q, byADL, "adl_autoclose")
		other.price, other.force = o.price, ioc
		other.node.Price = price
		e.accept(other)
		e.pushOrder(other, execNew)
		id := e.report(s, o.price, q, o.node.Sell)
		e.fill(o, q, o.price, id, false)
		e.fill(other, q, o.price, id, true)
		e.close(other)
	}
	if o.open() {
		e.end(o, statusExpired, expiryIOC)
	} else {
		e.close(o)
	}
}

// queue is the ADL queue of one direction.
func (s *symbol) queue(long bool, own *account) []counterparty {
	var all []counterparty
	for _, sl := range s.holders {
		sl.refresh()
		for i := range sl.pos {
			if n := sl.pos[i].n; n > 0 && long || n < 0 && !long {
				all = append(all, counterparty{sl, i, sl.score(i), sl.acct.house || sl.acct == own})
			}
		}
	}
	slices.SortFunc(all, func(a, b counterparty) int {
		switch {
		case a.last != b.last:
			if a.last {
				return 1
			}
			return -1
		case a.score != b.score:
			return cmp.Compare(b.score, a.score)
		}
		return cmp.Or(cmp.Compare(a.sl.acct.id, b.sl.acct.id), cmp.Compare(a.side, b.side))
	})
	return all
}

// score ranks a position for ADL: profit over notional, in 1e-8, times leverage.
func (sl *slot) score(i int) int64 {
	if sl.value[i] == 0 {
		return 0
	}
	ratio, _ := mul64(abs(sl.pnl[i]), unit).div(uint64(sl.value[i]))
	n := int64(ratio.lo) * sl.leverage
	if sl.pnl[i] < 0 {
		return -n
	}
	return n
}
