package account

import (
	"fmt"
	"strings"
	"testing"
)

// One order is filled by many of one millisecond: what was lost before them is
// found among all their income rows, and those of other assets do not count.
func TestIncomeOfABusyMillisecond(t *testing.T) {
	const fills = 100
	b := New("test")
	apply := func(kind RecordKind, data string) {
		t.Helper()
		if _, err := b.Apply(Record{Account: "test", Position: b.Position() + 1, Kind: kind, Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	apply(Frame, `{"e":"ACCOUNT_UPDATE","T":1000,"E":1000,"a":{"B":[{"a":"BTC","wb":"1","cw":"1","bc":"1"}],"P":[],"m":"DEPOSIT"}}`)
	rows := []string{`{"symbol":"","incomeType":"TRANSFER","income":"0.5","asset":"BTC","info":"","time":1500,"tranId":"1","tradeId":""}`}
	for i := 1; i <= fills; i++ {
		wallet := fmt.Sprintf("%d.%04d", 1+(5000-i)/10000, (5000-i)%10000)
		apply(Frame, fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","T":2000,"E":2000,"a":{"B":[{"a":"BTC","wb":%q,"cw":%q,"bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"%d","ep":"6","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC"}],"m":"ORDER"}}`, wallet, wallet, i))
		apply(Frame, fmt.Sprintf(`{"e":"ORDER_TRADE_UPDATE","T":2000,"E":2000,"o":{"s":"BTCUSD_PERP","x":"TRADE","X":"FILLED","i":1,"l":"1","n":"0.0001","N":"BTC","T":2000,"t":%d,"ps":"BOTH","rp":"0"}}`, i))
		for _, asset := range []string{"BTC", "ETH"} {
			rows = append(rows, fmt.Sprintf(`{"symbol":"","incomeType":"COMMISSION","income":"-0.0001","asset":%q,"info":"","time":2000,"tranId":"%d","tradeId":"%d"}`, asset, 10+i, i))
		}
	}
	if sum, err := b.Outstanding("BTC"); err != nil || sum.String() != "0.5000" {
		t.Fatalf("outstanding %s, %v", sum, err)
	}
	apply(Income, "["+strings.Join(rows, ",")+"]")
	if gaps := b.Gaps(); len(gaps) > 0 {
		t.Errorf("not explained: %+v", gaps)
	}
}
