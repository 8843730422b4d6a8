package wire

import (
	"encoding/binary"
	"math/bits"

	"poise/decimal"
)

// Rows of B and P are written into a window of the output that is known to be
// large enough, a word at a time. A row with anything unusual, such as an
// unknown key, a long text or a number of many digits, is left to appendObject.

const (
	rowRoom  = 1024 // more than a usual row's bytes
	rowSlack = 64   // written beyond its end, at most
)

// page is the room for one row.
type page [rowRoom + rowSlack]byte

func (p *page) put(j int, w uint64) {
	j &= rowRoom - 1
	binary.LittleEndian.PutUint64(p[j:j+8], w)
}

// cells are a row's values by the indexes of its spec.
type cells struct {
	decimals [16]decimal.D
	texts    [16]string
}

// opening is what stands before a value: the end of the last value and the key.
type opening struct {
	first, second uint64
	size          int
}

func newOpening(before, key string) opening {
	text := before + `"` + key + `":"`
	return opening{pack(text[:min(8, len(text))]), pack(text[min(8, len(text)):]), len(text)}
}

// rowShape is how rows of one kind are written.
type rowShape struct {
	spec    *spec
	first   [maxSteps]opening // of the first value in a row
	next    [maxSteps]opening
	order   layout // the exchange's own
	decimal Fields // which values are decimals
}

func newRowShape(sp *spec) *rowShape {
	r := &rowShape{spec: sp}
	for n, name := range sp.names {
		r.first[n], r.next[n] = newOpening("{", name), newOpening(`",`, name)
		if sp.kinds[n] == kindDecimal {
			r.decimal |= 1 << n
		}
	}
	for n, f := range sp.order {
		r.order |= layout(f+1) << (4 * n)
	}
	return r
}

var (
	balanceShape  = newRowShape(balanceSpec)
	positionShape = newRowShape(positionSpec)
)

func appendBalances(dst []byte, rows []Balance) []byte {
	dst = append(dst, '[')
	n := len(dst)
	dst = dst[:cap(dst)]
	for k := range rows {
		if len(dst)-n < rowRoom+rowSlack {
			dst = room(dst[:n], rowRoom+rowSlack)
			dst = dst[:cap(dst)]
		}
		if j := rows[k].put((*page)(dst[n:])); j >= 0 {
			n += j
			continue
		}
		dst = append(appendBalance(dst[:n], &rows[k]), ',')
		n = len(dst)
		dst = dst[:cap(dst)]
	}
	if len(rows) > 0 {
		n-- // the last comma
	}
	return append(dst[:n], ']')
}

// appendBalance writes a row of any kind.
func appendBalance(dst []byte, row *Balance) []byte {
	var c cells
	c.texts[0] = row.Asset
	c.decimals[1], c.decimals[2], c.decimals[3] = row.Wallet, row.Cross, row.Change
	if out := balanceShape.append(dst, &c, row.Fields, row.layout, len(row.Extra)); out != nil {
		return out
	}
	return appendObject(dst, balanceSpec, row)
}

func appendPositions(dst []byte, rows []Position) []byte {
	dst = append(dst, '[')
	n := len(dst)
	dst = dst[:cap(dst)]
	for k := range rows {
		if len(dst)-n < rowRoom+rowSlack {
			dst = room(dst[:n], rowRoom+rowSlack)
			dst = dst[:cap(dst)]
		}
		if j := rows[k].put((*page)(dst[n:])); j >= 0 {
			n += j
			continue
		}
		dst = append(appendPosition(dst[:n], &rows[k]), ',')
		n = len(dst)
		dst = dst[:cap(dst)]
	}
	if len(rows) > 0 {
		n-- // the last comma
	}
	return append(dst[:n], ']')
}

// appendPosition writes a row of any kind.
func appendPosition(dst []byte, row *Position) []byte {
	var c cells
	c.texts[0], c.texts[7], c.texts[8], c.texts[9] = row.Symbol, row.MarginType, row.Side, row.MarginAsset
	c.decimals[1], c.decimals[2], c.decimals[3] = row.Amount, row.EntryPrice, row.BreakEven
	c.decimals[4], c.decimals[5], c.decimals[6] = row.Realized, row.Unrealized, row.IsolatedWallet
	if out := positionShape.append(dst, &c, row.Fields, row.layout, len(row.Extra)); out != nil {
		return out
	}
	return appendObject(dst, positionSpec, row)
}

// append writes a row of strings only, or returns nil for another one.
func (r *rowShape) append(dst []byte, c *cells, fields Fields, order layout, extra int) []byte {
	if extra != 0 || order>>oddShift != 0 || fields == 0 {
		return nil
	}
	if order == 0 {
		order = r.order
	}
	start := len(dst)
	dst = room(dst, rowRoom+rowSlack)
	p := (*page)(dst[start : start+rowRoom+rowSlack])
	j, left, open := 0, fields, &r.first
	for ; order != 0; order >>= 4 {
		f := int(order-1) & 15
		if left>>f&1 == 0 {
			continue
		}
		left &^= 1 << f
		o := &open[f]
		p.put(j, o.first)
		p.put(j+8, o.second)
		j += o.size
		open = &r.next
		if r.decimal>>f&1 != 0 {
			j = p.decimal(j, c.decimals[f])
		} else {
			j = p.text(j, c.texts[f])
		}
		if j < 0 {
			return nil
		}
	}
	if left != 0 {
		return nil
	}
	p.put(j, '"'|'}'<<8)
	return dst[:start+j+2]
}

// room makes the capacity behind dst's length at least n, and returns all of it
// up to that as part of the slice.
func room(dst []byte, n int) []byte {
	if cap(dst)-len(dst) < n {
		grown := make([]byte, len(dst), 2*cap(dst)+n+4096)
		copy(grown, dst)
		dst = grown
	}
	return dst[:len(dst)+n]
}

// text writes a short plain text and returns its end, or lost.
func (p *page) text(j int, s string) int {
	n := len(s)
	switch {
	case n > 16 || n == 0:
		return p.longText(j, s)
	case n >= 8:
		first, last := load8(s), load8(s[n-8:])
		p.put(j, first)
		p.put(j+n-8, last)
		if unplain(first)|unplain(last) != 0 {
			return p.longText(j, s)
		}
		return j + n
	case n >= 4:
		w := load4(s) | load4(s[n-4:])<<(8*(n-4)&63)
		p.put(j, w)
		if unplain(w|'0'*ones<<(8*n&63)) != 0 {
			return p.longText(j, s)
		}
		return j + n
	}
	w := uint64(s[0]) | uint64(s[n/2])<<(8*(n/2)) | uint64(s[n-1])<<(8*(n-1))
	p.put(j, w)
	if unplain(w|'0'*ones<<(8*n&63)) != 0 {
		return p.longText(j, s)
	}
	return j + n
}

// unplain has bits set when w has a byte that is below '0', above 0x7F or a
// backslash, which is more than must not be written as it is.
func unplain(w uint64) uint64 {
	return ((w - '0'*ones) | w | ((w ^ '\\'*ones) - ones)) & highs
}

func (p *page) longText(j int, s string) int {
	if len(s) > maxInterned {
		return lost
	}
	j &= rowRoom - 1
	end := j + copy(p[j:], s)
	p[end&(rowRoom-1)] = '"'
	if plainEnd(p[:], j) != end {
		return lost
	}
	return end
}

// load8 returns the first 8 bytes of s; the compiler makes one load of it.
func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// load4 returns the first 4 bytes of s.
func load4(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// decimal writes a decimal of at most 8 digits before the point and 8 behind
// it, and returns its end, or -1.
func (p *page) decimal(j int, d decimal.D) int {
	neg, c, scale, ok := d.Small()
	if neg|c|scale == 0 && ok {
		p[j&(rowRoom-1)] = '0'
		return j + 1
	}
	if !ok || scale > 8 {
		return -1
	}
	p[j&(rowRoom-1)] = '-'
	j += int(neg)
	whole, part := c, uint64(0)
	if scale == 8 {
		whole, part = c/1e8, c%1e8
	} else if scale != 0 {
		power := widths[scale&15].power
		whole = c / power
		part = (c - whole*power) * widths[8-scale].power
	}
	if whole < 10 {
		p[j&(rowRoom-1)] = byte('0' + whole)
		j++
	} else if whole < 1e8 {
		t := text8(whole)
		zeros := bits.TrailingZeros64(t^'0'*ones) &^ 7
		p.put(j, t>>zeros)
		j += 8 - zeros>>3
	} else {
		return -1
	}
	if scale == 0 {
		return j
	}
	p[j&(rowRoom-1)] = '.'
	p.put(j+1, text8(part))
	return j + 1 + int(scale)
}

// triples holds 0 to 999 as text, the first digit in the lowest byte; it has
// room for an index of 10 bits.
var triples = func() (t [1024]uint64) {
	for n := range uint64(1000) {
		t[n] = '0' + n/100 | ('0'+n/10%10)<<8 | ('0'+n%10)<<16
	}
	return t
}()

// text8 returns v, below 10^8, as 8 digits of text, the first in the lowest byte:
// as a fraction of 10^8 times 2^54, off by less than a tenth of
// the last digit, from which 2, 3 and 3 digits are taken at the top.
func text8(v uint64) uint64 {
	const places, fraction = 54, 1<<54 - 1
	x := v * (1<<places/1000000 + 1)
	w := triples[x>>places&1023] >> 8
	x = x & fraction * 1000
	w |= triples[x>>places] << 16
	x = x & fraction * 1000
	return w | triples[x>>places]<<40
}
