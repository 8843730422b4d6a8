package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poise/cmd/poise/demo"
	"poise/dapi"
	"poise/follower"
	"poise/serve"
	"poise/store"
)

func newDemo() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "See it all at work: an exchange, two bots that trade, a follower",
		Long: `demo starts an exchange whose price walks, two bots that place real orders on it over
REST, funding every minute, transfers, a network that fails now and then, and a
follower of both accounts, in one process, with nothing to configure. It ends with
--for or Ctrl-C, and then says what was heard, and whether the books equal the
exchange's own to the last digit; exit code 1 if not.`,
		Example: "  poise demo\n  poise demo --for 60s\n  poise demo --for 5m --store demo.db && poise entries --store demo.db",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	f := c.Flags()
	f.DurationVar(&o.lasts, "for", 0, "end after this long, such as 60s (default: when interrupted)")
	f.StringVar(&o.store, "store", "", "keep the store in this new file (default: a temporary one)")
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "address to serve on, of the loopback interface")
	f.StringVar(&o.exchange, "exchange", "127.0.0.1:0", "the exchange's address")
	f.StringVar(&o.operator, "operator", "127.0.0.1:0", "the address of the exchange's operator, of the loopback interface")
	f.Uint64Var(&o.seed, "seed", 1, "of everything that is drawn")
	f.BoolVar(&o.verbose, "verbose", false, "log on standard error what happens")
	jsonFlag(c, &o.json)
	return c
}

type demoOptions struct {
	lasts                             time.Duration
	store, listen, exchange, operator string
	seed                              uint64
	verbose, json                     bool
}

func (o *demoOptions) check() error {
	if o.lasts < 0 {
		return usage("--for %s is in the past", o.lasts)
	}
	for _, f := range []struct{ name, address string }{{"listen", o.listen}, {"operator", o.operator}} {
		if err := checkLoopback(f.address); err != nil {
			return usage("--%s %w", f.name, err)
		}
	}
	if o.store == "" {
		return nil
	}
	if _, err := os.Stat(o.store); err == nil {
		return usage("--store %s is there already: the demo's exchange is a new one each time, so name a new file", o.store)
	}
	return nil
}

func (o *demoOptions) run(c *cobra.Command) error {
	if err := o.check(); err != nil {
		return err
	}
	path := o.store
	if path == "" {
		dir, err := os.MkdirTemp("", "poise-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, "demo.db")
	}
	s, err := openStore(c.Context(), path)
	if err != nil {
		return err
	}
	defer s.Close()
	d := &demonstration{options: o, store: s, path: path, log: slog.New(slog.DiscardHandler)}
	errs := startProgress(c.ErrOrStderr(), "")
	defer errs.done()
	redact := newRedactor(errs.over(c.ErrOrStderr()))
	if o.verbose {
		d.log = newLog(redact, isTerminal(c.ErrOrStderr()))
	}
	if d.market, err = demo.Open(demo.Config{Seed: o.seed, Listen: o.exchange, Operate: o.operator, Log: d.log}); err != nil {
		return err
	}
	defer d.market.Close()
	for _, t := range d.market.Traders() {
		redact.hide([]string{t.APIKey, t.APISecret})
	}
	if err := redact.clean(d.run(c.Context(), c.OutOrStdout(), errs)); err != nil {
		return err
	}
	return d.summary(c.Context(), c.OutOrStdout())
}

// demonstration is one demo at work.
type demonstration struct {
	options *demoOptions
	store   *store.Store
	path    string
	log     *slog.Logger
	market  *demo.Market
	f       *follower.Follower

	traded  time.Duration
	settled bool
}

// checkDemoEvery is how often REST is asked: more often than a real follower
// does, since the demo is short.
const checkDemoEvery = 2 * time.Second

func (d *demonstration) run(ctx context.Context, out io.Writer, line *progress) error {
	x, err := dapi.New(dapi.Config{REST: d.market.URL(), Stream: d.market.StreamURL(), Log: d.log})
	if err != nil {
		return err
	}
	defer x.Close()
	var accounts []follower.Account
	for _, t := range d.market.Traders() {
		key, err := dapi.HMAC(t.APIKey, t.APISecret)
		if err != nil {
			return err
		}
		accounts = append(accounts, follower.Account{Name: t.Name, Key: key})
	}
	d.f, err = follower.New(follower.Config{Store: d.store, Exchange: x, Accounts: accounts, CheckEvery: checkDemoEvery, Marks: true, Log: d.log})
	if err != nil {
		return err
	}
	web, err := startWeb(d.options.listen, nil, serve.Config{Follower: d.f, Ledger: d.store, Exchange: x, Log: d.log})
	if err != nil {
		return err
	}
	defer web.close()
	if err := d.announce(out, "http://"+web.address.String()); err != nil {
		return err
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- d.f.Run(following) }()
	err = d.play(ctx, failed, line)
	stop()
	if err == nil {
		err = <-failed
	}
	return err
}

// play waits for the accounts, has the bots trade, and waits for the books to
// settle. The error is the follower's, which then has ended.
func (d *demonstration) play(ctx context.Context, failed <-chan error, line *progress) error {
	if err := d.await(ctx, failed, line, startMost, "starting", d.allLive); err != nil || ctx.Err() != nil {
		return err
	}
	trading, stop := context.WithCancel(ctx)
	if d.options.lasts > 0 {
		trading, stop = context.WithTimeout(ctx, d.options.lasts)
	}
	defer stop()
	begun, done := time.Now(), make(chan struct{})
	go func() { d.market.Run(trading); close(done) }()
	defer func() { stop(); <-done }()
	if err := d.await(trading, failed, line, 0, "trading", func() bool { return false }); err != nil {
		return err
	}
	stop()
	<-done
	d.traded = time.Since(begun)
	return d.await(context.WithoutCancel(ctx), failed, line, settleMost, "settling", d.settle)
}

// Bounds of what is waited for.
const (
	startMost  = 30 * time.Second
	settleMost = 45 * time.Second
	askEvery   = 200 * time.Millisecond
)

// await shows how it goes until something is so, ctx ends, or it took too long.
func (d *demonstration) await(ctx context.Context, failed <-chan error, line *progress, most time.Duration, what string, is func() bool) error {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for begun := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return errors.Join(errors.New("the follower has ended"), err)
		case <-tick.C:
		}
		if is() || most > 0 && time.Since(begun) > most {
			return nil
		}
		line.show(d.status(what, time.Since(begun)))
	}
}

func (d *demonstration) allLive() bool {
	for _, t := range d.market.Traders() {
		v, ok := d.f.Account(t.Name)
		if !ok || v.Status != follower.Live {
			return false
		}
	}
	return true
}

// settle reports whether the books have become the exchange's, with nothing open.
func (d *demonstration) settle() bool {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	for _, t := range d.market.Traders() {
		v, ok := d.f.Account(t.Name)
		truth, err := d.market.Truth(ctx, t.Name)
		if !ok || err != nil || len(v.Incidents) > 0 || len(demo.Differences(truth, v.Balances, v.Positions)) > 0 {
			return false
		}
	}
	d.settled = true
	return true
}

func (d *demonstration) status(what string, since time.Duration) string {
	c, s := d.market.Counts(), d.f.Stats()
	words := []string{fmt.Sprintf("%s %s: %s, %s, %s", what, since.Round(time.Second), plural(int(c.Orders), "order"), plural(int(s.Frames), "message"), plural(int(c.Faults), "fault"))}
	for _, v := range d.f.Accounts() {
		words = append(words, v.Name+" "+v.Status)
	}
	return strings.Join(words, "; ")
}
