package inverse

import (
	"fmt"

	"poise/decimal"
)

// Pool is the coin that stands behind the positions of one symbol.
type Pool struct {
	Wallet           decimal.D // cross wallet balance, or the wallet of the isolated position
	OtherMaintenance decimal.D // TMM1: maintenance margin of the pool's other symbols; 0 if isolated
	OtherPnL         decimal.D // UPNL1: unrealised PnL of those; 0 if isolated
}

// LiquidationPrice returns the mark at which the margin ratio of a pool is 1,
// when only this symbol's mark moves, cut at 8 decimals as REST prints it [4
// CALC, by a long: 25119.97445760|946]. The legs are the positions of the
// symbol in that pool: one in one-way mode or when isolated, LONG and SHORT in
// a cross hedge; they share the price. ok is false when there is no such price,
// where REST prints 0: at every mark the ratio is below 1, or at every mark above.
//
// With q a leg's contracts, short negative, and its own MMR and cum:
//
//	     Σ (q + |q|·MMR)·CS
//	LP = ----------------------------------------      [4 CALC]
//	     WB - TMM1 + UPNL1 + Σ cum + Σ q·CS/EP
//
// and the brackets are those at LP itself, found by trying again [4]. A hedge whose short is the larger can have two such prices,
// since far down its coin notional grows into brackets that outgrow the short's
// profit; the upper one is returned [INFERRED].
func (c Contract) LiquidationPrice(b Brackets, pool Pool, legs ...Position) (price decimal.D, ok bool, err error) {
	if price, err = c.liquidation(b, pool, legs); err != nil {
		return decimal.D{}, false, fmt.Errorf("liquidation price: %w", err)
	}
	return price, price.Sign() > 0, nil
}

// liquidation returns 0 for none.
func (c Contract) liquidation(b Brackets, pool Pool, legs []Position) (decimal.D, error) {
	if c.Size.Sign() <= 0 {
		return decimal.D{}, fmt.Errorf("%w: %v", ErrSize, c.Size)
	}
	if len(b.rows) == 0 {
		return decimal.D{}, fmt.Errorf("%w: no rows", ErrBrackets)
	}
	base, err := pool.base(legs)
	if err != nil {
		return decimal.D{}, err
	}
	// A rise first: a short at infinite price is in the lowest bracket.
	price, err := c.search(b.lowest(), b, base, legs, -1)
	if err != nil || !price.IsZero() {
		return price, err
	}
	return c.search(b.highest(), b, base, legs, 1)
}

// base is the denominator without the cums, which alone depend on brackets: the
// equity at an infinite price.
func (pool Pool) base(legs []Position) (decimal.D, error) {
	sum, err := pool.Wallet.Sub(pool.OtherMaintenance)
	if err == nil {
		sum, err = sum.Add(pool.OtherPnL)
	}
	for _, leg := range legs {
		if err != nil {
			break
		}
		var cost decimal.D
		if cost, err = leg.costAt(reducedScale, decimal.HalfEven); err != nil {
			break
		}
		if leg.Contracts < 0 {
			cost = cost.Neg()
		}
		sum, err = sum.Add(cost)
	}
	return sum, err
}

// reducedScale is of the cost of a reduced leg, which seldom has an end: so far
// past the 13 decimals of costs that the price has in effect one rounding, and
// short enough for 10^12 coins.
const reducedScale = 24

// search finds the liquidation price on one side, or 0: sign -1 for a price
// that is reached by a rise, 1 by a fall.
//
// Equity less maintenance margin is a function of u = 1/price: straight within
// a bracket, and concave, since rates only rise with the notional. The formula
// for given brackets is where the straight line through them meets zero, so
// repeating it is Newton's method. From the lowest bracket for a rise and from
// the highest for a fall, it never oversteps: u only rises, or only falls, until
// the brackets repeat. So it ends, after at most a step for each bracket of each
// leg, at the highest price that liquidates, or at the lowest.
func (c Contract) search(start *Bracket, b Brackets, base decimal.D, legs []Position, sign int) (decimal.D, error) {
	price, err := c.solve(start, b, decimal.Zero, base, legs, sign)
	for err == nil && !price.IsZero() {
		next, err := c.solve(nil, b, price, base, legs, sign)
		switch {
		case err != nil || next.IsZero(): // lost: the margin outgrows the profit
			return decimal.D{}, err
		case next.Cmp(price) != sign: // found
			return price, nil
		}
		price = next
	}
	return price, err
}

// solve is the formula with every leg in the bracket row, or each in its own at
// a price if row is nil. 0 is for no price on the side that sign tells.
func (c Contract) solve(row *Bracket, b Brackets, at, base decimal.D, legs []Position, sign int) (decimal.D, error) {
	var num decimal.D
	den := base
	for _, leg := range legs {
		if leg.Contracts == 0 {
			continue // its cum would count at the highest bracket
		}
		usd, err := c.usd(leg.Contracts)
		if err != nil {
			return decimal.D{}, err
		}
		in := row
		if in == nil {
			if in, err = b.at(usd, at); err != nil {
				return decimal.D{}, err
			}
		}
		if num, den, err = addLeg(num, den, usd, in, leg.Contracts < 0); err != nil {
			return decimal.D{}, err
		}
	}
	if num.Sign() != sign || den.Sign() != sign {
		return decimal.D{}, nil
	}
	return num.Quo(den, PriceScale, decimal.ToZero)
}

// addLeg adds (q + |q|·MMR)·CS to num and cum to den.
func addLeg(num, den, usd decimal.D, in *Bracket, short bool) (decimal.D, decimal.D, error) {
	rate, err := one.Add(in.MMR)
	if short {
		rate, err = in.MMR.Sub(one)
	}
	if err != nil {
		return num, den, err
	}
	part, err := usd.Mul(rate)
	if err != nil {
		return num, den, err
	}
	if num, err = num.Add(part); err != nil {
		return num, den, err
	}
	den, err = den.Add(in.Cum)
	return num, den, err
}

func (b Brackets) lowest() *Bracket  { return &b.rows[0] }
func (b Brackets) highest() *Bracket { return &b.rows[len(b.rows)-1] }
