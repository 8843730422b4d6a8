package marks

import (
	"slices"

	"poise/account"
	"poise/inverse"
)

// liquidate finds the liquidation prices of one symbol's positions.
func (c *computation) liquidate(legs []leg) {
	var room [2]inverse.Position // LONG and SHORT
	cross := room[:0]
	for i := range legs {
		if l := &legs[i]; l.pool < 0 {
			c.price(l, inverse.Pool{Wallet: l.wallet}, l.held)
		} else {
			cross = append(cross, l.held)
		}
	}
	if len(cross) == 0 {
		return
	}
	stands, known := c.behind(legs)
	var first *leg
	for i := range legs {
		switch l := &legs[i]; {
		case l.pool < 0:
		case !known:
			c.of(l).Partial = true
		case first == nil:
			first = l
			c.price(l, stands, cross...)
		default: // they share it
			row, from := c.of(l), c.of(first)
			row.Liquidation, row.HasLiquidation, row.Partial = from.Liquidation, from.HasLiquidation, from.Partial
		}
	}
}

func (c *computation) of(l *leg) *Position { return &c.now.Positions[l.row] }

// behind is what stands behind the cross legs of one symbol: their pool without
// themselves.
func (c *computation) behind(legs []leg) (stands inverse.Pool, known bool) {
	first := slices.IndexFunc(legs, func(l leg) bool { return l.pool >= 0 })
	p := c.pools[legs[first].pool]
	if p.partial || c.unknown {
		return stands, false
	}
	stands = inverse.Pool{Wallet: p.wallet, OtherMaintenance: p.maintenance, OtherPnL: p.pnl}
	for i := range legs {
		if legs[i].pool < 0 {
			continue
		}
		row, err := c.of(&legs[i]), error(nil)
		if stands.OtherPnL, err = stands.OtherPnL.Sub(row.Unrealized); err != nil {
			return stands, false
		}
		if stands.OtherMaintenance, err = stands.OtherMaintenance.Sub(row.Maintenance); err != nil {
			return stands, false
		}
	}
	return stands, true
}

// price gives a position the price at which what stands behind it is gone.
func (c *computation) price(l *leg, stands inverse.Pool, held ...inverse.Position) {
	row, err := c.of(l), error(nil)
	if row.Partial {
		return
	}
	row.Liquidation, row.HasLiquidation, err = l.contract.LiquidationPrice(l.brackets, stands, held...)
	if err != nil {
		row.Partial = true
		rule, _ := c.rules.Rule(row.Symbol)
		c.now.Missing = append(c.now.Missing, Gap{Symbol: row.Symbol, Side: row.Side, Asset: rule.MarginAsset, Err: err})
	}
}

// margins makes the rows of the pools that are known whole.
func (c *computation) margins() {
	if c.unknown {
		return
	}
	n := 0
	for i := range c.balances {
		if !c.balances[i].Cross.IsZero() {
			n++
		}
	}
	if n = max(n, len(c.pools)); n > 0 {
		c.now.Margins = make([]Margin, 0, n)
	}
	for i := range c.balances {
		c.addMargin(&c.balances[i])
	}
}

func (c *computation) addMargin(b *account.Balance) {
	p := pool{asset: b.Asset, wallet: b.Cross, pnl: nothing, maintenance: nothing}
	at := slices.IndexFunc(c.pools, func(p pool) bool { return p.asset == b.Asset })
	if at >= 0 {
		p = c.pools[at]
	} else if b.Cross.IsZero() {
		return
	}
	if p.partial {
		return
	}
	balance, err := p.wallet.Add(p.pnl)
	if err != nil {
		c.now.Missing = append(c.now.Missing, Gap{Asset: p.asset, Err: err})
		return
	}
	m := Margin{Asset: p.asset, Maintenance: p.maintenance, Balance: balance}
	m.Ratio, m.HasRatio = ratioOf(p.maintenance, balance)
	c.now.Margins = append(c.now.Margins, m)
}
