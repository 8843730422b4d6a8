package engine

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// The recorded COIN-M messages (spec 3.1, 3.6), with the account's alias replaced.
const (
	recordedOrder   = `{"e":"ACCOUNT_UPDATE","T":1662117941194,"E":1662117941202,"i":"SfsRabcdefghij","a":{"B":[{"a":"ADA","wb":"7634.72978052","cw":"7634.72978052","bc":"0"}],"P":[{"s":"ADAUSD_PERP","pa":"0","ep":"0.00000","cr":"-20483.39987094","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"ADA"},{"s":"ADAUSD_PERP","pa":"440","ep":"0.45293","cr":"-13245.38103947","up":"18.01574881","mt":"cross","iw":"0","ps":"LONG","ma":"ADA"},{"s":"ADAUSD_PERP","pa":"0","ep":"0.00000","cr":"-16737.49239759","up":"0","mt":"cross","iw":"0","ps":"SHORT","ma":"ADA"}],"m":"ORDER"}}`
	recordedFunding = `{"e":"ACCOUNT_UPDATE","T":1662105600141,"E":1662105600198,"i":"SfsRabcdefghij","a":{"B":[{"a":"ADA","wb":"7620.73025767","cw":"7620.73025767","bc":"-0.88984664"}],"P":[],"m":"FUNDING_FEE"}}`
	recordedNew     = `{"e":"ORDER_TRADE_UPDATE","T":1651189973485,"E":1651189973488,"i":"SfsRabcdefghij","o":{"s":"ADAUSD_PERP","c":"web_9pudjCixrL2gFS3KyxvU","S":"BUY","o":"LIMIT","f":"GTC","q":"2","p":"0.84300","ap":"0","sp":"0","x":"NEW","X":"NEW","i":6159050498,"l":"0","z":"0","L":"0","T":1651189973485,"t":0,"b":"26.89686192","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"LONG","cp":false,"ma":"ADA","rp":"0","pP":false,"si":0,"ss":0}}`
	recordedFilled  = `{"e":"ORDER_TRADE_UPDATE","T":1651189973485,"E":1651189973488,"i":"SfsRabcdefghij","o":{"s":"ADAUSD_PERP","c":"web_9pudjCixrL2gFS3KyxvU","S":"BUY","o":"LIMIT","f":"GTC","q":"2","p":"0.84300","ap":"0.84236","sp":"0","x":"TRADE","X":"FILLED","i":6159050498,"l":"2","z":"2","L":"0.84236","n":"0.01187140","N":"ADA","T":1651189973485,"t":101799742,"b":"26.89686192","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"LONG","cp":false,"ma":"ADA","rp":"0","pP":false,"si":0,"ss":0}}`
)

var (
	times  = regexp.MustCompile(`"(E|T|i|t)":\d+`)
	money  = regexp.MustCompile(`"(wb|cw|cr|up|b)":"-?\d+\.\d{8}"`)
	prices = regexp.MustCompile(`"(ep)":"\d+\.\d{5,8}"`)
	counts = regexp.MustCompile(`"(pa)":"[1-9]\d*"`)
	since  = regexp.MustCompile(`,"bep":"[^"]*"|,"V":"NONE","pm":"NONE","er":"0"`) // keys that came after 2022
)

// shape takes the values out that differ, and leaves keys, their order and the
// form of numbers.
func shape(message string) string {
	s := times.ReplaceAllString(message, `"$1":0`)
	s = money.ReplaceAllString(s, `"$1":"0.00000000"`)
	s = prices.ReplaceAllString(s, `"$1":"0.00000"`)
	return since.ReplaceAllString(counts.ReplaceAllString(s, `"$1":"1"`), "")
}

// TestRecordedShapes repeats what the recorded account did: hedge mode, a past
// on all three sides, and two contracts bought at 0.84236 with a limit of 0.84300.
func TestRecordedShapes(t *testing.T) {
	const alias, ada = "SfsRabcdefghij", "ADAUSD_PERP"
	s := newSession(t, Config{})
	s.do(&CreateAccount{alias, false})
	s.do(&Transfer{alias, "DEPOSIT", "ADA", num("7000")})
	s.do(&SetMark{Symbol: ada, Price: num("0.84")})
	s.do(&SetQuote{ada, num("0.84"), num("1000")})
	trade := func(words string) { s.do(entry(alias, words+" on="+ada)) }
	trade("BUY 90 MARKET")
	s.do(&SetQuote{ada, num("0.83"), num("1000")})
	trade("SELL 90 MARKET")
	s.do(&SetPositionMode{alias, true})
	trade("SELL 90 MARKET SHORT")
	s.do(&SetQuote{ada, num("0.84"), num("1000")})
	trade("BUY 90 MARKET SHORT")
	trade("BUY 3 MARKET LONG")
	trade("SELL 1 MARKET LONG")
	s.do(&SetQuote{ada, num("0.84235"), num("1000")})
	trade("BUY 3 LIMIT GTC @0.82 LONG")
	res := s.do(entry(alias, "BUY 2 LIMIT GTC @0.84300 LONG id=web_9pudjCixrL2gFS3KyxvU on="+ada))
	for i, want := range []string{recordedNew, recordedOrder, recordedFilled} {
		wantText(t, "message", shape(string(res.Events[i].Message)), shape(want))
	}
	if n := `"n":"0.01187140","N":"ADA"`; !strings.Contains(string(res.Events[2].Message), n) {
		t.Errorf("no %s in %s", n, res.Events[2].Message)
	}
	res = s.do(&Fund{ada, num("0.0001")})
	funding := regexp.MustCompile(`"bc":"-\d+\.\d{8}"`)
	wantText(t, "funding", funding.ReplaceAllString(shape(string(res.Events[0].Message)), `"bc":"-"`), funding.ReplaceAllString(shape(recordedFunding), `"bc":"-"`))
}

// A testing/synctest bubble begins in 2000, when T had 12 digits.
func TestTimesOfAnyLengthAreWhole(t *testing.T) {
	for _, at := range []int64{1, 946684800000, 1662117941194, 10_000_000_000_000} {
		s := newSession(t, Config{})
		s.at = at
		s.do(&CreateAccount{"a", false})
		s.do(&Transfer{"a", "DEPOSIT", "BTC", num("1")})
		res := s.do(entry("a", "BUY 1 LIMIT GTC @59000"))
		if len(res.Events) != 1 {
			t.Fatalf("%d events", len(res.Events))
		}
		var m struct{ O map[string]any }
		if err := json.Unmarshal(res.Events[0].Message, &m); err != nil || m.O["T"] != float64(s.at) {
			t.Errorf("o.T is %v of %d: %v: %s", m.O["T"], s.at, err, res.Events[0].Message)
		}
	}
}
