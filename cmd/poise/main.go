package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes, fixed for scripts.
const (
	exitDone  = 0
	exitNo    = 1 // the answer is no, or something went wrong
	exitUsage = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// errNo ends a command whose answer is no and has been printed.
var errNo = errors.New("no")

// usageError is a wrong flag or argument.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run is main with everything that it touches passed in.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	err := root.ExecuteContext(ctx)
	var u usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(errs, "poise: interrupted; what was kept is kept")
		return exitNo
	case errors.As(err, &u) || !started:
		fmt.Fprintf(errs, "poise: %v\nSee 'poise %s--help'.\n", err, commandOf(root, args))
		return exitUsage
	}
	fmt.Fprintf(errs, "poise: %v\n", err)
	return exitNo
}

// commandOf names the subcommand of args, with a space, for a hint.
func commandOf(root *cobra.Command, args []string) string {
	if c, _, err := root.Find(args); err == nil && c != root {
		return c.Name() + " "
	}
	return ""
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "poise",
		Short: "What a Binance COIN-M futures account holds, to the last digit, and why",
		Long: `poise keeps an exact, durable and explained record of every balance and
position of Binance COIN-M futures accounts.`,
		Example: `  poise demo                            see it all at work, nothing to configure
  poise follow                          the main job: accounts of poise.yaml, live
  poise replay --sample                 the same on an embedded recording
  poise decode frames.jsonl             read recorded messages
  poise replay frames.jsonl --account main
  poise entries --account main          why each wallet moved
  poise verify                          prove the store`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(newDecode(), newReplay(), newAccounts(), newBalances(), newPositions(), newEntries(), newIncidents(), newStatement(), newExport(), newVerify(), newDemo(), newFollow(), newReconcile(), newWatch(), newVenue(), newVersion())
	return root
}
