package engine

import "poise/wire"

// transfers are the reasons that a Transfer may have, and which way each goes
// when it goes only one.
var transfers = []struct {
	name   string
	reason reason
	way    int64 // 1 in, -1 out, 0 as signed
	info   string
	kind   string // of its income row, so that the rows always sum to the wallet (INFERRED)
}{
	{wire.ReasonDeposit, reasonDeposit, 1, "DEPOSIT", "TRANSFER"},
	{wire.ReasonWithdraw, reasonWithdraw, -1, "WITHDRAW", "TRANSFER"},
	{wire.ReasonAdjustment, reasonAdjustment, 0, wire.ReasonAdjustment, "ADJUSTMENT"},
	{wire.ReasonInsuranceClear, reasonInsurance, 0, wire.ReasonInsuranceClear, "INSURANCE_CLEAR"},
	{wire.ReasonAdminDeposit, reasonAdminDeposit, 1, wire.ReasonAdminDeposit, "WELCOME_BONUS"},
	{wire.ReasonAdminWithdraw, reasonAdminWithdraw, -1, wire.ReasonAdminWithdraw, "WELCOME_BONUS"},
	{wire.ReasonAssetTransfer, reasonAssetTransfer, 0, wire.ReasonAssetTransfer, "ASSET_TRANSFER"},
	{wire.ReasonCoinSwapDeposit, reasonSwapDeposit, 1, wire.ReasonCoinSwapDeposit, "COIN_SWAP"},
	{wire.ReasonCoinSwapWithdraw, reasonSwapWithdraw, -1, wire.ReasonCoinSwapWithdraw, "COIN_SWAP"},
}

func (e *Engine) transfer(c *Transfer) error {
	a, as := e.byAlias[c.Account], e.assetByName[c.Asset]
	switch {
	case a == nil:
		return refuse(-1109)
	case as == nil:
		return refuse(-1108)
	case tooFine(c.Amount, 8):
		return refuse(-1111)
	case c.Amount.IsZero():
		return refuse(-4055)
	}
	amount, ok := toUnits(c.Amount, maxMoney)
	if !ok {
		return badParameter("amount")
	}
	for _, t := range transfers {
		if t.name == c.Reason {
			if t.way != 0 && amount*t.way < 0 && t.way > 0 {
				return refuse(-4055)
			}
			if t.way != 0 {
				amount = abs(amount) * t.way
			}
			if err := e.checkTransfer(a, as, amount, t.reason); err != nil {
				return err
			}
			e.move(a, as, amount, t.reason, t.kind, t.info)
			e.touch(a, as)
			return nil
		}
	}
	return badParameter("reason")
}

func (e *Engine) checkTransfer(a *account, as *asset, amount int64, r reason) error {
	if amount > 0 && as.deposits+amount > maxMoney || as.withdrawals-amount > maxMoney {
		return badParameter("amount")
	}
	if r == reasonWithdraw && -amount > a.withdrawable(as) || amount < 0 && a.wallets[as.id].cross+amount < 0 {
		return refuse(-2018)
	}
	return nil
}

// withdrawable is maxWithdrawAmount: unrealised profit may not leave (INFERRED).
func (a *account) withdrawable(as *asset) int64 {
	p := a.poolOf(as)
	w := &a.wallets[as.id]
	return max(0, min(a.available(as, p), w.cross-p.initial-p.held, w.cross))
}

// move changes a cross wallet from outside, or from the fund for
// INSURANCE_CLEAR, and pushes it.
func (e *Engine) move(a *account, as *asset, amount int64, r reason, kind, info string) {
	if r == reasonInsurance {
		as.pay(amount)
	} else if amount > 0 {
		as.deposits += amount
	} else {
		as.withdrawals -= amount
	}
	w := &a.wallets[as.id]
	w.cross += amount
	w.had, w.updated = true, e.now
	e.addIncome(a, income{asset: as, kind: kind, info: info, amount: amount, tran: e.nextTran()})
	e.pushAccount(a, r, as, nil, 0, amount)
}

// pay takes an amount from the fund, or gives it one below 0. What the fund does
// not have the exchange deposits.
func (as *asset) pay(amount int64) {
	as.fund -= amount
	if as.fund < 0 {
		as.deposits -= as.fund
		as.fund = 0
	}
}
