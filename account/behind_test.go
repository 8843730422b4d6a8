package account

import (
	"strings"
	"testing"

	"poise/wire"
)

// REST is asked of a moment that is held: at once it proves nothing, seconds later
// it does. An older row never does.
func TestBehind(t *testing.T) {
	b := New("test")
	for i, data := range []string{
		`{"e":"ACCOUNT_UPDATE","T":1000000,"E":1000009,"a":{"B":[{"a":"BTC","wb":"1","cw":"0.9","bc":"1"}],"P":[{"s":"BTCUSD_PERP","pa":"1","ep":"60000","cr":"0","up":"0","mt":"isolated","iw":"0.1","ps":"BOTH","ma":"BTC"}],"m":"DEPOSIT"}}`,
	} {
		if _, err := b.Apply(Record{Account: "test", Position: uint64(i + 1), Kind: Frame, Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	const balance, risk = `[{"asset":"BTC","balance":"1","crossWalletBalance":"0.9","updateTime":1000000}]`, `[{"symbol":"BTCUSD_PERP","positionSide":"BOTH","positionAmt":"1","entryPrice":"60000.00","marginType":"isolated","isolatedWallet":"0.1","updateTime":1000000}]`
	for _, c := range []struct {
		name, of, to string
		at           int64
		want         string
	}{
		{"the same", "", "", 1010000, ""},
		{"wallet", `"balance":"1"`, `"balance":"2"`, 1002000, "BTC wallet 2, here 1"},
		{"wallet, asked at once", `"balance":"1"`, `"balance":"2"`, 1001999, ""},
		{"cross", `"0.9"`, `"0.8"`, 1010000, "BTC cross wallet 0.8, here 0.9"},
		{"amount", `"positionAmt":"1"`, `"positionAmt":"2"`, 1010000, "BTCUSD_PERP BOTH of 2 contracts, here 1"},
		{"entry price, perhaps cut", `"60000.00"`, `"60000.01"`, 1010000, ""},
		{"entry price of a newer row", `"60000.00","marginType":"isolated","isolatedWallet":"0.1","updateTime":1000000`, `"61000","updateTime":1000010`, 1010000, "BTCUSD_PERP BOTH entered at 61000, here 60000"},
		{"margin type", `"isolated"`, `"cross"`, 1010000, "BTCUSD_PERP BOTH is cross, here isolated"},
		{"an older wallet", `"balance":"1","crossWalletBalance":"0.9","updateTime":1000000`, `"balance":"2","updateTime":999999`, 1010000, ""},
		{"a newer one, asked at once", `"balance":"1","crossWalletBalance":"0.9","updateTime":1000000`, `"balance":"2","updateTime":1000010`, 1000010, "BTC wallet 2, here 1"},
		{"another asset", `"BTC"`, `"ETH"`, 1010000, "ETH wallet 1, here 0"},
	} {
		assets, _, err := wire.DecodeBalances([]byte(strings.Replace(balance, c.of, c.to, 1)))
		if err != nil {
			t.Fatal(err)
		}
		positions, err := wire.DecodePositionRisk([]byte(strings.Replace(risk, c.of, c.to, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Behind(assets, positions, c.at); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
