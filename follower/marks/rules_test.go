package marks

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"poise/inverse"
)

func TestReadRules(t *testing.T) {
	r, err := ReadRules([]byte(`{"timezone":"UTC","symbols":[
		{"symbol":"BTCUSD_PERP","contractType":"PERPETUAL","deliveryDate":4133404800000,"contractStatus":"TRADING","contractSize":100,"marginAsset":"BTC"},
		{"symbol":"ADAUSD_211231","contractType":"CURRENT_QUARTER","deliveryDate":1640937600000,"contractSize":"10","marginAsset":"ADA"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for symbol, want := range map[string]Rule{
		"BTCUSD_PERP":   {inverse.Contract{Size: num("100")}, "BTC", 0},
		"ADAUSD_211231": {inverse.Contract{Size: num("10")}, "ADA", 1640937600000},
	} {
		if got, ok := r.Rule(symbol); !ok || got != want {
			t.Errorf("%s: %+v", symbol, got)
		}
	}
	if _, ok := r.Rule("ETHUSD_PERP"); ok {
		t.Error("a symbol that is not there")
	}
}

// One symbol that is wrong takes no other with it, and is named.
func TestWrongSymbolsAreLeftOut(t *testing.T) {
	const good = `{"symbol":"BTCUSD_PERP","contractType":"PERPETUAL","contractSize":100,"marginAsset":"BTC"}`
	for _, c := range []struct{ wrong, says string }{
		{`{"symbol":"X","contractSize":0,"marginAsset":"BTC"}`, "X: contractSize"},
		{`{"symbol":"X","contractSize":"1e2","marginAsset":"BTC"}`, "not a plain decimal"},
		{`{"symbol":"X","contractSize":null,"marginAsset":"BTC"}`, "not a plain decimal"},
		{`{"symbol":"X","contractSize":100}`, "X has no marginAsset"},
		{`{"contractSize":100,"marginAsset":"BTC"}`, "symbol 1: it has no name"},
		{`7`, "symbol 1"},
	} {
		r, err := ReadRules([]byte(`{"symbols":[` + c.wrong + `,` + good + `]}`))
		if !errors.Is(err, ErrRules) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.wrong, err, c.says)
		}
		if _, ok := r.Rule("BTCUSD_PERP"); !ok || len(r.symbols) != 1 {
			t.Errorf("%s: %+v", c.wrong, r)
		}
		if r, err := ReadRules([]byte(`{"symbols":[` + c.wrong + `]}`)); r != nil || !errors.Is(err, ErrRules) {
			t.Errorf("only %s: %v, %v", c.wrong, r, err)
		}
	}
	for _, text := range []string{``, `{}`, `[]`, `{"symbols":[]}`, `{"symbols":{}}`} {
		if r, err := ReadRules([]byte(text)); r != nil || !errors.Is(err, ErrRules) {
			t.Errorf("%q: %v, %v", text, r, err)
		}
	}
}

const tableOf = `{"symbol":"BTCUSD_PERP"%s,"brackets":[
	{"bracket":2,"initialLeverage":100,"qtyCap":10,"qtyFloor":5,"maintMarginRatio":0.005,"cum":0.005},
	{"bracket":1,"initialLeverage":125,"qtyCap":5,"qtyFloor":0,"maintMarginRatio":0.004,"cum":0.0}]}`

// As the documentation prints it, its own spelling of qtyFloor included.
func TestReadBrackets(t *testing.T) {
	documented := `[{"symbol":"BTCUSD_PERP","notionalCoef":1.50,"brackets":[{"bracket":1,"initialLeverage":125,"qtyCap":50,"qtylFloor":0,"maintMarginRatio":0.004,"cum":0.0}]}]`
	for _, c := range []struct{ name, text, want string }{
		{"documented", documented, "[{0 75 0.004 0 125}]"},
		{"not adjusted", fmt.Sprintf("["+tableOf+"]", ""), "[{0 5 0.004 0 125} {5 10 0.005 0.005 100}]"},
		{"adjusted by one", fmt.Sprintf("["+tableOf+"]", `,"notionalCoef":"1.00"`), "[{0 5 0.004 0 125} {5 10 0.005 0.005 100}]"},
		{"adjusted by four", fmt.Sprintf("["+tableOf+"]", `,"notionalCoef":"4"`), "[{0 20 0.004 0 125} {20 40 0.005 0.02 100}]"},
		{"qtylFloor", strings.ReplaceAll(fmt.Sprintf("["+tableOf+"]", ""), "qtyFloor", "qtylFloor"), "[{0 5 0.004 0 125} {5 10 0.005 0.005 100}]"},
	} {
		all, err := ReadBrackets([]byte(c.text))
		if got := fmt.Sprint(all["BTCUSD_PERP"].Rows()); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestWrongTablesAreLeftOut(t *testing.T) {
	good := strings.Replace(fmt.Sprintf(tableOf, ""), "BTC", "ETH", 1)
	for name, wrong := range map[string]string{
		"a step":           strings.Replace(fmt.Sprintf(tableOf, ""), `"cum":0.005`, `"cum":0.006`, 1),
		"no rows":          `{"symbol":"BTCUSD_PERP","brackets":[]}`,
		"a coefficient":    fmt.Sprintf(tableOf, `,"notionalCoef":-1`),
		"no name":          `{"brackets":[]}`,
		"not a number":     strings.Replace(fmt.Sprintf(tableOf, ""), `0.004`, `"much"`, 1),
		"not even a table": `"BTCUSD_PERP"`,
	} {
		all, err := ReadBrackets([]byte("[" + wrong + "," + good + "]"))
		if !errors.Is(err, ErrBrackets) {
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := all["ETHUSD_PERP"]; !ok || len(all) != 1 {
			t.Errorf("%s: %v", name, all)
		}
	}
	if _, err := ReadBrackets([]byte(`{"code":-2015}`)); !errors.Is(err, ErrBrackets) {
		t.Error(err)
	}
}

// 2,000 accounts have one table and not 2,000.
func TestTablesAreShared(t *testing.T) {
	var tables Tables
	text := []byte(fmt.Sprintf("["+tableOf+"]", ""))
	a, err := tables.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { tables.Read(text) }); n != 0 {
		t.Errorf("the same again allocates %v times", n)
	}
	b, err := tables.Read([]byte(fmt.Sprintf("["+tableOf+"]", `,"notionalCoef":"4"`)))
	if err != nil || fmt.Sprint(a) == fmt.Sprint(b) {
		t.Errorf("another account's are its own: %v, %v", b, err)
	}
	if all, err := tables.Read([]byte(`[{}]`)); all == nil || err == nil {
		t.Errorf("%v, %v", all, err)
	}
	for i := range 3 * tablesMax {
		if _, err := tables.Read(fmt.Appendf(nil, "["+tableOf+"]", fmt.Sprintf(`,"notionalCoef":"%d"`, i+2))); err != nil {
			t.Fatal(err)
		}
		if n := len(tables.read); n > tablesMax {
			t.Fatalf("%d are remembered", n)
		}
	}
}
