package wire

import "poise/decimal"

// AccountInfo is an answer of GET /dapi/v1/account.
type AccountInfo struct {
	Assets    []AssetInfo
	Positions []PositionInfo
}

// AssetInfo is an asset's row of /account or /balance.
type AssetInfo struct {
	Asset      string    // asset
	Wallet     decimal.D // walletBalance; of /balance: balance
	Cross      decimal.D // crossWalletBalance
	Unrealized decimal.D // crossUnPnl
	Margin     decimal.D // marginBalance; /account only
	Available  decimal.D // availableBalance
	Updated    int64     // updateTime, ms
	Alias      string    // accountAlias; /balance only
	Fields     Fields    // Asset* bits
}

// Fields of an AssetInfo.
const (
	AssetName Fields = 1 << iota // Asset
	AssetWallet
	AssetCross
	AssetUnrealized
	AssetMargin
	AssetAvailable
	AssetUpdated
	AssetAlias
)

// PositionInfo is a position's row of /account or /positionRisk.
type PositionInfo struct {
	Symbol         string    // symbol
	Side           string    // positionSide: BOTH, LONG or SHORT
	Amount         decimal.D // positionAmt
	EntryPrice     decimal.D // entryPrice
	BreakEven      decimal.D // breakEvenPrice
	Unrealized     decimal.D // unrealizedProfit; of /positionRisk: unRealizedProfit
	IsolatedWallet decimal.D // isolatedWallet
	Leverage       int64     // leverage
	MarginType     string    // marginType, or of /account's isolated: cross or isolated
	Updated        int64     // updateTime, ms
	Mark           decimal.D // markPrice; /positionRisk only
	Liquidation    decimal.D // liquidationPrice; /positionRisk only
	IsolatedMargin decimal.D // isolatedMargin: the wallet and its unrealised PnL; /positionRisk only
	Fields         Fields    // PositionInfo* bits
}

// Fields of a PositionInfo.
const (
	PositionInfoSymbol Fields = 1 << iota
	PositionInfoSide
	PositionInfoAmount
	PositionInfoEntryPrice
	PositionInfoBreakEven
	PositionInfoUnrealized
	PositionInfoIsolatedWallet
	PositionInfoLeverage
	PositionInfoMarginType
	PositionInfoUpdated
	PositionInfoMark
	PositionInfoLiquidation
	PositionInfoIsolatedMargin
)

// IncomeRow is a row of GET /dapi/v1/income. An income's key is Type and
// TranID: one TranID serves several types.
type IncomeRow struct {
	Symbol  string    // symbol; may be empty
	Type    string    // incomeType: TRANSFER, COMMISSION, REALIZED_PNL, ...
	Asset   string    // asset
	Info    string    // info
	TranID  string    // tranId; a string or a number
	TradeID string    // tradeId; a string or a number, may be empty
	Amount  decimal.D // income, signed
	Time    int64     // time, ms
	Fields  Fields    // Income* bits
}

// Fields of an IncomeRow.
const (
	IncomeSymbol Fields = 1 << iota
	IncomeType
	IncomeAsset
	IncomeInfo
	IncomeTranID
	IncomeTradeID
	IncomeAmount
	IncomeTime
)

// SnapshotParts are the parts of a snapshot, each the raw answer of the
// endpoint of that name, or nil when absent.
type SnapshotParts struct {
	Account      []byte // account
	Balance      []byte // balance
	PositionRisk []byte // positionRisk
}
