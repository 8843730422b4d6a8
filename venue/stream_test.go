package venue_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"poise/venue"
)

// keysAndKinds takes the values out of a message, and leaves the keys, their
// order, and whether a value is a text or a number.
func keysAndKinds(message string) string {
	message = regexp.MustCompile(`:"[^"]*"`).ReplaceAllString(message, `:""`)
	return regexp.MustCompile(`:-?\d+`).ReplaceAllString(message, `:0`)
}

// documented are the streams' messages as the exchange's documentation of COIN-M
// has them, without its comments.
var documented = map[string]string{
	"kline":           `{"e":"kline","E":1591261542539,"s":"BTCUSD_200626","k":{"t":1591261500000,"T":1591261559999,"s":"BTCUSD_200626","i":"1m","f":606400,"L":606430,"o":"9638.9","c":"9639.8","h":"9639.8","l":"9638.6","v":"156","n":31,"x":false,"q":"1.61836886","V":"73","Q":"0.75731156","B":"0"}}`,
	"continuousKline": `{"e":"continuous_kline","E":1591261542539,"ps":"BTCUSD","ct":"NEXT_QUARTER","k":{"t":1591261500000,"T":1591261559999,"i":"1m","f":606400,"L":606430,"o":"9638.9","c":"9639.8","h":"9639.8","l":"9638.6","v":"156","n":31,"x":false,"q":"1.61836886","V":"73","Q":"0.75731156","B":"0"}}`,
	"markPriceKline":  `{"e":"markPrice_kline","E":1591267398004,"ps":"BTCUSD","k":{"t":1591267380000,"T":1591267439999,"s":"BTCUSD_200626","i":"1m","f":1591267380000,"L":1591267398000,"o":"9539.67161333","c":"9540.82761333","h":"9540.82761333","l":"9539.66961333","v":"0","n":19,"x":false,"q":"0","V":"0","Q":"0","B":"0"}}`,
	"ticker":          `{"e":"24hrTicker","E":1591268262453,"s":"BTCUSD_200626","ps":"BTCUSD","p":"-43.4","P":"-0.452","w":"0.00147974","c":"9548.5","Q":"2","o":"9591.9","h":"10000.0","l":"7000.0","v":"487850","q":"32968676323.46222700","O":1591181820000,"C":1591268262442,"F":512014,"L":615289,"n":103272}`,
	"miniTicker":      `{"e":"24hrMiniTicker","E":1591267704450,"s":"BTCUSD_200626","ps":"BTCUSD","c":"9561.7","o":"9580.9","h":"10000.0","l":"7000.0","v":"487476","q":"33264343847.22378500"}`,
	"forceOrder":      `{"e":"forceOrder","E":1591154240950,"o":{"s":"BTCUSD_200925","ps":"BTCUSD","S":"SELL","o":"LIMIT","f":"IOC","q":"1","p":"9425.5","ap":"9496.5","X":"FILLED","l":"1","z":"1","T":1591154240949}}`,
	"contractInfo":    `{"e":"contractInfo","E":1669647330375,"s":"APTUSD_PERP","ps":"APTUSD","ct":"PERPETUAL","dt":4133404800000,"ot":1666594800000,"cs":"TRADING"}`,
}

// TestStreamsThatSumUp: each has the documented shape, and says what happened: 30
// contracts bought at 60000.1, the mark put to 60500, one account liquidated, a
// contract delivered.
func TestStreamsThatSumUp(t *testing.T) {
	v := venue.New(t, venue.Manual(time.Date(2026, 10, 1, 12, 0, 20, 0, time.UTC)))
	c := newTrader(t, v, "", "BTC", "1")
	poor := newTrader(t, v, "poor", "BTC", "0.0001")
	streams := []struct{ name, kind, says string }{
		{"btcusd_perp@kline_1m", "kline", `"o":"60000.1","c":"60000.1","h":"60000.1","l":"60000.1","v":"30","n":1,"x":false,"q":"0.04999991","V":"30","Q":"0.04999991"`},
		{"btcusd_perpetual@continuousKline_5m", "continuousKline", `"ct":"PERPETUAL"`},
		{"btcusd_perp@markPriceKline_1h", "markPriceKline", `"o":"60000.00000000","c":"60500.00000000","h":"60500.00000000","l":"60000.00000000","v":"0","n":2`},
		{"btcusd@indexPriceKline_1h", "markPriceKline", `"s":"0"`},
		{"btcusd_perp@ticker", "ticker", `"c":"60000.1","Q":"30","o":"60000.1"`},
		{"btcusd_perp@miniTicker", "miniTicker", `"c":"60000.1","o":"60000.1","h":"60000.1","l":"60000.1","v":"30","q":"0.04999991"`},
		{"!ticker@arr", "ticker", `"s":"BTCUSD_PERP","ps":"BTCUSD"`},
		{"!miniTicker@arr", "miniTicker", `"s":"BTCUSD_PERP","ps":"BTCUSD"`},
		{"btcusd_perp@forceOrder", "forceOrder", `"s":"BTCUSD_PERP","ps":"BTCUSD","S":"BUY","o":"LIMIT","f":"IOC"`},
		{"!forceOrder@arr", "forceOrder", `"z":"1"`},
		{"!contractInfo", "contractInfo", `"s":"BTCUSD_261225","ps":"BTCUSD","ct":"CURRENT_QUARTER","dt":1798185600000,"ot":1597042800000,"cs":"DELIVERED"`},
	}
	sockets := make([]*socket, len(streams))
	for i, s := range streams {
		sockets[i] = dial(t, v.StreamURL()+"/ws/"+s.name)
	}
	v.Quote("BTCUSD_PERP", "60000", "1000")
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(30)))
	v.SetMark("BTCUSD_PERP", "60500")
	poor.must("POST", "/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=100")
	poor.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "SELL", market(1)))
	v.SetMark("BTCUSD_PERP", "64000")
	v.Settle("BTCUSD_261225", "61000")
	for i, s := range streams {
		m := sockets[i].next()
		plain := strings.TrimSuffix(strings.TrimPrefix(m, "["), "]")
		want := keysAndKinds(documented[s.kind])
		if s.name == "btcusd@indexPriceKline_1h" {
			want = strings.Replace(want, "markPrice_kline", "indexPrice_kline", 1)
		}
		if got := keysAndKinds(plain); got != want {
			t.Errorf("%s:\n got %s\nwant %s", s.name, got, want)
		}
		if !strings.Contains(m, s.says) {
			t.Errorf("%s does not say %s: %s", s.name, s.says, m)
		}
	}
}

// TestChangesAreGathered: the first is pushed at once, those that follow together
// when the time between two pushes is over; a candle that is done says so.
func TestChangesAreGathered(t *testing.T) {
	v := venue.New(t, venue.Manual(time.Date(2026, 10, 1, 12, 0, 20, 0, time.UTC)))
	c := newTrader(t, v, "", "BTC", "1")
	v.Quote("BTCUSD_PERP", "60000", "1000")
	tickers, candles := dial(t, v.StreamURL()+"/ws/btcusd_perp@miniTicker"), dial(t, v.StreamURL()+"/ws/btcusd_perp@kline_1m")
	for range 3 {
		c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(10)))
	}
	v.Advance(500 * time.Millisecond)
	for _, want := range []string{`"v":"10"`, `"v":"30"`} {
		if m := tickers.next(); !strings.Contains(m, want) {
			t.Errorf("%s lacks %s", m, want)
		}
		if m := candles.next(); !strings.Contains(m, want+`,"n":`) || !strings.Contains(m, `"x":false`) {
			t.Errorf("%s lacks %s", m, want)
		}
	}
	v.Advance(100 * time.Second)
	for _, want := range []string{`"v":"30","n":3,"x":true`, `"v":"0","n":0,"x":true`} {
		if m := candles.next(); !strings.Contains(m, want) {
			t.Errorf("%s lacks %s", m, want)
		}
	}
	candles.quiet(50 * time.Millisecond)
	tickers.quiet(10 * time.Millisecond)
}

// TestStreamsThatAreNone stay silent, as the exchange's do.
func TestStreamsThatAreNone(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "", "BTC", "1")
	s := dial(t, v.StreamURL()+"/stream?streams=btcusd_perp@kline_7m/btcusd@ticker/!kline@arr/xrpusd_perp@miniTicker/btcusd_perp@kline/btcusd_perp@indexPriceKline_1m")
	v.Quote("BTCUSD_PERP", "60000", "1000")
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(30)))
	s.quiet(50 * time.Millisecond)
}
