package marks

import (
	"errors"

	"poise/decimal"
)

// The named errors.
var (
	// ErrNoMark is a symbol whose mark price is not known, or is stale.
	ErrNoMark = errors.New("no mark price")
	// ErrRules is an exchangeInfo that cannot be used, or a symbol that it does
	// not know.
	ErrRules = errors.New("no rules of the symbol")
	// ErrBrackets is a leverageBracket that cannot be used, or a symbol that it
	// does not know.
	ErrBrackets = errors.New("no brackets of the symbol")
	// ErrContracts is a position whose amount is no whole number of contracts.
	ErrContracts = errors.New("not a whole number of contracts")
	// ErrNoWallet is a cross position in an asset without a balance.
	ErrNoWallet = errors.New("no balance of the margin asset")
)

// Mark is a mark price.
type Mark struct {
	Price decimal.D
	Time  int64 // ms: E of its message
}

// Now is what an account's positions come to at the marks of now. Amounts are in
// the margin asset, at 8 decimals.
type Now struct {
	Positions []Position // that are not flat, by symbol and side
	Margins   []Margin   // of the cross pools that are known whole, by asset
	Missing   []Gap      // what could not be known, and why; nil when all could
}

// Position is what one position comes to.
type Position struct {
	Symbol      string
	Side        string // BOTH, LONG or SHORT
	Isolated    bool
	Mark        decimal.D
	Unrealized  decimal.D // PnL, before the fee of closing
	Maintenance decimal.D // margin that it must keep
	// Liquidation is the mark at which the position, or its cross pool, is
	// liquidated while other symbols' marks stay. LONG and SHORT of a symbol in
	// cross share it. Without HasLiquidation no mark does that.
	Liquidation    decimal.D
	HasLiquidation bool
	// Ratio is the margin ratio of an isolated position: maintenance margin to
	// isolated wallet and PnL; 1 liquidates. An isolated position without HasRatio
	// has nothing left in its wallet, which is worse than any ratio.
	Ratio    decimal.D
	HasRatio bool
	// Partial says that something other than its mark was missing: Mark and
	// Unrealized are right, the rest is known only where it is not zero. Now.Missing
	// says what it was.
	Partial bool
	Time    int64 // ms, of the mark
}

// Margin is what stands behind the cross positions of one asset. There is a row
// for each asset with such positions or a cross wallet.
type Margin struct {
	Asset       string
	Maintenance decimal.D // that the positions must keep
	Balance     decimal.D // cross wallet and PnL of the positions
	// Ratio is Maintenance to Balance; 1 liquidates. Without HasRatio nothing is
	// left, which is worse than any ratio.
	Ratio    decimal.D
	HasRatio bool
}

// Gap is something that could not be known. With [ErrNoMark], [ErrRules] or
// [ErrContracts] the position has no row.
type Gap struct {
	Symbol, Side string // of the position, or both empty
	Asset        string // its margin asset, "" if not even that is known
	Err          error
}

// Reached reports whether the pool's ratio is threshold or more, or worse than
// any.
func (m Margin) Reached(threshold decimal.D) bool {
	return !m.HasRatio || m.Ratio.Cmp(threshold) >= 0
}

// Reached reports whether an isolated position's ratio is threshold or more, or
// worse than any. It is false where the ratio is not known, and for a cross
// position, whose ratio is its pool's.
func (p Position) Reached(threshold decimal.D) bool {
	switch {
	case !p.Isolated:
		return false
	case p.HasRatio:
		return p.Ratio.Cmp(threshold) >= 0
	}
	return p.Maintenance.Sign() > 0 // else it is the maintenance that is not known
}
