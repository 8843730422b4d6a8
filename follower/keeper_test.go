package follower

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"poise/account"
	"poise/store"
)

// partitionNames are accounts of one partition.
func partitionNames(n int) (partition int, names []string) {
	partition = store.PartitionOf("main")
	for i := 0; len(names) < n; i++ {
		if name := "main" + strings.Repeat("x", i%3) + strconv.Itoa(i); store.PartitionOf(name) == partition {
			names = append(names, name)
		}
	}
	return partition, names
}

// heard is a stream of records of some accounts, the same for the same seed:
// deposits, fills with and without their ORDER_TRADE_UPDATE, funding, rubbish.
type heard struct {
	rng    *rand.Rand
	names  []string
	wallet map[string]int64
	now    int64
	queue  []account.Record
}

func newHeard(seed uint64, names []string) *heard {
	return &heard{rng: rand.New(rand.NewPCG(seed, 1)), names: names, wallet: map[string]int64{}, now: 1_700_000_000_000}
}

func (h *heard) next() account.Record {
	if len(h.queue) > 0 {
		r := h.queue[0]
		h.queue = h.queue[1:]
		return r
	}
	h.now += 10
	name := h.names[h.rng.IntN(len(h.names))]
	frame := func(format string, args ...any) account.Record {
		return account.Record{Account: name, Kind: account.Frame, Received: h.now * 1e6, Data: fmt.Appendf(nil, format, args...)}
	}
	coins := func(n int64) string { return fmt.Sprintf("%d.%08d", n/1e8, n%1e8) }
	if h.wallet[name] == 0 {
		h.wallet[name] = 1e11
	}
	switch h.rng.IntN(8) {
	case 0:
		return frame(`{"e":"ACCOUNT_UPDATE"`)
	case 1, 2:
		n := h.rng.Int64N(1e6)
		h.wallet[name] += n
		return frame(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":"BTC","wb":%q,"cw":%q,"bc":%q}],"P":[],"m":"FUNDING_FEE"}}`,
			h.now, h.now+1, coins(h.wallet[name]), coins(h.wallet[name]), coins(n))
	}
	fee := 1 + h.rng.Int64N(1e4)
	h.wallet[name] -= fee
	if h.rng.IntN(4) > 0 {
		h.queue = append(h.queue, frame(`{"e":"ORDER_TRADE_UPDATE","T":%d,"E":%d,"o":{"s":"BTCUSD_PERP","x":"TRADE","X":"FILLED","i":1,"l":"1","n":%q,"N":"BTC","T":%d,"t":%d,"ps":"BOTH","rp":"0"}}`,
			h.now, h.now+1, coins(fee), h.now, h.now))
	}
	return frame(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":"BTC","wb":%q,"cw":%q,"bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"%d","ep":"60000.1","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC"}],"m":"ORDER"}}`,
		h.now, h.now+1, coins(h.wallet[name]), coins(h.wallet[name]), h.rng.IntN(100))
}

func (h *heard) block(n int) (rs []account.Record) {
	for range n {
		rs = append(rs, h.next())
	}
	return rs
}

func mustVerify(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *store.Store) *Report {
	t.Helper()
	scratch, err := store.Open(context.Background(), store.Memory, store.Options{})
	if err != nil {
		t.Fatalf("scratch: %v", err)
	}
	defer scratch.Close()
	r, err := Verify(context.Background(), s, scratch, nil)
	if err != nil || !r.OK() {
		t.Fatalf("Verify: %v, %+v", err, r)
	}
	return r
}

// TestAnyRestartGivesTheSameLedger: keepers that come and go, with and without
// a last flush, leave the ledger that one keeper leaves.
func TestAnyRestartGivesTheSameLedger(t *testing.T) {
	partition, names := partitionNames(3)
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		seed := rapid.Uint64().Draw(t, "seed")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 150), 1, 8).Draw(t, "blocks")
		whole, split := openMemory(t), openMemory(t)
		defer whole.Close()
		defer split.Close()
		a, b := newHeard(seed, names), newHeard(seed, names)
		k := mustKeeper(t, whole, partition)
		for _, n := range sizes {
			keep(t, k, a.block(n))
		}
		must(t, k.Flush(ctx))
		for _, n := range sizes {
			k := mustKeeper(t, split, partition)
			keep(t, k, b.block(n))
			if rapid.Bool().Draw(t, "flush") {
				must(t, k.Flush(ctx))
			}
		}
		must(t, mustKeeper(t, split, partition).Flush(ctx))
		for d, err := range store.Compare(ctx, whole, split) {
			t.Fatalf("%+v, %v", d, err)
		}
		mustVerify(t, split)
	})
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func openMemory(t fataler) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Memory, store.Options{})
	must(t, err)
	return s
}

func mustKeeper(t fataler, s Store, partition int) *Keeper {
	t.Helper()
	k, err := OpenKeeper(context.Background(), s, partition)
	must(t, err)
	return k
}

func keep(t fataler, k *Keeper, rs []account.Record) {
	t.Helper()
	deltas, err := k.Keep(context.Background(), rs)
	must(t, err)
	if len(deltas) != len(rs) {
		t.Fatalf("deltas: %d of %d records", len(deltas), len(rs))
	}
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

var errDisk = errors.New("the disk is gone")

// failing is a store whose next ledger writes fail.
type failing struct {
	*store.Store
	writes int // that still work
}

func (f *failing) Write(ctx context.Context, b ...store.Batch) error {
	if f.writes--; f.writes < 0 {
		return errDisk
	}
	return f.Store.Write(ctx, b...)
}

// TestLedgerBehindCatchesUp: what the ledger could not be given is in it after
// the next start, once.
func TestLedgerBehindCatchesUp(t *testing.T) {
	partition, names := partitionNames(2)
	s := openMemory(t)
	defer s.Close()
	k := mustKeeper(t, &failing{s, 3}, partition)
	h := newHeard(7, names)
	var err error
	for range 20 {
		if _, err = k.Keep(context.Background(), h.block(60)); err != nil {
			break
		}
	}
	if !errors.Is(err, errDisk) {
		t.Fatalf("Keep on a failing ledger: %v", err)
	}
	head, err := s.Head(context.Background(), partition)
	must(t, err)
	if r := mustVerify(t, s); r.Behind == 0 {
		t.Fatalf("the ledger is not behind: %+v", r)
	}
	k = mustKeeper(t, s, partition)
	must(t, k.Flush(context.Background()))
	if r := mustVerify(t, s); r.Behind != 0 || uint64(r.Records) != head.Position {
		t.Fatalf("after the restart: %+v, head %+v", r, head)
	}
}

// TestTwoKeepersAreFenced: the second writer of a partition wins nothing.
func TestTwoKeepersAreFenced(t *testing.T) {
	partition, names := partitionNames(1)
	s := openMemory(t)
	defer s.Close()
	a, b := mustKeeper(t, s, partition), mustKeeper(t, s, partition)
	h := newHeard(1, names)
	keep(t, a, h.block(3))
	if _, err := b.Keep(context.Background(), h.block(1)); !errors.Is(err, store.ErrFenced) {
		t.Fatalf("the second writer: %v", err)
	}
}

// TestVerifyFinds: whatever is changed in the ledger behind poise's back, verify
// names it.
func TestVerifyFinds(t *testing.T) {
	partition, names := partitionNames(1)
	for _, c := range []struct{ name, sql, want string }{
		{"entry", `UPDATE entries SET amount = '9' WHERE idx = 0 AND position = (SELECT min(position) FROM entries)`, "entries"},
		{"lost entry", `DELETE FROM entries WHERE position = (SELECT max(position) FROM entries)`, "entries sum to"},
		{"total", `UPDATE totals SET amount = '1'`, "the total is 1"},
		{"wallet", `UPDATE balances SET wallet = '1'`, "the wallet is 1"},
		{"position", `UPDATE positions SET amount = '12345'`, "12345"},
		{"incident", `DELETE FROM incidents`, "incidents"},
		{"checkpoint", `UPDATE checkpoints SET data = replace(data, '"Position":', '"Position":1')`, "checkpoint"},
		{"mark", `UPDATE mark_books SET data = replace(data, '"Position":', '"Position":1')`, "mark"},
		{"a mark too late", `UPDATE marks SET mark = mark + 100000`, "mark"},
		{"a mark without an account", `DELETE FROM mark_books WHERE account = (SELECT max(account) FROM mark_books)`, "mark"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "poise.db")
			s, err := store.Open(context.Background(), path, store.Options{})
			must(t, err)
			k := mustKeeper(t, s, partition)
			keep(t, k, newHeard(3, names).block(50))
			must(t, k.Flush(context.Background()))
			mustVerify(t, s)
			must(t, s.Close())
			tamper(t, path, c.sql)
			s, err = store.OpenRead(context.Background(), path)
			must(t, err)
			defer s.Close()
			scratch := openMemory(t)
			defer scratch.Close()
			r, err := Verify(context.Background(), s, scratch, nil)
			must(t, err)
			if all := strings.Join(r.Problems, "\n"); r.OK() || !strings.Contains(all, c.want) {
				t.Errorf("problems %q, want one with %q", r.Problems, c.want)
			}
		})
	}
}

func tamper(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	res, err := db.Exec(query)
	must(t, err)
	if n, _ := res.RowsAffected(); n == 0 {
		t.Fatalf("nothing was changed by %s", query)
	}
}

const childEnv = "POISE_TEST_KEEPER"

// FollowChild is what a child follows, as package follower_test has it.
var FollowChild func(config string)

// FollowChildEnv has the child's config.
const FollowChildEnv = "POISE_FOLLOW_CHILD"

// PushChild is the pusher of benchmarks, as package follower_test has it.
var PushChild func(config string)

// Remember bounds the changes that a follower keeps in memory, before it runs.
func Remember(f *Follower, bytes int64) { f.ringsMost = bytes }

// PushChildEnv has its config.
const PushChildEnv = "POISE_PUSH_CHILD"

// TestMain is the child of TestKilled, of TestKilledWhileFollowing, or of a
// benchmark, when told so.
func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		keepUntilKilled(path)
		return
	}
	if text := os.Getenv(FollowChildEnv); text != "" {
		FollowChild(text)
		return
	}
	if text := os.Getenv(PushChildEnv); text != "" {
		PushChild(text)
		return
	}
	os.Exit(m.Run())
}

// keepUntilKilled keeps blocks for ever and says after each how far it is.
func keepUntilKilled(path string) {
	ctx := context.Background()
	partition, names := partitionNames(3)
	s, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		panic(err)
	}
	k, err := OpenKeeper(ctx, s, partition)
	if err != nil {
		panic(err)
	}
	h := newHeard(uint64(os.Getpid()), names)
	h.now += int64(k.Head().Position) * 100
	for i := 0; ; i++ {
		if _, err := k.Keep(ctx, h.block(1+h.rng.IntN(40))); err != nil {
			panic(err)
		}
		fmt.Println(k.Head().Position)
		if i%7 == 6 {
			if err := k.Flush(ctx); err != nil {
				panic(err)
			}
		}
	}
}

// TestKilled: a keeper that is killed at any moment loses no record that it had
// said was kept, and the next one's ledger is what the journal gives.
func TestKilled(t *testing.T) {
	kills := 25
	if testing.Short() {
		kills = 5
	}
	path := filepath.Join(t.TempDir(), "poise.db")
	partition, _ := partitionNames(3)
	for i := range kills {
		said := killOnce(t, path, time.Duration(rand.IntN(120))*time.Millisecond)
		s, err := store.Open(context.Background(), path, store.Options{})
		must(t, err)
		k := mustKeeper(t, s, partition)
		if k.Head().Position < said {
			t.Fatalf("kill %d: %d records were kept, %d are there", i, said, k.Head().Position)
		}
		must(t, k.Flush(context.Background()))
		if i%8 == 0 || i == kills-1 {
			if r := mustVerify(t, s); uint64(r.Records) != k.Head().Position || r.Behind != 0 {
				t.Fatalf("kill %d: %+v, head %+v", i, r, k.Head())
			}
		}
		must(t, s.Close())
	}
}

// killOnce runs a child for a while after its first block and returns the last
// position that it said was kept.
func killOnce(t *testing.T, path string, after time.Duration) (said uint64) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+path)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
		must(t, err)
		if said == 0 {
			time.AfterFunc(after, func() { c.Process.Kill() })
		}
		said = n
	}
	c.Wait()
	if said == 0 {
		t.Fatal("the child kept nothing")
	}
	return said
}
