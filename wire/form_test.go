package wire

import (
	"fmt"
	"strings"
	"testing"

	"poise/wire/wiretest"
)

// account wraps rows of P into a message.
func account(rows ...string) []byte {
	return []byte(`{"e":"ACCOUNT_UPDATE","T":1791417600452,"E":1791417600457,"a":{"B":[],"P":[` + strings.Join(rows, ",") + `],"m":"ORDER"}}`)
}

// decoded decodes and checks that the same bytes come back.
func decoded(t *testing.T, d *Decoder, b []byte) *Event {
	t.Helper()
	var ev Event
	if err := d.Decode(b, &ev); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if got := ev.Append(nil); string(got) != string(b) {
		t.Fatalf("\n got %s\nwant %s", got, b)
	}
	return &ev
}

func TestFormOfARowIsLearnedAfterOne(t *testing.T) {
	for _, c := range []struct{ name, row string }{
		{"portfolio margin, bep a number", `{"s":"BTCUSD_PERP","pa":"%d","ep":"71080.10000066","cr":"0","up":"0.00000370","ps":"BOTH","bep":71094.31602036}`},
		{"symbol last", `{"pa":"%d","ep":"1","s":"BTCUSD_PERP"}`},
		{"only symbol and amount", `{"s":"BTCUSD_PERP","pa":"%d"}`},
		{"all as numbers", `{"s":"BTCUSD_PERP","pa":%d,"ep":0.00,"cr":-1,"up":2.5,"iw":0}`},
		{"asset first", `{"ma":"BTC","s":"BTCUSD_PERP","ps":"SHORT","pa":"%d","mt":"isolated"}`},
	} {
		var d Decoder
		decoded(t, &d, account(fmt.Sprintf(c.row, 1)))
		before := d.Stats()
		ev := decoded(t, &d, account(fmt.Sprintf(c.row, -22), fmt.Sprintf(c.row, 333)))
		if got := d.Stats().FastRows - before.FastRows; got != 2 {
			t.Errorf("%s: %d fast rows of 2", c.name, got)
		}
		if p := ev.Account.Positions; p[0].Amount.String() != "-22" || p[1].Amount.String() != "333" || p[1].Symbol != "BTCUSD_PERP" {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}

// What one form has and the next has not must not be left over.
func TestFormsTakenInTurnLeaveNothing(t *testing.T) {
	rows := []string{
		`{"s":"A","pa":"1","ep":"2","cr":"3","up":"4","mt":"isolated","iw":"5","ps":"SHORT","ma":"BTC","bep":"6"}`,
		`{"s":"B","pa":"7"}`,
		`{"s":"C","ep":"8","mt":"cross"}`,
		`{"s":"D","ps":"LONG"}`,
		`{"s":"E","ma":"ETH"}`,
		`{"s":"F","bep":9}`,
	}
	var d Decoder
	for range 3 {
		ev := decoded(t, &d, account(rows...))
		p := ev.Account.Positions
		if p[1].EntryPrice.String() != "0" || p[1].Side != "" || p[1].MarginType != "" || p[1].MarginAsset != "" || p[1].BreakEven.String() != "0" {
			t.Fatalf("%+v", p[1])
		}
		if p[3].MarginType != "" || p[4].Side != "" || p[2].Amount.String() != "0" || p[5].MarginAsset != "" {
			t.Fatalf("%+v", p)
		}
	}
}

func TestRowsThatFitNoFormAreReadAllTheSame(t *testing.T) {
	long := strings.Repeat("L", 300)
	for _, row := range []string{
		`{"s":"` + long + `","pa":"1"}`,
		`{"s":"ABCDEFGHIJKLMNOPQRSTUVW","pa":"1"}`,
		`{"s":"ABCDEFGHIJKLMNOPQRSTUVWX","pa":"1"}`,
		`{"s":"","pa":"1"}`,
		`{"s":"Größe","pa":"1"}`,
		`{"s":"a\"b","pa":"1"}`,
		`{"s":"X","mt":"CROSSED","ps":"NEITHER"}`,
		`{"s":"X","ma":"ABCDEFGH"}`,
		`{"s":"X","pa":"123456789.123456789"}`,
		`{"s":"X","new":"` + long + `"}`,
	} {
		var d Decoder
		decoded(t, &d, account(row, row, `{"s":"Y","pa":"2"}`, row))
		decoded(t, &d, account(row))
	}
}

func TestWideIndentIsLearnedOrReadStrictly(t *testing.T) {
	for _, width := range []int{0, 1, 7, 30, 60, 90, 130, 400} {
		var d Decoder
		var ev Event
		gap := "\n" + strings.Repeat(" ", width)
		text := strings.ReplaceAll(string(wiretest.Sample()), `,"`, `,`+gap+`"`)
		for range 3 {
			if err := d.Decode([]byte(text), &ev); err != nil {
				t.Fatalf("%d: %v", width, err)
			}
			if got := string(ev.Append(nil)); got != string(wiretest.Sample()) {
				t.Fatalf("%d: %s", width, got)
			}
		}
		if fast := d.Stats().FastRows; width <= 60 && fast < 10 || width == 400 && fast != 0 {
			t.Errorf("%d spaces: %+v", width, d.Stats())
		}
	}
}

func TestSameLettersOfAnotherLengthAreAnotherSymbol(t *testing.T) {
	var d Decoder
	names := []string{"X", "XX", "XXXXXXX", "XXXXXXXX", "XXXXXXXXX", "XXXXXXXXXXXXXXX", "XXXXXXXXXXXXXXXX", "XXXXXXXXXXXXXXXXX", "XXXXXXXXXXXXXXXXXXXXXXX"}
	var rows []string
	for _, name := range names {
		rows = append(rows, `{"s":"`+name+`","pa":"1"}`)
	}
	for range 3 {
		ev := decoded(t, &d, account(rows...))
		for n, p := range ev.Account.Positions {
			if p.Symbol != names[n] {
				t.Fatalf("%q, want %q", p.Symbol, names[n])
			}
		}
	}
}

// More symbols and assets than the tables hold: they are bounded, not wrong.
func TestMoreNamesThanTablesHold(t *testing.T) {
	var d Decoder
	var rows, balances []string
	for n := range 5000 {
		rows = append(rows, fmt.Sprintf(`{"s":"S%dUSD_PERP","pa":"%d","ma":"A%d"}`, n, n, n))
		balances = append(balances, fmt.Sprintf(`{"a":"A%d","wb":"%d","cw":"1","bc":"0"}`, n, n))
	}
	text := strings.Replace(string(account(rows...)), `"B":[]`, `"B":[`+strings.Join(balances, ",")+`]`, 1)
	for range 2 {
		decoded(t, &d, []byte(text))
	}
	if d.b != nil && cap(d.b) > maxKept {
		t.Errorf("keeps %d bytes", cap(d.b))
	}
}

func TestLargeBufferIsGivenBack(t *testing.T) {
	var d Decoder
	var ev Event
	text := `{"x":[` + strings.Repeat(`"`+strings.Repeat("y", 60000)+`",`, 30) + `1]}`
	if err := d.Decode([]byte(text), &ev); err != nil {
		t.Fatal(err)
	}
	if cap(d.b) > maxKept {
		t.Errorf("keeps %d bytes", cap(d.b))
	}
	decoded(t, &d, wiretest.Sample())
}
