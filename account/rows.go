package account

import (
	"slices"
	"strings"

	"poise/decimal"
)

// Bounds of one account's books, so that no message can grow them without end.
// A message that would exceed one is refused whole, as unreadable.
const (
	MaxAssets    = 2_000
	MaxPositions = 20_000

	maxRemainders = 256 // outstanding; the oldest is given up, its incident stays
	maxTrades     = 64  // fills waiting for the wallet's change they belong to
	maxRecent     = 64  // messages remembered to know a repeated one
)

// balanceRow is a Balance and what its next change is judged by.
type balanceRow struct {
	Balance
	Transaction  int64 // ms: T of the message, or the snapshot row's updateTime
	HasCross     bool  `json:",omitempty"`
	FromSnapshot bool  `json:",omitempty"`
	// Covered is the updateTime of the last snapshot row that was taken: it has
	// counted what moved the wallet before, and in that millisecond some or all.
	Covered int64 `json:",omitempty"`
	// Claimed is what a message of that millisecond says the wallet is, where
	// Pending: whether the snapshot had counted it is not told yet.
	Claimed      decimal.D `json:",omitzero"`
	ClaimedCross decimal.D `json:",omitzero"`
	Pending      bool      `json:",omitempty"`
	// Base is the wallet before the first message of this moment, Before the one
	// before the last, as far as is told: see update.earlier.
	Base   decimal.D `json:",omitzero"`
	Before decimal.D `json:",omitzero"`
	Heard  int64     `json:",omitempty"` // ms: when the message was received
	Line   uint8     `json:",omitempty"` // and of which connection
}

// since is the engine time behind which the wallet's next change lies.
func (r *balanceRow) since() int64 {
	if r.Pending {
		return r.Covered - 1
	}
	return r.Transaction
}

// settle forgets what is pending.
func (r *balanceRow) settle() {
	r.Claimed, r.ClaimedCross, r.Pending = decimal.Zero, decimal.Zero, false
}

// positionRow is a Position and what its next change is judged by.
type positionRow struct {
	Position
	Transaction  int64
	FromSnapshot bool `json:",omitempty"`
	// Ways are those that fills of this moment went, as their own messages told.
	Ways ways `json:",omitempty"`
	// Booked is PnL that fills named since Realized was heard: the next cr has
	// it in it, and it must not be booked again.
	Booked decimal.D
}

func compareBalances(a, b balanceRow) int { return strings.Compare(a.Asset, b.Asset) }

func comparePositions(a, b positionRow) int {
	if c := strings.Compare(a.Symbol, b.Symbol); c != 0 {
		return c
	}
	return strings.Compare(a.Side, b.Side)
}

func compareLeverages(a, b Leverage) int { return strings.Compare(a.Symbol, b.Symbol) }

func compareCalls(a, b MarginCall) int {
	if c := strings.Compare(a.Symbol, b.Symbol); c != 0 {
		return c
	}
	return strings.Compare(a.Side, b.Side)
}

// lookup returns the row of rows, which are sorted by cmp, that equals key.
func lookup[R any](rows []R, key R, cmp func(a, b R) int) (R, bool) {
	i, found := slices.BinarySearchFunc(rows, key, cmp)
	if !found {
		var none R
		return none, false
	}
	return rows[i], true
}

// put replaces the row of rows that equals row, or inserts it.
func put[R any](rows []R, row R, cmp func(a, b R) int) []R {
	i, found := slices.BinarySearchFunc(rows, row, cmp)
	if found {
		rows[i] = row
		return rows
	}
	return slices.Insert(rows, i, row)
}
