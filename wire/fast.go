package wire

import (
	"encoding/binary"

	"poise/decimal"
)

// The fast way compares the bytes with the exchange's own layout, a word at a
// time, instead of parsing: the text between two values is known, so it is one
// or two comparisons. A row that is not exactly so is left to the strict way.
// Everything accepted here is accepted there with the same result.

// view is a window of the message with its padding. Offsets into it are masked
// to its size, which costs less than a check of bounds; they never reach it,
// since a row's parts are bounded.
type view [window + 8]byte

// at loads the word at j.
func (w *view) at(j int) uint64 {
	j &= window - 1
	return binary.LittleEndian.Uint64(w[j : j+8])
}

// step is one value of a row: the text before it, and where it goes. The text
// is 8 or 9 bytes, so its first and its last 8 are all of it.
type step struct {
	first, last uint64
	size        int
	slot        int // of a decimal; margin for mt
}

const (
	slots  = 7
	margin = slots - 1 // the slot that says that the value is mt
)

// newSteps builds the steps of the keys, which go to slots in the given order.
func newSteps(keys []string, slot []int) (steps []step) {
	for n, key := range keys {
		text := `","` + key + `":"`
		steps = append(steps, step{pack(text[:8]), pack(text[len(text)-8:]), len(text), slot[n]})
	}
	return steps
}

var (
	balanceSteps    = newSteps([]string{"wb", "cw", "bc"}, []int{0, 1, 2})
	documentedSteps = newSteps([]string{"pa", "ep", "bep", "cr", "up", "mt", "iw"}, []int{0, 1, 2, 3, 4, margin, 5})
	recordedSteps   = newSteps([]string{"pa", "ep", "cr", "up", "mt", "iw"}, []int{0, 1, 3, 4, margin, 5})
	lateSteps       = newSteps([]string{"bep"}, []int{2})
)

// choice is one of the few texts of a value, and its closing quote.
type choice struct {
	word, mask uint64
	size       int // without the quote
	text       string
}

func newChoice(text string) choice {
	return choice{pack(text), lowBytes(len(text)), len(text), text}
}

var (
	// marginTypes are found by bit 3 of the first letter.
	marginTypes = [2]choice{newChoice(MarginCross), newChoice(MarginIsolated)}
	// sides are found by the low two bits of the first letter.
	sides = [4]choice{newChoice(SideLong), {word: 1}, newChoice(SideBoth), newChoice(SideShort)}
)

// values are what the steps of a row yield.
type values struct {
	decimals [slots]decimal.D
	margin   *choice
	late     bool // bep came last
}

// run reads the values of steps from j on and returns the offset of the last
// one's closing quote, or 0 when something is not as expected.
func (w *view) run(j int, steps []step, out *values) int {
	for k := range steps {
		s := &steps[k]
		if w.at(j) != s.first || w.at(j+s.size-8) != s.last {
			return 0
		}
		j += s.size
		if s.slot == margin {
			c := &marginTypes[w[j&(window-1)]>>3&1]
			if w.at(j)&c.mask != c.word {
				return 0
			}
			out.margin, j = c, j+c.size
			continue
		}
		neg := 0
		if w[j&(window-1)] == '-' {
			neg = 1
		}
		j += neg
		n, t := leading(w.at(j))
		if n == 0 || n > 1 && t&0xFF == 0 {
			return 0
		}
		v := digits8(t << (64 - 8*n))
		j += int(n)
		scale := uint64(0)
		if w[j&(window-1)] == '.' {
			scale, t = leading(w.at(j + 1))
			if scale == 0 {
				return 0
			}
			v = v*pow10[scale&15] + digits8(t<<(64-8*scale))
			j += int(scale) + 1
		}
		out.decimals[s.slot&7%slots] = decimal.FromSmall(uint64(neg), v, scale)
	}
	return j
}

// lastSymbol is the symbol of the row before, which is mostly the next one's:
// three sides of one symbol stand together.
type lastSymbol struct {
	key          internKey
	mask0, mask1 uint64
	mask2        uint64
	size         int
	text         string
}

// symbol finds the text that starts at j among those seen before, and its
// length; 0 when it is new.
func (d *Decoder) symbol(w *view, j int) int {
	last := &d.tab.symbol
	if last.size != 0 && w.at(j)&last.mask0 == last.key.w0 && w.at(j+8)&last.mask1 == last.key.w1 &&
		w.at(j+16)&last.mask2 == last.key.w2 {
		return last.size
	}
	k, n := keyAt(w[:], j)
	if n == 0 {
		return 0
	}
	s := d.tab.interned.find(k)
	if s == nil {
		return 0
	}
	size := n + 1 // with the quote
	*last = lastSymbol{key: k, size: n, text: *s, mask0: lowBytes(min(size, 8)),
		mask1: lowBytes(min(max(size-8, 0), 8)), mask2: lowBytes(max(size-16, 0))}
	return n
}

const (
	allBalance     = BalanceAsset | BalanceWallet | BalanceCross | BalanceChange
	allDocumented  = PositionMarginAsset - 1
	rowEnd         = '"' | '}'<<8
	balanceOrder   = layout(0x4321)
	documented     = layout(0x978654321)
	recorded       = layout(0x97865321)
	recordedMargin = recorded | 10<<32
	recordedLate   = recordedMargin | 4<<36
)

var (
	symbolStart = pack(`{"s":"`)
	assetStart  = pack(`{"a":"`)
	sideStart   = pack(`","ps":"`)
	marginStart = pack(`","ma":"`)
)

// fastBalance reads a row of B and returns the offset behind it, or 0.
func (d *Decoder) fastBalance(i int, row *Balance) int {
	w := (*view)(d.b[i:])
	if w.at(0)&lowBytes(6) != assetStart {
		return 0
	}
	k, n := keyAt(w[:], 6)
	if n == 0 {
		return 0
	}
	asset := d.tab.interned.find(k)
	if asset == nil {
		return 0
	}
	var v values
	fields, order := allBalance, balanceOrder
	j := w.run(6+n, balanceSteps, &v)
	if j == 0 { // before 2021-05 there was no bc
		v = values{}
		fields, order = fields&^BalanceChange, order&0xFFF
		if j = w.run(6+n, balanceSteps[:2], &v); j == 0 {
			return 0
		}
	}
	if w.at(j)&0xFFFF != rowEnd {
		return 0
	}
	*row = Balance{Asset: *asset, Wallet: v.decimals[0], Cross: v.decimals[1], Change: v.decimals[2],
		Fields: fields, Extra: row.Extra[:0], layout: order}
	return i + j + 2
}

// fastPosition reads a row of P and returns the offset behind it, or 0.
func (d *Decoder) fastPosition(i int, row *Position) int {
	w := (*view)(d.b[i:])
	if w.at(0)&lowBytes(6) != symbolStart {
		return 0
	}
	n := d.symbol(w, 6)
	if n == 0 {
		return 0
	}
	var v values
	first, second := documentedSteps, recordedSteps
	fields, order := allDocumented, documented
	if d.recorded {
		first, second = second, first
	}
	j := w.run(6+n, first, &v)
	if j == 0 {
		v = values{}
		if j = w.run(6+n, second, &v); j == 0 {
			return 0
		}
		d.recorded = !d.recorded
	}
	if w.at(j) != sideStart {
		return 0
	}
	side := &sides[w[(j+8)&(window-1)]&3]
	if w.at(j+8)&side.mask != side.word {
		return 0
	}
	j += 8 + side.size
	asset := ""
	if d.recorded {
		fields, order = fields&^PositionBreakEven, recorded
		if w.at(j)&0xFFFF != rowEnd {
			if j, asset = d.fastLate(w, j, &v); j == 0 {
				return 0
			}
			fields, order = fields|PositionMarginAsset, recordedMargin
			if v.late {
				fields, order = fields|PositionBreakEven, recordedLate
			}
		}
	}
	if w.at(j)&0xFFFF != rowEnd {
		return 0
	}
	*row = Position{Symbol: d.tab.symbol.text, Amount: v.decimals[0], EntryPrice: v.decimals[1],
		BreakEven: v.decimals[2], Realized: v.decimals[3], Unrealized: v.decimals[4], IsolatedWallet: v.decimals[5],
		MarginType: v.margin.text, Side: side.text, MarginAsset: asset, Fields: fields,
		Extra: row.Extra[:0], layout: order}
	return i + j + 2
}

// fastLate reads ma and perhaps bep, which stand last in recorded rows.
func (d *Decoder) fastLate(w *view, j int, v *values) (int, string) {
	if w.at(j) != marginStart {
		return 0, ""
	}
	k, n := keyAt(w[:], j+8)
	asset := d.tab.interned.find(k)
	if n == 0 || asset == nil {
		return 0, ""
	}
	if j += 8 + n; w.at(j)&0xFFFF != rowEnd {
		j = w.run(j, lateSteps, v)
		v.late = true
	}
	return j, *asset
}

// fastTime reads an integer of exactly 13 digits at j and reports whether it is
// one; what follows is for the caller.
func (w *view) fastTime(j int, out *int64) bool {
	n, t := leading(w.at(j))
	m, u := leading(w.at(j + 5))
	*out = int64(digits8(t<<24)*1e8 + digits8(u))
	return n == 8 && m == 8 && t&0xFF != 0
}
