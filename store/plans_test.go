package store

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"poise/account"
)

// plan is how SQLite answers q.
func plan(t *testing.T, s *Store, q *query) string {
	t.Helper()
	rows, err := s.read.QueryContext(bg, "EXPLAIN QUERY PLAN "+q.text.String(), q.args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	return strings.Join(steps, "\n")
}

// Every page of one account's rows is a search by key in the key's order:
// nothing is read in full, nothing is sorted.
func TestQueriesSearchByKey(t *testing.T) {
	s := openStore(t, Memory)
	const from = firstTime
	for _, c := range []struct {
		name string
		q    *query
		by   string // a search that must be in the plan
	}{
		{"entries", (&EntryFilter{Account: "a"}).query(), "entries USING INDEX sqlite_autoindex_entries_1 (account=?)"},
		{"next page of entries", (&EntryFilter{Account: "a", After: &EntryKey{"a", 1, "b", 2}}).query(), "sqlite_autoindex_entries_1 (account=? AND position>?)"},
		{"entries of a time", (&EntryFilter{Account: "a", From: from, To: from + day}).query(), "sqlite_autoindex_entries_1 (account=? AND position>? AND position<?)"},
		{"days of entries", (&EntryFilter{Account: "a", From: from, To: from + day}).query(), "entry_days USING INDEX sqlite_autoindex_entry_days_1 (account=? AND day>? AND day<?)"},
		{"newest entries since", (&EntryFilter{Account: "a", From: from, Newest: true}).query(), "sqlite_autoindex_entries_1 (account=? AND position>?"},
		{"totals", (&TotalFilter{Account: "a", Asset: "b", From: "c", To: "d"}).query(), "sqlite_autoindex_totals_1 (account=? AND asset=? AND day>? AND day<?)"},
		{"balances then", balancesQuery("a", 5), "h USING COVERING INDEX sqlite_autoindex_balance_history_1 (account=? AND asset=? AND updated<?)"},
		{"a balance's history", (&BalanceFilter{Account: "a", Asset: "b", From: 1, To: 2}).query(), "sqlite_autoindex_balance_history_1 (account=? AND asset=? AND updated>? AND updated<?)"},
		{"a balance before", (&BalanceFilter{Account: "a", Asset: "b", To: 2, Newest: true, Limit: 1}).query(), "sqlite_autoindex_balance_history_1 (account=? AND asset=? AND updated<?)"},
		{"next page of balances", (&BalanceFilter{Account: "a", Asset: "b", After: &BalanceKey{"b", 1, 2}}).query(), "sqlite_autoindex_balance_history_1 (account=? AND asset=? AND updated>?)"},
		{"positions then", positionsQuery("a", 5), "h USING COVERING INDEX sqlite_autoindex_position_history_1 (account=? AND symbol=? AND side=? AND updated<?)"},
		{"a position's history", (&HistoryFilter{Account: "a", Symbol: "b", Side: "c", From: 1, To: 2}).query(), "sqlite_autoindex_position_history_1 (account=? AND symbol=? AND side=? AND updated>? AND updated<?)"},
		{"next page of a history", (&HistoryFilter{Account: "a", Symbol: "b", Side: "c", After: &HistoryKey{"b", "c", 1, 2}}).query(), "sqlite_autoindex_position_history_1 (account=? AND symbol=? AND side=? AND updated>?)"},
		{"open incidents", (&IncidentFilter{Account: "a", Open: true}).query(), "account=?"},
	} {
		got := plan(t, s, c.q)
		if !strings.Contains(got, c.by) {
			t.Errorf("%s: no %q in\n%s", c.name, c.by, got)
		}
		for line := range strings.Lines(got) {
			if strings.Contains(line, "SCAN") || strings.Contains(line, "TEMP B-TREE") {
				t.Errorf("%s: %s", c.name, line)
			}
		}
	}
}

// The days of a page's entries are found also where entries do not come in the
// order of their times, and where a revision moves one to another day.
func TestEntriesByTimeInAnyOrder(t *testing.T) {
	s := openStore(t, Memory)
	days := []int64{5, 3, 4, 9, 4, 3}
	var deltas []account.Delta
	for i, d := range days {
		p := uint64(i + 1)
		deltas = append(deltas, account.Delta{Position: p, Entries: []account.Entry{entryAt(p, d*day+7, account.Unexplained, "1")}})
	}
	before := deltas[3].Entries[0]
	after := before
	after.Time, after.Kind = 4*day, account.Transfer
	deltas = append(deltas, account.Delta{Position: 7, Revised: []account.Revision{{Before: before, After: after}}})
	mustWrite(t, s, batchOf(1, 0, 7, deltas...))
	checkDays(t, s)
}

// checkDays asks for 3 days of entries in each way.
func checkDays(t *testing.T, s *Store) {
	t.Helper()
	for _, c := range []struct {
		from, to int64
		want     []uint64
	}{
		{3 * day, 4 * day, []uint64{2, 6}},
		{4 * day, 5 * day, []uint64{3, 4, 5}},
		{4*day + 1, 5*day + 8, []uint64{1, 3, 5}},
		{5 * day, 0, []uint64{1}},
		{0, 4 * day, []uint64{2, 6}},
		{6 * day, 99 * day, nil},
	} {
		page, err := s.Entries(bg, EntryFilter{Account: names[1], From: c.from, To: c.to})
		var got []uint64
		for _, e := range page {
			got = append(got, e.Position)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("from %d to %d: %v (%v), not %v", c.from, c.to, got, err, c.want)
		}
	}
}

// A store that the first version of the schema made is opened, and all queries
// and batches go on where it was.
func TestStoreOfTheFirstSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poise.db")
	makeFirstSchema(t, path)
	s := openStore(t, path)
	checkDays(t, s)
	e := entryAt(8, 4*day+9, account.Transfer, "2")
	mustWrite(t, s, batchOf(1, 7, 8, account.Delta{Position: 8, Entries: []account.Entry{e}}))
	page, err := s.Entries(bg, EntryFilter{Account: names[1], From: 4 * day, To: 5 * day})
	if err != nil || len(page) != 4 || page[3].Entry != e {
		t.Errorf("%+v (%v)", page, err)
	}
	totals, err := s.Totals(bg, TotalFilter{Account: names[1], From: DayOf(4 * day), To: DayOf(5 * day)})
	if err != nil || len(totals) != 1 || totals[0].Amount != dec("5") || totals[0].Entries != 4 {
		t.Errorf("%+v (%v)", totals, err)
	}
}

// makeFirstSchema makes a store with the first migration of each schema alone,
// and the entries that checkDays asks for.
func makeFirstSchema(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	exec := func(q string, args ...any) {
		_, err := db.Exec(q, args...)
		must(err)
	}
	exec("PRAGMA application_id = 1886349683")
	for _, e := range engines {
		p, err := e.provider(db, "sqlite3")
		must(err)
		_, err = p.UpTo(bg, 1)
		must(err)
	}
	for i, d := range []int64{5, 3, 4, 4, 4, 3} {
		at := d*day + 7
		if i == 3 {
			at = 4 * day
		}
		exec("INSERT INTO entries VALUES ($1, $2, 'BTC', 0, $3, 'TRANSFER', '1', '1', '', 0, 0, '', 'ORDER')", names[1], i+1, at)
	}
	exec("INSERT INTO totals VALUES ($1, 'BTC', '1970-01-05', 'TRANSFER', '3', 3)", names[1])
	exec("INSERT INTO cursors VALUES (1, 7, 7)")
}

// A delta that names one row twice leaves what it named last, in any way that
// their times may go.
func TestRowsNamedTwiceInADelta(t *testing.T) {
	s := openStore(t, Memory)
	b := func(wallet string, updated int64) account.Balance {
		return account.Balance{Asset: "BTC", Wallet: dec(wallet), Cross: dec("0"), Updated: updated}
	}
	mustWrite(t, s, batchOf(1, 0, 2,
		account.Delta{Position: 1, Balances: []account.Balance{b("1", 5), b("2", 6), b("3", 5)}},
		account.Delta{Position: 2, Balances: []account.Balance{b("4", 6), b("5", 6), b("6", 5)}}))
	for at, want := range map[int64]string{Latest: "6", 5: "6", 6: "5"} {
		got, err := s.Balances(bg, names[1], at)
		if err != nil || len(got) != 1 || got[0].Wallet.String() != want {
			t.Errorf("at %d: %+v (%v), not %s", at, got, err, want)
		}
	}
}
