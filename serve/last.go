package serve

import (
	"cmp"
	"context"
	"slices"
	"time"

	"poise/account"
	"poise/follower"
	"poise/store"
)

// lastOf are open incidents and the last entries, as the ledger has them.
func (s *Server) lastOf(ctx context.Context, name string) (open []incidentRow, last []entryRow, err error) {
	in, err := s.incidents(ctx, &incidentsInput{Name: name, Open: true, Newest: true, Limit: openRows})
	if err != nil {
		return nil, nil, err
	}
	e, err := s.entries(ctx, &entriesInput{Name: name, Newest: true, Limit: lastRows})
	return in.Incidents, e.Entries, err
}

// ledgerCursor is how far the ledger has what an account's changes tell.
func (s *Server) ledgerCursor(ctx context.Context, name string) (string, error) {
	at, err := s.config.Ledger.Cursor(ctx, store.PartitionOf(name))
	var c follower.Cursor
	c.Set(store.PartitionOf(name), at.Position)
	return c.String(), err
}

// lastEntries are the last entries as of a view, the newest first: those of the
// ledger, which writes a moment later, and what changed behind it.
func (s *Server) lastEntries(ctx context.Context, v *follower.View) ([]entryRow, error) {
	at, err := s.config.Ledger.Cursor(ctx, store.PartitionOf(v.Name)) // before the entries: what is told twice does no harm
	if err != nil {
		return nil, s.inside(err)
	}
	page, err := s.entries(ctx, &entriesInput{Name: v.Name, Newest: true, Limit: lastRows})
	if err != nil || at.Position >= v.Position {
		return page.Entries, err
	}
	l := latest{rows: page.Entries}
	if !s.since(ctx, v, at.Position, l.add) {
		return page.Entries, nil // the ledger is far behind: the page is made again soon
	}
	return l.newest(), nil
}

// sinceMost bounds the wait for changes that are there already.
const sinceMost = 250 * time.Millisecond

// since calls do with the changes behind a position up to those of a view, and
// reports whether memory had them all.
func (s *Server) since(ctx context.Context, v *follower.View, position uint64, do func(*account.Delta)) bool {
	ctx, stop := context.WithTimeout(ctx, sinceMost)
	defer stop()
	for c, err := range s.config.Follower.ChangesOf(ctx, v.Name, position) {
		if err != nil || c.Late {
			return false
		}
		do(&c.Delta)
		if c.Delta.Position >= v.Position {
			return true
		}
	}
	return false
}

// latest is entries that changes are added to.
type latest struct{ rows []entryRow }

func (l *latest) add(d *account.Delta) {
	for i := range d.Entries {
		l.put(entryOf(&d.Entries[i]))
	}
	for i := range d.Revised {
		l.put(entryOf(&d.Revised[i].After))
	}
}

func (l *latest) put(e entryRow) {
	i := slices.IndexFunc(l.rows, func(h entryRow) bool { return h.Position == e.Position && h.Asset == e.Asset && h.Index == e.Index })
	if i < 0 {
		l.rows = append(l.rows, e)
	} else {
		l.rows[i] = e
	}
}

func (l *latest) newest() []entryRow {
	slices.SortFunc(l.rows, func(a, b entryRow) int {
		return cmp.Or(cmp.Compare(b.Position, a.Position), cmp.Compare(b.Asset, a.Asset), cmp.Compare(b.Index, a.Index))
	})
	return l.rows[:min(len(l.rows), lastRows)]
}
