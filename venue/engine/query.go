package engine

import (
	"cmp"
	"slices"

	"poise/decimal"
	"poise/inverse"
)

// Accounts returns all aliases, in the order of their making.
func (e *Engine) Accounts() []string {
	names := make([]string, len(e.accounts))
	for i, a := range e.accounts {
		names[i] = a.alias
	}
	return names
}

// Now returns the time of the last Apply, ms.
func (e *Engine) Now() int64 { return e.now }

// Account returns an account as it is now. Error -1109.
func (e *Engine) Account(alias string) (AccountView, error) {
	a := e.byAlias[alias]
	if a == nil {
		return AccountView{}, refuse(-1109)
	}
	v := AccountView{Alias: a.alias, Hedge: a.hedge, Events: a.events, Updated: a.updated}
	for _, as := range e.assets {
		v.Assets = append(v.Assets, a.viewAsset(as))
	}
	for _, s := range e.symbols {
		sl := a.slots[s.id]
		if sl == nil {
			sl = &slot{acct: a, sym: s, leverage: int64(s.terms.Leverage), stale: true}
		}
		sl.refresh()
		for i := range sl.pos {
			if i == both || a.hedge {
				v.Positions = append(v.Positions, sl.view(i))
			}
		}
	}
	return v, nil
}

func (a *account) viewAsset(as *asset) AssetView {
	w, p := &a.wallets[as.id], a.poolOf(as)
	pnl, initial, held, upkeep := p.pnl, p.initial+p.held, p.posInit, p.upkeep
	for _, s := range as.symbols {
		if sl := a.slots[s.id]; sl != nil && sl.isolated {
			for i := range sl.pos {
				pnl += sl.pnl[i]
				upkeep += sl.upkeep[i]
			}
			held += sl.posInit
			initial += sl.posInit
		}
	}
	return AssetView{
		Asset: as.name, Wallet: coins(w.total()), Cross: coins(w.cross), Unrealized: coins(pnl), CrossUnrealized: coins(p.pnl),
		Margin: coins(w.total() + pnl), Maintenance: coins(upkeep), CrossMaintenance: coins(p.upkeep),
		Initial: coins(initial), PositionInitial: coins(held), OpenOrderInitial: coins(initial - held),
		Available: coins(max(0, a.available(as, p))), MaxWithdraw: coins(a.withdrawable(as)), Updated: w.updated,
	}
}

// view shows a position; the slot's figures are of now.
func (sl *slot) view(i int) PositionView {
	p, s := &sl.pos[i], sl.sym
	value, exposure := sl.value[i], sl.exposure(i)
	v := PositionView{
		Symbol: s.terms.Symbol, Side: positionSides[i], Amount: p.n, EntryPrice: decimal.New(p.entry, 8), BreakEven: decimal.New(p.even, 8),
		Mark: decimal.New(s.mark, 8), Unrealized: coins(sl.pnl[i]), Realized: coins(p.realized), Leverage: int(sl.leverage), Isolated: sl.isolated,
		IsolatedWallet: coins(p.isolated), IsolatedMargin: coins(p.isolated + sl.isolatedPnL(i)),
		PositionInitial: coins(value / sl.leverage), OpenOrderInitial: coins(exposure/sl.leverage - value/sl.leverage),
		Maintenance: coins(sl.upkeep[i]), MaxQuantity: coins(s.mostAt(sl.leverage)).Trim(), Updated: p.updated,
	}
	v.Notional = coins(value)
	if p.n < 0 {
		v.Notional = coins(-value)
	}
	v.Liquidation = sl.liquidation(i)
	return v
}

func (sl *slot) isolatedPnL(i int) int64 {
	if sl.isolated {
		return sl.pnl[i]
	}
	return 0
}

// liquidation is the mark at which a position's pool has to be liquidated, zero
// when there is none.
func (sl *slot) liquidation(i int) decimal.D {
	if sl.pos[i].n == 0 {
		return decimal.Zero
	}
	s, legs := sl.sym, []inverse.Position(nil)
	stands := inverse.Pool{Wallet: coins(sl.pos[i].isolated)}
	if sl.isolated {
		legs = append(legs, sl.pos[i].leg())
	} else {
		p := sl.acct.poolOf(s.asset)
		for k := range sl.pos {
			if sl.pos[k].n != 0 {
				legs = append(legs, sl.pos[k].leg())
				p.pnl -= sl.pnl[k]
				p.upkeep -= sl.upkeep[k]
			}
		}
		stands = inverse.Pool{Wallet: coins(sl.acct.wallets[s.asset.id].cross), OtherMaintenance: coins(p.upkeep), OtherPnL: coins(p.pnl)}
	}
	price, ok, err := inverse.Contract{Size: decimal.New(s.size, 0)}.LiquidationPrice(s.table, stands, legs...)
	if !ok || err != nil {
		return decimal.Zero
	}
	return price
}

// leg is the position in decimals.
func (p *position) leg() inverse.Position {
	return inverse.Position{Contracts: p.n, Basis: p.basis, Cost: p.cost.decimal(13)}
}

// decimal returns a / 10^scale.
func (a wide) decimal(scale int) decimal.D {
	d := decimal.FromSmall(0, a.lo, uint64(scale))
	if a.hi != 0 { // hi × 2^64, below 2^92 by the limits
		high, _ := decimal.FromSmall(0, a.hi, uint64(scale)).Mul(decimal.FromSmall(0, 1<<63, 0))
		high, _ = high.Add(high)
		d, _ = d.Add(high)
	}
	return d
}

// show fills in a view of the order.
func (o *order) show(e *Engine, v *OrderView) {
	s := o.sym()
	*v = OrderView{
		Symbol: s.terms.Symbol, Pair: s.terms.Pair, ID: o.node.ID, ClientOrderID: o.clientID(),
		Side: sideName(o.node.Sell), PositionSide: positionSides[o.pos], Type: orderTypes[o.kind], OriginalType: orderTypes[o.original],
		TimeInForce: timesInForce[o.force], Status: statuses[o.status],
		Price: s.priceOrZero(o.price), AveragePrice: s.priceOrZero(o.average()), StopPrice: s.priceOrZero(o.shownStop()),
		Activation: s.priceOrZero(o.start), CallbackRate: decimal.New(o.callback/100_000, 1),
		Quantity: o.quantity, Filled: o.filled, LastQuantity: o.lastSize, Base: coins(o.base),
		ReduceOnly: o.reduceOnly, ClosePosition: o.closePosition, PriceProtect: o.protect,
		WorkingType: workingTypes[o.working], SelfTrade: selfTrades[o.stp], Time: o.time, Updated: o.updated,
	}
	if o.algoID != 0 {
		v.AlgoID, v.AlgoStatus, v.AlgoTime, v.Triggered, v.Rejected = o.algoID, algoStates[o.algoState], o.placed, o.triggered, o.rejected
	}
}

func (s *symbol) priceOrZero(n int64) decimal.D {
	if n == 0 {
		return decimal.Zero
	}
	return s.priceOf(n)
}

// Order returns an order by id, or by client id when id is 0: open, or one of
// the last closed. Errors -1109, -1121, -2013.
func (e *Engine) Order(alias, symbol string, id int64, client string) (v OrderView, err error) {
	a, s, err := e.find(alias, symbol)
	if err != nil {
		return v, err
	}
	o := e.lookup(a, s, id, client)
	if o == nil {
		return v, refuse(-2013)
	}
	o.show(e, &v)
	return v, nil
}

// OpenOrder is Order of open ones only.
func (e *Engine) OpenOrder(alias, symbol string, id int64, client string) (v OrderView, err error) {
	a, s, err := e.find(alias, symbol)
	if err != nil {
		return v, err
	}
	o := e.lookupOpen(a, s, id, client)
	if o == nil {
		return v, refuse(-2013)
	}
	o.show(e, &v)
	return v, nil
}

// OpenOrders returns the open orders of a symbol, or of all when it is empty,
// oldest first within each; of algo orders, those that triggered. Errors -1109,
// -1121.
func (e *Engine) OpenOrders(alias, symbol string) ([]OrderView, error) {
	return e.openViews(alias, symbol, func(o *order) bool { return !o.untriggered() })
}

func (e *Engine) openViews(alias, symbol string, ok func(*order) bool) (all []OrderView, err error) {
	a, of, err := e.scope(alias, symbol)
	if err != nil {
		return nil, err
	}
	for _, sl := range a.used {
		if of == nil || of == sl.sym {
			for o := sl.first; o != nil; o = o.next {
				if ok(o) {
					all = append(all, OrderView{})
					o.show(e, &all[len(all)-1])
				}
			}
		}
	}
	return all, nil
}

// orderViews is openViews of closed orders too, those behind.
func (e *Engine) orderViews(alias, symbol string, ok func(*order) bool) ([]OrderView, error) {
	a, of, err := e.scope(alias, symbol)
	if err != nil {
		return nil, err
	}
	all, err := e.openViews(alias, symbol, ok)
	for i := range a.closed.rows {
		if o := *a.closed.at(i); (of == nil || of == o.slot.sym) && ok(o) {
			all = append(all, OrderView{})
			o.show(e, &all[len(all)-1])
		}
	}
	return all, err
}

// scope finds an account and a symbol that may be left empty.
func (e *Engine) scope(alias, name string) (a *account, s *symbol, err error) {
	if a = e.byAlias[alias]; a == nil {
		return nil, nil, refuse(-1109)
	}
	if name != "" {
		if s = e.symbolByName[name]; s == nil {
			return nil, nil, refuse(-1121)
		}
	}
	return a, s, nil
}

// AllOrders returns a symbol's orders, or all: open ones and the last
// Config.History closed ones, in the order of their ids.
func (e *Engine) AllOrders(alias, symbol string) ([]OrderView, error) {
	all, err := e.orderViews(alias, symbol, func(o *order) bool { return !o.untriggered() })
	sortOrders(all)
	return all, err
}

// ForceOrders returns the account's last liquidation and ADL orders.
func (e *Engine) ForceOrders(alias, symbol string) (all []OrderView, err error) {
	a, of, err := e.scope(alias, symbol)
	if err != nil {
		return nil, err
	}
	for i := range a.forced.rows {
		if v := a.forced.at(i); of == nil || of.terms.Symbol == v.Symbol {
			all = append(all, *v)
		}
	}
	return all, nil
}

// UserTrades returns the account's last Config.History fills, of a symbol or of
// all, oldest first.
func (e *Engine) UserTrades(alias, symbol string) (all []UserTrade, err error) {
	a, of, err := e.scope(alias, symbol)
	if err != nil {
		return nil, err
	}
	for i := range a.trades.rows {
		t := a.trades.at(i)
		if of != nil && of != t.sym {
			continue
		}
		all = append(all, UserTrade{Symbol: t.sym.terms.Symbol, ID: t.id, OrderID: t.order, Side: sideName(t.sell),
			PositionSide: positionSides[t.side], Price: t.sym.priceOf(t.price), Quantity: t.quantity, Realized: coins(t.realized),
			MarginAsset: t.sym.asset.name, Base: coins(notionalUp(t.quantity*t.sym.size, t.price)), Commission: coins(t.fee), Time: t.time, Maker: t.maker})
	}
	return all, nil
}

// Income returns the account's last income rows, oldest first: those of the last
// Config.History trades, and as many others.
func (e *Engine) Income(alias string) (all []IncomeRow, err error) {
	a, _, err := e.scope(alias, "")
	if err != nil {
		return nil, err
	}
	for i := range a.income.rows {
		r := a.income.at(i)
		row := IncomeRow{Type: r.kind, Amount: coins(r.amount), Asset: r.asset.name, Info: r.info, Time: r.time, TranID: r.tran}
		if r.sym != nil {
			row.Symbol = r.sym.terms.Symbol
		}
		all = append(all, row)
	}
	for i := range a.trades.rows {
		all = a.trades.at(i).income(all)
	}
	slices.SortStableFunc(all, func(a, b IncomeRow) int { return cmp.Compare(a.TranID, b.TranID) })
	return all, nil
}

// income appends a trade's rows: its PnL and its commission, which share a
// tranId as the documentation's sample does.
func (t *userTrade) income(all []IncomeRow) []IncomeRow {
	row := IncomeRow{Symbol: t.sym.terms.Symbol, Type: "REALIZED_PNL", Amount: coins(t.realized), Asset: t.sym.asset.name,
		Time: t.time, TranID: t.tran, TradeID: t.id}
	if t.delivery {
		row.Type = "DELIVERED_SETTELMENT" // the exchange's own spelling
	}
	if t.realized != 0 {
		all = append(all, row)
	}
	if t.fee != 0 {
		row.Type, row.Amount = "COMMISSION", coins(-t.fee)
		all = append(all, row)
	}
	return all
}

// MarginHistory returns the account's last changes of position margin in a
// symbol, or in all, oldest first.
func (e *Engine) MarginHistory(alias, symbol string) (all []MarginChange, err error) {
	a, of, err := e.scope(alias, symbol)
	if err != nil {
		return nil, err
	}
	for i := range a.changes.rows {
		if c := a.changes.at(i); of == nil || of == c.sym {
			all = append(all, MarginChange{c.sym.terms.Symbol, positionSides[c.side], c.sym.asset.name, coins(c.amount), c.time, c.kind})
		}
	}
	return all, nil
}

// Amendments returns the account's last changes of an order, or with neither id nor
// client id of all of a symbol, newest first.
func (e *Engine) Amendments(alias, symbol string, id int64, client string) (all []Amendment, err error) {
	a, s, err := e.find(alias, symbol)
	if err != nil {
		return nil, err
	}
	for i := len(a.amended.rows) - 1; i >= 0; i-- {
		m := a.amended.at(i)
		name := string(m.client[:m.clientSize])
		if m.sym != s || id != 0 && m.order != id || id == 0 && client != "" && name != client {
			continue
		}
		all = append(all, Amendment{ID: m.id, Symbol: s.terms.Symbol, Pair: s.terms.Pair, OrderID: m.order, ClientOrderID: name, Time: m.time,
			PriceBefore: coins(m.priceBefore), Price: coins(m.price), QuantityBefore: m.quantityBefore, Quantity: m.quantity, Count: int(m.count)})
	}
	return all, nil
}
