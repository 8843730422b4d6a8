package follower_test

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"poise/account"
	"poise/follower"
	"poise/store"
	"poise/wire"
)

var restartMessages = flag.Int("follower.messages", 1_000_000, "messages that BenchmarkLiveRestart journals")

// BenchmarkLiveRestart measures from opening a store of 1,000,000 journaled
// messages of 64 accounts until all of them are live again, beside reading the
// journal once and decoding every message with wire. clean is after a stop that
// had its time; killed has a journal whose last 4,096 records the ledger has not,
// and no checkpoint since up to 4,096 before those. They take turns.
//
//	go test ./follower -run '^$' -bench LiveRestart -benchtime 1x -timeout 30m
func BenchmarkLiveRestart(b *testing.B) {
	dir := benchFolder(b)
	journaled(b, filepath.Join(dir, "poise.db"), *restartMessages)
	killed := filepath.Join(dir, "killed")
	p := startPusher(b)
	var cleans, kills, reads, cleanRatios, killRatios []float64
	for b.Loop() {
		for range 5 {
			read := readOnce(b, filepath.Join(dir, "poise.db"), *restartMessages)
			clean := restart(b, p, dir)
			fallBehind(b, dir, killed)
			kill := restart(b, p, killed)
			cleans, kills, reads = append(cleans, clean), append(kills, kill), append(reads, read)
			cleanRatios, killRatios = append(cleanRatios, clean/read), append(killRatios, kill/read)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(reads), "s-read")
	b.ReportMetric(median(cleans), "s-clean")
	b.ReportMetric(median(kills), "s-killed")
	b.ReportMetric(median(cleanRatios), "ratio-clean")
	b.ReportMetric(median(killRatios), "ratio-killed")
}

// journaled makes a store as a follower leaves it.
func journaled(b *testing.B, path string, n int) {
	s, err := store.Open(b.Context(), path, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	k := newKeepers(b, s)
	const block = 256
	for done := 0; done < n; {
		for _, one := range k {
			one.keep(b, block)
			if done += block; done >= n {
				break
			}
		}
	}
	for _, one := range k {
		if err := one.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// fallBehind makes a copy of a store in which the ledger is behind.
func fallBehind(b *testing.B, from, to string) {
	if err := os.RemoveAll(to); err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		b.Fatal(err)
	}
	copyFile(b, filepath.Join(from, "poise.db"), filepath.Join(to, "poise.db"))
	s, err := store.Open(b.Context(), filepath.Join(to, "poise.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, one := range newKeepers(b, s) {
		one.journalOnly(b, 64)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

func copyFile(b *testing.B, from, to string) {
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		b.Fatal(err)
	}
}

// keeping is a keeper of one account's partition, and the account's messages.
type keeping struct {
	*follower.Keeper
	s *store.Store
	*trader
	now time.Time
}

func newKeepers(b *testing.B, s *store.Store) (list []*keeping) {
	of := map[int]*follower.Keeper{}
	for _, name := range names("a", 64) {
		id := store.PartitionOf(name)
		if of[id] == nil {
			k, err := follower.OpenKeeper(b.Context(), s, id)
			if err != nil {
				b.Fatal(err)
			}
			of[id] = k
		}
		t := newTrader(name)
		if held := of[id].Books(name); held != nil {
			t.goOn(held)
		}
		list = append(list, &keeping{of[id], s, t, time.UnixMilli(1_790_000_000_000)})
	}
	return list
}

// goOn has the trader go on where the books are. They are flat.
func (t *trader) goOn(held *account.Books) {
	t.at = held.EventTime()
	btc, _ := held.Balance("BTC")
	_, wallet, _, _ := btc.Wallet.Small()
	_, total, _, _ := held.Positions()[0].Realized.Small()
	t.wallet, t.total, t.fills = int64(wallet), int64(total), int64(total)/fillProfit*2
}

func (k *keeping) records(n int) []account.Record {
	list := make([]account.Record, n)
	for i := range list {
		list[i] = account.Record{Account: k.alias, Kind: account.Frame, Line: 1, Received: k.now.UnixNano(), Data: k.next(nil, k.now)}
	}
	return list
}

func (k *keeping) keep(b *testing.B, n int) {
	if _, err := k.Keep(b.Context(), k.records(n)); err != nil {
		b.Fatal(err)
	}
}

// journalOnly is as a process leaves it that was killed.
func (k *keeping) journalOnly(b *testing.B, n int) {
	id := store.PartitionOf(k.alias)
	head, err := k.s.Head(b.Context(), id)
	if err == nil {
		err = k.s.Append(b.Context(), id, head.Seq+1, k.records(n))
	}
	if err != nil {
		b.Fatal(err)
	}
}

// restart is the seconds from opening a store until all accounts are live.
func restart(b *testing.B, p *pushing, dir string) float64 {
	start := time.Now()
	r := startRig(b, p, dir, names("a", 64), 2)
	took := time.Since(start).Seconds()
	r.stop()
	if err := <-r.end; err != nil {
		b.Error(err)
	}
	r.x.Close()
	if err := r.s.Close(); err != nil {
		b.Error(err)
	}
	return took
}

// readOnce is the seconds to read a journal and decode every message.
func readOnce(b *testing.B, path string, n int) float64 {
	start := time.Now()
	s, err := store.OpenRead(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var d wire.Decoder
	var ev wire.Event
	for id := range store.Partitions {
		for r, err := range s.Read(b.Context(), id, 1) {
			if err != nil {
				b.Fatal(err)
			}
			if r.Kind != account.Frame {
				continue
			}
			if err := d.Decode(r.Data, &ev); err != nil {
				b.Fatal(err)
			}
			n--
		}
	}
	if n > 0 {
		b.Fatalf("%d messages are missing", n)
	}
	return time.Since(start).Seconds()
}
