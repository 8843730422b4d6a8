package screen

import (
	"context"
	"errors"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"poise/serve/client"
)

// How often the server is asked. Changes are pushed; what is asked is what
// marks make of them, and how accounts are followed.
const (
	accountsEvery = 2 * time.Second
	holdingsEvery = time.Second
	holdingsLeast = 100 * time.Millisecond // between two questions after changes
	againAfter    = 2 * time.Second        // after what the server refused
	easyFactor    = 10                     // no more than a tenth of the time goes into asking for accounts
	batchMost     = 256                    // changes that wait to be shown
)

// feed asks the server and sends what it hears.
type feed struct {
	c      *client.Client
	send   func(tea.Msg)
	chosen chan string // the account to look at: the last one counts
	again  time.Duration
}

func newFeed(c *client.Client) *feed {
	return &feed{c: c, chosen: make(chan string, 1), again: againAfter}
}

// choose has the feed look at another account. Only the model calls it.
func (f *feed) choose(name string) {
	select {
	case <-f.chosen:
	default:
	}
	f.chosen <- name
}

// run sends until ctx ends; then nothing of it is left.
func (f *feed) run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { f.clock(ctx) })
	all.Go(func() { f.accounts(ctx) })
	stop := func() {}
	defer func() { stop() }()
	for {
		select {
		case name := <-f.chosen:
			stop()
			one, end := context.WithCancel(ctx)
			ended := make(chan struct{})
			stop = func() { end(); <-ended }
			go func() { defer close(ended); f.look(one, name) }()
		case <-ctx.Done():
			return
		}
	}
}

func (f *feed) clock(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			f.send(clockHeard(now))
		case <-ctx.Done():
			return
		}
	}
}

func (f *feed) accounts(ctx context.Context) {
	for {
		begun := time.Now()
		list, err := f.c.Accounts(ctx)
		if ctx.Err() != nil {
			return
		}
		f.send(lineHeard{ofAccounts, err})
		if err == nil {
			f.send(accountsHeard{list})
		}
		if !sleep(ctx, max(accountsEvery, easyFactor*time.Since(begun))) {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// session looks at one account.
type session struct {
	*feed
	name    string
	changes chan *client.Change
	stale   chan struct{} // something changed: what is held is asked for at once
}

func (f *feed) look(ctx context.Context, name string) {
	s := &session{feed: f, name: name, changes: make(chan *client.Change, batchMost), stale: make(chan struct{}, 1)}
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { s.holdings(ctx) })
	all.Go(func() { s.batches(ctx) })
	for ctx.Err() == nil {
		err := s.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		s.tell(err)
		sleep(ctx, f.again)
	}
}

// tell tells why there are no changes: the server says so, or does not answer.
func (s *session) tell(err error) {
	var p *client.Problem
	if errors.As(err, &p) {
		s.send(noteHeard{s.name, p.Detail})
		err = nil
	}
	s.send(lineHeard{ofChanges, err})
}

// follow reads what there is, then what happens, until the server refuses.
func (s *session) follow(ctx context.Context) error {
	h, err := s.c.Account(ctx, s.name, client.AccountQuery{})
	if err != nil {
		return err
	}
	s.send(holdingsHeard{h})
	if err := s.history(ctx); err != nil {
		return err
	}
	up := false
	q := client.ChangesQuery{Account: s.name, From: h.Cursor, OnLine: func(l client.LineState) {
		if l.Up && up {
			// The server may be another one by now, or its store: what is shown is
			// read again. The stream itself has lost nothing.
			_ = s.history(ctx)
		}
		if s.tell(l.Err); l.Up {
			up = true
			s.send(noteHeard{name: s.name})
		}
	}}
	for change, err := range s.c.Changes(ctx, q) {
		if err != nil {
			return err
		}
		select {
		case s.changes <- change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// history reads the last entries and incidents. The ledger is behind the state
// of now for a moment: a question about any earlier time waits until it has what
// the state had, so that no entry falls between history and changes.
func (s *session) history(ctx context.Context) error {
	if _, err := s.c.Account(ctx, s.name, client.AccountQuery{At: 1}); err != nil {
		return err
	}
	entries, err := s.c.Entries(ctx, s.name, client.EntryQuery{Newest: true, Limit: entriesMost})
	if err != nil {
		return err
	}
	incidents, err := s.c.Incidents(ctx, s.name, client.IncidentQuery{Newest: true, Limit: incidentsMost})
	if err != nil {
		return err
	}
	s.send(historyHeard{s.name, entries.Entries, incidents.Incidents})
	return nil
}

// batches sends changes, those that came together as one message: each message
// draws the screen.
func (s *session) batches(ctx context.Context) {
	for {
		select {
		case c := <-s.changes:
			list := []*client.Change{c}
			for more := true; more && len(list) < batchMost; {
				select {
				case c := <-s.changes:
					list = append(list, c)
				default:
					more = false
				}
			}
			s.send(changesHeard{s.name, list})
			select {
			case s.stale <- struct{}{}:
			default:
			}
		case <-ctx.Done():
			return
		}
	}
}

// holdings asks for what is held each second, and soon after each change.
func (s *session) holdings(ctx context.Context) {
	tick := time.NewTicker(holdingsEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stale:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		h, err := s.c.Account(ctx, s.name, client.AccountQuery{})
		if ctx.Err() != nil {
			return
		}
		var p *client.Problem
		if !errors.As(err, &p) { // what is refused is told by follow
			s.send(lineHeard{ofHoldings, err})
		}
		if err == nil {
			s.send(holdingsHeard{h})
		}
		if !sleep(ctx, holdingsLeast) {
			return
		}
	}
}
