package client

import "poise/decimal"

// Account is how an account is followed, and what is wrong.
type Account struct {
	Name      string  `json:"name"`
	Alias     string  `json:"alias"`  // the exchange's name of it; "" until heard
	Status    string  `json:"status"` // starting, live, degraded or down
	Since     int64   `json:"since"`  // ms, of the status
	Lines     []Line  `json:"lines"`
	Incidents int     `json:"incidents"` // how many are open
	Alerts    []Alert `json:"alerts"`
}

// Line is one websocket of an account.
type Line struct {
	ID         uint8 `json:"id"`
	Up         bool  `json:"up"`
	Since      int64 `json:"since"` // ms, up or down
	Heard      int64 `json:"heard"` // ms, of the last bytes; 0 for never
	Frames     int64 `json:"frames"`
	Reconnects int   `json:"reconnects"`
}

// Alert is something wrong now, beside incidents.
type Alert struct {
	Code   string `json:"code"`
	Symbol string `json:"symbol"` // or asset; "" where it has none
	Since  int64  `json:"since"`  // ms
	Detail string `json:"detail"`
}

// Holdings is what an account holds, now or as it stood at a time.
type Holdings struct {
	Name      string     `json:"name"`
	Alias     string     `json:"alias"`
	Status    string     `json:"status"`
	Since     int64      `json:"since"`     // ms, of the status; 0 as of an earlier time
	EventTime int64      `json:"eventTime"` // ms, of the newest event
	Balances  []Balance  `json:"balances"`
	Positions []Position `json:"positions"`
	Margin    []Margin   `json:"margin"` // computed from live marks; none without them
	Incidents int        `json:"incidents"`
	Alerts    []Alert    `json:"alerts"`
	Cursor    string     `json:"cursor"` // the changes that this has not yet lie behind it; "" as of an earlier time
}

// Balance is one asset's wallet.
type Balance struct {
	Asset   string    `json:"asset"`
	Wallet  decimal.D `json:"wallet"`
	Cross   decimal.D `json:"cross"`
	Updated int64     `json:"updated"` // ms
}

// Position is one symbol's on one side. Money is in MarginAsset, prices in USD.
type Position struct {
	Symbol         string     `json:"symbol"`
	Side           string     `json:"side"`   // BOTH, LONG or SHORT
	Amount         decimal.D  `json:"amount"` // contracts, signed
	EntryPrice     decimal.D  `json:"entryPrice"`
	BreakEvenPrice *decimal.D `json:"breakEvenPrice,omitempty"` // nil where the exchange has not said it
	Realized       *decimal.D `json:"realized,omitempty"`       // nil where the exchange has not said it
	Unrealized     decimal.D  `json:"unrealized"`               // as the exchange said it at Updated
	MarginType     string     `json:"marginType"`               // cross or isolated
	IsolatedWallet decimal.D  `json:"isolatedWallet"`
	MarginAsset    string     `json:"marginAsset"`
	Updated        int64      `json:"updated"`       // ms
	Now            *Now       `json:"now,omitempty"` // nil without a live mark
}

// Now is what a position comes to at the live mark.
type Now struct {
	Mark             decimal.D  `json:"mark"`
	Unrealized       decimal.D  `json:"unrealized"`
	LiquidationPrice *decimal.D `json:"liquidationPrice,omitempty"` // nil where no mark liquidates, or it cannot be known
}

// Margin is how near an asset's cross positions are to liquidation: at 1.
type Margin struct {
	Asset string     `json:"asset"`
	Ratio *decimal.D `json:"ratio"` // nil where nothing is left, which is worse than any
}

// Entry is one reason for one change of one wallet. (Position, Asset, Index) is
// unique in an account.
type Entry struct {
	Position uint64    `json:"position"` // of the record in the journal
	Index    int       `json:"index"`
	Time     int64     `json:"time"` // ms
	Asset    string    `json:"asset"`
	Kind     string    `json:"kind"`
	Amount   decimal.D `json:"amount"`
	Balance  decimal.D `json:"balance"` // the wallet after this entry
	Symbol   string    `json:"symbol"`
	OrderID  int64     `json:"orderId"` // 0 where it has none
	TradeID  int64     `json:"tradeId"` // 0 where it has none
	TranID   string    `json:"tranId"`  // of the income row that explained it
	Reason   string    `json:"reason"`
}

// EntryPage is a page of entries.
type EntryPage struct {
	Entries []Entry `json:"entries"`
	Next    string  `json:"next"` // After of the next page; "" on the last
}

// Incident is something wrong, from when it was noticed until it was mended.
type Incident struct {
	ID       uint64    `json:"id"`
	Kind     string    `json:"kind"`
	Asset    string    `json:"asset"`
	Symbol   string    `json:"symbol"`
	Amount   decimal.D `json:"amount"`
	Position uint64    `json:"position"`
	Opened   int64     `json:"opened"` // ms
	Closed   int64     `json:"closed"` // ms; 0 while open
	Count    int       `json:"count"`
	Detail   string    `json:"detail"`
	Ending   string    `json:"ending"` // how it ended; "" while open
}

// IncidentPage is a page of incidents.
type IncidentPage struct {
	Incidents []Incident `json:"incidents"`
	Next      string     `json:"next"` // After of the next page; "" on the last
}

// Total is the sum of entries of one asset and kind in a day or month.
type Total struct {
	Day     string    `json:"day,omitempty"`   // 2026-10-31, by day
	Month   string    `json:"month,omitempty"` // 2026-10, by month
	Asset   string    `json:"asset"`
	Kind    string    `json:"kind"`
	Amount  decimal.D `json:"amount"`
	Entries int64     `json:"entries"` // how many were summed
}

// Change is what one durable record changed.
type Change struct {
	Cursor    string     `json:"-"` // the next change lies behind it
	Account   string     `json:"account"`
	Position  uint64     `json:"position"`
	Time      int64      `json:"time"` // ms
	Event     string     `json:"event"`
	Reason    string     `json:"reason"`
	Repeated  bool       `json:"repeated"`
	Late      bool       `json:"late"`      // derived from the journal once more
	Balances  []Balance  `json:"balances"`  // those that changed, as they are now
	Positions []Position `json:"positions"` // those that changed, as they are now, flat ones too
	Leverages []Leverage `json:"leverages"`
	Calls     []Call     `json:"calls"`
	Entries   []Entry    `json:"entries"` // new ones
	Revised   []Revision `json:"revised"` // older ones that are now explained
	Opened    []Incident `json:"opened"`  // new incidents, and open ones that happened again
	Ended     []Incident `json:"ended"`
}

// Leverage is a symbol's.
type Leverage struct {
	Symbol   string `json:"symbol"`
	Leverage int64  `json:"leverage"`
	Updated  int64  `json:"updated"` // ms
}

// Call is a position that the exchange warned about.
type Call struct {
	Symbol      string    `json:"symbol"`
	Side        string    `json:"side"`
	Amount      decimal.D `json:"amount"`
	MarginType  string    `json:"marginType"`
	Mark        decimal.D `json:"mark"`
	Unrealized  decimal.D `json:"unrealized"`
	Maintenance decimal.D `json:"maintenance"`
	Time        int64     `json:"time"` // ms
}

// Revision is an entry that was said otherwise before.
type Revision struct {
	Before Entry `json:"before"`
	After  Entry `json:"after"`
}
