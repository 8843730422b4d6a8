package serve

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

func TestStatementLeadsFromOpeningToClosing(t *testing.T) {
	total := func(asset, day string, kind account.Kind, amount string) store.Total {
		return store.Total{Account: "main", Asset: asset, Day: day, Kind: kind, Amount: decimal.MustParse(amount), Entries: 1}
	}
	list, err := statementOf([]store.Total{
		total("BTC", "2026-09-30", account.Opening, "1.5"),
		total("BTC", "2026-10-01", account.Commission, "-0.00000003"),
		total("BTC", "2026-10-02", account.Commission, "-0.00000002"),
		total("BTC", "2026-10-02", account.FundingFee, "0.25"),
		total("BTC", "2026-10-31", account.Transfer, "-0.5"),
		total("ETH", "2026-08-01", account.Opening, "40"),
	}, "2026-10-01")
	if err != nil {
		t.Fatal(err)
	}
	const want = `BTC 1.5 -> 1.24999995
  TRANSFER -0.5 x1 at 0+500
  FUNDING_FEE 0.25 x1 at 500+250
  COMMISSION -0.00000005 x2 at 496+4
ETH 40 -> 40
`
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "%s %v -> %v\n", a.Asset, a.Opening, a.Closing)
		for _, k := range a.Kinds {
			fmt.Fprintf(&b, "  %s %v x%d at %d+%d\n", k.Kind, k.Amount, k.Entries, k.X, k.W)
		}
	}
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// Whatever happened, opening and all kinds are closing, and each bar is within
// its length; months sum to what days do.
func TestStatementsBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var totals []store.Total
		var rows []totalRow
		sum := decimal.Zero
		for day := range rapid.IntRange(1, 70).Draw(t, "days") {
			for _, kind := range []account.Kind{account.Commission, account.FundingFee, account.RealizedPnL} {
				amount := decimal.New(rapid.Int64Range(-1e12, 1e12).Draw(t, "amount"), 8)
				name := time.Date(2026, 9, 10+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
				totals = append(totals, store.Total{Asset: "BTC", Day: name, Kind: kind, Amount: amount, Entries: 1})
				rows = append(rows, totalRow{Day: name, Asset: "BTC", Kind: string(kind), Amount: amount, Entries: 1})
				sum = add(t, sum, amount)
			}
		}
		list, err := statementOf(totals, "2026-10-01")
		if err != nil {
			t.Fatal(err)
		}
		a := list[0]
		all := a.Opening
		for _, k := range a.Kinds {
			all = add(t, all, k.Amount)
			if k.X < 0 || k.W < 0 || k.X+k.W > barLength {
				t.Fatalf("the bar of %v is %d+%d", k.Amount, k.X, k.W)
			}
		}
		if !all.Equal(a.Closing) || !a.Closing.Equal(sum) {
			t.Fatalf("opening and kinds are %v, closing %v, the sum %v", all, a.Closing, sum)
		}
		months, err := monthly(rows)
		if err != nil {
			t.Fatal(err)
		}
		byMonth := decimal.Zero
		for _, m := range months {
			byMonth = add(t, byMonth, m.Amount)
		}
		if !byMonth.Equal(sum) {
			t.Fatalf("months sum to %v, days to %v", byMonth, sum)
		}
	})
}

func add(t *rapid.T, a, b decimal.D) decimal.D {
	sum, err := a.Add(b)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// A client may need the journal some times at once, and seldom after that.
func TestPaceCutsWhoNeedsTheJournalAgainAndAgain(t *testing.T) {
	var p pace
	now := time.Unix(1_800_000_000, 0)
	for i := range lateMost {
		if !p.keeps(true, now) || !p.keeps(true, now) || !p.keeps(false, now) { // each time, of two changes
			t.Fatalf("cut after %d", i)
		}
	}
	if p.keeps(true, now) {
		t.Fatal("not cut")
	}
	p = pace{}
	for i := range 1_000 {
		now = now.Add(lateEvery)
		if !p.keeps(true, now) || !p.keeps(false, now) {
			t.Fatalf("cut after %d, once in %v", i, lateEvery)
		}
	}
}
