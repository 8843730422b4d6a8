package store

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"poise/account"
	"poise/disk"
)

var benchDir = flag.String("store.dir", "", "directory on the disk that the benchmark writes to; default a temporary one")

// message makes an ACCOUNT_UPDATE of about 1 KB; each is another.
func message(r *rand.Rand, at int64) []byte {
	var b bytes.Buffer
	amount := func(whole int) string { return fmt.Sprintf("%d.%08d", r.IntN(whole), r.IntN(1e8)) }
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	fmt.Fprintf(&b, `{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"i":"%s","a":{"B":[`, at, at+r.Int64N(60), pick("SfsRabcd", "FzuXxYyz", "mYAuoCfz"))
	for i, asset := range []string{"BTC", "ETH", "ADA"}[:1+r.IntN(3)] {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"a":"%s","wb":"%s","cw":"%s","bc":"%s"}`, asset, amount(9000), amount(9000), amount(3))
	}
	b.WriteString(`],"P":[`)
	for i := 0; b.Len() < 960; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"s":"%s","pa":"%d","ep":"%s","cr":"%s","up":"-%s","mt":"cross","iw":"0.00000000","ps":"%s","ma":"BTC","bep":"%s"}`,
			pick("BTCUSD_PERP", "ETHUSD_PERP", "BTCUSD_261225", "ADAUSD_PERP", "SOLUSD_PERP"), r.IntN(2000)-1000,
			amount(90000), amount(30), amount(5), pick("BOTH", "LONG", "SHORT"), amount(90000))
	}
	b.WriteString(`],"m":"ORDER"}}`)
	return b.Bytes()
}

// messages makes blocks of n messages each, of accounts of partition 0.
func messages(n, blocks int) [][]account.Record {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	all := make([][]account.Record, blocks)
	at := int64(1790000000000)
	for i := range all {
		for range n {
			at += r.Int64N(200)
			all[i] = append(all[i], account.Record{Account: names[0], Kind: account.Frame, Received: at * 1e6, Data: message(r, at)})
		}
	}
	return all
}

// rawLog is what Append is measured against: the same bytes, appended and
// fdatasynced.
type rawLog struct{ f *os.File }

func (l rawLog) append(t testing.TB, block []byte) {
	if _, err := l.f.Write(block); err != nil {
		t.Fatal(err)
	}
	if err := disk.Sync(l.f); err != nil {
		t.Fatal(err)
	}
}

// settle waits until the log is copied into the file, which is part of what the
// blocks before it cost.
func settle(t testing.TB, s *Store) {
	if _, err := s.w.tide.db.Exec(copyLog); err != nil {
		t.Fatal(err)
	}
}

func percentile(d []time.Duration, p float64) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[int(p*float64(len(d)-1))]
}

// BenchmarkAppend measures Append beside a plain append + fdatasync of the same
// bytes: rounds of each in turn, so that both meet the same disk. The time that
// copying the log into the file takes after a round counts as the store's. It
// reports the median over rounds of the ratio of their throughputs in
// uncompressed bytes (above 1 is faster than raw) and latencies of one Append.
// writers is how many partitions append at once.
//
//	go test ./store -run '^$' -bench Append -benchtime 1x
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 16, 64, 256, 1024} {
		for _, writers := range []int{1, 4} {
			b.Run(fmt.Sprintf("block=%d/writers=%d", size, writers), func(b *testing.B) { benchmarkAppend(b, size, writers) })
		}
	}
}

func benchmarkAppend(b *testing.B, size, writers int) {
	dir := b.TempDir()
	if *benchDir != "" {
		var err error
		if dir, err = os.MkdirTemp(*benchDir, "poise-bench"); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { os.RemoveAll(dir) })
	}
	s := openStore(b, filepath.Join(dir, "poise.db"))
	f, err := os.Create(filepath.Join(dir, "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	const rounds = 15
	perRound := max(12, min(200, 6400/size/4*4)) // a multiple of writers
	blocks := messages(size, perRound)
	plain := make([][]byte, perRound)
	bytes := 0.0
	for i, rs := range blocks {
		for j := range rs {
			rs[j].Account = names[i%writers]
			plain[i] = append(plain[i], rs[j].Data...)
		}
		bytes += float64(len(plain[i])) / 1e6
	}
	var ours, raws, ratios []float64
	var lat, rawLat []time.Duration
	for b.Loop() {
		for round := range rounds {
			start := time.Now()
			lat = append(lat, appendRound(b, s, blocks, writers, round)...)
			settle(b, s)
			mine := time.Since(start).Seconds()
			start = time.Now()
			for _, p := range plain {
				at := time.Now()
				rawLog{f}.append(b, p)
				rawLat = append(rawLat, time.Since(at))
			}
			raw := time.Since(start).Seconds()
			ours, raws, ratios = append(ours, bytes/mine), append(raws, bytes/raw), append(ratios, raw/mine)
		}
	}
	median := func(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ours), "MB/s-store")
	b.ReportMetric(median(raws), "MB/s-raw")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(ms(percentile(lat, .5)), "ms-p50")
	b.ReportMetric(ms(percentile(lat, .99)), "ms-p99")
	b.ReportMetric(ms(percentile(lat, 1)), "ms-max")
	b.ReportMetric(ms(percentile(rawLat, .99)), "ms-p99-raw")
}

// appendRound appends all blocks, block i to partition i%writers, each partition
// in a goroutine of its own, and returns how long each took.
func appendRound(b *testing.B, s *Store, blocks [][]account.Record, writers, round int) []time.Duration {
	times := make([]time.Duration, len(blocks))
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			seq := uint64(round) * uint64(len(blocks)/writers)
			for i := w; i < len(blocks); i += writers {
				for j := range blocks[i] {
					blocks[i][j].Position = 0
				}
				seq++
				start := time.Now()
				if err := s.Append(bg, w, seq, blocks[i]); err != nil {
					b.Error(err)
					return
				}
				times[i] = time.Since(start)
			}
		})
	}
	wait.Wait()
	return times
}

// BenchmarkWrite measures batches of 100 deltas, each with about one entry, one
// balance and half a position: how long an append may have to wait.
func BenchmarkWrite(b *testing.B) {
	s := newStore(b)
	f := newFold()
	at := uint64(0)
	for b.Loop() {
		batch := Batch{Partition: 6, From: Cursor{at, at}, To: Cursor{at + 100, at + 100}}
		for range 100 {
			at++
			batch.Deltas = append(batch.Deltas, f.apply(account.Record{Account: names[6], Position: at}))
		}
		mustWrite(b, s, batch)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(at), "us/delta")
}
