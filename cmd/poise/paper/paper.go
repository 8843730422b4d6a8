package paper

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"poise/decimal"
)

// Page is a statement as it is printed. Texts are for people.
type Page struct {
	Whose, Span, Zone string
	Bounds            string   // the first and last moment
	OK                bool     // everything agrees
	Verdict           string   // one line about that
	Wrong, Notes      []string // what does not agree, and what else to know
	Assets            []Asset
}

// Asset is one asset's part of it.
type Asset struct {
	Name             string
	Opening, Closing decimal.D
	Change           decimal.D
	Equal            bool
	Kinds            []Kind
	Days             []Day // by time
}

// Kind is what one kind of change came to.
type Kind struct {
	Name    string
	Amount  decimal.D
	Entries int64
}

// Day is the wallet at the end of a day.
type Day struct {
	Name   string
	Wallet decimal.D
}

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"signed": signed,
	"wallet": walletChart,
	"bars":   bars,
	"pad":    func(a *Asset, d decimal.D) string { return padding(a.scale(), d) },
}).Parse(pageHTML))

// Write writes the page.
func Write(w io.Writer, p *Page) error { return page.Execute(w, p) }

// signed is an amount with its sign.
func signed(d decimal.D) string {
	if d.Sign() > 0 {
		return "+" + d.String()
	}
	return d.String()
}

// scale is the most digits behind the point that the asset's rows have.
func (a *Asset) scale() int {
	most := max(a.Opening.Scale(), a.Closing.Scale(), a.Change.Scale())
	for i := range a.Kinds {
		most = max(most, a.Kinds[i].Amount.Scale())
	}
	return most
}

// padding is what d lacks for its point to stand under those of others; it is
// there to be wide, not to be seen.
func padding(scale int, d decimal.D) string {
	lacks := scale - d.Scale()
	if lacks <= 0 {
		return ""
	}
	zeros := strings.Repeat("0", lacks)
	if d.Scale() == 0 {
		return "." + zeros
	}
	return zeros
}
