package account

import (
	"errors"
	"fmt"
	"slices"

	"poise/decimal"
	"poise/wire"
)

// The named errors of Apply: a record that does not belong here. What is wrong
// with the exchange's own bytes is never an error but an incident.
var (
	// ErrAccount is a record of another account.
	ErrAccount = errors.New("record of another account")
	// ErrPosition is a record that does not come after the last one.
	ErrPosition = errors.New("record out of order")
	// ErrKind is a record of a kind that this version does not know.
	ErrKind = errors.New("record of an unknown kind")
)

// Books are what one account holds, and what is known of why. Make them with
// [New] or [Decode]; they are for one goroutine at a time.
type Books struct {
	s    state
	with *Scratch
}

// Scratch is what Books work with while they apply a record: a decoder and its
// memory of forms, 100 KB or so. Many books that one goroutine uses can share
// one; the zero value is ready.
type Scratch struct {
	dec    wire.Decoder
	event  wire.Event
	heard  int64 // ms: when it was received
	line   uint8 // and of which connection
	update update
}

// Use has the books work with s from now on; without it they make their own.
func (b *Books) Use(s *Scratch) { b.with = s }

// state is all that a later Apply depends on: what a checkpoint holds.
type state struct {
	Account      string
	Alias        string `json:",omitempty"`
	Position     uint64
	EventTime    int64         `json:",omitempty"`
	Balances     []balanceRow  `json:",omitempty"` // by asset
	Positions    []positionRow `json:",omitempty"` // by symbol, side
	Leverages    []Leverage    `json:",omitempty"` // by symbol
	Calls        []MarginCall  `json:",omitempty"` // by symbol, side: the last of each
	Incidents    []Incident    `json:",omitempty"` // open, by ID
	LastIncident uint64        `json:",omitempty"`
	Remainders   []remainder   `json:",omitempty"` // outstanding, by age
	GivenUp      []givenUp     `json:",omitempty"` // by asset
	Trades       []trade       `json:",omitempty"` // fills that no wallet's change accounts for yet
	Recent       []uint64      `json:",omitempty"` // hashes of the last messages, oldest first
	Unheard      []unheard     `json:",omitempty"`
	Lines        uint64        `json:",omitempty"` // bit n: connection n is up
}

// New returns the empty books of an account.
func New(account string) *Books { return &Books{s: state{Account: account}} }

// Apply folds one record into the books and tells what it changed. Records come
// in the order of their Position. The Delta shares no memory with the books or
// the record. On an error nothing has changed; bytes of the exchange that
// cannot be read are no error: they open an incident.
func (b *Books) Apply(r Record) (Delta, error) {
	if r.Account != b.s.Account {
		return Delta{}, fmt.Errorf("apply record %d: %w: %q, these are the books of %q", r.Position, ErrAccount, r.Account, b.s.Account)
	}
	if r.Position <= b.s.Position {
		return Delta{}, fmt.Errorf("apply record %d: %w: the last one was %d", r.Position, ErrPosition, b.s.Position)
	}
	d := Delta{Account: r.Account, Position: r.Position, Time: r.Received / 1e6}
	if r.Received == 0 {
		d.Time = b.s.EventTime
	}
	switch r.Kind {
	case Frame:
		b.applyFrame(r, &d)
	case Snapshot:
		b.applySnapshot(r, &d)
	case Income:
		b.applyIncome(r, &d)
	case Line:
		b.applyLine(r, &d)
	default:
		return Delta{}, fmt.Errorf("apply record %d: %w: %d", r.Position, ErrKind, r.Kind)
	}
	b.s.Position = r.Position
	return d, nil
}

// latestEvent bounds event times that can be true: one far in the future would
// make every later message late.
const (
	latestEvent = 1 << 43          // ms; the year 2248
	aheadMost   = 24 * 3600 * 1000 // ms that an event may be ahead of our clock
)

func (b *Books) applyFrame(r Record, d *Delta) {
	if b.with == nil {
		b.with = new(Scratch)
	}
	ev := &b.with.event
	b.with.heard, b.with.line = r.Received/1e6, r.Line
	if err := b.with.dec.Decode(r.Data, ev); err != nil {
		d.Event = "UNREADABLE"
		b.unreadable(d, err.Error())
		return
	}
	d.Event = clip(ev.Name, 64)
	if name, t := untrue(ev, r.Received/1e6); name != "" {
		b.unreadable(d, fmt.Sprintf("%s: %s is %d: not a time that can be true", ev.Name, name, t))
		return
	}
	if ev.Fields.Has(wire.EventTime) {
		d.Time = ev.Time
	}
	if !b.remember(hash(r.Data)) {
		d.Repeated = true
		return
	}
	b.mature(d.Time, d)
	b.applyEvent(ev, d)
}

// untrue names a time of an event, heard at a time in ms, that cannot be true: rows
// of a time to come would be newer than all that is heard or asked.
func untrue(ev *wire.Event, heard int64) (name string, t int64) {
	most := int64(latestEvent)
	if heard > 0 {
		most = heard + aheadMost
	}
	switch {
	case ev.Type == wire.Unknown:
	case ev.Time <= 0 || ev.Time > most:
		return "event time E", ev.Time
	case ev.Fields.Has(wire.EventTransaction) && (ev.Transaction < 0 || ev.Transaction > most):
		return "transaction time T", ev.Transaction
	}
	return "", 0
}

func (b *Books) applyEvent(ev *wire.Event, d *Delta) {
	switch ev.Type {
	case wire.AccountUpdate:
		b.applyUpdate(ev, d)
	case wire.OrderTradeUpdate:
		b.applyOrder(ev, d)
	case wire.MarginCall:
		b.applyCall(ev, d)
	case wire.AccountConfigUpdate:
		b.applyConfig(ev, d)
	case wire.ListenKeyExpired:
		b.open(d, Incident{Kind: IncidentKeyExpired, Detail: "the listen key expired: nothing more comes until a new one is used"})
	case wire.Unknown:
		if ev.Name == "" {
			return // an answer to a request on the socket, not an event
		}
		b.open(d, Incident{Kind: IncidentUnknown, Detail: fmt.Sprintf("event %q is not documented: kept, not understood", clip(ev.Name, 64))})
		return
	}
	b.s.EventTime = max(b.s.EventTime, ev.Time)
	if ev.Fields.Has(wire.EventAlias) {
		b.s.Alias = clip(ev.Alias, 64)
	}
}

// applyConfig takes a symbol's leverage.
func (b *Books) applyConfig(ev *wire.Event, d *Delta) {
	if !ev.Config.Fields.Has(wire.ConfigSymbol | wire.ConfigLeverage) {
		return // a change of another setting
	}
	row := Leverage{Symbol: ev.Config.Symbol, Leverage: ev.Config.Leverage, Updated: ev.Time}
	held, ok := lookup(b.s.Leverages, row, compareLeverages)
	if ok && held.Updated > row.Updated {
		b.late(d, "", row.Symbol, held.Updated)
		return
	}
	if !ok && len(b.s.Leverages) >= MaxPositions {
		b.unreadable(d, "more symbols than an account can have")
		return
	}
	b.s.Leverages = put(b.s.Leverages, row, compareLeverages)
	d.Leverages = append(d.Leverages, row)
}

// applyCall keeps the last warning of each position.
func (b *Books) applyCall(ev *wire.Event, d *Delta) {
	if len(b.s.Calls)+len(ev.Call.Positions) > MaxPositions {
		b.unreadable(d, "more positions than an account can have")
		return
	}
	for i := range ev.Call.Positions {
		p := &ev.Call.Positions[i]
		c := MarginCall{Symbol: p.Symbol, Side: sideOf(p.Side), Amount: p.Amount, MarginType: marginType(p.MarginType),
			IsolatedWallet: p.IsolatedWallet, CrossWallet: ev.Call.CrossWallet, Mark: p.Mark,
			Unrealized: p.Unrealized, Maintenance: p.Maintenance, Time: ev.Time}
		if held, ok := lookup(b.s.Calls, c, compareCalls); ok && held.Time > c.Time {
			continue
		}
		b.s.Calls = put(b.s.Calls, c, compareCalls)
		d.Calls = append(d.Calls, c)
	}
}

// endCalls forgets the warning of a position that is flat.
func (b *Books) endCalls(row *positionRow) {
	if row.Amount.IsZero() {
		b.s.Calls = slices.DeleteFunc(b.s.Calls, func(c MarginCall) bool { return c.Symbol == row.Symbol && c.Side == row.Side })
	}
}

// sideOf reads a row without ps as one-way: rows had no side before hedge mode.
func sideOf(ps string) string {
	if ps == "" {
		return wire.SideBoth
	}
	return ps
}

// marginType writes MARGIN_CALL's and REST's spellings as ACCOUNT_UPDATE does.
func marginType(mt string) string {
	switch mt {
	case "CROSSED", "CROSS":
		return wire.MarginCross
	case "ISOLATED":
		return wire.MarginIsolated
	}
	return mt
}

// remember keeps a message's hash and reports whether it is new.
func (b *Books) remember(h uint64) bool {
	if slices.Contains(b.s.Recent, h) {
		return false
	}
	if len(b.s.Recent) >= maxRecent {
		copy(b.s.Recent, b.s.Recent[1:])
		b.s.Recent = b.s.Recent[:maxRecent-1]
	}
	b.s.Recent = append(b.s.Recent, h)
	return true
}

// Account returns the account's name in the configuration.
func (b *Books) Account() string { return b.s.Account }

// Alias returns the exchange's own name of the account, "" when not yet heard.
func (b *Books) Alias() string { return b.s.Alias }

// Position returns the position of the last record, 0 for none.
func (b *Books) Position() uint64 { return b.s.Position }

// EventTime returns the largest E that was heard, ms, 0 for none.
func (b *Books) EventTime() int64 { return b.s.EventTime }

// Balance returns one asset's wallet.
func (b *Books) Balance(asset string) (Balance, bool) {
	r, ok := lookup(b.s.Balances, balanceRow{Balance: Balance{Asset: asset}}, compareBalances)
	return r.Balance, ok
}

// Balances returns all wallets, by asset.
func (b *Books) Balances() []Balance {
	out := make([]Balance, len(b.s.Balances))
	for i := range out {
		out[i] = b.s.Balances[i].Balance
	}
	return out
}

// Positions returns all positions that were ever heard of, flat ones too, by
// symbol and side.
func (b *Books) Positions() []Position {
	out := make([]Position, len(b.s.Positions))
	for i := range out {
		out[i] = b.s.Positions[i].Position
	}
	return out
}

// Leverages returns what is known of each symbol's leverage, by symbol.
func (b *Books) Leverages() []Leverage { return slices.Clone(b.s.Leverages) }

// MarginCalls returns the last warning of each position, by symbol and side.
func (b *Books) MarginCalls() []MarginCall { return slices.Clone(b.s.Calls) }

// Incidents returns what is wrong now, oldest first.
func (b *Books) Incidents() []Incident { return slices.Clone(b.s.Incidents) }

// Outstanding returns what is unexplained of an asset's wallet, also what may
// still be explained by a message under way.
func (b *Books) Outstanding(asset string) (decimal.D, error) {
	var sum decimal.D
	var err error
	for i := range b.s.Remainders {
		if r := &b.s.Remainders[i]; r.Asset == asset && err == nil {
			sum, err = sum.Add(r.Amount)
		}
	}
	return sum, err
}
