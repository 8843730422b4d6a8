package account

import (
	"strings"

	"poise/wire"
)

// reasonSnapshot is the Reason of entries that a REST snapshot brought.
const reasonSnapshot = "SNAPSHOT"

// reasonIncome is the Reason of entries of which only income rows told.
const reasonIncome = "INCOME"

// kindOf names the part of a wallet's change that bc states. A reason that is
// not documented is its own kind. ok is false for the reasons whose bc says
// nothing of the wallet: of ORDER it is "0" (recorded), and of the two that only
// move margin within the wallet it is not known (spec 9).
func kindOf(reason string) (k Kind, ok bool) {
	switch reason {
	case wire.ReasonOrder, wire.ReasonMarginTransfer, wire.ReasonMarginTypeChange, "":
		return "", false
	case wire.ReasonDeposit, wire.ReasonWithdraw:
		return Transfer, true
	case wire.ReasonFundingFee:
		return FundingFee, true
	case wire.ReasonAdjustment:
		return Adjustment, true
	case wire.ReasonInsuranceClear:
		return InsuranceClear, true
	case wire.ReasonAdminDeposit, wire.ReasonAdminWithdraw:
		return WelcomeBonus, true
	case wire.ReasonAssetTransfer:
		return AssetTransfer, true
	case wire.ReasonCoinSwapDeposit, wire.ReasonCoinSwapWithdraw:
		return CoinSwap, true
	}
	return Kind(clip(reason, 64)), true
}

// clip cuts text of a message to n bytes, for rows and details that are kept.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// marginAsset returns the asset that a position's money is in: ma where the row
// has it; else the base of an inverse symbol, ADAUSD_PERP -> ADA; else the
// asset of balances that the symbol ends with, BTCUSDT -> USDT (a USD-M row).
func marginAsset(row *wire.Position, balances []wire.Balance) string {
	if row.Fields.Has(wire.PositionMarginAsset) {
		return row.MarginAsset
	}
	return assetOfSymbol(row.Symbol, balances)
}

func assetOfSymbol(symbol string, balances []wire.Balance) string {
	pair, _, inverse := strings.Cut(symbol, "_")
	if base, ok := strings.CutSuffix(pair, "USD"); ok && inverse {
		return base
	}
	for i := range balances {
		if a := balances[i].Asset; a != "" && strings.HasSuffix(pair, a) {
			return a
		}
	}
	return ""
}
