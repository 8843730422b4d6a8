package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"poise/account"
	"poise/decimal"
	"poise/store"
	"poise/wire"
)

// complaint tells an unreadable message by its line in the file.
func (r *replay) complaint(in account.Incident, line int, data []byte) string {
	var dec wire.Decoder
	var ev wire.Event
	var e *wire.Error
	if err := dec.Decode(data, &ev); errors.As(err, &e) {
		return complaint(e, r.in.name, line)
	}
	return fmt.Sprintf("%s:%d: %s", r.in.name, line, in.Detail)
}

// replayShows is how many entries a replay prints before it sends one to
// `poise entries`.
const replayShows = 200

func (r *replay) tell(ctx context.Context, l store.Ledger, w io.Writer) error {
	b := r.k.Books(r.account)
	fmt.Fprintf(w, "account %s%s: %s%s%s\n", printable(r.account), aliasOf(b), plural(r.messages, "message"), counted(r.bad, "unreadable"), counted(r.repeated, "repeated"))
	fmt.Fprintln(w, "\nbalances")
	if err := balanceTable(own(r.account, b.Balances()), false).printOrNone(w, "  "); err != nil {
		return err
	}
	fmt.Fprintln(w, "\npositions")
	if err := positionTable(own(r.account, b.Positions()), false).printOrNone(w, "  "); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nentries: why each wallet moved")
	if err := r.tellEntries(ctx, l, w); err != nil {
		return err
	}
	incidents, err := l.Incidents(ctx, store.IncidentFilter{Account: r.account})
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nincidents")
	return incidentTable(incidents, false).printOrNone(w, "  ")
}

// tellEntries prints the last entries that this replay made.
func (r *replay) tellEntries(ctx context.Context, l store.Ledger, w io.Writer) error {
	rows, err := l.Entries(ctx, store.EntryFilter{Account: r.account, Newest: true, Limit: replayShows + 1})
	if err != nil {
		return err
	}
	if len(rows) > replayShows {
		fmt.Fprintf(w, "  the last %d; 'poise entries --account %s' has all\n", replayShows, r.account)
		rows = rows[:replayShows]
	}
	rows = slices.DeleteFunc(rows, func(e store.Entry) bool { return e.Position <= r.before })
	slices.Reverse(rows)
	return entryTable(rows, false).printOrNone(w, "  ")
}

func aliasOf(b *account.Books) string {
	if b.Alias() == "" {
		return ""
	}
	return " (" + printable(b.Alias()) + ")"
}

func counted(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %s", n, what)
}

// writeJSON writes what a replay left behind; the entries are those that it made.
func (r *replay) writeJSON(ctx context.Context, l store.Ledger, w io.Writer) error {
	b := r.k.Books(r.account)
	incidents, err := l.Incidents(ctx, store.IncidentFilter{Account: r.account})
	if err != nil {
		return err
	}
	head, err := json.Marshal(object{
		{"account", r.account}, {"alias", b.Alias()}, {"eventTime", b.EventTime()},
		{"messages", r.messages}, {"unreadable", r.bad}, {"repeated", r.repeated},
		{"balances", mapped(b.Balances(), func(x account.Balance) object { return balanceJSON("", &x) })},
		{"positions", mapped(b.Positions(), func(x account.Position) object { return positionJSON("", &x) })},
		{"incidents", mapped(incidents, func(x store.Incident) object { return incidentJSON("", &x.Incident) })},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s,\"entries\":", head[:len(head)-1])
	f := store.EntryFilter{Account: r.account, After: &store.EntryKey{Account: r.account, Position: r.before + 1, Index: -1}}
	if err := writeArray(w, entriesOf(ctx, l, f), func(e *store.Entry) object { return entryJSON("", &e.Entry) }); err != nil {
		return err
	}
	_, err = io.WriteString(w, "}\n")
	return err
}

func mapped[T any](list []T, f func(T) object) []object {
	out := make([]object, 0, len(list))
	for _, x := range list {
		out = append(out, f(x))
	}
	return out
}

// of is a row and whose it is.
type of[T any] struct {
	account string
	row     T
}

func own[T any](name string, rows []T) []of[T] {
	out := make([]of[T], 0, len(rows))
	for _, r := range rows {
		out = append(out, of[T]{name, r})
	}
	return out
}

// columns is newTable with a first column for the account where more than one
// is shown.
func columns(many bool, names ...string) *table {
	if many {
		names = append([]string{"account"}, names...)
	}
	return newTable(names...)
}

func (t *table) addOf(many bool, name string, cells ...string) {
	if many {
		cells = append([]string{printable(name)}, cells...)
	}
	t.add(cells...)
}

func balanceTable(rows []of[account.Balance], many bool) *table {
	t := columns(many, "asset", "wallet.", "cross wallet.", "updated (UTC)")
	for _, r := range rows {
		t.addOf(many, r.account, printable(r.row.Asset), r.row.Wallet.String(), r.row.Cross.String(), when(r.row.Updated))
	}
	return t
}

func positionTable(rows []of[account.Position], many bool) *table {
	t := columns(many, "symbol", "side", "contracts.", "entry USD.", "break-even USD.", "realized.", "unrealized.", "in", "margin", "isolated wallet.", "updated (UTC)")
	for _, r := range rows {
		p := &r.row
		t.addOf(many, r.account, printable(p.Symbol), p.Side, p.Amount.String(), p.EntryPrice.String(), orDash(p.BreakEven, p.HasBreakEven), orDash(p.Realized, p.HasRealized),
			p.Unrealized.String(), printable(p.MarginAsset), printable(p.MarginType), p.IsolatedWallet.String(), when(p.Updated))
	}
	return t
}

// orDash prints a value that was heard, and a dash for one that was not.
func orDash(d decimal.D, heard bool) string {
	if !heard {
		return "-"
	}
	return d.String()
}

func entryTable(rows []store.Entry, many bool) *table {
	t := columns(many, "time (UTC)", "asset", "kind", "amount.", "balance.", "symbol", "order>", "trade>", "reason")
	for i := range rows {
		e := &rows[i].Entry
		t.addOf(many, rows[i].Account, when(e.Time), printable(e.Asset), printable(string(e.Kind)), signed(e), e.Balance.String(),
			printable(e.Symbol), id(e.OrderID), id(e.TradeID), printable(e.Reason))
	}
	return t
}

func signed(e *account.Entry) string {
	if e.Amount.Sign() > 0 {
		return "+" + e.Amount.String()
	}
	return e.Amount.String()
}

func id(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func incidentTable(rows []store.Incident, many bool) *table {
	t := columns(many, "id>", "kind", "asset", "amount.", "since (UTC)", "until (UTC)", "times>", "what")
	for i := range rows {
		in := &rows[i].Incident
		amount, until, what := "", "open", in.Detail
		if !in.Amount.IsZero() {
			amount = in.Amount.String()
		}
		if in.Closed != 0 || in.Ending != "" {
			until, what = when(in.Closed), in.Detail+"; ended: "+in.Ending
		}
		asset := in.Asset
		if in.Symbol != "" {
			asset = in.Symbol
		}
		t.addOf(many, rows[i].Account, strconv.FormatUint(in.ID, 10), string(in.Kind), printable(asset), amount, when(in.Opened), until,
			strconv.Itoa(in.Count), printable(what))
	}
	return t
}

func ownerOf(name string) object {
	if name == "" {
		return nil
	}
	return object{{"account", name}}
}

func balanceJSON(name string, b *account.Balance) object {
	return append(ownerOf(name), field{"asset", b.Asset}, field{"wallet", b.Wallet}, field{"cross", b.Cross}, field{"updated", b.Updated})
}

func positionJSON(name string, p *account.Position) object {
	o := append(ownerOf(name), field{"symbol", p.Symbol}, field{"side", p.Side}, field{"amount", p.Amount},
		field{"entryPrice", p.EntryPrice})
	if p.HasBreakEven {
		o = append(o, field{"breakEvenPrice", p.BreakEven})
	}
	if p.HasRealized {
		o = append(o, field{"realized", p.Realized})
	}
	return append(o, field{"unrealized", p.Unrealized}, field{"marginType", p.MarginType}, field{"isolatedWallet", p.IsolatedWallet},
		field{"marginAsset", p.MarginAsset}, field{"updated", p.Updated})
}

func entryJSON(name string, e *account.Entry) object {
	return append(ownerOf(name), field{"position", e.Position}, field{"index", e.Index}, field{"time", e.Time}, field{"asset", e.Asset}, field{"kind", e.Kind},
		field{"amount", e.Amount}, field{"balance", e.Balance}, field{"symbol", e.Symbol}, field{"orderId", e.OrderID},
		field{"tradeId", e.TradeID}, field{"tranId", e.TranID}, field{"reason", e.Reason})
}

func incidentJSON(name string, in *account.Incident) object {
	o := append(ownerOf(name), field{"id", in.ID}, field{"kind", in.Kind}, field{"asset", in.Asset}, field{"symbol", in.Symbol},
		field{"amount", in.Amount}, field{"position", in.Position}, field{"opened", in.Opened})
	if in.Ending != "" {
		o = append(o, field{"closed", in.Closed}, field{"ending", in.Ending})
	}
	return append(o, field{"count", in.Count}, field{"detail", in.Detail})
}
