package engine

import (
	"cmp"
	"slices"

	"poise/wire"
)

// Algo orders: conditional orders as they are since 2026-06-30. One is known by
// its algo id until it triggers; what it becomes has an order id of its own and
// the same client id. Their life is pushed as ALGO_UPDATE: the states are
// documented for USD-M, and so are the keys; that COIN-M has them, with the
// account's alias, and their order among the other messages, is INFERRED:
//
//	placed                     NEW
//	taken back                 CANCELED
//	by liquidation, delivery   EXPIRED
//	triggered                  TRIGGERING, TRIGGERED, then ORDER_TRADE_UPDATE NEW
//	and may not be entered     TRIGGERING, REJECTED
//	its order has ended        FINISHED, behind the last ORDER_TRADE_UPDATE

// errNothingToReduce has the text of the documentation's sample.
var errNothingToReduce = &Error{Code: -2022, Msg: "Reduce Only reject"}

// untriggered reports whether an order is an algo order that has not become an
// order of the book, and now may never.
func (o *order) untriggered() bool { return o.algoID != 0 && o.algoID == o.node.ID }

// enterConditional puts a conditional order among those that wait, and pushes it.
func (e *Engine) enterConditional(o *order) {
	e.attach(o)
	o.sym().wait(o)
	if !o.algo {
		e.pushOrder(o, execNew)
		return
	}
	o.algoID, o.placed = o.node.ID, e.now
	e.pushAlgo(o, algoNew)
}

// renumber makes a triggered algo order an order with an id of its own.
func (e *Engine) renumber(o *order) {
	e.detach(o)
	e.lastID++
	o.node.ID, o.time, o.triggered = e.lastID, e.now, e.now
	e.pushAlgo(o, algoTriggered)
}

// pushAlgo pushes an ALGO_UPDATE of an order that comes to a state, in the key
// order of the documentation. What only its order has comes once there is one,
// rm only with a rejection, cr only of a trailing stop, as recorded on USD-M.
func (e *Engine) pushAlgo(o *order, state algoState) {
	o.algoState, o.updated = state, e.now
	s := o.sym()
	b := append(e.begin(2, o.acct), `,"o":{"caid":"`...)
	b = append(append(b, o.client[:o.clientSize]...), `","aid":`...)
	b = append(appendInt(b, o.algoID), `,"at":"CONDITIONAL","o":"`...)
	b = append(append(b, orderTypes[o.original]...), '"')
	b = appendText(b, `,"s":`, s.terms.Symbol)
	b = append(append(b, `,"S":"`...), sideName(o.node.Sell)...)
	b = append(append(b, `","ps":"`...), positionSides[o.pos]...)
	b = append(append(b, `","f":"`...), timesInForce[o.force]...)
	b = appendInt(append(b, `","q":"`...), o.quantity)
	b = append(append(b, `","X":"`...), algoStates[state]...)
	b = e.appendBecome(append(b, `","ai":"`...), o)
	b = e.appendLimit(append(b, `,"tp":"`...), o.stop, s)
	b = e.appendLimit(append(b, `","p":"`...), o.price, s)
	b = append(append(b, `","V":"`...), selfTrades[o.stp]...)
	b = append(append(b, `","wt":"`...), workingTypes[o.working]...)
	b = append(append(b, `","pm":"NONE","cp":`...), flags[flag(o.closePosition)]...)
	b = append(append(b, `,"pP":`...), flags[flag(o.protect)]...)
	b = append(append(b, `,"R":`...), flags[flag(o.reduceOnly)]...)
	b = appendInt(append(b, `,"tt":`...), o.triggered)
	b = append(b, `,"gtd":0`...)
	if o.original == trailingOrder {
		b = append(appendRate(append(b, `,"cr":"`...), o.callback), '"')
	}
	if o.rejected != "" {
		b = appendText(b, `,"rm":`, o.rejected)
	}
	e.finish(append(b, '}', '}'), o.acct, wire.AlgoUpdate)
}

// appendBecome writes the order that an algo order became, if it did.
func (e *Engine) appendBecome(b []byte, o *order) []byte {
	if o.untriggered() {
		return append(b, '"')
	}
	b = e.appendLimit(append(appendInt(b, o.node.ID), `","ap":"`...), o.average(), o.sym())
	b = appendInt(append(b, `","aq":"`...), o.filled)
	return append(append(append(b, `","act":"`...), orderTypes[o.kind]...), '"')
}

// appendRate writes a callback rate in percent, to one decimal.
func appendRate(b []byte, rate int64) []byte {
	return append(appendInt(b, rate/1_000_000), '.', byte('0'+rate/100_000%10))
}

// AlgoOrders returns an account's algo orders in a symbol, or in all: those that
// wait, those that became an order, and those among the last Config.History
// orders that have ended; in the order of their algo ids. Errors -1109, -1121.
func (e *Engine) AlgoOrders(alias, symbol string) ([]OrderView, error) {
	all, err := e.orderViews(alias, symbol, func(o *order) bool { return o.algoID != 0 })
	slices.SortFunc(all, func(a, b OrderView) int { return cmp.Compare(a.AlgoID, b.AlgoID) })
	return all, err
}
