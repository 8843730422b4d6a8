package wire

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"poise/decimal"
	"poise/wire/wiretest"
)

// messages are one of each kind, canonical: each is written back byte for byte.
var messages = []string{
	`{"e":"ACCOUNT_UPDATE","T":1791417600452,"E":1791417600457,"i":"mYfzSgAuXqRt","a":{"B":[{"a":"SOL","wb":"5193.88602174","cw":"5193.88602174","bc":"-0.41770935"}],"P":[],"m":"FUNDING_FEE","S":"SOLUSD_PERP"}}`,
	`{"e":"ACCOUNT_UPDATE","T":1791417600452,"E":1791417600457,"i":"mYfz","a":{"B":[{"a":"BTC","wb":"0","cw":"0","bc":"0"},{"a":"SOL","wb":"33.10428866","cw":"31.00000000","bc":"0"}],"P":[{"s":"SOLUSD_PERP","pa":"0","ep":"0.00000","cr":"-204.77103318","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"SOL"},{"s":"SOLUSD_PERP","pa":"-31","ep":"151.43017","cr":"18.20177401","up":"-0.00118720","mt":"isolated","iw":"2.10428866","ps":"SHORT","ma":"SOL","bep":"151.36960"}],"m":"ORDER"}}`,
	`{"e":"ACCOUNT_UPDATE","fs":"CM","E":1791417600457,"T":1791417600452,"i":"mYfz","a":{"B":[{"a":"BTC","wb":"-0.00000041","cw":"-0.00000041","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"1","ep":"71080.10000066","cr":"0","up":"0.00000370","ps":"BOTH","bep":71094.31602036}],"m":"ORDER"}}`,
	`{"e":"ACCOUNT_UPDATE","T":1,"E":2,"a":{"m":"BRAND_NEW_REASON","P":[{"s":"FOO","mt":"CROSSED","x":{"y":[null,true,1e5]}}],"q":1}}`,
	`{"e":"ACCOUNT_UPDATE","T":1,"E":2,"a":{}}`,
	`{"stream":"9fK2mYfzSgAuXqRt","data":{"e":"ACCOUNT_UPDATE","T":1791417600452,"E":1791417600457,"a":{"B":[],"P":[],"m":"DEPOSIT"}}}`,
	`{"data":{"e":"ACCOUNT_UPDATE","T":1791417600452,"E":1791417600457,"a":{"B":[],"P":[],"m":"DEPOSIT"}},"stream":"k","seq":7}`,
	`{"e":"ORDER_TRADE_UPDATE","T":1791417600452,"E":1791417600457,"i":"mYfz","o":{"s":"SOLUSD_PERP","c":"poise_4rIrVHVDAEuj","S":"SELL","o":"LIMIT","f":"GTC","q":"7","p":"151.430","ap":"151.430","sp":"0","x":"TRADE","X":"FILLED","i":7702913355,"l":"7","z":"7","L":"151.430","n":"0.00023113","N":"SOL","T":1791417600452,"t":204417733,"b":"0","a":"1.20440911","m":false,"R":true,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"SHORT","cp":false,"AP":"150.1","cr":"5.0","ma":"SOL","rp":"0.00310550","pP":false,"si":0,"ss":0,"V":"EXPIRE_MAKER","pm":"NONE","gtd":0,"er":"0","M":12}}`,
	`{"e":"MARGIN_CALL","E":1791417600457,"i":"mYfz","cw":"2.71820000","p":[{"s":"ETHUSD_261225","ps":"LONG","pa":"77","mt":"CROSSED","iw":"0","mp":"3187.17127000","up":"-0.166074","mm":"0.614445"}]}`,
	`{"e":"ACCOUNT_CONFIG_UPDATE","E":1791417600457,"T":1791417600452,"ac":{"s":"ETHUSD_PERP","l":20}}`,
	`{"e":"ACCOUNT_CONFIG_UPDATE","E":1791417600457,"T":1791417600452,"ai":{"j":true,"k":"new"}}`,
	`{"e":"listenKeyExpired","E":"1791417600457","listenKey":"9fK2mYfzSgAuXqRt"}`,
	`{"e":"listenKeyExpired","E":1791417600457}`,
	`{"e":"STRATEGY_UPDATE","T":1791417600452,"E":1791417600457,"su":{"si":176057039,"st":"GRID","ss":"NEW","s":"BTCUSD_PERP","ut":1791417600450,"c":8007}}`,
	`{"e":"GRID_UPDATE","T":1791417600452,"E":1791417600457,"gu":{"si":176057039,"st":"GRID","ss":"WORKING","s":"BTCUSD_PERP","r":"-0.00300716","up":"16720","uq":"-0.001","uf":"0","mp":"0.0","ut":1791417600450}}`,
	`{"e":"ALGO_UPDATE","T":1791417600452,"E":1791417600457,"o":{"caid":"Q5xaq5","aid":2148719,"at":"CONDITIONAL","o":"TAKE_PROFIT","s":"BNBUSD_PERP","S":"SELL","ps":"BOTH","f":"GTC","q":"1","X":"CANCELED","ai":"","ap":"0.00000","aq":"0.00000","act":"0","tp":"750","p":"750","V":"EXPIRE_MAKER","wt":"CONTRACT_PRICE","pm":"NONE","cp":false,"pP":false,"R":false,"tt":0,"gtd":0,"rm":"Reduce Only reject"}}`,
	`{"e":"ALGO_UPDATE","T":1,"E":2,"o":{"aid":"2148719","s":"BNBUSD_PERP"}}`,
	`{"result":null,"id":1}`,
	`{ "e" : "TRADE_LITE", "E":1791417600457,"T": "1791417600452", "s":"ETHUSDC"}`,
	`{"stream":"!all","data":[1,2]}`,
	`{}`,
}

func TestEveryMessageComesBackByteForByte(t *testing.T) {
	var d Decoder
	var ev Event
	for _, s := range messages {
		if err := d.Decode([]byte(s), &ev); err != nil {
			t.Errorf("%v\n%s", err, s)
		} else if got := string(ev.Append(nil)); got != s {
			t.Errorf("\n got %s\nwant %s", got, s)
		}
		checkAgainstReference(t, &d, []byte(s))
	}
}

func TestUnknownKeepsNameTimeAndBytes(t *testing.T) {
	var d Decoder
	var ev Event
	text := `{"data": {"T":"5", "e":"FOO" , "E":4} , "stream":"k"}`
	if err := d.Decode([]byte(text), &ev); err != nil {
		t.Fatal(err)
	}
	if ev.Type != Unknown || ev.Name != "FOO" || ev.Time != 4 || ev.Transaction != 5 || ev.Stream != "k" ||
		string(ev.Raw) != `{"T":"5", "e":"FOO" , "E":4}` || ev.Fields != EventName|EventTime|EventTransaction {
		t.Errorf("%+v", ev)
	}
	if err := d.Decode([]byte(`{"E":"x","id":1}`), &ev); err != nil || ev.Name != "" || ev.Fields != 0 {
		t.Errorf("%v %+v", err, ev)
	}
}

// refused are texts that are not accepted, and why.
var refused = []struct {
	text string
	kind error
	code string
	at   string // line:column
	what string
}{
	{sampleWithMissingComma, ErrSyntax, "syntax", "5:3", `a.P[2].ep: expected a comma or }, found '"'`},
	{strings.Replace(sampleWithMissingComma, "\n  \"bep\"", ",\"bep\"", 1), ErrSyntax, "syntax", "4:62", `a.P[2].bep: expected a key, found ','`},
	{``, ErrSyntax, "syntax", "1:1", `expected an object, found the end`},
	{`[]`, ErrType, "type", "1:1", `expected an object, found an array`},
	{`null`, ErrType, "type", "1:1", `expected an object, found null`},
	{`{"e":"ACCOUNT_UPDATE"`, ErrSyntax, "syntax", "1:22", `e: expected a comma or }, found the end`},
	{`{} x`, ErrSyntax, "syntax", "1:4", `expected the end, found 'x'`},
	{`{"id":1,}`, ErrSyntax, "syntax", "1:9", `id: expected a key, found '}'`},
	{`{"id":01}`, ErrSyntax, "syntax", "1:8", `id: expected a comma or }, found '1'`},
	{`{"id":nul}`, ErrSyntax, "syntax", "1:7", `id: expected a value, found 'n'`},
	{`{"id":"a` + "\n" + `"}`, ErrSyntax, "syntax", "1:9", `id: expected an escaped control character, found '\n'`},
	{`{"id":"\x"}`, ErrSyntax, "syntax", "1:9", `id: expected an escape character, found 'x'`},
	{"\ufeff{}", ErrSyntax, "syntax", "1:1", `expected a value, found 'ï'`},
	{`{"id":"` + "\xff" + `"}`, ErrUTF8, "utf-8", "1:8", `id: expected UTF-8, found byte 0xff`},
	{`{"id":"\ud800x"}`, ErrUTF8, "utf-8", "1:8", `id: expected a whole surrogate pair, found '\\'`},
	{`{"id":1,"id":1}`, ErrDuplicateKey, "duplicate-key", "1:9", `id: expected each key once, found it again`},
	{`{"x":[{"id":1,"i\u0064":1}]}`, ErrDuplicateKey, "duplicate-key", "1:15", `x[0].id: expected each key once, found it again`},
	{`{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"X","wb":"1","wb":"1"}]}}`, ErrDuplicateKey, "duplicate-key", "1:57", `a.B[0].wb: expected each key once, found it again`},
	{`{"e":5}`, ErrType, "type", "1:6", `e: expected a string, found 5`},
	{`{"e":"ACCOUNT_UPDATE","E":null,"a":{}}`, ErrType, "type", "1:27", `E: expected an integer, found null`},
	{`{"e":"ACCOUNT_UPDATE","E":1.5,"a":{}}`, ErrType, "type", "1:27", `E: expected a plain integer of 64 bits, found 1.5`},
	{`{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"X","wb":null}]}}`, ErrType, "type", "1:53", `a.B[0].wb: expected a decimal, found null`},
	{`{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":{}}}`, ErrType, "type", "1:38", `a.B: expected an array, found an object`},
	{`{"stream":"k","data":null}`, ErrType, "type", "1:22", `data: expected a value other than null, found null`},
	{`{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"X","wb":"1e5"}]}}`, ErrDecimal, "decimal", "1:53", `a.B[0].wb: expected a plain decimal, found "1e5"`},
	{`{"e":"ACCOUNT_UPDATE","E":1,"a":{"P":[{"s":"X","bep":1e5}]}}`, ErrDecimal, "decimal", "1:54", `a.P[0].bep: expected a plain decimal, found 1e5`},
	{`{"e":"ACCOUNT_UPDATE","a":{}}`, ErrMissing, "missing", "1:1", `E: expected the key E, found none`},
	{`{"e":"ACCOUNT_UPDATE","E":1}`, ErrMissing, "missing", "1:1", `a: expected the key a, found none`},
	{`{"stream":"k","data":{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"X"},{"wb":"1"}]}}}`, ErrMissing, "missing", "1:70", `data.a.B[1].a: expected the key a, found none`},
	{`{"e":"ACCOUNT_UPDATE","E":1,"a":{"P":[{}]}}`, ErrMissing, "missing", "1:39", `a.P[0].s: expected the key s, found none`},
	{`{"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, ErrLimit, "limit", "1:37", "x" + strings.Repeat("[0]", 31) + `: expected fewer objects and arrays within each other, found more`},
	{`{"x":"` + strings.Repeat("y", MaxText+1) + `"}`, ErrLimit, "limit", "1:6", `x: expected a shorter string, found more`},
	{`{"x":1` + strings.Repeat("0", MaxText) + `}`, ErrLimit, "limit", "1:6", `x: expected a shorter number, found more`},
	{`{"x":[0` + strings.Repeat(",0", MaxRows) + `]}`, ErrLimit, "limit", "1:131079", `x[65536]: expected fewer elements, found more`},
	{manyKeys(MaxKeys + 1), ErrLimit, "limit", "1:2196", `k256: expected fewer keys, found more`},
}

// sampleWithMissingComma has the two defects of the documentation's own sample,
// with other numbers: no comma behind ep in the third row, and two behind bep.
const sampleWithMissingComma = `{"e":"ACCOUNT_UPDATE","E":1791417600457,"T":1791417600452,"a":{"m":"ORDER","B":[],"P":[
{"s":"BTCUSD_261225","pa":"0","ep":"0.0","bep":"0.0"},
{"s":"BTCUSD_261225","pa":"45","ep":"8817.4","bep":"8819.2"},
{"s":"BTCUSD_261225","pa":"-30","ep":"8820.7"
  "bep":"8816.9",,
  "ps":"SHORT"}]}}`

func manyKeys(n int) string {
	var b bytes.Buffer
	for k := range n {
		b.WriteString(`,"k` + decimal.New(int64(k), 0).String() + `":1`)
	}
	return "{" + b.String()[1:] + "}"
}

func TestBadInputIsRefusedWithPlaceAndReason(t *testing.T) {
	var d Decoder
	var ev Event
	for _, c := range refused {
		err := d.Decode([]byte(c.text), &ev)
		var e *Error
		shown := c.text[:min(len(c.text), 80)]
		if !errors.As(err, &e) || !errors.Is(err, c.kind) || e.Code() != c.code {
			t.Errorf("%s: %v, want %v", shown, err, c.kind)
			continue
		}
		if got := e.In("f"); got != "f:"+c.at+": "+c.what {
			t.Errorf("%s:\n got %s\nwant f:%s: %s", shown, got, c.at, c.what)
		}
		if ev.Type != Unknown || ev.Fields != 0 {
			t.Errorf("%s: leaves %+v", shown, ev)
		}
	}
}

func TestErrorText(t *testing.T) {
	e := &Error{Kind: ErrSyntax, Line: 3, Column: 12, Path: "a.P[2].bep", Expected: "a comma or }", Found: `'"'`}
	if got, want := e.Error(), `line 3, column 12: a.P[2].bep: expected a comma or }, found '"'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestTooLongMessageIsRefused(t *testing.T) {
	var d Decoder
	var ev Event
	if err := d.Decode(bytes.Repeat([]byte(" "), MaxMessage+1), &ev); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
}

func TestLimitsThemselvesAreAllowed(t *testing.T) {
	var d Decoder
	var ev Event
	for _, s := range []string{
		`{"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
		`{"x":"` + strings.Repeat("y", MaxText) + `"}`,
		`{"x":[0` + strings.Repeat(",0", MaxRows-1) + `]}`,
		manyKeys(MaxKeys),
	} {
		if err := d.Decode([]byte(s), &ev); err != nil {
			t.Error(err)
		}
	}
}

// Each beginning of each message is refused, in a slice whose capacity holds the
// rest, so that a read beyond the length would be seen.
func TestNothingBehindTheEndIsRead(t *testing.T) {
	var d Decoder
	var ev Event
	for _, s := range append(slices.Clone(messages), string(wiretest.Sample()), string(wiretest.Indented(wiretest.Sample()))) {
		for n := range len(s) {
			if err := d.Decode([]byte(s)[:n], &ev); err == nil {
				t.Fatalf("accepted %s", s[:n])
			}
		}
	}
}

func TestInputIsNeitherKeptNorChanged(t *testing.T) {
	var d Decoder
	for _, s := range messages {
		var ev Event
		b := []byte(s)
		if err := d.Decode(b, &ev); err != nil {
			t.Fatal(err)
		}
		if string(b) != s {
			t.Errorf("changed %s", s)
		}
		clear(b)
		var other Event
		if err := d.Decode([]byte(messages[1]), &other); err != nil {
			t.Fatal(err)
		}
		if got := string(ev.Append(nil)); got != s {
			t.Errorf("\n got %s\nwant %s", got, s)
		}
	}
}

// An event that held every other message before gives the same as a new one.
func TestReusedEventHoldsNothingOld(t *testing.T) {
	var d Decoder
	var ev Event
	all := append(slices.Clone(messages), string(wiretest.Large()), string(wiretest.Sample()), string(wiretest.Reversed(wiretest.Sample())))
	for _, first := range all {
		for _, second := range all {
			if err := d.Decode([]byte(first), &ev); err != nil {
				t.Fatal(err)
			}
			if err := d.Decode([]byte(second), &ev); err != nil {
				t.Fatal(err)
			}
			if got := string(ev.Append(nil)); got != second {
				t.Fatalf("after %s\n got %s\nwant %s", first, got, second)
			}
		}
	}
	d.Decode([]byte(messages[1]), &ev)
	d.Decode([]byte(messages[3]), &ev)
	if p := ev.Account.Positions[0]; !p.Amount.IsZero() || p.MarginAsset != "" || p.Side != "" || p.Fields.Has(PositionAmount) {
		t.Errorf("%+v", p)
	}
}

// A typo in a layout would only be slow; so the counts are what is tested.
func TestCanonicalMessagesTakeTheFastWay(t *testing.T) {
	var d Decoder
	var ev Event
	rows, n := 0, 0
	for _, b := range append(wiretest.Varied(64, 3), wiretest.Sample(), wiretest.Small(), wiretest.Large(),
		[]byte(messages[0]), []byte(messages[1]), []byte(messages[5]),
		[]byte(`{"e":"ACCOUNT_UPDATE","E":1791417600457,"T":1791417600452,"a":{"m":"ORDER","B":[{"a":"BTC","wb":"1","cw":"1"}],"P":[]}}`),
		[]byte(`{"e":"ACCOUNT_UPDATE","T":1791417600457,"E":1791417600452,"a":{"B":[{"a":"BTC","wb":"1","cw":"1"}],"P":[{"s":"XUSD_PERP","pa":"0","ep":"0.00000","cr":"-7.1","up":"0","mt":"cross","iw":"0","ps":"LONG"}],"m":"ORDER"}}`)) {
		if err := d.Decode(b, &ev); err != nil {
			t.Fatal(err)
		}
		rows += len(ev.Account.Balances) + len(ev.Account.Positions)
		n++
	}
	if got, want := d.Stats(), (Stats{FastMessages: uint64(n), FastRows: uint64(rows)}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestRowsOfALearnedFormTakeTheFastWay(t *testing.T) {
	for name, form := range map[string]func([]byte) []byte{"reversed": wiretest.Reversed, "indented": wiretest.Indented} {
		var d Decoder
		var ev Event
		for _, b := range wiretest.Varied(64, 3) {
			if err := d.Decode(form(b), &ev); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.Stats(); got.StrictRows > 2 {
			t.Errorf("%s: %+v, want 2 strict rows, the first ones", name, got)
		}
	}
}

func TestNothingIsAllocatedInSteadyState(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, b := range map[string][]byte{
		"sample": wiretest.Sample(), "reversed": wiretest.Reversed(wiretest.Sample()), "large": wiretest.Large(),
		"indented": wiretest.Indented(wiretest.Sample()), "recorded": []byte(messages[1]), "odd": []byte(messages[3]),
		"enveloped": []byte(messages[5]), "order": []byte(messages[7]), "call": []byte(messages[8]),
		"expired": []byte(messages[11]), "algo": []byte(messages[15]),
	} {
		var d Decoder
		var ev Event
		dst := make([]byte, 0, 1<<16)
		one := func() {
			if err := d.Decode(b, &ev); err != nil {
				t.Fatal(err)
			}
			dst = ev.Append(dst[:0])
		}
		one()
		if n := testing.AllocsPerRun(100, one); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestZeroLayoutIsTheRecordedOrder(t *testing.T) {
	ev := Event{Type: AccountUpdate, Time: 5, Transaction: 4, Alias: "k", Fields: EventName | EventTime | EventTransaction | EventAlias | EventBody}
	ev.Account = Account{Reason: ReasonOrder, Fields: AccountBalances | AccountPositions | AccountReason,
		Balances: []Balance{{Asset: "BTC", Wallet: decimal.New(15, 1), Fields: BalanceAsset | BalanceWallet,
			Extra: []Extra{{Key: "x", Value: []byte("1")}}}},
		Positions: []Position{{Symbol: "A", MarginAsset: "BTC", Side: SideLong, BreakEven: decimal.New(1, 0), MarginType: MarginCross,
			Fields: PositionMarginAsset<<1 - 1}}}
	want := `{"e":"ACCOUNT_UPDATE","T":4,"E":5,"i":"k","a":{"B":[{"a":"BTC","wb":"1.5","x":1}],"P":[{"s":"A","pa":"0","ep":"0","cr":"0",` +
		`"up":"0","mt":"cross","iw":"0","ps":"LONG","ma":"BTC","bep":"1"}],"m":"ORDER"}}`
	if got := string(ev.Append(nil)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	var d Decoder
	var again Event
	if err := d.Decode([]byte(want), &again); err != nil {
		t.Error(err)
	}
}

func TestChangedFieldsOfADecodedEventAreWritten(t *testing.T) {
	var d Decoder
	var ev Event
	if err := d.Decode([]byte(`{"e":"ACCOUNT_UPDATE","E":1,"a":{"x":1,"m":"ORDER"}}`), &ev); err != nil {
		t.Fatal(err)
	}
	ev.Fields, ev.Transaction = ev.Fields|EventTransaction, 9
	ev.Account.Fields = AccountSymbol
	ev.Account.Symbol = "tab\tq\"\\\x01ü"
	if got, want := string(ev.Append([]byte("> "))), `> {"e":"ACCOUNT_UPDATE","E":1,"a":{"x":1,"S":"tab\tq\"\\\u0001ü"},"T":9}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
