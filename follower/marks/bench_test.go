package marks

import (
	"fmt"
	"testing"

	"poise/account"
	"poise/inverse"
)

var sinkNow Now

// holding is an account with so many cross positions in one-way mode, four of an
// asset.
func holding(n int) (*Rules, map[string]inverse.Brackets, []account.Balance, []account.Position) {
	r, brackets := &Rules{symbols: map[string]Rule{}}, map[string]inverse.Brackets{}
	var money []account.Balance
	var held []account.Position
	for i := range n {
		asset := fmt.Sprintf("A%02d", i/4)
		if i%4 == 0 {
			money = append(money, wallet(asset, "1.5"))
		}
		symbol := fmt.Sprintf("A%02dUSD_%d", i/4, i%4)
		r.symbols[symbol] = Rule{Contract: inverse.Contract{Size: num("100")}, MarginAsset: asset}
		brackets[symbol] = inverse.StandardBrackets()
		p := cross(symbol, "BOTH", fmt.Sprint(100-i*3), "37643.10000021")
		p.MarginAsset = asset
		held = append(held, p)
	}
	return r, brackets, money, held
}

func steady(string) (Mark, bool) { return benchMark, true }

var benchMark = Mark{Price: num("38103.05510455"), Time: 1}

func BenchmarkCompute(b *testing.B) {
	for _, n := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("positions=%d", n), func(b *testing.B) {
			r, brackets, money, held := holding(n)
			b.ReportAllocs()
			for b.Loop() {
				sinkNow = Compute(r, brackets, money, held, steady)
			}
		})
	}
}

// What a process with 2,000 accounts of four positions each does for a second's
// marks: all of them computed anew, their marks asked of the feed.
func BenchmarkMarkOf2000Accounts(b *testing.B) {
	r, brackets, money, held := holding(4)
	f := NewFeed(nil, nil)
	var symbols []string
	for _, p := range held {
		symbols = append(symbols, p.Symbol)
	}
	f.Want(symbols)
	for _, s := range symbols {
		f.hear([]byte(s), benchMark)
	}
	mark := f.Mark // once: a method value allocates
	b.ReportAllocs()
	for b.Loop() {
		for range 2000 {
			sinkNow = Compute(r, brackets, money, held, mark)
		}
	}
	if len(sinkNow.Missing) != 0 {
		b.Fatal(sinkNow.Missing)
	}
}

func BenchmarkMessage(b *testing.B) {
	f := NewFeed(nil, nil)
	f.Want([]string{"BTCUSD_PERP"})
	text := []byte(`{"stream":"btcusd_perp@markPrice@1s","data":{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_PERP","p":"10934.62615417","P":"10962.17178236","r":"0.00010000","T":1596096000000}}`)
	var r reader
	b.ReportAllocs()
	for b.Loop() {
		f.take(&r, text)
	}
}
