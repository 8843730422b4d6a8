package whole

import (
	"poise/bench/books"
	"poise/bench/pair"
	"poise/venue/engine"
)

// alone is matching and nothing else: a book for each symbol.
type alone struct {
	size   Size
	books  []engine.Matcher
	trades []engine.Match
}

// Alone returns the operation of matching alone.
func Alone(s Size) pair.Op[books.Command] { return (&alone{size: s}).do }

func (a *alone) do(c books.Command) error {
	if c.First {
		a.books = make([]engine.Matcher, a.size.Symbols)
	}
	a.trades = a.trades[:0]
	if c.Cancel != 0 {
		a.books[a.size.symbol(c.Cancel)].Cancel(c.Cancel)
		return nil
	}
	a.trades, _ = a.books[a.size.symbol(c.ID)].Limit(a.trades, c.ID, c.Sell, c.Price, c.Quantity) // flows are valid
	return nil
}
