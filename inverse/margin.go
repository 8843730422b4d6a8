package inverse

import "poise/decimal"

// MaintenanceMargin returns n·CS/mark·MMR - cum of the bracket that contracts,
// of any sign, are in at that mark: cut at 8 decimals, once [4 CALC].
func (c Contract) MaintenanceMargin(b Brackets, contracts int64, mark decimal.D) (decimal.D, error) {
	margin, err := c.maintenance(b, contracts, mark)
	return named("maintenance margin", margin, err)
}

// maintenance is (n·CS·MMR - cum·mark) / mark.
func (c Contract) maintenance(b Brackets, contracts int64, mark decimal.D) (decimal.D, error) {
	row, usd, err := c.bracket(b, contracts, mark)
	if err != nil {
		return decimal.D{}, err
	}
	if row.Cum.IsZero() {
		return decimal.MulQuo(usd, row.MMR, mark, CoinScale, decimal.ToZero)
	}
	share, err := usd.Mul(row.MMR)
	if err != nil {
		return decimal.D{}, err
	}
	off, err := row.Cum.Mul(mark)
	if err != nil {
		return decimal.D{}, err
	}
	if share, err = share.Sub(off); err != nil {
		return decimal.D{}, err
	}
	return share.Quo(mark, CoinScale, decimal.ToZero)
}

// MarginRatio returns maintenance margin / margin balance, cut at 8 decimals;
// the cut makes it 1 or more exactly when [MustLiquidate] [4 DOC; the scale is
// ours]. The margin balance of a cross pool is the cross wallet and the
// unrealised PnL of its positions; of an isolated position, its wallet and its
// PnL. Each coin is a pool of its own.
//
// With no maintenance margin the ratio is 0, whatever the balance: there is
// nothing to liquidate. With some, and a balance of zero or below, there is no
// ratio and ok is false: that is worse than any.
func MarginRatio(maintenance, balance decimal.D) (ratio decimal.D, ok bool, err error) {
	switch {
	case maintenance.Sign() <= 0:
		return decimal.New(0, RatioScale), true, nil
	case balance.Sign() <= 0:
		return decimal.D{}, false, nil
	}
	ratio, err = maintenance.Quo(balance, RatioScale, decimal.ToZero)
	ratio, err = named("margin ratio", ratio, err)
	return ratio, err == nil, err
}

// MustLiquidate reports whether the margin ratio is 1 or more, or has no value
// [4 DOC]. It compares and divides nothing, so it never fails.
func MustLiquidate(maintenance, balance decimal.D) bool {
	return maintenance.Sign() > 0 && balance.Cmp(maintenance) <= 0
}
