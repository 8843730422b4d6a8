package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"poise/account"
	"poise/decimal"
)

// totalKey is a row of the table totals.
type totalKey struct {
	account, asset, day string
	kind                account.Kind
}

type total struct {
	amount  decimal.D
	entries int64
}

// DayOf returns the UTC day of a time in Unix milliseconds, as [Total].Day.
func DayOf(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }

// add moves the total that e counts in. Sums are exact, so they are made here
// and never by the database.
func (w *batchWriter) add(name string, e *account.Entry, amount decimal.D, entries int64) error {
	key := totalKey{name, e.Asset, DayOf(e.Time), e.Kind}
	t := w.totals[key]
	if t == nil {
		var err error
		if t, err = w.loadTotal(key); err != nil {
			return err
		}
		w.totals[key] = t
	}
	sum, err := t.amount.Add(amount)
	if err != nil {
		return fmt.Errorf("total of %s %s on %s: %w", key.asset, key.kind, key.day, err)
	}
	// A total without entries is no row, so it begins anew however batches were cut.
	if t.entries += entries; t.entries == 0 {
		sum = decimal.Zero
	}
	t.amount = sum
	return nil
}

func (w *batchWriter) loadTotal(k totalKey) (*total, error) {
	row, err := w.queryRow(sqlTotal, k.account, k.asset, k.day, string(k.kind))
	if err != nil {
		return nil, err
	}
	var t total
	err = row.Scan(number(&t.amount), &t.entries)
	if errors.Is(err, sql.ErrNoRows) {
		return &total{}, nil
	}
	return &t, err
}

func (w *batchWriter) flushTotals() error {
	keys := slices.SortedFunc(maps.Keys(w.totals), func(a, b totalKey) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.asset, b.asset), cmp.Compare(a.day, b.day), cmp.Compare(a.kind, b.kind))
	})
	for _, k := range keys {
		args := []any{k.account, k.asset, k.day, string(k.kind)}
		query := sqlTotalEnd
		if t := w.totals[k]; t.entries != 0 {
			query, args = sqlTotalSet, append(args, t.amount.String(), t.entries)
		}
		if err := w.put(query, args...); err != nil {
			return err
		}
	}
	return nil
}

// number scans a decimal from TEXT.
func number(d *decimal.D) sql.Scanner { return (*scanner)(d) }

type scanner decimal.D

func (s *scanner) Scan(value any) (err error) {
	text, ok := value.(string)
	if !ok {
		return corruptf("a decimal is %T", value)
	}
	d, err := decimal.Parse(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	*s = scanner(d)
	return nil
}
