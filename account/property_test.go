package account

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"poise/decimal"
)

// world is a tiny account of its own, apart from the code under test: it makes
// the messages that the exchange would push and knows the cause of each coin.
type world struct {
	now     int64
	wallet  map[string]int64 // in 1e-8 coin
	cr      map[string]int64
	amount  map[string]int64
	causes  map[string]map[Kind]int64 // asset -> kind -> sum
	income  []string
	tran    int
	tradeID int
}

func newWorld() *world {
	return &world{now: 1_700_000_000_000, wallet: map[string]int64{}, cr: map[string]int64{}, amount: map[string]int64{}, causes: map[string]map[Kind]int64{}}
}

func (w *world) cause(asset, symbol string, k Kind, n int64, tradeID int) {
	if n == 0 {
		return
	}
	if w.causes[asset] == nil {
		w.causes[asset] = map[Kind]int64{}
	}
	w.causes[asset][k] += n
	w.wallet[asset] += n
	w.tran++
	w.income = append(w.income, fmt.Sprintf(`{"symbol":%q,"incomeType":%q,"income":%q,"asset":%q,"info":"","time":%d,"tranId":"%d","tradeId":"%d"}`,
		symbol, k, coins(n), asset, w.now, w.tran, tradeID))
}

func coins(n int64) string { return decimal.New(n, 8).String() }

// transfer is a DEPOSIT or the like: one message.
func (w *world) transfer(reason, asset string, n int64) []string {
	w.now += 10
	k, _ := kindOf(reason)
	w.cause(asset, "", k, n, 0)
	return []string{fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":%q,"wb":%q,"cw":%q,"bc":%q}],"P":[],"m":%q}}`,
		w.now, w.now+3, asset, coins(w.wallet[asset]), coins(w.wallet[asset]), coins(n), reason)}
}

// fill is a trade: the ACCOUNT_UPDATE and then the ORDER_TRADE_UPDATE.
func (w *world) fill(asset, side string, contracts, pnl, fee int64) []string {
	w.now += 10
	w.tradeID++
	symbol := asset + "USD_PERP"
	key := symbol + side
	w.amount[key] += contracts
	w.cr[key] += pnl
	w.cause(asset, symbol, RealizedPnL, pnl, w.tradeID)
	w.cause(asset, symbol, Commission, -fee, w.tradeID)
	return []string{
		fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":%q,"wb":%q,"cw":%q,"bc":"0"}],"P":[{"s":%q,"pa":"%d","ep":"1.5","cr":%q,"up":"0","mt":"cross","iw":"0","ps":%q,"ma":%q}],"m":"ORDER"}}`,
			w.now, w.now+3, asset, coins(w.wallet[asset]), coins(w.wallet[asset]), symbol, w.amount[key], coins(w.cr[key]), side, asset),
		fmt.Sprintf(`{"e":"ORDER_TRADE_UPDATE","T":%d,"E":%d,"o":{"s":%q,"x":"TRADE","X":"FILLED","i":1,"l":"1","n":%q,"N":%q,"T":%d,"t":%d,"ps":%q,"rp":%q}}`,
			w.now, w.now+3, symbol, coins(fee), asset, w.now, w.tradeID, side, coins(pnl)),
	}
}

// story draws what happens to an account: messages in the order of their making.
func story(t *rapid.T, w *world) []string {
	money := rapid.Int64Range(-5_00000000, 5_00000000)
	return w.live(t, rapid.IntRange(1, 25).Draw(t, "events"), func() (int64, int64) {
		return money.Draw(t, "money"), rapid.Int64Range(-10, 1000).Draw(t, "fee")
	})
}

// tellable is story with amounts of which no two sums are equal, so that what is
// lost can be told from what is not: signed powers of 3.
func tellable(t *rapid.T, w *world) []string {
	power := int64(1)
	next := func() int64 {
		power *= 3
		return power * int64(1-2*rapid.IntRange(0, 1).Draw(t, "negative"))
	}
	return w.live(t, rapid.IntRange(1, 14).Draw(t, "events"), func() (int64, int64) { return next(), next() })
}

func (w *world) live(t *rapid.T, events int, amounts func() (money, fee int64)) (messages []string) {
	asset := rapid.SampledFrom([]string{"ADA", "BTC"})
	side := rapid.SampledFrom([]string{"BOTH", "LONG", "SHORT"})
	for _, a := range []string{"ADA", "BTC"} {
		messages = append(messages, w.transfer("DEPOSIT", a, 100_00000000)...)
	}
	for range events {
		a := asset.Draw(t, "asset")
		money, fee := amounts()
		if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
			reason := rapid.SampledFrom([]string{"DEPOSIT", "WITHDRAW", "FUNDING_FEE", "INSURANCE_CLEAR", "ADJUSTMENT", "ADMIN_DEPOSIT", "ASSET_TRANSFER", "COIN_SWAP_WITHDRAW"}).Draw(t, "reason")
			messages = append(messages, w.transfer(reason, a, money)...)
		} else {
			messages = append(messages, w.fill(a, side.Draw(t, "side"), 1, money, fee)...)
		}
	}
	return messages
}

func records(messages []string) (rs []Record) {
	for i, m := range messages {
		rs = append(rs, Record{Account: "test", Position: uint64(i + 1), Kind: Frame, Data: []byte(m)})
	}
	return rs
}

// totals sums the entries by asset and kind.
func (a *auditor) totals() map[string]map[Kind]decimal.D {
	sums := map[string]map[Kind]decimal.D{}
	for _, e := range a.entries {
		if sums[e.Asset] == nil {
			sums[e.Asset] = map[Kind]decimal.D{}
		}
		sums[e.Asset][e.Kind] = must(sums[e.Asset][e.Kind].Add(e.Amount))
	}
	return sums
}

func (a *auditor) mustTell(t *rapid.T, w *world) {
	got := a.totals()
	for asset, kinds := range w.causes {
		for k, n := range kinds {
			if !got[asset][k].Equal(decimal.New(n, 8)) {
				t.Fatalf("%s %s: entries say %s, it was %s", asset, k, got[asset][k], coins(n))
			}
		}
		if u := got[asset][Unexplained]; !u.IsZero() {
			t.Fatalf("%s: %s is unexplained", asset, u)
		}
	}
}

// TestEveryCoinIsExplained: when every message is heard in order, each kind
// sums to what truly happened, nothing is unexplained and nothing is wrong.
func TestEveryCoinIsExplained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, a := newWorld(), newAuditor(New("test"))
		for _, r := range records(story(t, w)) {
			a.apply(t, r)
		}
		a.mustTell(t, w)
		if in := a.books.Incidents(); len(in) > 0 {
			t.Fatalf("incidents: %+v", in)
		}
	})
}

// TestNothingIsInvented: whatever is lost, doubled or out of order, the entries
// sum to the wallets after every record (the auditor checks), and what kind
// they are is never more than what truly happened could give.
func TestNothingIsInvented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, a := newWorld(), newAuditor(New("test"))
		messages := mangle(t, story(t, w))
		for _, r := range records(messages) {
			a.apply(t, r)
		}
	})
}

// TestIncomeRepairs: what was lost of the stream is found in the income rows,
// once a message shows the wallet after it.
func TestIncomeRepairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, a := newWorld(), newAuditor(New("test"))
		messages := tellable(t, w)
		lost := map[int]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "lost") {
			lost[rapid.IntRange(2, len(messages)-1).Draw(t, "at")] = true
		}
		var heard []string
		for i, m := range messages {
			if !lost[i] {
				heard = append(heard, m)
			}
		}
		for _, asset := range []string{"ADA", "BTC"} {
			heard = append(heard, w.transfer("DEPOSIT", asset, 1)...)
		}
		rs := records(heard)
		next := uint64(len(rs) + 1)
		rs = append(rs, Record{Account: "test", Position: next, Kind: Line, Data: []byte(`{"event":"stop"}`)},
			Record{Account: "test", Position: next + 1, Kind: Income, Data: []byte("[" + strings.Join(w.income, ",") + "]")})
		for _, r := range rs {
			d := a.apply(t, r)
			t.Logf("%s\n%s", r.Data, tell(&d))
		}
		a.mustTell(t, w)
		if in := a.books.Incidents(); len(in) > 0 {
			t.Fatalf("incidents stay open: %+v", in)
		}
	})
}

// mangle loses, doubles and swaps messages.
func mangle(t *rapid.T, messages []string) (out []string) {
	for _, m := range messages {
		switch rapid.IntRange(0, 9).Draw(t, "fate") {
		case 0:
		case 1:
			out = append(out, m, m)
		case 2:
			out = append(out, m)
			if n := len(out); n > 1 {
				out[n-1], out[n-2] = out[n-2], out[n-1]
			}
		case 3:
			out = append(out, m[:len(m)/2])
		default:
			out = append(out, m)
		}
	}
	return out
}

// TestAnySplitGivesTheSameBooks: books that are written and read back at any
// point go on as if they never were, with the same deltas and the same end.
func TestAnySplitGivesTheSameBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := records(mangle(t, story(t, newWorld())))
		whole, split := New("test"), New("test")
		for _, r := range rs {
			if rapid.Bool().Draw(t, "split") {
				split = reread(t, split)
			}
			want, err := whole.Apply(r)
			got, err2 := split.Apply(r)
			if err != nil || err2 != nil || !reflect.DeepEqual(want, got) {
				t.Fatalf("record %d: %+v, %v; after a split %+v, %v", r.Position, want, err, got, err2)
			}
		}
		if a, b := encode(t, whole), encode(t, reread(t, split)); !bytes.Equal(a, b) {
			t.Fatalf("books differ:\n%s\n%s", a, b)
		}
	})
}

func encode(t failer, b *Books) []byte {
	t.Helper()
	out, err := b.Encode()
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	return out
}

// reread is the identity by way of a checkpoint.
func reread(t failer, b *Books) *Books {
	t.Helper()
	data := encode(t, b)
	got, err := Decode(data)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if again := encode(t, got); !bytes.Equal(data, again) {
		t.Fatalf("a checkpoint read and written differs:\n%s\n%s", data, again)
	}
	return got
}
