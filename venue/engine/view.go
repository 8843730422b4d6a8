package engine

import (
	"poise/decimal"
	"poise/inverse"
	"poise/wire"
)

// Result is what a command did. All of it, with the bytes of its events, is
// valid until the next Apply; copy what you keep.
type Result struct {
	Events []Event
	Trades []Trade // of all books, in the order they happened
	// Order is the order of a Place, Amend or Cancel as it is now, else nil.
	Order   *OrderView
	OrderID int64       // its id
	Orders  []OrderView // of a CancelAll
	Count   int         // of a Fund or Settle: how many accounts or positions
	Forced  []OrderView // liquidation orders that filled and have ended
}

// Event is a message that one account is pushed.
type Event struct {
	Account string    // alias
	Type    wire.Type // AccountUpdate, OrderTradeUpdate, AlgoUpdate, MarginCall or AccountConfigUpdate
	Time    int64     // T, ms
	Message []byte    // as on the wire; valid until the next Apply
}

// Trade is a match as the market sees it.
type Trade struct {
	Symbol     string
	ID         int64
	Price      decimal.D
	Quantity   int64
	Base       decimal.D // coin, cut at 8 decimals
	Time       int64
	BuyerMaker bool
}

// OrderView is an order as REST shows it.
type OrderView struct {
	Symbol, Pair  string
	ID            int64
	ClientOrderID string
	Side          string
	PositionSide  string
	Type          string // of now: a triggered STOP is a LIMIT
	OriginalType  string
	TimeInForce   string
	Status        string // NEW, PARTIALLY_FILLED, FILLED, CANCELED, EXPIRED, EXPIRED_IN_MATCH
	Price         decimal.D
	AveragePrice  decimal.D // zero when nothing is filled
	StopPrice     decimal.D
	Activation    decimal.D
	CallbackRate  decimal.D
	Quantity      int64
	Filled        int64
	LastQuantity  int64     // of the last fill
	Base          decimal.D // cumBase: coin of the fills, each cut at 8 decimals
	ReduceOnly    bool
	ClosePosition bool
	PriceProtect  bool
	WorkingType   string
	SelfTrade     string
	Time          int64 // of placing, ms
	Updated       int64 // ms

	// What follows is of algo orders only.
	AlgoID     int64  // 0 for another; ID is the same until it triggers
	AlgoStatus string // NEW, CANCELED, TRIGGERED, FINISHED, REJECTED, EXPIRED
	AlgoTime   int64  // of placing, ms
	Triggered  int64  // ms, 0 before
	Rejected   string // why, empty when it was not
}

// AssetView is an asset's row of /account and /balance. Amounts have 8 decimals.
type AssetView struct {
	Asset            string
	Wallet           decimal.D
	Cross            decimal.D
	Unrealized       decimal.D // of cross and isolated positions
	CrossUnrealized  decimal.D
	Margin           decimal.D // Wallet + Unrealized
	Maintenance      decimal.D
	Initial          decimal.D // PositionInitial + OpenOrderInitial
	PositionInitial  decimal.D
	OpenOrderInitial decimal.D
	Available        decimal.D
	MaxWithdraw      decimal.D
	CrossMaintenance decimal.D // what the cross pool must hold
	Updated          int64     // ms; 0 when never
}

// PositionView is a position's row of /account and /positionRisk.
type PositionView struct {
	Symbol           string
	Side             string // BOTH, LONG or SHORT
	Amount           int64  // contracts, signed
	EntryPrice       decimal.D
	BreakEven        decimal.D
	Mark             decimal.D
	Unrealized       decimal.D
	Realized         decimal.D // cr of the stream
	Liquidation      decimal.D // zero when there is none
	Leverage         int
	Isolated         bool
	IsolatedWallet   decimal.D
	IsolatedMargin   decimal.D // IsolatedWallet + Unrealized
	Notional         decimal.D // at the mark, signed
	PositionInitial  decimal.D
	OpenOrderInitial decimal.D
	Maintenance      decimal.D
	MaxQuantity      decimal.D // maxQty: coin of notional at this leverage
	Updated          int64     // ms; 0 when never
}

// AccountView is an account as its owner sees it, and some of what only the
// exchange knows. Assets has every asset of the exchange, Positions every
// symbol: BOTH, and LONG and SHORT in hedge mode.
type AccountView struct {
	Alias     string
	Hedge     bool
	Assets    []AssetView
	Positions []PositionView
	Events    int64 // messages pushed so far
	Updated   int64 // ms
}

// UserTrade is a fill as its account sees it.
type UserTrade struct {
	Symbol       string
	ID           int64
	OrderID      int64
	Side         string
	PositionSide string
	Price        decimal.D
	Quantity     int64
	Realized     decimal.D
	MarginAsset  string
	Base         decimal.D // half up at 8 decimals, as userTrades prints it
	Commission   decimal.D
	Time         int64
	Maker        bool
}

// IncomeRow is a row of /income.
type IncomeRow struct {
	Symbol  string // empty for a transfer
	Type    string
	Amount  decimal.D
	Asset   string
	Info    string
	Time    int64
	TranID  int64
	TradeID int64 // 0 when none
}

// MarginChange is a row of positionMargin/history.
type MarginChange struct {
	Symbol string
	Side   string
	Asset  string
	Amount decimal.D
	Time   int64
	Type   int // 1 added, 2 taken
}

// Amendment is a row of orderAmendment: what an order was and became.
type Amendment struct {
	ID                       int64 // counts up, over all accounts
	Symbol, Pair             string
	OrderID                  int64
	ClientOrderID            string
	Time                     int64 // ms
	PriceBefore, Price       decimal.D
	QuantityBefore, Quantity int64
	Count                    int // the order's how-manieth
}

// DepthRow is a price level.
type DepthRow struct {
	Price    decimal.D
	Quantity int64
}

// MarketView is what is known of a symbol's market.
type MarketView struct {
	Contract                 Contract
	Status                   string // TRADING or DELIVERED
	Mark, Index              decimal.D
	Last                     decimal.D // last trade's price; zero when none
	FundingRate              decimal.D
	FundingTime              int64     // of the last Fund, ms
	OpenInterest             int64     // contracts, of one side
	UpdateID                 int64     // rises with every change of the book
	BidPrice, AskPrice       decimal.D // zero when that side is empty
	BidQuantity, AskQuantity int64
}

// BooksView is an asset's row of the exchange's own books:
// Wallets + Fees + Insurance = Deposits - Withdrawals, so Residual is 0.
type BooksView struct {
	Asset       string
	Deposits    decimal.D
	Withdrawals decimal.D
	Wallets     decimal.D // of all accounts, without the internal market maker
	Fees        decimal.D // commissions less rebates
	Insurance   decimal.D // Fund + House + Clearing
	Fund        decimal.D // the insurance fund
	House       decimal.D // wallet of the internal market maker
	Clearing    decimal.D // realised losses less realised profits, and what cuts left
	Residual    decimal.D
}

// Quantile is a symbol's ADL queue position by side: 0 is last, 4 is next.
type Quantile struct {
	Symbol            string
	Hedge             bool // then Both is of the cross hedge
	Long, Short, Both int
}

// BracketsOf returns a symbol's bracket table, or nil.
func (e *Engine) BracketsOf(symbol string) []inverse.Bracket {
	if s := e.symbolOf(symbol); s != nil {
		return s.table.Rows()
	}
	return nil
}

// FundingRate is a rate that a perpetual charged.
type FundingRate struct {
	Symbol string
	Rate   decimal.D
	Mark   decimal.D
	Time   int64 // ms
}
