package wire

// target is a Go value that one JSON object is read into and written from. The
// indexes are those of its spec, and of its Fields bits.
type target interface {
	// ref points to a field: *decimal.D, *int64, *bool, *string or a target; nil
	// for rows, which their owner reads and writes.
	ref(field int) any
	parts() parts
	// reset makes everything zero, keeping memory.
	reset()
}

// parts is what all targets have besides their fields.
type parts struct {
	fields *Fields
	extra  *[]Extra
	layout *layout     // or
	wide   *wideLayout // the other
}

func (b *Balance) parts() parts {
	return parts{fields: &b.Fields, extra: &b.Extra, layout: &b.layout}
}

func (b *Balance) reset() { *b = Balance{Extra: b.Extra[:0]} }

func (b *Balance) ref(field int) any {
	switch field {
	case 0:
		return &b.Asset
	case 1:
		return &b.Wallet
	case 2:
		return &b.Cross
	case 3:
		return &b.Change
	}
	return nil
}

func (p *Position) parts() parts {
	return parts{fields: &p.Fields, extra: &p.Extra, layout: &p.layout}
}

func (p *Position) reset() { *p = Position{Extra: p.Extra[:0]} }

func (p *Position) ref(field int) any {
	switch field {
	case 0:
		return &p.Symbol
	case 1:
		return &p.Amount
	case 2:
		return &p.EntryPrice
	case 3:
		return &p.BreakEven
	case 4:
		return &p.Realized
	case 5:
		return &p.Unrealized
	case 6:
		return &p.IsolatedWallet
	case 7:
		return &p.MarginType
	case 8:
		return &p.Side
	case 9:
		return &p.MarginAsset
	}
	return nil
}

func (o *Order) parts() parts {
	return parts{fields: &o.Fields, extra: &o.Extra, wide: &o.layout}
}

func (o *Order) reset() { *o = Order{Extra: o.Extra[:0]} }

func (o *Order) ref(field int) any {
	switch field {
	case 0:
		return &o.Symbol
	case 1:
		return &o.ClientOrderID
	case 2:
		return &o.Side
	case 3:
		return &o.OrderType
	case 4:
		return &o.TimeInForce
	case 5:
		return &o.Quantity
	case 6:
		return &o.Price
	case 7:
		return &o.AveragePrice
	case 8:
		return &o.StopPrice
	case 9:
		return &o.Execution
	case 10:
		return &o.Status
	case 11:
		return &o.OrderID
	case 12:
		return &o.LastQuantity
	case 13:
		return &o.FilledQuantity
	case 14:
		return &o.LastPrice
	case 15:
		return &o.MarginAsset
	case 16:
		return &o.CommissionAsset
	case 17:
		return &o.Commission
	case 18:
		return &o.TradeTime
	case 19:
		return &o.TradeID
	}
	return o.lateRef(field)
}

// lateRef is the second half of ref, which would be too long.
func (o *Order) lateRef(field int) any {
	switch field {
	case 20:
		return &o.RealizedProfit
	case 21:
		return &o.BidNotional
	case 22:
		return &o.AskNotional
	case 23:
		return &o.Maker
	case 24:
		return &o.ReduceOnly
	case 25:
		return &o.WorkingType
	case 26:
		return &o.OriginalType
	case 27:
		return &o.PositionSide
	case 28:
		return &o.ClosePosition
	case 29:
		return &o.ActivationPrice
	case 30:
		return &o.CallbackRate
	case 31:
		return &o.PriceProtect
	case 32:
		return &o.SelfTrade
	case 33:
		return &o.PriceMatch
	case 34:
		return &o.ExpireReason
	case 35:
		return &o.GoodTillDate
	case 36:
		return &o.StrategyID
	case 37:
		return &o.StrategySub
	case 38:
		return &o.ModifyID
	}
	return nil
}

func (c *CallPosition) parts() parts {
	return parts{fields: &c.Fields, extra: &c.Extra, layout: &c.layout}
}

func (c *CallPosition) reset() { *c = CallPosition{Extra: c.Extra[:0]} }

func (c *CallPosition) ref(field int) any {
	switch field {
	case 0:
		return &c.Symbol
	case 1:
		return &c.Side
	case 2:
		return &c.Amount
	case 3:
		return &c.MarginType
	case 4:
		return &c.IsolatedWallet
	case 5:
		return &c.Mark
	case 6:
		return &c.Unrealized
	case 7:
		return &c.Maintenance
	}
	return nil
}

func (c *Config) parts() parts {
	return parts{fields: &c.Fields, extra: &c.Extra, layout: &c.layout}
}

func (c *Config) reset() { *c = Config{Extra: c.Extra[:0], Mode: c.Mode} }

func (c *Config) ref(field int) any {
	switch field {
	case 0:
		return &c.Symbol
	case 1:
		return &c.Leverage
	}
	return nil
}

func (m *Mode) parts() parts {
	return parts{fields: &m.Fields, extra: &m.Extra, layout: &m.layout}
}

func (m *Mode) reset() { *m = Mode{Extra: m.Extra[:0]} }

func (m *Mode) ref(field int) any {
	switch field {
	case 0:
		return &m.MultiAssets
	}
	return nil
}

func (s *Strategy) parts() parts {
	return parts{fields: &s.Fields, extra: &s.Extra, layout: &s.layout}
}

func (s *Strategy) reset() { *s = Strategy{Extra: s.Extra[:0]} }

func (s *Strategy) ref(field int) any {
	switch field {
	case 0:
		return &s.ID
	case 1:
		return &s.Type
	case 2:
		return &s.Status
	case 3:
		return &s.Symbol
	case 4:
		return &s.Time
	case 5:
		return &s.Code
	}
	return nil
}

func (g *Grid) parts() parts {
	return parts{fields: &g.Fields, extra: &g.Extra, layout: &g.layout}
}

func (g *Grid) reset() { *g = Grid{Extra: g.Extra[:0]} }

func (g *Grid) ref(field int) any {
	switch field {
	case 0:
		return &g.ID
	case 1:
		return &g.Type
	case 2:
		return &g.Status
	case 3:
		return &g.Symbol
	case 4:
		return &g.Realized
	case 5:
		return &g.UnmatchedPrice
	case 6:
		return &g.UnmatchedAmount
	case 7:
		return &g.UnmatchedFee
	case 8:
		return &g.MatchedProfit
	case 9:
		return &g.Time
	}
	return nil
}

func (a *Algo) parts() parts {
	return parts{fields: &a.Fields, extra: &a.Extra, wide: &a.layout}
}

func (a *Algo) reset() { *a = Algo{Extra: a.Extra[:0]} }

func (a *Algo) ref(field int) any {
	switch field {
	case 0:
		return &a.ClientID
	case 1:
		return &a.ID
	case 2:
		return &a.Kind
	case 3:
		return &a.OrderType
	case 4:
		return &a.Symbol
	case 5:
		return &a.Side
	case 6:
		return &a.PositionSide
	case 7:
		return &a.TimeInForce
	case 8:
		return &a.Quantity
	case 9:
		return &a.Status
	case 10:
		return &a.OrderID
	case 11:
		return &a.AveragePrice
	case 12:
		return &a.Executed
	case 13:
		return &a.ActualType
	case 14:
		return &a.TriggerPrice
	case 15:
		return &a.Price
	case 16:
		return &a.SelfTrade
	case 17:
		return &a.WorkingType
	case 18:
		return &a.PriceMatch
	case 19:
		return &a.ClosePosition
	case 20:
		return &a.PriceProtect
	case 21:
		return &a.ReduceOnly
	case 22:
		return &a.TriggerTime
	case 23:
		return &a.GoodTillDate
	case 24:
		return &a.RejectReason
	case 25:
		return &a.CallbackRate
	}
	return nil
}

func (a *Account) parts() parts {
	return parts{fields: &a.Fields, extra: &a.Extra, layout: &a.layout}
}

func (a *Account) reset() {
	a.Reason, a.Symbol, a.Fields, a.layout = "", "", 0, 0
	a.Balances, a.Positions, a.Extra = a.Balances[:0], a.Positions[:0], a.Extra[:0]
}

func (a *Account) ref(field int) any {
	switch field {
	case 2:
		return &a.Reason
	case 3:
		return &a.Symbol
	}
	return nil
}

func (ev *Event) parts() parts {
	return parts{fields: &ev.Fields, extra: &ev.Extra, layout: &ev.layout}
}

// reset empties what only known messages have; Decode resets the rest first.
func (ev *Event) reset() {}

func (ev *Event) ref(field int) any {
	switch field {
	case 0:
		return &ev.Name
	case 1:
		return &ev.Time
	case 2:
		return &ev.Transaction
	case 3:
		return &ev.Alias
	case 4:
		return &ev.Product
	case 5:
		return &ev.ListenKey
	case 6:
		return ev.body()
	case 7:
		return &ev.Call.CrossWallet
	case 8:
		return &ev.Config.Mode
	}
	return nil
}

// body returns the object under the body's key; nil for a MARGIN_CALL's rows.
func (ev *Event) body() any {
	switch ev.Type {
	case AccountUpdate:
		return &ev.Account
	case OrderTradeUpdate:
		return &ev.Order
	case AccountConfigUpdate:
		return &ev.Config
	case StrategyUpdate:
		return &ev.Strategy
	case GridUpdate:
		return &ev.Grid
	case AlgoUpdate:
		return &ev.Algo
	}
	return nil
}
