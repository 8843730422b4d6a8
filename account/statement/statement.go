package statement

import (
	"cmp"
	"fmt"
	"slices"

	"poise/account"
	"poise/decimal"
)

// Account is what an account's statement is made of.
type Account struct {
	Name             string
	Opening, Closing Edge  // at the period's From and To
	Sums             []Sum // of its entries; one asset and kind may come several times
	Days             []Mark
}

// Sum is what entries of one kind came to.
type Sum struct {
	Asset   string
	Kind    account.Kind
	Amount  decimal.D
	Entries int64
}

// Mark is a wallet at the end of a day, as the exchange had sent it by then.
type Mark struct {
	End    int64 // ms: the first moment after the day
	Asset  string
	Wallet decimal.D
}

// Statement is what happened to the wallets of one account or of several
// together, by asset.
type Statement struct {
	Period
	Accounts    []string
	Assets      []Asset
	Differences []Difference
}

// Asset is one asset's part of a statement: Opening and all Kinds are Closing.
type Asset struct {
	Asset    string
	Opening  decimal.D
	Kinds    []Sum // in the order of [Order]
	Change   decimal.D
	Closing  decimal.D
	Wallet   decimal.D // that the exchange had sent by the end
	Underway decimal.D // what of the period it told only after its end; less what of later it told before
	Equal    bool      // Closing is Wallet and Underway, in each account
	Days     []Mark    // by End
}

// Difference is a closing balance of one account that is not what the exchange
// sent.
type Difference struct {
	Account, Asset string
	Booked         decimal.D // opening balance and all entries
	Sent           decimal.D // the wallet that the exchange sent, with what was under way
	By             decimal.D // Booked - Sent
}

// Make adds up accounts of one period. Assets in which nothing is and nothing
// happened are left out. The only error is a sum that is out of range.
func Make(p Period, accounts ...Account) (*Statement, error) {
	s := &Statement{Period: p}
	m := maker{s: s, at: map[string]int{}}
	for i := range accounts {
		s.Accounts = append(s.Accounts, accounts[i].Name)
		if err := m.add(&accounts[i]); err != nil {
			return nil, fmt.Errorf("statement of %s: %w", accounts[i].Name, err)
		}
	}
	s.Assets = slices.DeleteFunc(s.Assets, func(a Asset) bool {
		return len(a.Kinds) == 0 && a.Opening.IsZero() && a.Closing.IsZero() && a.Equal
	})
	slices.SortFunc(s.Assets, func(a, b Asset) int { return cmp.Compare(a.Asset, b.Asset) })
	return s, nil
}

// OK reports whether every closing balance is what the exchange sent.
func (s *Statement) OK() bool { return len(s.Differences) == 0 }

// Unexplained returns the sums of what nothing accounts for, by asset.
func (s *Statement) Unexplained() (sums []Sum) {
	for i := range s.Assets {
		for _, k := range s.Assets[i].Kinds {
			if k.Kind == account.Unexplained {
				sums = append(sums, k)
			}
		}
	}
	return sums
}

// maker is a statement on its way.
type maker struct {
	s  *Statement
	at map[string]int // in s.Assets, by asset
}

func (m *maker) asset(name string) *Asset {
	i, known := m.at[name]
	if !known {
		i = len(m.s.Assets)
		m.at[name] = i
		m.s.Assets = append(m.s.Assets, Asset{Asset: name, Equal: true})
	}
	return &m.s.Assets[i]
}

func (m *maker) add(a *Account) error {
	for _, name := range a.assets() {
		into := m.asset(name)
		if err := m.addAsset(into, a, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, d := range a.Days {
		if err := m.asset(d.Asset).mark(d); err != nil {
			return fmt.Errorf("%s: %w", d.Asset, err)
		}
	}
	return nil
}

// assets are those that any part of a names, sorted.
func (a *Account) assets() (names []string) {
	for i := range a.Sums {
		names = append(names, a.Sums[i].Asset)
	}
	for _, e := range []*Edge{&a.Opening, &a.Closing} {
		for i := range e.Wallets {
			names = append(names, e.Wallets[i].Asset)
		}
		for i := range e.Entries {
			names = append(names, e.Entries[i].Asset)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (m *maker) addAsset(into *Asset, a *Account, name string) error {
	var t adder
	_, _, opening := t.edge(&a.Opening, name)
	wallet, underway, sent := t.edge(&a.Closing, name)
	booked := opening
	for i := range a.Sums {
		if k := &a.Sums[i]; k.Asset == name {
			booked = t.add(booked, k.Amount)
			into.Change = t.add(into.Change, k.Amount)
			into.kind(&t, k)
		}
	}
	into.Opening = t.add(into.Opening, opening)
	into.Closing = t.add(into.Closing, booked)
	into.Wallet = t.add(into.Wallet, wallet)
	into.Underway = t.add(into.Underway, underway)
	if !booked.Equal(sent) {
		into.Equal = false
		m.s.Differences = append(m.s.Differences, Difference{a.Name, name, booked, sent, t.add(booked, sent.Neg())})
	}
	return t.err
}

// kind adds a sum to that of its kind.
func (a *Asset) kind(t *adder, k *Sum) {
	i, found := slices.BinarySearchFunc(a.Kinds, *k, func(x, y Sum) int { return Order(x.Kind, y.Kind) })
	if !found {
		a.Kinds = slices.Insert(a.Kinds, i, Sum{Asset: k.Asset, Kind: k.Kind})
	}
	a.Kinds[i].Amount = t.add(a.Kinds[i].Amount, k.Amount)
	a.Kinds[i].Entries += k.Entries
}

// mark adds a wallet at a day's end to those of other accounts.
func (a *Asset) mark(d Mark) (err error) {
	i, found := slices.BinarySearchFunc(a.Days, d, func(x, y Mark) int { return cmp.Compare(x.End, y.End) })
	if !found {
		a.Days = slices.Insert(a.Days, i, d)
		return nil
	}
	a.Days[i].Wallet, err = a.Days[i].Wallet.Add(d.Wallet)
	return err
}

// adder keeps the first error of many sums.
type adder struct{ err error }

func (t *adder) add(a, b decimal.D) decimal.D {
	sum, err := a.Add(b)
	if t.err == nil {
		t.err = err
	}
	return sum
}

// ordered are the kinds as a statement lists them; others come before the last.
var ordered = []account.Kind{account.Opening, account.Transfer, account.AssetTransfer, account.CoinSwap, account.RealizedPnL, account.DeliveredSettle,
	account.FundingFee, account.Commission, account.InsuranceClear, account.WelcomeBonus, account.Adjustment}

// Order compares kinds as a statement lists them: what came in and went out,
// what trading made, what it cost, what is rare, and what is unexplained.
func Order(a, b account.Kind) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) }

func rank(k account.Kind) int {
	if i := slices.Index(ordered, k); i >= 0 {
		return i
	}
	if k == account.Unexplained {
		return len(ordered) + 1
	}
	return len(ordered)
}
