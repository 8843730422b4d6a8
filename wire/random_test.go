package wire

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// writer renders one drawn message twice: compact, and with white space and
// escapes that mean the same.
type writer struct {
	t              *rapid.T
	compact, loose strings.Builder
}

func (w *writer) token(s string) {
	w.compact.WriteString(s)
	space := rapid.SampledFrom([]string{"", "", "", " ", "\n\t", "        \r\n  "})
	w.loose.WriteString(space.Draw(w.t, "space") + s + space.Draw(w.t, "space"))
}

func (w *writer) text(s string) {
	w.compact.Write(appendString(nil, s))
	loose := []byte{'"'}
	for _, r := range s {
		if r < 0x10000 && rapid.IntRange(0, 9).Draw(w.t, "escape") == 0 {
			loose = fmt.Appendf(loose, `\u%04X`, r)
		} else {
			q := appendString(nil, string(r))
			loose = append(loose, q[1:len(q)-1]...)
		}
	}
	w.loose.WriteString(string(loose) + `"`)
}

func (w *writer) decimal() {
	s := rapid.StringMatching(`-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,10})?`).Draw(w.t, "decimal")
	if rapid.IntRange(0, 5).Draw(w.t, "number") == 0 {
		w.token(s)
	} else {
		w.text(s)
	}
}

func (w *writer) integer() {
	v := rapid.OneOf(rapid.Int64(), rapid.Int64Range(1e12, 9e12), rapid.Int64Range(0, 99)).Draw(w.t, "integer")
	if rapid.IntRange(0, 5).Draw(w.t, "quoted") == 0 {
		w.text(strconv.FormatInt(v, 10))
	} else {
		w.token(strconv.FormatInt(v, 10))
	}
}

// object writes an object of the spec: some of its keys in any order, all that
// are required, and unknown ones between them.
func (w *writer) object(sp *spec, typ Type) {
	type entry struct {
		key   string
		field int
	}
	var entries []entry
	for f, name := range sp.names {
		if sp.known>>f&1 == 0 {
			continue
		}
		if sp.required>>f&1 != 0 || sp.kinds[f] == kindName || rapid.IntRange(0, 6).Draw(w.t, "present") > 0 {
			entries = append(entries, entry{name, f})
		}
	}
	for n := range max(0, rapid.IntRange(-4, 2).Draw(w.t, "unknown keys")) {
		entries = append(entries, entry{fmt.Sprint("new", n, rapid.SampledFrom([]string{"", "é", "\"\n"}).Draw(w.t, "key")), -1})
	}
	if rapid.Bool().Draw(w.t, "any order") {
		entries = rapid.Permutation(entries).Draw(w.t, "order")
	}
	w.token("{")
	for n, e := range entries {
		if n > 0 {
			w.token(",")
		}
		w.text(e.key)
		w.token(":")
		if e.field < 0 {
			w.unknown()
		} else {
			w.value(sp, e.field, typ)
		}
	}
	w.token("}")
}

func (w *writer) unknown() {
	w.token(rapid.SampledFrom([]string{"null", "-1.50e+3", `"a b\\"`, `[]`, `{"a":[1,{"b":true}],"c":"x y"}`}).Draw(w.t, "value"))
}

func (w *writer) value(sp *spec, f int, typ Type) {
	switch sp.kinds[f] {
	case kindDecimal:
		w.decimal()
	case kindInt:
		w.integer()
	case kindBool:
		w.token(strconv.FormatBool(rapid.Bool().Draw(w.t, "bool")))
	case kindText:
		w.text(rapid.String().Draw(w.t, "text"))
	case kindWord:
		w.text(rapid.SampledFrom([]string{"BTC", "BTCUSD_PERP", "cross", "isolated", "BOTH", "LONG", "SHORT", "ETHUSD_261225",
			"", "Größe", "a\\b", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "X", "ABCDEFG", "ABCDEFGH"}).Draw(w.t, "word"))
	case kindName:
		w.text(typ.String())
	case kindBalances:
		w.rows(balanceSpec)
	case kindPositions:
		w.rows(positionSpec)
	case kindCalls:
		w.rows(callSpec)
	case kindBody:
		w.object(bodySpec(typ, sp.names[f]), typ)
	}
}

func bodySpec(typ Type, key string) *spec {
	if key == "ai" {
		return modeSpec
	}
	ev := Event{Type: typ}
	return specOf(ev.body().(target))
}

func (w *writer) rows(sp *spec) {
	w.token("[")
	for n := range rapid.IntRange(0, 3).Draw(w.t, "rows") {
		if n > 0 {
			w.token(",")
		}
		w.object(sp, Unknown)
	}
	w.token("]")
}

// draw returns one message, compact and loose.
func draw(t *rapid.T) (typ Type, compact, loose string) {
	w := &writer{t: t}
	typ = Type(rapid.IntRange(int(AccountUpdate), int(AlgoUpdate)).Draw(t, "type"))
	enveloped := rapid.IntRange(0, 3).Draw(t, "enveloped")
	stream := func() {
		w.text("stream")
		w.token(":")
		w.text(rapid.StringMatching(`[A-Za-z0-9]{1,64}`).Draw(t, "key"))
	}
	data := func() {
		w.text("data")
		w.token(":")
		w.object(eventSpecs[typ], typ)
	}
	switch enveloped {
	case 0:
		w.token("{")
		stream()
		w.token(",")
		data()
		w.token("}")
	case 1:
		w.token("{")
		data()
		w.token(",")
		stream()
		w.token("}")
	default:
		w.object(eventSpecs[typ], typ)
	}
	return typ, w.compact.String(), w.loose.String()
}

// One decoder and one event serve all draws, so that anything left behind by an
// earlier message shows.
func TestAnyMessageComesBackAsItWasWritten(t *testing.T) {
	var d Decoder
	var ev Event
	rapid.Check(t, func(t *rapid.T) {
		typ, compact, loose := draw(t)
		for range 2 { // the second time by what was learned from the first
			if err := d.Decode([]byte(compact), &ev); err != nil {
				t.Fatalf("%v\n%s", err, compact)
			}
			if got := string(ev.Append(nil)); got != compact || ev.Type != typ {
				t.Fatalf("%s:\n got %s\nwant %s", ev.Type, got, compact)
			}
			if err := d.Decode([]byte(loose), &ev); err != nil {
				t.Fatalf("%v\n%s", err, loose)
			}
			if got := string(ev.Append(nil)); got != compact {
				t.Fatalf("loose\n got %s\nwant %s\nfrom %s", got, compact, loose)
			}
		}
	})
}

// A change of one byte is refused, or comes back as it is: nothing is lost in
// silence. The decoder has learned the right form just before.
func TestAChangedByteIsSeen(t *testing.T) {
	var d Decoder
	var ev Event
	rapid.Check(t, func(t *rapid.T) {
		_, compact, _ := draw(t)
		if err := d.Decode([]byte(compact), &ev); err != nil {
			t.Fatal(err)
		}
		b := []byte(compact)
		for range 20 {
			n := rapid.IntRange(0, len(b)-1).Draw(t, "place")
			old := b[n]
			b[n] = rapid.SampledFrom([]byte("\x00 \"\\,:{}[]-.0129eE+aAnt\x7f\x80\xff")).Draw(t, "byte")
			checkAgainstReference(t, &d, b)
			b[n] = old
		}
	})
}
