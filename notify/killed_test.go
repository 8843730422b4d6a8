package notify_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"poise/dapi"
	"poise/follower"
	"poise/notify"
	"poise/store"
)

const childEnv = "POISE_NOTIFY_CHILD"

// childConfig is what a child process follows, and whom it tells.
type childConfig struct {
	Path, REST, Stream, Key, Secret, URL string
}

// notifyUntilStopped follows and tells until SIGTERM.
func notifyUntilStopped(text string) {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var c childConfig
	check(json.Unmarshal([]byte(text), &c))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s, err := store.Open(ctx, c.Path, store.Options{})
	check(err)
	x, err := dapi.New(dapi.Config{REST: c.REST, Stream: c.Stream, ConnectsPerSecond: -1})
	check(err)
	key, err := dapi.HMAC(c.Key, c.Secret)
	check(err)
	f, err := follower.New(follower.Config{Store: s, Exchange: x, Accounts: []follower.Account{{Name: "main", Key: key}}})
	check(err)
	n, err := notify.New(ctx, notify.Config{URL: c.URL, Secret: secret, Source: f, Journal: s, State: c.Path + ".notify"})
	check(err)
	telling, stopTelling := context.WithCancel(context.Background())
	told := make(chan error, 1)
	go func() { told <- n.Run(telling) }()
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			if v, ok := f.Account("main"); ok && v.Status == follower.Live {
				fmt.Println("live")
				return
			}
		}
	}()
	check(f.Run(ctx))
	stopTelling()
	check(<-told)
	check(s.Close())
}

// TestKilledBeforeItKnewThatItWasHeard: the process is killed while the receiver
// has a message and has not answered. The next one tells it once more, with the
// id that it had, and what the first never came to tell.
func TestKilledBeforeItKnewThatItWasHeard(t *testing.T) {
	v := newVenue(t)
	cred := v.NewAccount("SgsR", "BTC", "20")
	hook := newReceiver(t)
	c := childConfig{Path: filepath.Join(t.TempDir(), "poise.db"), REST: v.URL(), Stream: v.StreamURL(), Key: cred.APIKey, Secret: cred.APISecret, URL: hook.url}
	child := func() (p *exec.Cmd, out io.Reader) {
		text, err := json.Marshal(c)
		must(t, err)
		p = exec.Command(os.Args[0])
		p.Env = append(os.Environ(), childEnv+"="+string(text))
		p.Stderr = os.Stderr
		out, err = p.StdoutPipe()
		must(t, err)
		must(t, p.Start())
		return p, out
	}
	heard, release := make(chan []notify.Event, 16), make(chan struct{})
	hook.set(func(w http.ResponseWriter, events []notify.Event) bool {
		heard <- events
		<-release
		return true
	})
	first, out := child()
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("the child ended by itself")
	}
	v.Transfer("SgsR", "ADJUSTMENT", "BTC", "0.01")
	events := <-heard
	v.Transfer("SgsR", "ADJUSTMENT", "BTC", "0.01")
	must(t, first.Process.Kill())
	_ = first.Wait()
	close(release)
	hook.set(nil)
	last, _ := child()
	until(t, "it is told again", func() bool { return len(hook.taken(notify.IncidentOpened)) > 0 })
	if e := hook.taken(notify.IncidentOpened)[0]; e.ID != events[0].ID || *e.What != *events[0].What {
		t.Errorf("told %+v, before %+v", e, events[0])
	}
	must(t, last.Process.Signal(syscall.SIGTERM))
	must(t, last.Wait())
}
