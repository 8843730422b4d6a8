package engine

import "poise/decimal"

// Command is something that happens to the exchange: one of the pointer types
// of this file. The engine keeps nothing of a command, so it may be reused.
//
// Accounts are named by their alias, symbols and assets as on the wire. A
// decimal left zero is one that was not sent.
type Command interface{ command() }

// CreateAccount opens an account. Hedge sets its position mode. Error -1109
// when the alias is empty, over 64 bytes or taken.
type CreateAccount struct {
	Alias string
	Hedge bool
}

// Transfer moves a wallet for any reason but ORDER, FUNDING_FEE, MARGIN_TRANSFER
// and MARGIN_TYPE_CHANGE, and pushes ACCOUNT_UPDATE with that reason.
//
// Amount is signed as the wallet moves; WITHDRAW, ADMIN_WITHDRAW and
// COIN_SWAP_WITHDRAW take a positive amount as the same thing. It has at most 8
// decimals (-1111) and is not zero (-4055). A user's WITHDRAW beyond
// maxWithdrawAmount is -2018, and so is anything beyond the cross wallet; up to
// it the other reasons, which are the exchange's own, may take what positions
// need. INSURANCE_CLEAR is paid from or to the fund, which
// is topped up by a deposit of the exchange when it has too little.
type Transfer struct {
	Account string
	Reason  string // a wire.Reason* constant
	Asset   string
	Amount  decimal.D
}

// Place enters an order, with the parameters of POST /dapi/v1/order. Empty
// texts mean the documented defaults: PositionSide BOTH, TimeInForce GTC,
// WorkingType CONTRACT_PRICE, SelfTrade NONE, and a ClientOrderID that the
// engine makes.
type Place struct {
	Account       string
	Symbol        string
	Side          string // BUY or SELL
	PositionSide  string // BOTH, LONG or SHORT
	Type          string // LIMIT, MARKET, STOP, STOP_MARKET, TAKE_PROFIT, TAKE_PROFIT_MARKET, TRAILING_STOP_MARKET
	TimeInForce   string // GTC, IOC, FOK or GTX
	Quantity      decimal.D
	Price         decimal.D
	StopPrice     decimal.D
	Activation    decimal.D // activationPrice of a trailing stop
	CallbackRate  decimal.D // of a trailing stop, percent, 0.1 to 10
	ReduceOnly    bool
	ClosePosition bool
	PriceProtect  bool
	WorkingType   string // CONTRACT_PRICE or MARK_PRICE
	SelfTrade     string // NONE, EXPIRE_TAKER, EXPIRE_MAKER or EXPIRE_BOTH
	ClientOrderID string // up to 36 of [.A-Z:/a-z0-9_-]
	// Algo enters a conditional order as POST /dapi/v1/algoOrder does: it is
	// pushed as ALGO_UPDATE, and what it becomes is an order with an id of its own.
	Algo bool
}

// Amend changes price or quantity, or both, of a resting LIMIT order. It keeps
// its place in the queue only when nothing but the quantity goes down
// (INFERRED). Name it by OrderID or, when that is 0, by ClientOrderID.
type Amend struct {
	Account       string
	Symbol        string
	OrderID       int64
	ClientOrderID string
	Side          string // checked when given
	Price         decimal.D
	Quantity      decimal.D
	ModifyID      int64 // echoed as o.M; 0 for none
}

// Cancel takes an open order back. -2011 when there is none.
type Cancel struct {
	Account       string
	Symbol        string
	OrderID       int64 // 0: by ClientOrderID
	ClientOrderID string
	Algo          bool // of an algo order that has not triggered, and no other
}

// CancelAll takes back all open orders of a symbol; Result.Orders has them. Algo
// orders that have not triggered stay (INFERRED: they have a call of their own).
type CancelAll struct {
	Account string
	Symbol  string
}

// CountdownCancel arms a timer that cancels all open orders of a symbol, or
// disarms it with a Countdown of 0. It fires in the first Tick at or after its
// time; see [Engine.NextDeadline].
type CountdownCancel struct {
	Account   string
	Symbol    string
	Countdown int64 // ms
}

// Tick lets time pass: timers that are due fire.
type Tick struct{}

// SetLeverage sets a symbol's leverage for both sides and pushes
// ACCOUNT_CONFIG_UPDATE, also when it is the same as before.
type SetLeverage struct {
	Account  string
	Symbol   string
	Leverage int
}

// SetMarginType sets a symbol's margin type: CROSSED or ISOLATED. It pushes
// ACCOUNT_UPDATE MARGIN_TYPE_CHANGE. -4046 when it is that already, -4047 with
// open orders, -4048 with a position.
type SetMarginType struct {
	Account string
	Symbol  string
	Type    string
}

// SetPositionMode sets hedge mode (true) or one-way mode. -4059, -4067, -4068.
type SetPositionMode struct {
	Account string
	Hedge   bool
}

// MovePositionMargin moves margin between the cross wallet and an isolated
// position and pushes ACCOUNT_UPDATE MARGIN_TRANSFER.
type MovePositionMargin struct {
	Account      string
	Symbol       string
	PositionSide string
	Amount       decimal.D // positive, at most 8 decimals
	Type         int       // 1 adds to the position, 2 takes from it
}

// SetMark sets a symbol's mark price, to 8 decimals at most; orders that work on
// it trigger, and margin is checked at once: MARGIN_CALL, liquidation. Index is
// the index price, and the mark when zero.
type SetMark struct {
	Symbol string
	Price  decimal.D
	Index  decimal.D
}

// SetQuote has the internal market maker rest Quantity contracts on both sides,
// at Price less and plus one tick, instead of what it rested before. A zero
// Quantity takes its orders back.
type SetQuote struct {
	Symbol   string
	Price    decimal.D
	Quantity decimal.D
}

// Fund has every position of a perpetual pay, or receive, its notional at the
// mark times Rate (positive: longs pay). Result.Count is how many accounts.
type Fund struct {
	Symbol string
	Rate   decimal.D
}

// Settle delivers a symbol at a price: open orders are cancelled, positions
// closed, and the symbol is DELIVERED. Result.Count is how many positions.
type Settle struct {
	Symbol string
	Price  decimal.D
}

func (*CreateAccount) command()      {}
func (*Transfer) command()           {}
func (*Place) command()              {}
func (*Amend) command()              {}
func (*Cancel) command()             {}
func (*CancelAll) command()          {}
func (*CountdownCancel) command()    {}
func (*Tick) command()               {}
func (*SetLeverage) command()        {}
func (*SetMarginType) command()      {}
func (*SetPositionMode) command()    {}
func (*MovePositionMargin) command() {}
func (*SetMark) command()            {}
func (*SetQuote) command()           {}
func (*Fund) command()               {}
func (*Settle) command()             {}
