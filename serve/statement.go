package serve

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

// statement is one month of one account.
type statement struct {
	Name, Month    string // 2026-10
	Before, Behind string // the months beside it
	Assets         []assetStatement
}

// assetStatement leads from what a wallet held before the month to what it held
// after it.
type assetStatement struct {
	Asset            string
	Opening, Closing decimal.D
	Kinds            []kindSum
	// Wallet is what the exchange said at the month's end, where it said anything.
	Wallet *decimal.D
	Agrees bool
}

// kindSum is a kind's sum and its bar, in thousandths of the bar's length.
type kindSum struct {
	Kind    string
	Amount  decimal.D
	Entries int64
	X, W    int64
}

// Axis is the middle of a bar, where zero is.
func (kindSum) Axis() int64 { return barMiddle }

const (
	barLength = 1000
	barMiddle = barLength / 2
)

func (s *Server) pageStatement(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if err := s.must(r.Context(), name); err != nil {
		s.fail(w, r, err)
		return
	}
	month, err := time.Parse("2006-01", r.URL.Query().Get("month"))
	if err != nil {
		now := s.now().UTC()
		month = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	st, err := s.statement(r.Context(), name, month)
	if err != nil {
		s.fail(w, r, s.inside(err))
		return
	}
	s.show(w, r, http.StatusOK, "statement", layout{Title: name + ": statement", Account: name, Tab: "statement", Script: "times.js", Body: st})
}

// readings bounds how often a statement is read anew: what the ledger wrote
// between its sums and its balances makes them differ.
const readings = 3

func (s *Server) statement(ctx context.Context, name string, month time.Time) (st *statement, err error) {
	for range readings {
		if st, err = s.readStatement(ctx, name, month); err != nil || st.agrees() {
			break
		}
	}
	return st, err
}

func (st *statement) agrees() bool {
	return !slices.ContainsFunc(st.Assets, func(a assetStatement) bool { return a.Wallet != nil && !a.Agrees })
}

func (s *Server) readStatement(ctx context.Context, name string, month time.Time) (*statement, error) {
	next := month.AddDate(0, 1, 0)
	st := &statement{Name: name, Month: month.Format("2006-01"), Before: month.AddDate(0, -1, 0).Format("2006-01"), Behind: next.Format("2006-01")}
	totals, err := s.config.Ledger.Totals(ctx, store.TotalFilter{Account: name, To: next.Format(time.DateOnly)})
	if err != nil {
		return nil, err
	}
	if st.Assets, err = statementOf(totals, month.Format(time.DateOnly)); err != nil {
		return nil, err
	}
	said, err := s.config.Ledger.Balances(ctx, name, next.UnixMilli()-1)
	if err != nil {
		return nil, err
	}
	for i := range st.Assets {
		a := &st.Assets[i]
		for _, b := range said {
			if b.Asset == a.Asset {
				a.Wallet, a.Agrees = &b.Wallet, b.Wallet.Equal(a.Closing)
			}
		}
		if a.Wallet != nil && !a.Agrees {
			if err := s.acrossMidnight(ctx, name, next.UnixMilli(), a); err != nil {
				return nil, err
			}
		}
	}
	return st, nil
}

// toldWithin is how long after the engine's time of a change its message may be
// of, ms.
const toldWithin = 5_000

// acrossMidnight looks whether the month's last change was told of in the next
// month: an entry is of the engine's time, a balance of its message's. Then the
// wallet of a little later, less what moved it since, is the closing balance.
func (s *Server) acrossMidnight(ctx context.Context, name string, end int64, a *assetStatement) error {
	said, err := s.config.Ledger.Balances(ctx, name, end+toldWithin)
	if err != nil {
		return err
	}
	since, err := s.config.Ledger.Entries(ctx, store.EntryFilter{Account: name, Asset: a.Asset, From: end, To: end + toldWithin + 1})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(said, func(b account.Balance) bool { return b.Asset == a.Asset })
	if i < 0 || len(since) == store.PageRows {
		return nil
	}
	wallet := said[i].Wallet
	for _, e := range since {
		if wallet, err = wallet.Sub(e.Amount); err != nil {
			return err
		}
	}
	if wallet.Equal(a.Closing) {
		a.Wallet, a.Agrees = &wallet, true
	}
	return nil
}

// statementOf sums totals of days up to the month's end: those before its first
// day are the opening balance. Totals are by asset.
func statementOf(totals []store.Total, first string) (list []assetStatement, err error) {
	for _, t := range totals {
		if len(list) == 0 || list[len(list)-1].Asset != t.Asset {
			list = append(list, assetStatement{Asset: t.Asset})
		}
		a := &list[len(list)-1]
		if a.Closing, err = a.Closing.Add(t.Amount); err != nil {
			return nil, err
		}
		if t.Day < first {
			a.Opening = a.Closing
			continue
		}
		if err := a.add(t); err != nil {
			return nil, err
		}
	}
	for i := range list {
		list[i].bars()
	}
	return list, nil
}

func (a *assetStatement) add(t store.Total) error {
	i := slices.IndexFunc(a.Kinds, func(k kindSum) bool { return k.Kind == string(t.Kind) })
	if i < 0 {
		a.Kinds = append(a.Kinds, kindSum{Kind: string(t.Kind), Amount: t.Amount, Entries: t.Entries})
		return nil
	}
	k := &a.Kinds[i]
	sum, err := k.Amount.Add(t.Amount)
	k.Amount, k.Entries = sum, k.Entries+t.Entries
	return err
}

// bars gives each kind its bar, the longest first.
func (a *assetStatement) bars() {
	slices.SortFunc(a.Kinds, func(x, y kindSum) int { return cmp.Or(y.Amount.Abs().Cmp(x.Amount.Abs()), cmp.Compare(x.Kind, y.Kind)) })
	for i := range a.Kinds {
		k := &a.Kinds[i]
		part, err := decimal.MulQuo(k.Amount.Abs(), decimal.New(barMiddle, 0), a.Kinds[0].Amount.Abs(), 0, decimal.ToZero)
		if err != nil { // all are zero
			continue
		}
		k.W, _ = part.Int64()
		if k.W = max(k.W, 4); k.Amount.Sign() < 0 {
			k.X = barMiddle - k.W
		} else {
			k.X = barMiddle
		}
	}
}
