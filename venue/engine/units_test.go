package engine

import (
	"math/big"
	"math/rand"
	"testing"

	"poise/decimal"
	"poise/inverse"
)

// TestUnitsAreInverse: the engine's whole numbers are package inverse's decimals,
// digit for digit, over random fills.
func TestUnitsAreInverse(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	table := inverse.StandardBrackets()
	s := &symbol{}
	if err := s.setBrackets(table.Rows()); err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		size := []int64{10, 100}[r.Intn(2)]
		c := inverse.Contract{Size: decimal.New(size, 0)}
		var p position
		var q inverse.Position
		top := int64(1) << (10 + r.Intn(45))
		for range 6 {
			s.mark = 1_000_000 + r.Int63n(top)
			price := s.mark - r.Int63n(s.mark/10+1)
			at, mark := decimal.New(price, 8), decimal.New(s.mark, 8)
			n, sign := 1+r.Int63n(1000), int64(1-2*r.Intn(2))
			rate := r.Int63n(100_000)
			rateD := decimal.New(rate, 8)
			next, pnl, err := c.Fill(q, sign*n, at)
			if err != nil {
				break // a price so high that the cost is 0
			}
			got := int64(0)
			opened := n
			if p.n*sign < 0 {
				closed := min(n, abs(p.n))
				got = p.pnl(closed, size, price)
				p.close(closed)
				opened -= closed
			}
			if opened > 0 {
				p.open(opened, sign, size, price, rate)
			}
			q = next
			same(t, "realised", coins(got), pnl)
			if p.n != q.Contracts || p.basis != q.Basis || !p.cost.decimal(13).Equal(q.Cost) {
				t.Fatalf("%+v; inverse %+v", p, q)
			}
			same(t, "commission", coins(share(n*size, price, rate)), must(c.Commission(n, at, rateD)))
			same(t, "funding", coins(-sign*shareUp(n*size, s.mark, rate)), must(c.Funding(sign*n, mark, rateD)))
			same(t, "base", coins(notionalUp(n*size, price)), must(c.BaseQuantity(n, at)))
			same(t, "entry fee", entryFee(n*size, price, rate).decimal(13), must(c.EntryFee(n, at, rateD)))
			if p.n == 0 {
				continue
			}
			same(t, "entry", decimal.New(p.entry, 8), must(c.EntryPrice(q, 8)))
			same(t, "unrealised", coins(p.pnl(abs(p.n), size, s.mark)), must(c.UnrealizedPnL(q, mark)))
			value := notional(abs(p.n)*size, s.mark)
			same(t, "notional", coins(value), must(c.Notional(abs(p.n), mark)))
			same(t, "initial", coins(value/7), must(c.InitialMargin(p.n, mark, 7)))
			same(t, "maintenance", coins(s.maintenance(abs(p.n)*size, value)), must(c.MaintenanceMargin(table, p.n, mark)))
			if p.basis == abs(p.n) && p.cost.hi == 0 {
				same(t, "break-even", decimal.New(p.even, 8), must(c.BreakEvenPrice(q, p.paid.decimal(13), 8)))
			}
		}
	}
}

func same(t *testing.T, what string, got, want decimal.D) {
	t.Helper()
	if !got.Equal(want) {
		t.Fatalf("%s: %v; inverse has %v", what, got, want)
	}
}

// TestWideIsBig: 128-bit arithmetic against math/big.
func TestWideIsBig(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	toBig := func(w wide) *big.Int {
		n := new(big.Int).SetUint64(w.hi)
		return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(w.lo))
	}
	for range 200_000 {
		a := wide{r.Uint64() >> uint(r.Intn(64)), r.Uint64()}
		b := wide{r.Uint64() >> uint(1+r.Intn(64)), r.Uint64() >> uint(r.Intn(60))}
		if b.isZero() {
			continue
		}
		twice := new(big.Int).Lsh(toBig(a), 1)
		twice.Add(twice, toBig(b))
		want := twice.Div(twice, new(big.Int).Lsh(toBig(b), 1)) // half up
		if want.BitLen() > 62 {
			continue
		}
		if got := a.quo(b); got != want.Int64() {
			t.Fatalf("%v / %v = %d, not %v", a, b, got, want)
		}
		if got := toBig(a.add(b)); a.hi>>63 == 0 && b.hi>>63 == 0 && got.Cmp(new(big.Int).Add(toBig(a), toBig(b))) != 0 {
			t.Fatalf("%v + %v", a, b)
		}
		q, rem := a.div(b.lo | 1)
		back := new(big.Int).Mul(toBig(q), new(big.Int).SetUint64(b.lo|1))
		if back.Add(back, new(big.Int).SetUint64(rem)).Cmp(toBig(a)) != 0 {
			t.Fatalf("%v / %d", a, b.lo|1)
		}
		same(t, "decimal", a.shortened().decimal(0), decimal.MustParse(toBig(a.shortened()).String()))
	}
}

// shortened is a number of 92 bits at most.
func (a wide) shortened() wide { return wide{a.hi & (1<<28 - 1), a.lo} }
