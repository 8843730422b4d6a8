package serve

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"poise/account"
	"poise/decimal"
	"poise/store"
)

type totalsInput struct {
	Name  string `path:"name"`
	By    string `query:"by" enum:"day,month" default:"day" doc:"the sums of each day, or of each month"`
	Asset string `query:"asset" doc:"only this asset"`
	Kind  string `query:"kind" doc:"only this kind"`
	From  string `query:"from" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"UTC day: from <= day"`
	To    string `query:"to" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"UTC day: day < to"`
}

type totalRow struct {
	Day     string    `json:"day,omitempty" doc:"2026-10-31, by day"`
	Month   string    `json:"month,omitempty" doc:"2026-10, by month"`
	Asset   string    `json:"asset"`
	Kind    string    `json:"kind"`
	Amount  decimal.D `json:"amount"`
	Entries int64     `json:"entries" doc:"how many were summed"`
}

type totalsAnswer struct {
	Totals []totalRow `json:"totals"`
}

func (s *Server) getTotals(ctx context.Context, in *totalsInput) (*answer[totalsAnswer], error) {
	if err := s.must(ctx, in.Name); err != nil {
		return nil, err
	}
	list, err := s.config.Ledger.Totals(ctx, in.filter())
	if err != nil {
		return nil, s.inside(err)
	}
	slices.SortStableFunc(list, byDay)
	rows := mapped(list, func(t *store.Total) totalRow {
		return totalRow{Day: t.Day, Asset: t.Asset, Kind: string(t.Kind), Amount: t.Amount, Entries: t.Entries}
	})
	if in.By == "month" {
		if rows, err = monthly(rows); err != nil {
			return nil, s.inside(err)
		}
	}
	return &answer[totalsAnswer]{totalsAnswer{rows}}, nil
}

func (in *totalsInput) filter() store.TotalFilter {
	return store.TotalFilter{Account: in.Name, Asset: in.Asset, Kind: account.Kind(in.Kind), From: in.From, To: in.To}
}

func byDay(a, b store.Total) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Asset, b.Asset), cmp.Compare(a.Kind, b.Kind))
}

// monthly sums totals of days, which are in the order of days.
func monthly(days []totalRow) ([]totalRow, error) {
	out := []totalRow{}
	at := map[[3]string]int{}
	for _, d := range days {
		key := [3]string{d.Day[:len("2026-10")], d.Asset, d.Kind}
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			d.Day, d.Month = "", key[0]
			out = append(out, d)
			continue
		}
		sum, err := out[i].Amount.Add(d.Amount)
		if err != nil {
			return nil, fmt.Errorf("total of %s %s in %s: %w", d.Asset, d.Kind, key[0], err)
		}
		out[i].Amount, out[i].Entries = sum, out[i].Entries+d.Entries
	}
	slices.SortFunc(out, func(a, b totalRow) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Asset, b.Asset), cmp.Compare(a.Kind, b.Kind))
	})
	return out, nil
}
