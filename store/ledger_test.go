package store

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"poise/account"
	"poise/decimal"
)

var dec = decimal.MustParse

// batch makes a batch from position from to to with deltas of acc.
func batchOf(partition int, from, to uint64, deltas ...account.Delta) Batch {
	for i := range deltas {
		deltas[i].Account = names[partition]
	}
	return Batch{Partition: partition, From: Cursor{from, from}, To: Cursor{to, to}, Deltas: deltas}
}

func mustWrite(t testing.TB, l Ledger, b Batch) {
	t.Helper()
	if err := l.Write(bg, b); err != nil {
		t.Fatal(err)
	}
}

func entryAt(position uint64, time int64, kind account.Kind, amount string) account.Entry {
	return account.Entry{Position: position, Asset: "BTC", Time: time, Kind: kind, Amount: dec(amount), Balance: dec("1.0"), Reason: "ORDER"}
}

const day = int64(86_400_000)

func TestLedgerKeepsDigitForDigit(t *testing.T) {
	s := openStore(t, Memory)
	balance := account.Balance{Asset: "BTC", Wallet: dec("122624.12345678"), Cross: dec("-0.00"), Updated: 7}
	position := account.Position{Symbol: "BTCUSD_PERP", Side: "LONG", Amount: dec("-10"), EntryPrice: dec("6563.8"), BreakEven: dec("0.0"), HasBreakEven: true,
		Realized: dec("-45.04000000"), HasRealized: true, Unrealized: dec("5316911983139663491615228241121378303"), MarginType: "isolated",
		IsolatedWallet: dec("0.00000000"), MarginAsset: "BTC", Updated: 8}
	silent := position
	silent.Side, silent.HasRealized, silent.Realized = "SHORT", false, decimal.Zero
	leverage := account.Leverage{Symbol: "BTCUSD_PERP", Leverage: 125, Updated: 9}
	entry := account.Entry{Position: 3, Asset: "BTC", Index: 2, Time: 10, Kind: account.Commission, Amount: dec("-0.0000000000000000000000000000001"),
		Balance: dec("1.0"), Symbol: "S", OrderID: math.MaxInt64, TradeID: math.MinInt64, TranID: "x'; --", Reason: "ORDER"}
	incident := account.Incident{ID: math.MaxInt64, Kind: account.IncidentLate, Asset: "BTC", Symbol: "S", Amount: dec("0.10"), Position: 3, Opened: 10, Count: 2, Detail: "d\n\u20bf", Ending: ""}
	d := account.Delta{Position: 3, Time: 11, Balances: []account.Balance{balance}, Positions: []account.Position{position, silent},
		Leverages: []account.Leverage{leverage}, Entries: []account.Entry{entry}, Opened: []account.Incident{incident}}
	b := batchOf(5, 0, 4, d)
	b.Checkpoints = []Checkpoint{{names[5], 4, []byte{0, 1, 255}}}
	mustWrite(t, s, b)

	check := func(what string, got any, err error, want any) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), not %+v", what, got, err, want)
		}
	}
	balances, err := s.Balances(bg, names[5], Latest)
	check("balances", balances, err, []account.Balance{balance})
	positions, err := s.Positions(bg, names[5], Latest)
	check("positions", positions, err, []account.Position{position, silent})
	leverages, err := s.Leverages(bg, names[5])
	check("leverages", leverages, err, []account.Leverage{leverage})
	entries, err := s.Entries(bg, EntryFilter{})
	check("entries", entries, err, []Entry{{names[5], entry}})
	incidents, err := s.Incidents(bg, IncidentFilter{Open: true})
	check("incidents", incidents, err, []Incident{{names[5], incident}})
	totals, err := s.Totals(bg, TotalFilter{})
	check("totals", totals, err, []Total{{names[5], "BTC", "1970-01-01", account.Commission, entry.Amount, 1}})
	history, err := s.PositionHistory(bg, HistoryFilter{Account: names[5], Side: "LONG"})
	check("history", history, err, []PositionChange{{names[5], 3, position}})
	accounts, err := s.Accounts(bg)
	check("accounts", accounts, err, []Account{{names[5], 5, 3, 11, 3, 11}})
	checkpoint, err := s.Checkpoint(bg, names[5])
	check("checkpoint", checkpoint, err, b.Checkpoints[0])
	checkpoint, err = s.Checkpoint(bg, "nobody")
	check("no checkpoint", checkpoint, err, Checkpoint{})
	cursor, err := s.Cursor(bg, 5)
	check("cursor", cursor, err, Cursor{4, 4})
}

func TestBatchIsWrittenOnce(t *testing.T) {
	s := openStore(t, Memory)
	b := batchOf(1, 0, 2, account.Delta{Position: 2, Entries: []account.Entry{entryAt(2, 5, account.Transfer, "1")}})
	mustWrite(t, s, b)
	before := dump(t, s)
	for name, b := range map[string]Batch{
		"again":         b,
		"before":        batchOf(1, 1, 3),
		"after":         batchOf(1, 3, 4),
		"other block":   {Partition: 1, From: Cursor{2, 1}, To: Cursor{3, 3}},
		"new elsewhere": {Partition: 2, From: Cursor{2, 2}, To: Cursor{3, 3}},
	} {
		if err := s.Write(bg, b); !errors.Is(err, ErrFenced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if dump(t, s) != before {
		t.Error("a fenced batch changed the ledger")
	}
	mustWrite(t, s, batchOf(1, 2, 3))
}

func TestBatchThatDoesNotFitChangesNothing(t *testing.T) {
	s := openStore(t, Memory)
	unsaid := entryAt(2, 5, account.Unexplained, "1.50")
	mustWrite(t, s, batchOf(1, 0, 2, account.Delta{Position: 2, Entries: []account.Entry{unsaid}}))
	before := dump(t, s)
	said := unsaid
	said.Kind = account.Transfer
	moved := said
	moved.Index = 1
	other := unsaid
	other.Amount = dec("1.5")
	huge := entryAt(3, 5, account.Unexplained, "5000000000000000000000000000000000000")
	good := account.Delta{Position: 3, Entries: []account.Entry{entryAt(3, 5, account.Transfer, "1")}}
	for _, c := range []struct {
		name  string
		batch Batch
		want  error
	}{
		{"entry exists", batchOf(1, 2, 9, good, account.Delta{Position: 4, Entries: []account.Entry{unsaid}}), ErrConflict},
		{"revises nothing", batchOf(1, 2, 9, good, account.Delta{Position: 4, Revised: []account.Revision{{Before: moved, After: moved}}}), ErrConflict},
		{"revises another amount", batchOf(1, 2, 9, good, account.Delta{Position: 4, Revised: []account.Revision{{Before: other, After: said}}}), ErrConflict},
		{"moves an entry", batchOf(1, 2, 9, good, account.Delta{Position: 4, Revised: []account.Revision{{Before: unsaid, After: moved}}}), ErrConflict},
		{"total too large", batchOf(1, 2, 9, account.Delta{Position: 3, Entries: []account.Entry{huge}}), decimal.ErrOverflow},
		{"delta before", batchOf(1, 2, 9, account.Delta{Position: 2}), ErrPosition},
		{"delta after", batchOf(1, 2, 9, account.Delta{Position: 10}), ErrPosition},
		{"deltas fall", batchOf(1, 2, 9, account.Delta{Position: 4}, account.Delta{Position: 3}), ErrPosition},
		{"goes back", batchOf(1, 2, 1), ErrPosition},
		{"partition", Batch{Partition: 64}, ErrPartition},
		{"account elsewhere", Batch{Partition: 1, From: Cursor{2, 2}, To: Cursor{9, 9}, Deltas: []account.Delta{{Account: names[2], Position: 3}}}, ErrPartition},
		{"checkpoint elsewhere", Batch{Partition: 1, From: Cursor{2, 2}, To: Cursor{9, 9}, Checkpoints: []Checkpoint{{Account: names[2]}}}, ErrPartition},
	} {
		if err := s.Write(bg, c.batch); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if dump(t, s) != before {
		t.Error("a refused batch changed the ledger")
	}
}

// Batches of several partitions are one transaction: all of them, or none.
func TestBatchesOfSeveralPartitions(t *testing.T) {
	s := openStore(t, Memory)
	of := func(partition int, from, to uint64) Batch {
		return batchOf(partition, from, to, account.Delta{Position: to, Entries: []account.Entry{entryAt(to, 5, account.Transfer, "1")}})
	}
	if err := s.Write(bg, of(1, 0, 2), of(2, 0, 7), of(3, 0, 1)); err != nil {
		t.Fatal(err)
	}
	for partition, want := range map[int]uint64{1: 2, 2: 7, 3: 1} {
		got, err := s.Cursor(bg, partition)
		if entries, e := s.Entries(bg, EntryFilter{Account: names[partition]}); err != nil || e != nil || got.Position != want || len(entries) != 1 {
			t.Errorf("partition %d is at %d, with %d entries: %v, %v", partition, got.Position, len(entries), err, e)
		}
	}
	before := dump(t, s)
	for name, c := range map[string]struct {
		batches []Batch
		want    error
	}{
		"one is fenced":  {[]Batch{of(1, 2, 3), of(2, 6, 8), of(3, 1, 2)}, ErrFenced},
		"one is no good": {[]Batch{of(1, 2, 3), of(2, 7, 6)}, ErrPosition},
		"one is twice":   {[]Batch{of(1, 2, 3), of(1, 3, 4)}, ErrPartition},
	} {
		if err := s.Write(bg, c.batches...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if dump(t, s) != before {
		t.Error("what was refused changed the ledger")
	}
	if err := s.Write(bg, of(1, 2, 3), of(3, 1, 2)); err != nil {
		t.Error(err)
	}
}

func TestRevisionMovesTheTotals(t *testing.T) {
	s := openStore(t, Memory)
	unsaid := entryAt(2, 3*day, account.Unexplained, "1.50")
	mustWrite(t, s, batchOf(1, 0, 2, account.Delta{Position: 2, Entries: []account.Entry{unsaid}}))
	said := unsaid
	said.Kind, said.Amount = account.Transfer, dec("1")
	fee := unsaid
	fee.Index, fee.Kind, fee.Amount = 1, account.Commission, dec("0.50")
	mustWrite(t, s, batchOf(1, 2, 9, account.Delta{Position: 9, Revised: []account.Revision{{Before: unsaid, After: said}}, Entries: []account.Entry{fee}}))
	totals, err := s.Totals(bg, TotalFilter{Account: names[1], Asset: "BTC", From: "1970-01-04", To: "1970-01-05"})
	want := []Total{{names[1], "BTC", "1970-01-04", account.Commission, dec("0.50"), 1}, {names[1], "BTC", "1970-01-04", account.Transfer, dec("1"), 1}}
	if err != nil || !slices.Equal(totals, want) {
		t.Errorf("%+v (%v)", totals, err)
	}
	checkTotals(t, s)
}

func TestEntriesByEachFilter(t *testing.T) {
	s := openStore(t, Memory)
	for _, p := range []int{3, 4} {
		var deltas []account.Delta
		for i := range uint64(10) {
			e := entryAt(i+1, int64(i)*100, account.Transfer, "1")
			if i%2 == 1 {
				e.Kind, e.Asset = account.Commission, "ETH"
			}
			deltas = append(deltas, account.Delta{Position: i + 1, Entries: []account.Entry{e}})
		}
		mustWrite(t, s, batchOf(p, 0, 10, deltas...))
	}
	for _, c := range []struct {
		name string
		f    EntryFilter
		want []uint64
	}{
		{"account", EntryFilter{Account: names[3]}, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"nobody", EntryFilter{Account: "nobody"}, nil},
		{"asset", EntryFilter{Account: names[3], Asset: "ETH"}, []uint64{2, 4, 6, 8, 10}},
		{"kind", EntryFilter{Account: names[3], Kind: account.Transfer}, []uint64{1, 3, 5, 7, 9}},
		{"time", EntryFilter{Account: names[3], From: 200, To: 500}, []uint64{3, 4, 5}},
		{"newest", EntryFilter{Account: names[3], Newest: true, Limit: 3}, []uint64{10, 9, 8}},
		{"next page", EntryFilter{Account: names[3], After: &EntryKey{names[3], 8, "ETH", 0}}, []uint64{9, 10}},
		{"next older page", EntryFilter{Account: names[3], Newest: true, Limit: 2, After: &EntryKey{names[3], 8, "ETH", 0}}, []uint64{7, 6}},
	} {
		got, err := s.Entries(bg, c.f)
		var positions []uint64
		for _, e := range got {
			positions = append(positions, e.Position)
		}
		if err != nil || !slices.Equal(positions, c.want) {
			t.Errorf("%s: %v (%v)", c.name, positions, err)
		}
	}
	if all, err := s.Entries(bg, EntryFilter{}); err != nil || len(all) != 20 {
		t.Error(len(all), err)
	}
}

func TestRowsAsTheyStoodThen(t *testing.T) {
	s := openStore(t, Memory)
	var deltas []account.Delta
	for i, wallet := range []string{"1", "2", "3"} {
		at := int64(i+1) * 1000
		deltas = append(deltas, account.Delta{Position: uint64(i + 1),
			Balances:  []account.Balance{{Asset: "BTC", Wallet: dec(wallet), Updated: at}},
			Positions: []account.Position{{Symbol: "S", Side: "BOTH", Amount: dec(wallet), Updated: at}}})
	}
	mustWrite(t, s, batchOf(1, 0, 3, deltas...))
	for at, want := range map[int64]string{999: "", 1000: "1", 1999: "1", 2000: "2", 9999: "3", Latest: "3"} {
		balances, err := s.Balances(bg, names[1], at)
		positions, err2 := s.Positions(bg, names[1], at)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		got := ""
		if len(balances) > 0 && len(positions) > 0 && balances[0].Wallet == positions[0].Amount {
			got = balances[0].Wallet.String()
		}
		if got != want {
			t.Errorf("at %d: %v %v, not %q", at, balances, positions, want)
		}
	}
	page, err := s.PositionHistory(bg, HistoryFilter{Account: names[1], Newest: true, Limit: 2, From: 1, To: 9999})
	if err != nil || len(page) != 2 || page[0].Record != 3 {
		t.Fatalf("%+v %v", page, err)
	}
	key := page[1].Key()
	if page, err = s.PositionHistory(bg, HistoryFilter{Account: names[1], Symbol: "S", Newest: true, After: &key}); err != nil || len(page) != 1 || page[0].Record != 1 {
		t.Fatalf("%+v %v", page, err)
	}
	if _, err := s.PositionHistory(bg, HistoryFilter{}); err == nil {
		t.Error("history of no account")
	}
}

func TestIncidentsOpenAndEnd(t *testing.T) {
	s := openStore(t, Memory)
	n := account.Incident{ID: 1, Kind: account.IncidentNoLine, Opened: 5, Count: 1}
	more, ended := n, n
	more.Count = 2
	ended.Closed, ended.Ending, ended.Count = 9, "a line is up", 2
	mustWrite(t, s, batchOf(1, 0, 2, account.Delta{Position: 1, Opened: []account.Incident{n}}, account.Delta{Position: 2, Opened: []account.Incident{more}}))
	got, err := s.Incidents(bg, IncidentFilter{Account: names[1], Open: true})
	if err != nil || len(got) != 1 || got[0].Incident != more {
		t.Fatalf("%+v %v", got, err)
	}
	mustWrite(t, s, batchOf(1, 2, 3, account.Delta{Position: 3, Ended: []account.Incident{ended}}))
	if open, err := s.Incidents(bg, IncidentFilter{Open: true}); err != nil || len(open) != 0 {
		t.Errorf("%+v %v", open, err)
	}
	all, err := s.Incidents(bg, IncidentFilter{Limit: 1})
	if err != nil || len(all) != 1 || all[0].Incident != ended {
		t.Fatalf("%+v %v", all, err)
	}
	if next, err := s.Incidents(bg, IncidentFilter{After: &all[0]}); err != nil || len(next) != 0 {
		t.Errorf("%+v %v", next, err)
	}
}

// However the deltas are cut into batches, the ledger is the same, and its
// totals are the sums of its entries.
func TestSplitsGiveOneLedger(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(rt, "records")
		records := recordsOf(6, n)
		for i := range records {
			records[i].Position = uint64(i + 1)
			records[i].Data = rapid.SliceOfN(rapid.Byte(), 1, 2).Draw(rt, "data")
		}
		whole, split := inMemory(rt), inMemory(rt)
		defer whole.Close()
		defer split.Close()
		mustWriteDeltas(rt, whole, 6, deltasOf(records), n)
		mustWriteDeltas(rt, split, 6, deltasOf(records), rapid.IntRange(1, n).Draw(rt, "batch"))
		if a, b := dump(t, whole), dump(t, split); a != b {
			rt.Fatalf("whole:\n%s\nsplit:\n%s", a, b)
		}
		checkTotals(t, split)
		for d, err := range Compare(bg, whole, split) {
			rt.Fatal(d, err)
		}
	})
}

func inMemory(t rapid.TB) *Store {
	s, err := Open(bg, Memory, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustWriteDeltas(t rapid.TB, s *Store, partition int, deltas []account.Delta, size int) {
	from := Cursor{}
	for part := range slices.Chunk(deltas, size) {
		to := Cursor{part[len(part)-1].Position, part[len(part)-1].Position}
		if err := s.Write(bg, Batch{Partition: partition, From: from, To: to, Deltas: part}); err != nil {
			t.Fatal(err)
		}
		from = to
	}
}

func TestCompareNamesEachDifference(t *testing.T) {
	a, b := openStore(t, Memory), openStore(t, Memory)
	for _, s := range []*Store{a, b} {
		mustWriteDeltas(t, s, 6, deltasOf(withPositions(recordsOf(6, 30), 1)), 30)
	}
	for d, err := range Compare(bg, a, b) {
		t.Fatal("equal ledgers differ:", d, err)
	}
	for _, q := range []string{
		"UPDATE balances SET wallet = '7' WHERE asset = 'BTC'",
		"DELETE FROM leverages",
		"INSERT INTO totals VALUES ('zz', 'BTC', '2026-10-31', 'TRANSFER', '1', 1)",
	} {
		if err := a.w.transact(bg, func(w *writer) (int, error) { return 0, w.exec(q) }); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]Difference{}
	for d, err := range Compare(bg, a, b) {
		if err != nil {
			t.Fatal(err)
		}
		got[d.Table] = d
	}
	if d := got["balances"]; d.Column != "wallet" || d.Stored != "7" || d.Key != names[6]+"/BTC" || d.Derived == "" {
		t.Errorf("%+v", d)
	}
	if d := got["leverages"]; d.Column != "" || d.Stored != "" || d.Derived == "" {
		t.Errorf("%+v", d)
	}
	if d := got["totals"]; d.Key != "zz/BTC/2026-10-31/TRANSFER" || d.Stored != "1/1" || d.Derived != "" {
		t.Errorf("%+v", d)
	}
	if len(got) != 3 {
		t.Errorf("%+v", got)
	}
}

func withPositions(rs []account.Record, first uint64) []account.Record {
	for i := range rs {
		rs[i].Position = first + uint64(i)
	}
	return rs
}

func TestRowsPageThroughLargeTables(t *testing.T) {
	s := openStore(t, Memory)
	n := PageRows*2 + 7
	d := account.Delta{Position: 1}
	for i := range n {
		e := entryAt(1, 5, account.Transfer, "1")
		e.Index = i
		d.Entries = append(d.Entries, e)
	}
	mustWrite(t, s, batchOf(1, 0, 1, d))
	seen := 0
	for r, err := range s.Rows(bg, "entries") {
		if err != nil || r.Key[3] != int64(seen) {
			t.Fatal(r, err)
		}
		seen++
	}
	if seen != n {
		t.Error(seen)
	}
	for _, err := range s.Rows(bg, "cursors") {
		if err == nil {
			t.Error("rows of a table that is none")
		}
	}
	if keys, values := Columns("totals"); len(keys) != 4 || len(values) != 2 {
		t.Error(keys, values)
	}
}
