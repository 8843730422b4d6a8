package serve

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"poise/account"
	"poise/follower"
	"poise/store"
)

// notFollowed is the alert of an account that the ledger knows and no follower
// of this process follows.
const notFollowed = "not-followed"

func (s *Server) getAccounts(ctx context.Context, _ *struct{}) (*answer[[]accountRow], error) {
	rows, err := s.accounts(ctx)
	if err != nil {
		return nil, s.inside(err)
	}
	return &answer[[]accountRow]{rows}, nil
}

// views are of the followed accounts, by name.
func (s *Server) views() []*follower.View {
	if s.config.Follower == nil {
		return nil
	}
	return s.config.Follower.Accounts()
}

func (s *Server) view(name string) (*follower.View, bool) {
	if s.config.Follower == nil {
		return nil, false
	}
	return s.config.Follower.Account(name)
}

// accounts are those that are followed, and those of which only history is known.
func (s *Server) accounts(ctx context.Context) ([]accountRow, error) {
	views := s.views()
	rows := make([]accountRow, 0, len(views))
	followed := make(map[string]bool, len(views))
	for _, v := range views {
		followed[v.Name] = true
		rows = append(rows, accountRow{v.Name, v.Alias, v.Status, v.Since, lineRows(v.Stream.Lines), len(v.Incidents), alertRows(v.Alerts)})
	}
	known, err := s.config.Ledger.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	known = slices.DeleteFunc(known, func(a store.Account) bool { return followed[a.Name] })
	if len(known) == 0 {
		return rows, nil
	}
	open, err := s.openIncidents(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range known {
		rows = append(rows, accountRow{Name: a.Name, Status: follower.Down, Since: a.LastTime, Lines: []lineRow{}, Incidents: open[a.Name], Alerts: unfollowed(a.LastTime)})
	}
	slices.SortFunc(rows, func(a, b accountRow) int { return strings.Compare(a.Name, b.Name) })
	return rows, nil
}

func unfollowed(since int64) []alertRow {
	return []alertRow{{Code: notFollowed, Since: since, Detail: "only what the ledger knows: this process does not follow the account"}}
}

// openIncidents counts them by account.
func (s *Server) openIncidents(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	f := store.IncidentFilter{Open: true}
	for {
		page, err := s.config.Ledger.Incidents(ctx, f)
		if err != nil {
			return nil, err
		}
		for i := range page {
			counts[page[i].Account]++
		}
		if len(page) < store.PageRows {
			return counts, nil
		}
		f.After = &page[len(page)-1]
	}
}

// known returns what the ledger knows of an account.
func (s *Server) known(ctx context.Context, name string) (store.Account, bool, error) {
	list, err := s.config.Ledger.Accounts(ctx)
	if err != nil {
		return store.Account{}, false, err
	}
	i := slices.IndexFunc(list, func(a store.Account) bool { return a.Name == name })
	if i < 0 {
		return store.Account{}, false, nil
	}
	return list[i], true, nil
}

// must fails unless there is such an account.
func (s *Server) must(ctx context.Context, name string) error {
	if _, ok := s.view(name); ok {
		return nil
	}
	_, ok, err := s.known(ctx, name)
	if err != nil {
		return s.inside(err)
	}
	if !ok {
		return noAccount(name)
	}
	return nil
}

type accountInput struct {
	Name string `path:"name"`
	At   int64  `query:"at" minimum:"1" doc:"ms: as it stood then"`
	Flat bool   `query:"flat" doc:"1: flat positions too"`
}

func (s *Server) getAccount(ctx context.Context, in *accountInput) (*answer[*holdings], error) {
	h, err := s.holdings(ctx, in.Name, in.At, in.Flat)
	if err != nil {
		return nil, err
	}
	return &answer[*holdings]{h}, nil
}

func (s *Server) holdings(ctx context.Context, name string, at int64, flat bool) (*holdings, error) {
	v, followed := s.view(name)
	if followed && at == store.Latest {
		h := held(v, flat)
		h.Journal = s.places(ctx, v)
		return h, nil
	}
	if at > s.now().Add(aheadMost).UnixMilli() {
		return nil, typed(http.StatusUnprocessableEntity, notYet, fmt.Sprintf("at=%d is %s, which is still to come: it has the unit ms, and the exchange's clock is at %s",
			at, instant(at), instant(s.now().UnixMilli())))
	}
	if followed {
		if err := s.written(ctx, v); err != nil {
			return nil, err
		}
	}
	a, ok, err := s.known(ctx, name)
	if err != nil {
		return nil, s.inside(err)
	}
	if !ok && !followed {
		return nil, noAccount(name)
	}
	if at != store.Latest && (!ok || at < a.FirstTime) {
		return unheard(name, v), nil
	}
	h, err := s.stood(ctx, name, at, flat)
	if err != nil {
		return nil, s.inside(err)
	}
	if followed {
		h.Alias = v.Alias
	}
	if at == store.Latest {
		h.Status, h.Since, h.Alerts = follower.Down, a.LastTime, unfollowed(a.LastTime)
	}
	return h, nil
}

// aheadMost is how far a client's clock may be ahead.
const aheadMost = time.Minute

// instant is a time for people.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// unheard is an account before anything was heard of it. What the exchange said
// later of rows that had not changed since before then is not shown: it would be
// some of the account, and look like all of it.
func unheard(name string, v *follower.View) *holdings {
	h := &holdings{Name: name, Status: follower.Starting, Balances: []balanceRow{}, Positions: []positionRow{}, Alerts: []alertRow{}}
	if v != nil {
		h.Alias = v.Alias
	}
	return h
}

// places is how far journal and ledger are, or nil where the ledger does not
// say: what the follower knows is answered without it.
func (s *Server) places(ctx context.Context, v *follower.View) *placesRow {
	p := store.PartitionOf(v.Name)
	c, err := s.config.Ledger.Cursor(ctx, p)
	if err != nil {
		return nil
	}
	return &placesRow{Partition: p, Position: v.Position, Ledger: c.Position}
}

// held is what a view holds.
func held(v *follower.View, flat bool) *holdings {
	var c follower.Cursor
	c.Set(store.PartitionOf(v.Name), v.Position)
	h := &holdings{Name: v.Name, Alias: v.Alias, Status: v.Status, Since: v.Since, EventTime: v.EventTime, Balances: balanceRows(v.Balances),
		Positions: positionRows(v.Positions, flat), Incidents: len(v.Incidents), Alerts: alertRows(v.Alerts), Cursor: c.String()}
	h.value(v.Now)
	return h
}

// stood is what the ledger has of a time. How the account was followed then, it
// tells by the incidents that were open.
func (s *Server) stood(ctx context.Context, name string, at int64, flat bool) (*holdings, error) {
	balances, err := s.config.Ledger.Balances(ctx, name, at)
	if err != nil {
		return nil, err
	}
	positions, err := s.config.Ledger.Positions(ctx, name, at)
	if err != nil {
		return nil, err
	}
	open, status, err := s.troubles(ctx, name, at)
	if err != nil {
		return nil, err
	}
	h := &holdings{Name: name, Status: status, Balances: balanceRows(balances), Positions: positionRows(positions, flat), Incidents: open, Alerts: []alertRow{}}
	for i := range balances {
		h.EventTime = max(h.EventTime, balances[i].Updated)
	}
	for i := range positions {
		h.EventTime = max(h.EventTime, positions[i].Updated)
	}
	return h, nil
}

// troubles counts the incidents that were open at a time.
func (s *Server) troubles(ctx context.Context, name string, at int64) (open int, status string, err error) {
	f := store.IncidentFilter{Account: name, Open: at == store.Latest}
	status = follower.Live
	for {
		page, err := s.config.Ledger.Incidents(ctx, f)
		if err != nil {
			return 0, "", err
		}
		for i := range page {
			in := &page[i]
			if at != store.Latest && (in.Opened > at || in.Closed != 0 && in.Closed <= at) {
				continue
			}
			open++
			if status != follower.Down {
				status = follower.Degraded
			}
			if in.Kind == account.IncidentNoLine {
				status = follower.Down
			}
		}
		if len(page) < store.PageRows {
			return open, status, nil
		}
		f.After = &page[len(page)-1]
	}
}

// Bounds of a wait for the ledger.
const (
	writtenMost  = 3 * time.Second
	writtenEvery = 5 * time.Millisecond
)

// written waits until the ledger, which is behind the journal, has what a view
// has: what is not there yet may be of the time that was asked for.
func (s *Server) written(ctx context.Context, v *follower.View) error {
	ctx, stop := context.WithTimeout(ctx, writtenMost)
	defer stop()
	for {
		c, err := s.config.Ledger.Cursor(ctx, store.PartitionOf(v.Name))
		switch {
		case err == nil && c.Position >= v.Position:
			return nil
		case ctx.Err() != nil:
			return huma.ErrorWithHeaders(typed(http.StatusServiceUnavailable, ledgerBehind,
				"the ledger is behind the journal, and what is not written yet may be of that time: ask again"), http.Header{"Retry-After": {"1"}})
		case err != nil:
			return s.inside(err)
		}
		select {
		case <-time.After(writtenEvery):
		case <-ctx.Done():
		}
	}
}
