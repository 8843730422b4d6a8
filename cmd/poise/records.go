package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"poise/account"
	"poise/serve/client"
	"poise/store"
)

// records is what lists are read from: a store's file, or a server.
type records interface {
	accountLister
	Balances(ctx context.Context, account string, at int64) ([]account.Balance, error)
	Positions(ctx context.Context, account string, at int64) ([]account.Position, error)
	entries(context.Context, store.EntryFilter) iter.Seq2[store.Entry, error]
	incidents(context.Context, store.IncidentFilter) iter.Seq2[store.Incident, error]
}

type accountLister interface {
	Accounts(context.Context) ([]store.Account, error)
}

// file is the records of a store.
type file struct{ *store.Store }

func (f file) entries(ctx context.Context, q store.EntryFilter) iter.Seq2[store.Entry, error] {
	return entriesOf(ctx, f.Store, q)
}

func (f file) incidents(ctx context.Context, q store.IncidentFilter) iter.Seq2[store.Incident, error] {
	return pages(func(last *store.Incident) ([]store.Incident, error) {
		q.After = last
		return f.Store.Incidents(ctx, q)
	})
}

// serverFlags are of a running follower, instead of a store.
type serverFlags struct{ server, token string }

// tokenVariable holds the token where --token does not.
const tokenVariable = "POISE_TOKEN"

func (o *serverFlags) add(c *cobra.Command, address, meaning string) {
	c.Flags().StringVar(&o.server, "server", address, meaning)
	c.Flags().StringVar(&o.token, "token", "", "the server's token; better in "+tokenVariable+", where other processes do not see it")
}

// dial returns a client of the server, which has not been asked yet.
func (o *serverFlags) dial() (*client.Client, error) {
	token := o.token
	if token == "" {
		token = os.Getenv(tokenVariable)
	}
	c, err := client.New(client.Config{URL: o.server, Token: token})
	if err != nil {
		return nil, usage("--server: %w", err)
	}
	return c, nil
}

// explainServer tells what to do about a server that does not answer.
func explainServer(address string, err error) error {
	switch {
	case err == nil:
		return nil
	case client.IsStatus(err, http.StatusUnauthorized):
		return fmt.Errorf("%s: %w (here with --token or the variable %s)", address, err, tokenVariable)
	case errors.Is(err, client.ErrLine):
		return fmt.Errorf("%s: %w; is 'poise follow' or 'poise demo' running there? --server names another", address, err)
	}
	return fmt.Errorf("%s: %w", address, err)
}

// reach opens what the flags name.
func (o *choice) reach(c *cobra.Command) (r records, done func(), err error) {
	if !c.Flags().Changed("server") {
		s, err := readStore(c.Context(), o.store)
		if err != nil {
			return nil, nil, err
		}
		return file{s}, func() { s.Close() }, nil
	}
	if c.Flags().Changed("store") {
		return nil, nil, usage("--server and --store are two places: name one")
	}
	k, err := o.dial()
	if err != nil {
		return nil, nil, err
	}
	return &remote{k, o.server}, k.Close, nil
}

// place names what was opened.
func (o *choice) place() string {
	if o.server != "" {
		return o.server
	}
	return o.store
}

// wants reports whether a position was asked for.
func (o *choice) wants(p *account.Position) bool {
	return (o.asset == "" || p.MarginAsset == o.asset) && !(o.open && p.Amount.IsZero())
}
