package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"poise/venue"
	"poise/venue/engine"
)

func newVenue() *cobra.Command {
	var o venueOptions
	c := &cobra.Command{
		Use:   "venue",
		Short: "Serve a COIN-M exchange to test against",
		Long: `venue serves an exchange that answers REST under /dapi and pushes user and market
streams as Binance COIN-M does, from accounts that it keeps to the last digit. On
a second address the operator makes accounts, sets marks, quotes, funding and the
clock, and has the network fail. It serves until it is interrupted.

With --data it goes on where it was, however it ended: accounts with their keys,
wallets, positions, orders, history, listen keys, marks, funding and a manual
clock. Nothing is answered or pushed before what caused it is durable. Faults,
sockets and the request weight used are forgotten. The folder keeps its seed,
contracts, push rule and kind of clock; it grows with every command.`,
		Example: `  poise venue
  poise venue --market walk --data venue-data
  poise venue --clock manual --push changed
  curl -d '{"balances":{"BTC":"2"}}' http://127.0.0.1:9701/v1/accounts`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:9700", "the exchange's address")
	f.StringVar(&o.operator, "operator", "127.0.0.1:9701", "the operator's address; one beyond loopback needs a token")
	f.StringVar(&o.token, "operator-token", "", "bearer token that the operator has to show")
	f.StringVar(&o.push, "push", "all", "rows of an ACCOUNT_UPDATE: all, or those that changed")
	f.Uint64Var(&o.seed, "seed", 1, "of keys, aliases, order ids and the walk")
	f.StringVar(&o.clock, "clock", "real", "real, or manual: moved by POST /v1/clock")
	f.StringVar(&o.contracts, "contracts", "", "an exchangeInfo document (default: BTCUSD_PERP, ETHUSD_PERP, a quarterly of both, ADAUSD_PERP)")
	f.StringVar(&o.market, "market", "none", "none, or walk: makers quote around a mark that walks")
	f.StringVar(&o.data, "data", "", "keep the venue in this folder, and go on from it (default: in memory)")
	f.BoolVar(&o.verbose, "verbose", false, "tell of dropped sockets on standard error, not of errors alone")
	completesWords(c, "push", "all", "changed")
	completesWords(c, "clock", "real", "manual")
	completesWords(c, "market", "none", "walk")
	jsonFlag(c, &o.json)
	return c
}

type venueOptions struct {
	listen, operator, token, push, clock, contracts, market, data string
	seed                                                          uint64
	verbose, json                                                 bool
}

// oneOf checks a flag with few values.
func oneOf(flag, value string, values ...string) error {
	for _, v := range values {
		if v == value {
			return nil
		}
	}
	return usage("--%s is one of %q, got %q", flag, values, value)
}

func (o *venueOptions) check() error {
	for _, err := range []error{oneOf("push", o.push, "all", "changed"), oneOf("clock", o.clock, "real", "manual"), oneOf("market", o.market, "none", "walk")} {
		if err != nil {
			return err
		}
	}
	host, _, err := net.SplitHostPort(o.operator)
	if err != nil {
		return usage("--operator: %v", err)
	}
	if ip := net.ParseIP(host); o.token == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usage("--operator %s can be reached from elsewhere: give --operator-token, or an address of 127.0.0.1", o.operator)
	}
	return nil
}

func (o *venueOptions) venue(errs io.Writer) (*venue.Venue, error) {
	v := &venue.Venue{Listen: o.listen, Operate: o.operator}
	v.Seed, v.Manual, v.Walk, v.OperatorToken, v.Data = o.seed, o.clock == "manual", o.market == "walk", o.token, o.data
	if o.push == "changed" {
		v.Push = engine.PushChanged
	}
	level := slog.LevelError
	if o.verbose {
		level = slog.LevelInfo
	}
	v.Log = slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level}))
	if o.contracts == "" {
		return v, nil
	}
	text, err := os.ReadFile(o.contracts)
	if err != nil {
		return nil, err
	}
	if v.Contracts, err = venue.ReadContracts(text); err != nil {
		return nil, fmt.Errorf("%s: %w", o.contracts, err)
	}
	return v, nil
}

func (o *venueOptions) run(c *cobra.Command) error {
	if err := o.check(); err != nil {
		return err
	}
	if !c.Flags().Changed("seed") && o.data != "" {
		o.seed = 0 // the folder's
	}
	v, err := o.venue(c.ErrOrStderr())
	if err != nil {
		return err
	}
	if err := v.Start(); err != nil {
		return err
	}
	if err := o.announce(c.OutOrStdout(), v); err != nil {
		v.Close()
		return err
	}
	<-c.Context().Done()
	return v.Close()
}

func (o *venueOptions) announce(out io.Writer, v *venue.Venue) error {
	if o.json {
		return json.NewEncoder(out).Encode(struct {
			REST     string `json:"rest"`
			Streams  string `json:"streams"`
			Operator string `json:"operator"`
			Now      int64  `json:"now"`
		}{v.URL(), v.StreamURL(), v.OperatorURL(), v.Now().UnixMilli()})
	}
	_, err := fmt.Fprintf(out, "REST       %s/dapi\nstreams    %s/ws\noperator   %s/v1\nclock      %s, %s\n", v.URL(), v.StreamURL(), v.OperatorURL(), o.clock, v.Now().Format(time.RFC3339))
	return err
}
