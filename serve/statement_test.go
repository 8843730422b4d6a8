package serve

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"poise/account"
	stating "poise/account/statement"
	"poise/decimal"
)

// Each bar is within its half and as long as its amount is large; none is
// invisible, and none that is not there is seen.
func TestBarsAreInProportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var kinds []stating.Sum
		var rows []totalRow
		sum := decimal.Zero
		for i := range rapid.IntRange(1, 12).Draw(t, "kinds") {
			amount := decimal.New(rapid.Int64Range(-1e12, 1e12).Draw(t, "amount"), 8)
			kinds = append(kinds, stating.Sum{Asset: "BTC", Kind: account.Kind(fmt.Sprint("KIND_", i)), Amount: amount, Entries: 1})
			day := time.Date(2026, 9, 10+7*i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			rows = append(rows, totalRow{Day: day, Asset: "BTC", Kind: "COMMISSION", Amount: amount, Entries: 1})
			sum = add(t, sum, amount)
		}
		longest := int64(0)
		for i, k := range bars(kinds) {
			if k.X < 0 || k.W < 0 || k.X+k.W > barLength || (k.W == 0) != k.Amount.IsZero() || k.Amount.Sign() < 0 && k.X+k.W != barMiddle ||
				k.Amount.Sign() > 0 && k.X != barMiddle {
				t.Fatalf("the bar of %v is %d+%d", k.Amount, k.X, k.W)
			}
			longest = max(longest, k.W)
			for j, other := range bars(kinds) {
				if kinds[i].Amount.Abs().Cmp(kinds[j].Amount.Abs()) > 0 && k.W < other.W {
					t.Fatalf("the bar of %v is %d, that of %v %d", k.Amount, k.W, other.Amount, other.W)
				}
			}
		}
		if longest != barMiddle && longest != 0 {
			t.Fatalf("the longest bar is %d", longest)
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
