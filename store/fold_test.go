package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"poise/account"
	"poise/decimal"
)

// fold stands for account.Apply: a made-up state whose deltas are a function
// of the records alone and use every part of a Delta.
type fold struct {
	wallets   map[string]decimal.D
	unsaid    []account.Entry // still UNEXPLAINED
	incidents map[uint64]account.Incident
	next      uint64
}

func newFold() *fold {
	return &fold{wallets: map[string]decimal.D{}, incidents: map[uint64]account.Incident{}, next: 1}
}

const firstTime = int64(1_790_000_000_000) // ms

// apply returns what a record changes.
func (f *fold) apply(r account.Record) account.Delta {
	h := fnv.New64a()
	fmt.Fprint(h, r.Account, r.Position, string(r.Data))
	rnd := rand.New(rand.NewPCG(h.Sum64(), 1))
	at := firstTime + int64(r.Position)*3_600_000 - rnd.Int64N(7_200_000)
	d := account.Delta{Account: r.Account, Position: r.Position, Time: at, Event: "ACCOUNT_UPDATE"}
	asset := []string{"BTC", "ETH", "ADA"}[rnd.IntN(3)]
	kind := []account.Kind{account.Commission, account.FundingFee, account.Transfer, account.Unexplained}[rnd.IntN(4)]
	for i := range rnd.IntN(3) {
		e := account.Entry{Position: r.Position, Asset: asset, Index: i, Time: at, Kind: kind, Amount: decimal.New(rnd.Int64N(1e9)-5e8, 4+rnd.IntN(5)),
			Symbol: "BTCUSD_PERP", OrderID: rnd.Int64N(100), TradeID: rnd.Int64N(2), Reason: "ORDER"}
		e.Balance = f.move(asset, e.Amount)
		d.Entries = append(d.Entries, e)
	}
	f.explain(&d, rnd)
	for _, e := range d.Entries {
		if e.Kind == account.Unexplained {
			f.unsaid = append(f.unsaid, e)
		}
	}
	d.Balances = []account.Balance{{Asset: asset, Wallet: f.wallets[asset], Cross: f.wallets[asset], Updated: at}}
	f.others(&d, rnd)
	return d
}

func (f *fold) move(asset string, amount decimal.D) decimal.D {
	sum, err := f.wallets[asset].Add(amount)
	if err != nil {
		panic(err)
	}
	f.wallets[asset] = sum
	return sum
}

// explain revises an older entry into two: part of it is known now.
func (f *fold) explain(d *account.Delta, rnd *rand.Rand) {
	if len(f.unsaid) == 0 || rnd.IntN(2) == 0 {
		return
	}
	before := f.unsaid[0]
	f.unsaid = f.unsaid[1:]
	after := before
	part := decimal.New(rnd.Int64N(1000), 8)
	after.Kind, after.Amount, after.TranID = account.RealizedPnL, must(before.Amount.Sub(part)), fmt.Sprint(rnd.IntN(1000))
	after.Balance = must(before.Balance.Sub(part))
	d.Revised = append(d.Revised, account.Revision{Before: before, After: after})
	rest := before
	rest.Index, rest.Amount = before.Index+100, part // an older position
	d.Entries = append(d.Entries, rest)
}

func must(d decimal.D, err error) decimal.D {
	if err != nil {
		panic(err)
	}
	return d
}

func (f *fold) others(d *account.Delta, rnd *rand.Rand) {
	if rnd.IntN(2) == 0 {
		d.Positions = append(d.Positions, account.Position{Symbol: "BTCUSD_PERP", Side: []string{"LONG", "SHORT"}[rnd.IntN(2)],
			Amount: decimal.New(rnd.Int64N(100), 0), EntryPrice: decimal.New(rnd.Int64N(1e9), 3), BreakEven: decimal.New(rnd.Int64N(1e9), 8), HasBreakEven: true,
			Realized: decimal.New(rnd.Int64N(1e9), 8), HasRealized: true, MarginType: "cross", MarginAsset: "BTC", Updated: d.Time})
	}
	if rnd.IntN(9) == 0 {
		d.Leverages = append(d.Leverages, account.Leverage{Symbol: "BTCUSD_PERP", Leverage: rnd.Int64N(125), Updated: d.Time})
	}
	switch n, open := f.incidents[f.next-1]; {
	case rnd.IntN(4) == 0 && !open:
		n = account.Incident{ID: f.next, Kind: account.IncidentUnexplained, Asset: "BTC", Amount: decimal.New(5, 8), Position: d.Position, Opened: d.Time, Count: 1, Detail: "it's \"odd\""}
		f.incidents[f.next] = n
		f.next++
		d.Opened = append(d.Opened, n)
	case rnd.IntN(3) == 0 && open:
		delete(f.incidents, n.ID)
		n.Closed, n.Ending = d.Time, "found"
		d.Ended = append(d.Ended, n)
	}
}

// deltasOf folds the records of a partition, each account on its own.
func deltasOf(records []account.Record) []account.Delta {
	folds := map[string]*fold{}
	deltas := make([]account.Delta, len(records))
	for i, r := range records {
		if folds[r.Account] == nil {
			folds[r.Account] = newFold()
		}
		deltas[i] = folds[r.Account].apply(r)
	}
	return deltas
}

// dump is all rows of a ledger that follow from the journal, as text.
func dump(t testing.TB, l Ledger) string {
	t.Helper()
	var b strings.Builder
	for _, name := range Tables() {
		for r, err := range l.Rows(context.Background(), name) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, name, r.Key, r.Values)
		}
	}
	return b.String()
}

// checkTotals sees that the totals are the sums of the entries.
func checkTotals(t testing.TB, l Ledger) {
	t.Helper()
	type key struct {
		account, asset, day string
		kind                account.Kind
	}
	sums := map[key]total{}
	f := EntryFilter{Limit: 7}
	for {
		page, err := l.Entries(bg, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			k := key{e.Account, e.Asset, DayOf(e.Time), e.Kind}
			sums[k] = total{amount: must(sums[k].amount.Add(e.Amount)), entries: sums[k].entries + 1}
		}
		if len(page) < f.Limit {
			break
		}
		last := page[len(page)-1].Key()
		f.After = &last
	}
	totals, err := l.Totals(bg, TotalFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(totals) != len(sums) {
		t.Fatalf("%d totals, entries make %d", len(totals), len(sums))
	}
	for _, got := range totals {
		want := sums[key{got.Account, got.Asset, got.Day, got.Kind}]
		if !got.Amount.Equal(want.amount) || got.Entries != want.entries {
			t.Fatalf("%+v, entries make %s of %d", got, want.amount, want.entries)
		}
	}
}
