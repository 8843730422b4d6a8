package wire

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"poise/decimal"
	"poise/wire/wiretest"
)

// bothWays decodes by a decoder that reads rows straight through and by one that
// never does, and compares all they yield.
type bothWays struct {
	straight, slow Decoder
	reused         Event
}

// content is an event without what its memory held before.
func content(ev *Event) Event {
	c := *ev
	c.memory = nil
	c.Account.Balances, c.Account.Positions = slices.Clone(c.Account.Balances), slices.Clone(c.Account.Positions)
	c.Call.Positions = slices.Clone(c.Call.Positions)
	for n := range c.Account.Balances {
		c.Account.Balances[n].Extra = filled(c.Account.Balances[n].Extra)
	}
	for n := range c.Account.Positions {
		c.Account.Positions[n].Extra = filled(c.Account.Positions[n].Extra)
	}
	for n := range c.Call.Positions {
		c.Call.Positions[n].Extra = filled(c.Call.Positions[n].Extra)
	}
	for _, e := range []*[]Extra{&c.Extra, &c.Envelope, &c.Account.Extra, &c.Order.Extra, &c.Config.Extra,
		&c.Config.Mode.Extra, &c.Strategy.Extra, &c.Grid.Extra, &c.Algo.Extra} {
		*e = filled(*e)
	}
	c.Raw = append([]byte{}, c.Raw...)
	c.Account.Balances = append([]Balance{}, c.Account.Balances...)
	c.Account.Positions = append([]Position{}, c.Account.Positions...)
	c.Call.Positions = append([]CallPosition{}, c.Call.Positions...)
	return c
}

func filled(e []Extra) []Extra { return append([]Extra{}, e...) }

func (w *bothWays) check(t failer, b []byte) {
	t.Helper()
	if w.slow.tab == nil {
		w.slow.prime()
		w.straight.prime()
	}
	w.slow.tab.straight.off = true
	w.slow.tab.balances, w.slow.tab.positions = forms{}, forms{} // learned anew from strictly read rows
	w.straight.tab.straight.skipBalances, w.straight.tab.straight.skipPositions = 0, 0
	var want Event
	slowErr := w.slow.Decode(b, &want)
	err := w.straight.Decode(b, &w.reused)
	if (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
		t.Fatalf("%q:\nstraight %v\n    slow %v", b, err, slowErr)
	}
	if err != nil {
		return
	}
	if got, want := content(&w.reused), content(&want); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q:\nstraight %+v\n    slow %+v", b, got, want)
	}
	if got, want := w.reused.Append(nil), want.Append(nil); !bytes.Equal(got, want) {
		t.Fatalf("%q:\nstraight %s\n    slow %s", b, got, want)
	}
}

// straightSeeds are messages in both orders, with numbers at the edges of what
// is read straight through.
func straightSeeds() (all [][]byte) {
	all = append(wiretest.Varied(6, 5), wiretest.Sample(), wiretest.Small(), []byte(messages[0]), []byte(messages[1]), []byte(messages[2]))
	documented := `{"s":"BTCUSD_PERP","pa":"1","ep":"2.5","bep":"3.25","cr":"@","up":"@","mt":"cross","iw":"@","ps":"BOTH"}`
	recorded := `{"s":"BTCUSD_PERP","pa":"@","ep":"@","cr":"@","up":"0","mt":"isolated","iw":"@","ps":"SHORT","ma":"BTC","bep":"@"}`
	for _, n := range []string{"0", "-0", "0.0", "-0.00000000", "00", "01.5", "1234567.12345678", "12345678.12345678", "123456789",
		"12345678", "-1234567.1", "1.123456789", "1.1234567", "1.", ".5", "-", "", "-.5", "9", "0.00000001", "1e5", "99999999.99999999",
		"100000000.00000001", "18446744073709551616.5"} {
		for _, row := range []string{documented, recorded, recorded[:strings.Index(recorded, `,"ma"`)] + "}"} {
			all = append(all, account(strings.ReplaceAll(row, "@", n), recorded), account(strings.Replace(row, "@", n, 1)))
		}
		all = append(all, []byte(strings.Replace(string(wiretest.Small()), "5193.88602174", n, 1)))
	}
	for _, name := range []string{"A", "ABCDEFG", "ABCDEFGH", "ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a\\nbcdefghij",
		"ABCDEFGH\u00e9", "", "ABC\x01DEFGHIJ", "ABCDEFGHI\xff"} {
		all = append(all, []byte(strings.ReplaceAll(string(wiretest.Sample()), "BTCUSD_261225", name)),
			[]byte(strings.ReplaceAll(string(wiretest.Sample()), `"ETH"`, `"`+name+`"`)))
	}
	return all
}

// Each change of one byte, each byte left out and each doubled is seen alike.
func TestStraightRowsAreReadAsTheStrictWayReadsThem(t *testing.T) {
	var w bothWays
	for _, b := range straightSeeds() {
		w.check(t, b)
		w.check(t, b)
	}
	for _, b := range [][]byte{wiretest.Small(), wiretest.Sample(), []byte(messages[1])} {
		for n := range b {
			old := b[n]
			for _, c := range []byte("\x00 \"\\,:}]-.019eaB/;\x80\xff") {
				b[n] = c
				w.check(t, b)
			}
			b[n] = old
			w.check(t, slices.Delete(slices.Clone(b), n, n+1))
			w.check(t, slices.Insert(slices.Clone(b), n, old))
		}
	}
}

// A typo in a key would only be slow.
func TestCanonicalRowsAreReadStraight(t *testing.T) {
	var d Decoder
	var ev Event
	rows := 0
	recorded := strings.Replace(messages[1], `"B":[`, `"B":[{"a":"BTC","wb":"1.00000000","cw":"0"},`, 1)
	for _, b := range append(wiretest.Varied(64, 3), wiretest.Sample(), wiretest.Small(), wiretest.Large(), []byte(messages[0]),
		[]byte(recorded), account(`{"s":"ETHUSD_PERP","pa":"0","ep":"0.00000","cr":"-7.1","up":"0","mt":"cross","iw":"0","ps":"LONG"}`)) {
		if err := d.Decode(b, &ev); err != nil {
			t.Fatal(err)
		}
		rows += len(ev.Account.Balances) + len(ev.Account.Positions)
	}
	if got := d.tab.straight.rows; got != uint64(rows) {
		t.Errorf("%d of %d", got, rows)
	}
}

func FuzzStraight(f *testing.F) {
	for _, b := range straightSeeds() {
		f.Add(b)
	}
	var w bothWays
	f.Fuzz(func(t *testing.T, b []byte) {
		w.check(t, b)
		w.check(t, b)
	})
}

// Each number that a page takes is written as Append writes it.
func TestFieldsAreWrittenAsDecimalsAppend(t *testing.T) {
	var p page
	taken := 0
	check := func(v decimal.D) {
		start := int(v.Scale()) * 7
		j := p.field(start, amountKey, v)
		if j < 0 {
			return
		}
		taken++
		if got, want := string(p[start:j]), `","pa":"`+v.String(); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	for scale := range uint64(32) {
		for neg := range uint64(2) {
			for power := uint64(1); power < 1e19; power *= 10 {
				for _, c := range []uint64{power - 1, power, power + 1, power * 3 / 2, power * 7 / 9, power * 5} {
					check(decimal.FromSmall(neg, c, scale))
				}
			}
			check(decimal.FromSmall(neg, 1<<64-1, scale))
		}
	}
	check(decimal.MustParse("18446744073709551616"))
	rapid.Check(t, func(t *rapid.T) {
		check(decimal.FromSmall(rapid.Uint64Range(0, 1).Draw(t, "sign"), rapid.Uint64().Draw(t, "coefficient")>>rapid.IntRange(0, 63).Draw(t, "cut"),
			rapid.Uint64Range(0, 12).Draw(t, "scale")))
	})
	if taken < 1000 {
		t.Errorf("only %d", taken)
	}
}

// A row that was changed by hand is written as the general way writes it.
func TestRowsAreWrittenAsObjectsAre(t *testing.T) {
	var d Decoder
	var ev Event
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SampledFrom([]string{string(wiretest.Sample()), messages[0], messages[1]}).Draw(t, "message")
		if err := d.Decode([]byte(b), &ev); err != nil {
			t.Fatal(err)
		}
		text := rapid.SampledFrom([]string{"", "A", "BTC", "BOTH", "LONG", "SHORT", "LONGS", "cross", "isolated", "isolatex", "cros", "BTCUSD_PERP",
			"A/B-C.D E", "with \"", "and\\and\\and", "é", "0123456789abcdef", "0123456789abcdefg", "12345678901234567890123456"})
		orders := rapid.SampledFrom([]layout{0, documentedOrder, recordedOrder, withAsset, withBreakEven, 0x4321, 0x321, 0x1, 0x12, 1 << 50})
		for k := range ev.Account.Positions {
			row := &ev.Account.Positions[k]
			for _, s := range []*string{&row.Symbol, &row.MarginType, &row.Side, &row.MarginAsset} {
				if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
					*s = text.Draw(t, "text")
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				row.layout = orders.Draw(t, "order")
			}
			if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				row.Fields ^= 1 << rapid.IntRange(0, 9).Draw(t, "field")
			}
			if got, want := string(appendPositions(nil, ev.Account.Positions[k:k+1])), "["+string(appendObject(nil, positionSpec, row))+"]"; got != want {
				t.Fatalf("\n got %s\nwant %s", got, want)
			}
		}
		for k := range ev.Account.Balances {
			row := &ev.Account.Balances[k]
			row.Asset = text.Draw(t, "asset")
			if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				row.layout = orders.Draw(t, "order")
			}
			if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				row.Fields ^= 1 << rapid.IntRange(0, 3).Draw(t, "field")
			}
			if got, want := string(appendBalances(nil, ev.Account.Balances[k:k+1])), "["+string(appendObject(nil, balanceSpec, row))+"]"; got != want {
				t.Fatalf("\n got %s\nwant %s", got, want)
			}
		}
	})
}
