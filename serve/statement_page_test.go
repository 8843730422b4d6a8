package serve_test

import (
	"context"
	"html"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"poise/account"
	"poise/account/statement"
	"poise/serve"
	"poise/store"
)

// The page's statement is that of account/statement, which the command prints
// too: each figure, and what does not agree.
func TestStatementOnThePageIsTheStatement(t *testing.T) {
	w := remembered(t, 40)
	w.written()
	for _, ago := range []int{0, 1, 2} {
		now := time.Now().UTC()
		first := time.Date(now.Year(), now.Month()-time.Month(ago), 1, 0, 0, 0, 0, time.UTC)
		p := statement.Month(first.Year(), first.Month(), time.UTC)
		a, err := store.StatementOf(t.Context(), w.s, "main", "", p, nil)
		must(t, err)
		st, err := statement.Make(p, a)
		must(t, err)
		_, body := w.web.get("/accounts/main/statement?month=" + first.Format("2006-01"))
		var want []string
		for _, a := range st.Assets {
			want = append(want, "Opening", a.Opening.String())
			for _, k := range a.Kinds {
				sign := ""
				if k.Amount.Sign() > 0 {
					sign = "+"
				}
				want = append(want, sign+k.Amount.String())
			}
			want = append(want, "Closing", a.Closing.String())
			if a.Equal {
				want = append(want, "to the last digit")
			}
		}
		var got []string
		for _, f := range figure.FindAllStringSubmatch(html.UnescapeString(body), -1) {
			got = append(got, f[1]+f[2]+f[3])
		}
		if g, w := strings.Join(got, " "), strings.Join(want, " "); g != w || len(got) == 0 && ago < 2 {
			t.Errorf("%s:\n%s\nis not\n%s", first.Format("2006-01"), g, w)
		}
	}
}

// figure is what a statement's card says: names of its ends, numbers, a verdict.
var figure = regexp.MustCompile(`>(Opening|Closing) balance</th>|<td class="num[a-z ]*" (?:data-pad="[.0]+")?>([+-]?[0-9.]+)<|sent, (to the last digit)\.`)

// What the exchange's wallet says differently is said, with both figures.
func TestStatementSaysWhatDiffers(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	p := &past{t: t, name: "main"}
	day := time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)
	p.transfer(day, "DEPOSIT", "2.00000000")
	p.fill(day.Add(time.Hour), 5, "60000.0", "0.00000000", "0.00001000", true)
	keep(t, s, "main", p.records)
	l := &wrongLedger{Ledger: s}
	w := newWeb(t, serve.Config{Ledger: l}, "127.0.0.1:0")
	if _, body := w.get("/accounts/main/statement?month=2026-10"); !strings.Contains(body, "to the last digit") || strings.Contains(body, "≠") {
		t.Errorf("before: %s", body)
	}
	l.lose = true
	_, body := w.get("/accounts/main/statement?month=2026-10")
	for _, want := range []string{`come to <span class="num">2.00000000</span>`, `sent <span class="num">1.99999000</span>`, `differ by <span class="num">0.00001000</span>`} {
		if !strings.Contains(body, want) || strings.Contains(body, "to the last digit") {
			t.Errorf("%s is missing: %s", want, body)
		}
	}
}

func TestStatementOfNoMonthIsRefused(t *testing.T) {
	w := told(t, serve.Config{})
	for _, month := range []string{"2026", "2026-13", "2026-1", "x", "2026-10-01", "99999-01"} {
		if code, body := w.get("/accounts/main/statement?month=" + month); code != 422 || !strings.Contains(body, "is no month: write it as 2026-10") {
			t.Errorf("%s: %d %s", month, code, body)
		}
	}
	for _, month := range []string{"", "2026-11", "0001-01", "9999-12"} {
		if code, body := w.get("/accounts/main/statement?month=" + month); code != 200 {
			t.Errorf("%s: %d %s", month, code, body)
		}
	}
}

// wrongLedger is a ledger whose totals may lose what kinds are rare.
type wrongLedger struct {
	store.Ledger
	lose bool
}

func (l *wrongLedger) Totals(ctx context.Context, f store.TotalFilter) ([]store.Total, error) {
	list, err := l.Ledger.Totals(ctx, f)
	if l.lose {
		list = slices.DeleteFunc(list, func(t store.Total) bool { return t.Kind == account.Commission })
	}
	return list, err
}
