package serve

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"poise/account"
	"poise/follower"
	"poise/store"
)

// fail shows an error of the API as a page.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	var known huma.StatusError
	if errors.As(err, &known) {
		status = known.GetStatus()
	}
	s.show(w, r, status, "problem", layout{Title: http.StatusText(status), Body: err.Error()})
}

// accountsPage is the first page.
type accountsPage struct {
	Rows   []accountLine
	Counts []statusCount
	Open   int // incidents
}

type statusCount struct {
	Status, Word string
	N            int
}

type accountLine struct {
	accountRow
	Word  string
	Wrong []string // what is wrong, for people
}

func (s *Server) accountsNow(ctx context.Context) (*accountsPage, error) {
	rows, err := s.accounts(ctx)
	if err != nil {
		return nil, s.inside(err)
	}
	p := &accountsPage{}
	open := map[string][]account.Incident{}
	for _, v := range s.views() {
		open[v.Name] = v.Incidents
	}
	counts := map[string]int{}
	for _, row := range rows {
		counts[row.Status]++
		p.Open += row.Incidents
		p.Rows = append(p.Rows, accountLine{row, statusWords[row.Status], wrongOf(&row, kindsOf(open[row.Name]))})
	}
	for _, status := range []string{follower.Down, follower.Degraded, follower.Starting, follower.Live} {
		p.Counts = append(p.Counts, statusCount{status, statusWords[status], counts[status]})
	}
	return p, nil
}

// kindsOf names open incidents for people: Unexplained change BTC.
func kindsOf(open []account.Incident) (list []string) {
	for i := range open {
		in := &open[i]
		text := strings.TrimSpace(adviceOf(string(in.Kind)).Name + " " + in.Asset)
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

func wrongOf(row *accountRow, kinds []string) (list []string) {
	for _, a := range row.Alerts {
		list = append(list, strings.TrimPrefix(a.Symbol+": ", ": ")+a.Detail)
	}
	switch {
	case len(kinds) > 0:
		list = append(list, kinds...)
	case row.Incidents == 1:
		list = append(list, "1 open incident")
	case row.Incidents > 1:
		list = append(list, strconv.Itoa(row.Incidents)+" open incidents")
	}
	for _, l := range row.Lines {
		if !l.Up {
			list = append(list, "line "+strconv.Itoa(int(l.ID))+" is down")
		}
	}
	return list
}

func (s *Server) pageAccounts(w http.ResponseWriter, r *http.Request) {
	p, err := s.accountsNow(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "accounts", layout{Title: "Accounts", Script: "accounts.js", Body: p})
}

func (s *Server) liveAccounts(w http.ResponseWriter, r *http.Request) {
	p, err := s.accountsNow(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, "accounts", "live", p)
}

// accountPage is what an account holds, and what happened last.
type accountPage struct {
	*holdings
	Word    string
	Wallets []walletLine
	Entries []entryRow // the newest first
	Open    []incidentRow
	More    int  // open incidents beside those
	Live    bool // it is followed
}

// walletLine is a balance, its margin ratio, and why it last moved.
type walletLine struct {
	balanceRow
	Margin *marginRow
	Last   *entryRow
}

// lastRows is how many entries the page of an account shows, and openRows how
// many incidents.
const (
	lastRows = 25
	openRows = 3
)

func (s *Server) accountNow(ctx context.Context, name string) (*accountPage, error) {
	h, err := s.holdings(ctx, name, store.Latest, false)
	if err != nil {
		return nil, err
	}
	p := &accountPage{holdings: h, Word: statusWords[h.Status]}
	v, followed := s.view(name)
	if p.Live = followed; followed {
		p.Open = mapped(v.Incidents[:min(len(v.Incidents), openRows)], incidentOf)
		p.Entries, err = s.lastEntries(ctx, v)
	} else {
		p.Open, p.Entries, err = s.lastOf(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	p.More = max(0, h.Incidents-len(p.Open))
	for _, b := range h.Balances {
		if !b.Wallet.IsZero() || !b.Cross.IsZero() || slices.ContainsFunc(h.Positions, func(p positionRow) bool { return p.MarginAsset == b.Asset }) {
			p.Wallets = append(p.Wallets, p.wallet(b))
		}
	}
	return p, nil
}

func (p *accountPage) wallet(b balanceRow) walletLine {
	l := walletLine{balanceRow: b}
	for i := range p.Entries {
		if p.Entries[i].Asset == b.Asset {
			l.Last = &p.Entries[i]
			break
		}
	}
	for i := range p.Margin {
		if p.Margin[i].Asset == b.Asset {
			l.Margin = &p.Margin[i]
		}
	}
	return l
}

func (s *Server) pageAccount(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	p, err := s.accountNow(r.Context(), name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "account", layout{Title: name, Account: name, Tab: "now", Script: "account.js", Body: p})
}

func (s *Server) liveAccount(w http.ResponseWriter, r *http.Request) {
	p, err := s.accountNow(r.Context(), r.PathValue("name"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, "account", "live", p)
}

// walletPage is the chart of one asset's wallet; its module asks the API for the
// entries.
type walletPage struct {
	Name, Asset, Cursor string
	Assets              []string
}

func (s *Server) pageWallet(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	h, err := s.holdings(r.Context(), name, store.Latest, false)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := walletPage{Name: name, Asset: r.URL.Query().Get("asset"), Assets: assetsOf(h)}
	if h.Cursor != "" { // the chart's entries are the ledger's, which is a moment behind: so it goes on from there
		if p.Cursor, err = s.ledgerCursor(r.Context(), name); err != nil {
			s.fail(w, r, s.inside(err))
			return
		}
	}
	if !slices.Contains(p.Assets, p.Asset) {
		p.Asset = firstOf(p.Assets)
	}
	s.show(w, r, http.StatusOK, "wallet", layout{Title: name + ": wallet", Account: name, Tab: "wallet", Script: "wallet.js", Body: p})
}

// assetsOf names the assets of which there is something, or else all.
func assetsOf(h *holdings) (held []string) {
	var all []string
	for _, b := range h.Balances {
		all = append(all, b.Asset)
		if !b.Wallet.IsZero() {
			held = append(held, b.Asset)
		}
	}
	if len(held) == 0 {
		return all
	}
	return held
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// entriesView is the page of entries with its filters.
type entriesView struct {
	Name, Asset, Kind, From, To string
	Assets, Kinds               []string
	Entries                     []entryRow
	Next                        string // the address of the next page, or ""
}

var allKinds = []account.Kind{account.Transfer, account.RealizedPnL, account.Commission, account.FundingFee, account.InsuranceClear, account.WelcomeBonus,
	account.DeliveredSettle, account.Adjustment, account.AssetTransfer, account.CoinSwap, account.Opening, account.Unexplained}

func (s *Server) pageEntries(w http.ResponseWriter, r *http.Request) {
	name, q := r.PathValue("name"), r.URL.Query()
	v := entriesView{Name: name, Asset: q.Get("asset"), Kind: q.Get("kind"), From: q.Get("from"), To: q.Get("to")}
	for _, k := range allKinds {
		v.Kinds = append(v.Kinds, string(k))
	}
	h, err := s.holdings(r.Context(), name, store.Latest, false)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, b := range h.Balances {
		v.Assets = append(v.Assets, b.Asset)
	}
	v.Assets, v.Kinds = with(v.Assets, v.Asset), with(v.Kinds, v.Kind)
	in := entriesInput{Name: name, Asset: v.Asset, Kind: v.Kind, From: dayStart(v.From, 0), To: dayStart(v.To, 1), Newest: true, After: q.Get("after"), Limit: 100}
	page, err := s.entries(r.Context(), &in)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v.Entries = page.Entries
	if page.Next != nil {
		q.Set("after", *page.Next)
		v.Next = "?" + q.Encode()
	}
	s.show(w, r, http.StatusOK, "entries", layout{Title: name + ": entries", Account: name, Tab: "entries", Script: "times.js", Body: v})
}

// with is a list that has what is chosen: kinds may be of reasons that nobody
// has documented.
func with(list []string, chosen string) []string {
	if chosen == "" || slices.Contains(list, chosen) {
		return list
	}
	return append(list, chosen)
}

// dayStart is the start of the UTC day some days after a day, in ms; 0 for what
// is no day.
func dayStart(day string, later int) int64 {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return t.AddDate(0, 0, later).UnixMilli()
}

// incidentsView is the page of incidents.
type incidentsView struct {
	Name            string
	Open, Incidents []incidentRow
	Next            string
}

func (s *Server) pageIncidents(w http.ResponseWriter, r *http.Request) {
	name, after := r.PathValue("name"), r.URL.Query().Get("after")
	v := incidentsView{Name: name}
	page, err := s.incidents(r.Context(), &incidentsInput{Name: name, Newest: true, After: after, Limit: 100})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, in := range page.Incidents {
		if in.Closed == 0 && after == "" {
			v.Open = append(v.Open, in)
		} else {
			v.Incidents = append(v.Incidents, in)
		}
	}
	if page.Next != nil {
		v.Next = "?" + url.Values{"after": {*page.Next}}.Encode()
	}
	s.show(w, r, http.StatusOK, "incidents", layout{Title: name + ": incidents", Account: name, Tab: "incidents", Script: "times.js", Body: v})
}
