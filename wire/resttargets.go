package wire

// The shapes of the REST answers.
var (
	accountInfoSpec  = restSpec(specAccountInfo, "assets:R positions:R")
	accountAssetSpec = restSpec(specAccountAsset, `asset:w! walletBalance:d crossWalletBalance:d crossUnPnl:d
		marginBalance:d availableBalance:d updateTime:i accountAlias:w`)
	balanceInfoSpec = restSpec(specBalanceInfo, `asset:w! balance:d crossWalletBalance:d crossUnPnl:d
		marginBalance:d availableBalance:d updateTime:i accountAlias:w`)
	accountPlaceSpec = restSpec(specAccountPosition, `symbol:w! positionSide:w positionAmt:d entryPrice:d
		breakEvenPrice:d unrealizedProfit:d isolatedWallet:d leverage:i marginType:w updateTime:i markPrice:d
		liquidationPrice:d isolatedMargin:d isolated:b`)
	riskPlaceSpec = restSpec(specRiskPosition, `symbol:w! positionSide:w positionAmt:d entryPrice:d
		breakEvenPrice:d unRealizedProfit:d isolatedWallet:d leverage:i marginType:w updateTime:i markPrice:d
		liquidationPrice:d isolatedMargin:d isolated:b`)
	incomeSpec   = restSpec(specIncome, `symbol:w incomeType:w! asset:w info:t tranId:n! tradeId:n income:d! time:i!`)
	snapshotSpec = restSpec(specSnapshot, "account:r balance:r positionRisk:r")
)

// restSpec is newSpec for an object that is only read.
func restSpec(id int, fields string) *spec {
	sp := newSpec(id, fields, "")
	sp.ignore = true
	return sp
}

// bare is the target of an object without fields of its own, and what the other
// targets here have in common: the unknown keys are only kept to find one that
// is given twice.
type bare struct {
	fields Fields
	extra  []Extra
}

func (b *bare) ref(int) any  { return nil }
func (b *bare) parts() parts { return parts{fields: &b.fields, extra: &b.extra} }
func (b *bare) reset()       {}

type accountTarget struct {
	bare
	info *AccountInfo
}

// readRows reads the array of field f.
func (a *accountTarget) readRows(d *Decoder, f, i int) int {
	if f == 0 {
		return restRows(d, i, &a.info.Assets, accountAssetRow)
	}
	return restRows(d, i, &a.info.Positions, accountPlaceRow)
}

type assetTarget struct {
	bare
	row *AssetInfo
}

func (a *assetTarget) ref(field int) any {
	switch field {
	case 0:
		return &a.row.Asset
	case 1:
		return &a.row.Wallet
	case 2:
		return &a.row.Cross
	case 3:
		return &a.row.Unrealized
	case 4:
		return &a.row.Margin
	case 5:
		return &a.row.Available
	case 6:
		return &a.row.Updated
	}
	return &a.row.Alias
}

func accountAssetRow(d *Decoder, i int, row *AssetInfo) int {
	return d.assetRow(i, accountAssetSpec, row)
}
func balanceRow(d *Decoder, i int, row *AssetInfo) int { return d.assetRow(i, balanceInfoSpec, row) }

func (d *Decoder) assetRow(i int, sp *spec, row *AssetInfo) int {
	t := assetTarget{row: row}
	i = d.object(i, sp, &t)
	row.Fields = t.fields
	return i
}

// placeTarget is a row of positions; /account tells the margin type by a bool.
type placeTarget struct {
	bare
	row      *PositionInfo
	isolated bool
}

func (p *placeTarget) ref(field int) any {
	switch field {
	case 0:
		return &p.row.Symbol
	case 1:
		return &p.row.Side
	case 2:
		return &p.row.Amount
	case 3:
		return &p.row.EntryPrice
	case 4:
		return &p.row.BreakEven
	case 5:
		return &p.row.Unrealized
	case 6:
		return &p.row.IsolatedWallet
	case 7:
		return &p.row.Leverage
	case 8:
		return &p.row.MarginType
	case 9:
		return &p.row.Updated
	case 10:
		return &p.row.Mark
	case 11:
		return &p.row.Liquidation
	case 12:
		return &p.row.IsolatedMargin
	}
	return &p.isolated
}

const isolatedKey Fields = 1 << 13 // of placeTarget

func accountPlaceRow(d *Decoder, i int, row *PositionInfo) int {
	return d.placeRow(i, accountPlaceSpec, row)
}

func riskRow(d *Decoder, i int, row *PositionInfo) int { return d.placeRow(i, riskPlaceSpec, row) }

func (d *Decoder) placeRow(i int, sp *spec, row *PositionInfo) int {
	t := placeTarget{row: row}
	i = d.object(i, sp, &t)
	if t.fields.Has(isolatedKey) && !t.fields.Has(PositionInfoMarginType) {
		row.MarginType = MarginCross
		if t.isolated {
			row.MarginType = MarginIsolated
		}
		t.fields |= PositionInfoMarginType
	}
	row.Fields = t.fields &^ isolatedKey
	return i
}

type incomeTarget struct {
	bare
	row *IncomeRow
}

func (t *incomeTarget) ref(field int) any {
	switch field {
	case 0:
		return &t.row.Symbol
	case 1:
		return &t.row.Type
	case 2:
		return &t.row.Asset
	case 3:
		return &t.row.Info
	case 4:
		return &t.row.TranID
	case 5:
		return &t.row.TradeID
	case 6:
		return &t.row.Amount
	}
	return &t.row.Time
}

func incomeRow(d *Decoder, i int, row *IncomeRow) int {
	t := incomeTarget{row: row}
	i = d.object(i, incomeSpec, &t)
	row.Fields = t.fields
	return i
}
