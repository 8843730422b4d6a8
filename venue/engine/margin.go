package engine

// pool is what stands behind an account's cross positions in one asset, and
// what its open orders of isolated symbols have reserved.
type pool struct {
	pnl     int64
	initial int64 // of positions and orders
	posInit int64
	upkeep  int64 // maintenance margin
	held    int64 // for orders of isolated symbols
}

// poolOf sums over the asset's symbols; what is of a symbol is worked out only
// when its mark, position or orders changed.
func (a *account) poolOf(as *asset) (p pool) {
	for _, s := range as.symbols {
		sl := a.slots[s.id]
		if sl == nil {
			continue
		}
		sl.refresh()
		if sl.isolated {
			p.held += sl.initial - sl.posInit
			continue
		}
		p.initial += sl.initial
		p.posInit += sl.posInit
		for i := range sl.pos {
			p.pnl += sl.pnl[i]
			p.upkeep += sl.upkeep[i]
		}
	}
	return p
}

// available is what may be used for new orders, or withdrawn; below 0 when the
// pool is short.
func (a *account) available(as *asset, p pool) int64 {
	return a.wallets[as.id].cross + p.pnl - p.initial - p.held
}

// refresh brings the slot's figures to the mark of now.
func (sl *slot) refresh() {
	s := sl.sym
	if !sl.stale && sl.marks == s.marks {
		return
	}
	sl.stale, sl.marks = false, s.marks
	for i := range sl.pos {
		p := &sl.pos[i]
		if p.n == 0 {
			sl.pnl[i], sl.value[i], sl.upkeep[i] = 0, 0, 0
			continue
		}
		usd := abs(p.n) * s.size
		sl.value[i] = notional(usd, s.mark)
		sl.pnl[i] = p.pnl(abs(p.n), s.size, s.mark)
		sl.upkeep[i] = s.maintenance(usd, sl.value[i])
	}
	sl.posInit = (sl.value[both] + sl.value[long] + sl.value[short]) / sl.leverage
	sl.initial = (sl.exposure(both) + sl.exposure(long) + sl.exposure(short)) / sl.leverage
}

// exposure is the coin that a position and its orders can come to: that of the
// worse direction in one-way mode (INFERRED).
func (sl *slot) exposure(i int) int64 {
	p, v := &sl.pos[i], sl.value[i]
	switch {
	case i == long:
		return v + p.bid
	case i == short:
		return v + p.ask
	case p.n < 0:
		return max(v+p.ask, p.bid-v)
	}
	return max(v+p.bid, p.ask-v)
}

// maintenance is the margin that a position must keep.
func (s *symbol) maintenance(usd, value int64) int64 {
	b := s.bracketAt(value)
	return share(usd, s.mark, b.mmr) - b.cum
}

func (s *symbol) bracketAt(value int64) *bracket {
	k := 0
	for k+1 < len(s.brackets) && value >= s.brackets[k+1].floor {
		k++
	}
	return &s.brackets[k]
}

// mostAt is the coin of notional that a leverage allows.
func (s *symbol) mostAt(leverage int64) int64 {
	for k := len(s.brackets) - 1; k > 0; k-- {
		if s.brackets[k].leverage >= leverage {
			return s.brackets[k].limit
		}
	}
	return s.brackets[0].limit
}

// pnl of closing q contracts at a price, cut at 8 decimals: q·cost/basis less, or
// for a short from, q·size/price. Both quotients keep their remainders, so that
// there is one rounding, as in inverse.RealizedPnL.
func (p *position) pnl(q, size, price int64) int64 {
	entry, r1 := p.cost.mul(uint64(q)).div(uint64(p.basis))
	exit, r2 := costOf(q*size, price)
	// The fractions r1/basis and r2/price decide whether a borrow is due.
	less := mul64(int64(r1), price).less(mul64(int64(r2), p.basis))
	more := mul64(int64(r2), p.basis).less(mul64(int64(r1), price))
	var n int64
	if exit.less(entry) || exit == entry && !less {
		d := entry.sub(exit)
		if less {
			d = d.sub(wide{0, 1})
		}
		n = d.toCoin()
	} else {
		d := exit.sub(entry)
		if more {
			d = d.sub(wide{0, 1})
		}
		n = -d.toCoin()
	}
	if p.n < 0 {
		n = -n
	}
	return n
}

// entryCost is the coin that the contracts still held cost, half up.
func (p *position) entryCost() wide {
	if p.basis == abs(p.n) {
		return p.cost
	}
	return p.cost.share(abs(p.n), p.basis)
}

// share returns a × n / of, half up.
func (a wide) share(n, of int64) wide {
	q, rem := a.mul(uint64(n)).div(uint64(of))
	if rem >= uint64(of)-rem {
		q = q.add(wide{0, 1})
	}
	return q
}

// open adds q contracts at a price, of direction sign; fee is the rate paid.
func (p *position) open(q, sign, size, price, rate int64) {
	cost, _ := costOf(q*size, price)
	if p.n == 0 {
		p.cost, p.paid = wide{}, wide{}
	} else if p.basis != abs(p.n) {
		p.paid = p.paid.share(abs(p.n), p.basis)
		p.cost = p.entryCost()
	}
	p.cost = p.cost.add(cost)
	p.paid = p.paid.add(entryFee(q*size, price, rate))
	p.n += sign * q
	p.basis = abs(p.n)
	p.entry = p.entryPrice(size)
	p.even = p.breakEven(size)
}

// close takes q contracts off.
func (p *position) close(q int64) {
	if p.n > 0 {
		p.n -= q
	} else {
		p.n += q
	}
	if p.n == 0 {
		p.basis, p.cost, p.paid, p.entry, p.even = 0, wide{}, wide{}, 0, 0
	}
}

// entryFee is a commission before it is cut for the wallet: 1e-13, half up.
func entryFee(usd, price, rate int64) wide {
	q, rem := mul64(usd, rate).mul(unit * 100_000).div(uint64(price))
	if rem >= uint64(price)-rem {
		q = q.add(wide{0, 1})
	}
	return q
}

// entryPrice is basis·size/cost, half up.
func (p *position) entryPrice(size int64) int64 {
	return mul64(p.basis*size, unit*unit).mul(100_000).quo(p.cost)
}

// breakEven is EP·(1 ± paid/cost), half up, as inverse.BreakEvenPrice has it:
// with EP = q + r/cost, it is q + (r ± (q·paid + r·paid/cost))/cost.
func (p *position) breakEven(size int64) int64 {
	if p.paid.isZero() {
		return p.entry
	}
	if p.cost.hi != 0 || p.paid.hi != 0 {
		return p.breakEvenWide()
	}
	cost := p.cost.lo
	whole, r := mul64(p.basis*size, unit*unit).mul(100_000).div(cost)
	more, _ := wide{0, r}.mul(p.paid.lo).div(cost)
	more = more.add(wide{0, p.paid.lo}.mul(whole.lo))
	rest := wide{0, r}
	if p.n > 0 {
		return int64(whole.lo) + rest.add(more).quo(p.cost)
	}
	if more.less(rest) {
		return int64(whole.lo) + rest.sub(more).quo(p.cost)
	}
	down, rem := more.sub(rest).div(cost)
	if rem > cost-rem {
		down.lo++
	}
	return int64(whole.lo - down.lo)
}

// breakEvenWide is breakEven for positions of more than a million coins.
func (p *position) breakEvenWide() int64 {
	n := p.paid.mul(100_000).quo(p.cost) // a share in 1e-5 is all that 128 bits hold
	by, _ := mul64(p.entry, n).div(100_000)
	if p.n < 0 {
		return p.entry - int64(by.lo)
	}
	return p.entry + int64(by.lo)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
