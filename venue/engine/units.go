package engine

import (
	"math/bits"

	"poise/decimal"
)

// Money inside the engine: amounts of coin are int64 in 1e-8, costs are wide in
// 1e-13, prices and rates int64 in 1e-8. Limits on orders, marks and deposits
// keep every one of them, and every sum, far inside its type: see limits.go.

const unit = 100_000_000 // 1e-8s in one

// wide is an unsigned number of 128 bits.
type wide struct{ hi, lo uint64 }

func (a wide) add(b wide) wide {
	lo, c := bits.Add64(a.lo, b.lo, 0)
	return wide{a.hi + b.hi + c, lo}
}

func (a wide) sub(b wide) wide {
	lo, c := bits.Sub64(a.lo, b.lo, 0)
	return wide{a.hi - b.hi - c, lo}
}

func (a wide) less(b wide) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

func (a wide) isZero() bool { return a.hi|a.lo == 0 }

// mul returns a × b, which the caller knows to fit.
func (a wide) mul(b uint64) wide {
	hi, lo := bits.Mul64(a.lo, b)
	return wide{hi + a.hi*b, lo}
}

// div returns a / b and the remainder.
func (a wide) div(b uint64) (q wide, rem uint64) {
	if a.hi != 0 {
		q.hi, rem = a.hi/b, a.hi%b
	}
	q.lo, rem = bits.Div64(rem, a.lo, b)
	return q, rem
}

// quo returns a / b rounded half up, for a quotient known to fit 63 bits.
func (a wide) quo(b wide) int64 {
	if b.hi == 0 {
		q, rem := a.div(b.lo)
		if rem >= b.lo-rem {
			q.lo++
		}
		return int64(q.lo)
	}
	// Normalise b to 64 bits, divide, and mend the estimate, which is at most
	// a few too large.
	s := uint(bits.LeadingZeros64(b.hi))
	top := b.hi<<s | b.lo>>1>>(63-s)
	q, _ := bits.Div64(a.hi>>1, a.hi<<63|a.lo>>1, top)
	q >>= 63 - s
	for q > 0 && a.less(b.mul(q)) {
		q--
	}
	rem := a.sub(b.mul(q))
	for !rem.less(b) {
		rem = rem.sub(b)
		q++
	}
	if !rem.less(b.sub(rem)) {
		q++
	}
	return int64(q)
}

// toCoin cuts 1e-13 to 1e-8.
func (a wide) toCoin() int64 {
	q, _ := a.div(100_000)
	return int64(q.lo)
}

func coins(n int64) decimal.D { return decimal.New(n, 8) }

func mul64(a, b int64) wide {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return wide{hi, lo}
}

// notional is the coin of usd dollars at a price, cut at 8 decimals.
func notional(usd, price int64) int64 {
	q, _ := mul64(usd, unit*unit).div(uint64(price))
	return int64(q.lo)
}

// notionalUp is notional half up.
func notionalUp(usd, price int64) int64 {
	q, rem := mul64(usd, unit*unit).div(uint64(price))
	if rem >= uint64(price)-rem {
		q.lo++
	}
	return int64(q.lo)
}

// costOf is the coin of usd dollars at a price at 13 decimals, and what the cut
// left: rem / price of 1e-13.
func costOf(usd, price int64) (cost wide, rem uint64) {
	return mul64(usd, unit*unit).mul(100_000).div(uint64(price))
}

// share is usd dollars at a price, times a rate in 1e-8, cut at 8 decimals.
func share(usd, price, rate int64) int64 {
	if rate < 0 {
		return -share(usd, price, -rate)
	}
	q, _ := mul64(usd, rate).mul(unit).div(uint64(price))
	return int64(q.lo)
}

// shareUp is share half up, as funding is.
func shareUp(usd, price, rate int64) int64 {
	if rate < 0 {
		return -shareUp(usd, price, -rate)
	}
	q, rem := mul64(usd, rate).mul(unit).div(uint64(price))
	if rem >= uint64(price)-rem {
		q.lo++
	}
	return int64(q.lo)
}

// toUnits returns d in 1e-8; ok is false when it has more decimals or does not
// fit below limit.
func toUnits(d decimal.D, limit int64) (n int64, ok bool) {
	neg, c, scale, small := d.Small()
	if !small {
		d = d.Trim()
		if neg, c, scale, small = d.Small(); !small {
			return 0, false
		}
	}
	for ; scale > 8; scale-- {
		if c%10 != 0 {
			return 0, false
		}
		c /= 10
	}
	hi, lo := bits.Mul64(c, powers[8-scale])
	if hi != 0 || lo > uint64(limit) {
		return 0, false
	}
	if neg != 0 {
		return -int64(lo), true
	}
	return int64(lo), true
}

var powers = [...]uint64{1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}

// tooFine reports whether d has more decimals than scale that are not zero.
func tooFine(d decimal.D, scale int) bool { return d.Scale() > scale && d.Trim().Scale() > scale }
