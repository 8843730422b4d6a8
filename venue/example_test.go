package venue_test

import (
	"fmt"

	"poise/venue"
)

// In a test this begins with v := venue.New(t), which also closes it.
func Example() {
	var v venue.Venue
	if err := v.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	a := v.NewAccount("SgsR", "BTC", "2")
	v.Transfer(a.Alias, "WITHDRAW", "BTC", "0.5")
	fmt.Println(v.Truth(a.Alias).Balances[0].Wallet)
	fmt.Println(v.Books()[0].Residual)
	// Output:
	// 1.50000000
	// 0
}
