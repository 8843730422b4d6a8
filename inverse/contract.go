package inverse

import (
	"errors"
	"fmt"

	"poise/decimal"
)

// The named errors. Errors of arithmetic wrap [decimal.ErrOverflow] or
// [decimal.ErrDivideByZero]; all say which quantity they were about.
var (
	// ErrSize is a contract size that is not above zero.
	ErrSize = errors.New("contract size is not above zero")
	// ErrPrice is a price that is not above zero, or one so high that the
	// contracts filled at it cost nothing at 13 decimals.
	ErrPrice = errors.New("price is not usable")
	// ErrContracts is a count of contracts that cannot be: a fill of none, or
	// a close of more than are held.
	ErrContracts = errors.New("count of contracts is not possible")
	// ErrPosition is a [Position] that holds contracts without a cost, or more
	// contracts than its cost is for.
	ErrPosition = errors.New("position is not possible")
	// ErrLeverage is a leverage below 1.
	ErrLeverage = errors.New("leverage is below 1")
	// ErrBrackets is a bracket table that is empty or not consistent.
	ErrBrackets = errors.New("bracket table is not consistent")
)

// Digits after the point.
const (
	CoinScale  = 8  // of amounts of coin: PnL, commission, funding, margin
	CostScale  = 13 // of the entry cost that the exchange keeps
	PriceScale = 8  // of entry, break-even and liquidation prices as REST prints them
	RatioScale = 8  // of the margin ratio; ours, the exchange prints a percentage
)

// Contract is what one contract of a symbol stands for.
type Contract struct {
	Size decimal.D // dollars a contract: 100 for BTC, 10 for other coins; contractSize of exchangeInfo
}

// Notional returns n·CS/price, the coin that contracts are worth, negative for
// a short, as REST prints notionalValue and cumBase: cut at 8 decimals [4 CALC].
func (c Contract) Notional(contracts int64, price decimal.D) (decimal.D, error) {
	notional, err := c.coin(contracts, price, CoinScale, decimal.ToZero)
	return named("notional", notional, err)
}

// BaseQuantity is [Contract.Notional] without a sign and rounded half up at 8
// decimals, as userTrades prints baseQty [4 DOC]: 100/8800 is 0.01136364.
func (c Contract) BaseQuantity(contracts int64, price decimal.D) (decimal.D, error) {
	quantity, err := c.coin(contracts, price, CoinScale, decimal.HalfUp)
	return named("base quantity", quantity.Abs(), err)
}

// Commission returns n·CS/price·rate, the fee of a fill in coin, cut at 8
// decimals [4 REC]. The sign of contracts does not matter; a negative rate is a
// rebate and gives a negative commission.
func (c Contract) Commission(contracts int64, price, rate decimal.D) (decimal.D, error) {
	fee, err := c.share(contracts, price, rate, CoinScale, decimal.ToZero)
	return named("commission", fee, err)
}

// EntryFee is [Contract.Commission] before it is cut for the wallet: half up at
// 13 decimals. A break-even price counts this one [4 CALC: the two recorded
// break-even prices, 51090.31602036 and 2423.368960034, come out with it and
// with no other scale or rounding; of the second the specification prints the
// end, 034, at the 9 decimals of that REST].
func (c Contract) EntryFee(contracts int64, price, rate decimal.D) (decimal.D, error) {
	fee, err := c.share(contracts, price, rate, CostScale, decimal.HalfUp)
	return named("entry fee", fee, err)
}

// Funding returns what a wallet receives at a funding time for contracts, short
// negative: -n·CS/mark·rate. With a positive rate longs pay, so theirs is
// negative [4 DOC]. It is rounded half up at 8 decimals, as the specification's
// only example is, 0.00001667; no recording tells it from a cut [INFERRED].
func (c Contract) Funding(contracts int64, mark, rate decimal.D) (decimal.D, error) {
	received, err := c.share(contracts, mark, rate, CoinScale, decimal.HalfUp)
	if contracts > 0 {
		received = received.Neg()
	}
	return named("funding", received, err)
}

// InitialMargin returns n·CS/mark/leverage without a sign, cut at 8 decimals
// [4 CALC]. Cutting the notional first, as REST prints it, gives the same.
func (c Contract) InitialMargin(contracts int64, mark decimal.D, leverage int) (decimal.D, error) {
	if leverage < 1 {
		return named("initial margin", decimal.D{}, ErrLeverage)
	}
	if err := c.check(mark); err != nil {
		return named("initial margin", decimal.D{}, err)
	}
	margin, err := decimal.MulQuo2(count(contracts), c.Size, mark, decimal.New(int64(leverage), 0), CoinScale, decimal.ToZero)
	return named("initial margin", margin, err)
}

// coin returns n·CS/price with one rounding.
func (c Contract) coin(contracts int64, price decimal.D, scale int, r decimal.Rounding) (decimal.D, error) {
	if err := c.check(price); err != nil {
		return decimal.D{}, err
	}
	return decimal.MulQuo(decimal.New(contracts, 0), c.Size, price, scale, r)
}

// share returns n·CS/price·rate, without the sign of n, with one rounding.
func (c Contract) share(contracts int64, price, rate decimal.D, scale int, r decimal.Rounding) (decimal.D, error) {
	if err := c.check(price); err != nil {
		return decimal.D{}, err
	}
	usd, err := c.usd(contracts)
	if err != nil {
		return decimal.D{}, err
	}
	return decimal.MulQuo(usd, rate, price, scale, r)
}

// usd returns n·CS without a sign.
func (c Contract) usd(contracts int64) (decimal.D, error) { return c.Size.Mul(count(contracts)) }

func (c Contract) check(price decimal.D) error {
	if c.Size.Sign() <= 0 {
		return fmt.Errorf("%w: %v", ErrSize, c.Size)
	}
	if price.Sign() <= 0 {
		return fmt.Errorf("%w: %v", ErrPrice, price)
	}
	return nil
}

// count is contracts without a sign; the least int64 has one too.
func count(contracts int64) decimal.D { return decimal.New(contracts, 0).Abs() }

// named adds the name of a quantity to an error, if there is one.
func named(quantity string, d decimal.D, err error) (decimal.D, error) {
	if err != nil {
		return decimal.D{}, fmt.Errorf("%s: %w", quantity, err)
	}
	return d, nil
}
