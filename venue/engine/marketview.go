package engine

import (
	"cmp"
	"slices"

	"poise/decimal"
)

func sortOrders(all []OrderView) {
	slices.SortFunc(all, func(a, b OrderView) int { return cmp.Compare(a.ID, b.ID) })
}

// Symbols returns all symbols in the order of the Config.
func (e *Engine) Symbols() []string {
	names := make([]string, len(e.symbols))
	for i, s := range e.symbols {
		names[i] = s.terms.Symbol
	}
	return names
}

// Assets returns all margin assets.
func (e *Engine) Assets() []string {
	names := make([]string, len(e.assets))
	for i, a := range e.assets {
		names[i] = a.name
	}
	return names
}

// Rates returns the commission rates of every account.
func (e *Engine) Rates() (maker, taker decimal.D) { return coins(e.maker), coins(e.taker) }

// Market returns what is known of a symbol's market. Error -1121.
func (e *Engine) Market(symbol string) (v MarketView, err error) {
	s := e.symbolByName[symbol]
	if s == nil {
		return v, refuse(-1121)
	}
	v = MarketView{Contract: s.terms, Status: "TRADING", Mark: decimal.New(s.mark, 8), Index: decimal.New(s.index, 8),
		Last: s.priceOrZero(s.last), FundingRate: decimal.New(s.rate, 8), FundingTime: s.rateTime, UpdateID: s.book.updates}
	if s.delivered {
		v.Status = "DELIVERED"
	}
	for _, sl := range s.holders {
		for i := range sl.pos {
			v.OpenInterest += max(0, sl.pos[i].n)
		}
	}
	var row [1]Level
	if d := s.book.Depth(row[:0], false, 1); len(d) > 0 {
		v.BidPrice, v.BidQuantity = s.priceOf(d[0].Price*s.tick), d[0].Quantity
	}
	if d := s.book.Depth(row[:0], true, 1); len(d) > 0 {
		v.AskPrice, v.AskQuantity = s.priceOf(d[0].Price*s.tick), d[0].Quantity
	}
	return v, nil
}

// UpdateID returns how often a symbol's book has changed: cheap to ask after
// every Apply. Error -1121.
func (e *Engine) UpdateID(symbol string) (int64, error) {
	if s := e.symbolByName[symbol]; s != nil {
		return s.book.updates, nil
	}
	return 0, refuse(-1121)
}

// Depth returns up to limit levels of both sides, best first. Error -1121.
func (e *Engine) Depth(symbol string, limit int) (bids, asks []DepthRow, err error) {
	s := e.symbolByName[symbol]
	if s == nil {
		return nil, nil, refuse(-1121)
	}
	rows := func(sell bool) (out []DepthRow) {
		for _, l := range s.book.Depth(nil, sell, limit) {
			out = append(out, DepthRow{s.priceOf(l.Price * s.tick), l.Quantity})
		}
		return out
	}
	return rows(false), rows(true), nil
}

// Trades returns the market's last trades, up to limit and Config.History,
// oldest first. Error -1121.
func (e *Engine) Trades(symbol string, limit int) ([]Trade, error) {
	s := e.symbolByName[symbol]
	if s == nil {
		return nil, refuse(-1121)
	}
	n := len(s.recent.rows)
	var all []Trade
	for i := max(0, n-limit); i < n; i++ {
		all = append(all, *s.recent.at(i))
	}
	return all, nil
}

// FundingRates returns the last Config.History rates that a perpetual charged,
// oldest first. Error -1121.
func (e *Engine) FundingRates(symbol string) ([]FundingRate, error) {
	s := e.symbolByName[symbol]
	if s == nil {
		return nil, refuse(-1121)
	}
	all := make([]FundingRate, len(s.funding.rows))
	for i := range all {
		all[i] = *s.funding.at(i)
	}
	return all, nil
}

// MaxLeverage returns the highest leverage of a symbol, 0 when there is none of
// that name.
func (e *Engine) MaxLeverage(symbol string) int {
	if s := e.symbolByName[symbol]; s != nil {
		return int(s.brackets[0].leverage)
	}
	return 0
}

// Leverage returns an account's leverage in a symbol, whether it is isolated, and
// maxQty: the coin of notional that the leverage allows. Errors -1109, -1121.
func (e *Engine) Leverage(alias, symbol string) (leverage int, isolated bool, most decimal.D, err error) {
	a, s, err := e.find(alias, symbol)
	if err != nil {
		return 0, false, most, err
	}
	leverage = s.terms.Leverage
	if sl := a.slots[s.id]; sl != nil {
		leverage, isolated = int(sl.leverage), sl.isolated
	}
	return leverage, isolated, coins(s.mostAt(int64(leverage))).Trim(), nil
}

// Quantiles returns the account's place in the ADL queue of each symbol in which
// it has a position: 4 is the first fifth of the queue.
func (e *Engine) Quantiles(alias string) (all []Quantile, err error) {
	a, _, err := e.scope(alias, "")
	if err != nil {
		return nil, err
	}
	for _, sl := range a.used {
		if sl.holder < 0 {
			continue
		}
		q := Quantile{Symbol: sl.sym.terms.Symbol, Hedge: a.hedge && !sl.isolated}
		for i := range sl.pos {
			switch n := sl.quantile(i); {
			case sl.pos[i].n == 0:
			case i == long:
				q.Long = n
			case i == short:
				q.Short = n
			default:
				q.Both = n
			}
		}
		all = append(all, q)
	}
	return all, nil
}

func (sl *slot) quantile(i int) int {
	if sl.pos[i].n == 0 {
		return 0
	}
	queue := sl.sym.queue(sl.pos[i].n > 0, nil)
	for at, c := range queue {
		if c.sl == sl && c.side == i {
			return 4 - at*5/len(queue)
		}
	}
	return 0
}

// Books returns the exchange's own books, by asset in the order of the Config.
// All sums are made anew from the accounts.
func (e *Engine) Books() []BooksView {
	rows := make([]BooksView, 0, len(e.assets))
	for _, as := range e.assets {
		wallets := int64(0)
		for _, a := range e.accounts {
			wallets += a.wallets[as.id].total()
		}
		house := e.house.wallets[as.id].total()
		insurance := as.fund + house + as.clearing
		rows = append(rows, BooksView{Asset: as.name, Deposits: coins(as.deposits), Withdrawals: coins(as.withdrawals),
			Wallets: coins(wallets), Fees: coins(as.fees), Insurance: coins(insurance), Fund: coins(as.fund), House: coins(house),
			Clearing: coins(as.clearing), Residual: coins(as.deposits - as.withdrawals - wallets - as.fees - insurance).Trim()})
	}
	return rows
}
