package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"poise/account"
	"poise/account/reconcile"
	"poise/wire"
)

// heard is what the books of these tests follow from: a deposit, then a fill
// that opens a position.
var heard = []string{
	`{"e":"ACCOUNT_UPDATE","T":1000,"E":1002,"a":{"B":[{"a":"BTC","wb":"2.00000000","cw":"2.00000000","bc":"2.00000000"}],"P":[],"m":"DEPOSIT"}}`,
	`{"e":"ACCOUNT_CONFIG_UPDATE","E":1500,"T":1500,"ac":{"s":"BTCUSD_PERP","l":20}}`,
	`{"e":"ACCOUNT_UPDATE","T":2000,"E":2002,"a":{"B":[{"a":"BTC","wb":"1.99990000","cw":"1.89990000","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"10","ep":"60000.0","cr":"0","up":"0","mt":"isolated","iw":"0.10000000","ps":"LONG","ma":"BTC"}],"m":"ORDER"}}`,
	`{"e":"ORDER_TRADE_UPDATE","T":2000,"E":2002,"o":{"s":"BTCUSD_PERP","S":"BUY","x":"TRADE","X":"FILLED","i":1,"l":"10","z":"10","L":"60000","n":"0.00010000","N":"BTC","T":2000,"t":5,"ps":"LONG","ma":"BTC","rp":"0"}}`,
}

const (
	accountSays = `{"assets":[{"asset":"BTC","walletBalance":"1.99990000","crossWalletBalance":"1.89990000","updateTime":2000},{"asset":"ETH","walletBalance":"0.00000000","crossWalletBalance":"0.00000000","updateTime":0}],` +
		`"positions":[{"symbol":"BTCUSD_PERP","positionSide":"LONG","positionAmt":"10","entryPrice":"60000.0","isolatedWallet":"0.1","leverage":"20","isolated":true,"updateTime":2000},{"symbol":"ETHUSD_PERP","positionSide":"BOTH","positionAmt":"0","entryPrice":"0","isolatedWallet":"0","updateTime":0}]}`
	balanceSays = `[{"accountAlias":"x","asset":"BTC","balance":"1.99990000","crossWalletBalance":"1.89990000","updateTime":2000}]`
	riskSays    = `[{"symbol":"BTCUSD_PERP","positionSide":"LONG","positionAmt":"10","entryPrice":"60000.0","isolatedWallet":"0.1","leverage":"20","marginType":"isolated","updateTime":2000}]`
	incomeSays  = `[{"symbol":"","incomeType":"TRANSFER","income":"2","asset":"BTC","info":"DEPOSIT","time":1000,"tranId":"1","tradeId":""},` +
		`{"symbol":"BTCUSD_PERP","incomeType":"COMMISSION","income":"-0.0001","asset":"BTC","info":"","time":2000,"tranId":"2","tradeId":"5"}]`
)

// compare runs the messages and the answers, with something replaced in the
// answers, and prints the rows that differ.
func compare(t *testing.T, old, new string) string {
	t.Helper()
	b := account.New("main")
	var l reconcile.Ledger
	for i, m := range heard {
		d, err := b.Apply(account.Record{Account: "main", Position: uint64(i + 1), Kind: account.Frame, Data: []byte(m)})
		if err != nil {
			t.Fatal(err)
		}
		l.Entries = append(l.Entries, d.Entries...)
		for _, r := range d.Revised {
			for j := range l.Entries {
				if l.Entries[j].Position == r.After.Position && l.Entries[j].Asset == r.After.Asset && l.Entries[j].Index == r.After.Index {
					l.Entries[j] = r.After
				}
			}
		}
	}
	l.Balances, l.Positions, l.Leverages = b.Balances(), b.Positions(), b.Leverages()
	var x reconcile.Exchange
	var errs [4]error
	swap := func(s string) []byte { return []byte(strings.ReplaceAll(s, old, new)) }
	x.Account, errs[0] = wire.DecodeAccountInfo(swap(accountSays))
	x.Balances, _, errs[1] = wire.DecodeBalances(swap(balanceSays))
	x.Risk, errs[2] = wire.DecodePositionRisk(swap(riskSays))
	x.Income, errs[3] = wire.DecodeIncome(swap(incomeSays))
	rows, err := reconcile.Compare(&l, &x)
	if errs != [4]error{} || err != nil {
		t.Fatal(errs, err)
	}
	if len(rows) != 16 && old == "" {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
	var out []string
	for _, r := range rows {
		if !r.Equal {
			out = append(out, fmt.Sprintf("%s %s %s %q %q", r.Source, r.Of, r.What, r.Ledger, r.Exchange))
		}
	}
	if len(out) != reconcile.Differences(rows) {
		t.Errorf("%d differences are counted of %q", reconcile.Differences(rows), out)
	}
	return strings.Join(out, "\n")
}

func TestEachDifferenceIsARow(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"none", "", "", ""},
		{"digits that are no value", `"1.99990000"`, `"1.9999"`, ""},
		{"wallet", `"walletBalance":"1.99990000"`, `"walletBalance":"1.9998"`, `account BTC wallet "1.99990000" "1.9998"`},
		{"wallet of balance", `"balance":"1.99990000"`, `"balance":"1.9998"`, `balance BTC wallet "1.99990000" "1.9998"`},
		{"cross wallet", `"crossWalletBalance":"1.89990000"`, `"crossWalletBalance":"1.8"`,
			"account BTC cross wallet \"1.89990000\" \"1.8\"\nbalance BTC cross wallet \"1.89990000\" \"1.8\""},
		{"a wallet nobody heard of", `"asset":"ETH","walletBalance":"0.00000000"`, `"asset":"ETH","walletBalance":"1"`, `account ETH wallet "" "1"`},
		{"a wallet that is not there", `{"accountAlias":"x","asset":"BTC","balance":"1.99990000","crossWalletBalance":"1.89990000","updateTime":2000}`, ``,
			"balance BTC wallet \"1.99990000\" \"\"\nbalance BTC cross wallet \"1.89990000\" \"\""},
		{"amount", `"positionAmt":"10"`, `"positionAmt":"9"`, "account BTCUSD_PERP LONG amount \"10\" \"9\"\npositionRisk BTCUSD_PERP LONG amount \"10\" \"9\""},
		{"a position nobody heard of", `"positionSide":"BOTH","positionAmt":"0"`, `"positionSide":"BOTH","positionAmt":"-3"`, `account ETHUSD_PERP amount "" "-3"`},
		{"a position that is not there", riskSays, "[]", "positionRisk BTCUSD_PERP LONG amount \"10\" \"\"\npositionRisk BTCUSD_PERP LONG entry price \"60000.0\" \"\"\n" +
			"positionRisk BTCUSD_PERP LONG isolated wallet \"0.10000000\" \"\"\npositionRisk BTCUSD_PERP leverage \"20\" \"\""},
		{"entry price", `"leverage":"20","marginType"`, `"leverage":"20","entryPrice":"1","marginType"`, ""},
		{"leverage", `"leverage":"20","marginType"`, `"leverage":"10","marginType"`, `positionRisk BTCUSD_PERP leverage "20" "10"`},
		{"margin type", `"marginType":"isolated"`, `"marginType":"cross"`, `positionRisk BTCUSD_PERP LONG margin type "isolated" "cross"`},
		{"isolated wallet", `"isolatedWallet":"0.1","leverage":"20","isolated"`, `"isolatedWallet":"0.2","leverage":"20","isolated"`,
			`account BTCUSD_PERP LONG isolated wallet "0.10000000" "0.2"`},
		{"income", `"income":"-0.0001"`, `"income":"-0.0002"`, "income BTC COMMISSION \"-0.00010000\" \"-0.0002\"\nincome BTC all kinds \"1.99990000\" \"1.9998\""},
		{"income that the ledger lacks", `"incomeType":"TRANSFER"`, `"incomeType":"FUNDING_FEE"`, "income BTC FUNDING_FEE \"\" \"2\"\nincome BTC TRANSFER \"2.00000000\" \"\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "entry price" {
				c.old, c.new, c.want = `"entryPrice":"60000.0","isolatedWallet":"0.1","leverage":"20","marginType"`, `"entryPrice":"6","isolatedWallet":"0.1","leverage":"20","marginType"`, `positionRisk BTCUSD_PERP LONG entry price "60000.0" "6"`
			}
			if got := compare(t, c.old, c.new); got != c.want {
				t.Errorf("differences are\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestIncomeBeforeTheOpeningIsNotCounted: a snapshot's wallet holds what came
// before it, and what came at its moment.
func TestIncomeBeforeTheOpeningIsNotCounted(t *testing.T) {
	b := account.New("main")
	d, err := b.Apply(account.Record{Account: "main", Position: 1, Kind: account.Snapshot, Data: []byte(`{"account":` + accountSays + `}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from int64
		rows int // of income
	}{{0, 0}, {1, 0}, {2001, 0}} {
		income, err := wire.DecodeIncome([]byte(incomeSays))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := reconcile.Compare(&reconcile.Ledger{Entries: d.Entries, From: c.from}, &reconcile.Exchange{Income: income})
		if err != nil || len(rows) != c.rows {
			t.Errorf("from %d: %v, %v", c.from, rows, err)
		}
	}
	rows, err := reconcile.Compare(&reconcile.Ledger{First: 1500}, &reconcile.Exchange{Income: mustIncome(t)})
	if err != nil || len(rows) != 2 || rows[0].What != "COMMISSION" || rows[0].Equal {
		t.Errorf("an empty wallet, heard of since 1500: %v, %v", rows, err)
	}
}

func mustIncome(t *testing.T) []wire.IncomeRow {
	t.Helper()
	rows, err := wire.DecodeIncome([]byte(incomeSays))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestADeliveryIsRealisedPnL: the stream has no word of its own for it.
func TestADeliveryIsRealisedPnL(t *testing.T) {
	income, err := wire.DecodeIncome([]byte(strings.ReplaceAll(incomeSays, "COMMISSION", "DELIVERED_SETTELMENT")))
	if err != nil {
		t.Fatal(err)
	}
	// Entries of a wallet that was empty begin with the first, even if poise's clock is late.
	e := []account.Entry{{Asset: "BTC", Time: 2000, Kind: account.RealizedPnL, Amount: income[1].Amount}}
	rows, err := reconcile.Compare(&reconcile.Ledger{Entries: e, First: 5000}, &reconcile.Exchange{Income: income})
	if err != nil || len(rows) != 2 || reconcile.Differences(rows) != 0 || rows[0].What != "REALIZED_PNL" {
		t.Errorf("%v, %v", rows, err)
	}
}
