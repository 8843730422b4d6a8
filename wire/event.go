package wire

import "poise/decimal"

// Type tells which message an [Event] holds.
type Type uint8

const (
	// Unknown is any message whose name this package has no shape for, also one
	// without a name; Event.Raw holds its bytes.
	Unknown Type = iota
	// AccountUpdate is ACCOUNT_UPDATE: balances and positions after a change.
	AccountUpdate
	// OrderTradeUpdate is ORDER_TRADE_UPDATE: an order's life, and each fill.
	OrderTradeUpdate
	// MarginCall is MARGIN_CALL: a warning, with the positions in danger.
	MarginCall
	// AccountConfigUpdate is ACCOUNT_CONFIG_UPDATE: a symbol's leverage changed.
	AccountConfigUpdate
	// ListenKeyExpired is listenKeyExpired: nothing more comes on this key.
	ListenKeyExpired
	// StrategyUpdate is STRATEGY_UPDATE: a trading bot's state.
	StrategyUpdate
	// GridUpdate is GRID_UPDATE: a grid bot's state and figures.
	GridUpdate
	// AlgoUpdate is ALGO_UPDATE: a conditional order's life (since 2026).
	AlgoUpdate
)

// Fields is a set of the fields that one object of a message carries. A field
// that is absent from the message is absent from the set and its Go value is
// the zero value, which says nothing.
type Fields uint64

// Has reports whether all of f are present.
func (s Fields) Has(f Fields) bool { return s&f == f }

// Extra is a key that this package has no field for, with its value's bytes as
// compact, valid JSON. It is written back where it stood.
type Extra struct {
	Key   string
	Value []byte
	after uint8 // how many known keys stood before it
}

// Event is one message, and is reused: [Decoder.Decode] overwrites all of it,
// keeping its memory. Its strings may be kept; its slices, and Raw and Extra
// below them, live until the next Decode into the same Event.
type Event struct {
	Type        Type
	Name        string // e
	Enveloped   bool   // came as {"stream":...,"data":...}
	Stream      string // the envelope's stream name: the listen key
	Time        int64  // E, ms: when the message was made
	Transaction int64  // T, ms: the engine's time, shared by the messages of one match
	Alias       string // i, accountAlias
	Product     string // fs: UM or CM, portfolio margin only
	ListenKey   string // listenKey of listenKeyExpired
	Fields      Fields // Event* bits

	Account     Account  // a of ACCOUNT_UPDATE
	Order       Order    // o of ORDER_TRADE_UPDATE
	Call        Call     // cw and p of MARGIN_CALL
	Config      Config   // ac of ACCOUNT_CONFIG_UPDATE
	Strategy    Strategy // su of STRATEGY_UPDATE
	Grid        Grid     // gu of GRID_UPDATE
	Algo        Algo     // o of ALGO_UPDATE
	Raw         []byte   // Unknown only: the bytes as they came, without the envelope
	Extra       []Extra  // unknown keys at the top of the message
	Envelope    []Extra  // unknown keys beside stream and data
	layout      layout   // key order and number forms, so that Append writes them back
	outer       layout   // the same of the envelope
	outerFields Fields   // stream and data, while the envelope is read
	memory      []byte   // what Extra values and Raw point into
}

// Fields of an Event.
const (
	EventName Fields = 1 << iota
	EventTime
	EventTransaction
	EventAlias
	EventProduct
	EventListenKey
	EventBody        // a, o, p, ac, su or gu
	EventCrossWallet // cw of MARGIN_CALL
	EventMode        // ai of ACCOUNT_CONFIG_UPDATE
)

// Account is the body of an ACCOUNT_UPDATE.
type Account struct {
	Reason    string // m; any text, the 13 known ones are Reason* constants
	Symbol    string // S: of a FUNDING_FEE, since 2026-08
	Balances  []Balance
	Positions []Position
	Fields    Fields // Account* bits
	Extra     []Extra
	layout    layout
}

// Fields of an Account.
const (
	AccountBalances Fields = 1 << iota
	AccountPositions
	AccountReason
	AccountSymbol
)

// The reasons that the exchange documents; docs/fields.md says when each comes.
// Others are kept as they are.
const (
	ReasonDeposit          = "DEPOSIT"
	ReasonWithdraw         = "WITHDRAW"
	ReasonOrder            = "ORDER"
	ReasonFundingFee       = "FUNDING_FEE"
	ReasonAdjustment       = "ADJUSTMENT"
	ReasonInsuranceClear   = "INSURANCE_CLEAR"
	ReasonAdminDeposit     = "ADMIN_DEPOSIT"
	ReasonAdminWithdraw    = "ADMIN_WITHDRAW"
	ReasonMarginTransfer   = "MARGIN_TRANSFER"
	ReasonMarginTypeChange = "MARGIN_TYPE_CHANGE"
	ReasonAssetTransfer    = "ASSET_TRANSFER"
	ReasonCoinSwapDeposit  = "COIN_SWAP_DEPOSIT"
	ReasonCoinSwapWithdraw = "COIN_SWAP_WITHDRAW"
)

// Balance is a row of B: one asset's wallet, in that asset.
type Balance struct {
	Asset  string    // a
	Wallet decimal.D // wb: cross and all isolated wallets, without unrealised PnL
	Cross  decimal.D // cw: wallet less the isolated wallets
	Change decimal.D // bc: the wallet's change other than realised PnL and commission
	Fields Fields    // Balance* bits
	Extra  []Extra
	layout layout
}

// Fields of a Balance.
const (
	BalanceAsset Fields = 1 << iota
	BalanceWallet
	BalanceCross
	BalanceChange
)

// Position sides and margin types as ACCOUNT_UPDATE writes them.
const (
	SideBoth  = "BOTH"
	SideLong  = "LONG"
	SideShort = "SHORT"

	MarginCross    = "cross"
	MarginIsolated = "isolated"
)

// Position is a row of P: one symbol's position on one side. Amounts of money
// are in the margin asset, prices in USD.
type Position struct {
	Symbol         string    // s
	Amount         decimal.D // pa: contracts, signed
	EntryPrice     decimal.D // ep: harmonic average
	BreakEven      decimal.D // bep
	Realized       decimal.D // cr: accumulated, before fees, not reset when flat
	Unrealized     decimal.D // up: at the mark of that moment
	IsolatedWallet decimal.D // iw: 0 when cross
	MarginType     string    // mt: cross or isolated
	Side           string    // ps: BOTH, LONG or SHORT
	MarginAsset    string    // ma
	Fields         Fields    // Position* bits
	Extra          []Extra
	layout         layout
}

// Fields of a Position.
const (
	PositionSymbol Fields = 1 << iota
	PositionAmount
	PositionEntryPrice
	PositionBreakEven
	PositionRealized
	PositionUnrealized
	PositionIsolatedWallet
	PositionMarginType
	PositionSide
	PositionMarginAsset
)
