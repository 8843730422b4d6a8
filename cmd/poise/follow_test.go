package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"poise/cmd/poise/demo"
	"poise/dapi"
	"poise/follower"
	"poise/store"
)

// output is what a process prints, to be read while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// process is poise in a process of its own.
type process struct {
	t         *testing.T
	cmd       *exec.Cmd
	out, errs output
	ended     chan struct{}
}

// start runs poise with the environment's variables and some more.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command("poise", args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.ended) }() // the exit code is read from ProcessState
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended })
	return p
}

// until waits for something, and fails with what the process said.
func (p *process) until(what string, is func() bool) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("it did not come to this: %s; standard error:\n%s", what, p.errs.String())
		}
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// stop ends the process and returns how long it took.
func (p *process) stop() time.Duration {
	p.t.Helper()
	begun := time.Now()
	p.signal(syscall.SIGTERM)
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != exitDone {
		p.t.Errorf("exit code %d after SIGTERM: %s", code, p.errs.String())
	}
	return time.Since(begun)
}

// address is where the process serves.
func (p *process) address() string {
	p.t.Helper()
	var said struct{ Serve string }
	p.until("it tells where it serves", func() bool { return json.Unmarshal([]byte(p.out.String()), &said) == nil })
	return said.Serve
}

// ready asks the process how many accounts it follows, and whether all are.
func (p *process) ready(address string) (accounts int, ok bool) {
	res, err := http.Get(address + "/readyz")
	if err != nil {
		return 0, false
	}
	defer res.Body.Close()
	var said struct {
		OK       bool
		Accounts map[string]int // by status
	}
	err = json.NewDecoder(res.Body).Decode(&said)
	accounts = said.Accounts[follower.Live] + said.Accounts[follower.Degraded]
	return accounts, err == nil && said.OK && len(said.Accounts) > 0 && said.Accounts[follower.Starting]+said.Accounts[follower.Down] == 0
}

// fleet is a market and a configuration of its traders.
type fleet struct {
	t       *testing.T
	m       *demo.Market
	dir     string
	secrets []string
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	m, err := demo.Open(demo.Config{Seed: 3, StepEvery: 20 * time.Millisecond, MoneyEvery: 50 * time.Millisecond, FundingEvery: time.Second, FaultEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	f := &fleet{t: t, m: m, dir: t.TempDir()}
	for _, a := range m.Traders() {
		f.secrets = append(f.secrets, a.APIKey, a.APISecret)
	}
	return f
}

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }

// write makes poise.yaml, of the traders that are named.
func (f *fleet) write(names ...string) {
	f.t.Helper()
	text := fmt.Sprintf("store: desk.db\nexchange:\n  rest: %s\n  stream: %s\naccounts:\n", f.m.URL(), f.m.StreamURL())
	for _, a := range f.m.Traders() {
		if strings.Contains(strings.Join(names, " "), a.Name) {
			text += fmt.Sprintf("  - name: %s\n    key: %s\n    secret: %s\n", a.Name, a.APIKey, a.APISecret)
		}
	}
	f.put(text)
}

// put replaces poise.yaml at once, as a careful editor does.
func (f *fleet) put(text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path("new"), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(f.path("new"), f.path("poise.yaml")); err != nil {
		f.t.Fatal(err)
	}
}

// trade has the bots trade until that many more orders were placed.
func (f *fleet) trade(orders int64) {
	f.t.Helper()
	ctx, stop := context.WithCancel(deadline(f.t, 30*time.Second))
	done := make(chan struct{})
	go func() { f.m.Run(ctx); close(done) }()
	for before := f.m.Counts().Orders; f.m.Counts().Orders < before+orders && ctx.Err() == nil; {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	<-done
}

// differences compares the store's books with the venue's truth.
func (f *fleet) differences(name string) (list []string) {
	f.t.Helper()
	ctx := f.t.Context()
	s, err := store.OpenRead(ctx, f.path("desk.db"))
	if err != nil {
		return []string{err.Error()}
	}
	defer s.Close()
	truth, err := f.m.Truth(ctx, name)
	if err != nil {
		f.t.Fatal(err)
	}
	balances, err := s.Balances(ctx, name, store.Latest)
	if err != nil {
		return []string{err.Error()}
	}
	positions, err := s.Positions(ctx, name, store.Latest)
	if err != nil {
		return []string{err.Error()}
	}
	return demo.Differences(truth, balances, positions)
}

// listenKeys are the listen keys of traders: a POST tells the one in use.
func (f *fleet) listenKeys(traders ...demo.Trader) (keys []string) {
	f.t.Helper()
	x, err := dapi.New(dapi.Config{REST: f.m.URL(), Stream: f.m.StreamURL()})
	if err != nil {
		f.t.Fatal(err)
	}
	defer x.Close()
	for _, a := range traders {
		k, err := dapi.HMAC(a.APIKey, a.APISecret)
		if err != nil {
			f.t.Fatal(err)
		}
		key, err := x.Client(k).NewListenKey(context.Background())
		if err != nil {
			f.t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// deadline is a context that ends after a while, or with the test.
func deadline(t testing.TB, d time.Duration) context.Context {
	ctx, stop := context.WithTimeout(t.Context(), d)
	t.Cleanup(stop)
	return ctx
}

var signatures = regexp.MustCompile(`[0-9a-f]{64}|signature=[^\[]`)

// tellsNothing greps what was printed for secrets, listen keys and signatures.
func (f *fleet) tellsNothing(printed string, secrets ...string) {
	f.t.Helper()
	for _, s := range slices.Concat(secrets, f.secrets) {
		if strings.Contains(printed, s) {
			f.t.Errorf("a secret is told: %s in\n%s", s, printed)
		}
	}
	if s := signatures.FindString(printed); s != "" {
		f.t.Errorf("a signature is told: %s in\n%s", s, printed)
	}
}

// TestFollowInAProcessOfItsOwn: accounts come and go by SIGHUP and by the file's
// change, a wrong file changes nothing, and after SIGTERM the store is whole.
func TestFollowInAProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.write("maker")
	p := start(t, nil, "follow", "--config", f.path("poise.yaml"), "--listen", "127.0.0.1:0", "--json")
	at := p.address()
	follows := func(n int) func() bool {
		return func() bool { accounts, ok := p.ready(at); return ok && accounts == n }
	}
	p.until("maker is followed", follows(1))
	f.trade(20)

	f.write("maker", "momentum")
	p.signal(syscall.SIGHUP)
	p.until("both are followed", follows(2))
	f.trade(30)
	for _, name := range []string{"maker", "momentum"} {
		p.until(name+"'s books are the venue's", func() bool { return len(f.differences(name)) == 0 })
	}

	f.put("accounts:\n  - name: maker\n    kye: x\n")
	p.until("the wrong line is told", func() bool {
		return strings.Contains(p.errs.String(), "poise.yaml:3:5: accounts[0]: has an unknown field")
	})
	if n, ok := p.ready(at); n != 2 || !ok {
		t.Errorf("after a wrong file %d accounts are followed, %v", n, ok)
	}
	f.write("momentum")
	p.until("maker is not followed any more", follows(1))
	f.trade(10)
	p.until("momentum's books are the venue's", func() bool { return len(f.differences("momentum")) == 0 })

	reconciled := func(want int, more ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(append([]string{"reconcile", "--account", "momentum", "--config", f.path("poise.yaml")}, more...), nil, &out, &errs); code != want {
			t.Errorf("poise reconcile beside the follower: exit code %d\n%s%s", code, out.String(), errs.String())
		}
		return out.String() + errs.String()
	}
	printed := reconciled(exitDone)
	if testing.Verbose() {
		t.Log(printed)
	}

	locked := start(t, nil, "follow", "--config", f.path("poise.yaml"), "--listen", "127.0.0.1:0")
	<-locked.ended
	if code := locked.cmd.ProcessState.ExitCode(); code != exitNo || !strings.Contains(locked.errs.String(), "is a 'poise follow' running already?") {
		t.Errorf("a second process on the store: exit code %d, %s", code, locked.errs.String())
	}
	if took := p.stop(); took > 5*time.Second {
		t.Errorf("the stop took %s", took)
	}
	var out, errs bytes.Buffer
	if code := run([]string{"verify", "--store", f.path("desk.db")}, nil, &out, &errs); code != exitDone {
		t.Errorf("poise verify: exit code %d: %s%s", code, out.String(), errs.String())
	}
	f.trade(5)
	if s := reconciled(exitNo, "--json"); !strings.Contains(s, `"equal": false`) {
		t.Errorf("after trades that nobody heard, reconcile says %s", s)
	}
	f.tellsNothing(printed+p.out.String()+p.errs.String()+locked.errs.String()+out.String(), f.listenKeys(f.m.Traders()...)...)
}
