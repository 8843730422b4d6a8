package account

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poise/decimal"
)

var rewrite = flag.Bool("rewrite", false, "write what the books say into testdata/*.txt")

// TestScripts runs the sessions of testdata. Each is commands, a line ----, and
// what the books said; README.md beside them tells the commands.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("sessions found: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runScript(t, file) })
	}
}

func runScript(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := newAuditor(New("test"))
	var out strings.Builder
	for _, block := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n\n") {
		input, want, _ := strings.Cut(block+"\n", "\n----\n")
		want = strings.TrimRight(want, "\n")
		got := runBlock(t, a, input)
		if !*rewrite && got != want {
			t.Errorf("%s:\n%s\n---- got\n%s\n---- want\n%s", file, input, got, want)
		}
		if got != "" {
			got += "\n"
		}
		fmt.Fprintf(&out, "%s\n----\n%s\n", input, got)
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runBlock applies one command with its rows and tells the delta.
func runBlock(t *testing.T, a *auditor, input string) string {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(input, "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	r := recordOf(t, lines)
	r.Account, r.Position = "test", a.books.Position()+1
	d := a.apply(t, r)
	return strings.TrimRight(tell(&d), "\n")
}

// recordOf reads: update E[/T] REASON [S=sym] + rows; fill E[/T] SYM SIDE t=1 n=1 rp=1 N=BTC;
// snapshot + rows; income + rows; line EVENT; raw BYTES.
func recordOf(t *testing.T, lines []string) Record {
	t.Helper()
	f := strings.Fields(lines[0])
	switch f[0] {
	case "update":
		return Record{Kind: Frame, Data: []byte(updateJSON(t, f, lines[1:]))}
	case "fill":
		return Record{Kind: Frame, Data: []byte(fillJSON(f))}
	case "snapshot":
		return Record{Kind: Snapshot, Received: ms(f), Data: []byte(snapshotJSON(lines[1:]))}
	case "income":
		return Record{Kind: Income, Received: ms(f), Data: []byte(incomeJSON(lines[1:]))}
	case "line":
		return Record{Kind: Line, Received: ms(f[1:]), Data: []byte(`{"event":"` + f[1] + `"}`)}
	case "raw":
		return Record{Kind: Frame, Data: []byte(strings.TrimPrefix(lines[0], "raw "))}
	}
	t.Fatalf("unknown command %q", lines[0])
	return Record{}
}

// ms reads the time after a command as nanoseconds.
func ms(f []string) (ns int64) {
	if len(f) > 1 {
		fmt.Sscan(f[1], &ns)
	}
	return ns * 1e6
}

// times splits E/T; T is E-1 where not given.
func times(s string) (e, tr int64) {
	if n, _ := fmt.Sscanf(s, "%d/%d", &e, &tr); n < 2 {
		tr = e - 1
	}
	return e, tr
}

func updateJSON(t *testing.T, f, rows []string) string {
	t.Helper()
	e, tr := times(f[1])
	var bs, ps []string
	for _, row := range rows {
		r := strings.Fields(row)
		switch r[0] {
		case "B": // asset wallet cross [bc]
			s := fmt.Sprintf(`{"a":%q,"wb":%q,"cw":%q`, r[1], r[2], r[3])
			if len(r) > 4 {
				s += fmt.Sprintf(`,"bc":%q`, r[4])
			}
			bs = append(bs, s+"}")
		case "P": // symbol side amount entry cr mt iw
			ps = append(ps, fmt.Sprintf(`{"s":%q,"pa":%q,"ep":%q,"cr":%q,"up":"0","mt":%q,"iw":%q,"ps":%q}`,
				r[1], r[3], r[4], r[5], r[6], r[7], r[2]))
		default:
			t.Fatalf("unknown row %q", row)
		}
	}
	s := ""
	if len(f) > 3 {
		s = fmt.Sprintf(`,"S":%q`, strings.TrimPrefix(f[3], "S="))
	}
	return fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"i":"SfsR","a":{"B":[%s],"P":[%s],"m":%q%s}}`,
		tr, e, strings.Join(bs, ","), strings.Join(ps, ","), f[2], s)
}

func fillJSON(f []string) string {
	e, tr := times(f[1])
	v := map[string]string{"t": "1", "n": "0", "rp": "0", "N": strings.TrimSuffix(strings.SplitN(f[2], "_", 2)[0], "USD")}
	for _, kv := range f[4:] {
		k, val, _ := strings.Cut(kv, "=")
		v[k] = val
	}
	return fmt.Sprintf(`{"e":"ORDER_TRADE_UPDATE","T":%d,"E":%d,"i":"SfsR","o":{"s":%q,"S":"BUY","x":"TRADE","X":"FILLED","i":77,"l":"1","n":%q,"N":%q,"T":%d,"t":%s,"ps":%q,"rp":%q}}`,
		tr, e, f[2], v["n"], v["N"], tr, v["t"], f[3], v["rp"])
}

func snapshotJSON(rows []string) string {
	var as, ps []string
	for _, row := range rows {
		r := strings.Fields(row)
		if r[0] == "B" { // asset wallet cross updateTime
			as = append(as, fmt.Sprintf(`{"asset":%q,"walletBalance":%q,"crossWalletBalance":%q,"updateTime":%s}`, r[1], r[2], r[3], r[4]))
		} else { // symbol side amount entry isolatedWallet updateTime
			ps = append(ps, fmt.Sprintf(`{"symbol":%q,"positionSide":%q,"positionAmt":%q,"entryPrice":%q,"isolated":%t,"isolatedWallet":%q,"leverage":"20","updateTime":%s}`,
				r[1], r[2], r[3], r[4], r[5] != "0", r[5], r[6]))
		}
	}
	return fmt.Sprintf(`{"account":{"assets":[%s],"positions":[%s]}}`, strings.Join(as, ","), strings.Join(ps, ","))
}

func incomeJSON(rows []string) string {
	var out []string
	for _, row := range rows { // time type asset amount symbol tranId tradeId
		r := strings.Fields(row)
		out = append(out, fmt.Sprintf(`{"symbol":%q,"incomeType":%q,"income":%q,"asset":%q,"info":"","time":%s,"tranId":%q,"tradeId":%q}`,
			dash(r[4]), r[1], r[3], r[2], r[0], r[5], dash(r[6])))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func dash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

func tell(d *Delta) string {
	var b strings.Builder
	if d.Repeated {
		b.WriteString("repeated\n")
	}
	for _, x := range d.Balances {
		fmt.Fprintf(&b, "wallet   %-5s %s cross %s\n", x.Asset, x.Wallet, x.Cross)
	}
	for _, x := range d.Positions {
		fmt.Fprintf(&b, "position %s %s %s @ %s %s %s\n", x.Symbol, x.Side, x.Amount, x.EntryPrice, x.MarginType, x.IsolatedWallet)
	}
	for _, x := range d.Leverages {
		fmt.Fprintf(&b, "leverage %s %d\n", x.Symbol, x.Leverage)
	}
	for _, x := range d.Calls {
		fmt.Fprintf(&b, "call     %s %s %s mark %s maintenance %s\n", x.Symbol, x.Side, x.Amount, x.Mark, x.Maintenance)
	}
	for _, x := range d.Entries {
		fmt.Fprintf(&b, "entry    %s\n", tellEntry(&x))
	}
	for _, x := range d.Revised {
		fmt.Fprintf(&b, "revised  %s, was %s %s\n", tellEntry(&x.After), x.Before.Kind, x.Before.Amount)
	}
	for _, x := range d.Opened {
		fmt.Fprintf(&b, "open     #%d %s %s%s %s x%d: %s\n", x.ID, x.Kind, x.Asset, x.Symbol, x.Amount, x.Count, x.Detail)
	}
	for _, x := range d.Ended {
		fmt.Fprintf(&b, "end      #%d %s %s%s: %s\n", x.ID, x.Kind, x.Asset, x.Symbol, x.Ending)
	}
	return b.String()
}

func tellEntry(e *Entry) string {
	s := fmt.Sprintf("%d/%s/%d %s %s -> %s", e.Position, e.Asset, e.Index, e.Kind, e.Amount, e.Balance)
	if e.Symbol != "" {
		s += " " + e.Symbol
	}
	if e.TradeID != 0 {
		s += fmt.Sprintf(" trade %d", e.TradeID)
	}
	if e.TranID != "" {
		s += " tran " + e.TranID
	}
	return s
}

// auditor applies records to books and, after each, checks what must always
// hold, from the deltas alone and apart from the code under test.
type auditor struct {
	books   *Books
	entries map[entryKey]Entry
}

type entryKey struct {
	position uint64
	asset    string
	index    int
}

func newAuditor(b *Books) *auditor { return &auditor{b, map[entryKey]Entry{}} }

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (a *auditor) apply(t failer, r Record) Delta {
	t.Helper()
	d, err := a.books.Apply(r)
	if err != nil {
		t.Fatalf("Apply(%d): %v", r.Position, err)
	}
	for _, e := range d.Entries {
		k := entryKey{e.Position, e.Asset, e.Index}
		if _, there := a.entries[k]; there {
			t.Fatalf("record %d: entry %v is there already", r.Position, k)
		}
		if e.Amount.IsZero() {
			t.Fatalf("record %d: entry %v moves nothing", r.Position, k)
		}
		a.entries[k] = e
	}
	for _, v := range d.Revised {
		k := entryKey{v.After.Position, v.After.Asset, v.After.Index}
		if a.entries[k] != v.Before {
			t.Fatalf("record %d: revised %+v, held %+v", r.Position, v.Before, a.entries[k])
		}
		a.entries[k] = v.After
	}
	a.check(t)
	return d
}

// check: per asset, entries sum to the wallet; per record and asset, in the order
// of their indexes, balances chain, and what is UNEXPLAINED is what is outstanding.
func (a *auditor) check(t failer) {
	t.Helper()
	sums := map[string]decimal.D{}
	for k, e := range a.entries {
		sums[k.asset] = must(sums[k.asset].Add(e.Amount))
		if k.index > 0 {
			before := k.index - 1 // or further: room is left behind what may be split
			for ok := false; !ok && before > 0; {
				if _, ok = a.entries[entryKey{k.position, k.asset, before}]; !ok {
					before--
				}
			}
			p, ok := a.entries[entryKey{k.position, k.asset, before}]
			if !ok || !must(p.Balance.Add(e.Amount)).Equal(e.Balance) {
				t.Fatalf("entry %v: %s on %s does not give %s", k, e.Amount, p.Balance, e.Balance)
			}
		}
	}
	for _, b := range a.books.Balances() {
		if !sums[b.Asset].Equal(b.Wallet) {
			t.Fatalf("%s: entries sum to %s, the wallet is %s", b.Asset, sums[b.Asset], b.Wallet)
		}
	}
}

func must(d decimal.D, err error) decimal.D {
	if err != nil {
		panic(err)
	}
	return d
}

func mustSub(a, b string) string {
	return must(decimal.MustParse(a).Sub(decimal.MustParse(b))).String()
}
