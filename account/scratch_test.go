package account

import (
	"fmt"
	"reflect"
	"testing"
)

// TestBooksThatShareScratch: what one account's record left in it shows in
// no other account, and in no Delta that was given before.
func TestBooksThatShareScratch(t *testing.T) {
	var shared Scratch
	var apart, together [2]*Books
	for i := range apart {
		name := fmt.Sprint("account", i)
		apart[i], together[i] = New(name), New(name)
		together[i].Use(&shared)
	}
	var given, want []Delta
	for at := uint64(1); at <= 12; at++ {
		i := at % 2
		r := Record{Account: apart[i].Account(), Position: at, Kind: Frame, Data: fmt.Appendf(nil,
			`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"i":"alias%d","a":{"B":[{"a":"BTC","wb":"%d.5","cw":"1","bc":"0.5"}],"P":[{"s":"BTCUSD_PERP","pa":"%d","ep":"60000","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH"}],"m":"DEPOSIT"}}`,
			at, at, i, at, at)}
		if at%5 == 0 {
			r.Data = []byte(`{"e":"ACCOUNT_UPDATE","T":`)
		}
		a, err := apart[i].Apply(r)
		b, err2 := together[i].Apply(r)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		want, given = append(want, a), append(given, b)
	}
	if !reflect.DeepEqual(given, want) {
		t.Errorf("together\n%+v\napart\n%+v", given, want)
	}
	for i := range apart {
		a, err := apart[i].Encode()
		b, err2 := together[i].Encode()
		if err != nil || err2 != nil || string(a) != string(b) {
			t.Errorf("together\n%s %v\napart\n%s %v", b, err2, a, err)
		}
	}
}
