package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
)

// Accounts returns every account, by name.
func (c *Client) Accounts(ctx context.Context) (list []Account, err error) {
	err = c.ask(ctx, &list, nil, "v1", "accounts")
	return list, err
}

// AccountQuery says of when.
type AccountQuery struct {
	At   int64 // ms: as it stood then; 0 is now
	Flat bool  // flat positions too
}

// Account returns what an account holds; [IsStatus] 404 where there is none.
func (c *Client) Account(ctx context.Context, name string, q AccountQuery) (*Holdings, error) {
	v := url.Values{}
	putInt(v, "at", q.At)
	putFlag(v, "flat", q.Flat)
	h := &Holdings{}
	if err := c.ask(ctx, h, v, "v1", "accounts", name); err != nil {
		return nil, err
	}
	return h, nil
}

// EntryQuery chooses entries. Fields that are zero choose all.
type EntryQuery struct {
	Asset, Kind string
	From, To    int64 // ms: From <= Time < To
	Newest      bool  // the newest first
	After       string
	Limit       int // rows of a page, 1000 at most; 0 leaves it to the server
}

// Entries returns a page of entries.
func (c *Client) Entries(ctx context.Context, name string, q EntryQuery) (page EntryPage, err error) {
	v := url.Values{}
	putText(v, "asset", q.Asset)
	putText(v, "kind", q.Kind)
	putInt(v, "from", q.From)
	putInt(v, "to", q.To)
	putFlag(v, "newest", q.Newest)
	putText(v, "after", q.After)
	putInt(v, "limit", int64(q.Limit))
	err = c.ask(ctx, &page, v, "v1", "accounts", name, "entries")
	return page, err
}

// AllEntries reads page after page; an error is the last thing that it yields.
func (c *Client) AllEntries(ctx context.Context, name string, q EntryQuery) iter.Seq2[Entry, error] {
	return pages(func() ([]Entry, string, error) {
		page, err := c.Entries(ctx, name, q)
		q.After = page.Next
		return page.Entries, page.Next, err
	})
}

// IncidentQuery chooses incidents. Fields that are zero choose all.
type IncidentQuery struct {
	Open   bool // only what is wrong now
	Newest bool // the newest first
	After  string
	Limit  int // rows of a page, 1000 at most; 0 leaves it to the server
}

// Incidents returns a page of incidents.
func (c *Client) Incidents(ctx context.Context, name string, q IncidentQuery) (page IncidentPage, err error) {
	v := url.Values{}
	putFlag(v, "open", q.Open)
	putFlag(v, "newest", q.Newest)
	putText(v, "after", q.After)
	putInt(v, "limit", int64(q.Limit))
	err = c.ask(ctx, &page, v, "v1", "accounts", name, "incidents")
	return page, err
}

// AllIncidents reads page after page; an error is the last thing that it yields.
func (c *Client) AllIncidents(ctx context.Context, name string, q IncidentQuery) iter.Seq2[Incident, error] {
	return pages(func() ([]Incident, string, error) {
		page, err := c.Incidents(ctx, name, q)
		q.After = page.Next
		return page.Incidents, page.Next, err
	})
}

// TotalQuery chooses totals. Fields that are zero choose all.
type TotalQuery struct {
	By          string // day or month; "" is day
	Asset, Kind string
	From, To    string // UTC days: From <= day < To
}

// Totals returns sums of entries, in the order of days, assets and kinds.
func (c *Client) Totals(ctx context.Context, name string, q TotalQuery) ([]Total, error) {
	v := url.Values{}
	for _, f := range []struct{ key, value string }{{"by", q.By}, {"asset", q.Asset}, {"kind", q.Kind}, {"from", q.From}, {"to", q.To}} {
		putText(v, f.key, f.value)
	}
	var answer struct {
		Totals []Total `json:"totals"`
	}
	err := c.ask(ctx, &answer, v, "v1", "accounts", name, "totals")
	return answer.Totals, err
}

// pages yields rows until a page has no next.
func pages[T any](read func() (rows []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			rows, next, err := read()
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for i := range rows {
				if !yield(rows[i], nil) {
					return
				}
			}
			if next == "" {
				return
			}
		}
	}
}

func putText(v url.Values, key, value string) {
	if value != "" {
		v.Set(key, value)
	}
}

func putInt(v url.Values, key string, value int64) {
	if value != 0 {
		v.Set(key, strconv.FormatInt(value, 10))
	}
}

func putFlag(v url.Values, key string, value bool) {
	if value {
		v.Set(key, "1")
	}
}
