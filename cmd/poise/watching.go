package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"poise/cmd/poise/screen"
)

func newWatch() *cobra.Command {
	var o serverFlags
	c := &cobra.Command{
		Use:   "watch",
		Short: "Look at a running follower, live in the terminal",
		Long: `watch shows the accounts of a running 'poise follow' or 'poise demo': how each is
followed and what is wrong; of one account the balances, positions with live
unrealised PnL, liquidation price and margin ratio, the last entries as they happen
with why, and incidents. It says when the connection is lost, and goes on when it
is back. It changes nothing, and shows decimals as the exchange wrote them.

Arrows or j and k choose an account, tab goes to the next pane, enter enlarges it,
? tells all keys, q quits. NO_COLOR is honoured.`,
		Example: `  poise watch
  poise watch --server http://127.0.0.1:9710
  POISE_TOKEN=... poise watch --server https://desk.example.org
  ssh -t desk poise watch`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.watch(c) },
	}
	o.add(c, "http://127.0.0.1:9710", "the follower's address")
	return c
}

// firstMost is how long the server may take before there is anything to look at.
const firstMost = 5 * time.Second

func (o *serverFlags) watch(c *cobra.Command) error {
	out, ok := c.OutOrStdout().(*os.File)
	in, ok2 := c.InOrStdin().(*os.File)
	if !ok || !ok2 || !term.IsTerminal(int(out.Fd())) || !term.IsTerminal(int(in.Fd())) {
		return usage("watch draws on a terminal, and this is none; 'poise accounts --server %s' prints a table, with --json for programs", o.server)
	}
	k, err := o.dial()
	if err != nil {
		return err
	}
	defer k.Close()
	ctx, stop := context.WithTimeout(c.Context(), firstMost)
	defer stop()
	if _, err := k.Accounts(ctx); err != nil {
		return explainServer(o.server, err)
	}
	if err := screen.Run(c.Context(), screen.Config{Client: k, In: in, Out: out, Env: os.Environ()}); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return nil
}
