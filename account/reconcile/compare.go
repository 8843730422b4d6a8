package reconcile

import (
	"cmp"
	"slices"

	"poise/account"
	"poise/decimal"
	"poise/wire"
)

// Ledger is what poise knows of an account.
type Ledger struct {
	Balances  []account.Balance
	Positions []account.Position
	Leverages []account.Leverage
	// Entries are all that there are, in order.
	Entries []account.Entry
	// First is when the account was first heard of, ms.
	First int64
	// From is the first moment that income is compared of, ms; 0 for all since
	// First. What came before an asset's opening balance is part of that.
	From int64
}

// Exchange is what the exchange says of it.
type Exchange struct {
	Account  wire.AccountInfo
	Balances []wire.AssetInfo
	Risk     []wire.PositionInfo
	Income   []wire.IncomeRow // from Ledger.From on, or from before Ledger.First
}

// Row is one value as both have it. Texts are digit for digit, and "" where one
// of them has none.
type Row struct {
	Source   string // account, balance, positionRisk or income
	Of       string // BTC, BTCUSD_PERP or BTCUSD_PERP LONG
	What     string // wallet, amount, ..., or a kind of income
	Ledger   string
	Exchange string
	Equal    bool // as numbers
}

// Compare returns every value that either side has, in the order of sources and
// names. What is zero on one side and unknown on the other is equal, and left out
// where it is nothing but a symbol that was never traded.
func Compare(l *Ledger, x *Exchange) ([]Row, error) {
	var t comparison
	t.assets("account", l.Balances, x.Account.Assets)
	t.positions("account", l.Positions, x.Account.Positions)
	t.assets("balance", l.Balances, x.Balances)
	t.positions("positionRisk", l.Positions, x.Risk)
	t.leverages(l.Leverages, x.Risk)
	err := t.income(l, x.Income)
	return t.rows, err
}

// Differences counts the rows that are not equal.
func Differences(rows []Row) (n int) {
	for i := range rows {
		if !rows[i].Equal {
			n++
		}
	}
	return n
}

type comparison struct{ rows []Row }

// value is a number that may be unknown.
type value struct {
	d     decimal.D
	known bool
}

func (v value) text() string {
	if !v.known {
		return ""
	}
	return v.d.String()
}

// number compares two numbers; one that is not known is like zero.
func (t *comparison) number(source, of, what string, l, x value) {
	t.rows = append(t.rows, Row{source, of, what, l.text(), x.text(), l.d.Equal(x.d)})
}

func (t *comparison) text(source, of, what, l, x string) {
	t.rows = append(t.rows, Row{source, of, what, l, x, l == x})
}

// assets compares wallets. The exchange lists every asset there is.
func (t *comparison) assets(source string, held []account.Balance, said []wire.AssetInfo) {
	ours := index(held, func(b *account.Balance) string { return b.Asset })
	theirs := index(said, func(a *wire.AssetInfo) string { return a.Asset })
	for _, asset := range union(ours.names, theirs.names) {
		l, known := ours.of(asset)
		x, told := theirs.of(asset)
		if !known && x.Wallet.IsZero() && x.Cross.IsZero() {
			continue
		}
		t.number(source, asset, "wallet", value{l.Wallet, known}, value{x.Wallet, told && x.Fields.Has(wire.AssetWallet)})
		if !told || x.Fields.Has(wire.AssetCross) {
			t.number(source, asset, "cross wallet", value{l.Cross, known}, value{x.Cross, told})
		}
	}
}

// side is a position's name.
func side(symbol, side string) string {
	if side == "" || side == wire.SideBoth {
		return symbol
	}
	return symbol + " " + side
}

// positions compares what REST has of them. It lists every symbol there is; the
// entry price of what is flat means nothing.
func (t *comparison) positions(source string, held []account.Position, said []wire.PositionInfo) {
	ours := index(held, func(p *account.Position) string { return side(p.Symbol, p.Side) })
	theirs := index(said, func(p *wire.PositionInfo) string { return side(p.Symbol, p.Side) })
	for _, name := range union(ours.names, theirs.names) {
		l, known := ours.of(name)
		x, told := theirs.of(name)
		if !known && x.Amount.IsZero() && x.IsolatedWallet.IsZero() {
			continue
		}
		has := func(f wire.Fields) bool { return told && x.Fields.Has(f) }
		t.number(source, name, "amount", value{l.Amount, known}, value{x.Amount, told})
		if !l.Amount.IsZero() || !x.Amount.IsZero() {
			t.number(source, name, "entry price", value{l.EntryPrice, known}, value{x.EntryPrice, has(wire.PositionInfoEntryPrice)})
		}
		if !told || has(wire.PositionInfoIsolatedWallet) {
			t.number(source, name, "isolated wallet", value{l.IsolatedWallet, known}, value{x.IsolatedWallet, told})
		}
		if known && has(wire.PositionInfoMarginType) && l.MarginType != "" {
			t.text(source, name, "margin type", l.MarginType, x.MarginType)
		}
	}
}

// leverages compares those that the books were told.
func (t *comparison) leverages(held []account.Leverage, said []wire.PositionInfo) {
	theirs := index(said, func(p *wire.PositionInfo) string { return p.Symbol })
	for _, l := range held {
		x, told := theirs.of(l.Symbol)
		told = told && x.Fields.Has(wire.PositionInfoLeverage)
		t.number("positionRisk", l.Symbol, "leverage", value{decimal.New(l.Leverage, 0), true}, value{decimal.New(x.Leverage, 0), told})
	}
}

// indexed is a list to be asked by name.
type indexed[T any] struct {
	names []string
	at    map[string]T
}

func index[T any](list []T, name func(*T) string) indexed[T] {
	x := indexed[T]{at: make(map[string]T, len(list))}
	for i := range list {
		n := name(&list[i])
		x.names, x.at[n] = append(x.names, n), list[i]
	}
	return x
}

func (x indexed[T]) of(name string) (T, bool) {
	v, known := x.at[name]
	return v, known
}

func union(a, b []string) []string {
	names := slices.Concat(a, b)
	slices.Sort(names)
	return slices.Compact(names)
}

// byName orders sums.
func byName(a, b sum) int { return cmp.Or(cmp.Compare(a.asset, b.asset), cmp.Compare(a.kind, b.kind)) }
