package paper

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"poise/decimal"
)

var dec = decimal.MustParse

func days(wallets ...string) (list []Day) {
	for i, w := range wallets {
		list = append(list, Day{fmt.Sprintf("2026-10-%02d", i+1), dec(w)})
	}
	return list
}

func sample() *Page {
	return &Page{Whose: "account <main>", Span: "2026-10", Zone: "UTC", OK: true, Verdict: "all of it", Notes: []string{"not over"}, Assets: []Asset{
		{Name: "BTC", Opening: dec("1"), Change: dec("-0.5"), Closing: dec("0.50000000"), Equal: true, Days: days("1", "0.75", "0.50000000"),
			Kinds: []Kind{{"TRANSFER", dec("0.1"), 1}, {"COMMISSION", dec("-0.6"), 1234}}},
		{Name: "ETH", Opening: dec("0"), Closing: dec("0"), Change: dec("0"), Equal: true},
	}}
}

func written(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The file needs no other: it loads nothing, has no script, and forbids both.
func TestPageStandsAlone(t *testing.T) {
	got := written(t, sample())
	for _, bad := range []string{"<script", "src=", "href=", "url(", "@import", "http:", "https:", "ZgotmplZ"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, want := range []string{"default-src 'none'", "prefers-color-scheme: dark", "@media print", "Statement of account &lt;main&gt;", "All agrees.", "not over"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// Every figure is on it digit for digit.
func TestPageHasTheFigures(t *testing.T) {
	got := written(t, sample())
	for _, want := range []string{`>1<span class="pad" aria-hidden="true">.00000000<`, ">-0.6<", ">&#43;0.1<", ">0.50000000<", ">1234<"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// What does not agree is said at the top.
func TestPageSaysWhatDoesNotAgree(t *testing.T) {
	p := sample()
	p.OK, p.Verdict, p.Wrong, p.Assets[0].Equal = false, "1 difference", []string{"main BTC: they differ by 0.1"}, false
	got := written(t, p)
	at := strings.Index(got, "<section")
	for _, want := range []string{`role="alert"`, "Does not agree.", "main BTC: they differ by 0.1"} {
		if !strings.Contains(got[:at], want) {
			t.Errorf("no %s before the figures", want)
		}
	}
	if !strings.Contains(got[at:], "DIFFERENT") || strings.Contains(got, "All agrees") {
		t.Error("the table of assets does not say so")
	}
	if got := written(t, &Page{OK: true}); !strings.Contains(got, "No wallet held or moved anything.") {
		t.Error("an empty statement does not say so")
	}
}

// The drawings are well-formed, and within their frame whatever the wallets are.
func TestDrawings(t *testing.T) {
	for _, c := range [][]Day{
		days("1", "2"), days("5", "5", "5"), days("0", "0"), days("-3.5", "2", "0.00000001"), days("0.00000001", "0.00000002"),
		days("5316911983139663491615228241121378303", "-5316911983139663491615228241121378303"),
		days("999999999999.99999999", "999999999999.99999998"),
	} {
		a := Asset{Name: "A&B", Days: c, Kinds: []Kind{{"X", dec("-0.1"), 1}, {"Y", dec("12345678901234567890"), 1}, {"Z", dec("0"), 0}}}
		got := written(t, &Page{Assets: []Asset{a}})
		for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(got, -1) {
			checkSVG(t, svg)
		}
		if n := len(walletChart(&a).Ticks); n > mostTicks {
			t.Errorf("%v: %d ticks", c, n)
		}
	}
}

func checkSVG(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
	for _, pair := range regexp.MustCompile(`points="([^"]*)"`).FindAllStringSubmatch(svg, -1) {
		for _, point := range strings.Fields(pair[1]) {
			x, y, _ := strings.Cut(point, ",")
			if dec(x).Cmp(dec("108")) < 0 || dec(x).Cmp(dec("748.0")) > 0 || dec(y).Cmp(dec("12")) < 0 || dec(y).Cmp(dec("194")) > 0 {
				t.Errorf("the point %s is out of its frame", point)
			}
		}
	}
	for _, r := range regexp.MustCompile(`<rect class="bar[^>]*x="([^"]*)"[^>]*width="([^"]*)"`).FindAllStringSubmatch(svg, -1) {
		if end := plus(dec(r[1]), dec(r[2])); dec(r[1]).Sign() < 0 || end.Cmp(dec("240")) > 0 {
			t.Errorf("a bar from %s of %s", r[1], r[2])
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct{ v, low, high, want string }{
		{"2", "1", "2", "12.0"}, {"1", "1", "2", "194.0"}, {"1.5", "1", "2", "103.0"}, {"1.3333", "1", "2", "133.3"},
	} {
		if got := place(dec(c.v), dec(c.low), dec(c.high)); got != c.want {
			t.Errorf("%s from %s to %s is at %s, not %s", c.v, c.low, c.high, got, c.want)
		}
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct{ low, high, want string }{
		{"0", "1", "[0.0 0.5 1.0]"}, {"1.13", "1.26", "[1.15 1.20 1.25]"}, {"4100", "5250", "[4500 5000]"}, {"-3", "3", "[-2 0 2]"},
		{"0.00000001", "0.00000004", "[0.00000001 0.00000002 0.00000003 0.00000004]"}, {"0", "70000", "[0 20000 40000 60000]"},
	} {
		if got := fmt.Sprint(ticks(dec(c.low), dec(c.high))); got != c.want {
			t.Errorf("%s to %s: %s, not %s", c.low, c.high, got, c.want)
		}
	}
}
