package engine_test

import (
	"fmt"

	"poise/decimal"
	"poise/venue/engine"
)

// A deposit and a market order against the internal market maker.
func Example() {
	e, err := engine.New(engine.Config{Contracts: engine.DefaultContracts("261225", 1798185600000)})
	if err != nil {
		panic(err)
	}
	at := int64(1_790_000_000_000)
	for _, c := range []engine.Command{
		&engine.CreateAccount{Alias: "SfsR"},
		&engine.Transfer{Account: "SfsR", Reason: "DEPOSIT", Asset: "BTC", Amount: decimal.MustParse("0.5")},
		&engine.SetQuote{Symbol: "BTCUSD_PERP", Price: decimal.MustParse("60000"), Quantity: decimal.MustParse("1000")},
		&engine.Place{Account: "SfsR", Symbol: "BTCUSD_PERP", Side: "BUY", Type: "MARKET", Quantity: decimal.MustParse("3")},
	} {
		res, err := e.Apply(c, at)
		if err != nil {
			panic(err)
		}
		for _, ev := range res.Events {
			fmt.Println(ev.Account, ev.Type, len(ev.Message) > 100)
		}
	}
	fmt.Println(e.Books()[0].Fees, e.Books()[0].Residual)
	// Output:
	// SfsR ACCOUNT_UPDATE true
	// SfsR ORDER_TRADE_UPDATE true
	// SfsR ACCOUNT_UPDATE true
	// SfsR ORDER_TRADE_UPDATE true
	// 0.00000249 0
}
