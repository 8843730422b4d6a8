package account

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// payloads are the recorded messages, where this checkout has them beside it.
const payloads = "../../shared/payloads"

// TestRecordedADA: two recorded messages of one account, three hours apart.
func TestRecordedADA(t *testing.T) {
	a := newAuditor(New("test"))
	for i, name := range []string{"coinm_live_ada_funding_fee_20220902.json", "coinm_live_ada_order_20220902.json"} {
		a.apply(t, Record{Account: "test", Position: uint64(i + 1), Kind: Frame, Data: recorded(t, name)})
	}
	b, _ := a.books.Balance("ADA")
	if b.Wallet.String() != "7634.72978052" || len(a.books.Balances()) != 3 {
		t.Errorf("ADA %s in %v", b.Wallet, a.books.Balances())
	}
	ps := a.books.Positions()
	if len(ps) != 3 || ps[1].Side != "LONG" || ps[1].Amount.String() != "440" || ps[0].Realized.String() != "-20483.39987094" {
		t.Errorf("positions %+v", ps)
	}
	var got []string
	for _, k := range []entryKey{{1, "ADA", 0}, {1, "ADA", 1}, {2, "ADA", 0}, {2, "SOL", 0}} {
		e := a.entries[k]
		got = append(got, fmt.Sprintf("%s %s", e.Kind, e.Amount))
	}
	want := "OPENING 7621.62010431, FUNDING_FEE -0.88984664, UNEXPLAINED 13.99952285, OPENING 0.00415687"
	if s := strings.Join(got, ", "); s != want || len(a.entries) != 4 {
		t.Errorf("entries %s of %d, want %s", s, len(a.entries), want)
	}
}

// TestRecordedPair: a closing of 2024 (USD-M) with its message before it: the
// change of cr is the PnL, and what is left is the commission by the third
// number of spec 3.5, which nothing recorded confirms.
func TestRecordedPair(t *testing.T) {
	a := newAuditor(New("test"))
	for i, name := range []string{"usdm_live_order_open_bep_20240104.json", "usdm_live_order_close_bep0_20240104.json"} {
		a.apply(t, Record{Account: "test", Position: uint64(i + 1), Kind: Frame, Data: recorded(t, name)})
	}
	pnl, rest := a.entries[entryKey{2, "USDT", 0}], a.entries[entryKey{2, "USDT", 1}]
	if pnl.Kind != RealizedPnL || pnl.Amount.String() != "-0.00300000" || rest.Kind != Unexplained || rest.Amount.String() != "-0.00299850" {
		t.Errorf("%+v, %+v", pnl, rest)
	}
}

// TestEveryRecording: whatever was ever recorded can be applied, and the books
// add up after it.
func TestEveryRecording(t *testing.T) {
	files, _ := filepath.Glob(payloads + "/*.json")
	if len(files) == 0 {
		t.Skip("no recordings beside this checkout: they are not part of it")
	}
	a := newAuditor(New("test"))
	for i, f := range files {
		a.apply(t, Record{Account: "test", Position: uint64(i + 1), Kind: Frame, Data: recorded(t, filepath.Base(f))})
	}
	if len(a.books.Balances()) < 5 {
		t.Errorf("balances %v", a.books.Balances())
	}
}

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(payloads, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no recordings beside this checkout: they are not part of it")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}
