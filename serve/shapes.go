package serve

import (
	"poise/account"
	"poise/dapi"
	"poise/decimal"
	"poise/follower"
	"poise/follower/marks"
	"poise/store"
)

// The shapes of answers. Names of JSON are fixed; decimals are texts, digit for
// digit as the exchange wrote them, and times are Unix milliseconds.

type accountRow struct {
	Name      string     `json:"name"`
	Alias     string     `json:"alias" doc:"the exchange's name of the account; empty until it was heard"`
	Status    string     `json:"status" enum:"starting,live,degraded,down"`
	Since     int64      `json:"since" doc:"ms, of the status"`
	Lines     []lineRow  `json:"lines"`
	Incidents int        `json:"incidents" doc:"how many are open"`
	Alerts    []alertRow `json:"alerts" doc:"what is wrong now, beside incidents"`
}

type lineRow struct {
	ID         uint8 `json:"id"`
	Up         bool  `json:"up"`
	Since      int64 `json:"since" doc:"ms, up or down"`
	Heard      int64 `json:"heard" doc:"ms, of the last bytes; 0 for never"`
	Frames     int64 `json:"frames"`
	Reconnects int   `json:"reconnects"`
}

type alertRow struct {
	Code   string `json:"code"`
	Symbol string `json:"symbol" doc:"or asset; empty where it has none"`
	Since  int64  `json:"since"`
	Detail string `json:"detail"`
}

type holdings struct {
	Name      string        `json:"name"`
	Alias     string        `json:"alias"`
	Status    string        `json:"status" enum:"starting,live,degraded,down"`
	Since     int64         `json:"since" doc:"ms, of the status; 0 as of an earlier time"`
	EventTime int64         `json:"eventTime" doc:"ms, of the newest event"`
	Balances  []balanceRow  `json:"balances"`
	Positions []positionRow `json:"positions"`
	Margin    []marginRow   `json:"margin,omitempty" doc:"computed from live marks; absent without them"`
	Incidents int           `json:"incidents" doc:"how many are open"`
	Alerts    []alertRow    `json:"alerts"`
	Journal   *placesRow    `json:"journal,omitempty" doc:"of a followed account as it is now: how far its record is"`
	Cursor    string        `json:"cursor,omitempty" doc:"the place in /v1/changes?account= behind which lies what this answer does not have yet: from="`
}

type placesRow struct {
	Partition int    `json:"partition" doc:"of the journal, that the account is in with others"`
	Position  uint64 `json:"position" doc:"of the last record that is in this answer"`
	Ledger    uint64 `json:"ledger" doc:"of the last record of the partition that is in the ledger: history goes up to it"`
}

type balanceRow struct {
	Asset   string    `json:"asset"`
	Wallet  decimal.D `json:"wallet"`
	Cross   decimal.D `json:"cross"`
	Updated int64     `json:"updated"`
}

type positionRow struct {
	Symbol         string     `json:"symbol"`
	Side           string     `json:"side" enum:"BOTH,LONG,SHORT"`
	Amount         decimal.D  `json:"amount" doc:"contracts, signed"`
	EntryPrice     decimal.D  `json:"entryPrice"`
	BreakEvenPrice *decimal.D `json:"breakEvenPrice,omitempty" doc:"absent where the exchange has not said it"`
	Realized       *decimal.D `json:"realized,omitempty" doc:"accumulated, before fees; absent where the exchange has not said it"`
	Unrealized     decimal.D  `json:"unrealized" doc:"as the exchange said it at updated"`
	MarginType     string     `json:"marginType"`
	IsolatedWallet decimal.D  `json:"isolatedWallet"`
	MarginAsset    string     `json:"marginAsset"`
	Updated        int64      `json:"updated"`
	Now            *nowRow    `json:"now,omitempty" doc:"computed from the live mark; absent without one"`
}

type nowRow struct {
	Mark             decimal.D  `json:"mark"`
	Unrealized       decimal.D  `json:"unrealized"`
	LiquidationPrice *decimal.D `json:"liquidationPrice,omitempty" doc:"absent where no mark liquidates, or it cannot be known"`
}

type marginRow struct {
	Asset string     `json:"asset"`
	Ratio *decimal.D `json:"ratio,omitempty" doc:"of the cross positions; 1 liquidates; absent where nothing is left, which is worse than any"`
}

type entryRow struct {
	Position uint64    `json:"position" doc:"of the record in the journal of the account's partition"`
	Index    int       `json:"index" doc:"among the entries of one record and asset"`
	Time     int64     `json:"time"`
	Asset    string    `json:"asset"`
	Kind     string    `json:"kind"`
	Amount   decimal.D `json:"amount"`
	Balance  decimal.D `json:"balance" doc:"the wallet after this entry"`
	Symbol   string    `json:"symbol"`
	OrderID  int64     `json:"orderId" doc:"0 where it has none"`
	TradeID  int64     `json:"tradeId" doc:"0 where it has none"`
	TranID   string    `json:"tranId" doc:"of the income row that explained it"`
	Reason   string    `json:"reason"`
}

type incidentRow struct {
	ID       uint64    `json:"id"`
	Kind     string    `json:"kind"`
	Asset    string    `json:"asset"`
	Symbol   string    `json:"symbol"`
	Amount   decimal.D `json:"amount"`
	Position uint64    `json:"position"`
	Opened   int64     `json:"opened"`
	Closed   int64     `json:"closed" doc:"0 while open"`
	Count    int       `json:"count" doc:"how often it happened since it was opened"`
	Detail   string    `json:"detail"`
	Ending   string    `json:"ending" doc:"how it ended; empty while open"`
}

func alertRows(list []follower.Alert) []alertRow {
	return mapped(list, func(a *follower.Alert) alertRow { return alertRow{a.Code, a.Symbol, a.Since, a.Detail} })
}

func lineRows(list []dapi.LineState) []lineRow {
	return mapped(list, func(l *dapi.LineState) lineRow {
		since := int64(0)
		if !l.Since.IsZero() {
			since = l.Since.UnixMilli()
		}
		return lineRow{l.ID, l.Up, since, l.Heard / 1e6, l.Frames, l.Reconnects}
	})
}

func balanceRows(list []account.Balance) []balanceRow {
	return mapped(list, func(b *account.Balance) balanceRow { return balanceRow{b.Asset, b.Wallet, b.Cross, b.Updated} })
}

func positionRows(list []account.Position, flat bool) []positionRow {
	rows := make([]positionRow, 0, len(list))
	for i := range list {
		if p := &list[i]; flat || !p.Amount.IsZero() {
			rows = append(rows, positionOf(p))
		}
	}
	return rows
}

func positionOf(p *account.Position) positionRow {
	return positionRow{Symbol: p.Symbol, Side: p.Side, Amount: p.Amount, EntryPrice: p.EntryPrice, BreakEvenPrice: said(p.BreakEven, p.HasBreakEven),
		Realized: said(p.Realized, p.HasRealized), Unrealized: p.Unrealized, MarginType: p.MarginType, IsolatedWallet: p.IsolatedWallet,
		MarginAsset: p.MarginAsset, Updated: p.Updated}
}

// said is a number that may be absent.
func said(d decimal.D, has bool) *decimal.D {
	if !has {
		return nil
	}
	return &d
}

// value adds what positions come to at the marks of now.
func (h *holdings) value(now *marks.Now) {
	if now == nil {
		return
	}
	for i := range now.Positions {
		n := &now.Positions[i]
		for k := range h.Positions {
			if p := &h.Positions[k]; p.Symbol == n.Symbol && p.Side == n.Side {
				p.Now = &nowRow{Mark: n.Mark, Unrealized: n.Unrealized, LiquidationPrice: said(n.Liquidation, n.HasLiquidation)}
			}
		}
	}
	h.Margin = mapped(now.Margins, func(m *marks.Margin) marginRow { return marginRow{m.Asset, said(m.Ratio, m.HasRatio)} })
}

func entryOf(e *account.Entry) entryRow {
	return entryRow{e.Position, e.Index, e.Time, e.Asset, string(e.Kind), e.Amount, e.Balance, e.Symbol, e.OrderID, e.TradeID, e.TranID, e.Reason}
}

func incidentOf(in *account.Incident) incidentRow {
	return incidentRow{in.ID, string(in.Kind), in.Asset, in.Symbol, in.Amount, in.Position, in.Opened, in.Closed, in.Count, in.Detail, in.Ending}
}

func incidentOfStore(in *store.Incident) incidentRow { return incidentOf(&in.Incident) }

// mapped is never nil: an empty list is [] in JSON.
func mapped[T, R any](list []T, f func(*T) R) []R {
	out := make([]R, 0, len(list))
	for i := range list {
		out = append(out, f(&list[i]))
	}
	return out
}
