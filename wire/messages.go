package wire

import "poise/decimal"

// Call is what a MARGIN_CALL carries: the positions in danger.
type Call struct {
	CrossWallet decimal.D // cw: only when a cross position is in danger; EventCrossWallet tells
	Positions   []CallPosition
}

// CallPosition is a row of p in a MARGIN_CALL.
type CallPosition struct {
	Symbol         string    // s
	Side           string    // ps
	Amount         decimal.D // pa: contracts
	MarginType     string    // mt: CROSSED or ISOLATED, unlike ACCOUNT_UPDATE
	IsolatedWallet decimal.D // iw
	Mark           decimal.D // mp
	Unrealized     decimal.D // up
	Maintenance    decimal.D // mm: the margin that must be there
	Fields         Fields    // CallPosition* bits
	Extra          []Extra
	layout         layout
}

// Fields of a CallPosition.
const (
	CallPositionSymbol Fields = 1 << iota
	CallPositionSide
	CallPositionAmount
	CallPositionMarginType
	CallPositionIsolatedWallet
	CallPositionMark
	CallPositionUnrealized
	CallPositionMaintenance
)

// Config is what an ACCOUNT_CONFIG_UPDATE carries: a symbol's leverage (ac,
// EventBody tells), or on USD-M the multi-assets mode (ai, EventMode tells).
type Config struct {
	Symbol   string // ac.s
	Leverage int64  // ac.l
	Fields   Fields // Config* bits, of ac
	Extra    []Extra
	layout   layout
	Mode     Mode // ai
}

// Fields of a Config.
const (
	ConfigSymbol Fields = 1 << iota
	ConfigLeverage
)

// Mode is ai of an ACCOUNT_CONFIG_UPDATE.
type Mode struct {
	MultiAssets bool   // j
	Fields      Fields // Mode* bits
	Extra       []Extra
	layout      layout
}

// Fields of a Mode.
const ModeMultiAssets Fields = 1

// Strategy is the body of a STRATEGY_UPDATE.
type Strategy struct {
	ID     int64  // si
	Type   string // st: GRID
	Status string // ss: NEW, WORKING, CANCELLED, EXPIRED
	Symbol string // s
	Time   int64  // ut, ms
	Code   int64  // c: why it stopped
	Fields Fields // Strategy* bits
	Extra  []Extra
	layout layout
}

// Fields of a Strategy.
const (
	StrategyID Fields = 1 << iota
	StrategyType
	StrategyStatus
	StrategySymbol
	StrategyTime
	StrategyCode
)

// Grid is the body of a GRID_UPDATE.
type Grid struct {
	ID              int64     // si
	Type            string    // st
	Status          string    // ss
	Symbol          string    // s
	Realized        decimal.D // r: realised PnL
	UnmatchedPrice  decimal.D // up: average price of what is not matched yet
	UnmatchedAmount decimal.D // uq
	UnmatchedFee    decimal.D // uf
	MatchedProfit   decimal.D // mp
	Time            int64     // ut, ms
	Fields          Fields    // Grid* bits
	Extra           []Extra
	layout          layout
}

// Fields of a Grid.
const (
	GridID Fields = 1 << iota
	GridType
	GridStatus
	GridSymbol
	GridRealized
	GridUnmatchedPrice
	GridUnmatchedAmount
	GridUnmatchedFee
	GridMatchedProfit
	GridTime
)

// Algo is the body of an ALGO_UPDATE: a conditional order and, once triggered,
// the order it became.
type Algo struct {
	ClientID      string    // caid
	ID            int64     // aid; a number or a quoted one
	Kind          string    // at: CONDITIONAL
	OrderType     string    // o
	Symbol        string    // s
	Side          string    // S
	PositionSide  string    // ps
	TimeInForce   string    // f
	Quantity      decimal.D // q
	Status        string    // X
	OrderID       string    // ai: of the order it became, empty before
	AveragePrice  decimal.D // ap
	Executed      decimal.D // aq
	ActualType    string    // act: of the order it became
	TriggerPrice  decimal.D // tp
	Price         decimal.D // p
	SelfTrade     string    // V
	WorkingType   string    // wt
	PriceMatch    string    // pm
	ClosePosition bool      // cp
	PriceProtect  bool      // pP
	ReduceOnly    bool      // R
	TriggerTime   int64     // tt, ms; 0 before
	GoodTillDate  int64     // gtd, ms
	RejectReason  string    // rm
	CallbackRate  decimal.D // cr, percent, of a trailing stop
	Fields        Fields    // Algo* bits
	Extra         []Extra
	layout        wideLayout
}

// Fields of an Algo.
const (
	AlgoClientID Fields = 1 << iota
	AlgoID
	AlgoKind
	AlgoOrderType
	AlgoSymbol
	AlgoSide
	AlgoPositionSide
	AlgoTimeInForce
	AlgoQuantity
	AlgoStatus
	AlgoOrderID
	AlgoAveragePrice
	AlgoExecuted
	AlgoActualType
	AlgoTriggerPrice
	AlgoPrice
	AlgoSelfTrade
	AlgoWorkingType
	AlgoPriceMatch
	AlgoClosePosition
	AlgoPriceProtect
	AlgoReduceOnly
	AlgoTriggerTime
	AlgoGoodTillDate
	AlgoRejectReason
	AlgoCallbackRate
)
