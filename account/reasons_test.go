package account

import (
	"fmt"
	"strings"
	"testing"
)

// reasonTable: what each documented reason does to a wallet of 10.00 BTC with
// margin of 1.00 in it, and how that is explained. `fill` is the commission and
// PnL of the ORDER_TRADE_UPDATE that comes after.
const reasonTable = `
reason              wallet  bc     margin  cr     fill         explained as                             left over
DEPOSIT             12.00   2.00   1.00    0.50   -            TRANSFER 2.00                            0
WITHDRAW            7.00    -3.00  1.00    0.50   -            TRANSFER -3.00                           0
ORDER               10.05   0      1.05    0.60   0.05/0.10    REALIZED_PNL 0.10, COMMISSION -0.05      0
ORDER               9.95    0      1.00    0.50   0.05/0       COMMISSION -0.05                         0
ORDER               10.05   0      1.05    0.60   -            REALIZED_PNL 0.10, UNEXPLAINED -0.05     -0.05
FUNDING_FEE         9.99    -0.01  0.99    0.50   -            FUNDING_FEE -0.01                        0
FUNDING_FEE         10.02   0.02   1.02    0.50   -            FUNDING_FEE 0.02                         0
ADJUSTMENT          9.00    -1.00  1.00    0.50   -            ADJUSTMENT -1.00                         0
INSURANCE_CLEAR     10.30   0.30   1.00    0.50   -            INSURANCE_CLEAR 0.30                     0
ADMIN_DEPOSIT       10.01   0.01   1.00    0.50   -            WELCOME_BONUS 0.01                       0
ADMIN_WITHDRAW      9.90    -0.10  1.00    0.50   -            WELCOME_BONUS -0.10                      0
MARGIN_TRANSFER     10.00   0      1.25    0.50   -            -                                        0
MARGIN_TRANSFER     10.00   -0.25  1.25    0.50   -            -                                        0
MARGIN_TYPE_CHANGE  10.00   0      1.00    0.50   -            -                                        0
ASSET_TRANSFER      11.00   1.00   1.00    0.50   -            ASSET_TRANSFER 1.00                      0
COIN_SWAP_DEPOSIT   10.70   0.70   1.00    0.50   -            COIN_SWAP 0.70                           0
COIN_SWAP_WITHDRAW  9.30    -0.70  1.00    0.50   -            COIN_SWAP -0.70                          0
`

// TestEachReason runs the table in one-way and hedge mode, cross and isolated.
func TestEachReason(t *testing.T) {
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(reasonTable), "\n")[1:] {
		c := strings.Fields(line)
		left := c[len(c)-1]
		want := strings.Join(c[6:len(c)-1], " ")
		seen[c[0]] = true
		for _, hedge := range []bool{false, true} {
			for _, isolated := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/hedge=%t/isolated=%t/%s", c[0], hedge, isolated, c[1]), func(t *testing.T) {
					testReason(t, c[0], c[1], c[2], c[3], c[4], c[5], want, left, hedge, isolated)
				})
			}
		}
	}
	if len(seen) != 13 {
		t.Errorf("reasons in the table: %d, the documentation has 13", len(seen))
	}
}

func testReason(t *testing.T, reason, wallet, bc, margin, cr, fill, want, left string, hedge, isolated bool) {
	a := newAuditor(New("test"))
	position := uint64(0)
	apply := func(message string) Delta {
		position++
		return a.apply(t, Record{Account: "test", Position: position, Kind: Frame, Data: []byte(message)})
	}
	rows := func(margin, cr string) string {
		mt, iw := "cross", "0"
		if isolated {
			mt, iw = "isolated", margin
		}
		held := `{"s":"BTCUSD_PERP","pa":"30","ep":"33750.0","cr":%q,"up":"0","mt":%q,"iw":%q,"ps":%q,"ma":"BTC"}`
		if !hedge {
			return fmt.Sprintf(held, cr, mt, iw, "BOTH")
		}
		flat := `{"s":"BTCUSD_PERP","pa":"0","ep":"0.0","cr":"7","up":"0","mt":%q,"iw":"0","ps":%q,"ma":"BTC"},`
		return fmt.Sprintf(flat, mt, "BOTH") + fmt.Sprintf(held, cr, mt, iw, "LONG") + "," + strings.TrimSuffix(fmt.Sprintf(flat, mt, "SHORT"), ",")
	}
	update := func(at int, reason, wallet, bc, margin, cr string) Delta {
		cross := wallet
		if isolated {
			cross = mustSub(wallet, margin)
		}
		return apply(fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"i":"SfsR","a":{"B":[{"a":"BTC","wb":%q,"cw":%q,"bc":%q}],"P":[%s],"m":%q}}`,
			at, at+2, wallet, cross, bc, rows(margin, cr), reason))
	}
	update(1000, "DEPOSIT", "10.00", "10.00", "1.00", "0.50")
	d := update(2000, reason, wallet, bc, margin, cr)
	if n, rows := len(d.Positions), map[bool]int{true: 3, false: 1}[hedge]; n != rows {
		t.Errorf("position rows in the delta: %d, want %d", n, rows)
	}
	if commission, pnl, ok := strings.Cut(fill, "/"); ok {
		side := map[bool]string{true: "LONG", false: "BOTH"}[hedge]
		apply(fmt.Sprintf(`{"e":"ORDER_TRADE_UPDATE","T":2000,"E":2002,"i":"SfsR","o":{"s":"BTCUSD_PERP","x":"TRADE","X":"FILLED","i":5,"n":%q,"N":"BTC","T":2000,"t":9,"ps":%q,"rp":%q}}`,
			commission, side, pnl))
	}
	apply(`{"e":"ACCOUNT_CONFIG_UPDATE","E":60000,"T":60000,"ac":{"s":"BTCUSD_PERP","l":20}}`) // time passes
	checkExplained(t, a, want, left)
}

func checkExplained(t *testing.T, a *auditor, want, left string) {
	t.Helper()
	got := []string{}
	for i := 0; ; i++ {
		e, ok := a.entries[entryKey{2, "BTC", i}]
		if !ok {
			break
		}
		got = append(got, fmt.Sprintf("%s %s", e.Kind, e.Amount))
	}
	if g := strings.Join(got, ", "); g != want && !(g == "" && want == "-") {
		t.Errorf("explained as %q, want %q", g, want)
	}
	if out := must(a.books.Outstanding("BTC")); out.String() != left {
		t.Errorf("left over %s, want %s", out, left)
	}
	if in := a.books.Incidents(); (len(in) > 0) != (left != "0") {
		t.Errorf("incidents %+v with %s left over", in, left)
	}
}
