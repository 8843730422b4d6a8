package serve

import (
	"strings"
	"time"

	"poise/account"
	"poise/decimal"
)

// moment is a time as the page shows it.
type moment struct{ Text, ISO string }

// at is a time in ms, in UTC; 0 is none.
func at(ms int64) moment {
	if ms == 0 {
		return moment{Text: "–"}
	}
	t := time.UnixMilli(ms).UTC()
	return moment{t.Format("2006-01-02 15:04:05"), t.Format("2006-01-02T15:04:05.000Z")}
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
	if kind == string(account.RealizedPnL) {
		return "Realized PnL"
	}
	words := strings.ToLower(strings.ReplaceAll(kind, "_", " "))
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
