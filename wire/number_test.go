package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"poise/decimal"
)

// decimalTexts are texts of decimals, in strings and as JSON numbers.
var decimalTexts = []struct {
	text string
	ok   bool
	why  string
}{
	{"0", true, "shortest"},
	{"-0", true, "the sign is kept as text"},
	{"0.0", true, "flat entry price"},
	{"0.00000", true, "flat entry price, recorded"},
	{"0.00000000", true, "flat isolated wallet"},
	{"-0.00000039", true, "a negative wallet"},
	{"7", true, "one digit"},
	{"12345678", true, "8 digits: the fast way's most"},
	{"123456789", true, "9 digits: the slow way"},
	{"12345678.12345678", true, "8 and 8"},
	{"-12345678.12345678", true, "8 and 8 with a sign"},
	{"1.123456789", true, "9 behind the point"},
	{"123456789.1", true, "9 before it"},
	{"99999999.99999999", true, "largest of 8 and 8"},
	{"999999999999999999999999999999999999", true, "36 digits"},
	{"0.1234567890123456789012345678901", true, "31 behind the point"},
	{"0.12345678901234567890123456789012", false, "32 behind the point"},
	{"99999999999999999999999999999999999999", false, "38 digits"},
	{"", false, "empty"},
	{"-", false, "only a sign"},
	{"+1", false, "a plus sign"},
	{"--1", false, "two signs"},
	{".5", false, "nothing before the point"},
	{"5.", false, "nothing behind it"},
	{"1.2.3", false, "two points"},
	{"007", false, "needless zeros"},
	{"-01.5", false, "needless zero behind a sign"},
	{"00", false, "needless zero"},
	{"1e5", false, "an exponent"},
	{"1.5E-3", false, "an exponent behind digits"},
	{"NaN", false, "no number"},
	{"Infinity", false, "no number"},
	{"0x10", false, "hexadecimal"},
	{"1,5", false, "a comma"},
	{"1_000", false, "an underscore"},
	{" 1", false, "a space before"},
	{"1 ", false, "a space behind"},
	{"１", false, "a digit of another script"},
}

// place is a row whose value %s is read by the fast way when it can be.
const place = `{"e":"ACCOUNT_UPDATE","T":1791417600452,"E":1791417600457,"a":{"B":[{"a":"BTC","wb":"1","cw":%s,"bc":"0"}],"P":[],"m":"ORDER"}}`

func TestDecimalsInStrings(t *testing.T) {
	var d Decoder
	var ev Event
	for _, c := range decimalTexts {
		text := fmt.Sprintf(place, `"`+c.text+`"`)
		err := d.Decode([]byte(text), &ev)
		if !c.ok {
			if !errors.Is(err, ErrDecimal) {
				t.Errorf("%q (%s): %v", c.text, c.why, err)
			}
			continue
		}
		if err != nil || ev.Account.Balances[0].Cross.String() != c.text || string(ev.Append(nil)) != text {
			t.Errorf("%q (%s): %s, %v", c.text, c.why, ev.Append(nil), err)
		}
	}
}

func TestDecimalsAsNumbers(t *testing.T) {
	var d Decoder
	var ev Event
	for _, c := range decimalTexts {
		text := fmt.Sprintf(place, c.text)
		err := d.Decode([]byte(text), &ev)
		spaced := c.text != "" && (c.text[0] == ' ' || c.text[len(c.text)-1] == ' ')
		if !c.ok && !spaced {
			if err == nil {
				t.Errorf("%q (%s) is accepted", c.text, c.why)
			}
			continue
		}
		if spaced {
			continue
		}
		if err != nil || ev.Account.Balances[0].Cross.String() != c.text || string(ev.Append(nil)) != text {
			t.Errorf("%q (%s): %s, %v", c.text, c.why, ev.Append(nil), err)
		}
	}
}

func TestIntegers(t *testing.T) {
	var d Decoder
	var ev Event
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"-1", -1, true},
		{"12345678", 12345678, true},
		{"123456789012345", 123456789012345, true},
		{"1234567890123456", 1234567890123456, true},
		{"9223372036854775807", math.MaxInt64, true},
		{"-9223372036854775808", math.MinInt64, true},
		{"9223372036854775808", 0, false},
		{"-9223372036854775809", 0, false},
		{"99999999999999999999", 0, false},
		{"-0", 0, false},
		{"01", 0, false},
		{"1.0", 0, false},
		{"1e3", 0, false},
		{"12345678e3", 0, false},
		{"123456789012.5", 0, false},
		{"-", 0, false},
	} {
		for _, quote := range []string{"", `"`} {
			text := `{"e":"listenKeyExpired","E":` + quote + c.text + quote + `}`
			err := d.Decode([]byte(text), &ev)
			if c.ok != (err == nil) || c.ok && (ev.Time != c.want || string(ev.Append(nil)) != text) {
				t.Errorf("%s: %d, %v", text, ev.Time, err)
			}
		}
	}
}

func TestDigitsAreReadAndWrittenAsTheLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64Range(0, 99999999).Draw(t, "v")
		text := fmt.Sprintf("%08d", v)
		if got := digits8(pack(text) ^ '0'*ones); got != v {
			t.Fatalf("digits8(%s) = %d", text, got)
		}
		if got := text8(v); got != pack(text) {
			t.Fatalf("text8(%d) = %x", v, got)
		}
		word := rapid.Uint64().Draw(t, "word")
		want := uint64(0)
		for want < 8 && byte(word>>(8*want))-'0' <= 9 {
			want++
		}
		if n, _ := leading(word); n != want {
			t.Fatalf("leading(%016x) = %d, want %d", word, n, want)
		}
	})
}

func TestDecimalsAreWrittenAsTheirPackageDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := decimal.New(rapid.Int64().Draw(t, "coefficient"), rapid.IntRange(0, decimal.MaxScale).Draw(t, "scale"))
		if rapid.Bool().Draw(t, "small") {
			d = decimal.New(rapid.Int64Range(-1e10, 1e10).Draw(t, "coefficient"), rapid.IntRange(0, 9).Draw(t, "scale"))
		}
		if got := string(appendDecimal(make([]byte, 0, 4096), d)); got != d.String() {
			t.Fatalf("%s, want %s", got, d)
		}
		if got := string(appendDecimal(nil, d)); got != d.String() {
			t.Fatalf("%s without room, want %s", got, d)
		}
	})
}

func TestStringsAreWrittenAsTheyAreRead(t *testing.T) {
	var d Decoder
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		text := appendString([]byte("xx"), s)[2:]
		var want string
		if err := json.Unmarshal(text, &want); err != nil || want != s {
			t.Fatalf("%s is %q to encoding/json, want %q", text, want, s)
		}
		if err := d.load(text); err != nil {
			t.Fatal(err)
		}
		if got, end := d.text(0); string(got) != s || end != len(text) {
			t.Fatalf("%s is read as %q, want %q", text, got, s)
		}
	})
}
