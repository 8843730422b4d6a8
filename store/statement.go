package store

import (
	"context"
	"math"

	"poise/account"
	"poise/account/statement"
)

// StatementOf reads what a statement of one account over a period is made of;
// only one asset where asset is not "". Whole UTC days are read from the totals,
// what the period has of others from their entries. The wallets at the moments
// days are read too. The ledger should not change meanwhile: see [Store.View].
func StatementOf(ctx context.Context, l Ledger, name, asset string, p statement.Period, days []int64) (statement.Account, error) {
	r := statementReader{ctx: ctx, l: l, out: statement.Account{Name: name}}
	balances, err := l.Balances(ctx, name, Latest)
	if err != nil {
		return r.out, err
	}
	for i := range balances {
		if asset == "" || balances[i].Asset == asset {
			r.assets = append(r.assets, balances[i].Asset)
		}
	}
	if r.out.Opening, err = r.edge(p.From); err != nil {
		return r.out, err
	}
	if r.out.Closing, err = r.edge(p.To); err != nil {
		return r.out, err
	}
	if err := r.sums(p); err != nil {
		return r.out, err
	}
	return r.out, r.days(days)
}

type statementReader struct {
	ctx    context.Context
	l      Ledger
	assets []string
	out    statement.Account
}

// ofAsset reports whether entries of an asset are asked for.
func (r *statementReader) ofAsset(e *account.Entry) bool {
	for _, a := range r.assets {
		if a == e.Asset {
			return true
		}
	}
	return false
}

// edge reads the wallets before a moment, and the entries that they and the
// moment see differently.
func (r *statementReader) edge(at int64) (statement.Edge, error) {
	e := statement.Edge{At: at}
	if at <= 0 {
		return e, nil // before all
	}
	next, last := uint64(math.MaxUint64), uint64(0) // the first record that told of after, the last that told of before
	for _, asset := range r.assets {
		before, err := r.wallet(asset, at)
		if err != nil {
			return e, err
		}
		if before != nil {
			e.Wallets = append(e.Wallets, statement.Wallet{Asset: asset, Amount: before.Wallet, Record: before.Record})
			last = max(last, before.Record)
		}
		after, err := r.l.BalanceHistory(r.ctx, BalanceFilter{Account: r.out.Name, Asset: asset, From: at, Limit: unordered})
		if err != nil {
			return e, err
		}
		for i := range after {
			next = min(next, after[i].Record)
		}
	}
	err := r.apart(&e, next, last)
	return e, err
}

// fewRows is a page where few rows are looked for.
const fewRows = 50

// apart reads the entries that the edge sees differently: of those that were
// told from the record next on, and of those up to the record last.
func (r *statementReader) apart(e *statement.Edge, next, last uint64) error {
	keep := func(x *account.Entry) {
		if r.ofAsset(x) && e.Sees(x) != 0 {
			e.Entries = append(e.Entries, *x)
		}
	}
	if next != math.MaxUint64 {
		from := &EntryKey{Account: r.out.Name, Position: next, Index: -1}
		if err := r.entries(EntryFilter{To: e.At, After: from, Limit: fewRows}, math.MaxUint64, keep); err != nil {
			return err
		}
	}
	if last == 0 {
		return nil
	}
	return r.entries(EntryFilter{From: e.At, Limit: fewRows}, last, keep)
}

// unordered is how many changes of a balance are looked at for the one that was
// told last: a snapshot's row has the engine's time, which may be earlier than
// the time of the message before it.
const unordered = 8

// wallet returns the change of a balance that was told last of those before a
// moment, or nil.
func (r *statementReader) wallet(asset string, before int64) (last *BalanceChange, err error) {
	page, err := r.l.BalanceHistory(r.ctx, BalanceFilter{Account: r.out.Name, Asset: asset, To: before, Newest: true, Limit: unordered})
	for i := range page {
		if last == nil || page[i].Record > last.Record {
			last = &page[i]
		}
	}
	return last, err
}

// entries calls each with the account's entries that f chooses, up to the
// position last.
func (r *statementReader) entries(f EntryFilter, last uint64, each func(*account.Entry)) error {
	f.Account = r.out.Name
	if f.Limit == 0 {
		f.Limit = PageRows
	}
	for {
		page, err := r.l.Entries(r.ctx, f)
		if err != nil {
			return err
		}
		for i := range page {
			if page[i].Position > last {
				return nil
			}
			each(&page[i].Entry)
		}
		if len(page) < f.Limit {
			return nil
		}
		key := page[len(page)-1].Key()
		f.After = &key
	}
}

// sums reads what lies in the period.
func (r *statementReader) sums(p statement.Period) error {
	first, end := floorDay(p.From+dayMillis-1)*dayMillis, floorDay(p.To)*dayMillis
	if first >= end {
		return r.parts(p.From, p.To)
	}
	if err := r.parts(p.From, first); err != nil {
		return err
	}
	for _, asset := range r.assets {
		totals, err := r.l.Totals(r.ctx, TotalFilter{Account: r.out.Name, Asset: asset, From: DayOf(first), To: DayOf(end)})
		if err != nil {
			return err
		}
		for _, t := range totals {
			r.out.Sums = append(r.out.Sums, statement.Sum{Asset: t.Asset, Kind: t.Kind, Amount: t.Amount, Entries: t.Entries})
		}
	}
	return r.parts(end, p.To)
}

// parts adds up the entries of a part of a day.
func (r *statementReader) parts(from, to int64) (failed error) {
	if from >= to {
		return nil
	}
	type key struct {
		asset string
		kind  account.Kind
	}
	at := map[key]int{}
	err := r.entries(EntryFilter{From: from, To: to}, math.MaxUint64, func(e *account.Entry) {
		if !r.ofAsset(e) {
			return
		}
		k := key{e.Asset, e.Kind}
		i, known := at[k]
		if !known {
			i = len(r.out.Sums)
			at[k] = i
			r.out.Sums = append(r.out.Sums, statement.Sum{Asset: e.Asset, Kind: e.Kind})
		}
		sum, err := r.out.Sums[i].Amount.Add(e.Amount)
		if err != nil {
			failed = err
			return
		}
		r.out.Sums[i].Amount = sum
		r.out.Sums[i].Entries++
	})
	if err != nil {
		return err
	}
	return failed
}

// days reads the wallets at each of the moments.
func (r *statementReader) days(ends []int64) error {
	for _, end := range ends {
		for _, asset := range r.assets {
			w, err := r.wallet(asset, end)
			if err != nil {
				return err
			}
			if w != nil {
				r.out.Days = append(r.out.Days, statement.Mark{End: end, Asset: asset, Wallet: w.Wallet})
			}
		}
	}
	return nil
}
