package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/spf13/cobra"

	"poise/account"
	"poise/store"
)

// choice is what a list command may be narrowed by.
type choice struct {
	store, account, asset, kind string
	from, to                    instant
	at                          instant
	json, open                  bool
	serverFlags
}

// list makes one of the commands that print a table of a store or a server.
func list(use, short, long, example string, flags func(*cobra.Command, *choice), run func(context.Context, records, *choice, *bufio.Writer) error) *cobra.Command {
	var o choice
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, done, err := o.reach(c)
			if err != nil {
				return err
			}
			defer done()
			if err := o.check(c.Context(), s); err != nil {
				return err
			}
			out := bufio.NewWriter(c.OutOrStdout())
			if err := run(c.Context(), s, &o, out); err != nil {
				return err
			}
			return out.Flush()
		},
	}
	storeFlag(c, &o.store)
	o.serverFlags.add(c, "", "ask a running follower instead of a store, such as http://127.0.0.1:9710")
	jsonFlag(c, &o.json)
	flags(c, &o)
	return c
}

// check refuses an account that the store does not know, since an empty table
// would look like an empty account.
func (o *choice) check(ctx context.Context, s accountLister) error {
	if o.account == "" {
		return nil
	}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Name == o.account {
			return nil
		}
	}
	return fmt.Errorf("%s has no account %q; 'poise accounts' lists them", o.place(), o.account)
}

// names are the accounts that were chosen.
func (o *choice) names(ctx context.Context, s accountLister) ([]string, error) {
	if o.account != "" {
		return []string{o.account}, nil
	}
	accounts, err := s.Accounts(ctx)
	return names(accounts), err
}

func names(accounts []store.Account) (out []string) {
	for _, a := range accounts {
		out = append(out, a.Name)
	}
	return out
}

func accountFlag(c *cobra.Command, o *choice) {
	c.Flags().StringVar(&o.account, "account", "", "only this account")
	completesAccount(c)
}

func assetFlag(c *cobra.Command, o *choice) {
	c.Flags().StringVar(&o.asset, "asset", "", "only this asset, such as BTC")
	completesAsset(c)
}

func spanFlags(c *cobra.Command, o *choice) {
	c.Flags().Var(&o.from, "from", "only from this time on (2026-10-31, 2026-10-31T12:00:00Z, or ms)")
	c.Flags().Var(&o.to, "to", "only before this time")
}

func atFlag(c *cobra.Command, o *choice) {
	c.Flags().Var(&o.at, "at", "as it stood at this time")
}

func newAccounts() *cobra.Command {
	return list("accounts", "List the accounts of a store or a server", "accounts lists every account that was heard of, and what is wrong with it now; from a server, how each is followed.",
		"  poise accounts\n  poise accounts --json\n  poise accounts --server http://127.0.0.1:9710", narrowFlags,
		func(ctx context.Context, s records, o *choice, w *bufio.Writer) error {
			if r, ok := s.(*remote); ok {
				return o.followed(ctx, r, w)
			}
			return o.heard(ctx, s, w)
		})
}

// heard lists the accounts of a store.
func (o *choice) heard(ctx context.Context, s records, w io.Writer) error {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return err
	}
	t := newTable("account", "first heard (UTC)", "last heard (UTC)", "last record>", "open incidents>")
	rows := []object{}
	for _, a := range accounts {
		if chosen, err := o.chooses(ctx, s, a.Name); err != nil {
			return err
		} else if !chosen {
			continue
		}
		open := 0
		for _, err := range s.incidents(ctx, store.IncidentFilter{Account: a.Name, Open: true}) {
			if err != nil {
				return err
			}
			open++
		}
		t.add(printable(a.Name), when(a.FirstTime), when(a.LastTime), strconv.FormatUint(a.LastPosition, 10), strconv.Itoa(open))
		rows = append(rows, object{{"name", a.Name}, {"partition", a.Partition}, {"since", a.FirstTime}, {"last", a.LastTime},
			{"position", a.LastPosition}, {"incidents", open}})
	}
	return o.write(w, t, rows)
}

// write prints the table, or the rows as JSON.
func (o *choice) write(w io.Writer, t *table, rows []object) error {
	if !o.json {
		return t.printOrNone(w, "")
	}
	return writeArrayLine(w, func(yield func(object, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}, func(r *object) object { return *r })
}

func newBalances() *cobra.Command {
	return list("balances", "Show what each wallet holds", "balances shows each asset's wallet and cross wallet, in that asset, digit for digit as the exchange wrote it.",
		"  poise balances --account main\n  poise balances --account main --asset BTC --at 2026-10-31T12:00:00Z",
		func(c *cobra.Command, o *choice) { narrowFlags(c, o); atFlag(c, o) },
		func(ctx context.Context, s records, o *choice, w *bufio.Writer) error {
			names, err := o.names(ctx, s)
			if err != nil {
				return err
			}
			var all []of[account.Balance]
			for _, name := range names {
				rows, err := s.Balances(ctx, name, o.at.ms)
				if err != nil {
					return err
				}
				n, err := o.narrow(ctx, s, name)
				if err != nil {
					return err
				}
				for _, b := range rows {
					if n.balance(&b) {
						all = append(all, of[account.Balance]{name, b})
					}
				}
			}
			return o.write(w, balanceTable(all, o.account == ""), mapped(all, func(b of[account.Balance]) object { return balanceJSON(b.account, &b.row) }))
		})
}

func newPositions() *cobra.Command {
	return list("positions", "Show each position", `positions shows each symbol's position on each side: contracts signed, prices in USD, money in the margin asset.
From a server, also what each comes to at the live mark.`,
		"  poise positions --account main\n  poise positions --open --server http://127.0.0.1:9710", func(c *cobra.Command, o *choice) {
			narrowFlags(c, o)
			atFlag(c, o)
			c.Flags().BoolVar(&o.open, "open", false, "leave out flat positions")
		},
		func(ctx context.Context, s records, o *choice, w *bufio.Writer) error {
			names, err := o.names(ctx, s)
			if err != nil {
				return err
			}
			if r, ok := s.(*remote); ok {
				return o.valued(ctx, r, names, w)
			}
			var all []of[account.Position]
			for _, name := range names {
				rows, err := s.Positions(ctx, name, o.at.ms)
				if err != nil {
					return err
				}
				n, err := o.narrow(ctx, s, name)
				if err != nil {
					return err
				}
				for _, p := range rows {
					if n.position(&p) {
						all = append(all, of[account.Position]{name, p})
					}
				}
			}
			return o.write(w, positionTable(all, o.account == ""), mapped(all, func(p of[account.Position]) object { return positionJSON(p.account, &p.row) }))
		})
}

func newEntries() *cobra.Command {
	return list("entries", "Show why each wallet moved", `entries shows each change of each wallet with its kind: the exchange's income types, ADJUSTMENT,
ASSET_TRANSFER, COIN_SWAP, OPENING where a wallet was first seen, and UNEXPLAINED for what nothing accounts for.`,
		"  poise entries --account main\n  poise entries --account main --asset BTC --kind FUNDING_FEE --from 2026-10-01 --to 2026-11-01",
		func(c *cobra.Command, o *choice) {
			accountFlag(c, o)
			assetFlag(c, o)
			spanFlags(c, o)
			c.Flags().StringVar(&o.kind, "kind", "", "only this kind, such as COMMISSION")
			completesWords(c, "kind", entryKinds()...)
		},
		func(ctx context.Context, s records, o *choice, w *bufio.Writer) error {
			f := store.EntryFilter{Account: o.account, Asset: o.asset, Kind: account.Kind(o.kind), From: o.from.ms, To: o.to.ms}
			rows := s.entries(ctx, f)
			if o.json {
				return writeArrayLine(w, rows, func(e *store.Entry) object { return entryJSON(e.Account, &e.Entry) })
			}
			return printPages(w, rows, func(page []store.Entry) *table { return entryTable(page, o.account == "") })
		})
}

func newIncidents() *cobra.Command {
	return list("incidents", "Show what went wrong, and how it ended", "incidents shows what went wrong, since when, and how it ended.",
		"  poise incidents --open\n  poise incidents --account main", func(c *cobra.Command, o *choice) {
			accountFlag(c, o)
			assetFlag(c, o)
			spanFlags(c, o)
			c.Flags().StringVar(&o.kind, "kind", "", "only this kind, such as unexplained")
			completesWords(c, "kind", incidentKinds()...)
			c.Flags().BoolVar(&o.open, "open", false, "only what is wrong now")
		},
		func(ctx context.Context, s records, o *choice, w *bufio.Writer) error {
			rows := o.chosen(s.incidents(ctx, store.IncidentFilter{Account: o.account, Open: o.open}))
			if o.json {
				return writeArrayLine(w, rows, func(in *store.Incident) object { return incidentJSON(in.Account, &in.Incident) })
			}
			return printPages(w, rows, func(page []store.Incident) *table { return incidentTable(page, o.account == "") })
		})
}

// entriesOf reads all pages of entries.
func entriesOf(ctx context.Context, s store.Ledger, f store.EntryFilter) iter.Seq2[store.Entry, error] {
	return pages(func(last *store.Entry) ([]store.Entry, error) {
		if last != nil {
			key := last.Key()
			f.After = &key
		}
		return s.Entries(ctx, f)
	})
}

// chosen leaves out incidents that were not asked for.
func (o *choice) chosen(all iter.Seq2[store.Incident, error]) iter.Seq2[store.Incident, error] {
	return func(yield func(store.Incident, error) bool) {
		for in, err := range all {
			chosen := (o.asset == "" || in.Asset == o.asset) && (o.kind == "" || string(in.Kind) == o.kind) &&
				(!o.from.set || in.Opened >= o.from.ms) && (!o.to.set || in.Opened < o.to.ms)
			if (chosen || err != nil) && !yield(in, err) {
				return
			}
		}
	}
}

// pages yields the rows of page after page.
func pages[T any](next func(last *T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last *T
		for {
			page, err := next(last)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if len(page) < store.PageRows {
				return
			}
			last = &page[len(page)-1]
		}
	}
}

// printPages prints a long list in tables of a page each, so that memory stays
// the same.
func printPages[T any](w io.Writer, rows iter.Seq2[T, error], show func([]T) *table) error {
	var page []T
	printed := false
	flush := func() error {
		printed = printed || len(page) > 0
		err := show(page).print(w, "")
		page = page[:0]
		return err
	}
	for r, err := range rows {
		if err != nil {
			return err
		}
		if page = append(page, r); len(page) == store.PageRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil || printed {
		return err
	}
	_, err := fmt.Fprintln(w, "none")
	return err
}

// writeArray writes rows as one JSON array, a row at a time.
func writeArray[T any](w io.Writer, rows iter.Seq2[T, error], show func(*T) object) error {
	sep := "["
	for r, err := range rows {
		if err != nil {
			return err
		}
		line, err := json.Marshal(show(&r))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n%s", sep, line); err != nil {
			return err
		}
		sep = ","
	}
	end := "\n]"
	if sep == "[" {
		end = "[]"
	}
	_, err := io.WriteString(w, end)
	return err
}

func writeArrayLine[T any](w io.Writer, rows iter.Seq2[T, error], show func(*T) object) error {
	if err := writeArray(w, rows, show); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
