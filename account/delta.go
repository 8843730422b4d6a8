package account

import "poise/decimal"

// Kind says why a wallet moved. The names are the exchange's income types,
// those of the reasons that have none, and two of poise's own, OPENING and
// UNEXPLAINED. A reason or an income type that is not documented is its own kind.
type Kind string

// The kinds. Those of the exchange's own income types are spelled as it spells
// them.
const (
	Opening         Kind = "OPENING" // the wallet when it was first seen
	Transfer        Kind = "TRANSFER"
	RealizedPnL     Kind = "REALIZED_PNL"
	Commission      Kind = "COMMISSION"
	FundingFee      Kind = "FUNDING_FEE"
	InsuranceClear  Kind = "INSURANCE_CLEAR"
	WelcomeBonus    Kind = "WELCOME_BONUS"        // ADMIN_DEPOSIT, ADMIN_WITHDRAW (inferred)
	DeliveredSettle Kind = "DELIVERED_SETTELMENT" // the exchange's own spelling
	Adjustment      Kind = "ADJUSTMENT"
	AssetTransfer   Kind = "ASSET_TRANSFER"
	CoinSwap        Kind = "COIN_SWAP"
	Unexplained     Kind = "UNEXPLAINED" // what nothing that was heard accounts for
)

// Entry is one reason for one change of one wallet. (Position, Asset, Index)
// is unique in a partition; the entries of one record and asset, in order of
// Index, lead from the wallet before it to the wallet after it.
type Entry struct {
	Position uint64 // of the record that moved the wallet
	Asset    string
	Index    int
	Time     int64 // ms: the engine's time of the change, or the income row's
	Kind     Kind
	Amount   decimal.D // signed, never zero
	Balance  decimal.D // the wallet after this entry
	Symbol   string    // "" where it has none or none is known
	OrderID  int64     // 0 where it has none
	TradeID  int64     // 0 where it has none
	TranID   string    // of the income row that explained it, or ""
	Reason   string    // m of the message; SNAPSHOT or INCOME where REST told
}

// Revision is an entry that was said otherwise before: later messages
// explained what was UNEXPLAINED. Both have the same Position, Asset and Index.
type Revision struct{ Before, After Entry }

// Balance is one asset's wallet.
type Balance struct {
	Asset   string
	Wallet  decimal.D // cross and all isolated wallets, without unrealised PnL
	Cross   decimal.D
	Updated int64 // ms: E of the message, or the snapshot row's updateTime
}

// Position is one symbol's position on one side. Money is in MarginAsset,
// prices are in USD, Amount is in contracts and signed.
type Position struct {
	Symbol         string
	Side           string // BOTH, LONG or SHORT
	Amount         decimal.D
	EntryPrice     decimal.D
	BreakEven      decimal.D // only where HasBreakEven: before 2023-07 there was none
	HasBreakEven   bool
	Realized       decimal.D // accumulated, before fees; only where HasRealized
	HasRealized    bool
	Unrealized     decimal.D // at the mark of that moment
	MarginType     string    // cross or isolated
	IsolatedWallet decimal.D
	MarginAsset    string
	Updated        int64 // ms
}

// Leverage is a symbol's leverage.
type Leverage struct {
	Symbol   string
	Leverage int64
	Updated  int64 // ms
}

// MarginCall is a position that the exchange warned about. Money is in the
// margin asset.
type MarginCall struct {
	Symbol         string
	Side           string
	Amount         decimal.D // contracts, signed
	MarginType     string    // cross or isolated
	IsolatedWallet decimal.D
	CrossWallet    decimal.D // where the message gave one
	Mark           decimal.D
	Unrealized     decimal.D
	Maintenance    decimal.D // margin that is needed
	Time           int64     // ms: E
}

// IncidentKind says what is wrong. The values are on disk and in the API.
type IncidentKind string

// The kinds of incidents.
const (
	IncidentUnexplained IncidentKind = "unexplained"       // a wallet moved and nothing says why
	IncidentIsolated    IncidentKind = "isolated-mismatch" // wallet - cross is not the isolated wallets
	IncidentLate        IncidentKind = "late-event"        // older than what is held
	IncidentUnreadable  IncidentKind = "unreadable"        // a record that could not be decoded
	IncidentUnknown     IncidentKind = "unknown-event"     // an event that is not documented
	IncidentKeyExpired  IncidentKind = "key-expired"
	IncidentNoLine      IncidentKind = "no-line" // nobody was listening
)

// Incident is something wrong, from when it was noticed until it was mended.
// ID is unique within an account.
type Incident struct {
	ID       uint64
	Kind     IncidentKind
	Asset    string
	Symbol   string
	Amount   decimal.D // what is unexplained, or by how much it differs
	Position uint64    // of the record that opened it
	Opened   int64     // ms
	Closed   int64     // ms; 0 while open
	Count    int       // how often it happened since it was opened, from 1
	Detail   string    // one line for a person
	Ending   string    // how it ended; "" while open
}

// Delta is what one record changed, and why.
type Delta struct {
	Account   string
	Position  uint64       // of the record
	Time      int64        // ms: E of the message; the record's Received where it has none
	Event     string       // the message's name, or SNAPSHOT, INCOME, LINE
	Reason    string       // m of an ACCOUNT_UPDATE
	Repeated  bool         // the same message was heard before; nothing changed
	Balances  []Balance    // rows that changed, as they are now
	Positions []Position   // rows that changed, as they are now
	Leverages []Leverage   // rows that changed, as they are now
	Calls     []MarginCall // of a MARGIN_CALL
	Entries   []Entry      // new ones
	Revised   []Revision   // older ones that are now explained
	Opened    []Incident   // new ones, and open ones whose Count or Amount changed
	Ended     []Incident   // Closed is set
}
