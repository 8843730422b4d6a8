package wire

import "poise/decimal"

// Order is the body of an ORDER_TRADE_UPDATE. Quantities are in contracts,
// prices in USD, commission in CommissionAsset, PnL and notionals in the margin
// asset.
type Order struct {
	Symbol          string    // s
	ClientOrderID   string    // c
	Side            string    // S: BUY or SELL
	OrderType       string    // o
	TimeInForce     string    // f
	Quantity        decimal.D // q
	Price           decimal.D // p
	AveragePrice    decimal.D // ap
	StopPrice       decimal.D // sp
	Execution       string    // x: NEW, CANCELED, CALCULATED, EXPIRED, TRADE, AMENDMENT
	Status          string    // X
	OrderID         int64     // i
	LastQuantity    decimal.D // l: of this fill
	FilledQuantity  decimal.D // z
	LastPrice       decimal.D // L: of this fill
	MarginAsset     string    // ma
	CommissionAsset string    // N
	Commission      decimal.D // n: paid, negative for a rebate; absent on NEW
	TradeTime       int64     // T, ms
	TradeID         int64     // t, 0 when not a fill
	RealizedProfit  decimal.D // rp: of this fill, before fees
	BidNotional     decimal.D // b
	AskNotional     decimal.D // a
	Maker           bool      // m
	ReduceOnly      bool      // R
	WorkingType     string    // wt
	OriginalType    string    // ot
	PositionSide    string    // ps
	ClosePosition   bool      // cp
	ActivationPrice decimal.D // AP
	CallbackRate    decimal.D // cr, percent
	PriceProtect    bool      // pP
	SelfTrade       string    // V: self-trade prevention mode
	PriceMatch      string    // pm
	ExpireReason    string    // er
	GoodTillDate    int64     // gtd, ms
	StrategyID      int64     // si
	StrategySub     int64     // ss
	ModifyID        int64     // M: of an AMENDMENT
	Fields          Fields    // Order* bits
	Extra           []Extra
	layout          wideLayout
}

// Fields of an Order, in the order of the struct.
const (
	OrderSymbol Fields = 1 << iota
	OrderClientOrderID
	OrderSide
	OrderType
	OrderTimeInForce
	OrderQuantity
	OrderPrice
	OrderAveragePrice
	OrderStopPrice
	OrderExecution
	OrderStatus
	OrderID
	OrderLastQuantity
	OrderFilledQuantity
	OrderLastPrice
	OrderMarginAsset
	OrderCommissionAsset
	OrderCommission
	OrderTradeTime
	OrderTradeID
	OrderRealizedProfit
	OrderBidNotional
	OrderAskNotional
	OrderMaker
	OrderReduceOnly
	OrderWorkingType
	OrderOriginalType
	OrderPositionSide
	OrderClosePosition
	OrderActivationPrice
	OrderCallbackRate
	OrderPriceProtect
	OrderSelfTrade
	OrderPriceMatch
	OrderExpireReason
	OrderGoodTillDate
	OrderStrategyID
	OrderStrategySub
	OrderModifyID
)
