package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"poise/cmd/poise/demo"
	"poise/follower"
	"poise/store"
)

func (d *demonstration) announce(out io.Writer, serving string) error {
	if d.options.json {
		return json.NewEncoder(out).Encode(object{{"serve", serving}, {"exchange", d.market.URL()}, {"streams", d.market.StreamURL()},
			{"operator", d.market.OperatorURL()}, {"store", d.path}})
	}
	_, err := fmt.Fprintf(out, "serving    %s\nexchange   %s/dapi\noperator   %s/v1\nstore      %s\n", serving, d.market.URL(), d.market.OperatorURL(), d.path)
	return err
}

// verdict is what a demo came to.
type verdict struct {
	counts      demo.Counts
	stats       follower.Stats
	report      *follower.Report
	accounts    int
	differences []string
	ok          bool
}

// summary judges by the store alone, once nobody writes to it any more.
func (d *demonstration) summary(ctx context.Context, out io.Writer) error {
	ctx = context.WithoutCancel(ctx) // an interrupt ended the trading, not the answer
	v := verdict{counts: d.market.Counts(), stats: d.f.Stats()}
	for _, t := range d.market.Traders() {
		list, err := d.compare(ctx, t.Name)
		if err != nil {
			return err
		}
		v.differences = append(v.differences, list...)
		v.accounts++
	}
	scratch, err := store.Open(ctx, store.Memory, store.Options{})
	if err != nil {
		return err
	}
	defer scratch.Close()
	if v.report, err = follower.Verify(ctx, d.store, scratch, nil); err != nil {
		return err
	}
	v.ok = len(v.differences) == 0 && v.report.OK() && len(v.report.Unexplained) == 0
	if d.options.json {
		err = v.writeJSON(out)
	} else {
		err = v.tell(out, d)
	}
	if err == nil && !v.ok {
		err = errNo
	}
	return err
}

func (d *demonstration) compare(ctx context.Context, name string) (list []string, err error) {
	truth, err := d.market.Truth(ctx, name)
	if err != nil {
		return nil, err
	}
	balances, err := d.store.Balances(ctx, name, store.Latest)
	if err != nil {
		return nil, err
	}
	positions, err := d.store.Positions(ctx, name, store.Latest)
	if err != nil {
		return nil, err
	}
	for _, what := range demo.Differences(truth, balances, positions) {
		list = append(list, name+": "+what)
	}
	return list, nil
}

func (v *verdict) tell(w io.Writer, d *demonstration) error {
	t := newTable("the demo", "count>", "which")
	row := func(what string, n int64, note string) { t.add(what, strconv.FormatInt(n, 10), note) }
	row("orders", v.counts.Orders, fmt.Sprintf("in %s; %d calls refused or failed", d.traded.Round(time.Second), v.counts.Refused))
	row("transfers", v.counts.Transfers, "")
	row("fundings", v.counts.Fundings, "")
	row("messages", v.stats.Frames, fmt.Sprintf("durable; %d more were the same, from another line", v.stats.Repeated))
	row("faults", v.counts.Faults, fmt.Sprintf("of the network; REST was asked %d times for what they took", v.stats.Snapshots+v.stats.Repairs))
	row("entries", v.report.Entries, fmt.Sprintf("sum to %s; journal and ledger verified: %s", plural(v.report.Wallets, "wallet"), yesNo(v.report.OK(), "all equal", "NOT EQUAL")))
	row("unexplained", int64(len(v.report.Unexplained)), "")
	row("differences", int64(len(v.differences)), fmt.Sprintf("between the books of %s and the exchange's own", plural(v.accounts, "account")))
	fmt.Fprintln(w)
	if err := t.print(w, ""); err != nil {
		return err
	}
	for _, what := range v.differences {
		fmt.Fprintf(w, "DIFFERENCE: %s\n", what)
	}
	for _, u := range v.report.Unexplained {
		fmt.Fprintf(w, "UNEXPLAINED: %s %s %s\n", u.Account, u.Amount, u.Asset)
	}
	for _, p := range v.report.Problems {
		fmt.Fprintf(w, "PROBLEM: %s\n", printable(p))
	}
	_, err := fmt.Fprintln(w, yesNo(v.ok, "the books equal the exchange's truth, to the last digit", "the books are NOT the exchange's"))
	return err
}

func yesNo(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

func (v *verdict) writeJSON(w io.Writer) error {
	list := func(s []string) []string { return append([]string{}, s...) }
	return json.NewEncoder(w).Encode(object{
		{"ok", v.ok}, {"accounts", v.accounts}, {"orders", v.counts.Orders}, {"refused", v.counts.Refused}, {"transfers", v.counts.Transfers},
		{"fundings", v.counts.Fundings}, {"messages", v.stats.Frames}, {"repeated", v.stats.Repeated}, {"faults", v.counts.Faults},
		{"entries", v.report.Entries}, {"wallets", v.report.Wallets}, {"unexplained", len(v.report.Unexplained)},
		{"differences", list(v.differences)}, {"problems", list(v.report.Problems)},
	})
}
