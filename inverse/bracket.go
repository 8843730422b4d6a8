package inverse

import (
	"fmt"
	"slices"

	"poise/decimal"
)

// Bracket is one row of leverageBracket: what is asked of a position whose
// notional in coin is from Floor to below Cap.
type Bracket struct {
	Floor, Cap  decimal.D // coin; qtyFloor, qtyCap
	MMR         decimal.D // maintenance margin rate, 0.004 for 0.4 %; maintMarginRatio
	Cum         decimal.D // coin taken off again, so that the margin has no step at Floor; cum
	MaxLeverage int       // initialLeverage
}

// Brackets is a table that [NewBrackets] found consistent. The zero value is no
// table, and asking it for a margin is [ErrBrackets].
type Brackets struct {
	rows []Bracket // never changed
}

// NewBrackets checks rows, lowest first, and copies them. The first must begin
// at 0 with Cum 0, each at the Cap of the one before, with a rate above 0,
// below 1 and not below the one before, a leverage from 1 and not above the one
// before, and
//
//	cum_k = floor_k·(MMR_k - MMR_{k-1}) + cum_{k-1}    [4 CALC]
//
// exactly, which is to say that the maintenance margin has no steps. Else the
// error wraps [ErrBrackets] and names the row, counted from 1.
func NewBrackets(rows ...Bracket) (Brackets, error) {
	if len(rows) == 0 {
		return Brackets{}, fmt.Errorf("%w: no rows", ErrBrackets)
	}
	before := Bracket{MaxLeverage: rows[0].MaxLeverage}
	for i, row := range rows {
		if wrong := row.follow(before); wrong != "" {
			return Brackets{}, fmt.Errorf("%w: row %d: %s", ErrBrackets, i+1, wrong)
		}
		before = row
	}
	return Brackets{slices.Clone(rows)}, nil
}

var one = decimal.New(1, 0)

// follow says what is wrong with b after the row before it, or nothing.
func (b Bracket) follow(before Bracket) string {
	switch {
	case !b.Floor.Equal(before.Cap):
		return "floor is not the cap before it"
	case b.Cap.Cmp(b.Floor) <= 0:
		return "cap is not above the floor"
	case b.MMR.Sign() <= 0 || b.MMR.Cmp(before.MMR) < 0 || b.MMR.Cmp(one) >= 0:
		return "rate is not above 0, from the one before it to below 1"
	case b.MaxLeverage < 1 || b.MaxLeverage > before.MaxLeverage:
		return "leverage is not from 1 to the one before it"
	}
	rise, err := b.MMR.Sub(before.MMR)
	if err == nil {
		rise, err = rise.Mul(b.Floor)
	}
	if err == nil {
		rise, err = rise.Add(before.Cum)
	}
	switch {
	case err != nil:
		return "cum: " + err.Error()
	case !rise.Equal(b.Cum):
		return "cum is " + b.Cum.String() + ", not " + rise.Trim().String()
	}
	return ""
}

var standard = func() Brackets {
	rows := make([]Bracket, 0, 7)
	for _, r := range []struct {
		floor, limit, mmr, cum string
		leverage               int
	}{
		{"0", "5", "0.004", "0", 125},
		{"5", "10", "0.005", "0.005", 100},
		{"10", "20", "0.01", "0.055", 50},
		{"20", "50", "0.025", "0.355", 20},
		{"50", "100", "0.05", "1.605", 10},
		{"100", "200", "0.1", "6.605", 5},
		{"200", "400", "0.125", "11.605", 4},
	} {
		rows = append(rows, Bracket{
			Floor: decimal.MustParse(r.floor), Cap: decimal.MustParse(r.limit),
			MMR: decimal.MustParse(r.mmr), Cum: decimal.MustParse(r.cum), MaxLeverage: r.leverage,
		})
	}
	return Brackets{rows} // a test has NewBrackets accept them
}()

// StandardBrackets returns the table of BTCUSD of 2021, up to 400 BTC [4 CALC;
// its leverages INFERRED]. Other coins had other tables, which are not known.
func StandardBrackets() Brackets { return standard }

// Rows returns a copy of the table, lowest first.
func (b Brackets) Rows() []Bracket { return slices.Clone(b.rows) }

// Adjust returns the table of an account whose notionalCoef is coef: floors and
// caps times coef [4 DOC], and so cums, or the margin would have steps
// [INFERRED]. Errors wrap [ErrBrackets], for a coef not above zero, or
// [decimal.ErrOverflow].
func (b Brackets) Adjust(coef decimal.D) (Brackets, error) {
	if coef.Sign() <= 0 {
		return Brackets{}, fmt.Errorf("%w: notional coefficient %v", ErrBrackets, coef)
	}
	rows := b.Rows()
	for i := range rows {
		for _, d := range []*decimal.D{&rows[i].Floor, &rows[i].Cap, &rows[i].Cum} {
			product, err := d.Mul(coef)
			if err != nil {
				return Brackets{}, fmt.Errorf("bracket %d: %w", i+1, err)
			}
			*d = product.Trim()
		}
	}
	return Brackets{rows}, nil
}

// At returns the row for a notional in coin without sign. A notional at or
// above the last Cap, which a position may reach by its mark, has the last row.
func (b Brackets) At(notional decimal.D) (Bracket, error) {
	row, err := b.at(notional, one)
	if err != nil {
		return Bracket{}, fmt.Errorf("bracket: %w", err)
	}
	return *row, nil
}

// BracketAt is [Brackets.At] for contracts at a price, by their exact notional
// and not as printed.
func (c Contract) BracketAt(b Brackets, contracts int64, price decimal.D) (Bracket, error) {
	row, _, err := c.bracket(b, contracts, price)
	if err != nil {
		return Bracket{}, fmt.Errorf("bracket: %w", err)
	}
	return *row, nil
}

// bracket returns the row of contracts at a price, and their dollars.
func (c Contract) bracket(b Brackets, contracts int64, price decimal.D) (*Bracket, decimal.D, error) {
	if err := c.check(price); err != nil {
		return nil, decimal.D{}, err
	}
	usd, err := c.usd(contracts)
	if err != nil {
		return nil, decimal.D{}, err
	}
	row, err := b.at(usd, price)
	return row, usd, err
}

// at returns the row for the notional usd/price, without dividing.
func (b Brackets) at(usd, price decimal.D) (*Bracket, error) {
	if len(b.rows) == 0 {
		return nil, fmt.Errorf("%w: no rows", ErrBrackets)
	}
	k := 0
	for ; k+1 < len(b.rows); k++ {
		floor, err := b.rows[k+1].Floor.Mul(price)
		if err != nil {
			return nil, err
		}
		if usd.Cmp(floor) < 0 {
			break
		}
	}
	return &b.rows[k], nil
}
