package wire_test

import (
	"fmt"

	"poise/wire"
)

func Example() {
	var decoder wire.Decoder
	var event wire.Event
	message := `{"e":"ACCOUNT_UPDATE","T":1791417600452,"E":1791417600457,"i":"mYfz","a":{"B":[{"a":"SOL",` +
		`"wb":"5193.88602174","cw":"5193.88602174","bc":"-0.41770935"}],"P":[],"m":"FUNDING_FEE"}}`
	if err := decoder.Decode([]byte(message), &event); err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range event.Account.Balances {
		fmt.Println(event.Account.Reason, b.Asset, b.Wallet, b.Change, b.Fields.Has(wire.BalanceChange))
	}
	fmt.Println(string(event.Append(nil)) == message)

	err := decoder.Decode([]byte(`{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"SOL","wb":"1e3"}]}}`), &event)
	fmt.Println(err)
	// Output:
	// FUNDING_FEE SOL 5193.88602174 -0.41770935 true
	// true
	// line 1, column 55: a.B[0].wb: expected a plain decimal, found "1e3"
}
