package store

import (
	"database/sql"
	"flag"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"poise/account"
	"poise/account/statement"
	"poise/decimal"
)

var statementEntries = flag.Int("entries", 10_000_000, "entries of the month in BenchmarkStatement")

// statementTimes is how many times faster a statement must be than the sum.
const statementTimes = 100

// BenchmarkStatement compares the statement of a month of one account with the
// sum of its entries by SQL in the same file, in turns. Medians are compared;
// it fails when the statement takes more than 1/100. The file's rows are those that
// 10,000,000 entries leave, two a fill, written in bulk: over a minute, 3 GB.
//
//	go test ./store -run '^$' -bench Statement -benchtime 1x
//	go test ./store -run '^$' -bench Statement -benchtime 1x -entries 1000000
func BenchmarkStatement(b *testing.B) {
	path := filepath.Join(b.TempDir(), "poise.db")
	if err := fillMonth(path, *statementEntries); err != nil {
		b.Fatal(err)
	}
	s, err := OpenRead(bg, path)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var statements, sums []time.Duration
	for b.Loop() {
		for range 3 {
			sums = append(sums, timed(b, func() error { return sumByHand(s, *statementEntries) }))
			for range 5 {
				statements = append(statements, timed(b, func() error { return statementOfMonth(s) }))
			}
		}
	}
	median := func(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
	of, by := median(statements), median(sums)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(of.Microseconds())/1000, "statement-ms")
	b.ReportMetric(float64(by.Microseconds())/1000, "sql-sum-ms")
	b.ReportMetric(float64(by)/float64(of), "times-faster")
	if of*statementTimes > by {
		b.Errorf("a statement takes %v, the sum of %d entries %v: not 1/%d", of, *statementEntries, by, statementTimes)
	}
}

func timed(b *testing.B, f func() error) time.Duration {
	b.Helper()
	start := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// sumByHand is the least that SQL can do to sum them: no kinds, no assets, and
// with floats.
func sumByHand(s *Store, want int) error {
	var n int
	var sum float64
	err := s.read.QueryRow("SELECT count(*), sum(amount) FROM entries").Scan(&n, &sum)
	if err == nil && n != want {
		err = corruptf("%d entries, not %d", n, want)
	}
	return err
}

var october = statement.Month(2026, time.October, time.UTC)

// statementOfMonth is what the command does, with each day's wallet.
func statementOfMonth(s *Store) error {
	return s.View(bg, func(l Ledger) error {
		a, err := StatementOf(bg, l, names[1], "", october, october.Days(time.UTC, 31))
		if err != nil {
			return err
		}
		st, err := statement.Make(october, a)
		if err == nil && (!st.OK() || len(st.Assets) != 2) {
			err = corruptf("statement: %+v", st.Differences)
		}
		return err
	})
}

// fillMonth makes a store with so many entries in one month of one account.
func fillMonth(path string, entries int) error {
	s, err := Open(bg, path, Options{})
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", fileURL(path)+"?_pragma=synchronous(off)&_pragma=journal_mode(off)&_pragma=cache_size(-200000)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	m := &month{tx: tx, totals: map[totalKey]*total{}, days: map[int64][2]uint64{}}
	if err := m.fill(entries); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.Exec("PRAGMA journal_mode = WAL")
	return err
}

// month is rows on their way into a store.
type month struct {
	tx      *sql.Tx
	totals  map[totalKey]*total
	days    map[int64][2]uint64
	wallets [2]int64 // BTC, ETH; in 1e-8
	rows    []any    // of entries
	history []any
}

// monthRows is how many rows one statement writes.
const monthRows = 200

func (m *month) fill(entries int) error {
	assets, kinds := [2]string{"BTC", "ETH"}, [2]account.Kind{account.RealizedPnL, account.Commission}
	step := (october.To - october.From) * 2 / int64(entries)
	for r := range entries / 2 { // records
		p, at, a := uint64(r+1), october.From+int64(r)*step, r%3%2
		for i, amount := range [2]int64{int64(r*7919%200_001-100_000) | 1, -int64(r%97 + 1)} {
			m.wallets[a] += amount
			e := account.Entry{Asset: assets[a], Time: at, Kind: kinds[i], Amount: decimal.New(amount, 8), Balance: decimal.New(m.wallets[a], 8)}
			m.total(&e)
			m.rows = append(m.rows, names[1], p, e.Asset, i, at, string(e.Kind), e.Amount.String(), e.Balance.String(), assets[a]+"USD_PERP", 8886774123456790+r, r+5000, "", "ORDER")
		}
		d, known := m.days[floorDay(at)]
		if !known {
			d[0] = p
		}
		m.days[floorDay(at)] = [2]uint64{d[0], p}
		wallet := decimal.New(m.wallets[a], 8).String()
		m.history = append(m.history, names[1], assets[a], at+5, p, wallet, wallet)
		if len(m.history) >= 6*monthRows {
			if err := m.flush(); err != nil {
				return err
			}
		}
	}
	return m.end(entries)
}

func (m *month) total(e *account.Entry) {
	k := totalKey{names[1], e.Asset, floorDay(e.Time), e.Kind}
	t := m.totals[k]
	if t == nil {
		t = &total{}
		m.totals[k] = t
	}
	t.amount, t.entries = must(t.amount.Add(e.Amount)), t.entries+1
}

func (m *month) flush() error {
	err := m.insert("entries", 13, m.rows)
	if err == nil {
		err = m.insert("balance_history", 6, m.history)
	}
	m.rows, m.history = m.rows[:0], m.history[:0]
	return err
}

func (m *month) insert(table string, width int, values []any) error {
	if len(values) == 0 {
		return nil
	}
	text := []byte("INSERT INTO " + table + " VALUES ")
	for i := range values {
		switch {
		case i == 0:
			text = append(text, "(?"...)
		case i%width == 0:
			text = append(text, "), (?"...)
		default:
			text = append(text, ", ?"...)
		}
	}
	_, err := m.tx.Exec(string(append(text, ')')), values...)
	return err
}

// end writes the rows that there are few of.
func (m *month) end(entries int) error {
	if err := m.flush(); err != nil {
		return err
	}
	for k, t := range m.totals {
		if err := m.insert("totals", 6, []any{k.account, k.asset, DayOf(k.day * dayMillis), string(k.kind), t.amount.String(), t.entries}); err != nil {
			return err
		}
	}
	for d, p := range m.days {
		if err := m.insert("entry_days", 4, []any{names[1], d, p[0], p[1]}); err != nil {
			return err
		}
	}
	for i, asset := range []string{"BTC", "ETH"} {
		wallet := decimal.New(m.wallets[i], 8).String()
		if err := m.insert("balances", 6, []any{names[1], asset, wallet, wallet, october.To - 1, entries / 2}); err != nil {
			return err
		}
	}
	return m.insert("accounts", 6, []any{names[1], 1, 1, october.From, entries / 2, october.To - 1})
}
