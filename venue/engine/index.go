package engine

// index finds values by id: open addressing with linear probing, and no hash: ids
// are given one after the other, so they fill the table evenly and neighbours in
// time are neighbours in memory. The zero value is empty; id 0 cannot be stored.
type index[T any] struct {
	cells []cell[T]
	count int
}

type cell[T any] struct {
	id    int64
	value *T
}

func (x *index[T]) home(id int64) int { return int(id) & (len(x.cells) - 1) }

func (x *index[T]) get(id int64) *T {
	if x.count == 0 {
		return nil
	}
	for i := x.home(id); ; i = (i + 1) & (len(x.cells) - 1) {
		switch c := &x.cells[i]; c.id {
		case id:
			return c.value
		case 0:
			return nil
		}
	}
}

// put stores a value under an id that is not stored.
func (x *index[T]) put(id int64, v *T) {
	if 2*(x.count+1) > len(x.cells) {
		old := x.cells
		x.cells = make([]cell[T], max(64, 2*len(old)))
		for i := range old {
			if old[i].id != 0 {
				x.place(old[i].id, old[i].value)
			}
		}
	}
	x.place(id, v)
	x.count++
}

func (x *index[T]) place(id int64, v *T) {
	i := x.home(id)
	for x.cells[i].id != 0 {
		i = (i + 1) & (len(x.cells) - 1)
	}
	x.cells[i] = cell[T]{id, v}
}

// remove takes an id out and moves up those that were pushed past it.
func (x *index[T]) remove(id int64) {
	if x.count == 0 {
		return
	}
	mask := len(x.cells) - 1
	i := x.home(id)
	for x.cells[i].id != id {
		if x.cells[i].id == 0 {
			return
		}
		i = (i + 1) & mask
	}
	x.count--
	for j := i; ; {
		j = (j + 1) & mask
		if x.cells[j].id == 0 {
			break
		}
		if home := x.home(x.cells[j].id); (j-home)&mask >= (j-i)&mask {
			x.cells[i] = x.cells[j]
			i = j
		}
	}
	x.cells[i] = cell[T]{}
}
