package wire

import (
	"encoding/binary"
	"math/bits"

	"poise/decimal"
)

// Rows in the documented and the recorded key order, compact, are nearly all
// that is ever sent. They are read straight through: the keys stand in the code,
// and each value is first tried as what it mostly is. A row that is not so, or
// has a number of unusual length, is left to the forms (fast.go). There is one
// function for each way a number is mostly written, so that the processor
// foretells each one's branches by themselves.

// straight is what reading rows straight through remembers.
type straight struct {
	near [nearSlots]nearSymbol
	last uint8  // the row before's place in near
	rows uint64 // read so far
	off  bool   // for tests

	// Rows to leave to the forms, after one that did not fit.
	skipBalances, skipPositions uint8
}

const (
	nearSlots = 256
	afterMiss = 15
	lost      = -1 << 32 // an offset that stays negative whatever is added to it
)

// nearSymbol is a symbol of 8 to 15 bytes by a hash of its bytes; a slot keeps
// the last one.
type nearSymbol struct {
	first, second, mask uint64 // the text and its quote
	size                int
	text                string
}

// The keys, with the quotes beside them; two quotes do not fit beside bep.
var (
	symbolStart   = pack(`{"s":"`)
	assetStart    = pack(`{"a":"`)
	walletKey     = pack(`","wb":"`)
	crossKey      = pack(`","cw":"`)
	changeKey     = pack(`","bc":"`)
	amountKey     = pack(`","pa":"`)
	entryKey      = pack(`","ep":"`)
	breakEvenKey  = pack(`,"bep":"`)
	breakEvenThen = pack(`","bep":`)
	realizedKey   = pack(`","cr":"`)
	unrealizedKey = pack(`","up":"`)
	marginKey     = pack(`","mt":"`)
	iwKey         = pack(`","iw":"`)
	sideKey       = pack(`","ps":"`)
	assetKey      = pack(`","ma":"`)
	flatAmount    = pack(`0","ep":`) // of a row without a position, up to cr
	flatEntry     = pack(`"0.0","b`)
	flatBreakEven = pack(`ep":"0.0`)
	flatMargin    = pack(`0","mt":`)
)

const rowEnd = '"' | '}'<<8

// factors and powers are those of widths apart: an index needs no shift.
var factors, powers = func() (f, p [16]uint64) {
	for n, w := range widths {
		f[n], p[n] = w.factor, w.power
	}
	return f, p
}()

// least are the least coefficients of a number of so many digits before the
// point, but for 0, so that a smaller one has a zero too many, or no digit.
var least = [16]uint64{1 << 63, 0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7}

// minus is a minus sign among digits less '0'.
const minus = '-' ^ '0'

// number reads a decimal behind a key, and returns the offset behind it, or
// lost. A minus sign is made a zero, which takes no branch.
func (w *view) number(j int, key uint64, out *decimal.D) int {
	p := (*[wide]byte)(w[j&(window-1) : j&(window-1)+wide])
	x, neg := binary.LittleEndian.Uint64(p[8:16])^'0'*ones, uint64(0)
	if byte(x) == minus {
		neg = 1
	}
	x ^= -neg & minus
	other := (x + 0x76*ones | x) & highs
	if other == 0 || binary.LittleEndian.Uint64(p[:8]) != key {
		return lost
	}
	n := uint64(bits.TrailingZeros64(other)) >> 3
	c := digits8(x * factors[n])
	if c < least[(n-neg)&15] {
		return lost
	}
	if p[8+n] != '.' {
		*out = decimal.FromSmall(neg, c, 0)
		return j + int(8+n)
	}
	m, x := leading(binary.LittleEndian.Uint64(p[9+n : 17+n]))
	if m == 0 {
		return lost
	}
	*out = decimal.FromSmall(neg, c*powers[m]+digits8(x*factors[m]), m)
	return j + int(9+n+m)
}

// price is number for one that has a point and is positive.
func (w *view) price(j int, key uint64, out *decimal.D) int {
	p := (*[wide]byte)(w[j&(window-1) : j&(window-1)+wide])
	x := binary.LittleEndian.Uint64(p[8:16]) ^ '0'*ones
	other := (x + 0x76*ones | x) & highs
	if other == 0 || binary.LittleEndian.Uint64(p[:8]) != key {
		return lost
	}
	n := uint64(bits.TrailingZeros64(other)) >> 3
	y := binary.LittleEndian.Uint64(p[9+n:17+n]) ^ '0'*ones
	other = (y + 0x76*ones | y) & highs
	c := digits8(x * factors[n])
	if other == 0 || p[8+n] != '.' || c < least[n] {
		return w.number(j, key, out)
	}
	m := uint64(bits.TrailingZeros64(other)) >> 3
	if m == 0 {
		return lost
	}
	*out = decimal.FromSmall(0, c*powers[m]+digits8(y*factors[m]), m)
	return j + int(9+n+m)
}

// money is number for one with 8 digits behind the point, or for 0.
func (w *view) money(j int, key uint64, out *decimal.D) int {
	p := (*[wide]byte)(w[j&(window-1) : j&(window-1)+wide])
	x, neg := binary.LittleEndian.Uint64(p[8:16])^'0'*ones, uint64(0)
	if x&0xFFFF == ('"'^'0')<<8 && binary.LittleEndian.Uint64(p[:8]) == key {
		*out = decimal.D{}
		return j + 9
	}
	if byte(x) == minus {
		neg = 1
	}
	x ^= -neg & minus
	other := (x + 0x76*ones | x) & highs
	if other == 0 || binary.LittleEndian.Uint64(p[:8]) != key {
		return lost
	}
	n := uint64(bits.TrailingZeros64(other)) >> 3
	y := binary.LittleEndian.Uint64(p[9+n:17+n]) ^ '0'*ones
	c := digits8(x * factors[n])
	if p[8+n] != '.' || (y+0x76*ones|y)&highs != 0 || c < least[(n-neg)&15] {
		return w.number(j, key, out)
	}
	*out = decimal.FromSmall(neg, c*1e8+digits8(y), 8)
	return j + int(17+n)
}

// straightBalances reads rows of B from i on as far as they are straight, and
// returns the offset behind the last one.
func (d *Decoder) straightBalances(i int, rows []Balance) ([]Balance, int) {
	st := &d.tab.straight
	if st.skipBalances != 0 || st.off {
		st.skipBalances -= min(st.skipBalances, 1)
		return rows, i
	}
	all, k, at := rows[:min(cap(rows), MaxRows)], len(rows), i
	for k < len(all) {
		w := (*view)(d.b[at:])
		if w.at(0)&lowBytes(6) != assetStart {
			break
		}
		size := d.straightBalance(w, &all[k])
		if size == 0 {
			st.skipBalances = afterMiss
			break
		}
		k++
		at += size + 1 // behind the comma, if there is one
		if w.at(size)&0xFFFF != nextRow {
			break
		}
	}
	if k == len(rows) {
		return rows, i
	}
	st.rows += uint64(k - len(rows))
	d.stats.FastRows += uint64(k - len(rows))
	return all[:k], at - 1
}

// straightBalance reads a row of B and returns its length, or 0.
func (d *Decoder) straightBalance(w *view, row *Balance) int {
	x := w.at(6)
	q := zeroBytes(x ^ '"'*ones)
	x &= q ^ (q - 1) // up to the quote, which is the lowest mark
	a := &d.tab.assets[x*internMix1>>58]
	if a.word != x || q == 0 {
		if a = d.otherAsset(w, x, q); a == nil {
			return 0
		}
	}
	j := w.money(6+bits.TrailingZeros64(q)>>3, walletKey, &row.Wallet)
	j = w.money(j, crossKey, &row.Cross)
	fields, order := BalanceAsset|BalanceWallet|BalanceCross, layout(0x321)
	if w.at(j)&0xFFFF != rowEnd {
		j = w.money(j, changeKey, &row.Change)
		fields, order = fields|BalanceChange, 0x4321
	} else {
		row.Change = decimal.D{}
	}
	if j < 0 || w.at(j)&0xFFFF != rowEnd {
		return 0
	}
	row.Asset = a.text
	row.Fields, row.layout = fields, order
	if len(row.Extra) != 0 {
		row.Extra = row.Extra[:0]
	}
	return j + 2
}

// otherAsset learns the asset x of a row, whose quotes q marks.
func (d *Decoder) otherAsset(w *view, x, q uint64) *assetEntry {
	if q == 0 || q&0x80 != 0 {
		return nil
	}
	text := d.interned(w, 6, internKey{w0: x}, bits.TrailingZeros64(q)>>3)
	if text == nil {
		return nil
	}
	a := &d.tab.assets[x*internMix1>>58]
	a.word, a.text = x, *text
	return a
}

// straightPositions reads rows of P from i on as far as they are straight, and
// returns the offset behind the last one.
func (d *Decoder) straightPositions(i int, rows []Position) ([]Position, int) {
	st := &d.tab.straight
	if st.skipPositions != 0 || st.off {
		st.skipPositions -= min(st.skipPositions, 1)
		return rows, i
	}
	all, k, at := rows[:min(cap(rows), MaxRows)], len(rows), i
	for k < len(all) {
		w := (*view)(d.b[at:])
		if w.at(0)&lowBytes(6) != symbolStart {
			break
		}
		size := d.straightPosition(w, &all[k])
		if size == 0 {
			st.skipPositions = afterMiss
			break
		}
		k++
		at += size + 1 // behind the comma, if there is one
		if w.at(size)&0xFFFF != nextRow {
			break
		}
	}
	if k == len(rows) {
		return rows, i
	}
	st.rows += uint64(k - len(rows))
	d.stats.FastRows += uint64(k - len(rows))
	return all[:k], at - 1
}

// straightPosition reads a row of P and returns its length, or 0.
func (d *Decoder) straightPosition(w *view, row *Position) int {
	st := &d.tab.straight
	s := &st.near[st.last]
	if w.at(6) != s.first || w.at(14)&s.mask != s.second {
		if s = d.otherSymbol(w); s == nil {
			return 0
		}
	}
	j := 6 + s.size
	order := layout(0x978654321)
	if w.at(j+8) == flatAmount && w.at(j) == amountKey && w.at(j+16) == flatEntry && w.at(j+24) == flatBreakEven {
		row.Amount = decimal.D{}
		row.EntryPrice, row.BreakEven = decimal.FromSmall(0, 0, 1), decimal.FromSmall(0, 0, 1)
		j += 32
	} else {
		j = w.price(w.number(j, amountKey, &row.Amount), entryKey, &row.EntryPrice)
		if w.at(j) == breakEvenThen {
			j = w.price(j+1, breakEvenKey, &row.BreakEven)
		} else {
			row.BreakEven = decimal.D{}
			order = 0x97865321
		}
	}
	j = w.money(j, realizedKey, &row.Realized)
	j = w.money(j, unrealizedKey, &row.Unrealized)
	x := w.at(j + 8)
	margin := &chosen[0].of[x>>3&1]
	if w.at(j) != marginKey || x&margin.mask != margin.word {
		return 0
	}
	j = w.money(j+8+margin.size, iwKey, &row.IsolatedWallet)
	x = w.at(j + 8)
	side := &chosen[1].of[x&3]
	if w.at(j) != sideKey || x&side.mask != side.word || j < 0 {
		return 0
	}
	j += 8 + side.size
	row.Symbol, row.MarginType, row.Side, row.MarginAsset = s.text, margin.text, side.text, ""
	row.Fields, row.layout = PositionMarginAsset-1, order
	if len(row.Extra) != 0 {
		row.Extra = row.Extra[:0]
	}
	if order == 0x97865321 || w.at(j)&0xFFFF != rowEnd {
		return d.straightTail(w, j, row)
	}
	return j + 2
}

// straightTail reads ma and bep, which stand last in recorded rows, or not at
// all.
func (d *Decoder) straightTail(w *view, j int, row *Position) int {
	if row.layout != 0x97865321 {
		return 0
	}
	row.Fields &^= PositionBreakEven
	if w.at(j) == assetKey {
		var v values
		n := d.asset(w, j+8, w.at(j+8), &v)
		if n == 0 {
			return 0
		}
		row.MarginAsset = d.tab.assets[v.asset&63].text
		row.Fields |= PositionMarginAsset
		row.layout = 0xA97865321
		if j += 8 + n; w.at(j) == breakEvenThen {
			row.Fields |= PositionBreakEven
			row.layout = 0x4A97865321
			j = w.price(j+1, breakEvenKey, &row.BreakEven)
		}
	}
	if j < 0 || w.at(j)&0xFFFF != rowEnd {
		return 0
	}
	return j + 2
}

// otherSymbol finds a row's symbol among those seen before, or learns it.
func (d *Decoder) otherSymbol(w *view) *nearSymbol {
	x, y := w.at(6), w.at(14)
	q := zeroBytes(y ^ '"'*ones)
	if q == 0 || zeroBytes(x^'"'*ones) != 0 {
		return nil
	}
	mask := q ^ (q - 1) // up to the quote, which is the lowest mark
	y &= mask
	slot := uint8((x ^ bits.RotateLeft64(y, 29)) * internMix1 >> 56)
	s := &d.tab.straight.near[slot]
	if s.first != x || s.second != y {
		n := 8 + bits.TrailingZeros64(q)>>3
		text := d.interned(w, 6, internKey{w0: x, w1: y}, n)
		if text == nil {
			return nil
		}
		*s = nearSymbol{x, y, mask, n, *text}
	}
	d.tab.straight.last = slot
	return s
}
