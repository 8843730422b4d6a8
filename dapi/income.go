package dapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Bounds of Income.
const (
	pageRows = 1000                              // the exchange's largest
	pagesMax = 500                               // of one call
	spanMax  = int64(365 * 24 * time.Hour / 1e6) // ms that one request may span
)

// Income returns the account's income rows from one moment to another, in ms, both
// inclusive: GET /dapi/v1/income, all pages of all years joined into one JSON
// array of the exchange's own rows, oldest year first. A row that two pages hold is
// there once. The error is ErrPages, with none of the rows, when there are more
// than 500 pages.
func (c *Client) Income(ctx context.Context, from, to int64) ([]byte, error) {
	j := joiner{seen: map[string]struct{}{}}
	to = min(to, c.x.Now().Add(24*time.Hour).UnixMilli())
	from = max(from, 0)
	for begin := from; begin <= to; begin += spanMax {
		if err := c.incomeYear(ctx, &j, begin, min(to, begin+spanMax-1)); err != nil {
			return nil, err
		}
	}
	return j.array(), nil
}

// incomeYear reads all pages of a span that one request may have.
func (c *Client) incomeYear(ctx context.Context, j *joiner, from, to int64) error {
	for page := 1; ; page++ {
		if j.pages++; j.pages > pagesMax {
			return fmt.Errorf("dapi: income from %d to %d: %w: over %d; ask for a shorter time", from, to, ErrPages, pagesMax)
		}
		query := fmt.Sprintf("startTime=%d&endTime=%d&limit=%d&page=%d", from, to, pageRows, page)
		body, err := c.get(ctx, "/dapi/v1/income", query, 20)
		if err != nil {
			return err
		}
		n, err := j.add(body)
		if err != nil {
			return (&call{method: "GET", path: "/dapi/v1/income"}).wrong("no array of income rows")
		}
		if n < pageRows {
			return nil
		}
	}
}

// joiner joins pages. Only a row of another page can be a repetition.
type joiner struct {
	rows  bytes.Buffer
	seen  map[string]struct{}
	pages int
}

// incomeKey is what tells one row from another.
type incomeKey struct {
	Type   string          `json:"incomeType"`
	Tran   json.RawMessage `json:"tranId"` // a string or a number
	Trade  json.RawMessage `json:"tradeId"`
	Symbol string          `json:"symbol"`
	Asset  string          `json:"asset"`
	Time   json.RawMessage `json:"time"`
}

func (k *incomeKey) text() string {
	plain := func(b []byte) string { return strings.Trim(string(b), `"`) }
	return strings.Join([]string{k.Type, plain(k.Tran), plain(k.Trade), k.Symbol, k.Asset, plain(k.Time)}, "\x00")
}

func (j *joiner) add(body []byte) (rows int, err error) {
	var page []json.RawMessage
	var keys []incomeKey
	if err := errors.Join(json.Unmarshal(body, &page), json.Unmarshal(body, &keys)); err != nil {
		return 0, err
	}
	texts := make([]string, len(keys))
	for i := range keys {
		texts[i] = keys[i].text()
		if _, again := j.seen[texts[i]]; again {
			continue
		}
		if j.rows.Len() > 0 {
			j.rows.WriteByte(',')
		}
		j.rows.Write(page[i])
	}
	for _, text := range texts {
		j.seen[text] = struct{}{}
	}
	return len(page), nil
}

func (j *joiner) array() []byte {
	all := make([]byte, 0, j.rows.Len()+2)
	all = append(all, '[')
	all = append(all, j.rows.Bytes()...)
	return append(all, ']')
}
