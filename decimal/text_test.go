package decimal

import (
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

func TestTextIsKeptDigitForDigit(t *testing.T) {
	for _, s := range []string{
		"0", "0.0", "0.00000000", "-0", "-0.00", "1", "-1", "1.10", "10", "100.00",
		"7620.73025767", "122624.12345678", "-0.00593049", "37643.10000021", "2422.400000007",
		"1000000000000.12345678", "-1000000000000.1234567890", // 1e12 coins at 8, a price at 10
		"9999999999999999999", "-9999999999999999999", "99999999999999999999", // 19 and 20 digits
		"18446744073709551615", "18446744073709551616", "100000000000000000000",
		"0.0000000000000000000", "0.00000000000000000000", "1.0000000000000000000000000000000",
		"0.0000000000000000000000000000001", "999999999999999999999999999999999999",
		largest, "-" + largest, "531691198313966.3491615228241121378303", "531691.1983139663491615228241121378303",
	} {
		d, err := Parse(s)
		if err != nil || d.String() != s {
			t.Errorf("Parse(%q) = %v, %v", s, d, err)
		}
		if b, err := ParseBytes([]byte(s)); b != d || err != nil {
			t.Errorf("ParseBytes(%q) = %v, %v", s, b, err)
		}
		if got := string(d.Append([]byte("price "))); got != "price "+s {
			t.Errorf("Append = %q", got)
		}
		_, fraction, _ := strings.Cut(s, ".")
		if d.Scale() != len(fraction) {
			t.Errorf("%s has scale %d", s, d.Scale())
		}
	}
}

func TestZerosAreDifferentTextsOfOneValue(t *testing.T) {
	zeros := []D{Zero, MustParse("0.0"), MustParse("0.00000000"), MustParse("-0")}
	for i, a := range zeros {
		for j, b := range zeros {
			if !a.Equal(b) || a.Cmp(b) != 0 || (a == b) != (i == j) {
				t.Errorf("%v and %v: Equal %v, == %v", a, b, a.Equal(b), a == b)
			}
		}
	}
}

func TestTextThatIsNotAPlainDecimalIsErrSyntax(t *testing.T) {
	for _, s := range []string{
		"", "-", ".", "-.", ".5", "-.5", "1.", "-1.", "1..2", "1.2.3", "1.2.", "..", "0.0.", "--1", "-+1",
		"+1", "+0", "1e5", "1E5", "1e-5", "0e0", "1.5e3", "e5", "NaN", "nan", "Infinity", "-Inf", "inf",
		" 1", "1 ", " ", "1 000", "1\n", "\t1", "1\x00", "1_000", "1,5", "1,000.00", "0x10", "0b1", "1f",
		"00", "01", "-00", "-01", "00.1", "007", "000000000000", "01.5", "½", "１", "٣", "1−", "−1", "$1", "1%",
		"1/2", "1:2", "12345678/", "0.1234567/", "0.1234567:", "0.12345678:", "0.1234567\xff", "0.1234567\x00",
		"0.12345678x", "0.1234567.", "0.-1", "0.+1", "1-", "1-2", "0.12 4567", "0.1234567812345678e",
		strings.Repeat("9", 60) + ".", "0." + strings.Repeat("0", 60) + "x", strings.Repeat("9", 60) + "x",
	} {
		if d, err := Parse(s); !errors.Is(err, ErrSyntax) || d != Zero {
			t.Errorf("Parse(%q) = %v, %v; want ErrSyntax", s, d, err)
		}
		if d, err := ParseBytes([]byte(s)); !errors.Is(err, ErrSyntax) || d != Zero {
			t.Errorf("ParseBytes(%q) = %v, %v; want ErrSyntax", s, d, err)
		}
	}
}

func TestTextPastTheRangeIsErrOverflow(t *testing.T) {
	for _, s := range []string{
		"5316911983139663491615228241121378304",  // 2^122
		"-5316911983139663491615228241121378304", // and below zero
		"5316911983139663491615228241121378303.0",
		"9999999999999999999999999999999999999",
		"10000000000000000000000000000000000000", // 38 digits
		"340282366920938463463374607431768211456",
		"0.00000000000000000000000000000001",  // 32 after the point
		"0.00000000000000000000000000000000",  // zeros too
		"1.000000000000000000000000000000000", // 33
		strings.Repeat("9", 100_000),
		"0." + strings.Repeat("0", 100_000),
	} {
		if d, err := Parse(s); !errors.Is(err, ErrOverflow) || d != Zero {
			t.Errorf("Parse(%.50q) = %v, %v; want ErrOverflow", s, d, err)
		}
	}
}

func TestParseAndAppendAgreeWithBigInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDecimal.Draw(t, "d")
		c, scale := parts(d)
		text := new(big.Int).Abs(c).String()
		if scale > 0 {
			text = strings.Repeat("0", max(0, scale+1-len(text))) + text
			text = text[:len(text)-scale] + "." + text[len(text)-scale:]
		}
		if c.Sign() < 0 {
			text = "-" + text
		}
		if got := d.String(); got != text {
			t.Fatalf("String = %q; want %q", got, text)
		}
		if back, err := Parse(text); err != nil || back != d {
			t.Fatalf("Parse(%q) = %v, %v", text, back, err)
		}
		if x, ok := new(big.Rat).SetString(text); !ok || x.Cmp(rat(d)) != 0 {
			t.Fatalf("big.Rat reads %q as %v", text, x)
		}
	})
}

// Append writes its text and not one byte more, into room or out of it.
func TestAppendKeepsToItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDecimal.Draw(t, "d")
		want := d.String()
		spare := rapid.IntRange(0, 48).Draw(t, "spare")
		room := []byte(strings.Repeat("#", 3+spare))
		got := d.Append(room[:3:len(room)])
		if string(got) != "###"+want {
			t.Fatalf("Append = %q; want %q", got, want)
		}
		touched := 3 + len(want)
		if spare < len(want) {
			touched = 3 // it moved to new memory
		}
		if rest := string(room[touched:]); rest != strings.Repeat("#", len(rest)) || string(room[:3]) != "###" {
			t.Fatalf("Append wrote beside its text: %q", room)
		}
	})
}

func TestTextMarshalling(t *testing.T) {
	type row struct {
		Wallet D `json:"wallet"`
	}
	text, err := json.Marshal(row{MustParse("-0.10")})
	if err != nil || string(text) != `{"wallet":"-0.10"}` {
		t.Errorf("%s, %v", text, err)
	}
	var back row
	if err := json.Unmarshal(text, &back); err != nil || back.Wallet != MustParse("-0.10") {
		t.Errorf("%v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"wallet":"1e5"}`), &back); !errors.Is(err, ErrSyntax) || back.Wallet != MustParse("-0.10") {
		t.Errorf("%v, %v; want ErrSyntax and the old value", back, err)
	}
	if got, err := MustParse("2.50").AppendText([]byte("=")); err != nil || string(got) != "=2.50" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestADecimalHas16BytesAndNoPointer(t *testing.T) {
	if size := unsafe.Sizeof(D{}); size != 16 {
		t.Errorf("%d bytes", size)
	}
}

func TestNothingAllocates(t *testing.T) {
	text, a, b, c := []byte("122624.12345678"), MustParse("122624.12345678"), MustParse("-0.00593049"), MustParse("38103.05510455")
	huge := MustParse("1234567890123456789012345678.90123456")
	buf := make([]byte, 0, 64)
	for what, f := range map[string]func(){
		"ParseBytes":   func() { sinkD, sinkErr = ParseBytes(text) },
		"Parse":        func() { sinkD, sinkErr = Parse("-1234567890123456789012345678.90123456") },
		"Append":       func() { buf = a.Append(buf[:0]) },
		"Append, wide": func() { buf = huge.Append(buf[:0]) },
		"Add":          func() { sinkD, sinkErr = a.Add(b) },
		"Sub":          func() { sinkD, sinkErr = huge.Sub(b) },
		"Sum":          func() { sinkD, sinkErr = Sum(a, b, c, huge) },
		"Mul":          func() { sinkD, sinkErr = a.Mul(b) },
		"Quo":          func() { sinkD, sinkErr = a.Quo(c, 20, HalfEven) },
		"MulQuo":       func() { sinkD, sinkErr = MulQuo(huge, huge, huge, 4, HalfUp) },
		"MulQuo2":      func() { sinkD, sinkErr = MulQuo2(huge, a, huge, c, 8, ToZero) },
		"Round":        func() { sinkD, sinkErr = huge.Round(2, HalfUp) },
		"Cmp":          func() { sinkInt = huge.Cmp(a) },
		"Trim":         func() { sinkD = huge.Trim() },
		"overflow":     func() { sinkD, sinkErr = huge.Mul(huge) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", what, n)
		}
	}
}

// grammar is the contract of Parse, written a second time.
var grammar = regexp.MustCompile(`\A-?(0|[1-9][0-9]*)(\.[0-9]+)?\z`)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "0", "-0.00", "1.", ".5", "+1", "1e5", "00.1", "122624.12345678", "12345678/",
		"0.1234567:", "9999999999999999999", "99999999999999999999", largest, largest + "0", "-" + largest[:10] + "." + largest[10:],
		"0.00000000000000000000000000000001", "NaN", " 1", "1\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if b, errBytes := ParseBytes([]byte(s)); b != d || (err == nil) != (errBytes == nil) {
			t.Fatalf("Parse(%q) = %v, %v; ParseBytes = %v, %v", s, d, err, b, errBytes)
		}
		if !grammar.MatchString(s) {
			if !errors.Is(err, ErrSyntax) || d != Zero {
				t.Fatalf("Parse(%q) = %v, %v; want ErrSyntax", s, d, err)
			}
			return
		}
		_, fraction, _ := strings.Cut(s, ".")
		c, ok := new(big.Int).SetString(strings.NewReplacer("-", "", ".", "").Replace(s), 10)
		if !ok || c.Cmp(limit) >= 0 || len(fraction) > MaxScale {
			if !errors.Is(err, ErrOverflow) || d != Zero {
				t.Fatalf("Parse(%q) = %v, %v; want ErrOverflow", s, d, err)
			}
			return
		}
		if err != nil || d.String() != s || d.Scale() != len(fraction) {
			t.Fatalf("Parse(%q) = %v, %v", s, d, err)
		}
		if abs, _ := parts(d.Abs()); abs.Cmp(c) != 0 {
			t.Fatalf("Parse(%q) holds %v", s, abs)
		}
	})
}
