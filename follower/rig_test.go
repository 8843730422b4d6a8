package follower_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"poise/dapi"
	"poise/follower"
	"poise/store"
)

var benchDir = flag.String("follower.dir", "", "directory on the disk that benchmarks write to; default a temporary one")

// rig is a follower as benchmarks have it: real sockets to a pusher in another
// process, and a store in a file.
type rig struct {
	b    testing.TB
	p    *pushing
	dir  string
	s    *store.Store
	x    *dapi.Exchange
	f    *follower.Follower
	stop context.CancelFunc
	end  chan error
}

// benchFolder is on the disk that is measured.
func benchFolder(b testing.TB) string {
	if *benchDir == "" {
		return b.TempDir()
	}
	dir, err := os.MkdirTemp(*benchDir, "poise-bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// names are n accounts of a prefix.
func names(prefix string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%s%d", prefix, i))
	}
	return list
}

// startRig follows accounts with so many lines each, until all are live.
func startRig(b testing.TB, p *pushing, dir string, accounts []string, lines int) *rig {
	b.Helper()
	r := &rig{b: b, p: p, dir: dir, end: make(chan error, 1)}
	var err error
	if r.s, err = store.Open(b.Context(), filepath.Join(dir, "poise.db"), store.Options{}); err != nil {
		b.Fatal(err)
	}
	rest, stream := "http://"+p.addresses[0], "ws://"+p.addresses[len(p.addresses)-1]
	if r.x, err = dapi.New(dapi.Config{REST: rest, Stream: stream, ConnectsPerSecond: -1, WeightPerMinute: -1}); err != nil {
		b.Fatal(err)
	}
	c := follower.Config{Store: r.s, Exchange: r.x, Stream: dapi.StreamConfig{Lines: lines}}
	for _, name := range accounts {
		key, err := dapi.HMAC(name, "secret")
		if err != nil {
			b.Fatal(err)
		}
		c.Accounts = append(c.Accounts, follower.Account{Name: name, Key: key})
	}
	if r.f, err = follower.New(c); err != nil {
		b.Fatal(err)
	}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go func() { r.end <- r.f.Run(ctx) }()
	late := time.After(time.Minute)
	for !r.live(accounts) {
		select {
		case <-late:
			v, _ := r.f.Account(accounts[0])
			b.Fatalf("not live after a minute: %+v", v)
		case err := <-r.end:
			b.Fatalf("ended by itself: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	return r
}

func (r *rig) live(accounts []string) bool {
	for _, name := range accounts {
		if v, ok := r.f.Account(name); !ok || v.Status != follower.Live {
			return false
		}
	}
	return true
}

// close stops following. A pusher's accounts must be explained to the end.
func (r *rig) close() {
	r.b.Helper()
	r.stop()
	if err := <-r.end; err != nil {
		r.b.Error(err)
	}
	if err := r.s.Close(); err != nil {
		r.b.Error(err)
	}
	r.x.Close()
	for kind, n := range r.f.Stats().Incidents {
		r.b.Errorf("%d incidents: %s", n, kind)
	}
}

// until waits for something that a benchmark does not time by this.
func until(is func() bool) {
	for !is() {
		time.Sleep(time.Millisecond)
	}
}

// frames waits until so many messages are durable.
func (r *rig) frames(n int64) { until(func() bool { return r.f.Stats().Frames >= n }) }

// written waits until the ledger has everything.
func (r *rig) written() { until(func() bool { return r.f.Stats().LedgerBehind == 0 }) }

func median(v []float64) float64 { return quantile(v, .5) }

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[int(q*float64(len(v)-1))]
}
