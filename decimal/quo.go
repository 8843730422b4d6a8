package decimal

// Rounding is the direction of a division's single rounding.
type Rounding uint8

const (
	// ToZero cuts the digits that do not fit: 1.29 → 1.2, -1.29 → -1.2. The
	// exchange cuts commissions and PnL like this (recorded).
	ToZero Rounding = iota
	// HalfUp rounds to the nearest, ties away from zero: 1.25 → 1.3,
	// -1.25 → -1.3.
	HalfUp
	// HalfEven rounds to the nearest, ties to the even digit: 1.25 → 1.2.
	HalfEven
)

var one = New(1, 0)

// Quo returns d / e at the given scale, rounded once. Errors: ErrDivideByZero;
// ErrOverflow when the result does not fit or scale is not 0..31.
func (d D) Quo(e D, scale int, r Rounding) (D, error) {
	return mulQuo(u256{lo: d.coef()}, d.scaleI(), e.coef1(), e.scaleI(), d.neg() != e.neg(), scale, r)
}

// Round returns d at the given scale: exactly when that adds zeros, rounded in
// the given direction when it drops digits.
func (d D) Round(scale int, r Rounding) (D, error) {
	if scale == d.scaleI() && !d.isZero() {
		return d, nil
	}
	return d.Quo(one, scale, r)
}

// MulQuo returns a × b / c at the given scale with one rounding; the product is
// held whole. Errors as [D.Quo].
func MulQuo(a, b, c D, scale int, r Rounding) (D, error) {
	neg := a.neg() != b.neg() != c.neg()
	return mulQuo(mul128(a.coef(), b.coef()), a.scaleI()+b.scaleI(), c.coef1(), c.scaleI(), neg, scale, r)
}

// MulQuo2 returns a × b / (c × d) at the given scale with one rounding; both
// products are held whole. Errors as [D.Quo].
func MulQuo2(a, b, c, d D, scale int, r Rounding) (D, error) {
	neg := a.neg() != b.neg() != (c.neg() != d.neg())
	return mulQuo(mul128(a.coef(), b.coef()), a.scaleI()+b.scaleI(),
		mul128(c.coef(), d.coef()), c.scaleI()+d.scaleI(), neg, scale, r)
}

func (d D) coef1() u256 { return u256{lo: d.coef()} }

// mulQuo divides num/10^ns by den/10^ds and rounds at scale.
func mulQuo(num u256, ns int, den u256, ds int, neg bool, scale int, r Rounding) (D, error) {
	if den == (u256{}) {
		return D{}, ErrDivideByZero
	}
	if scale < 0 || scale > MaxScale {
		return D{}, ErrOverflow
	}
	shift := scale + ds - ns // of the quotient of the bare coefficients
	if num.hi == (u128{}) && den.hi == (u128{}) {
		if q, ok := quo128(num.lo, den.lo, shift, r); ok {
			return pack(neg, q.hi, q.lo, scale)
		}
	}
	return quoWide(num, den, shift, neg, scale, r)
}

// quo128 returns num × 10^shift / den, rounded, for the everyday sizes: a
// scaled numerator within 256 bits, a scaled denominator within 128 and a
// quotient within 122. Otherwise ok is false, and nothing is said.
func quo128(num, den u128, shift int, r Rounding) (q u128, ok bool) {
	n := u256{lo: num}
	switch {
	case shift > 38 || shift < -38:
		return u128{}, false
	case shift > 0:
		n = mul128(num, pow10u128(shift))
	case shift < 0:
		d := mul128(den, pow10u128(-shift))
		if d.hi != (u128{}) {
			return u128{}, false
		}
		den = d.lo
	}
	if n.hi.cmp(den) >= 0 {
		return u128{}, false
	}
	q, rem := n.div128(den)
	if q.hi > coefMask {
		return u128{}, false
	}
	if r != ToZero && rem != (u128{}) {
		rest, _ := den.sub(rem) // half is where the remainder equals the rest
		if c := rem.cmp(rest); c > 0 || c == 0 && (r == HalfUp || q.lo&1 == 1) {
			q, _ = q.add(u128{0, 1})
		}
	}
	return q, true
}

// quoWide is mulQuo for any size.
func quoWide(num, den u256, shift int, neg bool, scale int, r Rounding) (D, error) {
	n, d := natFrom256(num), natFrom256(den)
	if shift < 0 {
		d.mulPow10(-shift) // 244 bits × 10^62 at most: fits
	} else if !n.mulPow10(shift) {
		return D{}, ErrOverflow // over 512 bits by a denominator of 244
	}
	q, rem := n.div(&d)
	if q.len() > 2 || q[1] > coefMask {
		return D{}, ErrOverflow
	}
	c := u128{q[1], q[0]}
	if rem != (nat{}) && roundsAway(c.lo, rem.twice(), &d, r) {
		c, _ = c.add(u128{0, 1})
	}
	return pack(neg, c.hi, c.lo, scale)
}

func roundsAway(last uint64, twiceRem nat, den *nat, r Rounding) bool {
	if r == ToZero {
		return false
	}
	c := twiceRem.cmp(den)
	return c > 0 || c == 0 && (r == HalfUp || last&1 == 1)
}
