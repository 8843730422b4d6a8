package engine

import (
	"math"
	"math/rand"
	"strconv"
	"testing"

	"poise/decimal"
)

// TestNumbersAsText against strconv and package decimal.
func TestNumbersAsText(t *testing.T) {
	r := rand.New(rand.NewSource(6))
	numbers := []int64{0, 1, 9, 10, 99, 100, 12345678, 99999999, 100000000, 100000001, math.MaxInt64, -1, -100000000, -math.MaxInt64}
	for range 20_000 {
		numbers = append(numbers, (r.Int63()>>uint(r.Intn(63)))*int64(1-2*r.Intn(2)))
	}
	for _, n := range numbers {
		wantText(t, "int", string(appendInt(nil, n)), strconv.FormatInt(n, 10))
		wantText(t, "8 decimals", string(appendFixed([]byte("x"), n, 8)), "x"+decimal.New(n, 8).String())
		d := 1 + r.Intn(8)
		cut, _ := decimal.New(n, 8).Round(d, decimal.ToZero)
		if got := string(appendFixed(nil, n, d)); got != cut.String() && got != "-"+cut.String() {
			t.Fatalf("%d at %d decimals: %s", n, d, got)
		}
	}
	for n := uint32(0); n < 100_000_000; n += 997 {
		if got, want := string(append8(nil, digits8(n), 0)), strconv.Itoa(int(n) + 100_000_000)[1:]; got != want {
			t.Fatalf("%d: %s", n, got)
		}
	}
}

// TestTextIsEscaped: whatever an alias or a symbol has.
func TestTextIsEscaped(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"SfsR", `"SfsR"`}, {`a"b\`, `"a\"b\\"`}, {"a\nb", `"a\u000ab"`}, {"é", `"é"`}, {"\xff", `"` + "\uFFFD" + `"`},
	} {
		wantText(t, c.in, string(appendText(nil, "", c.in)), c.want)
	}
}
