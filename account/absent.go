package account

import "poise/decimal"

// absent closes the positions that REST does not list: those of the mode that the
// account has left, one-way or hedge, and of contracts that were delivered. Closing
// one moves the wallet of its asset: only a snapshot that has that wallet newer
// than the position knows of it.
func (t *taking) absent(s *snapshot) {
	listed := map[rowKey]bool{}
	for i := range s.positions {
		listed[rowKey{s.positions[i].Symbol, sideOf(s.positions[i].Side)}] = true
	}
	for i := range t.b.s.Positions {
		p := &t.b.s.Positions[i]
		if listed[rowKey{p.Symbol, p.Side}] || p.Amount.IsZero() && p.IsolatedWallet.IsZero() {
			continue
		}
		if at := s.updated(p.MarginAsset); at > p.Transaction {
			t.positions = put(t.positions, p.closed(at), comparePositions)
		}
	}
}

// updated is how new an asset's wallet is in a snapshot, in ms.
func (s *snapshot) updated(asset string) (at int64) {
	for i := range s.assets {
		if s.assets[i].Asset == asset {
			at = max(at, s.assets[i].Updated)
		}
	}
	return at
}

// closed is a position's row once it is flat. What it realised REST does not tell.
func (p *positionRow) closed(at int64) positionRow {
	row := *p
	row.Amount, row.EntryPrice, row.BreakEven, row.Unrealized, row.IsolatedWallet = decimal.Zero, decimal.Zero, decimal.Zero, decimal.Zero, decimal.Zero
	row.HasRealized, row.Realized, row.Booked = false, decimal.Zero, decimal.Zero
	row.Updated, row.Transaction, row.FromSnapshot = max(p.Updated, at), at, true
	return row
}
