package books

import (
	"poise/bench/pair"
	"poise/venue/engine"
)

// Match is a trade: of ours, so that no side copies it.
type Match = engine.Match

// Book matches limit orders by price, then time.
type Book interface {
	// Limit trades an order and rests what is left. It appends the trades to dst.
	Limit(dst []Match, id int64, sell bool, price, quantity int64) []Match
	// Cancel takes an order out, and reports whether it was still open.
	Cancel(id int64) bool
}

// Design makes books of one kind; prices will be from low to high.
type Design struct {
	Name  string
	Limit bool // a limit of what is possible rather than a peer
	New   func(low, high int64) Book
}

// Ours is this project's.
func Ours() Design { return Design{Name: "ours", New: newOurs} }

// Peers are the designs that public Go order books have.
func Peers() []Design {
	return []Design{
		{Name: "red-black tree, decimals, texts as ids", New: newDecimals},
		{Name: "red-black tree", New: newRedBlack},
		{Name: "B-tree", New: newBTree},
	}
}

// Limits are faster than what an exchange can use.
func Limits() []Design {
	return []Design{{Name: "array of all prices, ids as its indices", Limit: true, New: newArray}}
}

// Op runs a flow's commands; the flow may be run again and again.
func (d Design) Op(f Flow) pair.Op[Command] {
	var b Book
	var trades []Match
	return func(c Command) error {
		if c.First {
			b = d.New(f.Low, f.High)
		}
		if c.Cancel != 0 {
			b.Cancel(c.Cancel)
			return nil
		}
		trades = b.Limit(trades[:0], c.ID, c.Sell, c.Price, c.Quantity)
		return nil
	}
}
