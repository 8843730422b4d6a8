package marks_test

import (
	"fmt"

	"poise/account"
	"poise/decimal"
	"poise/follower/marks"
)

// Two contracts bought at 37643.1, isolated: what they come to at a mark.
func Example() {
	rules, err := marks.ReadRules([]byte(`{"symbols":[{"symbol":"BTCUSD_PERP","contractType":"PERPETUAL","contractSize":100,"marginAsset":"BTC"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	brackets, err := marks.ReadBrackets([]byte(`[{"symbol":"BTCUSD_PERP","brackets":[{"initialLeverage":125,"qtyFloor":0,"qtyCap":5,"maintMarginRatio":0.004,"cum":0}]}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	balances := []account.Balance{{Asset: "BTC", Wallet: decimal.MustParse("0.1"), Cross: decimal.MustParse("0.09731942")}}
	positions := []account.Position{{Symbol: "BTCUSD_PERP", Side: "BOTH", Amount: decimal.MustParse("2"), EntryPrice: decimal.MustParse("37643.10000021"),
		MarginType: "isolated", IsolatedWallet: decimal.MustParse("0.00268058"), MarginAsset: "BTC"}}
	mark := func(string) (marks.Mark, bool) { // a Feed's Mark
		return marks.Mark{Price: decimal.MustParse("38103.05510455")}, true
	}

	now := marks.Compute(rules, brackets, balances, positions, mark)
	for _, p := range now.Positions {
		fmt.Println(p.Symbol, "PnL", p.Unrealized, "liquidated at", p.Liquidation, "ratio", p.Ratio)
	}
	// Output: BTCUSD_PERP PnL 0.00006413 liquidated at 25119.97445760 ratio 0.00764743
}
