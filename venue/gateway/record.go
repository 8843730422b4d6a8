package gateway

import (
	"poise/venue/engine"
)

// kind says what a record of the data folder is: what the venue was told, or
// what it cannot work out again by itself. Numbers are never used again.
type kind byte

const (
	kindBirth     kind = 1  // what the venue is made of; the first record, and JSON alone
	kindSettings  kind = 2  // what it was started with since
	kindCheck     kind = 3  // a sum of all that was done so far
	kindFire      kind = 4  // the clock, and the timers that are due
	kindAccount   kind = 5  // a new account
	kindKeyTake   kind = 6  // POST listenKey
	kindKeyRenew  kind = 7  // PUT listenKey
	kindKeyEnd    kind = 8  // a key that ended
	kindOrders    kind = 9  // orders that count against the limits
	kindMark      kind = 10 // a mark price, with its candles
	kindBan       kind = 11 // an address that is banned
	firstCommand  kind = 32 // commands of the engine
	kindPlace          = firstCommand
	kindAmend     kind = 33
	kindCancel    kind = 34
	kindCancelAll kind = 35
	kindCountdown kind = 36
	kindTransfer  kind = 37
	kindLeverage  kind = 38
	kindMargin    kind = 39
	kindMode      kind = 40
	kindMove      kind = 41
	kindQuote     kind = 42
	kindFund      kind = 43
	kindSettle    kind = 44
	kindCreate    kind = 45
	kindSetMark   kind = 46
	kindTick      kind = 47
)

// kindOf returns the kind of an engine's command, 0 for none.
func kindOf(c engine.Command) kind {
	switch c.(type) {
	case *engine.Place:
		return kindPlace
	case *engine.Amend:
		return kindAmend
	case *engine.Cancel:
		return kindCancel
	case *engine.CancelAll:
		return kindCancelAll
	case *engine.CountdownCancel:
		return kindCountdown
	case *engine.Transfer:
		return kindTransfer
	case *engine.SetLeverage:
		return kindLeverage
	case *engine.SetMarginType:
		return kindMargin
	case *engine.SetPositionMode:
		return kindMode
	case *engine.MovePositionMargin:
		return kindMove
	case *engine.SetQuote:
		return kindQuote
	case *engine.Fund:
		return kindFund
	case *engine.Settle:
		return kindSettle
	case *engine.CreateAccount:
		return kindCreate
	case *engine.SetMark:
		return kindSetMark
	case *engine.Tick:
		return kindTick
	}
	return 0
}

// emptyCommands has an engine's command of each kind. The engine keeps nothing of
// a command, so one of each is enough to read into.
func emptyCommands() map[kind]engine.Command {
	all := map[kind]engine.Command{}
	for _, c := range []engine.Command{&engine.Place{}, &engine.Amend{}, &engine.Cancel{}, &engine.CancelAll{}, &engine.CountdownCancel{}, &engine.Transfer{},
		&engine.SetLeverage{}, &engine.SetMarginType{}, &engine.SetPositionMode{}, &engine.MovePositionMargin{}, &engine.SetQuote{}, &engine.Fund{},
		&engine.Settle{}, &engine.CreateAccount{}, &engine.SetMark{}, &engine.Tick{}} {
		all[kindOf(c)] = c
	}
	return all
}

// command is the fields of an engine's command.
func (c *coder) command(cmd engine.Command) {
	switch o := cmd.(type) {
	case *engine.Place:
		c.place(o)
	case *engine.Amend:
		c.names2(&o.Account, &o.Symbol)
		c.int(&o.OrderID)
		c.text(&o.ClientOrderID)
		c.name(&o.Side)
		c.decimal(&o.Price)
		c.decimal(&o.Quantity)
		c.int(&o.ModifyID)
	case *engine.Cancel:
		c.names2(&o.Account, &o.Symbol)
		c.int(&o.OrderID)
		c.text(&o.ClientOrderID)
		c.bool(&o.Algo)
	case *engine.CancelAll:
		c.names2(&o.Account, &o.Symbol)
	case *engine.CountdownCancel:
		c.names2(&o.Account, &o.Symbol)
		c.int(&o.Countdown)
	case *engine.Transfer:
		c.names2(&o.Account, &o.Reason)
		c.name(&o.Asset)
		c.decimal(&o.Amount)
	default:
		c.rareCommand(cmd)
	}
}

func (c *coder) rareCommand(cmd engine.Command) {
	switch o := cmd.(type) {
	case *engine.SetLeverage:
		c.names2(&o.Account, &o.Symbol)
		c.small(&o.Leverage)
	case *engine.SetMarginType:
		c.names2(&o.Account, &o.Symbol)
		c.name(&o.Type)
	case *engine.SetPositionMode:
		c.name(&o.Account)
		c.bool(&o.Hedge)
	case *engine.MovePositionMargin:
		c.names2(&o.Account, &o.Symbol)
		c.name(&o.PositionSide)
		c.decimal(&o.Amount)
		c.small(&o.Type)
	case *engine.SetQuote:
		c.name(&o.Symbol)
		c.decimal(&o.Price)
		c.decimal(&o.Quantity)
	case *engine.Fund:
		c.name(&o.Symbol)
		c.decimal(&o.Rate)
	case *engine.Settle:
		c.name(&o.Symbol)
		c.decimal(&o.Price)
	case *engine.CreateAccount:
		c.name(&o.Alias)
		c.bool(&o.Hedge)
	case *engine.SetMark:
		c.name(&o.Symbol)
		c.decimal(&o.Price)
		c.decimal(&o.Index)
	}
}

func (c *coder) names2(a, b *string) {
	c.name(a)
	c.name(b)
}

func (c *coder) place(o *engine.Place) {
	c.names2(&o.Account, &o.Symbol)
	c.names2(&o.Side, &o.PositionSide)
	c.names2(&o.Type, &o.TimeInForce)
	c.decimal(&o.Quantity)
	c.decimal(&o.Price)
	c.decimal(&o.StopPrice)
	c.decimal(&o.Activation)
	c.decimal(&o.CallbackRate)
	c.bool(&o.ReduceOnly)
	c.bool(&o.ClosePosition)
	c.bool(&o.PriceProtect)
	c.names2(&o.WorkingType, &o.SelfTrade)
	c.text(&o.ClientOrderID)
	c.bool(&o.Algo)
}
