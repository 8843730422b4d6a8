package notify

import (
	"fmt"

	"poise/account"
	"poise/follower"
	"poise/store"
)

// The types of events.
const (
	IncidentOpened = "incident.opened" // or it happened again: Times says how often
	IncidentEnded  = "incident.ended"
	MarginCalled   = "margin.call"
	AlertOpened    = "alert.opened"
	AlertEnded     = "alert.ended"
)

// Event is one thing that a receiver is told. Decimals are texts, times are ms.
type Event struct {
	ID      string    `json:"id"` // the same each time it is sent
	Type    string    `json:"type"`
	Account string    `json:"account"`
	Time    int64     `json:"time"` // of what it tells
	Detail  string    `json:"detail,omitempty"`
	What    *Incident `json:"incident,omitempty"`
	Call    *Call     `json:"call,omitempty"`
	Alert   *Alert    `json:"alert,omitempty"`
}

// Incident is what was noticed, and how it ended.
type Incident struct {
	ID     uint64 `json:"id"` // in its account
	Kind   string `json:"kind"`
	Asset  string `json:"asset,omitempty"`
	Symbol string `json:"symbol,omitempty"`
	Amount string `json:"amount"`
	Opened int64  `json:"opened"`
	Closed int64  `json:"closed,omitempty"`
	Times  int    `json:"times"`
	Ending string `json:"ending,omitempty"`
}

// Call is a position that the exchange warned about.
type Call struct {
	Symbol      string `json:"symbol"`
	Side        string `json:"side"`
	Amount      string `json:"amount"`
	MarginType  string `json:"marginType"`
	Mark        string `json:"mark"`
	Unrealized  string `json:"unrealized"`
	Maintenance string `json:"maintenance"`
}

// Alert is something that is wrong now, or was.
type Alert struct {
	Code   string `json:"code"`
	Symbol string `json:"symbol,omitempty"` // or asset
	Since  int64  `json:"since"`
}

// eventsOf are the events of one change. Their ids follow from its place in the
// journal, so that they are the same whenever it is read.
func eventsOf(d *account.Delta) (list []Event) {
	add := func(e Event) {
		e.ID = fmt.Sprintf("%d-%d-%d", store.PartitionOf(d.Account), d.Position, len(list))
		e.Account = d.Account
		list = append(list, e)
	}
	for i := range d.Opened {
		in := &d.Opened[i]
		add(Event{Type: IncidentOpened, Time: d.Time, Detail: in.Detail, What: incidentOf(in)})
	}
	for i := range d.Ended {
		in := &d.Ended[i]
		add(Event{Type: IncidentEnded, Time: in.Closed, Detail: in.Detail, What: incidentOf(in)})
	}
	for i := range d.Calls {
		c := &d.Calls[i]
		add(Event{Type: MarginCalled, Time: c.Time, Call: callOf(c)})
	}
	return list
}

func incidentOf(in *account.Incident) *Incident {
	return &Incident{ID: in.ID, Kind: string(in.Kind), Asset: in.Asset, Symbol: in.Symbol, Amount: in.Amount.String(),
		Opened: in.Opened, Closed: in.Closed, Times: in.Count, Ending: in.Ending}
}

func callOf(c *account.MarginCall) *Call {
	return &Call{Symbol: c.Symbol, Side: c.Side, Amount: c.Amount.String(), MarginType: c.MarginType, Mark: c.Mark.String(),
		Unrealized: c.Unrealized.String(), Maintenance: c.Maintenance.String()}
}

// told is an alert that the receiver knows to be open.
type told struct {
	Account string `json:"account"`
	Code    string `json:"code"`
	Symbol  string `json:"symbol"`
	Since   int64  `json:"since"`
}

// key tells alerts apart; Since does not, since a process knows only its own.
func (t told) key() told { t.Since = 0; return t }

func (t told) event(typ, detail string, at int64) Event {
	return Event{ID: fmt.Sprintf("%s-%d-%s-%s-%s", typ, t.Since, t.Code, t.Symbol, t.Account), Type: typ, Account: t.Account, Time: at, Detail: detail,
		Alert: &Alert{Code: t.Code, Symbol: t.Symbol, Since: t.Since}}
}

func toldOf(v *follower.View, a *follower.Alert) told {
	return told{Account: v.Name, Code: a.Code, Symbol: a.Symbol, Since: a.Since}
}
