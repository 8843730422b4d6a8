package screen

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"poise/decimal"
	"poise/serve/client"
)

// titles stand where a pane's first column has its head.
var titles = [panes]string{"accounts", "balances", "positions", "entries", "incidents"}

// newSheets have the columns in the order of their weight: what has no room is at
// the end.
func newSheets() [panes]*sheet {
	return [panes]*sheet{
		newSheet(column{"account", left}, column{"status", left}, column{"lines", right}, column{"open", right}, column{"what is wrong", flex}),
		newSheet(column{"asset", left}, column{"wallet", point}, column{"cross wallet", point}, column{"margin ratio", point}, column{"updated", left}),
		newSheet(column{"symbol", left}, column{"side", left}, column{"contracts", point}, column{"unrealized", point}, column{"liquidation", point},
			column{"mark", point}, column{"entry", point}, column{"break-even", point}, column{"realized", point}, column{"margin", left}, column{"isolated", point}),
		newSheet(column{"time", left}, column{"kind", left}, column{"asset", left}, column{"amount", point}, column{"balance", point},
			column{"symbol", left}, column{"reason", left}, column{"order", right}, column{"trade", right}),
		newSheet(column{"since", left}, column{"state", left}, column{"what", left}, column{"of", left}, column{"detail", flex}, column{"times", right}, column{"amount", point}),
	}
}

// rows are those of a pane, each made when it is looked at.
type rows struct {
	n  int
	at func(i int) []cell
}

func (m *model) rows(p pane) rows {
	h := m.holdings
	if h == nil {
		h = &client.Holdings{}
	}
	switch p {
	case accountsPane:
		return rows{len(m.list), m.accountRow}
	case balancesPane:
		return rows{len(h.Balances), func(i int) []cell { return balanceRow(h, i) }}
	case positionsPane:
		return rows{len(h.Positions), func(i int) []cell { return positionRow(&h.Positions[i]) }}
	case entriesPane:
		return rows{len(m.entries), m.entryRow}
	}
	list := m.troubleRows()
	return rows{len(list), func(i int) []cell { return list[i] }}
}

// empty says why a pane has no row.
func (m *model) empty(p pane) string {
	switch {
	case p == accountsPane && m.listed:
		return "the server follows no account"
	case p == accountsPane, m.name == "":
		return ""
	case p <= positionsPane && m.holdings == nil, p > positionsPane && !m.known:
		return "reading ..."
	case p == troublePane:
		return "nothing"
	}
	return "none"
}

func (m *model) status(s string) cell {
	switch s {
	case "live":
		return cell{m.marks.on + " " + s, good}
	case "down":
		return cell{m.marks.off + " " + s, bad | strong}
	case "degraded":
		return cell{m.marks.half + " " + s, doubtful | strong}
	}
	return cell{m.marks.half + " " + printable(s), doubtful}
}

func (m *model) accountRow(i int) []cell {
	a := &m.list[i]
	up := 0
	for _, l := range a.Lines {
		if l.Up {
			up++
		}
	}
	lines := cell{fmt.Sprintf("%d/%d", up, len(a.Lines)), plain}
	if up < len(a.Lines) {
		lines.look = doubtful
	}
	open := cell{strconv.Itoa(a.Incidents), plain}
	if a.Incidents > 0 {
		open.look = bad
	}
	name := cell{printable(a.Name), plain}
	if a.Name == m.name {
		name.look = strong
	}
	return []cell{name, m.status(a.Status), lines, open, {wrong(a.Alerts), doubtful}}
}

func wrong(list []client.Alert) string {
	texts := make([]string, 0, len(list))
	for i := range list {
		texts = append(texts, printable(list[i].Detail))
	}
	return strings.Join(texts, "; ")
}

func balanceRow(h *client.Holdings, i int) []cell {
	b := &h.Balances[i]
	ratio := cell{"-", faint}
	for _, r := range h.Margin {
		if r.Asset == b.Asset && r.Ratio != nil {
			ratio = cell{r.Ratio.String(), nearness(*r.Ratio)}
		} else if r.Asset == b.Asset {
			ratio = cell{"nothing left", bad | strong}
		}
	}
	return []cell{{printable(b.Asset), plain}, {b.Wallet.String(), strong}, {b.Cross.String(), plain}, ratio, {clock(b.Updated), faint}}
}

// Margin ratios that deserve a look, and one that cannot wait.
var (
	ratioHigh  = decimal.MustParse("0.5")
	ratioWorst = decimal.MustParse("0.8")
)

func nearness(ratio decimal.D) look {
	switch {
	case ratio.Cmp(ratioWorst) >= 0:
		return bad | strong
	case ratio.Cmp(ratioHigh) >= 0:
		return doubtful | strong
	}
	return plain
}

func positionRow(p *client.Position) []cell {
	unrealized, liquidation, mark := cell{"-", faint}, cell{"-", faint}, cell{"-", faint}
	if p.Now != nil {
		unrealized, mark, liquidation = cell{p.Now.Unrealized.String(), signLook(p.Now.Unrealized)}, cell{p.Now.Mark.String(), plain}, perhaps(p.Now.LiquidationPrice)
	}
	amount := cell{p.Amount.String(), strong}
	return []cell{{printable(p.Symbol), plain}, {p.Side, plain}, amount, unrealized, liquidation, mark, {p.EntryPrice.String(), plain},
		perhaps(p.BreakEvenPrice), perhaps(p.Realized), {printable(p.MarginType), plain}, {p.IsolatedWallet.String(), plain}}
}

func perhaps(d *decimal.D) cell {
	if d == nil {
		return cell{"-", faint}
	}
	return cell{d.String(), plain}
}

func signLook(d decimal.D) look {
	switch {
	case d.Sign() > 0:
		return good
	case d.Sign() < 0:
		return bad
	}
	return plain
}

func (m *model) entryRow(i int) []cell {
	e := &m.entries[i]
	amount := e.Amount.String()
	if e.Amount.Sign() > 0 {
		amount = "+" + amount
	}
	kind := cell{printable(e.Kind), plain}
	if e.Kind == "UNEXPLAINED" {
		kind.look = doubtful | strong
	}
	return []cell{{clock(e.Time), faint}, kind, {printable(e.Asset), plain}, {amount, signLook(e.Amount)}, {e.Balance.String(), plain},
		{printable(e.Symbol), plain}, {printable(e.Reason), faint}, {number(e.OrderID), faint}, {number(e.TradeID), faint}}
}

// fresh reports whether an entry happened just now.
func (m *model) fresh(i int) bool {
	heard := m.entries[i].heard
	return !heard.IsZero() && m.now.Sub(heard) < freshFor
}

// troubleRows are what is wrong now, then incidents, then what the exchange
// warned about.
func (m *model) troubleRows() (list [][]cell) {
	if h := m.holdings; h != nil {
		for i := range h.Alerts {
			a := &h.Alerts[i]
			list = append(list, []cell{{clock(a.Since), plain}, {"now", bad | strong}, {printable(a.Code), plain}, {printable(a.Symbol), plain}, {printable(a.Detail), plain}, {}, {}})
		}
	}
	var over [][]cell
	for i := range m.troubles {
		in := &m.troubles[i]
		row := incidentRow(in)
		if in.Ending != "" || in.Closed != 0 {
			over = append(over, row)
			continue
		}
		list = append(list, row)
	}
	for i := range m.calls {
		c := &m.calls[i]
		list = append(list, []cell{{clock(c.Time), plain}, {"called", bad | strong}, {"margin-call", plain}, {printable(c.Symbol), plain},
			{fmt.Sprintf("%s %s of %s at mark %s: unrealized %s, maintenance %s", printable(c.MarginType), printable(c.Side), c.Amount, c.Mark, c.Unrealized, c.Maintenance), plain}, {}, {}})
	}
	return append(list, over...)
}

func incidentRow(in *client.Incident) []cell {
	of, amount, detail := in.Symbol, "", printable(in.Detail)
	if of == "" {
		of = in.Asset
	}
	if !in.Amount.IsZero() {
		amount = in.Amount.String()
	}
	state, look := cell{"open", bad | strong}, plain
	if in.Ending != "" || in.Closed != 0 {
		state, look = cell{"ended", faint}, faint
		detail += "; ended " + clock(in.Closed) + ": " + printable(in.Ending)
	}
	return []cell{{clock(in.Opened), look}, state, {printable(in.Kind), look}, {printable(of), look}, {detail, look}, {strconv.Itoa(in.Count), look}, {amount, look}}
}

// clock is a time of UTC, without its year.
func clock(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format("01-02 15:04:05")
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// printable keeps control characters of foreign text off the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0x200b && r <= 0x200f {
			return '?'
		}
		return r
	}, s)
}
