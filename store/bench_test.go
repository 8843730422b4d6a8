package store

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"poise/account"
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
	if err := datasync(l.f); err != nil {
		t.Fatal(err)
	}
}

// settle waits until the log is copied into the file, which is part of what the
// blocks before it cost, and says how long that took.
func settle(t testing.TB, s *Store) time.Duration {
	start := time.Now()
	if _, err := s.w.tide.db.Exec("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}

func percentile(d []time.Duration, p float64) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[int(p*float64(len(d)-1))]
}

func sumOfTimes(d []time.Duration) (sum time.Duration) {
	for _, d := range d {
		sum += d
	}
	return sum
}

// BenchmarkAppend measures Append beside a plain append + fdatasync of the same
// bytes: rounds of each in turn, so that both meet the same disk. It reports
// the median over rounds of the ratio of their throughputs (above 1 is
// faster than raw), and latencies of one Append.
//
//	go test ./store -run '^$' -bench Append -benchtime 1x
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 16, 64, 256, 1024} {
		b.Run(fmt.Sprintf("block=%d", size), func(b *testing.B) { benchmarkAppend(b, size) })
	}
}

func benchmarkAppend(b *testing.B, size int) {
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
	perRound := max(10, min(200, 6400/size))
	blocks := messages(size, perRound)
	var ours, raws, ratios []float64
	var lat, rawLat []time.Duration
	seq := uint64(0)
	bytes := 0
	plain := make([][]byte, len(blocks))
	for i, rs := range blocks {
		for _, r := range rs {
			plain[i] = append(plain[i], r.Data...)
		}
		bytes += len(plain[i])
	}
	for b.Loop() {
		for range rounds {
			mine := make([]time.Duration, 0, perRound)
			raw := make([]time.Duration, 0, perRound)
			for _, rs := range blocks {
				for i := range rs {
					rs[i].Position = 0
				}
				seq++
				start := time.Now()
				mustAppend(b, s, 0, seq, rs)
				mine = append(mine, time.Since(start))
			}
			settled := settle(b, s)
			for _, p := range plain {
				start := time.Now()
				rawLog{f}.append(b, p)
				raw = append(raw, time.Since(start))
			}
			lat, rawLat = append(lat, mine...), append(rawLat, raw...)
			n := float64(bytes) / 1e6
			ours, raws = append(ours, n/(sumOfTimes(mine)+settled).Seconds()), append(raws, n/sumOfTimes(raw).Seconds())
			ratios = append(ratios, sumOfTimes(raw).Seconds()/(sumOfTimes(mine)+settled).Seconds())
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
