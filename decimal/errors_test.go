package decimal

import (
	"errors"
	"strings"
	"testing"
)

// largest is 2^122-1, the largest coefficient.
const largest = "5316911983139663491615228241121378303"

func TestSumsPastTheRangeAreErrOverflow(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{largest, "0", largest},
		{largest, "1", ""},
		{largest, "0.0", ""}, // the larger scale asks for one digit more
		{"-" + largest, "-1", ""},
		{"-" + largest, "1", "-5316911983139663491615228241121378302"},
		{largest, "-" + largest, "0"},
		{largest, largest, ""},
		{"1000000000000000000000000000000", "0.0000000000000000000000000000001", ""},
		// The rescaled one is past 122 bits, the difference is not.
		{"53169119831396634916152282411213783.1", "-0.08", "53169119831396634916152282411213783.02"},
		{"53169119831396634916152282411213784", "-0.97", "53169119831396634916152282411213783.03"},
		{"53169119831396634916152282411213784", "-0.96", ""},
		// The rescaled one is just below 128 bits, the sum above.
		{"3402823669209384634633746074317682114", "53169119831396634916152282411213783.03", ""},
		{"-3402823669209384634633746074317682114", "-53169119831396634916152282411213783.03", ""},
	} {
		sum, err := MustParse(c.a).Add(MustParse(c.b))
		wantText(t, c.a+" + "+c.b, sum, err, c.want, ErrOverflow)
		sum, err = MustParse(c.b).Add(MustParse(c.a))
		wantText(t, c.b+" + "+c.a, sum, err, c.want, ErrOverflow)
		sum, err = Sum(MustParse(c.a), MustParse(c.b), Zero)
		wantText(t, "Sum", sum, err, c.want, ErrOverflow)
	}
}

func TestProductsPastTheRangeAreErrOverflow(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{largest, "1", largest},
		{largest, "-1", "-" + largest},
		{largest, "2", ""},
		{"2305843009213693951", "2305843009213693953", largest}, // 2^61-1, 2^61+1
		{"2305843009213693952", "2305843009213693952", ""},
		{largest, largest, ""},
		{"0.0000000000000001", "0.000000000000001", "0.0000000000000000000000000000001"},
		{"0.0000000000000001", "0.0000000000000001", ""}, // 32 digits after the point
		{"0.0000000000000000", "0.0000000000000000", ""}, // zero too: no digit goes in silence
	} {
		product, err := MustParse(c.a).Mul(MustParse(c.b))
		wantText(t, c.a+" × "+c.b, product, err, c.want, ErrOverflow)
	}
}

func TestQuotientsPastTheRangeAreErrOverflow(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		scale int
		want  string
	}{
		{largest, "1", 0, largest},
		{largest, "1", 1, ""},
		{largest, "0.1", 0, ""},
		{largest, "0.0000000000000000000000000000001", 31, ""},
		{"1", "0.0000000000000000000000000000001", 5, "10000000000000000000000000000000.00000"},
		{"1", "0.0000000000000000000000000000001", 6, ""},
		{"0.0000000000000000000000000000001", largest, 31, "0.0000000000000000000000000000000"},
		{"1", "3", -1, ""},
		{"1", "3", 32, ""},
		{"1", "3", 31, "0.3333333333333333333333333333333"},
	} {
		q, err := MustParse(c.a).Quo(MustParse(c.b), c.scale, ToZero)
		wantText(t, c.a+" / "+c.b, q, err, c.want, ErrOverflow)
	}
}

func TestDivisionByAnyZeroIsErrDivideByZero(t *testing.T) {
	three := New(3, 0)
	for _, s := range []string{"0", "0.00000000", "-0", "-0.0", "0.0000000000000000000000000000000"} {
		zero := MustParse(s)
		for what, divide := range map[string]func() (D, error){
			"Quo":              func() (D, error) { return three.Quo(zero, 8, HalfEven) },
			"Quo of zero":      func() (D, error) { return Zero.Quo(zero, 8, HalfEven) },
			"Quo, bad scale":   func() (D, error) { return three.Quo(zero, 99, HalfEven) },
			"MulQuo":           func() (D, error) { return MulQuo(three, three, zero, 8, ToZero) },
			"MulQuo2":          func() (D, error) { return MulQuo2(three, three, three, zero, 8, ToZero) },
			"MulQuo2, swapped": func() (D, error) { return MulQuo2(three, three, zero, three, 8, ToZero) },
		} {
			q, err := divide()
			wantText(t, what+" by "+s, q, err, "", ErrDivideByZero)
		}
	}
}

// wantText checks a result by its text; want "" is the error.
func wantText(t *testing.T, what string, got D, err error, want string, wantErr error) {
	t.Helper()
	if want == "" {
		if !errors.Is(err, wantErr) || got != Zero {
			t.Errorf("%s = %v, %v; want %v", what, got, err, wantErr)
		}
		return
	}
	if err != nil || got.String() != want {
		t.Errorf("%s = %v, %v; want %s", what, got, err, want)
	}
}

func TestArithmeticYieldsNoNegativeZero(t *testing.T) {
	minus, tiny := MustParse("-0.00"), MustParse("-0.01")
	for what, f := range map[string]func() (D, error){
		"-0 + -0":     func() (D, error) { return minus.Add(minus) },
		"-0 - 0":      func() (D, error) { return minus.Sub(Zero) },
		"-0 + -0.000": func() (D, error) { return minus.Add(MustParse("-0.000")) },
		"0.01 - 0.01": func() (D, error) { return tiny.Sub(tiny) },
		"-0 × 1":      func() (D, error) { return minus.Mul(one) },
		"0 × -1":      func() (D, error) { return Zero.Mul(tiny) },
		"round -0":    func() (D, error) { return minus.Round(2, HalfUp) },
		"round -0.01": func() (D, error) { return tiny.Round(1, HalfUp) },
		"-0.01 / 5":   func() (D, error) { return tiny.Quo(New(5, 0), 2, ToZero) },
		"-(-0)":       func() (D, error) { return minus.Neg(), nil },
		"-(0)":        func() (D, error) { return Zero.Neg(), nil },
		"|-0|":        func() (D, error) { return minus.Abs(), nil },
		"trim -0":     func() (D, error) { return minus.Trim(), nil },
	} {
		if d, err := f(); err != nil || !d.IsZero() || strings.HasPrefix(d.String(), "-") {
			t.Errorf("%s = %v, %v", what, d, err)
		}
	}
	if !minus.Equal(Zero) || minus.Cmp(tiny) != 1 || minus.Sign() != 0 || minus == Zero {
		t.Error("-0.00 is not a zero written with a sign")
	}
}

func TestRoundingDirections(t *testing.T) {
	for _, c := range []struct{ d, toZero, halfUp, halfEven string }{
		{"1.24", "1.2", "1.2", "1.2"},
		{"1.25", "1.2", "1.3", "1.2"},
		{"1.26", "1.2", "1.3", "1.3"},
		{"1.35", "1.3", "1.4", "1.4"},
		{"-1.25", "-1.2", "-1.3", "-1.2"},
		{"-1.35", "-1.3", "-1.4", "-1.4"},
		{"0.05", "0.0", "0.1", "0.0"},
		{"-0.04", "0.0", "0.0", "0.0"},
		{"9.95", "9.9", "10.0", "10.0"},
		{"9.95000000000000000000000000001", "9.9", "10.0", "10.0"},
		{"9.94999999999999999999999999999", "9.9", "9.9", "9.9"},
		{"7", "7.0", "7.0", "7.0"},
	} {
		for r, want := range map[Rounding]string{ToZero: c.toZero, HalfUp: c.halfUp, HalfEven: c.halfEven} {
			got, err := MustParse(c.d).Round(1, r)
			wantText(t, c.d, got, err, want, nil)
		}
	}
}

func TestErrorsQuoteTheText(t *testing.T) {
	_, err := Parse("1e5")
	if err == nil || err.Error() != `not a plain decimal: "1e5"` {
		t.Errorf("%v", err)
	}
	_, err = ParseBytes([]byte(strings.Repeat("9", 1000)))
	if !errors.Is(err, ErrOverflow) || len(err.Error()) > 200 || !strings.Contains(err.Error(), "(1000 bytes)") {
		t.Errorf("%v", err)
	}
	_, err = Parse(strings.Repeat("\xff", 1000))
	if !errors.Is(err, ErrSyntax) || len(err.Error()) > 400 {
		t.Errorf("%d bytes of error", len(err.Error()))
	}
}

func TestConstructorsForPrograms(t *testing.T) {
	for want, d := range map[string]D{
		"0": {}, "-9223372036854775808": New(-1<<63, 0), "9223372036854775807": New(1<<63-1, 0),
		"-0.05": New(-5, 2), "100": New(100, 0), "0.00": New(0, 2), "-12.5": FromSmall(1, 125, 1), "7.20": FromSmall(0, 720, 2),
	} {
		if d.String() != want {
			t.Errorf("%v; want %s", d, want)
		}
	}
	for what, f := range map[string]func(){
		"New at scale 32":   func() { New(1, 32) },
		"New at scale -1":   func() { New(1, -1) },
		"MustParse of text": func() { MustParse("one") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", what)
				}
			}()
			f()
		}()
	}
	if neg, c, scale, ok := MustParse("-12.50").Small(); neg != 1 || c != 1250 || scale != 2 || !ok {
		t.Error("Small", neg, c, scale, ok)
	}
	if _, _, _, ok := MustParse("18446744073709551616").Small(); ok {
		t.Error("Small takes 65 bits")
	}
}
