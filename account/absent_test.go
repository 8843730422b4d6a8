package account

import (
	"fmt"
	"testing"
)

// A position that REST does not list is flat, where REST is newer than it.
func TestPositionsThatAreNotListed(t *testing.T) {
	const both, long = `{"symbol":"BTCUSD_PERP","positionSide":"BOTH","positionAmt":"0","updateTime":0}`, `{"symbol":"BTCUSD_PERP","positionSide":"LONG","positionAmt":"7","updateTime":1000}`
	for _, c := range []struct {
		name, account, risk string
		updated             int64
		amount, isolated    string
	}{
		{"not listed", both, both, 1001, "0", "0"},
		{"listed", both + "," + long, both + "," + long, 1001, "7", "0.1"},
		{"listed by one of the two", both, both + "," + long, 1001, "7", "0.1"},
		{"asked before it was there", both, both, 1000, "7", "0.1"},
		{"one answer lists nothing", both, "", 1001, "7", "0.1"},
		{"the other lists nothing", "", both, 1001, "7", "0.1"},
	} {
		b := New("test")
		snapshot := fmt.Sprintf(`{"account":{"assets":[{"asset":"BTC","walletBalance":"1","crossWalletBalance":"1","updateTime":%d}],"positions":[%s]},"positionRisk":[%s]}`, c.updated, c.account, c.risk)
		var d Delta
		for i, r := range []Record{
			{Kind: Frame, Data: []byte(`{"e":"ACCOUNT_UPDATE","T":1000,"E":1009,"a":{"B":[{"a":"BTC","wb":"1","cw":"0.9","bc":"1"}],"P":[{"s":"BTCUSD_PERP","pa":"7","ep":"60000","cr":"0","up":"0","mt":"isolated","iw":"0.1","ps":"LONG","ma":"BTC"}],"m":"DEPOSIT"}}`)},
			{Kind: Frame, Data: []byte(`{"e":"MARGIN_CALL","E":1010,"p":[{"s":"BTCUSD_PERP","ps":"LONG","pa":"7","mt":"ISOLATED","iw":"0.1","mp":"59000","up":"0","mm":"0.09"}]}`)},
			{Kind: Snapshot, Received: 1010e6, Data: []byte(snapshot)},
		} {
			var err error
			r.Account, r.Position = "test", uint64(i+1)
			if d, err = b.Apply(r); err != nil {
				t.Fatal(err)
			}
		}
		p := b.Positions()[0]
		if p.Amount.String() != c.amount || p.IsolatedWallet.String() != c.isolated || len(b.Positions()) != 1 {
			t.Errorf("%s: %+v", c.name, b.Positions())
		}
		if called := len(b.MarginCalls()) > 0; called != (c.amount != "0") {
			t.Errorf("%s: warned of %+v", c.name, b.MarginCalls())
		}
		if told := len(d.Positions) > 0; told != (c.amount == "0") {
			t.Errorf("%s: the delta has %+v", c.name, d.Positions)
		}
	}
}
