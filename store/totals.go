package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"poise/account"
	"poise/decimal"
)

// totalKey is a row of the table totals.
type totalKey struct {
	account, asset string
	day            int64 // of floorDay
	kind           account.Kind
}

type total struct {
	amount  decimal.D
	entries int64
	changed bool // by this batch
}

// DayOf returns the UTC day of a time in Unix milliseconds, as [Total].Day.
func DayOf(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }

// floorDay is the UTC day of a time as a number, 0 for 1970-01-01.
func floorDay(ms int64) int64 {
	day := ms / dayMillis
	if ms%dayMillis < 0 {
		day--
	}
	return day
}

// totals are the rows of the table totals that were read or written of late,
// as they are in the store: the one writer of a store need not read them again.
type totals struct {
	known   map[totalKey]*total
	changed []totalKey // by this batch
}

// maxTotals bounds how many totals are known between batches.
const maxTotals = 1 << 16

func newTotals() totals { return totals{known: map[totalKey]*total{}} }

// add moves the total that e counts in. Sums are exact, so they are made here
// and never by the database.
func (w *ledgerWriter) add(name string, e *account.Entry, amount decimal.D, entries int64) error {
	key := totalKey{name, e.Asset, floorDay(e.Time), e.Kind}
	t := w.totals.known[key]
	if t == nil {
		var err error
		if t, err = w.loadTotal(key); err != nil {
			return err
		}
		w.totals.known[key] = t
	}
	sum, err := t.amount.Add(amount)
	if err != nil {
		return fmt.Errorf("total of %s %s on %s: %w", key.asset, key.kind, DayOf(e.Time), err)
	}
	// A total without entries is no row, so it begins anew however batches were cut.
	if t.entries += entries; t.entries == 0 {
		sum = decimal.Zero
	}
	t.amount = sum
	if !t.changed {
		t.changed = true
		w.totals.changed = append(w.totals.changed, key)
	}
	return nil
}

func (w *ledgerWriter) keyCells(k totalKey) [4]cell {
	return [...]cell{w.text(k.account), w.text(k.asset), w.text(DayOf(k.day * dayMillis)), w.text(string(k.kind))}
}

func (w *ledgerWriter) loadTotal(k totalKey) (*total, error) {
	s, err := w.prepared(sqlTotal)
	if err != nil {
		return nil, err
	}
	cells := w.keyCells(k)
	if err := w.bind(s, 0, cells[:]); err != nil {
		return nil, err
	}
	var t total
	err = w.step(s, func() error {
		t.entries = w.columnInt(s, 1)
		return number(&t.amount).Scan(w.columnText(s, 0))
	})
	return &t, err
}

// flushTotals writes the totals that this batch changed.
func (w *ledgerWriter) flushTotals() error {
	changed := w.totals.changed
	slices.SortFunc(changed, func(a, b totalKey) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.asset, b.asset), cmp.Compare(a.day, b.day), cmp.Compare(a.kind, b.kind))
	})
	rows := make([][6]cell, 0, len(changed))
	for _, k := range changed {
		t, key := w.totals.known[k], w.keyCells(k)
		t.changed = false
		if t.entries != 0 {
			rows = append(rows, [...]cell{key[0], key[1], key[2], key[3], w.decimal(t.amount), num(t.entries)})
		} else if _, err := w.run(sqlTotalEnd, key[:]...); err != nil {
			return err
		}
	}
	w.totals.changed = changed[:0]
	w.rows += len(changed)
	err := w.into[intoTotals].write(w.conn, len(rows), func(i int) []cell { return rows[i][:] })
	if len(w.totals.known) > maxTotals {
		w.totals = newTotals()
	}
	return err
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
