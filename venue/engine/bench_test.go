package engine

import (
	"fmt"
	"math/rand"
	"testing"

	"poise/decimal"
)

// flow is the order flow of the benchmarks: of ten commands three trade, four
// rest and three cancel, around a price that wanders.
type flow struct {
	id, cancel      int64
	sell            bool
	price, quantity int64
}

func makeFlow(n int) []flow {
	r := rand.New(rand.NewSource(1))
	all := make([]flow, n)
	mid := int64(600_000)
	var resting []int64
	for i := range all {
		mid += r.Int63n(3) - 1
		f := flow{id: int64(i + 1), sell: r.Intn(2) == 0, quantity: 1 + r.Int63n(20)}
		away := 1 + r.Int63n(200)
		switch n := r.Intn(10); {
		case n < 3:
			away = -20 // crosses
		case n < 6 && len(resting) > 200:
			k := r.Intn(len(resting))
			f.cancel = resting[k]
			resting[k] = resting[len(resting)-1]
			resting = resting[:len(resting)-1]
		default:
			resting = append(resting, f.id)
		}
		f.price = mid - away
		if f.sell {
			f.price = mid + away
		}
		all[i] = f
	}
	return all
}

// BenchmarkBook is matching alone.
func BenchmarkBook(b *testing.B) {
	all := makeFlow(1 << 18)
	var m Matcher
	var trades []Match
	b.ReportAllocs()
	count, at := 0, int64(0)
	for i := 0; b.Loop(); i++ {
		f := &all[i%len(all)]
		if i%len(all) == 0 {
			m, at = Matcher{}, 0
		}
		if f.cancel != 0 {
			m.Cancel(f.cancel)
			continue
		}
		trades, _ = m.Limit(trades[:0], f.id+at, f.sell, f.price, f.quantity)
		count += len(trades)
	}
	b.ReportMetric(float64(count)/float64(b.N), "trades/op")
}

// BenchmarkEngine is the same flow through 1,000 accounts: margin, books, and
// every message written.
func BenchmarkEngine(b *testing.B) {
	all := makeFlow(1 << 18)
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("a%03d", i)
	}
	e := benchEngine(b, names)
	ids := make([]int64, len(all)+1)
	place := Place{Symbol: "BTCUSD_PERP", Type: "LIMIT", TimeInForce: "GTC"}
	cancel := Cancel{Symbol: "BTCUSD_PERP"}
	b.ReportAllocs()
	trades, events, refused, size := 0, 0, 0, 0
	for i := 0; b.Loop(); i++ {
		k := i % len(all)
		f := &all[k]
		if k == 0 {
			b.StopTimer()
			for _, name := range names {
				e.Apply(&CancelAll{name, "BTCUSD_PERP"}, 0)
			}
			b.StartTimer()
		}
		var res *Result
		var err error
		if f.cancel != 0 {
			cancel.Account, cancel.OrderID = names[(f.cancel-1)%1000], ids[f.cancel]
			res, err = e.Apply(&cancel, int64(simStart+i))
		} else {
			place.Account, place.Side = names[k%1000], sideName(f.sell)
			place.Quantity, place.Price = decimal.New(f.quantity, 0), decimal.New(f.price, 1)
			res, err = e.Apply(&place, int64(simStart+i))
		}
		if err != nil {
			refused++
			continue
		}
		ids[k+1] = res.OrderID
		trades += len(res.Trades)
		events += len(res.Events)
		size += len(e.buf)
	}
	n := float64(b.N)
	b.ReportMetric(float64(trades)/n, "trades/op")
	b.ReportMetric(float64(events)/n, "events/op")
	b.ReportMetric(float64(size)/n, "bytes/op")
	b.ReportMetric(float64(refused)/n, "refused/op")
}

func benchEngine(b *testing.B, names []string) *Engine {
	e, err := New(Config{Contracts: DefaultContracts("261225", 1798185600000), Push: PushChanged, History: 64, Brief: true})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range names {
		for _, c := range []Command{&CreateAccount{Alias: name}, &Transfer{name, "DEPOSIT", "BTC", decimal.New(100, 0)}} {
			if _, err := e.Apply(c, simStart); err != nil {
				b.Fatal(err)
			}
		}
	}
	return e
}
