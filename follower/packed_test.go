package follower

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"poise/account"
	"poise/decimal"
)

// filled sets every field of a value to something that is drawn, so that a field
// that is added later and not packed is noticed.
func filled(r *rand.Rand, v reflect.Value) {
	if d, ok := v.Addr().Interface().(*decimal.D); ok {
		*d = drawnDecimal(r)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			filled(r, v.Field(i))
		}
	case reflect.Slice:
		if n := r.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			filled(r, v.Index(i))
		}
	case reflect.String:
		v.SetString([]string{"", "BTC", "ETHUSD_PERP", fmt.Sprintf("text %d é", r.Uint32())}[r.IntN(4)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> r.IntN(64))
	case reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(64))
	default:
		panic("a delta has a field of kind " + v.Kind().String())
	}
}

func drawnDecimal(r *rand.Rand) decimal.D {
	texts := []string{"0", "-0.00", "0.00000000", "1.50", "-99999999.99999999", "18446744073709551615", "18446744073709551616",
		"-79228162514264337593543950335.0000", "0.0000000000000000000000000000001"}
	if n := r.IntN(len(texts) + 4); n < len(texts) {
		return decimal.MustParse(texts[n])
	}
	return decimal.New(int64(r.Uint64())>>r.IntN(63), r.IntN(32))
}

// What was packed is what is unpacked, to the last digit and the last empty list.
func TestPackedChangesAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		table := &texts{}
		p := packer{texts: table}
		deltas := make([]account.Delta, 1+r.IntN(20))
		for i := range deltas {
			filled(r, reflect.ValueOf(&deltas[i]).Elem())
			deltas[i].Position = uint64(i + 1)
			p.pack(&deltas[i])
		}
		after, of := uint64(r.IntN(len(deltas))), ""
		if r.IntN(2) == 0 {
			of = "BTC"
		}
		u := unpacker{p.b, table.known()}
		for i := range deltas {
			var got account.Delta
			want := deltas[i].Position > after && (of == "" || deltas[i].Account == of)
			if skipped := u.next(after, of, &got); skipped == want {
				t.Fatalf("change %d: skipped %v", i+1, skipped)
			}
			if want && !reflect.DeepEqual(got, deltas[i]) {
				t.Fatalf("change %d:\n%+v\nunpacked\n%+v", i+1, deltas[i], got)
			}
		}
		if len(u.b) > 0 {
			t.Fatalf("%d bytes are left", len(u.b))
		}
	})
}

// The table of texts is bounded; what does not fit is packed all the same.
func TestMoreTextsThanTheTableHolds(t *testing.T) {
	p := packer{texts: &texts{}}
	const n = 2 * textsMost
	name := func(i int) string { return fmt.Sprint("a", i) }
	for i := range n {
		p.pack(&account.Delta{Account: name(i), Position: uint64(i + 1)})
	}
	if got := len(p.texts.known()); got != textsMost {
		t.Errorf("the table has %d texts", got)
	}
	u := unpacker{p.b, p.texts.known()}
	for i := range n {
		var d account.Delta
		if u.next(0, "", &d) || d.Account != name(i) {
			t.Fatalf("change %d is of %q", i+1, d.Account)
		}
	}
}
