package store

import (
	"cmp"
	"slices"
)

// rowSet holds rows of one table until they are written, in groups: those of
// one group follow each other in the table. Groups are written in order, so
// that neighbours in the table are written together.
type rowSet struct {
	width  int
	cells  []cell  // width a row
	next   []int32 // by row: the next one of its group, or 0
	groups []rowGroup
	index  map[rowKey]int32
}

// rowKey names a group: an account, and what in it.
type rowKey struct {
	account, name, side string
	id                  uint64
}

func (k *rowKey) compare(o *rowKey) int {
	return cmp.Or(cmp.Compare(k.account, o.account), cmp.Compare(k.name, o.name), cmp.Compare(k.side, o.side), cmp.Compare(k.id, o.id))
}

type rowGroup struct {
	key         rowKey
	first, last int32 // rows
	latest      int32 // the row that was put last
	same        int32 // the first row with the last one's position; see put
}

func newRowSet(width int) *rowSet { return &rowSet{width: width, index: map[rowKey]int32{}} }

func (s *rowSet) reset() {
	s.cells, s.next, s.groups = s.cells[:0], s.next[:0], s.groups[:0]
	clear(s.index)
}

func (s *rowSet) row(i int32) []cell { return s.cells[int(i)*s.width : (int(i)+1)*s.width] }

// last returns the last row of a group, nil if it has none.
func (s *rowSet) last(k rowKey) []cell {
	if g, ok := s.index[k]; ok {
		return s.row(s.groups[g].last)
	}
	return nil
}

// add adds a row at the end of a group.
func (s *rowSet) add(k rowKey, cells ...cell) {
	row := int32(len(s.next))
	s.cells = append(s.cells, cells...)
	s.next = append(s.next, 0)
	g, ok := s.index[k]
	if !ok {
		s.index[k] = int32(len(s.groups))
		s.groups = append(s.groups, rowGroup{k, row, row, row, row})
		return
	}
	s.next[s.groups[g].last] = row
	s.groups[g].last, s.groups[g].latest = row, row
}

// hold makes a row the only one of its group.
func (s *rowSet) hold(k rowKey, cells ...cell) {
	if before := s.last(k); before != nil {
		copy(before, cells)
		return
	}
	s.add(k, cells...)
}

// put adds a row at the end of a group, or instead of one of it with the same
// time and position: the columns from the at-th on.
func (s *rowSet) put(k rowKey, at int, cells ...cell) {
	if g, ok := s.index[k]; ok {
		for row := s.groups[g].same; ; row = s.next[row] {
			before := s.row(row)
			if before[at+1].num != cells[at+1].num {
				break
			}
			if before[at].num == cells[at].num {
				copy(before, cells)
				s.groups[g].latest = row
				return
			}
			if row == s.groups[g].last {
				break
			}
		}
	}
	s.add(k, cells...)
	g := &s.groups[s.index[k]]
	if s.row(g.same)[at+1].num != cells[at+1].num {
		g.same = g.last
	}
}

// sort puts the groups in order.
func (s *rowSet) sort() {
	slices.SortFunc(s.groups, func(a, b rowGroup) int { return a.key.compare(&b.key) })
}

// all is every row, by group. The set must be sorted, and is done with.
func (s *rowSet) all() []int32 {
	rows := make([]int32, 0, len(s.next))
	for _, g := range s.groups {
		for row := g.first; ; row = s.next[row] {
			rows = append(rows, row)
			if row == g.last {
				break
			}
		}
	}
	return rows
}

// latest is the row of each group that was put last.
func (s *rowSet) latest() []int32 {
	rows := make([]int32, len(s.groups))
	for i, g := range s.groups {
		rows[i] = g.latest
	}
	return rows
}
