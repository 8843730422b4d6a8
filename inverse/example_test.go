package inverse_test

import (
	"fmt"

	"poise/decimal"
	"poise/inverse"
)

// One contract of 100 dollars is bought, marked, and sold. The entry price has
// the ...03 of the exchange, since what is kept is the cost in coin.
func Example() {
	btc := inverse.Contract{Size: decimal.New(100, 0)}
	position, _, err := btc.Fill(inverse.Position{}, 1, decimal.MustParse("11707.7"))
	if err != nil {
		fmt.Println(err)
		return
	}
	entry, _ := btc.EntryPrice(position, inverse.PriceScale)
	unrealized, _ := btc.UnrealizedPnL(position, decimal.MustParse("11788.66626667"))
	fmt.Println("cost", position.Cost, "entry", entry, "unrealised", unrealized)

	position, realized, err := btc.Fill(position, -1, decimal.MustParse("11661.2"))
	fmt.Println("realised", realized, "held", position.Contracts, err)
	// Output:
	// cost 0.0085413872921 entry 11707.70000003 unrealised 0.00005866
	// realised -0.00003405 held 0 <nil>
}

// A follower knows the printed entry price, the wallet and the marks.
func ExampleContract_LiquidationPrice() {
	btc, brackets := inverse.Contract{Size: decimal.New(100, 0)}, inverse.StandardBrackets()
	position, err := btc.PositionAt(2, decimal.MustParse("37643.10000021"))
	if err != nil {
		fmt.Println(err)
		return
	}
	wallet := decimal.MustParse("0.00268058")
	price, ok, err := btc.LiquidationPrice(brackets, inverse.Pool{Wallet: wallet}, position)
	fmt.Println(price, ok, err)

	mark := decimal.MustParse("38103.05510455")
	maintenance, _ := btc.MaintenanceMargin(brackets, position.Contracts, mark)
	unrealized, _ := btc.UnrealizedPnL(position, mark)
	balance, _ := wallet.Add(unrealized)
	ratio, ok, err := inverse.MarginRatio(maintenance, balance)
	fmt.Println(maintenance, balance, ratio, ok, err)
	// Output:
	// 25119.97445760 true <nil>
	// 0.00002099 0.00274471 0.00764743 true <nil>
}

// Longs pay shorts when the rate is positive.
func ExampleContract_Funding() {
	btc, mark, rate := inverse.Contract{Size: decimal.New(100, 0)}, decimal.New(60000, 0), decimal.MustParse("0.0001")
	long, _ := btc.Funding(100, mark, rate)
	short, _ := btc.Funding(-100, mark, rate)
	fmt.Println(long, short)
	// Output: -0.00001667 0.00001667
}

// The recorded break-even price of a maker at 0.02 %.
func ExampleContract_BreakEvenPrice() {
	btc, price := inverse.Contract{Size: decimal.New(100, 0)}, decimal.MustParse("51080.1")
	position, _, _ := btc.Fill(inverse.Position{}, 1, price)
	paid, _ := btc.EntryFee(1, price, decimal.MustParse("0.0002"))
	fmt.Println(btc.BreakEvenPrice(position, paid, inverse.PriceScale))
	// Output: 51090.31602036 <nil>
}
