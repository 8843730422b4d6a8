package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"poise/follower"
	"poise/store"
)

func newVerify() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Prove a store: derive everything from its journal again and compare",
		Long: `verify reads the journal from its first record, checks the checksum of each block
and of the one before it, derives all books and the whole ledger anew, and
compares every row. It checks that the entries sum to the wallets and to the
totals by day. It prints its figures; any difference is told and ends it with
exit code 1. The store must not be written to meanwhile.`,
		Example: "  poise verify\n  poise verify --store desk.db --json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			r, took, err := verify(c, path)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeReport(c.OutOrStdout(), r)
			} else {
				err = tellReport(c.OutOrStdout(), r, took)
			}
			if err == nil && !r.OK() {
				err = errNo
			}
			return err
		},
	}
	storeFlag(c, &path)
	jsonFlag(c, &asJSON)
	return c
}

// verify derives into a store of its own beside nothing: a temporary file, so
// that a long ledger does not have to fit in memory.
func verify(c *cobra.Command, path string) (*follower.Report, time.Duration, error) {
	begun := time.Now()
	s, err := store.OpenFrozen(c.Context(), path)
	if err != nil {
		return nil, 0, explainStore(err)
	}
	defer s.Close()
	dir, err := os.MkdirTemp("", "poise-verify-")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	scratch, err := store.Open(c.Context(), filepath.Join(dir, "derived.db"), store.Options{})
	if err != nil {
		return nil, 0, err
	}
	defer scratch.Close()
	p := startProgress(c.ErrOrStderr(), "records")
	defer p.done()
	r, err := follower.Verify(c.Context(), s, scratch, p.set)
	return r, time.Since(begun), err
}

func tellReport(w io.Writer, r *follower.Report, took time.Duration) error {
	t := newTable("checked", "count>", "how")
	row := func(what string, n int64, note string) { t.add(what, strconv.FormatInt(n, 10), note) }
	row("accounts", int64(r.Accounts), fmt.Sprintf("in %s", plural(r.Partitions, "partition")))
	row("journal blocks", r.Blocks, "checksum and chain")
	row("records", r.Records, fmt.Sprintf("%d bytes as heard; %d not in the ledger yet", r.Bytes, r.Behind))
	row("ledger rows", r.Rows, "derived from the journal again and compared")
	row("checkpoints", int64(r.Checkpoints), "compared with derived books")
	row("entries", r.Entries, fmt.Sprintf("sum to %s", plural(r.Wallets, "wallet")))
	row("totals by day", r.Totals, "sums of their entries")
	row("open incidents", int64(r.Incidents), "")
	if err := t.print(w, ""); err != nil {
		return err
	}
	for _, u := range r.Unexplained {
		fmt.Fprintf(w, "unexplained: %s %s %s\n", printable(u.Account), u.Amount, printable(u.Asset))
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "DIFFERENCE: %s\n", printable(p))
	}
	if r.More > 0 {
		fmt.Fprintf(w, "... and %d more\n", r.More)
	}
	verdict := "all equal"
	if !r.OK() {
		verdict = plural(len(r.Problems)+r.More, "difference")
	}
	_, err := fmt.Fprintf(w, "%s, in %s\n", verdict, took.Round(time.Millisecond))
	return err
}

func writeReport(w io.Writer, r *follower.Report) error {
	amounts := mapped(r.Unexplained, func(a follower.Amount) object {
		return object{{"account", a.Account}, {"asset", a.Asset}, {"amount", a.Amount}}
	})
	problems := r.Problems
	if problems == nil {
		problems = []string{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(object{
		{"ok", r.OK()}, {"accounts", r.Accounts}, {"partitions", r.Partitions}, {"blocks", r.Blocks}, {"records", r.Records}, {"bytes", r.Bytes},
		{"behind", r.Behind}, {"rows", r.Rows}, {"checkpoints", r.Checkpoints}, {"entries", r.Entries}, {"totals", r.Totals},
		{"wallets", r.Wallets}, {"openIncidents", r.Incidents}, {"unexplained", amounts}, {"differences", problems}, {"more", r.More},
	})
}
