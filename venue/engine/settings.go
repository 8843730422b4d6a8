package engine

func (e *Engine) setLeverage(c *SetLeverage) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	l := int64(c.Leverage)
	if l < 1 || l > s.brackets[0].leverage {
		return refuse(-4028, c.Leverage)
	}
	sl := a.slot(s)
	if l < sl.leverage && sl.isolated && sl.holder >= 0 {
		return refuse(-4161)
	}
	before := sl.leverage
	sl.leverage, sl.stale = l, true
	sl.refresh()
	for i := range sl.pos {
		if x := sl.exposure(i); x > 0 && l > before && x > s.mostAt(l) {
			err = refuse(-2027)
		}
	}
	if err == nil && l < before && a.available(s.asset, a.poolOf(s.asset)) < 0 {
		err = refuse(-2028)
	}
	if err != nil {
		sl.leverage, sl.stale = before, true
		return err
	}
	sl.known = true
	e.pushLeverage(sl)
	return nil
}

func (e *Engine) setMarginType(c *SetMarginType) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	isolated := c.Type == "ISOLATED"
	if !isolated && c.Type != "CROSSED" {
		return badParameter("marginType")
	}
	sl := a.slot(s)
	switch {
	case sl.isolated == isolated:
		return refuse(-4046)
	case sl.open > 0:
		return refuse(-4047)
	case sl.holder >= 0:
		return refuse(-4048)
	}
	sl.isolated, sl.known, sl.stale = isolated, true, true
	for i := range sl.pos {
		if a.hedge || i == both {
			sl.pos[i].updated = e.now
		}
	}
	e.pushAccount(a, reasonMarginType, s.asset, sl, allSides, 0)
	return nil
}

func (e *Engine) setPositionMode(c *SetPositionMode) error {
	a := e.byAlias[c.Account]
	if a == nil {
		return refuse(-1109)
	}
	if a.hedge == c.Hedge {
		return refuse(-4059)
	}
	for _, sl := range a.used {
		if sl.open > 0 {
			return refuse(-4067)
		}
	}
	for _, sl := range a.used {
		if sl.holder >= 0 {
			return refuse(-4068)
		}
	}
	a.hedge = c.Hedge
	return nil
}

func (e *Engine) moveMargin(c *MovePositionMargin) error {
	a, s, err := e.find(c.Account, c.Symbol)
	if err != nil {
		return err
	}
	side, ok := wordOf[uint8](positionSides, c.PositionSide)
	switch {
	case !ok:
		return refuse(-4060)
	case a.hedge != (side != both):
		return refuse(-4061)
	case c.Type != 1 && c.Type != 2:
		return badParameter("type")
	case c.Amount.Sign() <= 0:
		return refuse(-4055)
	case tooFine(c.Amount, 8):
		return refuse(-1111)
	}
	amount, ok := toUnits(c.Amount, maxMoney)
	sl := a.slots[s.id]
	switch {
	case !ok:
		return refuse(-4050)
	case sl == nil || !sl.isolated:
		return refuse(-4049)
	case sl.pos[side].n == 0:
		return refuse(-4054)
	}
	if err := e.checkMove(sl, int(side), amount, c.Type); err != nil {
		return err
	}
	if c.Type == 2 {
		amount = -amount
	}
	p, w := &sl.pos[side], &a.wallets[s.asset.id]
	p.isolated += amount
	w.isolated += amount
	w.cross -= amount
	p.updated, w.updated = e.now, e.now
	a.changes.push(marginChange{s, int(side), abs(amount), e.now, c.Type}, e.history)
	e.pushAccount(a, reasonMarginTransfer, s.asset, sl, int(side), 0)
	e.touch(a, s.asset)
	return nil
}

// checkMove: a position keeps its initial margin, of its wallet and with its
// loss; the cross wallet gives what is available (INFERRED).
func (e *Engine) checkMove(sl *slot, side int, amount int64, kind int) error {
	a, as := sl.acct, sl.sym.asset
	if kind == 1 {
		if amount > a.available(as, a.poolOf(as)) || amount > a.wallets[as.id].cross {
			return refuse(-4050)
		}
		return nil
	}
	sl.refresh()
	if sl.pos[side].isolated+min(sl.pnl[side], 0)-amount < sl.value[side]/sl.leverage {
		return refuse(-4051)
	}
	return nil
}
