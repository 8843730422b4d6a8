package wire

import (
	"math/bits"

	"poise/decimal"
)

// object reads the object at i into t: strictly, in any key order. The key that
// followed the last one the last time is tried first, so that an order seen
// before costs one comparison a key.
func (d *Decoder) object(i int, sp *spec, t target) int {
	if d.b[i] != '{' {
		return d.wrongType(i, "an object")
	}
	if !d.enter(i) {
		return -1
	}
	t.reset()
	p := t.parts()
	o := opened{start: i, parts: p}
	learned := &d.tab.next[sp.id]
	i = d.space(i + 1)
	if d.b[i] == '}' {
		d.depth--
		return d.close(i+1, sp, &o)
	}
	last := uint8(0)
	for {
		f := learned[last]
		if word(d.b, i)&sp.masks[f] == sp.words[f] {
			i = d.known(i, i+int(sp.sizes[f]), int(f), sp, t, &o)
			last = f + 1
		} else if j, known := d.lookup(i, sp); j < 0 {
			return -1
		} else if known >= 0 {
			learned[last] = uint8(known)
			i = d.known(i, j, known, sp, t, &o)
			last = uint8(known) + 1
		} else {
			i = d.unknown(i, j, sp, &o)
		}
		if i < 0 {
			return -1
		}
		if c := d.b[i]; c <= ' ' {
			i = skipSpace(d.b, i)
		}
		switch d.b[i] {
		case ',':
			i = d.space(i + 1)
			continue
		case '}':
			d.depth--
			return d.close(i+1, sp, &o)
		}
		return d.unexpected(i, "a comma or }")
	}
}

// opened is what is known of an object that is being read.
type opened struct {
	start int
	seen  Fields
	order uint64 // as in a layout
	count int    // known keys so far
	odd   uint64
	parts
}

// close ends an object: i is the offset behind it.
func (d *Decoder) close(i int, sp *spec, o *opened) int {
	if missing := sp.required &^ o.seen; missing != 0 {
		name := sp.names[bits.TrailingZeros64(uint64(missing))]
		d.failAt(o.start, ErrMissing, "the key "+name)
		d.fail.key = name
		return -1
	}
	*o.fields = o.seen
	if o.wide != nil {
		o.wide.odd = o.odd
	} else if o.layout != nil {
		*o.layout = layout(o.order | o.odd<<oddShift)
	}
	return i
}

// lookup reads a key and returns the offset behind it and its index, or -1 for
// an unknown one, whose text is then in d.key.
func (d *Decoder) lookup(i int, sp *spec) (int, int) {
	w := word(d.b, i)
	if w&0xFF != '"' {
		return d.unexpected(i, "a key"), -1
	}
	if q := zeroBytes(w>>8 ^ '"'*ones); q != 0 {
		size := bits.TrailingZeros64(q)>>3 + 2
		w &= lowBytes(size)
		for f := range sp.names {
			if sp.words[f] == w {
				return i + size, f
			}
		}
	}
	s, j := d.text(i)
	if j < 0 {
		return -1, -1
	}
	for f, name := range sp.names {
		if len(s) > 0 && string(s) == name {
			return j, f
		}
	}
	d.key = s
	return j, -1
}

// known reads the value of field f, whose key is at i and ends at j.
func (d *Decoder) known(i, j, f int, sp *spec, t target, o *opened) int {
	if o.seen>>f&1 != 0 {
		return d.failAt(i, ErrDuplicateKey, "each key once")
	}
	o.seen |= 1 << f
	if o.wide != nil {
		o.wide.order[o.count] = uint8(f + 1)
	} else {
		o.order |= uint64(f+1) << (4 * (o.count & 15))
	}
	o.count++
	if j = d.colon(j); j < 0 {
		return -1
	}
	odd, start := uint64(0), j
	switch sp.kinds[f] {
	case kindDecimal:
		j, odd = d.decimalField(j, t.ref(f).(*decimal.D))
	case kindWord:
		j = d.wordField(j, t.ref(f).(*string), &d.tab.recent[sp.id][f])
	case kindInt:
		j, odd = d.intField(j, t.ref(f).(*int64))
	case kindBool:
		j = d.boolean(j, t.ref(f).(*bool))
	case kindText:
		j = d.textField(j, t.ref(f).(*string), &d.tab.recent[sp.id][f])
	default:
		j, odd = d.special(j, f, sp, t)
	}
	o.odd |= odd << f
	if sp.row {
		d.tab.trace.add(f, start, j)
	}
	return j
}

// special reads the kinds of value that stand once in a message.
func (d *Decoder) special(i, f int, sp *spec, t target) (int, uint64) {
	switch sp.kinds[f] {
	case kindName:
		return d.name(i, t.ref(f).(*string)), 0
	case kindNote:
		return d.noteField(i, t.ref(f).(*string), &d.tab.recent[sp.id][f])
	case kindBalances:
		return d.balances(i, &d.ev.Account), 0
	case kindPositions:
		return d.positions(i, &d.ev.Account), 0
	case kindCalls:
		return d.calls(i, &d.ev.Call), 0
	case kindRows:
		return t.(interface {
			readRows(d *Decoder, f, i int) int
		}).readRows(d, f, i), 0
	case kindBody:
		t := t.ref(f).(target)
		return d.object(i, specOf(t), t), 0
	}
	return d.notNull(i), 0
}

// notNull reads any value but null.
func (d *Decoder) notNull(i int) int {
	end := d.skip(i)
	if end > 0 && d.b[i] == 'n' {
		return d.failAt(i, ErrType, "a value other than null")
	}
	return end
}

func specOf(t target) *spec {
	switch t.(type) {
	case *Account:
		return accountSpec
	case *Order:
		return orderSpec
	case *Config:
		return configSpec
	case *Mode:
		return modeSpec
	case *Strategy:
		return strategySpec
	case *Grid:
		return gridSpec
	}
	return algoSpec
}

// unknown keeps the key d.key, which is at i, and its value behind j.
func (d *Decoder) unknown(i, j int, sp *spec, o *opened) int {
	extra := *o.extra
	for n := range extra {
		if extra[n].Key == string(d.key) {
			return d.failAt(i, ErrDuplicateKey, "each key once")
		}
	}
	if len(extra)+o.count >= MaxKeys {
		return d.failAt(i, ErrLimit, "fewer keys")
	}
	key := d.keyText()
	start := d.colon(j)
	if start < 0 {
		return -1
	}
	end := d.skip(start)
	if end < 0 {
		return -1
	}
	e := Extra{Key: key, after: uint8(o.count)}
	if !sp.ignore {
		from := len(d.ev.memory)
		d.ev.memory = compact(d.ev.memory, d.b[start:end])
		e.Value = d.ev.memory[from:len(d.ev.memory):len(d.ev.memory)]
	}
	*o.extra = append(extra, e)
	return end
}

// keyText returns d.key as a string, one for all that are equal when short.
func (d *Decoder) keyText() string {
	if len(d.key) > maxInterned {
		return string(d.key)
	}
	var padded [32]byte
	copy(padded[:], d.key)
	padded[len(d.key)] = '"'
	k := internKey{word(padded[:], 0), word(padded[:], 8), word(padded[:], 16)}
	if s := d.tab.interned.find(k); s != nil {
		return *s
	}
	s := string(d.key)
	if plainEnd(padded[:], 0) == len(s) {
		d.tab.interned.put(k, s)
	}
	return s
}
