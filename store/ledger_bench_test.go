package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"poise/account"
	"poise/decimal"
)

// updates makes deltas such as ACCOUNT_UPDATE leads to, of many accounts of one
// partition: 1 or 2 balances with an entry each for funding, two for an order,
// and 1 to 3 positions.
type updates struct {
	rnd      *rand.Rand
	accounts []string
	wallets  map[string]decimal.D
	at       uint64
	now      int64 // ms
}

func newUpdates(partition, accounts int) *updates {
	u := &updates{rnd: rand.New(rand.NewPCG(1, 2)), wallets: map[string]decimal.D{}, now: firstTime}
	for i := 0; len(u.accounts) < accounts; i++ {
		if name := fmt.Sprintf("desk-%d", i); PartitionOf(name) == partition {
			u.accounts = append(u.accounts, name)
		}
	}
	return u
}

// next makes n deltas, 100 ms apart.
func (u *updates) next(n int) []account.Delta {
	deltas := make([]account.Delta, n)
	for i := range deltas {
		u.at, u.now = u.at+1, u.now+100
		d := &deltas[i]
		*d = account.Delta{Account: u.accounts[u.rnd.IntN(len(u.accounts))], Position: u.at, Time: u.now, Event: "ACCOUNT_UPDATE", Reason: "ORDER"}
		first := u.rnd.IntN(3)
		for b := range 1 + u.rnd.IntN(2) {
			u.balance(d, []string{"BTC", "ETH", "ADA"}[(first+b)%3])
		}
		first = u.rnd.IntN(5)
		for p := range 1 + u.rnd.IntN(3) {
			d.Positions = append(d.Positions, u.position([]string{"BTCUSD_PERP", "ETHUSD_PERP", "BTCUSD_261225", "ADAUSD_PERP", "SOLUSD_PERP"}[(first+p)%5]))
		}
	}
	return deltas
}

func (u *updates) balance(d *account.Delta, asset string) {
	kinds := []account.Kind{account.RealizedPnL, account.Commission}
	if u.rnd.IntN(2) == 0 {
		kinds = []account.Kind{account.FundingFee}
	}
	key := d.Account + asset
	for i, kind := range kinds {
		amount := decimal.New(u.rnd.Int64N(2e8)-1e8, 8)
		u.wallets[key] = must(u.wallets[key].Add(amount))
		d.Entries = append(d.Entries, account.Entry{Position: d.Position, Asset: asset, Index: i, Time: u.now - 3, Kind: kind, Amount: amount,
			Balance: u.wallets[key], Symbol: "BTCUSD_PERP", OrderID: u.rnd.Int64N(1e12), TradeID: u.rnd.Int64N(1e9), Reason: d.Reason})
	}
	d.Balances = append(d.Balances, account.Balance{Asset: asset, Wallet: u.wallets[key], Cross: u.wallets[key], Updated: u.now})
}

func (u *updates) position(symbol string) account.Position {
	amount := func(n int64) decimal.D { return decimal.New(u.rnd.Int64N(n)-n/2, 8) }
	return account.Position{Symbol: symbol, Side: "BOTH", Amount: decimal.New(u.rnd.Int64N(2000)-1000, 0), EntryPrice: amount(9e12), BreakEven: amount(9e12), HasBreakEven: true,
		Realized: amount(3e10), HasRealized: true, Unrealized: amount(5e8), MarginType: "cross", IsolatedWallet: decimal.New(0, 8), MarginAsset: "BTC", Updated: u.now}
}

// rowsOf counts the rows that deltas add, without those that are rewritten.
func rowsOf(deltas []account.Delta) (n int) {
	for i := range deltas {
		n += len(deltas[i].Balances) + len(deltas[i].Positions) + len(deltas[i].Entries)
	}
	return n
}

// BenchmarkLedger measures what a delta costs in batches of several sizes:
// processor time of the whole process (collector and the copying of the log
// too) and time on the clock.
//
//	go test ./store -run '^$' -bench Ledger -benchtime 1x
func BenchmarkLedger(b *testing.B) {
	for _, size := range []int{1, 16, 128, 1024, 8192} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) { benchmarkLedger(b, size) })
	}
}

func benchmarkLedger(b *testing.B, size int) {
	s := openStore(b, filepath.Join(b.TempDir(), "poise.db"))
	u := newUpdates(6, 32)
	batches := min(max(3, 16_384/size), 256)
	var cpu, wall time.Duration
	from, rows := Cursor{}, 0
	for b.Loop() {
		for range batches {
			batch := Batch{Partition: 6, From: from, Deltas: u.next(size)}
			batch.To = Cursor{u.at, u.at}
			from, rows = batch.To, rows+rowsOf(batch.Deltas)
			start, used := time.Now(), cpuTime()
			mustWrite(b, s, batch)
			wall, cpu = wall+time.Since(start), cpu+cpuTime()-used
		}
		start, used := time.Now(), cpuTime()
		settle(b, s)
		wall, cpu = wall+time.Since(start), cpu+cpuTime()-used
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(cpu.Nanoseconds())/1000/float64(u.at), "cpu-us/delta")
	b.ReportMetric(float64(wall.Nanoseconds())/1000/float64(u.at), "us/delta")
	b.ReportMetric(float64(rows)/float64(u.at), "rows/delta")
}
