package books

import (
	"github.com/emirpasic/gods/trees/redblacktree"
	"github.com/tidwall/btree"
)

// bLadder keeps its levels in a B-tree, and the best one by its side.
type bLadder struct {
	levels btree.Map[int64, *level]
	sell   bool
	top    *level
}

func newBTree(int64, int64) Book { return newTreeBook(&bLadder{}, &bLadder{sell: true}) }

func (s *bLadder) best() *level { return s.top }

func (s *bLadder) get(price int64) *level {
	l, _ := s.levels.Get(price)
	return l
}

func (s *bLadder) put(l *level) {
	s.levels.Set(l.price, l)
	if s.top == nil || s.sell == (l.price < s.top.price) {
		s.top = l
	}
}

func (s *bLadder) remove(price int64) {
	s.levels.Delete(price)
	if s.top.price != price {
		return
	}
	if s.sell {
		_, s.top, _ = s.levels.Min()
	} else {
		_, s.top, _ = s.levels.Max()
	}
}

// redBlack keeps them in a red-black tree.
type redBlack struct {
	levels *redblacktree.Tree
	sell   bool
	top    *level
}

func compareTicks(a, b any) int {
	x, y := a.(int64), b.(int64)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func newRedBlack(int64, int64) Book {
	return newTreeBook(&redBlack{levels: redblacktree.NewWith(compareTicks)}, &redBlack{levels: redblacktree.NewWith(compareTicks), sell: true})
}

func (s *redBlack) best() *level { return s.top }

func (s *redBlack) get(price int64) *level {
	if v, ok := s.levels.Get(price); ok {
		return v.(*level)
	}
	return nil
}

func (s *redBlack) put(l *level) {
	s.levels.Put(l.price, l)
	if s.top == nil || s.sell == (l.price < s.top.price) {
		s.top = l
	}
}

func (s *redBlack) remove(price int64) {
	s.levels.Remove(price)
	if s.top.price != price {
		return
	}
	n := s.levels.Right()
	if s.sell {
		n = s.levels.Left()
	}
	s.top = nil
	if n != nil {
		s.top = n.Value.(*level)
	}
}
