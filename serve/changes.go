package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"poise/account"
	"poise/follower"
	"poise/store"
)

const changesPath = "/v1/changes"

// changeRow is what one durable record changed.
type changeRow struct {
	Account   string        `json:"account"`
	Position  uint64        `json:"position" doc:"of the record in the journal of the account's partition"`
	Time      int64         `json:"time" doc:"ms, of the message"`
	Event     string        `json:"event" doc:"the message's name, or SNAPSHOT, INCOME, LINE"`
	Reason    string        `json:"reason" doc:"of an ACCOUNT_UPDATE"`
	Repeated  bool          `json:"repeated,omitempty" doc:"the same message was heard before; nothing changed"`
	Late      bool          `json:"late,omitempty" doc:"derived from the journal once more: the client was slow, or away"`
	Balances  []balanceRow  `json:"balances" doc:"rows that changed, as they are now"`
	Positions []positionRow `json:"positions" doc:"rows that changed, as they are now, flat ones too"`
	Leverages []leverageRow `json:"leverages,omitempty"`
	Calls     []callRow     `json:"calls,omitempty" doc:"of a MARGIN_CALL"`
	Entries   []entryRow    `json:"entries" doc:"new ones: why wallets moved"`
	Revised   []revisedRow  `json:"revised,omitempty" doc:"older ones that are now explained"`
	Opened    []incidentRow `json:"opened,omitempty" doc:"new incidents, and open ones that happened again"`
	Ended     []incidentRow `json:"ended,omitempty"`
}

type leverageRow struct {
	Symbol   string `json:"symbol"`
	Leverage int64  `json:"leverage"`
	Updated  int64  `json:"updated"`
}

type callRow struct {
	Symbol      string `json:"symbol"`
	Side        string `json:"side"`
	Amount      string `json:"amount"`
	MarginType  string `json:"marginType"`
	Mark        string `json:"mark"`
	Unrealized  string `json:"unrealized"`
	Maintenance string `json:"maintenance"`
	Time        int64  `json:"time"`
}

type revisedRow struct {
	Before entryRow `json:"before"`
	After  entryRow `json:"after"`
}

func changeOf(c *follower.Change) *changeRow {
	d := &c.Delta
	return &changeRow{Account: d.Account, Position: d.Position, Time: d.Time, Event: d.Event, Reason: d.Reason, Repeated: d.Repeated, Late: c.Late,
		Balances: balanceRows(d.Balances), Positions: positionRows(d.Positions, true), Entries: mapped(d.Entries, entryOf),
		Leverages: mapped(d.Leverages, func(l *account.Leverage) leverageRow { return leverageRow{l.Symbol, l.Leverage, l.Updated} }),
		Calls:     mapped(d.Calls, callOf),
		Revised:   mapped(d.Revised, func(r *account.Revision) revisedRow { return revisedRow{entryOf(&r.Before), entryOf(&r.After)} }),
		Opened:    mapped(d.Opened, incidentOf), Ended: mapped(d.Ended, incidentOf)}
}

func callOf(c *account.MarginCall) callRow {
	return callRow{c.Symbol, c.Side, c.Amount.String(), c.MarginType, c.Mark.String(), c.Unrealized.String(), c.Maintenance.String(), c.Time}
}

type changesInput struct {
	Account string `query:"account" doc:"only of this account"`
	From    string `query:"from" maxLength:"4096" doc:"a cursor: the changes behind it; 0 for all there ever were; without it, those from now on"`
	LastID  string `header:"Last-Event-ID" maxLength:"4096" doc:"the id of the last event that was heard; it counts before from"`
}

// apiChanges adds the stream, whose document huma cannot derive.
func (s *Server) apiChanges(api huma.API) {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[changeRow](), true, "change")
	huma.Register(api, huma.Operation{
		OperationID: "changes", Method: http.MethodGet, Path: changesPath, Summary: "What changes, as it happens",
		Description: "Server-sent events: one a change, whose data is JSON, and whose id goes on from it, as Last-Event-ID or from. " +
			"Each change is sent once and in the order of its account, once it is durable. A comment is sent when there is nothing new. " +
			"Whoever reads too slowly is cut, and goes on from the last id without loss or repeat.",
		Errors: []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable},
		Responses: map[string]*huma.Response{"200": {Description: "changes, until either side ends it",
			Content: map[string]*huma.MediaType{"text/event-stream": {Schema: schema}}}},
	}, s.getChanges)
}

func (s *Server) getChanges(ctx context.Context, in *changesInput) (*huma.StreamResponse, error) {
	from, err := s.place(ctx, in)
	if err != nil {
		return nil, err
	}
	select {
	case s.clients <- struct{}{}:
	default:
		return nil, huma.ErrorWithHeaders(typed(http.StatusServiceUnavailable, tooManyClients,
			fmt.Sprintf("%d clients listen to changes already, and no more may: try again in 5 s", cap(s.clients))), http.Header{"Retry-After": {"5"}})
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer func() { <-s.clients }()
		r, w := humago.Unwrap(c)
		s.stream(w, r, in.Account, from)
	}}, nil
}

// place is where a client goes on.
func (s *Server) place(ctx context.Context, in *changesInput) (from follower.Cursor, err error) {
	f := s.config.Follower
	if f == nil {
		return from, typed(http.StatusServiceUnavailable, nothingFollowed,
			"nothing is followed by this process, so nothing changes: there is only history, as under /v1/accounts")
	}
	if in.Account != "" {
		if err := s.must(ctx, in.Account); err != nil {
			return from, err
		}
		if _, followed := f.Account(in.Account); !followed {
			return from, typed(http.StatusNotFound, historyOnly, "the account "+in.Account+" is not followed by this process, so nothing of it changes: it has only history")
		}
	}
	text := in.LastID
	if text == "" {
		text = in.From
	}
	if text == "" {
		if from, err = f.End(ctx); err != nil {
			return from, s.inside(err)
		}
		return from, nil
	}
	if from, err = follower.ParseCursor(text); err != nil {
		return from, huma.Error422UnprocessableEntity(err.Error())
	}
	// An account's state is there a moment before its change is shown, so a place
	// taken from it may be ahead for as long.
	for wait := time.Millisecond; ahead(from, f.Head()); wait *= 2 {
		if wait > 100*time.Millisecond {
			return from, typed(http.StatusConflict, otherStore,
				"the cursor is ahead of the journal: it is of another store; begin anew with the state of /v1/accounts")
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return from, s.inside(ctx.Err())
		}
	}
	return from, nil
}

// ahead reports whether a place is behind the journal's end; a partition that is
// not open yet has none.
func ahead(from, head follower.Cursor) bool {
	for p := range store.Partitions {
		if at := head.Position(p); at > 0 && from.Position(p) > at {
			return true
		}
	}
	return false
}

// stream sends changes until the client or the server ends it.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, name string, from follower.Cursor) {
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.over, stop)()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy must not gather them
	out := &events{w: w, c: http.NewResponseController(w), most: s.config.WriteMost}
	narrow(r)
	_ = out.c.SetReadDeadline(time.Time{}) // that of the request must not end the stream; without one there is none
	if r.Method == http.MethodHead {
		return
	}
	if name != "" { // an account's place is that of its partition alone
		var one follower.Cursor
		p := store.PartitionOf(name)
		one.Set(p, from.Position(p))
		from = one
	}
	err := s.send(ctx, out, name, from)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, errSlow):
		s.cut.Add(1)
		s.log.Info("a client of changes was cut: it reads too slowly", "account", name, "error", err)
	case err != nil && ctx.Err() == nil:
		s.log.Error("a stream of changes failed", "account", name, "error", err)
	}
}

// errSlow is a client that needs the journal again and again: each time, all of
// a partition is read for it.
var errSlow = errors.New("it reads more slowly than changes come")

// send sends what a reader of the follower brings. The reader waits for the
// client, and nobody waits for the reader.
func (s *Server) send(ctx context.Context, out *events, name string, from follower.Cursor) error {
	ctx, stop := context.WithCancel(ctx)
	changes := make(chan follower.Change)
	ended := make(chan error, 1)
	go func() { ended <- s.read(ctx, name, from, changes) }()
	defer func() { stop(); <-ended }()
	// The id alone is no event, but a client who is cut before the first one
	// goes on from here.
	if err := out.send("retry: 1000\nid: " + from.String() + "\n\n"); err != nil {
		return err
	}
	beat := time.NewTicker(s.config.HeartbeatEvery)
	defer beat.Stop()
	var pace pace
	for {
		select {
		case c := <-changes:
			if !pace.keeps(c.Late, time.Now()) {
				return errSlow
			}
			if err := out.change(&c); err != nil {
				return err
			}
			beat.Reset(s.config.HeartbeatEvery)
		case <-beat.C:
			if err := out.send(": nothing new\n\n"); err != nil {
				return err
			}
		case err := <-ended:
			ended <- nil
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Server) read(ctx context.Context, name string, from follower.Cursor, into chan<- follower.Change) error {
	all := s.config.Follower.Changes(ctx, from)
	if name != "" {
		all = s.config.Follower.ChangesOf(ctx, name, from.Position(store.PartitionOf(name)))
	}
	for c, err := range all {
		if err != nil {
			return err
		}
		select {
		case into <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// pace tells whether a client keeps up: when what it needs is no longer in
// memory, the journal of a whole partition is read, which it may cause lateMost
// times at once and once more every lateEvery.
type pace struct {
	late bool
	debt int
	at   time.Time // when debt was last reckoned
}

const (
	lateMost  = 8
	lateEvery = 10 * time.Second
)

func (p *pace) keeps(late bool, now time.Time) bool {
	began := late && !p.late
	p.late = late
	if !began {
		return true
	}
	if n := int(now.Sub(p.at) / lateEvery); n > 0 {
		p.debt, p.at = max(0, p.debt-n), now
	}
	p.debt++
	return p.debt <= lateMost
}

// events writes to a client, who has to take what it is sent in time.
type events struct {
	w    http.ResponseWriter
	c    *http.ResponseController
	most time.Duration
	buf  []byte
}

func (e *events) send(text string) error {
	e.buf = append(e.buf[:0], text...)
	return e.flush()
}

func (e *events) change(c *follower.Change) error {
	data, err := json.Marshal(changeOf(c))
	if err != nil {
		return err
	}
	e.buf = append(e.buf[:0], "id: "...)
	e.buf = append(e.buf, c.Cursor.String()...)
	e.buf = append(e.buf, "\ndata: "...)
	e.buf = append(e.buf, data...) // JSON has no line break
	e.buf = append(e.buf, "\n\n"...)
	return e.flush()
}

func (e *events) flush() error {
	// Without deadlines (not a connection) a write ends by itself.
	if err := e.c.SetWriteDeadline(time.Now().Add(e.most)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := e.w.Write(e.buf); err != nil {
		return err
	}
	return e.c.Flush()
}
