package books

import (
	"container/list"
	"strconv"

	"github.com/emirpasic/gods/trees/redblacktree"
	"github.com/shopspring/decimal"
)

// decimals is the design of the best known Go books: levels in a red-black tree
// by decimal, beside a map by the price's text, each a list of orders, which are
// found by a text in a map.
type decimals struct {
	sides  [2]decimalSide
	orders map[string]*list.Element
}

type decimalSide struct {
	tree   *redblacktree.Tree
	prices map[string]*decimalLevel
	sell   bool
}

type decimalLevel struct {
	price  decimal.Decimal
	volume decimal.Decimal
	orders *list.List
}

type decimalOrder struct {
	id       string
	sell     bool
	price    decimal.Decimal
	quantity decimal.Decimal
}

func compareDecimals(a, b any) int { return a.(decimal.Decimal).Cmp(b.(decimal.Decimal)) }

func newDecimals(int64, int64) Book {
	b := &decimals{orders: map[string]*list.Element{}}
	for i := range b.sides {
		b.sides[i] = decimalSide{redblacktree.NewWith(compareDecimals), map[string]*decimalLevel{}, i == 1}
	}
	return b
}

func (s *decimalSide) best() *decimalLevel {
	n := s.tree.Right()
	if s.sell {
		n = s.tree.Left()
	}
	if n == nil {
		return nil
	}
	return n.Value.(*decimalLevel)
}

func (b *decimals) Limit(dst []Match, id int64, sell bool, price, quantity int64) []Match {
	limit, left, name := decimal.New(price, 0), decimal.New(quantity, 0), strconv.FormatInt(id, 10)
	far := &b.sides[side(!sell)]
	for left.Sign() > 0 {
		l := far.best()
		if l == nil || sell && l.price.LessThan(limit) || !sell && l.price.GreaterThan(limit) {
			break
		}
		e := l.orders.Front()
		maker := e.Value.(*decimalOrder)
		q := decimal.Min(left, maker.quantity)
		left = left.Sub(q)
		maker.quantity = maker.quantity.Sub(q)
		l.volume = l.volume.Sub(q)
		number, _ := strconv.ParseInt(maker.id, 10, 64) // was formatted above
		dst = append(dst, Match{Maker: number, Taker: id, Price: l.price.IntPart(), Quantity: q.IntPart()})
		if maker.quantity.Sign() == 0 {
			b.drop(e)
		}
	}
	if left.Sign() > 0 {
		b.orders[name] = b.sides[side(sell)].rest(&decimalOrder{name, sell, limit, left})
	}
	return dst
}

func (s *decimalSide) rest(o *decimalOrder) *list.Element {
	text := o.price.String()
	l := s.prices[text]
	if l == nil {
		l = &decimalLevel{price: o.price, orders: list.New()}
		s.prices[text] = l
		s.tree.Put(o.price, l)
	}
	l.volume = l.volume.Add(o.quantity)
	return l.orders.PushBack(o)
}

func (b *decimals) drop(e *list.Element) {
	o := e.Value.(*decimalOrder)
	s := &b.sides[side(o.sell)]
	text := o.price.String()
	l := s.prices[text]
	l.volume = l.volume.Sub(o.quantity)
	l.orders.Remove(e)
	if l.orders.Len() == 0 {
		delete(s.prices, text)
		s.tree.Remove(o.price)
	}
	delete(b.orders, o.id)
}

func (b *decimals) Cancel(id int64) bool {
	e := b.orders[strconv.FormatInt(id, 10)]
	if e == nil {
		return false
	}
	b.drop(e)
	return true
}
