package wire

// DecodeAccountInfo reads an answer of GET /dapi/v1/account. Unknown keys are
// checked and dropped, here and below; an [*Error] is the only error.
func DecodeAccountInfo(b []byte) (AccountInfo, error) {
	var info AccountInfo
	err := decodeRest(b, func(d *Decoder, i int) int {
		return d.object(i, accountInfoSpec, &accountTarget{info: &info})
	})
	if err != nil {
		return AccountInfo{}, err
	}
	return info, nil
}

// DecodeBalances reads an answer of GET /dapi/v1/balance and the account alias
// in it, which is empty when no row has one.
func DecodeBalances(b []byte) (rows []AssetInfo, alias string, err error) {
	err = decodeRest(b, func(d *Decoder, i int) int { return restRows(d, i, &rows, balanceRow) })
	if err != nil {
		return nil, "", err
	}
	for _, row := range rows {
		if row.Alias != "" {
			return rows, row.Alias, nil
		}
	}
	return rows, "", nil
}

// DecodePositionRisk reads an answer of GET /dapi/v1/positionRisk.
func DecodePositionRisk(b []byte) ([]PositionInfo, error) {
	var rows []PositionInfo
	err := decodeRest(b, func(d *Decoder, i int) int { return restRows(d, i, &rows, riskRow) })
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// DecodeIncome reads an answer of GET /dapi/v1/income.
func DecodeIncome(b []byte) ([]IncomeRow, error) {
	var rows []IncomeRow
	err := decodeRest(b, func(d *Decoder, i int) int { return restRows(d, i, &rows, incomeRow) })
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// DecodeSnapshot splits {"account":...,"balance":...,"positionRisk":...} into
// its parts, which point into b. All of b is checked; a part may be absent but
// not null.
func DecodeSnapshot(b []byte) (SnapshotParts, error) {
	var parts SnapshotParts
	err := decodeRest(b, func(d *Decoder, i int) int {
		end := d.object(i, snapshotSpec, &bare{})
		if end < 0 {
			return -1
		}
		d.begin()
		d.eachKey(i, func(key []byte, start, end int) {
			switch string(key) {
			case "account":
				parts.Account = b[start:end:end]
			case "balance":
				parts.Balance = b[start:end:end]
			case "positionRisk":
				parts.PositionRisk = b[start:end:end]
			}
		})
		return end
	})
	if err != nil {
		return SnapshotParts{}, err
	}
	return parts, nil
}

// decodeRest runs one read over all of b.
func decodeRest(b []byte, read func(d *Decoder, i int) int) error {
	var d Decoder
	if err := d.load(b); err != nil {
		return err
	}
	i := read(&d, d.space(0))
	if i >= 0 {
		if i = d.space(i); i == d.n {
			return nil
		}
		d.unexpected(i, "the end")
	}
	return d.report()
}

// restRows reads an array of objects.
func restRows[T any](d *Decoder, i int, rows *[]T, read func(d *Decoder, i int, row *T) int) int {
	i, end := d.openRows(i)
	for n := 0; !end && i >= 0; n++ {
		if n == MaxRows {
			return d.failAt(i, ErrLimit, "fewer elements")
		}
		var row T
		if i = read(d, i, &row); i < 0 {
			return -1
		}
		*rows = append(*rows, row)
		i, end = d.next(i, ']', "a comma or ]")
	}
	return i
}
