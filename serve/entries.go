package serve

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"poise/account"
	"poise/store"
)

type entriesInput struct {
	Name   string `path:"name"`
	Asset  string `query:"asset" doc:"only this asset"`
	Kind   string `query:"kind" doc:"only this kind"`
	From   int64  `query:"from" minimum:"0" doc:"ms: from <= time"`
	To     int64  `query:"to" minimum:"0" doc:"ms: time < to"`
	Newest bool   `query:"newest" doc:"1: the newest first"`
	After  string `query:"after" maxLength:"200" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"rows of a page"`
}

type entriesPage struct {
	Entries []entryRow `json:"entries"`
	Next    *string    `json:"next" doc:"after= of the next page; null on the last"`
}

func (s *Server) getEntries(ctx context.Context, in *entriesInput) (*answer[entriesPage], error) {
	page, err := s.entries(ctx, in)
	if err != nil {
		return nil, err
	}
	return &answer[entriesPage]{page}, nil
}

func (s *Server) entries(ctx context.Context, in *entriesInput) (page entriesPage, err error) {
	if err := s.must(ctx, in.Name); err != nil {
		return page, err
	}
	f := store.EntryFilter{Account: in.Name, Asset: in.Asset, Kind: account.Kind(in.Kind), From: in.From, To: in.To, Newest: in.Newest, Limit: in.Limit + 1}
	if in.After != "" {
		key, err := parseEntryKey(in.Name, in.After)
		if err != nil {
			return page, huma.Error422UnprocessableEntity(err.Error())
		}
		f.After = &key
	}
	rows, err := s.config.Ledger.Entries(ctx, f)
	if err != nil {
		return page, s.inside(err)
	}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		next := entryKeyText(&rows[len(rows)-1])
		page.Next = &next
	}
	page.Entries = mapped(rows, func(e *store.Entry) entryRow { return entryOf(&e.Entry) })
	return page, nil
}

// entryKeyText is a place in the entries of an account, as in 1024.0.BTC.
func entryKeyText(e *store.Entry) string {
	return fmt.Sprintf("%d.%d.%s", e.Position, e.Index, e.Asset)
}

func parseEntryKey(name, text string) (k store.EntryKey, err error) {
	p := strings.SplitN(text, ".", 3)
	if len(p) != 3 {
		return k, fmt.Errorf("after=%q is no next of entries", text)
	}
	position, err := strconv.ParseUint(p[0], 10, 63)
	index, err2 := strconv.Atoi(p[1])
	if err != nil || err2 != nil || index < 0 {
		return k, fmt.Errorf("after=%q is no next of entries", text)
	}
	return store.EntryKey{Account: name, Position: position, Index: index, Asset: p[2]}, nil
}

type incidentsInput struct {
	Name   string `path:"name"`
	Open   bool   `query:"open" doc:"1: only what is wrong now"`
	Newest bool   `query:"newest" doc:"1: the newest first"`
	After  string `query:"after" maxLength:"20" pattern:"^[1-9][0-9]*$" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"rows of a page"`
}

type incidentsPage struct {
	Incidents []incidentRow `json:"incidents"`
	Next      *string       `json:"next" doc:"after= of the next page; null on the last"`
}

func (s *Server) getIncidents(ctx context.Context, in *incidentsInput) (*answer[incidentsPage], error) {
	page, err := s.incidents(ctx, in)
	if err != nil {
		return nil, err
	}
	return &answer[incidentsPage]{page}, nil
}

func (s *Server) incidents(ctx context.Context, in *incidentsInput) (page incidentsPage, err error) {
	if err := s.must(ctx, in.Name); err != nil {
		return page, err
	}
	f := store.IncidentFilter{Account: in.Name, Open: in.Open, Newest: in.Newest, Limit: in.Limit + 1}
	if in.After != "" {
		id, err := strconv.ParseUint(in.After, 10, 63)
		if err != nil {
			return page, huma.Error422UnprocessableEntity("after is no next of incidents")
		}
		f.After = &store.Incident{Account: in.Name, Incident: account.Incident{ID: id}}
	}
	rows, err := s.config.Ledger.Incidents(ctx, f)
	if err != nil {
		return page, s.inside(err)
	}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		next := strconv.FormatUint(rows[len(rows)-1].ID, 10)
		page.Next = &next
	}
	page.Incidents = mapped(rows, incidentOfStore)
	return page, nil
}
