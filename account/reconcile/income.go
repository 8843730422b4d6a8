package reconcile

import (
	"fmt"
	"slices"

	"poise/account"
	"poise/decimal"
	"poise/wire"
)

// sum is what one kind moved one wallet by, on both sides.
type sum struct {
	asset, kind      string
	ledger, exchange value
}

// total is the kind of the row that sums all.
const total = "all kinds"

// income compares sums by kind. A wallet's opening balance holds what came
// before it, so income counts from there on.
func (t *comparison) income(l *Ledger, rows []wire.IncomeRow) error {
	var sums []sum
	at := func(asset, kind string) *sum {
		i, found := slices.BinarySearchFunc(sums, sum{asset: asset, kind: kind}, byName)
		if !found {
			sums = slices.Insert(sums, i, sum{asset: asset, kind: kind})
		}
		return &sums[i]
	}
	begun := beginnings(l)
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind == account.Opening || e.Time < l.From {
			continue
		}
		for _, kind := range []string{kindOf(string(e.Kind)), total} {
			if err := at(e.Asset, kind).ledger.add(e.Amount); err != nil {
				return fmt.Errorf("entries of %s: %w", e.Asset, err)
			}
		}
	}
	for i := range rows {
		r := &rows[i]
		first, known := begun[r.Asset]
		if !known {
			first = l.First
		}
		if r.Time < max(l.From, first) {
			continue
		}
		for _, kind := range []string{kindOf(r.Type), total} {
			if err := at(r.Asset, kind).exchange.add(r.Amount); err != nil {
				return fmt.Errorf("income of %s: %w", r.Asset, err)
			}
		}
	}
	for i := range sums {
		s := &sums[i]
		t.number("income", s.asset, s.kind, s.ledger, s.exchange)
	}
	return nil
}

func (v *value) add(amount decimal.D) (err error) {
	v.d, err = v.d.Add(amount)
	v.known = true
	return err
}

// kindOf has one name for what the stream and income call differently: the
// stream tells a delivery as an order's realised PnL.
func kindOf(kind string) string {
	if kind == string(account.DeliveredSettle) {
		return string(account.RealizedPnL)
	}
	return kind
}

// beginnings returns, by asset, the first moment whose income is not in the
// opening balance: a snapshot holds what was done when it was taken, while a
// message's own change is told beside its opening. A wallet that was empty has
// no opening; it begins with its first entry, if the exchange's clock has that
// before poise's has First.
func beginnings(l *Ledger) map[string]int64 {
	begun := map[string]int64{}
	for i := range l.Entries {
		e := &l.Entries[i]
		if _, known := begun[e.Asset]; known {
			continue
		}
		switch {
		case e.Kind != account.Opening:
			begun[e.Asset] = min(e.Time, l.First)
		case e.Reason == snapshot:
			begun[e.Asset] = e.Time + 1
		default:
			begun[e.Asset] = e.Time
		}
	}
	return begun
}

const snapshot = "SNAPSHOT"
