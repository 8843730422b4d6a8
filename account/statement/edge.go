package statement

import (
	"poise/account"
	"poise/decimal"
)

// Wallet is what the exchange had sent of one asset by some moment.
type Wallet struct {
	Asset  string
	Amount decimal.D
	Record uint64 // the journal's position of what told it
}

// Edge is one end of a period: the wallets that the exchange had sent before a
// moment, and entries that the moment and those wallets see differently.
type Edge struct {
	At      int64 // ms
	Wallets []Wallet
	Entries []account.Entry // those that [Edge.Sees] differently; others do no harm
}

// record is the position of what told the asset's wallet, 0 for none.
func (e *Edge) record(asset string) uint64 {
	for i := range e.Wallets {
		if e.Wallets[i].Asset == asset {
			return e.Wallets[i].Record
		}
	}
	return 0
}

// Sees tells whether an entry is of before the edge and told after its wallet
// (1), or of after the edge and in its wallet already (-1), or neither (0).
func (e *Edge) Sees(x *account.Entry) int {
	before, told := x.Time < e.At, x.Position <= e.record(x.Asset)
	switch {
	case before && !told:
		return 1
	case !before && told:
		return -1
	}
	return 0
}

// edge returns an asset's wallet, what was under way, and the balance: both.
func (t *adder) edge(e *Edge, asset string) (wallet, underway, balance decimal.D) {
	for i := range e.Wallets {
		if e.Wallets[i].Asset == asset {
			wallet = e.Wallets[i].Amount
		}
	}
	for i := range e.Entries {
		x := &e.Entries[i]
		if x.Asset != asset {
			continue
		}
		switch e.Sees(x) {
		case 1:
			underway = t.add(underway, x.Amount)
		case -1:
			underway = t.add(underway, x.Amount.Neg())
		}
	}
	return wallet, underway, t.add(wallet, underway)
}
