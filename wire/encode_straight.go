package wire

import (
	"encoding/binary"
	"math/bits"

	"poise/decimal"
)

// Rows of the documented and the recorded key order are written straight down,
// as they are read (straight.go). Whatever is unusual about a row makes a
// function return lost, and the row is then written by its shape or its spec.

const (
	documentedOrder = layout(0x978654321)  // s pa ep bep cr up mt iw ps
	recordedOrder   = layout(0x97865321)   // s pa ep cr up mt iw ps
	withAsset       = layout(0xA97865321)  // and ma
	withBreakEven   = layout(0x4A97865321) // and bep

	recordedFields = PositionMarginAsset - 1 - PositionBreakEven
)

// cell is a bound of one value's bytes in a page, and the key before it.
type cell [48]byte

func (p *page) cell(j int) *cell {
	j &= rowRoom - 1
	return (*cell)(p[j : j+48])
}

// scales tell how numbers of each scale are written: their coefficient must be
// below limit, to have at most 8 digits before the point, where a bit in the
// first digit that must be written keeps zeros from being stripped. The limit is
// 0 for scales above 8.
var scales = func() (t [32]struct{ limit, power, first uint64 }) {
	for n := range 9 {
		t[n].limit, t[n].power = 1e8*powers[n], powers[8-n]
		t[n].first = 1 << 56 >> (8 * n & 63)
	}
	return t
}()

// field writes a key and a decimal of at most 8 digits before the point and 8
// behind it, and returns its end.
func (p *page) field(j int, key uint64, v decimal.D) int {
	q := p.cell(j)
	binary.LittleEndian.PutUint64(q[:8], key)
	if v == (decimal.D{}) {
		q[8] = '0'
		return j + 9
	}
	neg, c, scale, ok := v.Small()
	s := &scales[scale]
	if !ok || c >= s.limit {
		return lost
	}
	q[8] = '-'
	j += int(neg)
	q = p.cell(j)
	if scale != 8 {
		if c < 1e8 {
			t := text8(c)
			zeros := bits.TrailingZeros64(t^'0'*ones|s.first) & 0x38
			n := 8 - zeros>>3 - int(scale)
			t >>= zeros
			binary.LittleEndian.PutUint64(q[8:16], t)
			if scale == 0 {
				return j + 8 + n
			}
			q[(8+n)&31] = '.'
			binary.LittleEndian.PutUint64(q[(9+n)&31:(9+n)&31+8], t>>(8*n&63))
			return j + 9 + n + int(scale)
		}
		c *= s.power // as of scale 8
	}
	whole := c / 1e8
	t := text8(whole)
	zeros := bits.TrailingZeros64(t^'0'*ones|1<<56) & 0x38
	n := 8 - zeros>>3
	binary.LittleEndian.PutUint64(q[8:16], t>>zeros)
	q[(8+n)&31] = '.'
	binary.LittleEndian.PutUint64(q[(9+n)&31:(9+n)&31+8], text8(c-whole*1e8))
	return j + 9 + n + int(scale)
}

// known is one of the few texts of a field, of 4 to 8 bytes.
type known struct {
	ends uint64 // its first and last 4 bytes
	size int
	word uint64 // with what stands behind it
}

func newKnown(text, behind string) known {
	return known{pack(text[:4] + text[len(text)-4:]), len(text), pack((text + behind)[:min(8, len(text+behind))])}
}

var (
	knownMargins = [16]known{len(MarginCross): newKnown(MarginCross, ""), len(MarginIsolated): newKnown(MarginIsolated, "")}
	knownSides   = [8]known{'B' & 7: newKnown(SideBoth, `"},`), 'L' & 7: newKnown(SideLong, `"},`), 'S' & 7: newKnown(SideShort, `"},`)}
)

// usual reports whether the row is of an order that is written straight, and
// which one.
func (row *Position) usual() (documented, ok bool) {
	if row.layout == documentedOrder {
		return true, row.Fields == PositionMarginAsset-1 && len(row.Extra) == 0
	}
	order := layout(0)
	switch row.Fields {
	case recordedFields:
		order = recordedOrder
	case recordedFields | PositionMarginAsset:
		order = withAsset
	case recordedFields | PositionMarginAsset | PositionBreakEven:
		order = withBreakEven
	}
	return false, order != 0 && (row.layout == order || row.layout == 0) && len(row.Extra) == 0
}

// put writes a row and the comma behind it, and returns its end, or less than
// 0 when it is of another kind.
func (row *Position) put(p *page) int {
	documented, ok := row.usual()
	margin, side := row.MarginType, row.Side
	if !ok || len(margin) < 4 || len(side) < 4 {
		return lost
	}
	x := load4(side)
	m, s := &knownMargins[len(margin)&15], &knownSides[x&7]
	if m.size != len(margin) || load4(margin)|load4(margin[len(margin)-4:])<<32 != m.ends ||
		s.size != len(side) || x|load4(side[len(side)-4:])<<32 != s.ends {
		return lost
	}
	p.put(0, symbolStart)
	j := p.text(6, row.Symbol)
	if documented && row.Amount == (decimal.D{}) && row.EntryPrice == shortZero && row.BreakEven == shortZero {
		p.put(j, amountKey)
		p.put(j+8, flatAmount)
		p.put(j+16, flatEntry)
		p.put(j+24, flatBreakEven)
		j += 32
	} else {
		j = p.field(j, amountKey, row.Amount)
		j = p.field(j, entryKey, row.EntryPrice)
		if documented {
			p.put(j, '"')
			j = p.field(j+1, breakEvenKey, row.BreakEven)
		}
	}
	j = p.field(j, realizedKey, row.Realized)
	j = p.field(j, unrealizedKey, row.Unrealized)
	p.put(j, marginKey)
	p.put(j+8, m.word)
	j = p.field(j+8+m.size, iwKey, row.IsolatedWallet)
	p.put(j, sideKey)
	p.put(j+8, s.word)
	j += 8 + s.size
	if row.Fields&PositionMarginAsset != 0 {
		return row.putTail(p, j)
	}
	return j + 3
}

// shortZero is the price of a flat row.
var shortZero = decimal.New(0, 1)

// putTail writes ma, and bep if it is there.
func (row *Position) putTail(p *page, j int) int {
	if j < 0 {
		return lost
	}
	p.put(j, assetKey)
	j = p.text(j+8, row.MarginAsset)
	if row.Fields&PositionBreakEven != 0 {
		p.put(j, '"')
		j = p.field(j+1, breakEvenKey, row.BreakEven)
	}
	p.put(j, '"'|'}'<<8|','<<16)
	return j + 3
}

// put writes a row and the comma behind it, and returns its end, or less than
// 0 when it is of another kind.
func (row *Balance) put(p *page) int {
	const usual = BalanceAsset | BalanceWallet | BalanceCross
	switch {
	case len(row.Extra) != 0:
		return lost
	case row.Fields == usual|BalanceChange && (row.layout == 0x4321 || row.layout == 0):
	case row.Fields == usual && (row.layout == 0x321 || row.layout == 0):
	default:
		return lost
	}
	p.put(0, assetStart)
	j := p.text(6, row.Asset)
	if j < 0 {
		return lost
	}
	j = p.field(j, walletKey, row.Wallet)
	j = p.field(j, crossKey, row.Cross)
	if row.Fields&BalanceChange != 0 {
		j = p.field(j, changeKey, row.Change)
	}
	p.put(j, '"'|'}'<<8|','<<16)
	return j + 3
}
