package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"poise/account/statement"
	"poise/cmd/poise/paper"
	"poise/decimal"
	"poise/store"
)

func newStatement() *cobra.Command {
	var o statementOptions
	c := &cobra.Command{
		Use:   "statement {--month 2026-10 | --from TIME [--to TIME]}",
		Short: "Opening balance, each kind of change, closing balance, by asset",
		Long: `statement shows for each asset the opening balance, what each kind of change came
to, and the closing balance, of one account or of all together.

The opening balance is the wallet that the exchange sent; the entries of the period
are added to it to the last digit, and must meet the wallet that the exchange sent at
the end. What does not is told, with exit code 1. What happened before the end and was
told after it counts, and is shown as under way.

Months and days are those of UTC, or of --tz. A period that is not over ends with
what was heard last. --html writes one file with charts that needs no other.`,
		Example: "  poise statement --account main --month 2026-10\n" +
			"  poise statement --account main --month 2026-10 --tz Europe/Berlin --html october.html\n" +
			"  poise statement --from 2026-10-01 --to 2026-10-08 --asset BTC --json",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	storeFlag(c, &o.store)
	c.Flags().StringVar(&o.account, "account", "", "only this account; all together where not given")
	c.Flags().StringVar(&o.asset, "asset", "", "only this asset, such as BTC")
	c.Flags().StringVar(&o.month, "month", "", "the month, such as 2026-10")
	periodFlags(c, &o.from, &o.to)
	zoneFlag(c, &o.zone)
	jsonFlag(c, &o.json)
	c.Flags().StringVar(&o.html, "html", "", "write a page with charts into this file, - for standard output")
	completesAccount(c)
	completesAsset(c)
	c.MarkFlagsMutuallyExclusive("month", "from")
	c.MarkFlagsMutuallyExclusive("month", "to")
	return c
}

type statementOptions struct {
	store, account, asset, month, html string
	from, to                           moment
	zone                               zone
	json                               bool
}

func (o *statementOptions) run(c *cobra.Command) error {
	if o.json && o.html == "-" {
		return usage("--json and --html - would both go to standard output")
	}
	p, err := o.period()
	if err != nil {
		return err
	}
	s, err := readStore(c.Context(), o.store)
	if err != nil {
		return err
	}
	defer s.Close()
	st, err := o.read(c.Context(), s, p)
	if err != nil {
		return err
	}
	if err := o.write(c.OutOrStdout(), st); err != nil {
		return err
	}
	if !st.OK() {
		return errNo
	}
	return nil
}

// period is what the flags name; To is 0 for what was heard last.
func (o *statementOptions) period() (statement.Period, error) {
	if o.month != "" {
		t, err := time.Parse("2006-01", o.month)
		if err != nil {
			return statement.Period{}, usage("--month %q is no month: write 2026-10", o.month)
		}
		return statement.Month(t.Year(), t.Month(), o.zone.Location), nil
	}
	p := statement.Period{From: o.from.in(o.zone), To: o.to.in(o.zone)}
	if o.from == "" && o.to == "" {
		return p, usage("statement needs --month 2026-10, or --from and --to")
	}
	if o.to != "" && p.To <= p.From {
		return p, usage("--to is not after --from")
	}
	return p, nil
}

// told is a statement and what was asked for.
type told struct {
	*statement.Statement
	options *statementOptions
	last    int64 // ms: what was heard last
}

func (o *statementOptions) read(ctx context.Context, s *store.Store, p statement.Period) (*told, error) {
	t := &told{options: o}
	err := s.View(ctx, func(l store.Ledger) error {
		chosen := choice{store: o.store, account: o.account}
		if err := chosen.check(ctx, l); err != nil {
			return err
		}
		accounts, err := l.Accounts(ctx)
		if err != nil {
			return err
		}
		var names []string
		for _, a := range accounts {
			if o.account == "" || a.Name == o.account {
				names, t.last = append(names, a.Name), max(t.last, a.LastTime)
			}
		}
		if p.To == 0 {
			p.To = max(t.last, p.From) + 1
		}
		t.Statement, err = o.sum(ctx, l, names, p, min(p.To, t.last+1))
		return err
	})
	return t, err
}

// mostDays bounds how many days are marked on a chart and in JSON.
const mostDays = 1100

func (o *statementOptions) sum(ctx context.Context, l store.Ledger, names []string, p statement.Period, last int64) (*statement.Statement, error) {
	var days []int64
	if o.json || o.html != "" {
		days = statement.Period{From: p.From, To: last}.Days(o.zone.Location, mostDays)
	}
	var accounts []statement.Account
	for _, name := range names {
		a, err := store.StatementOf(ctx, l, name, o.asset, p, days)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	return statement.Make(p, accounts...)
}

func (o *statementOptions) write(w io.Writer, t *told) error {
	if o.html != "" {
		if err := writeFile(o.html, w, func(w io.Writer) error { return paper.Write(w, t.paper()) }); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(w)
	var err error
	switch {
	case o.json:
		err = t.writeJSON(out)
	case o.html != "-":
		err = t.tell(out)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// title says whose statement it is, and of when.
func (t *told) title() (whose, span string) {
	whose = "all accounts"
	if t.options.account != "" {
		whose = "account " + printable(t.options.account)
	}
	if t.options.month != "" {
		return whose, t.options.month
	}
	return whose, t.moment(t.From) + " to " + t.moment(t.To)
}

// moment prints ms in the zone.
func (t *told) moment(ms int64) string {
	if ms <= 0 {
		return "the beginning"
	}
	return time.UnixMilli(ms).In(t.options.zone.Location).Format("2006-01-02 15:04:05.000")
}

// notes are what a reader of the figures must know.
func (t *told) notes() (wrong, notes []string) {
	for _, d := range t.Differences {
		wrong = append(wrong, fmt.Sprintf("%s %s: opening balance and entries come to %s, the exchange sent %s; they differ by %s",
			printable(d.Account), printable(d.Asset), d.Booked, d.Sent, d.By))
	}
	for _, u := range t.Unexplained() {
		notes = append(notes, fmt.Sprintf("unexplained: %s %s in %s; 'poise incidents' tells more", u.Amount, printable(u.Asset), plural(int(u.Entries), "entry")))
	}
	for i := range t.Assets {
		if a := &t.Assets[i]; !a.Underway.IsZero() {
			notes = append(notes, fmt.Sprintf("under way at the end: %s %s that the exchange told later", a.Underway, printable(a.Asset)))
		}
	}
	if t.To > t.last+1 {
		notes = append(notes, "the period is not over: last heard at "+t.moment(t.last))
	}
	return wrong, notes
}

// verdict is one line that says whether all agrees.
func (t *told) verdict() string {
	if !t.OK() {
		return plural(len(t.Differences), "difference") + ": see 'poise verify'"
	}
	return "opening + every kind = closing = the exchange's wallet, to the last digit"
}

func (t *told) tell(w io.Writer) error {
	whose, span := t.title()
	fmt.Fprintf(w, "statement of %s, %s (%s)\n", whose, span, &t.options.zone)
	table := newTable("asset", "what", "amount.", "entries>")
	for i := range t.Assets {
		a := &t.Assets[i]
		asset := printable(a.Asset)
		table.add(asset, "opening balance", a.Opening.String(), "")
		for _, k := range a.Kinds {
			table.add(asset, printable(string(k.Kind)), withSign(k.Amount), fmt.Sprint(k.Entries))
		}
		table.add(asset, "closing balance", a.Closing.String(), "")
	}
	if err := table.printOrNone(w, ""); err != nil {
		return err
	}
	wrong, notes := t.notes()
	for _, n := range notes {
		fmt.Fprintln(w, n)
	}
	for _, d := range wrong {
		fmt.Fprintln(w, "DIFFERENCE:", d)
	}
	if len(t.Assets) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, t.verdict())
	return err
}

func (t *told) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	accounts := t.Accounts
	if accounts == nil {
		accounts = []string{}
	}
	return enc.Encode(object{
		{"ok", t.OK()}, {"accounts", accounts}, {"from", t.From}, {"to", t.To}, {"tz", t.options.zone.String()}, {"lastHeard", t.last},
		{"assets", mapped(t.Assets, t.assetJSON)},
		{"differences", mapped(t.Differences, func(d statement.Difference) object {
			return object{{"account", d.Account}, {"asset", d.Asset}, {"booked", d.Booked}, {"sent", d.Sent}, {"by", d.By}}
		})},
	})
}

func (t *told) assetJSON(a statement.Asset) object {
	return object{
		{"asset", a.Asset}, {"opening", a.Opening},
		{"kinds", mapped(a.Kinds, func(k statement.Sum) object {
			return object{{"kind", k.Kind}, {"amount", k.Amount}, {"entries", k.Entries}}
		})},
		{"change", a.Change}, {"closing", a.Closing}, {"wallet", a.Wallet}, {"underway", a.Underway}, {"equal", a.Equal},
		{"days", mapped(a.Days, func(d statement.Mark) object {
			return object{{"day", t.day(d.End)}, {"end", d.End}, {"wallet", d.Wallet}}
		})},
	}
}

// day names the day that ends with a moment.
func (t *told) day(end int64) string {
	return time.UnixMilli(end - 1).In(t.options.zone.Location).Format(time.DateOnly)
}

// paper is the statement as it is printed.
func (t *told) paper() *paper.Page {
	whose, span := t.title()
	p := &paper.Page{Whose: whose, Span: span, Zone: t.options.zone.String(), OK: t.OK(), Verdict: t.verdict()}
	if t.options.month != "" {
		p.Bounds = t.moment(t.From) + " to " + t.moment(t.To)
	}
	p.Wrong, p.Notes = t.notes()
	for i := range t.Assets {
		a := &t.Assets[i]
		out := paper.Asset{Name: printable(a.Asset), Opening: a.Opening, Closing: a.Closing, Change: a.Change, Equal: a.Equal}
		for _, k := range a.Kinds {
			out.Kinds = append(out.Kinds, paper.Kind{Name: printable(string(k.Kind)), Amount: k.Amount, Entries: k.Entries})
		}
		for _, d := range a.Days {
			out.Days = append(out.Days, paper.Day{Name: t.day(d.End), Wallet: d.Wallet})
		}
		p.Assets = append(p.Assets, out)
	}
	return p
}

// withSign prints a change.
func withSign(d decimal.D) string {
	if d.Sign() > 0 {
		return "+" + d.String()
	}
	return d.String()
}
