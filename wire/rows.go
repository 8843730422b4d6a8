package wire

import "slices"

// balances reads B.
func (d *Decoder) balances(i int, a *Account) int {
	rows, fast, end := a.Balances[:0], uint64(0), false
	if word(d.b, i)&0xFFFF != firstRow || cap(rows) == 0 {
		i, end = d.openRows(i)
	} else {
		if rows, i = d.straightBalances(i+1, rows); d.b[i] == ']' {
			a.Balances = rows
			return i + 1
		}
		d.depth++
		if len(rows) > 0 {
			i, end = d.next(i, ']', "a comma or ]")
		}
	}
	for !end && i >= 0 {
		if len(rows) == cap(rows) {
			rows = slices.Grow(rows, 1)
		}
		if word(d.b, i)&lowBytes(6) == assetStart {
			start := i
			if rows, i = d.straightBalances(i, rows); i != start {
				i, end = d.next(i, ']', "a comma or ]")
				continue
			}
		}
		if len(rows) == MaxRows {
			return d.failAt(i, ErrLimit, "fewer elements")
		}
		rows = oneMore(rows)
		row := &rows[len(rows)-1]
		if j := d.fastBalance(i, row); j != 0 {
			fast++
			i = j
		} else if i = d.strictBalance(i, row); i < 0 {
			return -1
		}
		if word(d.b, i)&0xFFFF == nextRow {
			i++
			continue
		}
		i, end = d.next(i, ']', "a comma or ]")
	}
	a.Balances = rows
	d.stats.FastRows += fast
	return i
}

// strictBalance reads a row of any form and learns it.
func (d *Decoder) strictBalance(i int, row *Balance) int {
	d.stats.StrictRows++
	d.tab.trace.count = 0
	end := d.object(i, balanceSpec, row)
	if end > 0 && len(row.Extra) == 0 {
		d.learn(&d.tab.balances, i, end, balanceWhats, row.Fields, row.layout)
	}
	return end
}

// positions reads P.
func (d *Decoder) positions(i int, a *Account) int {
	rows, fast, end := a.Positions[:0], uint64(0), false
	if word(d.b, i)&0xFFFF != firstRow || cap(rows) == 0 {
		i, end = d.openRows(i)
	} else {
		if rows, i = d.straightPositions(i+1, rows); d.b[i] == ']' {
			a.Positions = rows
			return i + 1
		}
		d.depth++
		if len(rows) > 0 {
			i, end = d.next(i, ']', "a comma or ]")
		}
	}
	for !end && i >= 0 {
		if len(rows) == cap(rows) {
			rows = slices.Grow(rows, 1)
		}
		if word(d.b, i)&lowBytes(6) == symbolStart {
			start := i
			if rows, i = d.straightPositions(i, rows); i != start {
				i, end = d.next(i, ']', "a comma or ]")
				continue
			}
		}
		if len(rows) == MaxRows {
			return d.failAt(i, ErrLimit, "fewer elements")
		}
		rows = oneMore(rows)
		row := &rows[len(rows)-1]
		if j := d.fastPosition(i, row); j != 0 {
			fast++
			i = j
		} else if i = d.strictPosition(i, row); i < 0 {
			return -1
		}
		if word(d.b, i)&0xFFFF == nextRow {
			i++
			continue
		}
		i, end = d.next(i, ']', "a comma or ]")
	}
	a.Positions = rows
	d.stats.FastRows += fast
	return i
}

// strictPosition reads a row of any form and learns it.
func (d *Decoder) strictPosition(i int, row *Position) int {
	d.stats.StrictRows++
	d.tab.trace.count = 0
	end := d.object(i, positionSpec, row)
	if end > 0 && len(row.Extra) == 0 {
		d.learn(&d.tab.positions, i, end, positionWhats, row.Fields, row.layout)
	}
	return end
}

// calls reads p of a MARGIN_CALL.
func (d *Decoder) calls(i int, c *Call) int {
	i, end := d.openRows(i)
	for n := 0; !end && i >= 0; n++ {
		if n == MaxRows {
			return d.failAt(i, ErrLimit, "fewer elements")
		}
		c.Positions = oneMore(c.Positions)
		if i = d.object(i, callSpec, &c.Positions[n]); i < 0 {
			return -1
		}
		if word(d.b, i)&0xFFFF == nextRow {
			i++
			continue
		}
		i, end = d.next(i, ']', "a comma or ]")
	}
	return i
}

const (
	firstRow = '[' | '{'<<8
	nextRow  = ',' | '{'<<8
)

// openRows reads the start of an array, and reports whether it is empty and
// read whole.
func (d *Decoder) openRows(i int) (int, bool) {
	if d.b[i] != '[' {
		return d.wrongType(i, "an array"), false
	}
	if !d.enter(i) {
		return -1, false
	}
	if i = d.space(i + 1); d.b[i] == ']' {
		d.depth--
		return i + 1, true
	}
	return i, false
}

// oneMore makes s longer by one element, whose old content stays for its
// memory; the caller overwrites it.
func oneMore[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}
