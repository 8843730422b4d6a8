package engine

import (
	"encoding/binary"
	"strconv"

	"poise/wire"
)

// The messages, written straight from state in the exchange's own key order. A
// test has package wire write the same values and compares the bytes.

type reason uint8

const (
	reasonOrder reason = iota
	reasonFunding
	reasonMarginTransfer
	reasonMarginType
	reasonDeposit
	reasonWithdraw
	reasonAdjustment
	reasonInsurance
	reasonAdminDeposit
	reasonAdminWithdraw
	reasonAssetTransfer
	reasonSwapDeposit
	reasonSwapWithdraw
)

var reasons = [...]string{wire.ReasonOrder, wire.ReasonFundingFee, wire.ReasonMarginTransfer, wire.ReasonMarginTypeChange,
	wire.ReasonDeposit, wire.ReasonWithdraw, wire.ReasonAdjustment, wire.ReasonInsuranceClear, wire.ReasonAdminDeposit,
	wire.ReasonAdminWithdraw, wire.ReasonAssetTransfer, wire.ReasonCoinSwapDeposit, wire.ReasonCoinSwapWithdraw}

// allSides stands for every row of a symbol, in place of a position's index.
const allSides = 3

// headWords begin the messages: of an ACCOUNT_UPDATE (0), an ORDER_TRADE_UPDATE (1)
// or an ALGO_UPDATE (2).
var headWords = [...]string{`{"e":"ACCOUNT_UPDATE","T":`, `{"e":"ORDER_TRADE_UPDATE","T":`, `{"e":"ALGO_UPDATE","T":`}

// begin writes the head that the messages share.
func (e *Engine) begin(kind int, a *account) []byte {
	b := append(e.buf, headWords[kind]...)
	b = e.appendNow(b)
	b = e.appendNow(append(b, `,"E":`...))
	return append(b, a.text...)
}

// appendNow writes the time. Its digits are kept as two words and never read
// back from a message: bytes that were written a moment ago one way and are read
// another way stall the processor until all writes before them are through.
func (e *Engine) appendNow(b []byte) []byte {
	const least, most = 1_000_000_000_000, 10_000_000_000_000 // 13 digits: 2001 to 2286
	if e.now < least || e.now >= most {
		return appendInt(b, e.now)
	}
	if e.clockAt != e.now {
		e.clockAt = e.now
		e.clock = [2]uint64{digits8(uint32(e.now / unit)), digits8(uint32(e.now % unit))}
	}
	return append8(append8(b, e.clock[0], 3), e.clock[1], 0)
}

// finish keeps a message as an event.
func (e *Engine) finish(b []byte, a *account, t wire.Type) {
	e.buf = b
	e.ends = append(e.ends, len(b))
	e.result.Events = append(e.result.Events, Event{Account: a.alias, Type: t, Time: e.now})
	a.events++
	a.updated = e.now
}

// pushAccount pushes an ACCOUNT_UPDATE: change is the wallet's other than PnL and
// commission, sl and side are what changed, if anything did.
func (e *Engine) pushAccount(a *account, r reason, as *asset, sl *slot, side int, change int64) {
	if a.house {
		return
	}
	b := e.begin(0, a)
	b = append(b, `,"a":{"B":[`...)
	if e.config.Push == PushAll && r != reasonFunding {
		for i := range a.wallets {
			if own := i == as.id; own {
				b = a.appendBalance(b, as, change)
			} else if a.wallets[i].had {
				b = a.appendBalance(b, e.assets[i], 0)
			}
		}
	} else {
		b = a.appendBalance(b, as, change)
	}
	b = append(b, `],"P":[`...)
	switch {
	case r == reasonFunding && side >= 0:
		b = e.appendPosition(b, sl, side)
	case r == reasonFunding:
	case e.config.Push == PushAll:
		for _, other := range a.used {
			if other.known {
				b = e.appendSlot(b, other, allSides)
			}
		}
	case sl != nil:
		b = e.appendSlot(b, sl, side)
	}
	b = append(append(b, `],"m":"`...), reasons[r]...)
	b = append(b, '"')
	if r == reasonFunding && e.config.Push == PushChanged {
		b = appendText(b, `,"S":`, sl.sym.terms.Symbol)
	}
	e.finish(append(b, '}', '}'), a, wire.AccountUpdate)
}

func (a *account) appendBalance(b []byte, as *asset, change int64) []byte {
	w := &a.wallets[as.id]
	b = append(comma(b, '['), as.head...)
	b = appendMoney(b, "", w.total())
	b = appendMoney(b, `","cw":"`, w.cross)
	b = appendMoney(b, `","bc":"`, change)
	return append(b, `"}`...)
}

// appendSlot writes a symbol's rows: BOTH, and in hedge mode the sides that are
// meant; with an isolated side comes the other one that was ever held.
func (e *Engine) appendSlot(b []byte, sl *slot, side int) []byte {
	b = e.appendPosition(b, sl, both)
	if !sl.acct.hedge {
		return b
	}
	for i := long; i <= short; i++ {
		if side == allSides || side == i || sl.isolated && sl.pos[i].updated != 0 {
			b = e.appendPosition(b, sl, i)
		}
	}
	return b
}

func (e *Engine) appendPosition(b []byte, sl *slot, i int) []byte {
	sl.refresh()
	p, s := &sl.pos[i], sl.sym
	b = append(comma(b, '['), s.texts.position...)
	b = appendInt(b, p.n)
	b = append(b, `","ep":"`...)
	b = e.appendPrice(b, p.entry, s)
	b = appendMoney(b, `","cr":"`, p.realized)
	b = appendMoney(b, `","up":"`, sl.pnl[i])
	if sl.isolated {
		b = appendMoney(b, `","mt":"isolated","iw":"`, p.isolated)
	} else {
		b = append(b, `","mt":"cross","iw":"0`...)
	}
	b = append(b, s.texts.sides[i]...)
	b = e.appendPrice(b, p.even, s)
	return append(b, `"}`...)
}

// fillOf is what of an ORDER_TRADE_UPDATE only a fill has.
type fillOf struct {
	quantity, price, trade int64
	maker                  bool
	outcome
}

func (e *Engine) pushFill(o *order, q, price, trade int64, maker bool, out outcome) {
	exec := execTrade
	if o.cause == byLiquidation {
		exec = execCalculated
	}
	e.pushUpdate(o, exec, &fillOf{q, price, trade, maker, out})
}

var noFill fillOf

// pushOrder pushes an ORDER_TRADE_UPDATE that is not of a fill.
func (e *Engine) pushOrder(o *order, exec execution) { e.pushUpdate(o, exec, &noFill) }

func (e *Engine) pushUpdate(o *order, exec execution, f *fillOf) {
	if o.acct.house {
		return
	}
	s := o.sym()
	b := append(e.begin(1, o.acct), s.texts.order...)
	b = append(o.appendClient(b), orderWords[sideIndex(o.node.Sell)][o.kind][o.force]...)
	b = appendInt(b, o.quantity)
	b = e.appendLimit(append(b, `","p":"`...), o.price, s)
	b = e.appendLimit(append(b, `","ap":"`...), o.average(), s)
	if stop := o.shownStop(); stop == 0 {
		b = append(b, `","sp":"0`...)
	} else {
		b = e.appendLimit(append(b, `","sp":"`...), stop, s)
	}
	b = append(b, stateWords[exec][o.status]...)
	b = appendInt(b, o.node.ID)
	b = appendInt(append(b, `,"l":"`...), f.quantity)
	b = appendInt(append(b, `","z":"`...), o.filled)
	b = e.appendLimit(append(b, `","L":"`...), f.price, s)
	if f.trade != 0 {
		b = appendMoney(b, `","n":"`, f.fee)
		b = append(b, s.texts.commission...)
	}
	b = e.appendNow(append(b, `","T":`...))
	b = appendInt(append(b, `,"t":`...), f.trade)
	b = appendMoney(b, `,"b":"`, o.slot.bids)
	b = appendMoney(b, `","a":"`, o.slot.asks)
	b = append(b, termWords[flag(f.maker)][flag(o.reduceOnly)][o.working][o.original][o.pos][flag(o.closePosition)]...)
	e.finish(e.appendTerms(b, o, f), o.acct, wire.OrderTradeUpdate)
}

// appendClient writes the client order id; one that nameOrder made as it was
// made, in words: see appendNow.
func (o *order) appendClient(b []byte) []byte {
	if o.clientSize != nameSize {
		return append(b, o.client[:o.clientSize]...)
	}
	b = room(b, 24)
	k := len(b)
	for i := 0; i < 24; i += 8 {
		binary.LittleEndian.PutUint64(b[k+i:k+i+8], binary.LittleEndian.Uint64(o.client[i:]))
	}
	return b[:k+nameSize]
}

// appendTerms writes the rest of an order's body.
func (e *Engine) appendTerms(b []byte, o *order, f *fillOf) []byte {
	s := o.sym()
	if o.original == trailingOrder {
		b = e.appendLimit(append(b, `,"AP":"`...), o.start, s)
		b = append(appendRate(append(b, `","cr":"`...), o.callback), '"')
	}
	b = appendMoney(b, s.texts.margin, f.realized)
	b = append(b, lastWords[flag(o.protect)][o.stp]...)
	b = append(b, max(o.expiry, '0'), '"')
	if o.modify != 0 {
		b = appendInt(append(b, `,"M":`...), o.modify)
	}
	return append(b, `}}`...)
}

// shownStop is the stop price, that of a trailing stop being where it stands.
func (o *order) shownStop() int64 {
	if o.original != trailingOrder {
		return o.stop
	}
	if !o.active {
		return 0
	}
	price := scaled(o.peak, unit+o.callback)
	if o.node.Sell {
		price = scaled(o.peak, unit-o.callback)
	}
	return price - price%o.slot.sym.tick
}

// pushCall pushes a MARGIN_CALL: of one isolated position, or of all positions of
// a cross pool.
func (e *Engine) pushCall(a *account, as *asset, sl *slot, side int) {
	b := append(append(e.buf, `{"e":"MARGIN_CALL","E":`...), strconv.FormatInt(e.now, 10)...)
	b = appendText(b, `,"i":`, a.alias)
	if sl != nil {
		b = e.appendCall(append(b, `,"p":[`...), sl, side)
	} else {
		b = appendMoney(b, `,"cw":"`, a.wallets[as.id].cross)
		b = append(b, `","p":[`...)
		for _, s := range as.symbols {
			if own := a.slots[s.id]; own != nil && !own.isolated && own.holder >= 0 {
				for i := range own.pos {
					if own.pos[i].n != 0 {
						b = e.appendCall(b, own, i)
					}
				}
			}
		}
	}
	e.finish(append(b, ']', '}'), a, wire.MarginCall)
}

func (e *Engine) appendCall(b []byte, sl *slot, i int) []byte {
	sl.refresh()
	p, s := &sl.pos[i], sl.sym
	b = appendText(comma(b, '['), `{"s":`, s.terms.Symbol)
	b = append(append(b, `,"ps":"`...), positionSides[i]...)
	b = append(b, `","pa":"`...)
	b = appendInt(b, p.n)
	if sl.isolated {
		b = append(b, `","mt":"ISOLATED`...)
	} else {
		b = append(b, `","mt":"CROSSED`...)
	}
	b = appendMoney(b, `","iw":"`, p.isolated)
	b = appendFixed(append(b, `","mp":"`...), s.mark, 8)
	b = appendMoney(b, `","up":"`, sl.pnl[i])
	b = appendMoney(b, `","mm":"`, sl.upkeep[i])
	return append(b, '"', '}')
}

func (e *Engine) pushLeverage(sl *slot) {
	if sl.acct.house {
		return
	}
	b := append(append(e.buf, `{"e":"ACCOUNT_CONFIG_UPDATE","T":`...), strconv.FormatInt(e.now, 10)...)
	b = append(append(b, `,"E":`...), strconv.FormatInt(e.now, 10)...)
	b = appendText(b, `,"ac":{"s":`, sl.sym.terms.Symbol)
	b = append(b, `,"l":`...)
	b = appendInt(b, sl.leverage)
	e.finish(append(b, '}', '}'), sl.acct, wire.AccountConfigUpdate)
}
