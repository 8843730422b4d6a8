package serve

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"poise/account"
	stating "poise/account/statement"
	"poise/decimal"
	"poise/store"
)

// statement is one month of one account, as the page shows it: account/statement
// has added it up.
type statement struct {
	Name, Month    string // 2026-10
	First, Last    string // its days
	Before, Behind string // the months beside it; "" for one that has not begun
	Heard          int64  // ms, of the last message: the month is not over; else 0
	Assets         []assetStatement
}

// assetStatement leads from what a wallet held before the month to what it held
// after it.
type assetStatement struct {
	stating.Asset
	Rows       []kindSum
	Difference *stating.Difference // of what the exchange sent; nil where there is none
}

// kindSum is a kind's sum and its bar, in thousandths of the bar's length.
type kindSum struct {
	Kind    string
	Amount  decimal.D
	Entries int64
	X, W    int64
}

const (
	barLength = 1000
	barMiddle = barLength / 2 // where zero is
)

func (s *Server) pageStatement(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if err := s.must(r.Context(), name); err != nil {
		s.fail(w, r, err)
		return
	}
	now := s.now().UTC()
	month, err := monthOf(r.URL.Query().Get("month"), now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	st, err := s.statement(r.Context(), name, month, now)
	if err != nil {
		s.fail(w, r, s.inside(err))
		return
	}
	s.show(w, r, http.StatusOK, "statement", layout{Title: name + ": statement", Account: name, Tab: "statement", Script: "times.js", Body: st})
}

// monthOf reads a month; none is that of now.
func monthOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		text = now.Format("2006-01")
	}
	month, err := time.Parse("2006-01", text)
	if err != nil {
		return month, huma.Error422UnprocessableEntity("month=" + text + " is no month: write it as 2026-10")
	}
	return month, nil
}

// statement reads one month from the ledger as it stands at one moment.
func (s *Server) statement(ctx context.Context, name string, month, now time.Time) (*statement, error) {
	next := month.AddDate(0, 1, 0)
	st := &statement{Name: name, Month: month.Format("2006-01"), Before: month.AddDate(0, -1, 0).Format("2006-01"),
		First: month.Format(time.DateOnly), Last: next.AddDate(0, 0, -1).Format(time.DateOnly)}
	if !next.After(now) {
		st.Behind = next.Format("2006-01")
	}
	err := s.atOnce(ctx, func(l store.Ledger) error {
		p := stating.Period{From: month.UnixMilli(), To: next.UnixMilli()}
		a, err := store.StatementOf(ctx, l, name, "", p, nil)
		if err != nil {
			return err
		}
		sum, err := stating.Make(p, a)
		if err != nil {
			return err
		}
		st.take(sum)
		if next.After(now) {
			st.Heard, err = lastHeard(ctx, l, name)
		}
		return err
	})
	return st, err
}

// atOnce calls read with the ledger as it stands at one moment, where it can be
// held.
func (s *Server) atOnce(ctx context.Context, read func(store.Ledger) error) error {
	if l, ok := s.config.Ledger.(interface {
		View(context.Context, func(store.Ledger) error) error
	}); ok {
		return l.View(ctx, read)
	}
	return read(s.config.Ledger)
}

func lastHeard(ctx context.Context, l store.Ledger, name string) (int64, error) {
	list, err := l.Accounts(ctx)
	if i := slices.IndexFunc(list, func(a store.Account) bool { return a.Name == name }); i >= 0 {
		return list[i].LastTime, err
	}
	return 0, err
}

func (st *statement) take(sum *stating.Statement) {
	for _, a := range sum.Assets {
		out := assetStatement{Asset: a, Rows: bars(a.Kinds)}
		for i := range sum.Differences {
			if d := &sum.Differences[i]; d.Asset == a.Asset {
				out.Difference = d
			}
		}
		st.Assets = append(st.Assets, out)
	}
}

// bars gives each kind its bar: the largest has all of its side. What was held
// when the account was first heard of is no change; beside it all would be small.
func bars(kinds []stating.Sum) (rows []kindSum) {
	largest := decimal.Zero
	for _, k := range kinds {
		if a := k.Amount.Abs(); k.Kind != account.Opening && a.Cmp(largest) > 0 {
			largest = a
		}
	}
	for _, k := range kinds {
		row := kindSum{Kind: string(k.Kind), Amount: k.Amount, Entries: k.Entries, X: barMiddle}
		part, err := decimal.MulQuo(k.Amount.Abs(), decimal.New(barMiddle, 0), largest, 0, decimal.ToZero)
		if err == nil && k.Amount.Sign() != 0 && k.Kind != account.Opening { // else all are zero
			row.W, _ = part.Int64()
			row.W = max(row.W, 4)
		}
		if k.Amount.Sign() < 0 {
			row.X = barMiddle - row.W
		}
		rows = append(rows, row)
	}
	return rows
}
