package follower_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"poise/account"
	"poise/follower"
	"poise/store"
	"poise/venue"
	"poise/venue/gateway"
	"poise/wire"
)

// What users of other clients complain about (spec/coinm 7) and live_test.go has
// not; docs/following.md says which test is of which complaint.

// Events are lost while the key rotates, or the resubscription fails: nautilus
// 3861, 3387.
func TestKeyRotatesDuringFills(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		for i := range 24 {
			if i%6 == 3 {
				w.fault(gateway.Fault{Kind: "expire-key"})
			}
			w.trade("BTCUSD_PERP", []string{"BUY", "SELL"}[i/4%2], 1+i%3)
			time.Sleep(50 * time.Millisecond)
		}
		w.same()
		if k := w.view().Stream.Keys; k < 2 {
			t.Errorf("%d keys", k)
		}
	})
}

// The event of an old key comes late on a line, behind the new key: its incident
// ends all the same.
func TestKeyExpiredIsHeardAfterTheNewKey(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.fault(gateway.Fault{Kind: "delay", By: gateway.Duration(20 * time.Second), Line: 2, For: gateway.Duration(time.Minute)})
		w.fault(gateway.Fault{Kind: "expire-key"})
		w.trades(3)
		time.Sleep(2 * time.Minute)
		w.same()
	})
}

// A wrong keep-alive lets the key end after an hour: node-binance-api 501.
func TestKeyIsKeptAliveForHours(t *testing.T) {
	inWorld(t, func(w *world) { w.config.CheckEvery = time.Hour }, func(w *world) {
		for range 10 {
			time.Sleep(59 * time.Minute)
			w.v.Deposit(w.cred.Alias, "BTC", "0.00000001")
		}
		w.same()
		if s := w.view().Stream; s.Keys != 1 || w.f.Stats().Incidents[account.IncidentKeyExpired] > 0 {
			t.Errorf("%+v", s)
		}
	})
}

// The socket opens and nothing ever comes, since the host is another product's:
// Binance.Net 545, 546, python-binance 1248, sieblyio 242. It is told in plain
// sight, and the books are right all the same.
func TestStreamOfAnotherProduct(t *testing.T) {
	var other *venue.Venue
	inWorld(t, func(w *world) {
		other = &venue.Venue{NetListen: w.net.Listen}
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		w.streamURL = other.StreamURL()
	}, func(w *world) {
		for range 5 {
			w.trades(3)
			time.Sleep(3 * time.Minute)
		}
		if !slices.ContainsFunc(w.view().Alerts, func(a follower.Alert) bool { return a.Code == "silent" }) {
			t.Errorf("not told: %+v", w.view().Alerts)
		}
		w.until("right all the same", func() bool { return w.held() == "" && w.unexplained("main") == "" })
		if w.f.Stats().Frames > 0 {
			t.Error("something came: this shows nothing")
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
}

// An event of an instrument that nobody has loaded is dropped, and a phantom
// position is left: nautilus 3775.
func TestInstrumentThatNobodyLoaded(t *testing.T) {
	inWorld(t, func(w *world) { w.config.Marks = true }, func(w *world) {
		w.v.SetMark("BTCUSD_261225", "61000")
		w.v.Quote("BTCUSD_261225", "61000", "1000")
		w.trade("BTCUSD_261225", "BUY", 3)
		w.same()
		if p := w.view().Positions; len(p) != 1 || p[0].Symbol != "BTCUSD_261225" || p[0].Amount.String() != "3" {
			t.Errorf("%+v", p)
		}
	})
}

// A balance of an asset that nobody knows crashes the node, and so does the short
// form of FUNDING_FEE: nautilus RELEASES.
func TestUnknownAssetAndFundingFee(t *testing.T) {
	inWorld(t, func(w *world) {
		w.v.OnPush = func(_ string, m []byte) gateway.Delivery {
			if !strings.Contains(string(m), `"FUNDING_FEE"`) {
				return gateway.Delivery{}
			}
			return gateway.Delivery{Message: []byte(strings.Replace(string(m), `"B":[`, `"B":[{"a":"BNFCR","wb":"12.50000000","cw":"12.50000000","bc":"0"},`, 1))}
		}
	}, func(w *world) {
		w.trade("BTCUSD_PERP", "BUY", 10)
		w.v.Fund("BTCUSD_PERP", "0.0003")
		w.same()
		i := slices.IndexFunc(w.view().Balances, func(b account.Balance) bool { return b.Asset == "BNFCR" })
		if i < 0 || w.view().Balances[i].Wallet.String() != "12.50000000" {
			t.Errorf("%+v", w.view().Balances)
		}
		if !slices.ContainsFunc(w.entries("main"), func(e store.Entry) bool {
			return e.Kind == account.FundingFee && e.Symbol == "" || e.Symbol == "BTCUSD_PERP"
		}) {
			t.Error("no funding")
		}
	})
}

// Each coin is a pool of its own, never a sum in USDT: nautilus RELEASES.
func TestEachCoinIsItsOwn(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.trades(4)
		w.same()
		var assets []string
		for _, b := range w.view().Balances {
			assets = append(assets, b.Asset)
		}
		if fmt.Sprint(assets) != "[ADA BTC ETH]" {
			t.Errorf("%v", assets)
		}
	})
}

// Since 2026-06-30 conditional orders have a way and an event of their own:
// Binance.Net 1589, ccxt 28971, nautilus 4301.
func TestAlgoOrdersDisturbNothing(t *testing.T) {
	inWorld(t, func(w *world) { w.v.AlgoOnly = true }, func(w *world) {
		w.trade("BTCUSD_PERP", "BUY", 10)
		if code, body := w.call("POST", "/dapi/v1/algoOrder", "algoType=CONDITIONAL&symbol=BTCUSD_PERP&side=SELL&type=STOP_MARKET&triggerPrice=59000&quantity=10"); code != 200 {
			t.Fatal(body)
		}
		w.v.Quote("BTCUSD_PERP", "58900", "1000000")
		w.v.SetMark("BTCUSD_PERP", "58900")
		w.trade("BTCUSD_PERP", "BUY", 1) // a last price below the trigger
		w.until("closed", func() bool {
			p := w.view().Positions
			return len(p) == 1 && p[0].Amount.String() == "1"
		})
		w.same()
	})
}

// REST lists a row for every symbol there is: sieblyio 260. None of them is a
// position.
func TestRowsOfZeroAreNoPositions(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		if p := w.view().Positions; len(p) > 0 {
			t.Errorf("%+v", p)
		}
		_, body := w.call("GET", "/dapi/v1/positionRisk", "")
		if rows, err := wire.DecodePositionRisk([]byte(body)); err != nil || len(rows) < 4 {
			t.Errorf("REST has %d rows (%v): this shows nothing", len(rows), err)
		}
		w.trades(2)
		w.same()
		if p := w.view().Positions; len(p) != 2 {
			t.Errorf("%+v", p)
		}
	})
}

// Closed in one-way mode, the old side's row stays: ccxt.
func TestClosedAndTurnedPositionsAreOneRow(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		for _, want := range []struct {
			side string
			n    int
			is   string
		}{{"BUY", 5, "5"}, {"SELL", 5, "0"}, {"SELL", 3, "-3"}, {"BUY", 7, "4"}} {
			w.trade("BTCUSD_PERP", want.side, want.n)
			w.same()
			if p := w.view().Positions; len(p) != 1 || p[0].Side != "BOTH" || p[0].Amount.String() != want.is {
				t.Errorf("%s %d: %+v", want.side, want.n, p)
			}
		}
	})
}

// In hedge mode sides are mistaken for one another: ccxt 8304, 8801, nautilus 4732.
func TestHedgeSidesAreKeptApart(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.call("POST", "/dapi/v1/positionSide/dual", "dualSidePosition=true")
		for _, o := range []string{"BUY&positionSide=LONG&quantity=9", "SELL&positionSide=SHORT&quantity=4", "SELL&positionSide=LONG&quantity=2", "BUY&positionSide=SHORT&quantity=4"} {
			if code, body := w.call("POST", "/dapi/v1/order", "symbol=BTCUSD_PERP&type=MARKET&side="+o); code != 200 {
				t.Fatal(body)
			}
			w.same()
		}
		got := map[string]string{}
		for _, p := range w.view().Positions {
			got[p.Side] = p.Amount.String()
		}
		if got["LONG"] != "7" || got["SHORT"] != "0" || got["BOTH"] != "0" {
			t.Errorf("%v", got)
		}
	})
}
