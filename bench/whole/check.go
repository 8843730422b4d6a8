package whole

import (
	"errors"
	"fmt"

	"poise/bench/books"
	"poise/decimal"
)

// About is what a command costs in messages, on average over a flow.
type About struct{ Events, Bytes float64 }

// Check runs a flow through the whole exchange and through matching alone, and
// returns an error that names the first command whose trades differ.
func Check(f books.Flow, s Size) (About, error) {
	x, err := open(s)
	if err != nil {
		return About{}, err
	}
	m := &alone{size: s}
	total := 0
	for k, c := range f.Commands {
		if err := x.do(c); err != nil {
			return About{}, fmt.Errorf("command %d, %+v: %w", k, c, err)
		}
		_ = m.do(c) // has no errors
		if !m.agrees(x) {
			return About{}, fmt.Errorf("command %d, %+v: alone %v, the exchange %+v", k, c, m.trades, x.result)
		}
		total += len(m.trades)
	}
	if total == 0 {
		return About{}, errors.New("nothing was traded, so there is nothing to compare")
	}
	n := float64(x.commands)
	return About{float64(x.events) / n, float64(x.bytes) / n}, nil
}

func (a *alone) agrees(x *exchange) bool {
	if x.result == nil {
		return len(a.trades) == 0
	}
	if len(a.trades) != len(x.result.Trades) {
		return false
	}
	for i, t := range x.result.Trades {
		m := a.trades[i]
		if t.Quantity != m.Quantity || t.Price.Cmp(decimal.New(m.Price, 1)) != 0 {
			return false
		}
	}
	return true
}
