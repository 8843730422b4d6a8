package decimal

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// words draws what makes long division go wrong: words at both ends and at the
// half of their range.
var words = rapid.OneOf(
	rapid.SampledFrom([]uint64{0, 1, 2, 1<<63 - 1, 1 << 63, 1<<63 + 1, ^uint64(0) - 1, ^uint64(0), 1 << 32, 1<<32 - 1}),
	rapid.Uint64(),
)

func natOf(t *rapid.T, label string, most int) (n nat) {
	for i := range rapid.IntRange(1, most).Draw(t, label+" length") {
		n[i] = words.Draw(t, label)
	}
	return n
}

func bigOfNat(n nat) *big.Int {
	x := new(big.Int)
	for i := len(n) - 1; i >= 0; i-- {
		x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(n[i]))
	}
	return x
}

func bigOf256(a u256) *big.Int { return bigOfNat(natFrom256(a)) }

func TestLongDivisionAgreesWithBigInt(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, a, b nat) {
		q, r := a.div(&b)
		wantQ, wantR := new(big.Int).QuoRem(bigOfNat(a), bigOfNat(b), new(big.Int))
		if bigOfNat(q).Cmp(wantQ) != 0 || bigOfNat(r).Cmp(wantR) != 0 {
			t.Fatalf("%x / %x = %x rest %x", a, b, q, r)
		}
	}
	// The estimate is one too large after its correction (step D6).
	check(t, nat{0, 0, 1 << 63, 1<<63 - 1}, nat{1, 0, 1 << 63})
	check(t, nat{3, 0, 1 << 63}, nat{1, 0, 1 << 61})
	check(t, nat{0, ^uint64(0) - 1, 1 << 63}, nat{^uint64(0), 1 << 63})
	rapid.Check(t, func(t *rapid.T) {
		a, b := natOf(t, "a", 8), natOf(t, "b", 7)
		if b == (nat{}) {
			b[0] = 1
		}
		check(t, a, b)
	})
}

func TestDivisionBy128BitsAgreesWithBigInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := func(label string) u128 { return u128{words.Draw(t, label+" hi"), words.Draw(t, label+" lo")} }
		a, b := u256{w("a hi"), w("a lo")}, w("b")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			b.hi = 0
		case 1: // the first estimate is out of range
			a.hi.hi = b.hi
		}
		if b == (u128{}) {
			b.lo = 7
		}
		if a.hi.cmp(b) >= 0 { // the caller's promise
			r := new(big.Int).Mod(bigOf256(u256{lo: a.hi}), bigOf256(u256{lo: b}))
			a.hi = u128{new(big.Int).Rsh(r, 64).Uint64(), new(big.Int).And(r, new(big.Int).SetUint64(^uint64(0))).Uint64()}
		}
		q, r := a.div128(b)
		wantQ, wantR := new(big.Int).QuoRem(bigOf256(a), bigOf256(u256{lo: b}), new(big.Int))
		if bigOf256(u256{lo: q}).Cmp(wantQ) != 0 || bigOf256(u256{lo: r}).Cmp(wantR) != 0 {
			t.Fatalf("%x / %x = %x rest %x", a, b, q, r)
		}
	})
}

// Both ways through a quotient give the same, ties and overflow included.
func TestShortAndLongQuotientsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		num := anyDecimal.Draw(t, "num").coef()
		den := anyDecimal.Draw(t, "den").coef()
		shift, r := rapid.IntRange(-62, 93).Draw(t, "shift"), roundings.Draw(t, "rounding")
		if den == (u128{}) {
			return
		}
		q, ok := quo128(num, den, shift, r)
		if !ok {
			return
		}
		short, errShort := pack(false, q.hi, q.lo, 0)
		long, errLong := quoWide(u256{lo: num}, u256{lo: den}, shift, false, 0, r)
		if short != long || !errors.Is(errShort, errLong) {
			t.Fatalf("short %v, %v; long %v, %v", short, errShort, long, errLong)
		}
	})
}

// 2^129-1 = a × b with both below 2^122; half of it rounds up to 2^128, which
// 128 bits would hold as 0.
func TestRoundingUpPastAllBitsIsOverflow(t *testing.T) {
	a := MustParse("8796093022207")              // 2^43 - 1
	b := MustParse("77371252455345063274217473") // 2^86 + 2^43 + 1
	for _, r := range allModes {
		if q, err := MulQuo(a, b, New(2, 0), 0, r); !errors.Is(err, ErrOverflow) {
			t.Errorf("rounding %d: %v, %v; want ErrOverflow", r, q, err)
		}
	}
	// One unit up from the largest coefficient.
	for _, r := range []Rounding{HalfUp, HalfEven} {
		if q, err := MulQuo(fromBig(maxCoef, 0), New(3, 0), MustParse("2.9999999999999999999999999999999"), 0, r); !errors.Is(err, ErrOverflow) {
			t.Errorf("rounding %d: %v, %v; want ErrOverflow", r, q, err)
		}
	}
	if q, err := MulQuo(fromBig(maxCoef, 1), New(10, 0), New(10, 0), 1, HalfUp); err != nil || q != fromBig(maxCoef, 1) {
		t.Errorf("%v, %v; want the largest coefficient back", q, err)
	}
}

func TestEightDigitsAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64Range(0, 99999999).Draw(t, "v")
		var b [8]byte
		putEight(&b, v)
		back, ok := eight(b[:], 0)
		if !ok || back != v {
			t.Fatalf("%d is written %q and read %d, %v", v, b, back, ok)
		}
		i, bad := rapid.IntRange(0, 7).Draw(t, "i"), rapid.Byte().Draw(t, "byte")
		b[i] = bad
		if _, ok := eight(b[:], 0); ok != ('0' <= bad && bad <= '9') {
			t.Fatalf("%q is accepted: %v", b, ok)
		}
	})
}
