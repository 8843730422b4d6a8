package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Row is a row of a table of the ledger. Values are string or int64.
type Row struct {
	Key    []any // in the order of the table's key
	Values []any // the other columns, in the order of [Columns]
}

type table struct {
	name          string
	keys, columns []string
}

// tables are those that are a function of the journal alone, in any split into
// batches: not cursors and checkpoints.
var tables = []table{
	{"accounts", words("account"), words("partition first_position first_time last_position last_time")},
	{"entries", words("account position asset idx"), words("time kind amount balance symbol order_id trade_id tran_id reason")},
	{"totals", words("account asset day kind"), words("amount entries")},
	{"balances", words("account asset"), words("wallet cross_wallet updated position")},
	{"balance_history", words("account asset updated position"), words("wallet cross_wallet")},
	{"positions", words("account symbol side"), words("amount entry_price break_even realized unrealized margin_type isolated_wallet margin_asset updated position")},
	{"position_history", words("account symbol side updated position"), words("amount entry_price break_even realized unrealized margin_type isolated_wallet margin_asset")},
	{"leverages", words("account symbol"), words("leverage updated position")},
	{"incidents", words("account id"), words("kind asset symbol amount position opened closed times detail ending")},
}

var words = strings.Fields

// Tables names the tables of the ledger that follow from the journal.
func Tables() []string {
	var names []string
	for _, t := range tables {
		names = append(names, t.name)
	}
	return names
}

// Columns names the columns of one of [Tables]: its key's, and the others. Both
// are nil for a table that there is not.
func Columns(name string) (key, values []string) {
	for _, t := range tables {
		if t.name == name {
			return slices.Clone(t.keys), slices.Clone(t.columns)
		}
	}
	return nil, nil
}

// Rows implements [Ledger].
func (s *Store) Rows(ctx context.Context, name string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		i := slices.IndexFunc(tables, func(t table) bool { return t.name == name })
		if i < 0 {
			yield(Row{}, fmt.Errorf("rows: the ledger has no table %q", name))
			return
		}
		t := tables[i]
		var after []any
		for {
			rows, err := ask(ctx, s, name, t.query(after), t.scan)
			if err != nil {
				yield(Row{}, err)
				return
			}
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
				after = r.Key
			}
			if len(rows) < PageRows {
				return
			}
		}
	}
}

func (t table) query(after []any) *query {
	return selecting(strings.Join(slices.Concat(t.keys, t.columns), ", "), t.name).page(t.keys, false, after, PageRows)
}

func (t table) scan(r *sql.Rows, row *Row) error {
	values := make([]any, len(t.keys)+len(t.columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	row.Key, row.Values = values[:len(t.keys):len(t.keys)], values[len(t.keys):]
	return r.Scan(into...)
}

// Difference is one column of one row that two ledgers do not agree on.
type Difference struct {
	Table   string
	Key     string // the key's values: main/17/BTC/0
	Column  string // "" where one of them has no such row
	Stored  string // "" where it has no such row
	Derived string // "" where it has no such row
}

// Compare yields where two ledgers differ, by table and key: nothing when they
// are equal. The ledgers should be at the same cursors and not be written to
// meanwhile. An error ends it.
func Compare(ctx context.Context, stored, derived Ledger) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		for _, t := range tables {
			if !compareTable(ctx, t, stored, derived, yield) {
				return
			}
		}
	}
}

// compareTable walks both tables side by side; false ends the comparison.
func compareTable(ctx context.Context, t table, stored, derived Ledger, yield func(Difference, error) bool) bool {
	nextA, stopA := iter.Pull2(stored.Rows(ctx, t.name))
	defer stopA()
	nextB, stopB := iter.Pull2(derived.Rows(ctx, t.name))
	defer stopB()
	a, errA, okA := nextA()
	b, errB, okB := nextB()
	for okA || okB {
		if err := cmp.Or(errA, errB); err != nil {
			yield(Difference{}, fmt.Errorf("compare %s: %w", t.name, err))
			return false
		}
		order := 0
		switch {
		case !okB:
			order = -1
		case !okA:
			order = 1
		default:
			order = slices.CompareFunc(a.Key, b.Key, compareValues)
		}
		for _, d := range t.differences(order, a, b) {
			if !yield(d, nil) {
				return false
			}
		}
		if order <= 0 {
			a, errA, okA = nextA()
		}
		if order >= 0 {
			b, errB, okB = nextB()
		}
	}
	return true
}

// differences names what differs: order < 0 is a row that only a has, order > 0
// one that only b has.
func (t table) differences(order int, a, b Row) []Difference {
	switch {
	case order < 0:
		return []Difference{{Table: t.name, Key: join(a.Key), Stored: join(a.Values)}}
	case order > 0:
		return []Difference{{Table: t.name, Key: join(b.Key), Derived: join(b.Values)}}
	}
	var list []Difference
	for i, column := range t.columns {
		if a.Values[i] != b.Values[i] {
			list = append(list, Difference{t.name, join(a.Key), column, fmt.Sprint(a.Values[i]), fmt.Sprint(b.Values[i])})
		}
	}
	return list
}

func compareValues(a, b any) int {
	x, isInt := a.(int64)
	y, both := b.(int64)
	if isInt && both {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func join(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, "/")
}
