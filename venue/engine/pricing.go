package engine

import "poise/decimal"

// ticks returns a price in whole ticks: -4014 when it is between two, and the
// codes of the price filter.
func (s *symbol) ticks(d decimal.D) (int64, error) {
	if d.Sign() < 0 {
		return 0, refuse(-4001)
	}
	if tooFine(d, s.scale) {
		return 0, refuse(-1111)
	}
	n, ok := toUnits(d, maxPrice)
	if !ok {
		return 0, refuse(-4002)
	}
	if n%s.tick != 0 {
		return 0, refuse(-4014)
	}
	n /= s.tick
	switch {
	case n > s.most:
		return 0, refuse(-4002)
	case n < s.least:
		return 0, refuse(-4013)
	}
	return n, nil
}

// percent is the PERCENT_PRICE filter: -4016, -4024.
func (s *symbol) percent(price int64, sell bool) error {
	switch {
	case !sell && price > scaled(s.mark, s.up):
		return refuse(-4016)
	case sell && price < scaled(s.mark, s.down):
		return refuse(-4024)
	}
	return nil
}

// scaled is price × factor, a factor in 1e-8, cut.
func scaled(price, factor int64) int64 {
	q, _ := mul64(price, factor).div(unit)
	return int64(q.lo)
}

// marketBound is the last price, in ticks, at which a MARKET order fills.
func (s *symbol) marketBound(sell bool) int64 {
	if sell {
		return max(1, (scaled(s.mark, unit-s.bound)+s.tick-1)/s.tick)
	}
	return min(s.most, scaled(s.mark, unit+s.bound)/s.tick)
}

// contracts returns a quantity: -1111, -4003, -4004, -4005.
func contracts(d decimal.D, most int64) (int64, error) {
	if d.Sign() < 0 {
		return 0, refuse(-4003)
	}
	if tooFine(d, 0) {
		return 0, refuse(-1111)
	}
	n, ok := d.Int64()
	switch {
	case !ok || n > most:
		return 0, refuse(-4005)
	case n == 0:
		return 0, refuse(-4004)
	}
	return n, nil
}
