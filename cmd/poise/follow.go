package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"poise/cmd/poise/config"
	"poise/dapi"
	"poise/follower"
	"poise/serve"
	"poise/store"
)

func newFollow() *cobra.Command {
	var o followOptions
	c := &cobra.Command{
		Use:   "follow",
		Short: "Follow accounts live: the main job",
		Long: `follow listens to every account of the configuration, makes each message durable
before anything acts on it, keeps the books and explains each wallet's change. What
the stream does not tell is asked of the exchange. It runs until it is interrupted,
and stops cleanly within 5 seconds.

The configuration is read again on SIGHUP and when its file changes: accounts that
are new start, those that are gone stop, and a file that is wrong is told with its
line and changes nothing. docs/commands.md describes it.

The log is text on a terminal and JSON elsewhere, on standard error. No secret is
in it.`,
		Example: `  poise follow
  poise follow --config /etc/poise/poise.yaml --listen 127.0.0.1:9710
  kill -HUP PID                          read the configuration again`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	configFlag(c, &o.config)
	c.Flags().StringVar(&o.store, "store", "", "the store's file, instead of the configuration's")
	c.Flags().StringVar(&o.listen, "listen", "", "address to serve on, instead of the configuration's; one beyond loopback needs its token")
	c.Flags().BoolVar(&o.json, "json", false, "tell where it serves as JSON, and log JSON also on a terminal")
	return c
}

func configFlag(c *cobra.Command, v *string) {
	c.Flags().StringVar(v, "config", "poise.yaml", "the configuration's file")
}

type followOptions struct {
	config, store, listen string
	json                  bool
}

// load reads the configuration; flags go before it.
func (o *followOptions) load() (*config.Config, error) {
	c, err := config.Load(o.config, os.LookupEnv)
	if err != nil {
		return nil, explainConfig(o.config, err)
	}
	if o.store != "" {
		c.Store = o.store
	}
	if o.listen != "" {
		c.Listen = o.listen
	}
	if err := config.CheckListen(c.Listen, c.Token.Given()); err != nil {
		return nil, usage("--listen %w", err)
	}
	return c, nil
}

// explainConfig tells a newcomer what to do about a missing file.
func explainConfig(path string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no configuration %s: write one as docs/commands.md shows, name it with --config, or try 'poise demo', which needs none", path)
	}
	return err
}

func (o *followOptions) run(c *cobra.Command) error {
	settings, err := o.load()
	if err != nil {
		return err
	}
	errs := c.ErrOrStderr()
	r := newRedactor(errs)
	r.hide(settings.Secrets())
	log := newLog(r, isTerminal(errs) && !o.json)
	return r.clean(o.follow(c, settings, r, log))
}

func (o *followOptions) follow(c *cobra.Command, settings *config.Config, r *redactor, log *slog.Logger) error {
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	s, err := openStore(ctx, settings.Store)
	if err != nil {
		return err
	}
	defer s.Close()
	x, err := dapi.New(dapi.Config{REST: settings.Exchange.REST, Stream: settings.Exchange.Stream, Log: log})
	if err != nil {
		return err
	}
	defer x.Close()
	f, err := follower.New(follower.Config{Store: s, Exchange: x, Accounts: accountsOf(settings), Stream: dapi.StreamConfig{Lines: settings.Lines}, Marks: true, Log: log})
	if err != nil {
		return err
	}
	tell, err := startTeller(ctx, settings, f, s, log)
	if err != nil {
		return err
	}
	defer tell.end()
	by, err := newTLS(settings.TLS, log)
	if err != nil {
		return err
	}
	web, err := startWeb(settings.Listen, by, serve.Config{Follower: f, Ledger: s, Exchange: x, Token: settings.Token.Reveal(), Log: log,
		More: func() []serve.Metric { return tell.metrics(settings.Store) }})
	if err != nil {
		return err
	}
	defer web.close()
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	w := &watch{f: f, log: log, hide: r.hide, settings: settings, load: o.load}
	watching := make(chan struct{})
	go func() { w.run(ctx, again); close(watching) }()
	defer func() { stop(); <-watching }()
	if err := o.announce(c.OutOrStdout(), settings, web); err != nil {
		return err
	}
	log.Info("following", "accounts", len(settings.Accounts), "store", settings.Store, "serving", web.address.String())
	err = f.Run(ctx)
	if err != nil {
		return err
	}
	log.Info("stopped: everything that was heard is kept")
	return nil
}

// openStore opens a store to write, and tells kindly when another process does.
func openStore(ctx context.Context, path string) (*store.Store, error) {
	s, err := store.Open(ctx, path, store.Options{})
	if errors.Is(err, store.ErrLocked) {
		err = fmt.Errorf("%w: is a 'poise follow' running already? Stop it, or give this one its own --store; commands that only read may run beside it", err)
	}
	return s, err
}

// readStore opens a store to read; other processes may write it.
func readStore(ctx context.Context, path string) (*store.Store, error) {
	s, err := store.OpenRead(ctx, path)
	return s, explainStore(err)
}

// explainStore tells who makes a store that is not there.
func explainStore(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: 'poise follow' and 'poise replay' make one; --store names another", err)
	}
	return err
}

func accountsOf(c *config.Config) []follower.Account {
	list := make([]follower.Account, 0, len(c.Accounts))
	for _, a := range c.Accounts {
		list = append(list, follower.Account{Name: a.Name, Key: a.Signer})
	}
	return list
}

func (o *followOptions) announce(out io.Writer, c *config.Config, w *web) error {
	address := w.scheme + "://" + w.address.String()
	if o.json {
		return json.NewEncoder(out).Encode(object{{"serve", address}, {"store", c.Store}, {"accounts", len(c.Accounts)}})
	}
	_, err := fmt.Fprintf(out, "following  %s of %s\nstore      %s\nserving    %s\n", plural(len(c.Accounts), "account"), c.Path, c.Store, address)
	return err
}
