package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"poise/account"
	"poise/cmd/poise/export"
	"poise/store"
)

func newExport() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export [entries|positions|messages] --format csv|jsonl|parquet",
		Short: "Write entries, positions or raw messages as CSV, JSON lines or Parquet",
		Long: `export writes every entry of the ledger, every change of a position, or every record
of the journal as it was heard, one row each, in the order of accounts. Memory stays
the same however many there are.

Amounts are the exchange's own digits: in JSON and Parquet they are strings. Times are
milliseconds in JSON, timestamps in Parquet, and RFC 3339 in CSV, in UTC or --tz. In CSV
a text that a spreadsheet would take for a formula gets an apostrophe before it.
A message whose bytes are no text is in base64, as the column encoding says.

A file named by --out is there when it is whole, and not before.`,
		Example: "  poise export --format csv --account main --from 2026-10-01 --to 2026-11-01 --out october.csv\n" +
			"  poise export positions --format parquet --out positions.parquet\n" +
			"  poise export messages --format jsonl --kind frame | jq -r .data | poise decode -",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"entries", "positions", "messages"},
		RunE:      func(c *cobra.Command, args []string) error { return o.run(c, args) },
	}
	storeFlag(c, &o.store)
	c.Flags().StringVar(&o.format, "format", "", "csv, jsonl or parquet; where not given, what --out ends with")
	c.Flags().StringVar(&o.out, "out", "-", "the file, - for standard output")
	c.Flags().StringVar(&o.account, "account", "", "only this account")
	c.Flags().StringVar(&o.asset, "asset", "", "only this asset, of positions only this margin asset")
	c.Flags().StringVar(&o.kind, "kind", "", "only this kind: of entries such as COMMISSION, of messages frame, snapshot, income or line")
	periodFlags(c, &o.from, &o.to)
	zoneFlag(c, &o.zone)
	completesAccount(c)
	completesAsset(c)
	completesWords(c, "format", export.Formats...)
	completesWords(c, "kind", append(entryKinds(), messageKinds...)...)
	return c
}

type exportOptions struct {
	store, what, format, out, account, asset, kind string
	from, to                                       moment
	zone                                           zone
}

// check reads the arguments together.
func (o *exportOptions) check(args []string) error {
	o.what = "entries"
	if len(args) > 0 {
		o.what = args[0]
	}
	if o.format == "" {
		o.format = strings.TrimPrefix(filepath.Ext(o.out), ".")
	}
	if !slices.Contains(export.Formats, o.format) {
		return usage("export needs --format csv, jsonl or parquet")
	}
	if o.to != "" && o.to.in(o.zone) <= o.from.in(o.zone) {
		return usage("--to is not after --from")
	}
	switch o.what {
	case "entries":
		return nil
	case "positions":
		if o.kind != "" {
			return usage("--kind is for entries and messages: a position has none")
		}
		return nil
	case "messages":
		if o.asset != "" {
			return usage("--asset is for entries and positions: a message has none")
		}
		if o.kind != "" && !slices.Contains(messageKinds, o.kind) {
			return usage("--kind %q of messages: it is one of %s", o.kind, strings.Join(messageKinds, ", "))
		}
		return nil
	}
	return usage("export has entries, positions and messages, and no %q", o.what)
}

var messageKinds = []string{"frame", "snapshot", "income", "line"}

func (o *exportOptions) run(c *cobra.Command, args []string) error {
	if err := o.check(args); err != nil {
		return err
	}
	onTerminal := false
	if f, ok := c.OutOrStdout().(*os.File); ok && o.out == "-" {
		onTerminal = term.IsTerminal(int(f.Fd()))
	}
	if onTerminal && o.format == "parquet" {
		return usage("parquet is not for a terminal: name a file with --out")
	}
	s, err := readStore(c.Context(), o.store)
	if err != nil {
		return err
	}
	defer s.Close()
	chosen := choice{store: o.store, account: o.account}
	if err := chosen.check(c.Context(), s); err != nil {
		return err
	}
	names, err := chosen.names(c.Context(), s)
	if err != nil {
		return err
	}
	errs := c.ErrOrStderr()
	if onTerminal {
		errs = io.Discard // rows and a bar would be mixed
	}
	p := startProgress(errs, o.what)
	defer p.done()
	return writeFile(o.out, c.OutOrStdout(), func(w io.Writer) error { return o.write(c.Context(), s, names, w, p) })
}

func (o *exportOptions) write(ctx context.Context, s *store.Store, names []string, w io.Writer, p *progress) error {
	total, err := o.count(ctx, s, names)
	if err != nil {
		return err
	}
	switch o.what {
	case "positions":
		return writeRows(o, w, o.positions(ctx, s, names), p, total)
	case "messages":
		return writeRows(o, w, o.messages(ctx, s), p, total)
	}
	return writeRows(o, w, o.entries(ctx, s, names), p, total)
}

func writeRows[R export.Row](o *exportOptions, w io.Writer, rows iter.Seq2[R, error], p *progress, total int64) error {
	out, err := export.New[R](w, o.format, o.zone.Location)
	if err != nil {
		return err
	}
	n := int64(0)
	for r, err := range rows {
		if err != nil {
			return err
		}
		if err := out.Write(&r); err != nil {
			return err
		}
		if n++; n%1024 == 0 {
			p.bar(n, total)
		}
	}
	return out.Close()
}

// count is how many rows there may be, for the bar; 0 where that is not known.
func (o *exportOptions) count(ctx context.Context, s *store.Store, names []string) (n int64, err error) {
	switch o.what {
	case "entries":
		f := store.TotalFilter{Account: o.account, Asset: o.asset, Kind: account.Kind(o.kind)}
		if o.from != "" {
			f.From = store.DayOf(o.from.in(o.zone))
		}
		if o.to != "" {
			f.To = store.DayOf(o.to.in(o.zone) - 1 + 24*3600*1000)
		}
		totals, err := s.Totals(ctx, f)
		for i := range totals {
			n += totals[i].Entries
		}
		return n, err
	case "messages":
		if o.account != "" || o.kind != "" || o.from != "" || o.to != "" {
			return 0, nil
		}
		for p := range store.Partitions {
			head, err := s.Head(ctx, p)
			if err != nil {
				return 0, err
			}
			n += int64(head.Position)
		}
	}
	return n, nil
}

func (o *exportOptions) entries(ctx context.Context, s store.Ledger, names []string) iter.Seq2[export.Entry, error] {
	return func(yield func(export.Entry, error) bool) {
		for _, name := range names {
			f := store.EntryFilter{Account: name, Asset: o.asset, Kind: account.Kind(o.kind), From: o.from.in(o.zone), To: o.to.in(o.zone)}
			for e, err := range entriesOf(ctx, s, f) {
				if !yield(export.OfEntry(&e), err) || err != nil {
					return
				}
			}
		}
	}
}

func (o *exportOptions) positions(ctx context.Context, s store.Ledger, names []string) iter.Seq2[export.Position, error] {
	return func(yield func(export.Position, error) bool) {
		for _, name := range names {
			f := store.HistoryFilter{Account: name, From: o.from.in(o.zone), To: o.to.in(o.zone)}
			changes := pages(func(last *store.PositionChange) ([]store.PositionChange, error) {
				if last != nil {
					key := last.Key()
					f.After = &key
				}
				return s.PositionHistory(ctx, f)
			})
			for c, err := range changes {
				if err == nil && o.asset != "" && c.MarginAsset != o.asset {
					continue
				}
				if !yield(export.OfPosition(&c), err) || err != nil {
					return
				}
			}
		}
	}
}

// messages reads the journal, which has accounts that the ledger has not yet.
func (o *exportOptions) messages(ctx context.Context, s store.Journal) iter.Seq2[export.Message, error] {
	from, to := o.from.in(o.zone), o.to.in(o.zone)
	return func(yield func(export.Message, error) bool) {
		for p := range store.Partitions {
			if o.account != "" && p != store.PartitionOf(o.account) {
				continue
			}
			for r, err := range s.Read(ctx, p, 1) {
				ms := r.Received / 1e6
				if err == nil && (o.account != "" && r.Account != o.account || o.kind != "" && export.KindName(r.Kind) != o.kind ||
					from != 0 && ms < from || to != 0 && ms >= to) {
					continue
				}
				if !yield(export.OfMessage(&r), err) || err != nil {
					return
				}
			}
		}
	}
}

// barWidth is how many characters a bar has.
const barWidth = 24

// bar shows how much of the work is done; like set where the total is not known.
func (p *progress) bar(n, total int64) {
	if p.w == nil || total <= 0 {
		p.set(n)
		return
	}
	n = min(n, total)
	before := p.last
	p.set(n)
	if p.last == before {
		return
	}
	done := int(barWidth * n / total)
	p.show(fmt.Sprintf("[%s%s] %d%% of %d %s", strings.Repeat("#", done), strings.Repeat("-", barWidth-done), 100*n/total, total, p.what))
}
