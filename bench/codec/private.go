package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

const sampleText = `{"e":"ACCOUNT_UPDATE","E":1564745798939,"T":1564745798938,"i":"SfsR","a":{"m":"ORDER","B":[{"a":"BTC","wb":"122624.12345678","cw":"100.12345678","bc":"50.12345678"},{"a":"ETH","wb":"1.00000000","cw":"0.00000000","bc":"-49.12345678"}],"P":[{"s":"BTCUSD_200925","pa":"0","ep":"0.0","bep":"0.0","cr":"200","up":"0","mt":"isolated","iw":"0.00000000","ps":"BOTH"},{"s":"BTCUSD_200925","pa":"20","ep":"6563.6","bep":"6563.7","cr":"0","up":"2850.21200000","mt":"isolated","iw":"13200.70726908","ps":"LONG"},{"s":"BTCUSD_200925","pa":"-10","ep":"6563.8","bep":"6563.6","cr":"-45.04000000","up":"-1423.15600000","mt":"isolated","iw":"6570.42511771","ps":"SHORT"}]}}`

func sample() []byte { return []byte(sampleText) }

func small() []byte {
	return []byte(`{"e":"ACCOUNT_UPDATE","E":1564745798939,"T":1564745798938,"i":"SfsR","a":{"m":"DEPOSIT","B":[{"a":"BTC","wb":"122624.12345678","cw":"100.12345678","bc":"50.12345678"}],"P":[]}}`)
}

var assets = []string{"BTC", "ETH", "BNB", "SOL", "XRP", "ADA", "DOGE", "LINK", "DOT", "LTC", "BCH", "AVAX", "TRX",
	"UNI", "XLM", "FIL", "ETC", "AAVE", "ATOM", "NEAR"}

func varied(n int, seed uint64) (all [][]byte) {
	r := rand.New(rand.NewPCG(seed, 2))
	for range n {
		all = append(all, message(r, 2, 3, 0))
	}
	return all
}

func large() []byte { return message(rand.New(rand.NewPCG(1, 3)), 20, 200, 2) }

func amount(r *rand.Rand, digits, places int) string {
	sign := ""
	if r.IntN(3) == 0 {
		sign = "-"
	}
	whole := r.IntN([]int{1, 10, 100, 1000, 10000, 100000, 1000000}[r.IntN(digits+1)])
	if places == 0 {
		return fmt.Sprintf("%s%d", sign, whole+1)
	}
	return fmt.Sprintf("%s%d.%0*d", sign, whole, places, r.Uint64N([]uint64{1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8}[places]))
}

func message(r *rand.Rand, balances, positions, flatEvery int) []byte {
	var m Message
	m.Event, m.Alias = "ACCOUNT_UPDATE", "SfsR"
	m.Time = 1564745798939 + r.Int64N(1e11)
	m.Transaction = m.Time - r.Int64N(5)
	m.Account.Reason = []string{"ORDER", "ORDER", "FUNDING_FEE", "MARGIN_TRANSFER"}[r.IntN(4)]
	for i := range balances {
		m.Account.Balances = append(m.Account.Balances, Balance{assets[(i+r.IntN(3))%len(assets)],
			amount(r, 6, 8), amount(r, 5, 8), amount(r, 3, 8)})
	}
	for i := range positions {
		p := Position{Symbol: assets[(i/3)%len(assets)] + []string{"USD_PERP", "USD_260925", "USD_261225"}[i/60%3], MarginType: []string{"cross", "isolated"}[r.IntN(2)],
			Side: []string{"BOTH", "LONG", "SHORT"}[i%3], Realized: amount(r, 4, 8)}
		if flatEvery > 0 && i%flatEvery == 0 {
			p.Amount, p.EntryPrice, p.BreakEven, p.Unrealized, p.IsolatedWallet = "0", "0.0", "0.0", "0", "0"
		} else {
			p.Amount, p.EntryPrice, p.BreakEven = amount(r, 4, 0), amount(r, 5, 1+r.IntN(8)), amount(r, 5, 1+r.IntN(8))
			p.Unrealized, p.IsolatedWallet = amount(r, 4, 8), amount(r, 4, 8)
		}
		m.Account.Positions = append(m.Account.Positions, p)
	}
	b, _ := json.Marshal(m)
	return b
}

func indented(b []byte) []byte {
	var out bytes.Buffer
	_ = json.Indent(&out, b, "", "  ")
	return out.Bytes()
}

func reversed(b []byte) []byte {
	var parts [][]byte
	switch b[0] {
	case '{':
		d := json.NewDecoder(bytes.NewReader(b))
		_, _ = d.Token()
		for d.More() {
			k, _ := d.Token()
			var v json.RawMessage
			_ = d.Decode(&v)
			key, _ := json.Marshal(k)
			parts = append(parts, append(append(key, ':'), reversed(v)...))
		}
		slices.Reverse(parts)
		return append(append([]byte{'{'}, bytes.Join(parts, []byte(","))...), '}')
	case '[':
		var rows []json.RawMessage
		_ = json.Unmarshal(b, &rows)
		for _, v := range rows {
			parts = append(parts, reversed(v))
		}
		return append(append([]byte{'['}, bytes.Join(parts, []byte(","))...), ']')
	}
	return b
}
