package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"poise/account"
	"poise/decimal"
	"poise/serve/client"
	"poise/store"
)

// remote reads from a server what a store has in its tables.
type remote struct {
	c       *client.Client
	address string
}

func (r *remote) explain(err error) error { return explainServer(r.address, err) }

// Accounts knows of an account what a server tells: its name.
func (r *remote) Accounts(ctx context.Context) (list []store.Account, err error) {
	rows, err := r.c.Accounts(ctx)
	for _, a := range rows {
		list = append(list, store.Account{Name: a.Name})
	}
	return list, r.explain(err)
}

// holdings are of an account, flat positions too.
func (r *remote) holdings(ctx context.Context, name string, at int64) (*client.Holdings, error) {
	h, err := r.c.Account(ctx, name, client.AccountQuery{At: at, Flat: true})
	return h, r.explain(err)
}

func (r *remote) Balances(ctx context.Context, name string, at int64) (list []account.Balance, err error) {
	h, err := r.holdings(ctx, name, at)
	if err != nil {
		return nil, err
	}
	for _, b := range h.Balances {
		list = append(list, account.Balance{Asset: b.Asset, Wallet: b.Wallet, Cross: b.Cross, Updated: b.Updated})
	}
	return list, nil
}

func (r *remote) Positions(ctx context.Context, name string, at int64) (list []account.Position, err error) {
	h, err := r.holdings(ctx, name, at)
	if err != nil {
		return nil, err
	}
	for i := range h.Positions {
		list = append(list, positionOf(&h.Positions[i]))
	}
	return list, nil
}

func positionOf(p *client.Position) account.Position {
	breakEven, hasBreakEven := given(p.BreakEvenPrice)
	realized, hasRealized := given(p.Realized)
	return account.Position{Symbol: p.Symbol, Side: p.Side, Amount: p.Amount, EntryPrice: p.EntryPrice, BreakEven: breakEven, HasBreakEven: hasBreakEven,
		Realized: realized, HasRealized: hasRealized, Unrealized: p.Unrealized, MarginType: p.MarginType, IsolatedWallet: p.IsolatedWallet,
		MarginAsset: p.MarginAsset, Updated: p.Updated}
}

// given is a number that may be absent.
func given(d *decimal.D) (decimal.D, bool) {
	if d == nil {
		return decimal.D{}, false
	}
	return *d, true
}

// entries are of one account, or of one after the other.
func (r *remote) entries(ctx context.Context, f store.EntryFilter) iter.Seq2[store.Entry, error] {
	q := client.EntryQuery{Asset: f.Asset, Kind: string(f.Kind), From: f.From, To: f.To, Limit: store.PageRows}
	return overAccounts(ctx, r, f.Account, func(name string) iter.Seq2[client.Entry, error] { return r.c.AllEntries(ctx, name, q) },
		func(name string, e *client.Entry) store.Entry { return store.Entry{Account: name, Entry: entryOf(e)} })
}

func (r *remote) incidents(ctx context.Context, f store.IncidentFilter) iter.Seq2[store.Incident, error] {
	q := client.IncidentQuery{Open: f.Open, Limit: store.PageRows}
	return overAccounts(ctx, r, f.Account, func(name string) iter.Seq2[client.Incident, error] { return r.c.AllIncidents(ctx, name, q) },
		func(name string, in *client.Incident) store.Incident {
			return store.Incident{Account: name, Incident: incidentOf(in)}
		})
}

// overAccounts yields the rows of one account, or of all, by name.
func overAccounts[R, T any](ctx context.Context, r *remote, only string, rows func(name string) iter.Seq2[R, error], show func(string, *R) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		list := []string{only}
		if only == "" {
			accounts, err := r.Accounts(ctx)
			if err != nil {
				yield(none, err)
				return
			}
			list = names(accounts)
		}
		for _, name := range list {
			for row, err := range rows(name) {
				if err != nil {
					yield(none, r.explain(err))
					return
				}
				if !yield(show(name, &row), nil) {
					return
				}
			}
		}
	}
}

func entryOf(e *client.Entry) account.Entry {
	return account.Entry{Position: e.Position, Asset: e.Asset, Index: e.Index, Time: e.Time, Kind: account.Kind(e.Kind), Amount: e.Amount,
		Balance: e.Balance, Symbol: e.Symbol, OrderID: e.OrderID, TradeID: e.TradeID, TranID: e.TranID, Reason: e.Reason}
}

func incidentOf(in *client.Incident) account.Incident {
	return account.Incident{ID: in.ID, Kind: account.IncidentKind(in.Kind), Asset: in.Asset, Symbol: in.Symbol, Amount: in.Amount, Position: in.Position,
		Opened: in.Opened, Closed: in.Closed, Count: in.Count, Detail: in.Detail, Ending: in.Ending}
}

// followed lists the accounts of a server: how each is followed, and what is
// wrong.
func (o *choice) followed(ctx context.Context, r *remote, w io.Writer) error {
	accounts, err := r.c.Accounts(ctx)
	if err != nil {
		return r.explain(err)
	}
	t := newTable("account", "alias", "status", "since (UTC)", "lines up>", "open incidents>", "what is wrong")
	rows := []object{}
	for i := range accounts {
		a := &accounts[i]
		if chosen, err := o.chooses(ctx, r, a.Name); err != nil {
			return err
		} else if !chosen {
			continue
		}
		up := 0
		for _, l := range a.Lines {
			if l.Up {
				up++
			}
		}
		t.add(printable(a.Name), printable(a.Alias), a.Status, when(a.Since), fmt.Sprintf("%d/%d", up, len(a.Lines)), strconv.Itoa(a.Incidents), printable(wrong(a)))
		rows = append(rows, object{{"name", a.Name}, {"alias", a.Alias}, {"status", a.Status}, {"since", a.Since}, {"lines", a.Lines},
			{"incidents", a.Incidents}, {"alerts", a.Alerts}})
	}
	return o.write(w, t, rows)
}

func wrong(a *client.Account) string {
	var texts []string
	for _, x := range a.Alerts {
		texts = append(texts, x.Detail)
	}
	return strings.Join(texts, "; ")
}

// valued lists the positions of a server, with what they come to at live marks.
func (o *choice) valued(ctx context.Context, r *remote, names []string, w io.Writer) error {
	many := o.account == ""
	t := columns(many, "symbol", "side", "contracts.", "entry USD.", "mark USD.", "unrealized now.", "liquidation USD.", "realized.", "in", "margin", "isolated wallet.", "updated (UTC)")
	rows := []object{}
	for _, name := range names {
		h, err := r.holdings(ctx, name, o.at.ms)
		if err != nil {
			return err
		}
		n, err := o.narrow(ctx, r, name)
		if err != nil {
			return err
		}
		for i := range h.Positions {
			p := positionOf(&h.Positions[i])
			if !n.position(&p) {
				continue
			}
			now := h.Positions[i].Now
			mark, unrealized, liquidation := "-", "-", "-"
			row := positionJSON(name, &p)
			if now != nil {
				mark, unrealized, liquidation = now.Mark.String(), now.Unrealized.String(), orDash(given(now.LiquidationPrice))
				row = append(row, field{"now", now})
			}
			t.addOf(many, name, printable(p.Symbol), p.Side, p.Amount.String(), p.EntryPrice.String(), mark, unrealized, liquidation,
				orDash(p.Realized, p.HasRealized), printable(p.MarginAsset), printable(p.MarginType), p.IsolatedWallet.String(), when(p.Updated))
			rows = append(rows, row)
		}
	}
	return o.write(w, t, rows)
}
