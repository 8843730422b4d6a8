package serve

import (
	"html/template"
	"strings"
	"time"

	"poise/account"
	"poise/decimal"
)

// moment is a time as the page shows it; Day and Clock may stand on two lines.
type moment struct{ Day, Clock, ISO string }

// at is a time in ms, in UTC; 0 is none.
func at(ms int64) moment {
	if ms == 0 {
		return moment{Day: "–"}
	}
	t := time.UnixMilli(ms).UTC()
	return moment{t.Format(time.DateOnly), t.Format(time.TimeOnly), instant(ms)}
}

// signOf is the class of a number.
func signOf(d decimal.D) string { return [3]string{"neg", "zero", "pos"}[d.Sign()+1] }

// signed writes the plus too.
func signed(d decimal.D) string {
	if d.Sign() > 0 {
		return "+" + d.String()
	}
	return d.String()
}

// padded is the scale of nearly every amount of the exchange.
const padded = 8

// padOf is room behind a number that has fewer digits than most, so that points
// stand below each other. The digits themselves stay as the exchange wrote them.
func padOf(d decimal.D) template.HTMLAttr {
	have := int(d.Scale())
	if have >= padded {
		return ""
	}
	room := strings.Repeat("0", padded-have)
	if have == 0 {
		room = "." + room
	}
	return template.HTMLAttr(`data-pad="` + room + `"`)
}

// The kinds that have a colour of their own; those of others share one.
var colours = map[account.Kind]string{
	account.Opening: "opening", account.Transfer: "transfer", account.RealizedPnL: "pnl", account.Commission: "commission",
	account.FundingFee: "funding", account.InsuranceClear: "insurance", account.Unexplained: "unexplained",
}

// whyOf is the class of a kind.
func whyOf(kind string) string {
	if c := colours[account.Kind(kind)]; c != "" {
		return c
	}
	return "other"
}

// labelOf is a kind for people: Funding fee.
func labelOf(kind string) string {
	switch account.Kind(kind) {
	case account.RealizedPnL:
		return "Realized PnL"
	case account.Opening: // else it is taken for an opening balance
		return "First balance"
	}
	words := strings.ToLower(strings.ReplaceAll(kind, "_", " "))
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
