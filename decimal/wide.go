package decimal

import "math/bits"

// Fixed-width unsigned arithmetic for products and quotients. Widths: a
// coefficient has at most 122 bits, a product of two 244, a power of ten up to
// 10^62 206; so 512 bits hold every scaled denominator, and every scaled
// numerator whose quotient could still fit 122 bits.

type u128 struct{ hi, lo uint64 }

type u256 struct{ hi, lo u128 }

func (a u128) cmp(b u128) int {
	switch {
	case a == b:
		return 0
	case a.hi < b.hi || a.hi == b.hi && a.lo < b.lo:
		return -1
	}
	return 1
}

func (a u256) cmp(b u256) int {
	if c := a.hi.cmp(b.hi); c != 0 {
		return c
	}
	return a.lo.cmp(b.lo)
}

func (a u128) add(b u128) (u128, uint64) {
	lo, c := bits.Add64(a.lo, b.lo, 0)
	hi, c := bits.Add64(a.hi, b.hi, c)
	return u128{hi, lo}, c
}

func (a u128) sub(b u128) (u128, uint64) {
	lo, c := bits.Sub64(a.lo, b.lo, 0)
	hi, c := bits.Sub64(a.hi, b.hi, c)
	return u128{hi, lo}, c
}

func (a u128) div64(b uint64) (q u128, r uint64) {
	if a.hi == 0 {
		return u128{lo: a.lo / b}, a.lo % b
	}
	if a.hi < b {
		q.lo, r = bits.Div64(a.hi, a.lo, b)
		return q, r
	}
	q.hi, r = a.hi/b, a.hi%b
	q.lo, r = bits.Div64(r, a.lo, b)
	return q, r
}

// div128 returns a / b and a mod b; b is above a.hi, so the quotient fits.
func (a u256) div128(b u128) (q, r u128) {
	if b.hi == 0 {
		rem := a.hi.lo
		if rem == 0 {
			q, rem = a.lo.div64(b.lo)
			return q, u128{lo: rem}
		}
		q.hi, rem = bits.Div64(rem, a.lo.hi, b.lo)
		q.lo, rem = bits.Div64(rem, a.lo.lo, b.lo)
		return q, u128{lo: rem}
	}
	s := uint(bits.LeadingZeros64(b.hi))
	v := b.shl(s)
	u := a.hi.shl(s)
	u.lo |= a.lo.hi >> 1 >> (63 - s)
	low := a.lo.shl(s)
	if u.hi == 0 && (u128{u.lo, low.hi}).cmp(v) < 0 {
		u = u128{u.lo, low.hi} // the upper word of the quotient is 0
	} else {
		q.hi, u = div3by2(u, low.hi, v)
	}
	q.lo, u = div3by2(u, low.lo, v)
	return q, u128{u.hi >> s, u.lo>>s | u.hi<<1<<(63-s)}
}

// div3by2 divides the three words u, u0 by v, whose highest bit is set; u is
// below v, so the quotient is one word.
func div3by2(u u128, u0 uint64, v u128) (q uint64, r u128) {
	q = estimate(u.hi, u.lo, u0, v.hi, v.lo)
	h, l := bits.Mul64(q, v.lo)
	r, _ = u128{u.lo, u0}.sub(u128{h + q*v.hi, l}) // the third word cancels
	return q, r
}

func (a u128) shl(s uint) u128 {
	return u128{a.hi<<s | a.lo>>1>>(63-s), a.lo << s}
}

// mulPow10 returns a × 10^n, and ok = false when that exceeds 128 bits.
func (a u128) mulPow10(n int) (u128, bool) {
	if n == 0 || a == (u128{}) {
		return a, true
	}
	p := mul128(a, pow10u128(n))
	return p.lo, p.hi == u128{}
}

func mul128(a, b u128) u256 {
	h00, l00 := bits.Mul64(a.lo, b.lo)
	if a.hi|b.hi == 0 {
		return u256{lo: u128{h00, l00}}
	}
	h01, l01 := bits.Mul64(a.lo, b.hi)
	h10, l10 := bits.Mul64(a.hi, b.lo)
	h11, l11 := bits.Mul64(a.hi, b.hi)
	w1, c1 := bits.Add64(h00, l01, 0)
	w1, c2 := bits.Add64(w1, l10, 0)
	w2, c1 := bits.Add64(h01, h10, c1)
	w2, c2 = bits.Add64(w2, l11, c2)
	return u256{hi: u128{h11 + c1 + c2, w2}, lo: u128{w1, l00}}
}

// pow10Table holds 10^0 .. 10^38, all that fit 128 bits.
var pow10Table = func() (t [39]u128) {
	t[0] = u128{0, 1}
	for i := 1; i < len(t); i++ {
		t[i] = mul128(t[i-1], u128{0, 10}).lo
	}
	return t
}()

func pow10u128(n int) u128 { return pow10Table[n] }

// nat is a 512-bit number, least word first.
type nat [8]uint64

func natFrom256(a u256) nat { return nat{a.lo.lo, a.lo.hi, a.hi.lo, a.hi.hi} }

func (a *nat) len() int {
	n := len(a)
	for n > 0 && a[n-1] == 0 {
		n--
	}
	return n
}

// mulSmall multiplies by one word and reports whether 512 bits hold it.
func (a *nat) mulSmall(b uint64) bool {
	var carry uint64
	for i, w := range a {
		hi, lo := bits.Mul64(w, b)
		var c uint64
		a[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return carry == 0
}

// mulPow10 multiplies by 10^n and reports whether 512 bits hold it.
func (a *nat) mulPow10(n int) bool {
	for ; n > 19; n -= 19 {
		if !a.mulSmall(1e19) {
			return false
		}
	}
	return a.mulSmall(pow10Table[n].lo)
}

func (a *nat) cmp(b *nat) int {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// twice returns 2a; remainders are below a denominator, so nothing is lost.
func (a *nat) twice() (t nat) {
	var carry uint64
	for i, w := range a {
		t[i] = w<<1 | carry
		carry = w >> 63
	}
	return t
}

// div returns a / b and a mod b by schoolbook division in base 2^64 (Knuth,
// The Art of Computer Programming, volume 2, algorithm D). b is not zero.
func (a *nat) div(b *nat) (q, r nat) {
	n, m := b.len(), a.len()
	if m < n {
		return nat{}, *a
	}
	if n == 1 {
		return a.divSmall(b[0])
	}
	shift := uint(bits.LeadingZeros64(b[n-1]))
	v := b.shiftLeft(shift)
	u := a.shiftLeftWide(shift)
	for j := m - n; j >= 0; j-- {
		qhat := estimate(u[j+n], u[j+n-1], u[j+n-2], v[n-1], v[n-2])
		if subMul(u[j:j+n+1], v[:n], qhat) {
			qhat--
			addBack(u[j:j+n+1], v[:n])
		}
		q[j] = qhat
	}
	for i := range n {
		r[i] = u[i]>>shift | u[i+1]<<1<<(63-shift)
	}
	return q, r
}

func (a *nat) divSmall(b uint64) (q, r nat) {
	var rem uint64
	for i := len(a) - 1; i >= 0; i-- {
		q[i], rem = bits.Div64(rem, a[i], b)
	}
	r[0] = rem
	return q, r
}

func (a *nat) shiftLeft(s uint) (t nat) {
	w := a.shiftLeftWide(s)
	copy(t[:], w[:])
	return t
}

func (a *nat) shiftLeftWide(s uint) (t [9]uint64) {
	var carry uint64
	for i, w := range a {
		t[i] = w<<s | carry
		carry = w >> 1 >> (63 - s)
	}
	t[8] = carry
	return t
}

// estimate is algorithm D's step D3: a quotient digit from the three upper
// words of the dividend and two of the divisor. Exact for a divisor of two
// words; for a longer one right or one too large.
func estimate(u2, u1, u0, v1, v0 uint64) uint64 {
	var q, r, carry uint64
	if u2 >= v1 {
		q = ^uint64(0)
		r, carry = bits.Add64(u1, v1, 0)
	} else {
		q, r = bits.Div64(u2, u1, v1)
	}
	for carry == 0 {
		hi, lo := bits.Mul64(q, v0)
		if hi < r || hi == r && lo <= u0 {
			break
		}
		q--
		r, carry = bits.Add64(r, v1, 0)
	}
	return q
}

// subMul subtracts q × v from u and reports whether that went below zero.
func subMul(u, v []uint64, q uint64) bool {
	var borrow, carry uint64
	for i, w := range v {
		hi, lo := bits.Mul64(q, w)
		var c uint64
		lo, c = bits.Add64(lo, carry, 0)
		carry = hi + c
		u[i], borrow = bits.Sub64(u[i], lo, borrow)
	}
	last := len(v)
	u[last], borrow = bits.Sub64(u[last], carry, borrow)
	return borrow != 0
}

func addBack(u, v []uint64) {
	var carry uint64
	for i, w := range v {
		u[i], carry = bits.Add64(u[i], w, carry)
	}
	u[len(v)] += carry
}
