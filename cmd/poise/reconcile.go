package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poise/account/reconcile"
	"poise/cmd/poise/config"
	"poise/dapi"
	"poise/store"
	"poise/wire"
)

func newReconcile() *cobra.Command {
	var o reconcileOptions
	c := &cobra.Command{
		Use:   "reconcile --account NAME",
		Short: "Compare an account's ledger with what the exchange says now",
		Long: `reconcile reads the ledger, asks the exchange for the account, its balances, its
positions and its income, and compares them row by row: wallets, cross wallets,
amounts, entry prices, isolated wallets, margin types, leverage, and what moved
each wallet, by kind, since it was first seen or --from. It changes nothing, and may
run beside a 'poise follow' on the same store.

Both are read one after the other, so a difference is looked at up to three times,
a second apart, before it is one. Any that stays ends it with exit code 1.`,
		Example: "  poise reconcile --account main\n  poise reconcile --account main --from 2026-10-01 --json",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	configFlag(c, &o.config)
	c.Flags().StringVar(&o.store, "store", "", "the store's file, instead of the configuration's")
	c.Flags().StringVar(&o.account, "account", "", "the account (needed)")
	c.Flags().Var(&o.from, "from", "income only from this time on (2026-10-31, 2026-10-31T12:00:00Z, or ms)")
	jsonFlag(c, &o.json)
	return c
}

type reconcileOptions struct {
	config, store, account string
	from                   instant
	json                   bool
}

func (o *reconcileOptions) run(c *cobra.Command) error {
	if o.account == "" {
		return usage("reconcile needs --account NAME: one of the configuration's")
	}
	settings, err := config.Load(o.config, os.LookupEnv)
	if err != nil {
		return explainConfig(o.config, err)
	}
	if o.store != "" {
		settings.Store = o.store
	}
	r := newRedactor(io.Discard)
	r.hide(settings.Secrets())
	return r.clean(o.reconcile(c, settings))
}

func (o *reconcileOptions) reconcile(c *cobra.Command, settings *config.Config) error {
	client, done, err := clientOf(settings, o.account)
	if err != nil {
		return err
	}
	defer done()
	s, err := readStore(c.Context(), settings.Store)
	if err != nil {
		return err
	}
	defer s.Close()
	rows, err := o.settled(c.Context(), s, client)
	if err != nil {
		return err
	}
	if o.json {
		err = o.writeJSON(c.OutOrStdout(), rows)
	} else {
		err = o.tell(c.OutOrStdout(), rows)
	}
	if err == nil && reconcile.Differences(rows) > 0 {
		err = errNo
	}
	return err
}

// clientOf makes the calls of an account of the configuration.
func clientOf(settings *config.Config, name string) (c *dapi.Client, done func(), err error) {
	var names []string
	for _, a := range settings.Accounts {
		names = append(names, a.Name)
		if a.Name != name {
			continue
		}
		x, err := dapi.New(dapi.Config{REST: settings.Exchange.REST, Stream: settings.Exchange.Stream})
		if err != nil {
			return nil, nil, err
		}
		return x.Client(a.Signer), x.Close, nil
	}
	return nil, nil, fmt.Errorf("%s has no account %q; it has %s", settings.Path, name, strings.Join(some(names), ", "))
}

// A difference is looked at so often, with a pause before each time but the first.
const (
	lookTimes = 3
	lookPause = time.Second
)

// settled compares until both sides agree, or have had the time to.
func (o *reconcileOptions) settled(ctx context.Context, s store.Ledger, c *dapi.Client) (rows []reconcile.Row, err error) {
	for i := range lookTimes {
		if i > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(lookPause):
			}
		}
		if rows, err = o.compare(ctx, s, c); err != nil || reconcile.Differences(rows) == 0 {
			break
		}
	}
	return rows, err
}

func (o *reconcileOptions) compare(ctx context.Context, s store.Ledger, c *dapi.Client) ([]reconcile.Row, error) {
	l, err := o.ledger(ctx, s)
	if err != nil {
		return nil, err
	}
	x, err := exchangeNow(ctx, c, l)
	if err != nil {
		return nil, err
	}
	return reconcile.Compare(l, x)
}

func (o *reconcileOptions) ledger(ctx context.Context, s store.Ledger) (*reconcile.Ledger, error) {
	l := &reconcile.Ledger{From: o.from.ms}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	known := false
	for _, a := range accounts {
		if a.Name == o.account {
			known, l.First = true, a.FirstTime
		}
	}
	if !known {
		return nil, fmt.Errorf("the store has no account %q yet: 'poise follow' it first; 'poise accounts' lists them", o.account)
	}
	if l.Balances, err = s.Balances(ctx, o.account, store.Latest); err != nil {
		return nil, err
	}
	if l.Positions, err = s.Positions(ctx, o.account, store.Latest); err != nil {
		return nil, err
	}
	if l.Leverages, err = s.Leverages(ctx, o.account); err != nil {
		return nil, err
	}
	for e, err := range entriesOf(ctx, s, store.EntryFilter{Account: o.account}) {
		if err != nil {
			return nil, err
		}
		l.Entries = append(l.Entries, e.Entry)
	}
	return l, nil
}

// clockSlack is how much later poise's clock may be than the exchange's.
const clockSlack = time.Minute

func exchangeNow(ctx context.Context, c *dapi.Client, l *reconcile.Ledger) (*reconcile.Exchange, error) {
	var x reconcile.Exchange
	body, err := c.Account(ctx)
	if err != nil {
		return nil, err
	}
	if x.Account, err = wire.DecodeAccountInfo(body); err != nil {
		return nil, fmt.Errorf("the exchange's account: %w", err)
	}
	if body, err = c.Balance(ctx); err != nil {
		return nil, err
	}
	if x.Balances, _, err = wire.DecodeBalances(body); err != nil {
		return nil, fmt.Errorf("the exchange's balance: %w", err)
	}
	if body, err = c.PositionRisk(ctx); err != nil {
		return nil, err
	}
	if x.Risk, err = wire.DecodePositionRisk(body); err != nil {
		return nil, fmt.Errorf("the exchange's positionRisk: %w", err)
	}
	from := l.From
	if from == 0 {
		from = l.First - clockSlack.Milliseconds()
	}
	now, err := c.Exchange().Time(ctx)
	if err != nil {
		return nil, err
	}
	if body, err = c.Income(ctx, from, now.UnixMilli()); err != nil {
		return nil, err
	}
	if x.Income, err = wire.DecodeIncome(body); err != nil {
		return nil, fmt.Errorf("the exchange's income: %w", err)
	}
	return &x, nil
}

func (o *reconcileOptions) tell(w io.Writer, rows []reconcile.Row) error {
	t := newTable("exchange's word", "of", "what", "ledger.", "exchange.", "verdict")
	for _, r := range rows {
		verdict := "equal"
		if !r.Equal {
			verdict = "DIFFERENT"
		}
		t.add(r.Source, printable(r.Of), printable(r.What), dash(r.Ledger), dash(r.Exchange), verdict)
	}
	if err := t.printOrNone(w, ""); err != nil {
		return err
	}
	verdict := fmt.Sprintf("all equal, %s", plural(len(rows), "row"))
	if n := reconcile.Differences(rows); n > 0 {
		verdict = fmt.Sprintf("%s in %s", plural(n, "difference"), plural(len(rows), "row"))
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return printable(s)
}

func (o *reconcileOptions) writeJSON(w io.Writer, rows []reconcile.Row) error {
	orNull := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(object{{"ok", reconcile.Differences(rows) == 0}, {"account", o.account}, {"differences", reconcile.Differences(rows)},
		{"rows", mapped(rows, func(r reconcile.Row) object {
			return object{{"source", r.Source}, {"of", r.Of}, {"what", r.What}, {"ledger", orNull(r.Ledger)}, {"exchange", orNull(r.Exchange)}, {"equal", r.Equal}}
		})}})
}
