package statement_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"poise/account"
	"poise/account/statement"
	"poise/decimal"
)

var dec = decimal.MustParse

func entry(position uint64, time int64, amount string) account.Entry {
	return account.Entry{Position: position, Asset: "BTC", Time: time, Amount: dec(amount)}
}

// told prints a statement in a line an asset.
func told(s *statement.Statement) string {
	var b strings.Builder
	for _, a := range s.Assets {
		fmt.Fprintf(&b, "%s %s", a.Asset, a.Opening)
		for _, k := range a.Kinds {
			fmt.Fprintf(&b, " %s %s/%d", k.Kind, k.Amount, k.Entries)
		}
		fmt.Fprintf(&b, " = %s, wallet %s and %s %v\n", a.Closing, a.Wallet, a.Underway, a.Equal)
	}
	return b.String()
}

// What was told after an end counts before it, and what a wallet had already
// counts after it.
func TestEdges(t *testing.T) {
	wallet := func(amount string, record uint64) []statement.Wallet {
		return []statement.Wallet{{"BTC", dec(amount), record}}
	}
	sums := func(amount string, n int64) []statement.Sum {
		return []statement.Sum{{"BTC", account.FundingFee, dec(amount), n}}
	}
	for _, c := range []struct {
		name string
		a    statement.Account
		want string
	}{
		{"nothing under way", statement.Account{Opening: statement.Edge{At: 10, Wallets: wallet("1.0", 1)}, Sums: sums("0.50", 2),
			Closing: statement.Edge{At: 20, Wallets: wallet("1.50", 3)}},
			"BTC 1.0 FUNDING_FEE 0.50/2 = 1.50, wallet 1.50 and 0 true\n"},
		{"told after the end", statement.Account{Opening: statement.Edge{At: 10, Wallets: wallet("1.0", 1)}, Sums: sums("0.50", 2),
			Closing: statement.Edge{At: 20, Wallets: wallet("1.2", 2), Entries: []account.Entry{entry(3, 19, "0.3"), entry(3, 20, "7"), entry(2, 19, "7")}}},
			"BTC 1.0 FUNDING_FEE 0.50/2 = 1.50, wallet 1.2 and 0.3 true\n"},
		{"in the wallet before the beginning", statement.Account{Opening: statement.Edge{At: 10, Wallets: wallet("1.0", 1), Entries: []account.Entry{entry(1, 10, "0.4")}},
			Sums: sums("0.4", 1), Closing: statement.Edge{At: 20, Wallets: wallet("1.0", 1)}},
			"BTC 0.6 FUNDING_FEE 0.4/1 = 1.0, wallet 1.0 and 0 true\n"},
		{"first seen within it", statement.Account{Opening: statement.Edge{At: 10}, Sums: sums("0.4", 1), Closing: statement.Edge{At: 20, Wallets: wallet("0.40", 1)}},
			"BTC 0 FUNDING_FEE 0.4/1 = 0.4, wallet 0.40 and 0 true\n"},
		{"told of only after it", statement.Account{Sums: sums("0.4", 1), Closing: statement.Edge{At: 20, Entries: []account.Entry{entry(3, 19, "0.4")}}},
			"BTC 0 FUNDING_FEE 0.4/1 = 0.4, wallet 0 and 0.4 true\n"},
		{"a wallet that is not met", statement.Account{Opening: statement.Edge{At: 10, Wallets: wallet("1", 1)}, Closing: statement.Edge{At: 20, Wallets: wallet("1.00000001", 3)}},
			"BTC 1 = 1, wallet 1.00000001 and 0 false\n"},
		{"nothing at all", statement.Account{Opening: statement.Edge{At: 10, Wallets: wallet("0.0", 1)}, Closing: statement.Edge{At: 20, Wallets: wallet("0", 1)}}, ""},
	} {
		s, err := statement.Make(statement.Period{From: 10, To: 20}, c.a)
		if err != nil || told(s) != c.want || s.OK() != !strings.Contains(c.want, "false") {
			t.Errorf("%s: %v\n%s, not\n%s", c.name, err, told(s), c.want)
		}
	}
}

// Accounts are added up by asset and kind; what one account lacks is not made up
// for by what another has too much.
func TestAccountsTogether(t *testing.T) {
	of := func(name, opening, closing string, kind account.Kind) statement.Account {
		return statement.Account{Name: name, Opening: statement.Edge{At: 10, Wallets: []statement.Wallet{{"BTC", dec(opening), 1}}},
			Sums:    []statement.Sum{{"BTC", kind, dec("1"), 1}, {"ETH", account.Unexplained, dec("-2"), 1}, {"BTC", "ODD", dec("1"), 2}},
			Closing: statement.Edge{At: 20, Wallets: []statement.Wallet{{"BTC", dec(closing), 5}, {"ETH", dec("-2"), 5}}},
			Days:    []statement.Mark{{20, "BTC", dec(closing)}, {15, "BTC", dec(opening)}}}
	}
	s, err := statement.Make(statement.Period{From: 10, To: 20}, of("a", "1", "3.1", account.Transfer), of("b", "10", "11.9", account.Opening))
	if err != nil {
		t.Fatal(err)
	}
	const want = "BTC 11 OPENING 1/1 TRANSFER 1/1 ODD 2/4 = 15, wallet 15.0 and 0 false\nETH 0 UNEXPLAINED -4/2 = -4, wallet -4 and 0 true\n"
	if told(s) != want {
		t.Errorf("%s, not\n%s", told(s), want)
	}
	if got := fmt.Sprint(s.Differences); got != "[{a BTC 3 3.1 -0.1} {b BTC 12 11.9 0.1}]" {
		t.Errorf("differences are %s", got)
	}
	if got := fmt.Sprint(s.Assets[0].Days, s.Unexplained()); got != "[{15 BTC 11} {20 BTC 15.0}] [{ETH UNEXPLAINED -4 2}]" {
		t.Errorf("days and unexplained are %s", got)
	}
}

// A sum out of range is an error, not a wrong figure.
func TestSumOutOfRange(t *testing.T) {
	huge := dec("5316911983139663491615228241121378303")
	_, err := statement.Make(statement.Period{From: 1, To: 2}, statement.Account{Name: "a", Sums: []statement.Sum{{"BTC", "X", huge, 1}, {"BTC", "Y", huge, 1}}})
	if !errors.Is(err, decimal.ErrOverflow) || !strings.Contains(err.Error(), "statement of a: BTC") {
		t.Errorf("%v", err)
	}
}

// A month begins and ends with the first moments of its zone's days.
func TestMonths(t *testing.T) {
	for _, c := range []struct {
		zone  string
		year  int
		month time.Month
		want  string
	}{
		{"UTC", 2026, 10, "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z"},
		{"UTC", 2026, 12, "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z"},
		{"Europe/Berlin", 2026, 10, "2026-09-30T22:00:00Z 2026-10-31T23:00:00Z"}, // winter begins
		{"Asia/Kolkata", 2026, 2, "2026-01-31T18:30:00Z 2026-02-28T18:30:00Z"},
		{"America/Havana", 2026, 11, "2026-11-01T04:00:00Z 2026-12-01T05:00:00Z"},    // 2026-11-01 has 00:00 twice
		{"Africa/Cairo", 2023, 4, "2023-03-31T22:00:00Z 2023-04-30T21:00:00Z"},       // 2023-04-28 has no 00:00
		{"America/Sao_Paulo", 2018, 11, "2018-11-01T03:00:00Z 2018-12-01T02:00:00Z"}, // 2018-11-04 has none
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		p := statement.Month(c.year, c.month, zone)
		stamp := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
		if got := stamp(p.From) + " " + stamp(p.To); got != c.want {
			t.Errorf("%s %d-%d: %s, not %s", c.zone, c.year, c.month, got, c.want)
		}
		checkDays(t, p, zone)
	}
}

// checkDays walks a period minute by minute: a day ends where the next begins.
func checkDays(t *testing.T, p statement.Period, zone *time.Location) {
	t.Helper()
	var want []int64
	name := func(ms int64) string { return time.UnixMilli(ms).In(zone).Format(time.DateOnly) }
	for ms := p.From + 60_000; ms < p.To; ms += 60_000 {
		if name(ms) > name(ms-60_000) {
			want = append(want, ms)
		}
	}
	want = append(want, p.To)
	if got := p.Days(zone, 31); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("days of %v in %s end at\n%v, not\n%v", p, zone, got, want)
	}
}

// A period that is not of whole days ends its last day early; too many days are none.
func TestDaysOfAPeriod(t *testing.T) {
	const day = 86_400_000
	for _, c := range []struct {
		p    statement.Period
		most int
		want string
	}{
		{statement.Period{From: day / 2, To: day + 5}, 9, "[86400000 86400005]"},
		{statement.Period{From: day, To: 2 * day}, 1, "[172800000]"},
		{statement.Period{From: 5, To: 6}, 9, "[6]"},
		{statement.Period{From: 6, To: 6}, 9, "[]"},
		{statement.Period{From: 0, To: 3 * day}, 2, "[]"},
		{statement.Period{From: 0, To: 1 << 50}, 100, "[]"},
	} {
		if got := fmt.Sprint(c.p.Days(time.UTC, c.most)); got != c.want {
			t.Errorf("%v: %s, not %s", c.p, got, c.want)
		}
	}
}
