package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestRecordedRESTAnswersAreRead(t *testing.T) {
	payloads(t, func(t *testing.T, name string, b []byte) {
		var err error
		n := -1
		switch {
		case name == "coinm_doc_rest_account.json" || name == "coinm_rest_account_2021.json":
			var info AccountInfo
			info, err = DecodeAccountInfo(b)
			n = len(info.Assets) * len(info.Positions)
		case name == "coinm_doc_rest_positionrisk.json":
			var rows []PositionInfo
			rows, err = DecodePositionRisk(b)
			n = len(rows)
		case name == "coinm_doc_rest_balance.json" || name == "coinm_rest_balance_2021.json":
			var rows []AssetInfo
			var alias string
			rows, alias, err = DecodeBalances(b)
			n = len(rows) * len(alias)
		case name == "coinm_doc_rest_income.json":
			var rows []IncomeRow
			rows, err = DecodeIncome(b)
			n = len(rows)
		default:
			return
		}
		if err != nil || n == 0 {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
	})
}

const accountAnswer = `{"canTrade":true,"assets":[{"asset":"SOL","walletBalance":"41.20770310","crossWalletBalance":"40.2",
"crossUnPnl":"-0.5","marginBalance":"40.70770310","availableBalance":"11","updateTime":1791417600452,"x":[1,{"y":null}]}],
"positions":[{"symbol":"SOLUSD_PERP","positionSide":"LONG","positionAmt":"7","entryPrice":"151.43000000",
"breakEvenPrice":"151.49057200","unrealizedProfit":"-0.5","isolatedWallet":"1.00770310","leverage":"25","isolated":true,
"updateTime":1791417600452},{"symbol":"SOLUSD_PERP","isolated":false,"leverage":25}],"feeTier":2}`

func TestAccountInfo(t *testing.T) {
	info, err := DecodeAccountInfo([]byte(accountAnswer))
	if err != nil {
		t.Fatal(err)
	}
	a, p, q := info.Assets[0], info.Positions[0], info.Positions[1]
	if a.Asset != "SOL" || a.Wallet.String() != "41.20770310" || a.Cross.String() != "40.2" ||
		a.Unrealized.String() != "-0.5" || a.Margin.String() != "40.70770310" || a.Updated != 1791417600452 {
		t.Errorf("asset %+v", a)
	}
	if p.Side != SideLong || p.Amount.String() != "7" || p.EntryPrice.String() != "151.43000000" || p.Leverage != 25 ||
		p.MarginType != MarginIsolated || p.IsolatedWallet.String() != "1.00770310" || p.BreakEven.String() != "151.49057200" {
		t.Errorf("position %+v", p)
	}
	if want := PositionInfoSymbol | PositionInfoMarginType | PositionInfoLeverage; q.Fields != want || q.MarginType != MarginCross {
		t.Errorf("position %+v, want only fields %b", q, want)
	}
}

func TestPositionRisk(t *testing.T) {
	rows, err := DecodePositionRisk([]byte(` [ {"symbol":"ADAUSD_PERP","marginType":"isolated","unRealizedProfit":"1.25",
		"markPrice":"0.41300000","liquidationPrice":"0.35","isolatedMargin":"3.1","positionAmt":"-4","leverage":"10"} ] `))
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if r := rows[0]; r.MarginType != MarginIsolated || r.Unrealized.String() != "1.25" || r.Mark.String() != "0.41300000" ||
		r.Liquidation.String() != "0.35" || r.IsolatedMargin.String() != "3.1" || r.Fields.Has(PositionInfoSide) {
		t.Errorf("%+v", r)
	}
}

func TestIncomeIdsAreNumbersOrStrings(t *testing.T) {
	rows, err := DecodeIncome([]byte(`[{"symbol":"","incomeType":"TRANSFER","income":"-1.5","asset":"BTC","info":"WITHDRAW",
		"time":1791417600452,"tranId":9689322301,"tradeId":""},{"symbol":"ETHUSD_PERP","incomeType":"COMMISSION",
		"income":"-0.00000010","asset":"ETH","info":"","time":1791417600452,"tranId":"9689322301","tradeId":77}]`))
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	if rows[0].TranID != "9689322301" || rows[1].TranID != "9689322301" || rows[0].TradeID != "" || rows[1].TradeID != "77" ||
		rows[1].Amount.String() != "-0.00000010" || rows[0].Info != "WITHDRAW" {
		t.Errorf("%+v", rows)
	}
}

func TestSnapshotIsSplit(t *testing.T) {
	parts, err := DecodeSnapshot([]byte(`{"balance": [1 ], "note":1, "account": {"a":2} }`))
	if err != nil || string(parts.Account) != `{"a":2}` || string(parts.Balance) != `[1 ]` || parts.PositionRisk != nil {
		t.Errorf("%s %s %s %v", parts.Account, parts.Balance, parts.PositionRisk, err)
	}
}

func TestRESTErrorsHaveKindAndPath(t *testing.T) {
	snapshot := func(b []byte) error { _, err := DecodeSnapshot(b); return err }
	account := func(b []byte) error { _, err := DecodeAccountInfo(b); return err }
	income := func(b []byte) error { _, err := DecodeIncome(b); return err }
	for _, c := range []struct {
		read func([]byte) error
		text string
		kind error
		path string
	}{
		{account, `[]`, ErrType, ""},
		{account, ``, ErrSyntax, ""},
		{account, `{"assets":[{"asset":"BTC"},{}]}`, ErrMissing, "assets[1].asset"},
		{account, `{"assets":[{"asset":"BTC","walletBalance":"1e3"}]}`, ErrDecimal, "assets[0].walletBalance"},
		{account, `{"positions":[{"symbol":"X","x":1,"x":1}]}`, ErrDuplicateKey, "positions[0].x"},
		{account, `{"positions":{}}`, ErrType, "positions"},
		{account, `{} {}`, ErrSyntax, ""},
		{income, `[{"incomeType":"A","tranId":1.5,"income":"1","time":1}]`, ErrType, "[0].tranId"},
		{income, `[{"incomeType":"A","income":"1","time":1}]`, ErrMissing, "[0].tranId"},
		{income, `{}`, ErrType, ""},
		{snapshot, `{"account":null}`, ErrType, "account"},
		{snapshot, `{"account":{"a":1,"a":2}}`, ErrDuplicateKey, "account.a"},
		{snapshot, `[]`, ErrType, ""},
		{snapshot, `{"account":` + strings.Repeat("[", 40), ErrLimit, ""},
	} {
		err := c.read([]byte(c.text))
		var e *Error
		if !errors.Is(err, c.kind) || !errors.As(err, &e) || c.path != "" && e.Path != c.path {
			t.Errorf("%s: %v, want %v at %q", c.text, err, c.kind, c.path)
		}
	}
}
