package store

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"poise/account"
	"poise/account/statement"
	"poise/decimal"
)

// heardLate makes deltas whose wallets move at one time and are told at a later
// one, over midnights too; now and then a snapshot tells with the engine's time.
func heardLate(t *rapid.T) (deltas []account.Delta, entries []account.Entry) {
	wallets := map[string]decimal.D{}
	moved, told := map[string]int64{}, map[string]int64{}
	now := 20*day - 3000
	for p := uint64(1); p <= uint64(rapid.IntRange(1, 40).Draw(t, "records")); p++ {
		now += rapid.SampledFrom([]int64{0, 1, 7, 500, day / 3, day}).Draw(t, "step")
		asset := rapid.SampledFrom([]string{"BTC", "ETH"}).Draw(t, "asset")
		at, e := max(now, moved[asset]), max(now+rapid.Int64Range(0, 900).Draw(t, "delay"), told[asset])
		if rapid.IntRange(0, 5).Draw(t, "snapshot") == 0 {
			at = moved[asset] + 1
			e = at
			if at < 10*day {
				at, e = now, now
			}
		}
		moved[asset], told[asset] = at, max(e, told[asset])
		d := account.Delta{Position: p, Time: e}
		for i := range rapid.IntRange(1, 3).Draw(t, "entries") {
			amount := decimal.New(rapid.Int64Range(1, 1e6).Draw(t, "amount")*(1-2*(int64(p)%2)), 8)
			wallets[asset] = must(wallets[asset].Add(amount))
			x := account.Entry{Position: p, Asset: asset, Index: i, Time: at, Amount: amount, Balance: wallets[asset],
				Kind: rapid.SampledFrom([]account.Kind{account.Transfer, account.Commission, account.FundingFee}).Draw(t, "kind")}
			if rapid.IntRange(0, 9).Draw(t, "found in income") == 0 {
				x.Time -= rapid.Int64Range(0, day).Draw(t, "earlier")
			}
			d.Entries = append(d.Entries, x)
		}
		d.Balances = []account.Balance{{Asset: asset, Wallet: wallets[asset], Cross: wallets[asset], Updated: e}}
		deltas, entries = append(deltas, d), append(entries, d.Entries...)
	}
	return deltas, entries
}

// amountOf adds up the entries of an asset that are chosen.
func amountOf(entries []account.Entry, asset string, chosen func(*account.Entry) bool) (sum decimal.D) {
	for i := range entries {
		if e := &entries[i]; e.Asset == asset && chosen(e) {
			sum = must(sum.Add(e.Amount))
		}
	}
	return sum
}

// Whatever was told when, a statement's balances are the sums of all entries
// before its ends, its kinds are the sums between, and it agrees with the wallets.
func TestStatementIsTheSumOfEntriesAndMeetsTheWallet(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, err := Open(bg, Memory, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		deltas, entries := heardLate(rt)
		last := deltas[len(deltas)-1].Position
		if err := s.Write(bg, batchOf(3, 0, last, deltas...)); err != nil {
			rt.Fatal(err)
		}
		edge := rapid.OneOf(
			rapid.Map(rapid.IntRange(0, len(entries)-1), func(i int) int64 { return entries[i].Time }),
			rapid.Map(rapid.IntRange(0, len(entries)-1), func(i int) int64 { return entries[i].Time + 300 }),
			rapid.Map(rapid.Int64Range(18, 40), func(d int64) int64 { return d * day }),
			rapid.Map(rapid.Int64Range(18*24, 40*24), func(h int64) int64 { return h * 3600_000 }))
		p := statement.Period{From: edge.Draw(rt, "from"), To: edge.Draw(rt, "to")}
		if p.From > p.To {
			p.From, p.To = p.To, p.From
		}
		if p.From == p.To {
			p.To++
		}
		checkStatement(rt, s, p, entries)
	})
}

func checkStatement(rt *rapid.T, s *Store, p statement.Period, entries []account.Entry) {
	a, err := StatementOf(bg, s, names[3], "", p, nil)
	if err != nil {
		rt.Fatal(err)
	}
	st, err := statement.Make(p, a)
	if err != nil || !st.OK() {
		rt.Fatalf("%v %+v", err, st)
	}
	for _, asset := range []string{"BTC", "ETH"} {
		i := slices.IndexFunc(st.Assets, func(x statement.Asset) bool { return x.Asset == asset })
		got := statement.Asset{}
		if i >= 0 {
			got = st.Assets[i]
		}
		before := func(at int64) func(e *account.Entry) bool { return func(e *account.Entry) bool { return e.Time < at } }
		if want := amountOf(entries, asset, before(p.From)); !got.Opening.Equal(want) {
			rt.Fatalf("%s opens with %s, not %s", asset, got.Opening, want)
		}
		if want := amountOf(entries, asset, before(p.To)); !got.Closing.Equal(want) {
			rt.Fatalf("%s closes with %s, not %s", asset, got.Closing, want)
		}
		for _, k := range got.Kinds {
			n := int64(0)
			want := amountOf(entries, asset, func(e *account.Entry) bool {
				in := e.Kind == k.Kind && e.Time >= p.From && e.Time < p.To
				if in {
					n++
				}
				return in
			})
			if !k.Amount.Equal(want) || k.Entries != n {
				rt.Fatalf("%s %s is %s of %d entries, not %s of %d", asset, k.Kind, k.Amount, k.Entries, want, n)
			}
		}
	}
}

// A wallet that no entry moved, and a total that is wrong, are differences.
func TestStatementTellsWhatDoesNotAgree(t *testing.T) {
	p := statement.Period{From: 20 * day, To: 21 * day}
	b := func(wallet string, updated int64) []account.Balance {
		return []account.Balance{{Asset: "BTC", Wallet: dec(wallet), Cross: dec(wallet), Updated: updated}}
	}
	for _, c := range []struct{ name, wallet, sql, want string }{
		{"all well", "3.0", "", "[]"},
		{"a wallet moved without an entry", "3.1", "", "[BTC 3.0 3.1 -0.1]"},
		{"a total is wrong", "3.0", "UPDATE totals SET amount = '2.5' WHERE kind = 'FUNDING_FEE'", "[BTC 3.5 3.0 0.5]"},
	} {
		s := openStore(t, Memory)
		mustWrite(t, s, batchOf(1, 0, 2,
			account.Delta{Position: 1, Entries: []account.Entry{entryAt(1, 19*day, account.Transfer, "1.0")}, Balances: b("1.0", 19*day)},
			account.Delta{Position: 2, Entries: []account.Entry{entryAt(2, 20*day, account.FundingFee, "2.0")}, Balances: b(c.wallet, 20*day+1)}))
		if c.sql != "" {
			if _, err := s.write.Exec(c.sql); err != nil {
				t.Fatal(err)
			}
		}
		a, err := StatementOf(bg, s, names[1], "BTC", p, nil)
		if err != nil {
			t.Fatal(err)
		}
		st, err := statement.Make(p, a)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, d := range st.Differences {
			got = append(got, fmt.Sprintf("%s %s %s %s", d.Asset, d.Booked, d.Sent, d.By))
		}
		if fmt.Sprint(got) != c.want || st.OK() != (c.want == "[]") {
			t.Errorf("%s: %v, not %s", c.name, got, c.want)
		}
	}
}

// A view does not see what is written after it began.
func TestViewIsOfOneMoment(t *testing.T) {
	s := newStore(t)
	write := func(p uint64) {
		mustWrite(t, s, batchOf(1, p-1, p, account.Delta{Position: p, Entries: []account.Entry{entryAt(p, day, account.Transfer, "1.0")}}))
	}
	count := func(l Ledger) int {
		page, err := l.Entries(bg, EntryFilter{Account: names[1]})
		if err != nil {
			t.Fatal(err)
		}
		return len(page)
	}
	write(1)
	err := s.View(bg, func(l Ledger) error {
		if n := count(l); n != 1 {
			t.Errorf("%d entries at first", n)
		}
		write(2)
		if n := count(l); n != 1 {
			t.Errorf("%d entries in the view after another was written", n)
		}
		return nil
	})
	if n := count(s); err != nil || n != 2 {
		t.Errorf("%d entries at last (%v)", n, err)
	}
}

// Pages of a balance's history go on where the last ended, both ways.
func TestBalanceHistoryByPages(t *testing.T) {
	s := openStore(t, Memory)
	var deltas []account.Delta
	for p := uint64(1); p <= 9; p++ {
		asset := []string{"BTC", "ETH"}[p%2]
		deltas = append(deltas, account.Delta{Position: p, Balances: []account.Balance{{Asset: asset, Wallet: decimal.New(int64(p), 2), Updated: int64(p / 3 * 100)}}})
	}
	mustWrite(t, s, batchOf(1, 0, 9, deltas...))
	for _, newest := range []bool{false, true} {
		var got []uint64
		f := BalanceFilter{Account: names[1], Newest: newest, Limit: 2, From: 100, To: 300}
		for {
			page, err := s.BalanceHistory(bg, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page {
				got = append(got, c.Record)
			}
			if len(page) < 2 {
				break
			}
			key := page[1].Key()
			f.After = &key
		}
		want := []uint64{4, 6, 8, 3, 5, 7}
		if newest {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("newest %v: %v, not %v", newest, got, want)
		}
	}
	if _, err := s.BalanceHistory(bg, BalanceFilter{}); err == nil {
		t.Error("no account, and no error")
	}
}
