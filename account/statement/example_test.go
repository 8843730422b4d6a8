package statement_test

import (
	"fmt"

	"poise/account"
	"poise/account/statement"
	"poise/decimal"
)

// A wallet of 1 BTC paid a funding fee.
func Example() {
	d := decimal.MustParse
	s, err := statement.Make(statement.Period{From: 1790812800000, To: 1793491200000}, statement.Account{
		Name:    "main",
		Opening: statement.Edge{At: 1790812800000, Wallets: []statement.Wallet{{Asset: "BTC", Amount: d("1.00000000"), Record: 7}}},
		Closing: statement.Edge{At: 1793491200000, Wallets: []statement.Wallet{{Asset: "BTC", Amount: d("0.99990000"), Record: 9}}},
		Sums:    []statement.Sum{{Asset: "BTC", Kind: account.FundingFee, Amount: d("-0.00010000"), Entries: 1}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := s.Assets[0]
	fmt.Println(a.Opening, a.Kinds[0].Amount, a.Closing, s.OK())
	// Output: 1.00000000 -0.00010000 0.99990000 true
}
