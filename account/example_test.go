package account_test

import (
	"fmt"

	"poise/account"
)

// A fill costs a commission. Until the fill's own message names it, nothing is
// assumed; then the entry is revised.
func ExampleBooks_Apply() {
	messages := []string{
		`{"e":"ACCOUNT_UPDATE","T":1000,"E":1002,"a":{"B":[{"a":"BTC","wb":"1.50000000","cw":"1.50000000","bc":"0.5"}],"P":[],"m":"DEPOSIT"}}`,
		`{"e":"ACCOUNT_UPDATE","T":2000,"E":2003,"a":{"B":[{"a":"BTC","wb":"1.49991667","cw":"1.49991667","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"100","ep":"60000.0","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH"}],"m":"ORDER"}}`,
		`{"e":"ORDER_TRADE_UPDATE","T":2000,"E":2003,"o":{"s":"BTCUSD_PERP","x":"TRADE","X":"FILLED","i":7,"t":9,"n":"0.00008333","N":"BTC","ps":"BOTH","rp":"0"}}`,
	}
	books := account.New("main")
	for i, m := range messages {
		d, err := books.Apply(account.Record{Account: "main", Position: uint64(i + 1), Kind: account.Frame, Data: []byte(m)})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, e := range d.Entries {
			fmt.Println(d.Reason, e.Kind, e.Amount, "->", e.Balance)
		}
		for _, r := range d.Revised {
			fmt.Println(r.Before.Kind, r.Before.Amount, "is", r.After.Kind, "of trade", r.After.TradeID)
		}
	}
	b, _ := books.Balance("BTC")
	fmt.Println("wallet", b.Wallet)
	// Output:
	// DEPOSIT OPENING 1.00000000 -> 1.00000000
	// DEPOSIT TRANSFER 0.5 -> 1.50000000
	// ORDER UNEXPLAINED -0.00008333 -> 1.49991667
	// UNEXPLAINED -0.00008333 is COMMISSION of trade 9
	// wallet 1.49991667
}
