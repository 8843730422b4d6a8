package reconcile_test

import (
	"fmt"

	"poise/account"
	"poise/account/reconcile"
	"poise/decimal"
	"poise/wire"
)

// The exchange has moved a wallet, and the books did not hear of it.
func Example() {
	held := account.Balance{Asset: "BTC", Wallet: decimal.MustParse("1.00000000"), Cross: decimal.MustParse("1.00000000")}
	now, err := wire.DecodeAccountInfo([]byte(`{"assets":[{"asset":"BTC","walletBalance":"0.75000000","crossWalletBalance":"0.75000000"}],"positions":[]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := reconcile.Compare(&reconcile.Ledger{Balances: []account.Balance{held}}, &reconcile.Exchange{Account: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rows {
		if r.Source == "account" {
			fmt.Println(r.Of, r.What, r.Ledger, r.Exchange, r.Equal)
		}
	}
	fmt.Println(reconcile.Differences(rows) > 0)
	// Output:
	// BTC wallet 1.00000000 0.75000000 false
	// BTC cross wallet 1.00000000 0.75000000 false
	// true
}
