package engine

import (
	"strconv"

	"poise/decimal"
)

func (e *Engine) setMark(c *SetMark) error {
	s := e.symbolByName[c.Symbol]
	if s == nil {
		return refuse(-1121)
	}
	if s.delivered {
		return refuse(-4108)
	}
	price, err := s.markOf(c.Price)
	if err != nil {
		return err
	}
	at := price
	if !c.Index.IsZero() {
		if at, err = s.markOf(c.Index); err != nil {
			return err
		}
	}
	s.index = at
	if price == s.mark {
		return nil
	}
	s.mark = price
	s.marks++
	e.stir(s, markPrice, price)
	for _, sl := range s.holders {
		e.touch(sl.acct, s.asset)
	}
	return nil
}

// markOf reads a mark: of 8 decimals at most, within the price filter.
func (s *symbol) markOf(d decimal.D) (int64, error) {
	if d.Sign() <= 0 {
		return 0, refuse(-4001)
	}
	if tooFine(d, 8) {
		return 0, refuse(-1111)
	}
	n, ok := toUnits(d, maxPrice)
	switch {
	case !ok || n > s.most*s.tick:
		return 0, refuse(-4002)
	case n < s.least*s.tick:
		return 0, refuse(-4013)
	}
	return n, nil
}

func (e *Engine) setQuote(c *SetQuote) error {
	s := e.symbolByName[c.Symbol]
	if s == nil {
		return refuse(-1121)
	}
	if s.delivered {
		return refuse(-4108)
	}
	quantity := int64(0)
	if !c.Quantity.IsZero() {
		var err error
		if quantity, err = contracts(c.Quantity, min(maxOrderUSD, s.maxUSD)/s.size); err != nil {
			return err
		}
	}
	price := int64(0)
	if quantity > 0 {
		n, err := s.ticks(c.Price)
		if err != nil {
			return err
		}
		if price = n; price < 2 || price+1 > s.most {
			return refuse(-4013)
		}
	}
	for i, o := range s.quotes {
		if o != nil && o.opened {
			e.end(o, statusCanceled, expiryNone)
		}
		s.quotes[i] = nil
	}
	if quantity > 0 {
		e.quote(s, false, price-1, quantity)
		e.quote(s, true, price+1, quantity)
	}
	return nil
}

// quote enters one side of the internal market maker's quote. It trades with
// what it crosses.
func (e *Engine) quote(s *symbol, sell bool, price, quantity int64) {
	o := e.newOrder()
	o.acct, o.slot = e.house, e.house.slot(s)
	o.node.Sell, o.node.Price, o.node.Quantity = sell, price, quantity
	o.price, o.quantity = price*s.tick, quantity
	o.stp = expireMaker
	e.enter(o)
	if o.opened {
		s.quotes[sideIndex(sell)] = o
	}
}

// payFunding has the holders of a perpetual pay each other. What the roundings
// leave stays in clearing.
func (e *Engine) payFunding(c *Fund) error {
	s := e.symbolByName[c.Symbol]
	switch {
	case s == nil:
		return refuse(-1121)
	case s.terms.Type != "PERPETUAL" || s.delivered:
		return badParameter("symbol")
	case tooFine(c.Rate, 8):
		return refuse(-1111)
	}
	rate, ok := toUnits(c.Rate, maxRate)
	if !ok {
		return badParameter("rate")
	}
	s.rate, s.rateTime = rate, e.now
	s.funding.push(FundingRate{s.terms.Symbol, decimal.New(rate, 8), decimal.New(s.mark, 8), e.now}, e.history)
	for _, sl := range s.holders {
		if e.payFundingOf(sl, rate) && !sl.acct.house {
			e.result.Count++
		}
	}
	return nil
}

func (e *Engine) payFundingOf(sl *slot, rate int64) bool {
	s, w, crossed := sl.sym, &sl.acct.wallets[sl.sym.asset.id], int64(0)
	paid := false
	for i := range sl.pos {
		p := &sl.pos[i]
		if p.n == 0 {
			continue
		}
		fee := shareUp(abs(p.n)*s.size, s.mark, rate)
		if p.n > 0 {
			fee = -fee
		}
		if fee == 0 {
			continue
		}
		paid = true
		s.asset.clearing -= fee
		if !sl.isolated {
			crossed += fee
			continue
		}
		p.isolated += fee
		w.isolated += fee
		p.updated, w.updated = e.now, e.now
		e.pushFunding(sl, i, fee)
	}
	if crossed != 0 {
		w.cross += crossed
		w.updated = e.now
		e.pushFunding(sl, -1, crossed)
	}
	e.touch(sl.acct, s.asset)
	return paid
}

func (e *Engine) pushFunding(sl *slot, side int, fee int64) {
	if sl.acct.house {
		return
	}
	e.addIncome(sl.acct, income{sym: sl.sym, asset: sl.sym.asset, kind: "FUNDING_FEE", amount: fee, tran: e.nextTran()})
	e.pushAccount(sl.acct, reasonFunding, sl.sym.asset, sl, side, fee)
}

// deliver closes all of a symbol at a price.
func (e *Engine) deliver(c *Settle) error {
	s := e.symbolByName[c.Symbol]
	if s == nil {
		return refuse(-1121)
	}
	if s.delivered {
		return refuse(-4108)
	}
	price, err := s.markOf(c.Price)
	if err != nil {
		return err
	}
	for _, a := range e.accounts {
		if sl := a.slots[s.id]; sl != nil {
			e.cancelSlot(sl, expiryDelivery, false)
		}
	}
	if sl := e.house.slots[s.id]; sl != nil {
		e.cancelSlot(sl, expiryDelivery, false)
	}
	s.mark, s.index = price, price
	s.marks++
	for len(s.holders) > 0 {
		sl := s.holders[0]
		for i := range sl.pos {
			if n := sl.pos[i].n; n != 0 {
				e.result.Count++
				e.deliverPosition(sl, i, price)
			}
		}
	}
	s.delivered = true
	return nil
}

// deliverPosition closes a position by an order of the exchange's own.
func (e *Engine) deliverPosition(sl *slot, side int, price int64) {
	n := sl.pos[side].n
	o := e.ownOrder(sl, side, n > 0, abs(n), byDelivery, "delivery_autoclose-")
	o.kind, o.original = marketOrder, marketOrder
	e.accept(o)
	e.pushOrder(o, execNew)
	sl.sym.trades++
	o.node.Quantity = 0
	e.fill(o, o.quantity, price, sl.sym.trades, false)
	e.close(o)
}

// ownOrder makes an order that the exchange enters for an account.
func (e *Engine) ownOrder(sl *slot, side int, sell bool, quantity int64, by cause, prefix string) *order {
	o := e.newOrder()
	o.acct, o.slot, o.pos = sl.acct, sl, side
	o.node.Sell, o.node.Quantity, o.quantity = sell, quantity, quantity
	o.cause, o.reduceOnly = by, by == byADL
	name := append(o.client[:0], prefix...)
	if by != byADL {
		name = strconv.AppendInt(name, e.now, 10)
	}
	if by == byLiquidation {
		name = appendPadded(name, (e.lastID+1)%1_000_000, 6)
	}
	o.clientSize = uint8(len(name))
	return o
}
