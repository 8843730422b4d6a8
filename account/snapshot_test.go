package account

import "testing"

// A snapshot's updateTime is the engine's, a message's E is later: what is held
// since a message is not held since an earlier moment after a snapshot.
func TestASnapshotTakesNoRowBackInTime(t *testing.T) {
	b := New("test")
	for i, r := range []Record{
		{Kind: Frame, Data: []byte(`{"e":"ACCOUNT_UPDATE","T":1000,"E":1009,"a":{"B":[{"a":"BTC","wb":"1","cw":"1","bc":"1"}],"P":[{"s":"BTCUSD_PERP","pa":"1","ep":"60000","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC"}],"m":"DEPOSIT"}}`)},
		{Kind: Snapshot, Data: []byte(`{"balance":[{"asset":"BTC","balance":"2","crossWalletBalance":"2","updateTime":1005}],"positionRisk":[{"symbol":"BTCUSD_PERP","positionSide":"BOTH","positionAmt":"2","entryPrice":"60000","unRealizedProfit":"0","updateTime":1005}]}`)},
	} {
		r.Account, r.Position = "test", uint64(i+1)
		if _, err := b.Apply(r); err != nil {
			t.Fatal(err)
		}
	}
	if w := b.Balances()[0]; w.Wallet.String() != "2" || w.Updated != 1009 {
		t.Errorf("%+v", w)
	}
	if p := b.Positions()[0]; p.Amount.String() != "2" || p.Updated != 1009 {
		t.Errorf("%+v", p)
	}
}
