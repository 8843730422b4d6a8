package decimal

import (
	"errors"
	"math/bits"
)

// The named errors. Functions return them bare or wrapped; test with errors.Is.
var (
	// ErrSyntax is text that is not a plain decimal: an optional minus sign,
	// digits without a needless leading zero, and at most one point with
	// digits on both sides.
	ErrSyntax = errors.New("not a plain decimal")
	// ErrOverflow is a result, or a text, that needs more than 122 bits of
	// coefficient or more than 31 digits after the point.
	ErrOverflow = errors.New("decimal out of range")
	// ErrDivideByZero is a division by a decimal whose value is zero.
	ErrDivideByZero = errors.New("division by zero")
)

// MaxScale is the largest number of digits after the point.
const MaxScale = 31

const (
	signBit    = 1 << 63
	scaleShift = 58
	scaleMask  = 31 << scaleShift
	coefMask   = 1<<scaleShift - 1 // of hi
)

// D is a decimal number: (-1)^sign × coefficient / 10^scale.
//
// The zero value is 0 at scale 0. D is comparable: a == b tells whether both
// print the same text; use [D.Equal] or [D.Cmp] to compare values. A minus sign
// before a zero is kept as text ("-0.00") and has no other effect; arithmetic
// never yields one.
type D struct {
	hi, lo uint64 // hi: sign 1 bit, scale 5 bits, coefficient's upper 58 bits
}

// Zero is 0 at scale 0.
var Zero D

// New returns coefficient / 10^scale. It panics when scale is not 0..31, since
// both come from the program and never from data.
func New(coefficient int64, scale int) D {
	if scale < 0 || scale > MaxScale {
		panic("decimal: New: scale out of range")
	}
	if coefficient < 0 {
		return D{signBit | uint64(scale)<<scaleShift, -uint64(coefficient)}
	}
	return D{uint64(scale) << scaleShift, uint64(coefficient)}
}

// FromSmall builds a decimal from an unsigned coefficient; negative is 0 or 1
// and scale 0..31, other values are cut to their low bits. It is for scanners
// that have checked their digits already and must not branch.
func FromSmall(negative, coefficient, scale uint64) D {
	return D{negative<<63 | scale&31<<scaleShift, coefficient}
}

// Small returns the parts of a decimal whose coefficient fits 64 bits, and
// ok = false for a larger one. negative is 0 or 1.
func (d D) Small() (negative, coefficient, scale uint64, ok bool) {
	return d.hi >> 63, d.lo, d.hi >> scaleShift & 31, d.hi&coefMask == 0
}

// pack builds a D from parts, or fails when they do not fit. A zero
// coefficient loses its sign.
func pack(neg bool, hi, lo uint64, scale int) (D, error) {
	if hi > coefMask || scale < 0 || scale > MaxScale {
		return D{}, ErrOverflow
	}
	hi |= uint64(scale) << scaleShift
	if neg && hi&coefMask|lo != 0 {
		hi |= signBit
	}
	return D{hi, lo}, nil
}

func (d D) neg() bool    { return d.hi&signBit != 0 }
func (d D) coef() u128   { return u128{d.hi & coefMask, d.lo} }
func (d D) scaleI() int  { return int(d.hi >> scaleShift & 31) }
func (d D) isZero() bool { return d.hi&coefMask|d.lo == 0 }

// Scale returns the number of digits after the point, 0..31.
func (d D) Scale() int { return d.scaleI() }

// IsZero reports whether the value is zero, at whatever scale.
func (d D) IsZero() bool { return d.isZero() }

// Sign returns -1, 0 or 1.
func (d D) Sign() int {
	switch {
	case d.isZero():
		return 0
	case d.neg():
		return -1
	}
	return 1
}

// Neg returns -d at the same scale. The negative of zero is zero, unsigned.
func (d D) Neg() D {
	if d.isZero() {
		return D{d.hi &^ signBit, d.lo}
	}
	return D{d.hi ^ signBit, d.lo}
}

// Abs returns d without its sign.
func (d D) Abs() D { return D{d.hi &^ signBit, d.lo} }

// Int64 returns the value when it is a whole number within int64, else 0 and
// false.
func (d D) Int64() (int64, bool) {
	t := d.Trim()
	switch {
	case t.hi&^signBit != 0: // a scale, or more than 64 bits
		return 0, false
	case t.lo < 1<<63:
		if t.neg() {
			return -int64(t.lo), true
		}
		return int64(t.lo), true
	}
	if t.neg() && t.lo == 1<<63 {
		return -1 << 63, true
	}
	return 0, false
}

// Trim returns the same value at the smallest scale that holds it, and zero as
// Zero.
func (d D) Trim() D {
	if d.isZero() {
		return D{}
	}
	c, scale := d.coef(), d.scaleI()
	for ; scale > 0 && c.hi != 0; scale-- {
		q, r := c.div64(10)
		if r != 0 {
			break
		}
		c = q
	}
	for ; scale > 0 && c.hi == 0 && c.lo%10 == 0; scale-- {
		c.lo /= 10
	}
	return D{d.hi&signBit | uint64(scale)<<scaleShift | c.hi, c.lo}
}

// Equal reports whether both have the same value, whatever their scales.
func (d D) Equal(e D) bool { return d == e || d.Cmp(e) == 0 }

// Cmp compares values: -1 when d < e, 0 when equal, 1 when d > e. It never
// fails: scales are brought together in wider numbers.
func (d D) Cmp(e D) int {
	if (d.hi|e.hi)&signBit|(d.hi^e.hi)&scaleMask != 0 {
		return d.cmpSlow(e)
	}
	_, b := bits.Sub64(d.lo, e.lo, 0)
	_, less := bits.Sub64(d.hi, e.hi, b)
	_, b = bits.Sub64(e.lo, d.lo, 0)
	_, more := bits.Sub64(e.hi, d.hi, b)
	return int(more) - int(less)
}

// cmpSlow is Cmp for differing scales or a minus sign.
func (d D) cmpSlow(e D) int {
	ds, es := d.Sign(), e.Sign()
	if ds != es || ds == 0 {
		return cmpInt(ds, es)
	}
	return ds * d.cmpAbs(e)
}

func (d D) cmpAbs(e D) int {
	a, b := d.coef(), e.coef()
	ds, es := d.scaleI(), e.scaleI()
	if ds == es {
		return a.cmp(b)
	}
	if a.hi|b.hi == 0 && max(ds-es, es-ds) <= 19 {
		// One of the two factors is 10^0.
		ah, al := bits.Mul64(a.lo, pow10Table[max(0, es-ds)].lo)
		bh, bl := bits.Mul64(b.lo, pow10Table[max(0, ds-es)].lo)
		return u128{ah, al}.cmp(u128{bh, bl})
	}
	if ds < es {
		return mul128(a, pow10u128(es-ds)).cmp(u256{lo: b})
	}
	return u256{lo: a}.cmp(mul128(b, pow10u128(ds-es)))
}

func cmpInt(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Add returns d + e at the larger scale of the two, exactly, or ErrOverflow
// when the sum does not fit at that scale.
func (d D) Add(e D) (D, error) {
	if (d.hi^e.hi)&(signBit|scaleMask) == 0 {
		lo, carry := bits.Add64(d.lo, e.lo, 0)
		hi := d.hi + e.hi&coefMask + carry
		// A sum past 122 bits flips the scale's lowest bit; lo is 0 where
		// both may be zero and must lose their sign.
		if (hi^d.hi)&scaleMask == 0 && lo != 0 {
			return D{hi, lo}, nil
		}
	}
	return d.addSlow(e)
}

// Sub returns d - e at the larger scale of the two, exactly, or ErrOverflow
// when the difference does not fit at that scale.
func (d D) Sub(e D) (D, error) { return d.Add(D{e.hi ^ signBit, e.lo}) }

// addSlow is Add for any signs and scales. 128 bits are enough: a number that
// exceeds them when rescaled stays past 122 whatever the other one, which is
// not rescaled, takes away.
func (d D) addSlow(e D) (D, error) {
	a, b, scale := d.coef(), e.coef(), d.scaleI()
	ok := true
	switch es := e.scaleI(); {
	case scale < es:
		a, ok = a.mulPow10(es - scale)
		scale = es
	case scale > es:
		b, ok = b.mulPow10(scale - es)
	}
	if !ok {
		return D{}, ErrOverflow
	}
	if d.neg() == e.neg() {
		s, carry := a.add(b)
		if carry != 0 {
			return D{}, ErrOverflow
		}
		return pack(d.neg(), s.hi, s.lo, scale)
	}
	neg := d.neg()
	s, borrow := a.sub(b)
	if borrow != 0 {
		s, _ = b.sub(a)
		neg = !neg
	}
	return pack(neg, s.hi, s.lo, scale)
}

// Sum adds all of ds exactly, from the first to the last, or fails with
// ErrOverflow when a sum on the way does not fit. The sum of none is Zero.
func Sum(ds ...D) (D, error) {
	var sum D
	var err error
	for _, d := range ds {
		if sum, err = sum.Add(d); err != nil {
			return D{}, err
		}
	}
	return sum, nil
}

// Mul returns d × e exactly, at the sum of both scales, or ErrOverflow when it
// does not fit there, even if its digits at the end are zeros. [MulQuo] by one
// rounds to a scale instead.
func (d D) Mul(e D) (D, error) {
	scale := d.scaleI() + e.scaleI()
	if (d.hi|e.hi)&coefMask == 0 {
		hi, lo := bits.Mul64(d.lo, e.lo)
		return pack((d.hi^e.hi)&signBit != 0, hi, lo, scale)
	}
	p := mul128(d.coef(), e.coef())
	if p.hi != (u128{}) {
		return D{}, ErrOverflow
	}
	return pack(d.neg() != e.neg(), p.lo.hi, p.lo.lo, scale)
}
