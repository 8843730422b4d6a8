package main

import (
	"bytes"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

// booksStore is a store with a replayed sample whose ledger is then spoiled.
func booksStore(t *testing.T, spoil string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "desk.db")
	var out bytes.Buffer
	if code := run([]string{"replay", "--sample", "--account", "main", "--store", path}, strings.NewReader(""), &out, &out); code != exitDone {
		t.Fatal(out.String())
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(spoil); err != nil {
		t.Fatal(err)
	}
	return path
}

// A statement that does not meet the wallet says so in each form, and ends with 1.
func TestStatementThatDoesNotAgree(t *testing.T) {
	path := booksStore(t, "UPDATE totals SET amount = '0.40000000' WHERE asset = 'BTC' AND kind = 'TRANSFER' AND day = '2026-09-21'")
	page := filepath.Join(t.TempDir(), "page.html")
	const said = "main BTC: opening balance and entries come to 0.20253020, the exchange sent 0.30253020; they differ by -0.10000000"
	for _, c := range []struct{ flags, want string }{
		{"", "DIFFERENCE: " + said},
		{" --json", `"by": "-0.10000000"`},
		{" --html " + page, "1 difference: see 'poise verify'"},
	} {
		var out, errs bytes.Buffer
		code := run(strings.Fields("statement --month 2026-09 --store "+path+c.flags), strings.NewReader(""), &out, &errs)
		if code != exitNo || !strings.Contains(out.String(), c.want) || errs.Len() > 0 {
			t.Errorf("%s: exit code %d\n%s%s", c.flags, code, out.String(), errs.String())
		}
	}
	data, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(data), said) || !strings.Contains(string(data), "Does not agree.") {
		t.Errorf("the page does not say so (%v)", err)
	}
}

// A bar moves from nothing to all of it, a few times a second; without a total
// it is a count.
func TestBar(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out, what: "entries", begun: time.Now().Add(-time.Second)}
	p.bar(50, 100)
	p.bar(60, 100) // too soon after
	p.last = time.Time{}
	p.bar(120, 100)
	if got := out.String(); !strings.Contains(got, "[############------------] 50% of 100 entries") || strings.Contains(got, "60%") ||
		!strings.HasSuffix(got, "[########################] 100% of 100 entries") {
		t.Errorf("%q", got)
	}
	out.Reset()
	p.last = time.Time{}
	p.bar(7, 0)
	if !strings.Contains(out.String(), "7 entries") {
		t.Errorf("%q", out.String())
	}
}

// A file is made whole: not at all after an error, and instead of what was there.
func TestFilesAreWrittenWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.csv")
	write := func(text string, err error) error {
		return writeFile(name, nil, func(w io.Writer) error {
			_, _ = io.WriteString(w, text)
			return err
		})
	}
	if err := write("first", nil); err != nil {
		t.Fatal(err)
	}
	if err := write("half", io.ErrShortWrite); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%v", err)
	}
	data, _ := os.ReadFile(name)
	files, err := os.ReadDir(filepath.Dir(name))
	if string(data) != "first" || len(files) != 1 || err != nil {
		t.Errorf("%q, %d files (%v)", data, len(files), err)
	}
	info, err := os.Stat(name)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v (%v)", info.Mode(), err)
	}
	if err := write("second", nil); err != nil {
		t.Error(err)
	}
	if data, _ := os.ReadFile(name); string(data) != "second" {
		t.Errorf("%q", data)
	}
	if err := writeFile(os.DevNull, nil, func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s is a file now (%v)", os.DevNull, err)
	}
}

var exportEntries = flag.Int("entries", 1_000_000, "entries in BenchmarkExport")

// exportHeap bounds by how much the heap may grow over an export of any length:
// a row group of Parquet and what the collector has not taken yet.
const exportHeap = 80 << 20

// BenchmarkExport exports a store of 1,000,000 entries in each format, and fails
// when the heap grows by more than 80 MiB meanwhile.
//
//	go test ./cmd/poise -run '^$' -bench Export -benchtime 1x
func BenchmarkExport(b *testing.B) {
	path := filepath.Join(b.TempDir(), "poise.db")
	if err := fillEntries(b, path, *exportEntries); err != nil {
		b.Fatal(err)
	}
	for _, format := range []string{"csv", "jsonl", "parquet"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				out := &counter{}
				stop := watchHeap()
				start := time.Now()
				if code := run([]string{"export", "--format", format, "--store", path}, strings.NewReader(""), out, os.Stderr); code != exitDone {
					b.Fatalf("exit code %d", code)
				}
				grown := stop()
				b.ReportMetric(float64(grown)/1e6, "heap-MB")
				b.ReportMetric(float64(out.bytes)/1e6, "out-MB")
				b.ReportMetric(float64(*exportEntries)/time.Since(start).Seconds(), "rows/s")
				if grown > exportHeap {
					b.Errorf("the heap grew by %d bytes", grown)
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

type counter struct{ bytes int }

func (c *counter) Write(data []byte) (int, error) {
	c.bytes += len(data)
	return len(data), nil
}

// watchHeap looks at the heap every few milliseconds until stop, which returns by
// how much it grew at most.
func watchHeap() (stop func() uint64) {
	runtime.GC()
	heap := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before, most := heap(), uint64(0)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				most = max(most, heap())
			case <-quit:
				return
			}
		}
	}()
	return func() uint64 {
		close(quit)
		<-done
		return most - min(most, before)
	}
}

// fillEntries makes a store with so many entries by way of its own writer.
func fillEntries(b *testing.B, path string, entries int) error {
	s, err := store.Open(b.Context(), path, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	var from store.Cursor
	const size, each = 4096, 4
	for p := uint64(0); int(p)*each < entries; {
		batch := store.Batch{Partition: store.PartitionOf("main"), From: from}
		for range size {
			if int(p)*each >= entries {
				break
			}
			p++
			d := account.Delta{Account: "main", Position: p, Time: 1790812800000 + int64(p)*1000}
			for i := range each {
				d.Entries = append(d.Entries, account.Entry{Position: p, Asset: "BTC", Index: i, Time: d.Time, Kind: account.Commission, Amount: decimal.New(int64(p)|1, 8),
					Balance: decimal.New(int64(p)*7, 8), Symbol: "BTCUSD_PERP", OrderID: 8886774123456790 + int64(p), TradeID: int64(p), TranID: fmt.Sprint(p), Reason: "ORDER"})
			}
			batch.Deltas = append(batch.Deltas, d)
		}
		batch.To = store.Cursor{Position: p, Seq: p}
		if err := s.Write(b.Context(), batch); err != nil {
			return err
		}
		from = batch.To
	}
	return nil
}
