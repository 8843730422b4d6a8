package follower

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"poise/account"
	"poise/dapi"
	"poise/follower/marks"
)

// How an account is followed.
const (
	Starting = "starting" // no snapshot yet
	Live     = "live"     // every line is up, nothing is wrong
	Degraded = "degraded" // followed, but something is wrong: see Alerts and Incidents
	Down     = "down"     // no line is up
)

// View is what an account holds and how it is followed, at one moment. It is
// immutable and shares no memory with what changes.
type View struct {
	Name, Alias string
	Status      string // Starting, Live, Degraded or Down
	Since       int64  // ms: of the status
	Position    uint64 // of the last record in the journal of the account's partition
	EventTime   int64  // ms: the newest E that was heard
	Proved      int64  // ms: when REST last agreed; 0 for never in this process
	Balances    []account.Balance
	Positions   []account.Position // flat ones too
	Leverages   []account.Leverage
	Calls       []account.MarginCall
	Incidents   []account.Incident // open ones
	Stream      dapi.StreamState
	Alerts      []Alert // by code and symbol
	// Now is what the positions come to at the marks of this moment: computed,
	// never journaled. It is nil without Config.Marks, and before there are marks.
	Now *marks.Now
}

// view makes the account's View, or returns the last one if nothing changed.
func (s *session) view() *View {
	v := &View{Name: s.name}
	s.shard.read(s.name, func(b *account.Books) {
		s.mu.Lock()
		cached := s.cached
		s.mu.Unlock()
		switch {
		case b == nil:
		case cached != nil && cached.Position == b.Position():
			*v = *cached
		default:
			v.Alias, v.Position, v.EventTime = b.Alias(), b.Position(), b.EventTime()
			v.Balances, v.Positions, v.Leverages = b.Balances(), b.Positions(), b.Leverages()
			v.Calls, v.Incidents = b.MarginCalls(), b.Incidents()
		}
	})
	v.Stream = s.stream.State()
	s.mu.Lock()
	defer s.mu.Unlock()
	v.Status, v.Since, v.Proved, v.Alerts = s.status, s.since, s.proved, nil
	for _, a := range s.alerts {
		v.Alerts = append(v.Alerts, a)
	}
	slices.SortFunc(v.Alerts, func(a, b Alert) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), strings.Compare(a.Symbol, b.Symbol))
	})
	s.cached = v
	if s.f.gauge != nil {
		live := *v
		live.Now = s.f.gauge.now(s.tables, v.Balances, v.Positions)
		return &live
	}
	return v
}

// alert says that something is wrong now; settle, that it is over.
func (s *session) alert(code, symbol, detail string) {
	s.mu.Lock()
	key := code + " " + symbol
	was, known := s.alerts[key]
	if !known {
		was = Alert{Code: code, Symbol: symbol, Since: s.f.now(), kept: s.stream.State().KeyKept}
	}
	said := was.Detail == detail
	was.Detail = detail
	s.alerts[key] = was
	s.mu.Unlock()
	if !said {
		s.log.Warn(detail, "alert", code, "symbol", symbol)
	}
	s.review()
}

func (s *session) settle(code string) {
	s.settled(code, func(a Alert) bool { return a.Code == code })
}

func (s *session) settleOne(code, symbol string) {
	s.settled(code, func(a Alert) bool { return a.Code == code && a.Symbol == symbol })
}

func (s *session) settled(code string, which func(Alert) bool) {
	s.mu.Lock()
	n := len(s.alerts)
	maps.DeleteFunc(s.alerts, func(_ string, a Alert) bool { return which(a) })
	over := len(s.alerts) < n
	s.mu.Unlock()
	if over {
		s.log.Info("it is over", "alert", code)
		s.review()
	}
}

func (s *session) lines(up int) {
	s.mu.Lock()
	s.linesUp = up
	s.mu.Unlock()
	s.review()
}

// settleKey ends an alert of the key once the exchange has renewed it.
func (s *session) settleKey() {
	kept := s.stream.State().KeyKept
	s.mu.Lock()
	a, open := s.alerts[alertKey+" "]
	s.mu.Unlock()
	if open && !kept.Equal(a.kept) {
		s.settle(alertKey)
	}
}

// review brings the status in line with what it follows from.
func (s *session) review() {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := Live
	switch {
	case s.snapshots == 0:
		status = Starting
	case s.linesUp == 0:
		status = Down
	case s.linesUp < s.f.lines() || s.incidents > 0 || len(s.alerts) > 0:
		status = Degraded
	}
	if status == s.status {
		return
	}
	s.log.Info("account is "+status, "was", s.status, "lines", s.linesUp, "incidents", s.incidents, "alerts", len(s.alerts))
	s.status, s.since = status, s.f.now()
}

// changed looks at what a record changed, and asks REST where the books do. It
// is called by the shard and does not wait.
func (s *session) changed(d *account.Delta, gaps bool) {
	s.mu.Lock()
	if !gaps {
		s.repairs = 0
		s.agenda[jobRepair] = time.Time{}
	}
	first := gaps && !s.gaping
	s.gaping = gaps
	if d.Event == "SNAPSHOT" { // it is in the books now
		s.snapshots++
	}
	s.mu.Unlock()
	if d.Event == "SNAPSHOT" {
		s.review()
	}
	if first {
		s.want(jobRepair, repairAfter[0])
	}
	if s.f.gauge != nil && len(d.Positions) > 0 {
		s.shard.read(s.name, func(b *account.Books) { s.f.gauge.holds(s, holding(b)) })
	}
	if len(d.Opened)+len(d.Ended) == 0 {
		return
	}
	for i := range d.Opened {
		s.opened(&d.Opened[i])
	}
	for i := range d.Ended {
		in := &d.Ended[i]
		s.log.Info("incident over", "incident", in.ID, "kind", string(in.Kind), "asset", in.Asset, "symbol", in.Symbol, "ending", in.Ending)
	}
	open := 0
	s.shard.read(s.name, func(b *account.Books) { open = len(b.Incidents()) })
	s.mu.Lock()
	s.incidents = open
	s.mu.Unlock()
	s.review()
}

// opened has REST asked about an incident that its word can end.
func (s *session) opened(in *account.Incident) {
	s.log.Warn("incident", "incident", in.ID, "kind", string(in.Kind), "asset", in.Asset, "symbol", in.Symbol,
		"amount", in.Amount.String(), "times", in.Count, "detail", in.Detail)
	s.f.stats.incident(in.Kind)
	switch in.Kind {
	case account.IncidentUnexplained:
		s.want(jobRepair, 0)
	case account.IncidentUnreadable, account.IncidentLate, account.IncidentIsolated:
		s.want(jobSnapshot, lookAgain(in.Count, settleAfter/5))
	case account.IncidentUnknown:
		s.want(jobSnapshot, lookAgain(in.Count, settleAfter))
	}
}
