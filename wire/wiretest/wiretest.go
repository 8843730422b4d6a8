package wiretest

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strconv"
)

// Sample returns one message of 2 balances and 3 positions, 2 of them open.
func Sample() []byte {
	return []byte(`{"e":"ACCOUNT_UPDATE","E":1791417600457,"T":1791417600452,"i":"mYfz","a":{"m":"ORDER","B":[` +
		`{"a":"BTC","wb":"348817.90413627","cw":"204.71866035","bc":"61.08845112"},` +
		`{"a":"ETH","wb":"7.00000000","cw":"0.00000000","bc":"-38.55017264"}],"P":[` +
		`{"s":"BTCUSD_261225","pa":"0","ep":"0.0","bep":"0.0","cr":"350","up":"0","mt":"isolated","iw":"0.00000000","ps":"BOTH"},` +
		`{"s":"BTCUSD_261225","pa":"45","ep":"8817.4","bep":"8819.2","cr":"0","up":"1904.66300000","mt":"isolated","iw":"20877.14096255","ps":"LONG"},` +
		`{"s":"BTCUSD_261225","pa":"-30","ep":"8820.7","bep":"8816.9","cr":"-77.20500000","up":"-1288.90300000","mt":"isolated","iw":"9015.66274018","ps":"SHORT"}]}}`)
}

// Varied returns n messages of the sample's shape that differ in all their
// numbers, lengths and names, so that no branch predictor learns one of them.
func Varied(n int, seed uint64) [][]byte {
	g := newGenerator(seed)
	all := make([][]byte, n)
	for k := range all {
		all[k] = g.message(2, 3, k)
	}
	return all
}

// Small returns a message of one balance and no position, as a funding fee is.
func Small() []byte {
	return []byte(`{"e":"ACCOUNT_UPDATE","E":1791417600457,"T":1791417600452,"i":"mYfzSgAuXqRt","a":{"m":"FUNDING_FEE",` +
		`"B":[{"a":"SOL","wb":"5193.88602174","cw":"5193.88602174","bc":"-0.41770935"}],"P":[]}}`)
}

// Large returns a message of 20 balances and 200 positions, half of them flat.
func Large() []byte { return newGenerator(7).message(20, 200, 0) }

// Indented returns b with line ends and two spaces for each level.
func Indented(b []byte) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		panic("wiretest: Indented: " + err.Error())
	}
	return out.Bytes()
}

// generator draws messages from one seed.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 0x706f697365))} }

var (
	assets  = []string{"BTC", "ETH", "SOL", "ADA", "LINK", "DOGE", "XRP", "BNB", "LTC", "DOT", "AVAX", "ATOM"}
	reasons = []string{"ORDER", "FUNDING_FEE", "DEPOSIT", "WITHDRAW", "MARGIN_TRANSFER", "ADJUSTMENT"}
	sides   = []string{"BOTH", "LONG", "SHORT"}
	margins = []string{"cross", "isolated"}
	dates   = []string{"PERP", "261225", "270326", "270625", "270924", "271231"}
)

func (g generator) message(balances, positions, k int) []byte {
	at := 1791417600000 + int64(k)*977
	b := append([]byte(`{"e":"ACCOUNT_UPDATE","E":`), strconv.FormatInt(at+g.Int64N(40), 10)...)
	b = append(append(b, `,"T":`...), strconv.FormatInt(at, 10)...)
	b = append(b, `,"i":"mYfz","a":{"m":"`...)
	b = append(append(b, reasons[g.IntN(len(reasons))]...), `","B":[`...)
	for n := range balances {
		b = g.balance(comma(b, n), n)
	}
	b = append(b, `],"P":[`...)
	first := g.IntN(len(assets))
	date := g.IntN(len(dates))
	for n := range positions {
		symbol := assets[(first+n/3)%len(assets)] + "USD_" + dates[(date+n/36)%len(dates)]
		b = g.position(comma(b, n), symbol, n, positions > 3)
	}
	return append(b, `]}}`...)
}

func comma(b []byte, n int) []byte {
	if n > 0 {
		b = append(b, ',')
	}
	return b
}

func (g generator) balance(b []byte, n int) []byte {
	asset := assets[g.IntN(len(assets))]
	if n >= 2 {
		asset = assets[n%len(assets)] + strconv.Itoa(n)
	}
	b = append(append(b, `{"a":"`...), asset...)
	b = g.field(b, "wb", 6, 8, false)
	b = g.field(b, "cw", 6, 8, false)
	b = g.field(b, "bc", 3, 8, true)
	return append(b, `"}`...)
}

func (g generator) position(b []byte, symbol string, n int, many bool) []byte {
	b = append(append(b, `{"s":"`...), symbol...)
	if flat := n%3 == 0 && !many || many && g.IntN(2) == 0; flat {
		b = append(b, `","pa":"0","ep":"0.0","bep":"0.0`...)
		b = g.field(b, "cr", 4, 8*g.IntN(2), true)
		b = append(b, `","up":"0","mt":"`...)
		b = append(append(b, margins[g.IntN(2)]...), `","iw":"0`...)
	} else {
		b = g.field(b, "pa", 4, 0, true)
		places := 1 + g.IntN(3)
		b = g.field(b, "ep", 5, places, false)
		b = g.field(b, "bep", 5, places, false)
		b = g.field(b, "cr", 4, 8, true)
		b = g.field(b, "up", 4, 8, true)
		b = append(append(b, `","mt":"`...), margins[g.IntN(2)]...)
		b = g.field(b, "iw", 5, 8, false)
	}
	b = append(append(b, `","ps":"`...), sides[n%3]...)
	return append(b, `"}`...)
}

// field writes the end of the last value, a key, and a number up to its end.
func (g generator) field(b []byte, key string, digits, places int, signed bool) []byte {
	b = append(append(append(b, `","`...), key...), `":"`...)
	if signed && g.IntN(2) == 0 {
		b = append(b, '-')
	}
	whole := uint64(1)
	for range 1 + g.IntN(digits) {
		whole *= 10
	}
	b = strconv.AppendUint(b, whole/10+g.Uint64N(whole-whole/10), 10)
	for n := range places {
		if n == 0 {
			b = append(b, '.')
		}
		b = append(b, byte('0'+g.IntN(10)))
	}
	return b
}
