package follower_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"poise/account"
	"poise/dapi"
	"poise/follower"
	"poise/store"
	"poise/venue"
	"poise/venue/gateway"
)

// childConfig is what a child process follows.
type childConfig struct {
	Path, REST, Stream, Key, Secret string
}

func init() { follower.FollowChild = followUntilStopped }

// followUntilStopped follows until SIGTERM, and says when the account is live.
func followUntilStopped(text string) {
	var c childConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s, err := store.Open(ctx, c.Path, store.Options{})
	if err != nil {
		panic(err)
	}
	x, err := dapi.New(dapi.Config{REST: c.REST, Stream: c.Stream, ConnectsPerSecond: -1})
	if err != nil {
		panic(err)
	}
	key, err := dapi.HMAC(c.Key, c.Secret)
	if err != nil {
		panic(err)
	}
	f, err := follower.New(follower.Config{Store: s, Exchange: x, Accounts: []follower.Account{{Name: "main", Key: key}}})
	if err != nil {
		panic(err)
	}
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			if v, ok := f.Account("main"); ok && v.Status == follower.Live {
				fmt.Println("live")
				return
			}
		}
	}()
	if err := f.Run(ctx); err != nil {
		panic(err)
	}
	if err := s.Close(); err != nil {
		panic(err)
	}
}

// child is a process that follows.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func startChild(t *testing.T, c childConfig) *child {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), follower.FollowChildEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &child{cmd, bufio.NewScanner(out)}
}

// TestKilledWhileFollowing kills a process that follows, at any moment of fills,
// and starts it again: nothing durable is lost, and nothing has no reason.
func TestKilledWhileFollowing(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	v := venue.New(t, venue.Unlimited())
	cred := v.NewAccount("SgsR", "BTC", "2", "ETH", "40")
	v.SetMark("BTCUSD_PERP", "60000")
	v.Quote("BTCUSD_PERP", "60000", "1000000")
	c := childConfig{Path: filepath.Join(t.TempDir(), "poise.db"), REST: v.URL(), Stream: v.StreamURL(), Key: cred.APIKey, Secret: cred.APISecret}
	trading, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		keepTrading(t, v, cred, trading)
	}()
	for i := range 6 {
		p := startChild(t, c)
		if i > 0 && i%3 == 0 { // not even live yet
			time.Sleep(time.Duration(20+rand.IntN(100)) * time.Millisecond)
		} else if !p.lines.Scan() {
			t.Fatal("the child ended by itself")
		} else {
			time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
		}
		p.Process.Kill()
		p.Wait()
	}
	last := startChild(t, c)
	if !last.lines.Scan() {
		t.Fatal("the child ended by itself")
	}
	close(trading)
	<-done
	whole(t, v, cred.Alias, c.Path)
	last.Process.Signal(syscall.SIGTERM)
	if err := last.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	(&world{t: t, path: c.Path, log: &strings.Builder{}}).prove()
}

// keepTrading fills orders and pays in until it is told to stop.
func keepTrading(t *testing.T, v *venue.Venue, cred gateway.Credentials, stop <-chan struct{}) {
	w := &world{t: t, v: v, cred: cred, http: newHTTP(nil)}
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(5 * time.Millisecond):
		}
		switch {
		case i%20 == 7:
			v.Deposit(cred.Alias, "BTC", "0.00010000")
		case i%20 == 17:
			v.Fund("BTCUSD_PERP", "0.0001")
		default:
			w.trade("BTCUSD_PERP", []string{"BUY", "SELL"}[i/3%2], 1+i%5)
		}
	}
}

// whole waits until the ledger in a file is what the account really is: every
// wallet, the entries that lead to it, and none without a reason.
func whole(t *testing.T, v *venue.Venue, alias, path string) {
	t.Helper()
	s, err := store.OpenRead(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	what := ""
	for range 600 {
		if what = notWhole(t, s, v.Truth(alias)); what == "" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("after half a minute: %s", what)
}

func notWhole(t *testing.T, s *store.Store, truth gateway.Truth) string {
	held, err := s.Balances(t.Context(), "main", store.Latest)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]account.Balance{}
	for _, b := range held {
		of[b.Asset] = b
	}
	for _, b := range truth.Balances {
		if h := of[b.Asset]; !h.Wallet.Equal(b.Wallet) || !h.Cross.Equal(b.Cross) {
			return fmt.Sprintf("%+v is not %+v", h, b)
		}
	}
	open, err := s.Entries(t.Context(), store.EntryFilter{Account: "main", Kind: account.Unexplained})
	if err != nil {
		t.Fatal(err)
	}
	if len(open) > 0 {
		return fmt.Sprintf("unexplained: %+v", open)
	}
	return ""
}
