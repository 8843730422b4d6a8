package follower

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

// Report is what Verify found: figures, and what is not as it must be.
type Report struct {
	Partitions  int // with records
	Blocks      int64
	Records     int64
	Bytes       int64 // of records, as heard
	Behind      int64 // records that the ledger has not yet
	Accounts    int
	Entries     int64
	Totals      int64
	Rows        int64 // of the ledger that were compared with a derived one
	Checkpoints int   // compared with derived books
	Marks       int   // so too
	Wallets     int   // whose entries sum to them
	Unexplained []Amount
	Incidents   int // open
	Problems    []string
	More        int // problems that were found beyond MaxProblems
}

// Amount is a sum of one account's asset.
type Amount struct {
	Account, Asset string
	Amount         decimal.D
}

// MaxProblems is how many problems a Report tells in words.
const MaxProblems = 100

func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) >= MaxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// OK reports whether all is as it must be.
func (r *Report) OK() bool { return len(r.Problems) == 0 }

// Verify reads the journal from its first block, checks its chain, derives books
// and ledger from it anew into scratch, an empty store, and compares: every
// ledger row, every checkpoint and mark, and the identities that must hold between them.
// Nothing may be written to s meanwhile: what a process has open to write is
// verified by store.OpenFrozen. progress, if not nil, hears of each
// partition's records. What is wrong is in the Report; an error is what kept
// Verify from finding out.
func Verify(ctx context.Context, s, scratch Store, progress func(records int64)) (*Report, error) {
	v := verifier{s: s, scratch: scratch, r: &Report{}, books: map[string]*account.Books{}, checkpoints: map[string]store.Checkpoint{}, progress: progress}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	v.r.Accounts = len(accounts)
	for _, a := range accounts {
		if v.checkpoints[a.Name], err = s.Checkpoint(ctx, a.Name); err != nil {
			return nil, err
		}
	}
	for p := range store.Partitions {
		if err := v.partition(ctx, p); err != nil {
			return nil, err
		}
	}
	if !v.broken {
		if err := v.compare(ctx, accounts); err != nil {
			return nil, err
		}
	}
	for _, a := range accounts {
		if err := v.account(ctx, a.Name); err != nil {
			return nil, err
		}
	}
	return v.r, nil
}

type verifier struct {
	s, scratch  Store
	r           *Report
	books       map[string]*account.Books
	with        account.Scratch             // of all books
	checkpoints map[string]store.Checkpoint // not compared yet
	progress    func(int64)
	broken      bool // the journal could not be read to its end: nothing to compare with
}

// partition derives one partition's books and ledger, up to the stored
// ledger's cursor.
func (v *verifier) partition(ctx context.Context, p int) error {
	cursor, err := v.s.Cursor(ctx, p)
	if err != nil {
		return err
	}
	d := deriving{v: v, partition: p, limit: cursor.Position, accounts: map[string]bool{}}
	if d.marks, err = v.marks(ctx, p); err != nil {
		return err
	}
	for block, err := range v.s.Blocks(ctx, p, 1) {
		if err != nil {
			v.r.problem("partition %d: %v", p, err)
			v.broken = true
			break
		}
		if err := d.block(ctx, &block); err != nil {
			return err
		}
	}
	if d.records > 0 {
		v.r.Partitions++
	}
	if d.to.Position < cursor.Position {
		v.r.problem("partition %d: the ledger is at record %d, the journal was read to %d", p, cursor.Position, d.to.Position)
	}
	for _, m := range d.marks {
		if !v.broken {
			v.r.problem("partition %d: a mark is at record %d, which the ledger has not", p, m)
		}
	}
	return d.flush(ctx)
}

// marks are the positions of a partition's marks, rising.
func (v *verifier) marks(ctx context.Context, p int) (list []uint64, err error) {
	const none = "\x00" // no account's name
	for at := uint64(math.MaxInt64); ; at = list[len(list)-1] - 1 {
		m, err := v.s.MarkBefore(ctx, p, at, none)
		if err != nil {
			return nil, err
		}
		if m.Position == 0 {
			slices.Reverse(list)
			return list, nil
		}
		list = append(list, m.Position)
	}
}

// mark compares the books of a mark with those of its partition's accounts now.
func (d *deriving) mark(ctx context.Context, at uint64) error {
	m, err := d.v.s.MarkBefore(ctx, d.partition, at, "")
	if err != nil {
		return err
	}
	d.v.r.Marks++
	for _, c := range m.Checkpoints {
		b := d.v.books[c.Account]
		if b == nil || !d.accounts[c.Account] {
			d.v.r.problem("partition %d: the mark at record %d has %s, which the journal had not", d.partition, at, c.Account)
			continue
		}
		if want, err := b.Encode(); err != nil || !bytes.Equal(want, c.Data) {
			d.v.r.problem("the books of %s in the mark at record %d are not what its records give", c.Account, at)
		}
	}
	if len(m.Checkpoints) < len(d.accounts) {
		d.v.r.problem("partition %d: the mark at record %d has %d accounts, the journal had %d", d.partition, at, len(m.Checkpoints), len(d.accounts))
	}
	return nil
}

// deriving is one partition on its way.
type deriving struct {
	v         *verifier
	partition int
	limit     uint64
	from, to  store.Cursor
	deltas    []account.Delta
	records   int64
	marks     []uint64        // positions that are still to come
	accounts  map[string]bool // that were heard of
}

func (d *deriving) block(ctx context.Context, b *store.Block) error {
	d.v.r.Blocks++
	for _, r := range b.Records {
		d.records++
		d.v.r.Records++
		d.v.r.Bytes += int64(len(r.Data))
		if r.Position > d.limit {
			d.v.r.Behind++
			continue
		}
		if err := d.record(ctx, b.Seq, r); err != nil {
			return err
		}
	}
	if d.v.progress != nil {
		d.v.progress(d.v.r.Records)
	}
	return nil
}

func (d *deriving) record(ctx context.Context, seq uint64, r account.Record) error {
	b := d.v.books[r.Account]
	if b == nil {
		b = account.New(r.Account)
		b.Use(&d.v.with)
		d.v.books[r.Account] = b
	}
	delta, err := b.Apply(r)
	if err != nil {
		d.v.r.problem("partition %d: %v", d.partition, err)
		return nil
	}
	d.deltas = append(d.deltas, delta)
	d.to = store.Cursor{Position: r.Position, Seq: seq}
	if c, ok := d.v.checkpoints[r.Account]; ok && c.Position == r.Position {
		d.v.checkpoint(&c, b)
	}
	d.accounts[r.Account] = true
	if len(d.marks) > 0 && d.marks[0] == r.Position {
		d.marks = d.marks[1:]
		if err := d.mark(ctx, r.Position); err != nil {
			return err
		}
	}
	if len(d.deltas) >= 16*ledgerBatch {
		return d.flush(ctx)
	}
	return nil
}

func (d *deriving) flush(ctx context.Context) error {
	if len(d.deltas) == 0 {
		return nil
	}
	err := d.v.scratch.Write(ctx, store.Batch{Partition: d.partition, From: d.from, To: d.to, Deltas: d.deltas})
	d.from, d.deltas = d.to, d.deltas[:0]
	return err
}

// checkpoint compares a stored checkpoint with the books at its record.
func (v *verifier) checkpoint(c *store.Checkpoint, b *account.Books) {
	delete(v.checkpoints, c.Account)
	v.r.Checkpoints++
	want, err := b.Encode()
	if err != nil || !bytes.Equal(want, c.Data) {
		v.r.problem("checkpoint of %s at record %d is not what its records give", c.Account, c.Position)
	}
}

func (v *verifier) compare(ctx context.Context, accounts []store.Account) error {
	for _, a := range accounts {
		if c := v.checkpoints[a.Name]; c.Position != 0 {
			v.r.problem("checkpoint of %s is at record %d, which the journal has not", a.Name, c.Position)
		}
	}
	for d, err := range store.Compare(ctx, v.s, countedRows{v.scratch, &v.r.Rows}) {
		if err != nil {
			return err
		}
		v.r.problem("ledger: %s %s %s: stored %q, the journal gives %q", d.Table, d.Key, d.Column, d.Stored, d.Derived)
	}
	return nil
}

// countedRows counts the rows that are read of a ledger.
type countedRows struct {
	store.Ledger
	n *int64
}

// Rows implements store.Ledger.
func (c countedRows) Rows(ctx context.Context, table string) iter.Seq2[store.Row, error] {
	return func(yield func(store.Row, error) bool) {
		for r, err := range c.Ledger.Rows(ctx, table) {
			*c.n++
			if !yield(r, err) {
				return
			}
		}
	}
}

type totalKey struct {
	asset, day string
	kind       account.Kind
}

func (k totalKey) compare(o totalKey) int {
	return cmp.Or(cmp.Compare(k.asset, o.asset), cmp.Compare(k.day, o.day), cmp.Compare(k.kind, o.kind))
}

// account checks, in the stored ledger alone, that entries sum to the wallet and
// to the totals by day.
func (v *verifier) account(ctx context.Context, name string) error {
	wallets, totals := map[string]decimal.D{}, map[totalKey]decimal.D{}
	f := store.EntryFilter{Account: name}
	for {
		page, err := v.s.Entries(ctx, f)
		if err != nil {
			return err
		}
		for i := range page {
			e := &page[i]
			v.r.Entries++
			v.add(wallets, totals, e)
		}
		if len(page) < store.PageRows {
			break
		}
		key := page[len(page)-1].Key()
		f.After = &key
	}
	if err := v.wallets(ctx, name, wallets); err != nil {
		return err
	}
	if err := v.totals(ctx, name, totals); err != nil {
		return err
	}
	open, err := v.s.Incidents(ctx, store.IncidentFilter{Account: name, Open: true})
	v.r.Incidents += len(open)
	return err
}

func (v *verifier) add(wallets map[string]decimal.D, totals map[totalKey]decimal.D, e *store.Entry) {
	var err error
	if wallets[e.Asset], err = wallets[e.Asset].Add(e.Amount); err != nil {
		v.r.problem("%s %s: entries cannot be added: %v", e.Account, e.Asset, err)
	}
	key := totalKey{e.Asset, store.DayOf(e.Time), e.Kind}
	if totals[key], err = totals[key].Add(e.Amount); err != nil {
		v.r.problem("%s %s: totals cannot be added: %v", e.Account, e.Asset, err)
	}
}

func (v *verifier) wallets(ctx context.Context, name string, sums map[string]decimal.D) error {
	rows, err := v.s.Balances(ctx, name, store.Latest)
	if err != nil {
		return err
	}
	for _, b := range rows {
		v.r.Wallets++
		if !sums[b.Asset].Equal(b.Wallet) {
			v.r.problem("%s %s: entries sum to %s, the wallet is %s", name, b.Asset, sums[b.Asset], b.Wallet)
		}
		delete(sums, b.Asset)
	}
	for _, asset := range slices.Sorted(maps.Keys(sums)) {
		v.r.problem("%s %s: entries sum to %s, and there is no wallet", name, asset, sums[asset])
	}
	return nil
}

func (v *verifier) totals(ctx context.Context, name string, sums map[totalKey]decimal.D) error {
	rows, err := v.s.Totals(ctx, store.TotalFilter{Account: name})
	if err != nil {
		return err
	}
	for _, t := range rows {
		v.r.Totals++
		key := totalKey{t.Asset, t.Day, t.Kind}
		if !sums[key].Equal(t.Amount) {
			v.r.problem("%s %s %s %s: entries sum to %s, the total is %s", name, t.Asset, t.Day, t.Kind, sums[key], t.Amount)
		}
		delete(sums, key)
		if t.Kind == account.Unexplained && !t.Amount.IsZero() {
			v.unexplained(name, t.Asset, t.Amount)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(sums), totalKey.compare) {
		v.r.problem("%s %s %s %s: entries sum to %s, and there is no total", name, key.asset, key.day, key.kind, sums[key])
	}
	return nil
}

func (v *verifier) unexplained(name, asset string, amount decimal.D) {
	list := &v.r.Unexplained
	if n := len(*list); n > 0 && (*list)[n-1].Account == name && (*list)[n-1].Asset == asset {
		if sum, err := (*list)[n-1].Amount.Add(amount); err == nil {
			(*list)[n-1].Amount = sum
		}
		return
	}
	*list = append(*list, Amount{name, asset, amount})
}
