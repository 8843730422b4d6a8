package wire

import (
	"encoding/binary"
	"math/bits"

	"poise/decimal"
)

// The fast way compares the bytes with a form, a word at a time, instead of
// parsing: what stands between two values of a row is the same in every row, so
// it is one or two comparisons. Every accepted row is valid, since its values
// are read strictly and the rest is, byte for byte, that of a row the strict way
// has read. A row of no known form is left to the strict way, which learns it.

// view is a window of the message with its padding. Offsets into it are masked
// to its size, which costs less than a check of bounds; they never reach it,
// since a row's parts are bounded.
type view [window + wide]byte

// at loads the word at j.
func (w *view) at(j int) uint64 {
	j &= window - 1
	return binary.LittleEndian.Uint64(w[j : j+8])
}

// choice is one of the few texts of a value, and its closing quote.
type choice struct {
	word, mask uint64
	size       int // without the quote
	text       string
}

func newChoice(text string) choice {
	return choice{pack(text + `"`), lowBytes(min(8, len(text)+1)), len(text), text}
}

// choices are the texts of one field, which some bits of the first letter tell
// apart.
type choices struct {
	shift, mask uint64
	of          [4]choice
}

var none = choice{word: 1} // matches nothing

// chosen are the choices of mt and ps, by what-aMargin.
var chosen = [2]choices{
	{3, 1, [4]choice{newChoice(MarginCross), newChoice(MarginIsolated), none, none}},
	{0, 3, [4]choice{newChoice(SideLong), none, newChoice(SideBoth), newChoice(SideShort)}},
}

// values are what the steps of a row yield. Those that the form lacks are zero.
type values struct {
	decimals [slots]decimal.D
	chosen   [2]uint8 // indexes of choices
	asset    uint8    // index of assetTable
}

const (
	slots = 8
	lead  = 8 // no row starts nearer to a message's start
)

// width turns the digits at the start of a word into a number: a factor moves
// n of them to the end of the word, and a power makes room for n more.
type width struct{ factor, power uint64 }

// widths are those of 0 to 8 digits, and up to 15 for an index that is masked.
var widths = func() (t [16]width) {
	power := uint64(1)
	for n := range 9 {
		t[n] = width{1 << (64 - 8*n), power}
		power *= 10
	}
	return t
}()

const zeroQuote = '0' | '"'<<8

// run reads a row of the form into out and returns its length, or 0 when it is
// of another form. The row starts lead bytes behind w's start, since numbers
// looks at the 8 bytes before a value even when the row began just now.
func (d *Decoder) run(w *view, fm *form, out *values) int {
	j := lead
	for k := 0; ; k++ {
		k, j = w.numbers(fm, k, j, out)
		if j < 0 {
			return 0
		}
		if k >= fm.count {
			return max(fm.ends(w, j)-lead, 0)
		}
		n := 0
		if fm.steps[k&(maxSteps-1)].what == aSymbol {
			n = d.symbol(w, j)
		} else {
			n = d.asset(w, j, w.at(j), out)
		}
		if n == 0 {
			return 0
		}
		j += n
	}
}

// choose reads one of the choices at j and returns its length, or 0.
func (w *view) choose(j int, what what, out *values) int {
	from := &chosen[(what-aMargin)&1]
	x := w.at(j)
	n := x >> (from.shift & 63) & from.mask & 3
	out.chosen[(what-aMargin)&1] = uint8(n)
	c := &from.of[n]
	if x&c.mask != c.word {
		return 0
	}
	return c.size
}

// numbers reads values from step k on, which stands at j, up to a symbol or an
// asset, and returns its step and offset; a negative offset means another
// form. It calls nothing, and one value's bytes are addressed from their start,
// so that the compiler sees that no offset leaves the window.
func (w *view) numbers(fm *form, k, j int, out *values) (int, int) {
	for ; k < fm.count; k++ {
		s := &fm.steps[k&(maxSteps-1)]
		j &= window - 1
		p := (*[part]byte)(w[j : j+part])
		slot := uint(s.slot)
		if slot >= slots || binary.LittleEndian.Uint64(p[:8]) != s.word { // not 8 bytes before a decimal
			if w.at(j)&s.mask != s.word || s.size > 8 && !s.rest(w, j) {
				return k, -1
			}
			if s.what >= aMargin {
				j += s.size
				n := w.choose(j, s.what, out)
				if n == 0 {
					return k, -1
				}
				j += n
				continue
			}
			if s.what != aDecimal {
				return k, j + s.size
			}
			j = (j + s.size - 8) & (window - 1)
			p = (*[part]byte)(w[j : j+part])
		}
		x := binary.LittleEndian.Uint64(p[8:16])
		if x&0xFFFF == zeroQuote {
			out.decimals[slot&(slots-1)] = decimal.D{}
			j += 9
			continue
		}
		neg := uint64(0)
		if byte(x) == '-' {
			neg = 1
		}
		t := binary.LittleEndian.Uint64(p[8+neg:16+neg]) ^ '0'*ones
		n := uint64(bits.TrailingZeros64((t+0x76*ones|t)&highs)) >> 3
		if n == 0 || byte(t) == 0 && n > 1 {
			return k, -1
		}
		at := 8 + neg + n
		t *= widths[n].factor
		t = t * (1 + 10<<8) >> 8 & pairs
		t = t * (1 + 100<<16) >> 16 & fours
		c := t * (1 + 10000<<32) >> 32
		if p[at] != '.' {
			out.decimals[slot&(slots-1)] = decimal.FromSmall(neg, c, 0)
			j += int(at)
			continue
		}
		t = binary.LittleEndian.Uint64(p[at+1:at+9]) ^ '0'*ones
		n = 8
		if other := (t + 0x76*ones | t) & highs; other != 0 {
			if n = uint64(bits.TrailingZeros64(other)) >> 3; n == 0 {
				return k, -1
			}
			c *= widths[n&7].power
			t *= widths[n&7].factor
		} else {
			c *= 1e8
		}
		t = t * (1 + 10<<8) >> 8 & pairs
		t = t * (1 + 100<<16) >> 16 & fours
		out.decimals[slot&(slots-1)] = decimal.FromSmall(neg, c+t*(1+10000<<32)>>32, n)
		j += int(at + 1 + n)
	}
	return k, j
}

// part is a bound of one value's bytes, as words: 8 before it, a sign, 8 digits,
// the point and 8 digits.
const part = 32

// wide is a part with room for a word behind its sign.
const wide = part + 8

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
	s := d.interned(w, j, k, n)
	if s == nil {
		return 0
	}
	size := n + 1 // with the quote
	*last = lastSymbol{key: k, size: n, text: *s, mask0: lowBytes(min(size, 8)),
		mask1: lowBytes(min(max(size-8, 0), 8)), mask2: lowBytes(max(size-16, 0))}
	return n
}

// interned returns the string of the text at j, whose key is k, or nil when it
// is not a plain one.
func (d *Decoder) interned(w *view, j int, k internKey, n int) *string {
	s := d.tab.interned.find(k)
	if s == nil && plainEnd(w[:], j) == j+n {
		d.tab.interned.put(k, string(w[j:j+n]))
		s = d.tab.interned.find(k)
	}
	return s
}

// assetTable holds assets of up to 7 bytes by a hash of their bytes; a slot keeps
// the last one.
type assetTable [64]assetEntry

type assetEntry struct {
	word uint64 // the text and its quote
	text string
}

// asset finds the text that x starts with among those seen before.
func (d *Decoder) asset(w *view, j int, x uint64, out *values) int {
	q := zeroBytes(x ^ '"'*ones)
	if q == 0 || q&0x80 != 0 {
		return 0
	}
	x &= q ^ (q - 1) // up to the quote, which is the lowest mark
	slot := x * internMix1 >> 58
	n := bits.TrailingZeros64(q) >> 3
	a := &d.tab.assets[slot]
	if a.word != x {
		s := d.interned(w, j, internKey{w0: x}, n)
		if s == nil {
			return 0
		}
		a.word, a.text = x, *s
	}
	out.asset = uint8(slot)
	return n
}

// fastBalance reads a row of B and returns the offset behind it, or 0.
func (d *Decoder) fastBalance(i int, row *Balance) int {
	f := &d.tab.balances
	w := (*view)(d.b[i-lead:])
	n := d.run(w, &f.known[f.recent&3], &f.values)
	if n == 0 {
		if n = d.otherForm(w, f); n == 0 {
			return 0
		}
	}
	fm, v := &f.known[f.recent&3], &f.values
	row.Asset = d.tab.assets[v.asset&63].text
	row.Wallet, row.Cross, row.Change = v.decimals[0], v.decimals[1], v.decimals[2]
	row.Fields, row.layout = fm.fields, fm.layout
	if len(row.Extra) != 0 {
		row.Extra = row.Extra[:0]
	}
	return i + n
}

// fastPosition reads a row of P and returns the offset behind it, or 0.
func (d *Decoder) fastPosition(i int, row *Position) int {
	f := &d.tab.positions
	w := (*view)(d.b[i-lead:])
	n := d.run(w, &f.known[f.recent&3], &f.values)
	if n == 0 {
		if n = d.otherForm(w, f); n == 0 {
			return 0
		}
	}
	fm, v := &f.known[f.recent&3], &f.values
	row.Symbol, row.Side, row.MarginType = d.tab.symbol.text, chosen[1].of[v.chosen[1]&3].text, chosen[0].of[v.chosen[0]&3].text
	row.MarginAsset = ""
	const usual = PositionMarginType | PositionSide
	if has := fm.fields & (usual | PositionMarginAsset); has != usual {
		d.unusual(row, fm.fields, v)
	}
	row.Amount, row.EntryPrice, row.BreakEven = v.decimals[0], v.decimals[1], v.decimals[2]
	row.Realized, row.Unrealized, row.IsolatedWallet = v.decimals[3], v.decimals[4], v.decimals[5]
	row.Fields, row.layout = fm.fields, fm.layout
	if len(row.Extra) != 0 {
		row.Extra = row.Extra[:0]
	}
	return i + n
}

// unusual sets the texts of a row that has ma, or not both mt and ps.
func (d *Decoder) unusual(row *Position, fields Fields, v *values) {
	if !fields.Has(PositionSide) {
		row.Side = ""
	}
	if !fields.Has(PositionMarginType) {
		row.MarginType = ""
	}
	if fields.Has(PositionMarginAsset) {
		row.MarginAsset = d.tab.assets[v.asset&63].text
	}
}

// timeHead is the first 8 digits of the time read last, which are the same for
// more than a minute, and the value of the first 5.
type timeHead struct {
	word  uint64
	value uint64
}

// fastTime reads an integer of exactly 13 digits at j and reports whether it is
// one; what follows is for the caller.
func (d *Decoder) fastTime(w *view, j int, out *int64) bool {
	if x := w.at(j); x != d.tab.time.word {
		n, t := leading(x)
		if n != 8 || t&0xFF == 0 {
			return false
		}
		d.tab.time = timeHead{x, digits8(t<<24) * 1e8}
	}
	n, t := leading(w.at(j + 5))
	*out = int64(d.tab.time.value + digits8(t))
	return n == 8
}

// seenText is a text that was read before, of at most 23 bytes, and its quote.
type seenText struct {
	word, mask [3]uint64
	size       int // without the quote
	text       string
}

// matches reports whether s stands at j.
func (s *seenText) matches(w *view, j int) bool {
	return w.at(j)&s.mask[0] == s.word[0] && w.at(j+8)&s.mask[1] == s.word[1] && w.at(j+16)&s.mask[2] == s.word[2] && s.size != 0
}

// keep remembers the text that stands at j and has just been read, when it is a
// short one without escapes.
func (s *seenText) keep(w *view, j int, text string) {
	n := len(text)
	if n == 0 || n > maxInterned || string(w[j:j+n]) != text || w[j+n] != '"' {
		return
	}
	*s = seenText{size: n, text: text}
	for k := range s.word {
		s.mask[k] = lowBytes(min(max(n+1-8*k, 0), 8))
		s.word[k] = w.at(j+8*k) & s.mask[k]
	}
}

// seenField is textField or wordField by read, for a text that is mostly s.
func (d *Decoder) seenField(i int, out *string, s *seenText, read func(d *Decoder, i int, out *string) int) int {
	w := (*view)(d.b[i:])
	if d.b[i] == '"' && s.matches(w, 1) {
		*out = s.text
		return i + s.size + 2
	}
	end := read(d, i, out)
	if end > 0 {
		s.keep(w, 1, *out)
	}
	return end
}
