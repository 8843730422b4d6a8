package gateway

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"poise/decimal"
	"poise/disk"
	"poise/venue/engine"
)

var restartCommands = flag.Int("gateway.commands", 1_000_000, "commands in the log of BenchmarkRestart")

const benchAccounts = 64

// ready opens accounts and a market.
func ready(b *testing.B, c Config) *Gateway {
	g := inFolder(b, c)
	for i := range benchAccounts {
		if _, err := g.NewAccount(b.Context(), NewAccount{Alias: "account" + strconv.Itoa(i), Balances: map[string]decimal.D{"BTC": decimal.New(1000, 0)}}); err != nil {
			b.Fatal(err)
		}
	}
	if err := g.Quote(b.Context(), "BTCUSD_PERP", decimal.New(60_000, 0), decimal.New(1_000_000, 0)); err != nil {
		b.Fatal(err)
	}
	return g
}

// draw draws what a trader does: half of it rests and is taken back, half
// fills.
func draw(r *rand.Rand, account string, last *int64) engine.Command {
	side := []string{"BUY", "SELL"}[r.IntN(2)]
	if id := *last; id != 0 {
		*last = 0
		return &engine.Cancel{Account: account, Symbol: "BTCUSD_PERP", OrderID: id}
	}
	p := &engine.Place{Account: account, Symbol: "BTCUSD_PERP", Side: side, Type: "MARKET", Quantity: decimal.New(1+r.Int64N(5), 0)}
	if r.IntN(2) == 0 {
		p.Side, p.Type, p.TimeInForce, p.Price = "BUY", "LIMIT", "GTC", decimal.New(58_000+r.Int64N(1000), 0)
	}
	return p
}

// BenchmarkCommands is commands a second by callers who each wait for their
// answer: in memory, and durable in a folder, in turns with bare appends of 64
// bytes, each synced.
func BenchmarkCommands(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run("callers="+strconv.Itoa(callers), func(b *testing.B) {
			memory, folder := ready(b, Config{}), ready(b, Config{Data: b.TempDir()})
			defer memory.Close()
			defer folder.Close()
			file, err := os.Create(filepath.Join(b.TempDir(), "bare"))
			if err != nil {
				b.Fatal(err)
			}
			defer file.Close()
			var spent [3]time.Duration
			for b.Loop() {
				for i, g := range []*Gateway{memory, folder} {
					began := time.Now()
					callAll(b, g, callers, 4096/callers)
					spent[i] += time.Since(began)
				}
				spent[2] += syncs(b, file)
			}
			n := float64(b.N * (4096 / callers * callers))
			b.ReportMetric(n/spent[0].Seconds(), "memory/s")
			b.ReportMetric(n/spent[1].Seconds(), "folder/s")
			b.ReportMetric(float64(b.N*bareSyncs)/spent[2].Seconds(), "syncs/s")
		})
	}
}

const bareSyncs = 64

func syncs(b *testing.B, file *os.File) time.Duration {
	began := time.Now()
	for range bareSyncs {
		if _, err := file.Write(make([]byte, 64)); err != nil {
			b.Fatal(err)
		}
		if err := disk.Sync(file); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

func callAll(b *testing.B, g *Gateway, callers, each int) {
	var done sync.WaitGroup
	for k := range callers {
		done.Go(func() {
			r, last := rand.New(rand.NewPCG(uint64(k), 1)), int64(0)
			for range each {
				c := draw(r, "account"+strconv.Itoa(k), &last)
				err := g.do(b.Context(), func() {
					if result, err := g.apply(c); err == nil && result.Order != nil && result.Order.Type == "LIMIT" && result.Order.Status == "NEW" {
						last = result.OrderID
					}
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	done.Wait()
}

// BenchmarkRestart is the time from New to a venue that serves, with a log of
// many commands, and the bytes that a command takes in it.
func BenchmarkRestart(b *testing.B) {
	c := Config{Data: b.TempDir()}
	g := ready(b, c)
	r, last := rand.New(rand.NewPCG(1, 1)), make([]int64, benchAccounts)
	for n := 0; n < *restartCommands; n += 1000 {
		err := g.do(b.Context(), func() {
			for range 1000 {
				k := r.IntN(benchAccounts)
				if result, err := g.apply(draw(r, "account"+strconv.Itoa(k), &last[k])); err == nil && result.Order != nil && result.Order.Status == "NEW" {
					last[k] = result.OrderID
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	g.Close()
	info, err := os.Stat(filepath.Join(c.Data, "venue.log"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		inFolder(b, c).Close()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/start")
	b.ReportMetric(float64(info.Size())/float64(*restartCommands), "B/command")
}

// BenchmarkRestartOfWalk is the same of a day of --market walk and nothing else.
func BenchmarkRestartOfWalk(b *testing.B) {
	c := Config{Data: b.TempDir(), Manual: true, Walk: true, Start: time.UnixMilli(1_790_000_000_000)}
	g := inFolder(b, c)
	if _, err := g.Advance(b.Context(), 24*time.Hour); err != nil {
		b.Fatal(err)
	}
	g.Close()
	for b.Loop() {
		inFolder(b, c).Close()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/start")
}
