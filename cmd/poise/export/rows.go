package export

import (
	"encoding/base64"
	"unicode/utf8"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

// Row is one of the kinds of rows that can be written.
type Row interface {
	Entry | Position | Message
	columns() []string
	cells(to []cell) []cell
}

// Entry is a ledger entry.
type Entry struct {
	Account  string `parquet:"account,dict"`
	Position int64  `parquet:"position"`
	Index    int32  `parquet:"index"`
	Time     int64  `parquet:"time,timestamp(millisecond)"`
	Asset    string `parquet:"asset,dict"`
	Kind     string `parquet:"kind,dict"`
	Amount   string `parquet:"amount"`
	Balance  string `parquet:"balance"`
	Symbol   string `parquet:"symbol,dict"`
	OrderID  int64  `parquet:"orderId"`
	TradeID  int64  `parquet:"tradeId"`
	TranID   string `parquet:"tranId"`
	Reason   string `parquet:"reason,dict"`
}

// OfEntry is e as a row.
func OfEntry(e *store.Entry) Entry {
	return Entry{e.Account, int64(e.Position), int32(e.Index), e.Time, e.Asset, string(e.Kind), e.Amount.String(), e.Balance.String(),
		e.Symbol, e.OrderID, e.TradeID, e.TranID, e.Reason}
}

func (Entry) columns() []string {
	return []string{"account", "position", "index", "time", "asset", "kind", "amount", "balance", "symbol", "orderId", "tradeId", "tranId", "reason"}
}

func (e Entry) cells(to []cell) []cell {
	return append(to, text(e.Account), integer(e.Position), integer(int64(e.Index)), moment(e.Time), text(e.Asset), text(e.Kind), number(e.Amount),
		number(e.Balance), text(e.Symbol), integer(e.OrderID), integer(e.TradeID), text(e.TranID), text(e.Reason))
}

// Position is what a position was from a moment on.
type Position struct {
	Account        string  `parquet:"account,dict"`
	Record         int64   `parquet:"record"` // the journal's position of what told it
	Time           int64   `parquet:"time,timestamp(millisecond)"`
	Symbol         string  `parquet:"symbol,dict"`
	Side           string  `parquet:"side,dict"`
	Amount         string  `parquet:"amount"`
	EntryPrice     string  `parquet:"entryPrice"`
	BreakEvenPrice *string `parquet:"breakEvenPrice,optional"`
	Realized       *string `parquet:"realized,optional"`
	Unrealized     string  `parquet:"unrealized"`
	MarginType     string  `parquet:"marginType,dict"`
	IsolatedWallet string  `parquet:"isolatedWallet"`
	MarginAsset    string  `parquet:"marginAsset,dict"`
}

// OfPosition is c as a row.
func OfPosition(c *store.PositionChange) Position {
	return Position{c.Account, int64(c.Record), c.Updated, c.Symbol, c.Side, c.Amount.String(), c.EntryPrice.String(),
		heard(c.BreakEven, c.HasBreakEven), heard(c.Realized, c.HasRealized), c.Unrealized.String(), c.MarginType, c.IsolatedWallet.String(), c.MarginAsset}
}

func heard(d decimal.D, was bool) *string {
	if !was {
		return nil
	}
	s := d.String()
	return &s
}

func (Position) columns() []string {
	return []string{"account", "record", "time", "symbol", "side", "amount", "entryPrice", "breakEvenPrice", "realized", "unrealized", "marginType",
		"isolatedWallet", "marginAsset"}
}

func (p Position) cells(to []cell) []cell {
	return append(to, text(p.Account), integer(p.Record), moment(p.Time), text(p.Symbol), text(p.Side), number(p.Amount), number(p.EntryPrice),
		orNull(p.BreakEvenPrice), orNull(p.Realized), number(p.Unrealized), text(p.MarginType), number(p.IsolatedWallet), text(p.MarginAsset))
}

// Message is a record of the journal: what was heard, byte for byte.
type Message struct {
	Account  string `parquet:"account,dict"`
	Position int64  `parquet:"position"`
	Time     int64  `parquet:"time,timestamp(millisecond)"` // when it was received; 0 is not known
	Received int64  `parquet:"receivedNs"`                  // the same in ns
	Kind     string `parquet:"kind,dict"`                   // frame, snapshot, income or line
	Line     int32  `parquet:"line"`                        // of which connection
	Encoding string `parquet:"encoding,dict"`               // of Data: utf-8, or base64 where the bytes are no text
	Data     string `parquet:"data"`
}

// OfMessage is r as a row.
func OfMessage(r *account.Record) Message {
	m := Message{Account: r.Account, Position: int64(r.Position), Time: r.Received / 1e6, Received: r.Received, Kind: KindName(r.Kind), Line: int32(r.Line)}
	if utf8.Valid(r.Data) {
		m.Encoding, m.Data = "utf-8", string(r.Data)
	} else {
		m.Encoding, m.Data = "base64", base64.StdEncoding.EncodeToString(r.Data)
	}
	return m
}

// KindName names a kind of record, "" for one that there is not.
func KindName(k account.RecordKind) string {
	switch k {
	case account.Frame:
		return "frame"
	case account.Snapshot:
		return "snapshot"
	case account.Income:
		return "income"
	case account.Line:
		return "line"
	}
	return ""
}

func (Message) columns() []string {
	return []string{"account", "position", "time", "receivedNs", "kind", "line", "encoding", "data"}
}

func (m Message) cells(to []cell) []cell {
	return append(to, text(m.Account), integer(m.Position), moment(m.Time), integer(m.Received), text(m.Kind), integer(int64(m.Line)), text(m.Encoding), text(m.Data))
}

// cell is a value of a row.
type cell struct {
	kind cellKind
	text string
	num  int64
}

type cellKind uint8

const (
	isText cellKind = iota
	isNumber
	isInteger
	isMoment // ms
	isNull
)

func text(s string) cell   { return cell{kind: isText, text: s} }
func number(s string) cell { return cell{kind: isNumber, text: s} }
func integer(n int64) cell { return cell{kind: isInteger, num: n} }
func moment(ms int64) cell { return cell{kind: isMoment, num: ms} }

func orNull(s *string) cell {
	if s == nil {
		return cell{kind: isNull}
	}
	return number(*s)
}
