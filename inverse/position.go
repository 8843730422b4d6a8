package inverse

import (
	"fmt"

	"poise/decimal"
)

// Position is contracts of one symbol and side, and what they cost. The zero
// value is flat.
//
// The entry price is Basis·CS/Cost. Only an increase changes that pair; a
// reduction changes Contracts alone, so the entry price stays to the last digit
// [4: "Reduce: EP unchanged"]. Were Cost itself reduced, at 13 decimals, ten
// contracts entered at 60000 would print 60000.00000024, and six of them
// 60000.00000000. The proportional cost is [Position.EntryCost]; an increase
// after a reduction starts from it, which is that increase's one rounding
// beside the cut of the new fill [INFERRED].
//
// Positions made by [Contract.Fill] and [Contract.PositionAt] can be compared
// with ==: their costs have 13 decimals, and a flat one is Position{}.
type Position struct {
	Contracts int64     // held; short negative
	Basis     int64     // contracts that Cost was for: those held, unsigned, after the last increase
	Cost      decimal.D // coin they were worth when filled, without sign
}

// PositionAt returns the position that a printed entry price stands for, for
// those who know no more, such as a reader of ACCOUNT_UPDATE: its cost is
// n·CS/EP rounded half up at 13 decimals. That is the exchange's own cost, to
// the digit, if the position was not reduced and n·CS/EP² is below 10^-5: up to
// 100 contracts of BTC at 31623. Else it is off by half a unit of the printed
// price, as 2022's ADA entries of 5 decimals always are.
func (c Contract) PositionAt(contracts int64, entry decimal.D) (Position, error) {
	if contracts == 0 {
		return Position{}, nil
	}
	basis, err := unsigned(contracts)
	if err != nil {
		return Position{}, fmt.Errorf("entry cost: %w", err)
	}
	cost, err := c.cost(basis, entry, decimal.HalfUp)
	if err != nil {
		return Position{}, fmt.Errorf("entry cost: %w", err)
	}
	return Position{Contracts: contracts, Basis: basis, Cost: cost}, nil
}

// Fill applies a fill of contracts, negative for a sale, at a price: it returns
// the position after it and the realised PnL, which is 0 at 8 decimals when
// nothing was closed. Contracts of the position's own direction open: their
// cost is cut at 13 decimals and added. Others close; what they exceed the
// position by opens at the fill's price. Commission is not in it.
func (c Contract) Fill(p Position, contracts int64, price decimal.D) (Position, decimal.D, error) {
	after, pnl, err := c.fill(p, contracts, price)
	if err != nil {
		return p, decimal.D{}, fmt.Errorf("fill of %d contracts: %w", contracts, err)
	}
	return after, pnl, nil
}

var noPnL = decimal.New(0, CoinScale)

func (c Contract) fill(p Position, contracts int64, price decimal.D) (Position, decimal.D, error) {
	if contracts == 0 {
		return p, decimal.D{}, ErrContracts
	}
	if p.Contracts == 0 || (p.Contracts > 0) == (contracts > 0) {
		after, err := c.open(p, contracts, price)
		return after, noPnL, err
	}
	rest := p.Contracts + contracts // of opposite signs: no overflow
	closed := -contracts
	if rest != 0 && (rest > 0) == (contracts > 0) { // a flip, or the least int64
		closed = p.Contracts
	}
	pnl, err := c.pnl(p, closed, price)
	switch {
	case err != nil:
		return p, decimal.D{}, err
	case rest == 0:
		return Position{}, pnl, nil
	case closed == p.Contracts:
		after, err := c.open(Position{}, rest, price)
		return after, pnl, err
	}
	return Position{Contracts: rest, Basis: p.Basis, Cost: p.Cost}, pnl, nil
}

// open adds contracts of the position's own direction.
func (c Contract) open(p Position, contracts int64, price decimal.D) (Position, error) {
	held, err := p.EntryCost()
	if err != nil {
		return p, err
	}
	added, err := unsigned(contracts)
	if err != nil {
		return p, err
	}
	sum := p.Contracts + contracts
	if (sum > 0) != (contracts > 0) {
		return p, fmt.Errorf("contracts: %w", decimal.ErrOverflow)
	}
	basis, err := unsigned(sum)
	if err != nil {
		return p, err
	}
	cost, err := c.cost(added, price, decimal.ToZero)
	if err != nil {
		return p, err
	}
	if cost, err = held.Add(cost); err != nil {
		return p, fmt.Errorf("entry cost: %w", err)
	}
	return Position{Contracts: sum, Basis: basis, Cost: cost}, nil
}

// cost is the entry cost of contracts, at 13 decimals and not zero.
func (c Contract) cost(contracts int64, price decimal.D, r decimal.Rounding) (decimal.D, error) {
	cost, err := c.coin(contracts, price, CostScale, r)
	if err == nil && cost.IsZero() {
		err = fmt.Errorf("%w: %d contracts cost nothing at %v", ErrPrice, contracts, price)
	}
	return cost, err
}

// EntryCost returns the coin that the contracts still held cost:
// Cost·|Contracts|/Basis, which is Cost itself until the position is reduced,
// then rounded half up at 13 decimals [INFERRED].
func (p Position) EntryCost() (decimal.D, error) {
	cost, err := p.costAt(CostScale, decimal.HalfUp)
	return named("entry cost", cost, err)
}

func (p Position) costAt(scale int, r decimal.Rounding) (decimal.D, error) {
	if err := p.check(); err != nil {
		return decimal.D{}, err
	}
	if p.Contracts == p.Basis || p.Contracts == -p.Basis {
		return p.Cost, nil
	}
	return decimal.MulQuo(p.Cost, count(p.Contracts), decimal.New(p.Basis, 0), scale, r)
}

// EntryPrice returns Basis·CS/Cost at the given scale, rounded half up: cut,
// the samples 37643.10000021 and 41021.20000069 would end in 20 and 68 [4
// CALC]. Pass [PriceScale], or what a message prints; a flat position has 0.
func (c Contract) EntryPrice(p Position, scale int) (decimal.D, error) {
	if p.Contracts == 0 {
		return flatPrice(scale)
	}
	if err := p.check(); err != nil {
		return named("entry price", decimal.D{}, err)
	}
	price, err := decimal.MulQuo(decimal.New(p.Basis, 0), c.Size, p.Cost, scale, decimal.HalfUp)
	return named("entry price", price, err)
}

// BreakEvenPrice returns EP·(1 + d·paid/cost) at the given scale, rounded half
// up; paid is the coin that the position has cost beside its entry. For a fresh
// position that is its [Contract.EntryFee], and both recorded longs come out to
// the last digit [4 CALC]. It is of first order: closing at it leaves a
// remainder of paid²/cost. The minus for a short, and that later commissions
// add to paid while realised PnL and funding received take from it, are
// INFERRED. A flat position has 0.
func (c Contract) BreakEvenPrice(p Position, paid decimal.D, scale int) (decimal.D, error) {
	if p.Contracts == 0 {
		return flatPrice(scale)
	}
	price, err := c.breakEven(p, paid, scale)
	return named("break-even price", price, err)
}

// breakEven is Basis·CS·(Cost·n + d·paid·Basis) / (Cost · Cost·n), fused.
func (c Contract) breakEven(p Position, paid decimal.D, scale int) (decimal.D, error) {
	if err := p.check(); err != nil {
		return decimal.D{}, err
	}
	usd, err := c.usd(p.Basis)
	if err != nil {
		return decimal.D{}, err
	}
	costs, err := p.Cost.Mul(count(p.Contracts))
	if err != nil {
		return decimal.D{}, err
	}
	if p.Contracts < 0 {
		paid = paid.Neg()
	}
	extra, err := paid.Mul(decimal.New(p.Basis, 0))
	if err != nil {
		return decimal.D{}, err
	}
	all, err := costs.Add(extra)
	if err != nil {
		return decimal.D{}, err
	}
	return decimal.MulQuo2(usd, all, p.Cost, costs, scale, decimal.HalfUp)
}

// flatPrice is a price of no position, zero.
func flatPrice(scale int) (decimal.D, error) { return decimal.Zero.Round(scale, decimal.ToZero) }

// UnrealizedPnL returns d·n·CS·(1/EP - 1/mark), cut at 8 decimals [4 DOC; CALC
// for the cut], with the entry price as the cost has it.
func (c Contract) UnrealizedPnL(p Position, mark decimal.D) (decimal.D, error) {
	if p.Contracts == 0 {
		return noPnL, nil
	}
	pnl, err := c.pnl(p, p.Contracts, mark)
	return named("unrealised PnL", pnl, err)
}

// RealizedPnL returns d·q·CS·(1/EP - 1/price) for q contracts closed, unsigned
// and no more than are held, cut at 8 decimals. The entry price is that of the
// cost, not as printed [4 CALC, by the ADA close]; that the last digit is cut
// like the unrealised PnL's is INFERRED. [Contract.Fill] has it too.
func (c Contract) RealizedPnL(p Position, closed int64, price decimal.D) (decimal.D, error) {
	if closed < 0 || count(closed).Cmp(count(p.Contracts)) > 0 {
		return named("realised PnL", decimal.D{}, ErrContracts)
	}
	if closed == 0 {
		return noPnL, nil
	}
	if p.Contracts < 0 {
		closed = -closed
	}
	pnl, err := c.pnl(p, closed, price)
	return named("realised PnL", pnl, err)
}

// Deliver closes a position at the settlement price: it returns the realised
// PnL, as a fill of all its contracts at that price would [4 INFERRED]. No fee
// is taken: the specification knows of none.
func (c Contract) Deliver(p Position, settlement decimal.D) (decimal.D, error) {
	if p.Contracts == 0 {
		return noPnL, nil
	}
	pnl, err := c.pnl(p, p.Contracts, settlement)
	return named("delivery", pnl, err)
}

// pnl is that of q contracts, of the position's sign: with EP = Basis·CS/Cost,
// q·CS·(1/EP - 1/P) = q·(Cost·P - Basis·CS) / (Basis·P), one rounding.
func (c Contract) pnl(p Position, q int64, price decimal.D) (decimal.D, error) {
	if err := p.check(); err != nil {
		return decimal.D{}, err
	}
	if err := c.check(price); err != nil {
		return decimal.D{}, err
	}
	now, err := p.Cost.Mul(price)
	if err != nil {
		return decimal.D{}, err
	}
	then, err := c.usd(p.Basis)
	if err != nil {
		return decimal.D{}, err
	}
	gain, err := now.Sub(then)
	if err != nil {
		return decimal.D{}, err
	}
	switch q {
	case p.Basis:
		return gain.Quo(price, CoinScale, decimal.ToZero)
	case -p.Basis:
		return gain.Neg().Quo(price, CoinScale, decimal.ToZero)
	}
	return decimal.MulQuo2(decimal.New(q, 0), gain, decimal.New(p.Basis, 0), price, CoinScale, decimal.ToZero)
}

// check accepts a flat position, and one whose contracts are within a basis
// that has a cost.
func (p Position) check() error {
	if p.Contracts == 0 || p.Cost.Sign() > 0 && p.Basis > 0 && -p.Basis <= p.Contracts && p.Contracts <= p.Basis {
		return nil
	}
	return fmt.Errorf("%w: %d contracts of %d that cost %v", ErrPosition, p.Contracts, p.Basis, p.Cost)
}

// unsigned is |contracts|; the least int64 has none.
func unsigned(contracts int64) (int64, error) {
	if contracts == -1<<63 {
		return 0, fmt.Errorf("contracts: %w", decimal.ErrOverflow)
	}
	return max(contracts, -contracts), nil
}
