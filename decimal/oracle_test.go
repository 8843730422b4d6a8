package decimal

import (
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"pgregory.net/rapid"
)

// Every operation is checked against two libraries that share no code with it:
// math/big, which has no rounding at all, and cockroachdb/apd, which has its
// own. Numbers are drawn where this package could go wrong: at its 122 bits, at
// words' ends, at powers of ten, at ties.

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", "3000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

var (
	bigOne   = big.NewInt(1)
	limit    = new(big.Int).Lsh(bigOne, 122)
	maxCoef  = new(big.Int).Sub(limit, bigOne)
	allModes = []Rounding{ToZero, HalfUp, HalfEven}
)

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// coefficients draws 0 .. 2^122-1, small, huge and next to an edge.
var coefficients = rapid.Custom(func(t *rapid.T) *big.Int {
	c := new(big.Int)
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		c.SetUint64(rapid.Uint64Range(0, 1000).Draw(t, "small"))
	case 1:
		c.Lsh(bigOne, uint(rapid.IntRange(0, 122).Draw(t, "power of two")))
	case 2:
		c.Set(tenTo(rapid.IntRange(0, 36).Draw(t, "power of ten")))
	case 3: // 5 and zeros, and odd halves: ties
		c.Mul(big.NewInt(rapid.Int64Range(1, 99).Draw(t, "digits")), tenTo(rapid.IntRange(0, 34).Draw(t, "zeros")))
		c.Mul(c, big.NewInt(5))
	default:
		c.SetUint64(rapid.Uint64().Draw(t, "hi"))
		c.Lsh(c, 64)
		c.Or(c, new(big.Int).SetUint64(rapid.Uint64().Draw(t, "lo")))
		c.Rsh(c, uint(rapid.IntRange(6, 127).Draw(t, "cut")))
	}
	c.Add(c, big.NewInt(rapid.Int64Range(-2, 2).Draw(t, "beside")))
	if c.Sign() < 0 {
		c.SetInt64(0)
	}
	if c.Cmp(limit) >= 0 {
		c.Set(maxCoef)
	}
	return c
})

var (
	scales    = rapid.IntRange(0, MaxScale)
	roundings = rapid.SampledFrom(allModes)
	decimals  = rapid.Custom(func(t *rapid.T) D {
		c := coefficients.Draw(t, "coefficient")
		if rapid.Bool().Draw(t, "negative") {
			c = new(big.Int).Neg(c)
		}
		return fromBig(c, scales.Draw(t, "scale"))
	})
	// everyday draws what the exchange prints.
	everyday = rapid.Custom(func(t *rapid.T) D {
		return New(rapid.Int64Range(-1e15, 1e15).Draw(t, "coefficient"), rapid.IntRange(0, 10).Draw(t, "scale"))
	})
	anyDecimal = rapid.OneOf(decimals, everyday)
)

// fromBig makes a D of a coefficient that fits.
func fromBig(c *big.Int, scale int) D {
	abs := new(big.Int).Abs(c)
	lo := new(big.Int).And(abs, new(big.Int).SetUint64(^uint64(0))).Uint64()
	hi := new(big.Int).Rsh(abs, 64).Uint64() | uint64(scale)<<scaleShift
	if c.Sign() < 0 {
		hi |= signBit
	}
	return D{hi, lo}
}

// parts returns the signed coefficient and the scale.
func parts(d D) (*big.Int, int) {
	c := new(big.Int).SetUint64(d.hi & coefMask)
	c.Lsh(c, 64).Or(c, new(big.Int).SetUint64(d.lo))
	if d.neg() {
		c.Neg(c)
	}
	return c, d.Scale()
}

func rat(d D) *big.Rat {
	c, scale := parts(d)
	return new(big.Rat).SetFrac(c, tenTo(scale))
}

// roundRat returns the coefficient of x at a scale, rounded once.
func roundRat(x *big.Rat, scale int, r Rounding) *big.Int {
	num := new(big.Int).Mul(x.Num(), tenTo(scale))
	q, rem := new(big.Int).QuoRem(num, x.Denom(), new(big.Int))
	rem.Abs(rem).Lsh(rem, 1)
	half := rem.Cmp(x.Denom())
	if r == HalfUp && half >= 0 || r == HalfEven && (half > 0 || half == 0 && q.Bit(0) == 1) {
		q.Add(q, big.NewInt(int64(x.Sign())))
	}
	return q
}

// wantCoef fails unless got is coefficient/10^scale, or ErrOverflow where that
// does not fit.
func wantCoef(t *rapid.T, what string, got D, err error, coefficient *big.Int, scale int) {
	t.Helper()
	if new(big.Int).Abs(coefficient).Cmp(limit) >= 0 || scale > MaxScale || scale < 0 {
		if !errors.Is(err, ErrOverflow) || got != Zero {
			t.Fatalf("%s = %v, %v; want ErrOverflow", what, got, err)
		}
		return
	}
	if want := fromBig(coefficient, scale); err != nil || got != want {
		t.Fatalf("%s = %v, %v; want %v", what, got, err, want)
	}
}

func TestAddSubMulCmpAgreeWithBigRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal.Draw(t, "a"), anyDecimal.Draw(t, "b")
		ra, rb := rat(a), rat(b)
		scale := max(a.Scale(), b.Scale())

		sum, err := a.Add(b)
		wantCoef(t, "sum", sum, err, roundRat(new(big.Rat).Add(ra, rb), scale, ToZero), scale)
		diff, err := a.Sub(b)
		wantCoef(t, "difference", diff, err, roundRat(new(big.Rat).Sub(ra, rb), scale, ToZero), scale)

		ca, sa := parts(a)
		cb, sb := parts(b)
		product, err := a.Mul(b)
		wantCoef(t, "product", product, err, new(big.Int).Mul(ca, cb), sa+sb)

		if got, want := a.Cmp(b), ra.Cmp(rb); got != want || a.Equal(b) != (want == 0) {
			t.Fatalf("Cmp = %d, Equal = %v; want %d", got, a.Equal(b), want)
		}
		if a.Sign() != ra.Sign() || a.IsZero() != (ra.Sign() == 0) {
			t.Fatalf("Sign = %d, IsZero = %v", a.Sign(), a.IsZero())
		}
	})
}

func TestCmpOfTheSameValueAtTwoScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := new(big.Int).Rsh(coefficients.Draw(t, "c"), 64)
		more := rapid.IntRange(0, 18).Draw(t, "more")
		scale := rapid.IntRange(0, MaxScale-more).Draw(t, "scale")
		a := fromBig(c, scale)
		wide := new(big.Int).Mul(c, tenTo(more))
		if wide.Cmp(limit) >= 0 {
			return
		}
		b := fromBig(wide, scale+more)
		if a.Cmp(b) != 0 || b.Cmp(a) != 0 || !a.Equal(b) || a.Neg().Cmp(b.Neg()) != 0 || a.Trim() != b.Trim() {
			t.Fatalf("%v and %v differ", a, b)
		}
	})
}

func TestQuotientsAgreeWithBigRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal.Draw(t, "a"), anyDecimal.Draw(t, "b")
		c, d := anyDecimal.Draw(t, "c"), anyDecimal.Draw(t, "d")
		scale := scales.Draw(t, "at")
		for _, r := range allModes {
			rounded, err := a.Round(scale, r)
			wantCoef(t, "Round", rounded, err, roundRat(rat(a), scale, r), scale)

			q, err := a.Quo(c, scale, r)
			wantQuo(t, fmt.Sprintf("Quo %d", r), q, err, rat(a), rat(c), scale, r)
			q, err = MulQuo(a, b, c, scale, r)
			product := new(big.Rat).Mul(rat(a), rat(b))
			wantQuo(t, fmt.Sprintf("MulQuo %d", r), q, err, product, rat(c), scale, r)
			q, err = MulQuo2(a, b, c, d, scale, r)
			wantQuo(t, fmt.Sprintf("MulQuo2 %d", r), q, err, product, new(big.Rat).Mul(rat(c), rat(d)), scale, r)
		}
	})
}

func wantQuo(t *rapid.T, what string, got D, err error, num, den *big.Rat, scale int, r Rounding) {
	t.Helper()
	if den.Sign() == 0 {
		if !errors.Is(err, ErrDivideByZero) || got != Zero {
			t.Fatalf("%s = %v, %v; want ErrDivideByZero", what, got, err)
		}
		return
	}
	wantCoef(t, what, got, err, roundRat(new(big.Rat).Quo(num, den), scale, r), scale)
}

// A drawn quotient is almost never a tie, or one unit beside it; these are.
func TestTiesAgreeWithBigRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.IntRange(0, 20).Draw(t, "scale")
		b := anyDecimal.Draw(t, "b")
		odd := big.NewInt(rapid.Int64Range(-1e9, 1e9).Draw(t, "k")*2 + 1)
		// a = b × odd / (2 × 10^scale), if it can be written.
		c, sb := parts(b)
		c.Mul(c, odd).Mul(c, big.NewInt(5))
		c.Add(c, big.NewInt(rapid.Int64Range(-1, 1).Draw(t, "beside")))
		sa := sb + scale + 1
		if new(big.Int).Abs(c).Cmp(limit) >= 0 || sa > MaxScale || b.IsZero() {
			t.Skip("does not fit")
		}
		a := fromBig(c, sa)
		for _, r := range allModes {
			q, err := a.Quo(b, scale, r)
			wantQuo(t, fmt.Sprintf("%v / %v, %d", a, b, r), q, err, rat(a), rat(b), scale, r)
			q, err = quoWide(u256{lo: a.coef()}, u256{lo: b.coef()}, scale+sb-sa, a.neg() != b.neg(), scale, r)
			wantQuo(t, fmt.Sprintf("%v / %v the long way, %d", a, b, r), q, err, rat(a), rat(b), scale, r)
		}
	})
}

// apdOfD reads a D the long way round: its text, by apd's parser.
func apdOfD(t *rapid.T, d D) *apd.Decimal {
	x, _, err := apd.NewFromString(d.String())
	if err != nil {
		t.Fatalf("apd cannot read %v: %v", d, err)
	}
	return x
}

func TestArithmeticAgreesWithApd(t *testing.T) {
	exact := apd.Context{Precision: 400, MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent, Rounding: apd.RoundDown}
	modes := map[Rounding]apd.Rounder{ToZero: apd.RoundDown, HalfUp: apd.RoundHalfUp, HalfEven: apd.RoundHalfEven}
	same := func(t *rapid.T, what string, got D, err error, want *apd.Decimal) {
		t.Helper()
		if err == nil && got.String() == plain(want) {
			return
		}
		// apd is unbounded: past our range only the error is right.
		digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(plain(want)), "0")
		c, ok := new(big.Int).SetString("0"+digits, 10)
		if ok && (c.Cmp(limit) >= 0 || -want.Exponent > MaxScale) && errors.Is(err, ErrOverflow) {
			return
		}
		t.Fatalf("%s = %v, %v; apd: %s", what, got, err, plain(want))
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal.Draw(t, "a"), anyDecimal.Draw(t, "b")
		c, d := anyDecimal.Draw(t, "c"), anyDecimal.Draw(t, "d")
		scale, r := scales.Draw(t, "at"), roundings.Draw(t, "rounding")
		xa, xb, xc, xd := apdOfD(t, a), apdOfD(t, b), apdOfD(t, c), apdOfD(t, d)
		var z, num, den apd.Decimal

		must(t)(exact.Add(&z, xa, xb))
		got, err := a.Add(b)
		same(t, "Add", got, err, &z)
		must(t)(exact.Sub(&z, xa, xb))
		got, err = a.Sub(b)
		same(t, "Sub", got, err, &z)
		must(t)(exact.Mul(&num, xa, xb))
		got, err = a.Mul(b)
		same(t, "Mul", got, err, &num)
		if a.Cmp(b) != xa.Cmp(xb) {
			t.Fatalf("Cmp = %d; apd: %d", a.Cmp(b), xa.Cmp(xb))
		}

		// 400 digits, cut, then rounded: a denominator of 244 bits cannot come
		// nearer to a tie than that without being one.
		once := exact
		once.Rounding = modes[r]
		must(t)(once.Quantize(&z, xa, int32(-scale)))
		got, err = a.Round(scale, r)
		same(t, "Round", got, err, &z)
		must(t)(exact.Mul(&den, xc, xd))
		for what, q := range map[string]struct {
			num, den *apd.Decimal
			got      func() (D, error)
		}{
			"Quo":     {xa, xc, func() (D, error) { return a.Quo(c, scale, r) }},
			"MulQuo":  {&num, xc, func() (D, error) { return MulQuo(a, b, c, scale, r) }},
			"MulQuo2": {&num, &den, func() (D, error) { return MulQuo2(a, b, c, d, scale, r) }},
		} {
			if q.den.IsZero() {
				continue
			}
			must(t)(exact.Quo(&z, q.num, q.den))
			must(t)(once.Quantize(&z, &z, int32(-scale)))
			got, err := q.got()
			same(t, what, got, err, &z)
		}
	})
}

func must(t *rapid.T) func(apd.Condition, error) {
	return func(_ apd.Condition, err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
}

// plain is apd's text in our form: no exponent, and no sign on a zero.
func plain(x *apd.Decimal) string {
	if x.IsZero() {
		x = new(apd.Decimal).Abs(x)
	}
	return x.Text('f')
}

func TestAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := everyday.Draw(t, "a"), everyday.Draw(t, "b"), everyday.Draw(t, "c")
		add := func(x, y D) D {
			z, err := x.Add(y)
			if err != nil {
				t.Fatal(err)
			}
			return z
		}
		if add(a, b) != add(b, a) {
			t.Fatal("a + b ≠ b + a")
		}
		if add(add(a, b), c) != add(a, add(b, c)) {
			t.Fatal("(a + b) + c ≠ a + (b + c)")
		}
		if sum, err := Sum(a, b, c); err != nil || sum != add(add(a, b), c) {
			t.Fatalf("Sum = %v, %v", sum, err)
		}
		if z := add(a, a.Neg()); !z.IsZero() || z.neg() {
			t.Fatalf("a - a = %v", z)
		}
		if a.Neg().Neg() != a || a.Abs().Sign() < 0 || !a.Abs().Equal(a) && !a.Abs().Equal(a.Neg()) {
			t.Fatal("Neg or Abs")
		}
		if trimmed := a.Trim(); !trimmed.Equal(a) || trimmed.Scale() > 0 && strings.HasSuffix(trimmed.String(), "0") {
			t.Fatalf("Trim = %v", trimmed)
		}
		// a × b / b = a, and the two fused forms agree with the plain one.
		if b.IsZero() {
			return
		}
		if q, err := MulQuo(a, b, b, a.Scale(), ToZero); err != nil || q != a {
			t.Fatalf("a × b / b = %v, %v", q, err)
		}
		for _, r := range allModes {
			q, err := a.Quo(b, 12, r)
			q1, err1 := MulQuo(a, one, b, 12, r)
			q2, err2 := MulQuo2(a, c, b, c, 12, r)
			if q != q1 || err != err1 || !c.IsZero() && (q != q2 || err != err2) {
				t.Fatalf("Quo = %v, %v; MulQuo by 1 = %v, %v; MulQuo2 by c/c = %v, %v", q, err, q1, err1, q2, err2)
			}
			if n, _ := a.Neg().Quo(b, 12, r); n != q.Neg() {
				t.Fatalf("-a / b = %v; want %v", n, q.Neg())
			}
		}
	})
}

// Comparing orders the reals: the sign of a difference, and transitive.
func TestCmpIsTheSignOfTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal.Draw(t, "a"), anyDecimal.Draw(t, "b")
		if diff, err := a.Sub(b); err == nil && diff.Sign() != a.Cmp(b) {
			t.Fatalf("Cmp = %d, difference %v", a.Cmp(b), diff)
		}
		if a.Cmp(b) != -b.Cmp(a) || a.Neg().Cmp(b.Neg()) != b.Cmp(a) {
			t.Fatal("Cmp does not mirror")
		}
	})
}

func TestInt64AgreesWithBigRat(t *testing.T) {
	check := func(d D) error {
		x := rat(d)
		want := x.IsInt() && x.Num().IsInt64()
		got, ok := d.Int64()
		if ok != want || ok && got != x.Num().Int64() || !ok && got != 0 {
			return fmt.Errorf("%v.Int64() = %d, %v", d, got, ok)
		}
		return nil
	}
	for _, s := range []string{"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "-18446744073709551616", "-0.00", "1.00", "1.01", "0.10",
		"9223372036854775807.0000", "-9223372036854775808.000", "36893488147419103232.0"} {
		if err := check(MustParse(s)); err != nil {
			t.Error(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if err := check(anyDecimal.Draw(t, "d")); err != nil {
			t.Fatal(err)
		}
	})
}
