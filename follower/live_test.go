package follower_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"poise/account"
	"poise/follower"
	"poise/follower/marks"
	"poise/venue/engine"
	"poise/venue/gateway"
	"poise/wire"
)

// Each test is one thing that goes wrong, or a complaint of users of other
// clients; inWorld proves afterwards that the journal gives the same ledger.

func TestCalm(t *testing.T) {
	for name, push := range map[string]engine.Push{"all": engine.PushAll, "changed": engine.PushChanged} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) { w.v.Push = push }, func(w *world) {
				w.trades(20)
				w.v.Deposit(w.cred.Alias, "BTC", "0.5")
				w.v.Transfer(w.cred.Alias, "ASSET_TRANSFER", "ETH", "-1")
				w.same()
				if s := w.f.Stats(); s.Repeated == 0 || s.Snapshots != 1 || s.Repairs != 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// Stream goes silent after listenKeyExpired: unicorn 275, node-binance-api 545,
// Binance.Net 550. E is a number in the documentation, a text as recorded.
func TestKeyExpires(t *testing.T) {
	for name, text := range map[string]bool{"E a number": false, "E a text": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) { w.v.ExpiryText = text }, func(w *world) {
				w.trades(3)
				w.fault(gateway.Fault{Kind: "expire-key"})
				w.trades(3)
				w.same()
				if s := w.view().Stream; s.Keys != 2 {
					t.Errorf("%d keys", s.Keys)
				}
			})
		})
	}
}

// A key that ends without a word: the socket stays open (unicorn 342, connector-rust 74).
func TestKeyExpiresWithoutEvent(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.trades(3)
		no := false
		w.fault(gateway.Fault{Kind: "expire-key", Event: &no})
		w.trades(6)
		w.until("noticed", func() bool { return w.view().Stream.Keys == 2 })
		w.same()
		if s := w.f.Stats(); s.Silences == 0 {
			t.Errorf("noticed otherwise: %+v", s)
		}
	})
}

// Somebody else's POST renews the key, and somebody else's DELETE ends it for
// everyone: python-binance 264, unicorn 396.
func TestKeyIsShared(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.call("POST", "/dapi/v1/listenKey", "")
		w.trades(3)
		w.same()
		if s := w.view().Stream; s.Keys != 1 {
			t.Errorf("%d keys", s.Keys)
		}
		w.call("DELETE", "/dapi/v1/listenKey", "")
		w.trades(3)
		w.same()
	})
}

func TestBothLinesCutDuringFills(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		for i := range 20 {
			if i%5 == 2 {
				w.fault(gateway.Fault{Kind: "disconnect"})
			}
			w.trades(1)
		}
		w.same()
		if s := w.f.Stats(); s.Snapshots < 4 {
			t.Errorf("%+v", s)
		}
	})
}

func TestServerCloses(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		for _, code := range []int{1000, 1001, 1008, 1011} {
			w.fault(gateway.Fault{Kind: "close", Code: code})
			w.trades(2)
		}
		w.same()
	})
}

// A cable is pulled: nobody is told (connector-rust 74, go-binance 384).
func TestConnectionsStall(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.trades(2)
		w.net.Stall(true)
		time.Sleep(5 * time.Minute)
		w.net.Stall(false)
		w.net.Cut() // the kernel's own connections, or the venue's REST would wait for ever
		w.trades(2)
		w.same()
	})
}

func TestExchangeIsAway(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.net.Refuse(true)
		w.net.Cut()
		w.until("down", func() bool { return w.view().Status == follower.Down })
		time.Sleep(20 * time.Minute)
		w.v.Deposit(w.cred.Alias, "BTC", "0.25")
		w.net.Refuse(false)
		w.same()
	})
}

func TestOneLineIsDelayed(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		end := w.fault(gateway.Fault{Kind: "delay", By: gateway.Duration(30 * time.Second), Line: 1})
		w.trades(10)
		time.Sleep(time.Minute)
		end()
		w.trades(3)
		w.same()
		if s := w.f.Stats(); s.Incidents[account.IncidentLate] > 0 {
			t.Errorf("the delayed copies were taken for messages: %+v", s)
		}
	})
}

// Stale and repeated messages never overwrite newer state: ccxt 18028, 18051.
func TestDuplicates(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		end := w.fault(gateway.Fault{Kind: "duplicate"})
		w.trades(10)
		end()
		w.trades(2)
		w.same()
	})
}

func TestReorderingInsideALinePair(t *testing.T) {
	for name, line := range map[string]int{"one line": 1, "both lines": 0} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, nil, func(w *world) {
				end := w.fault(gateway.Fault{Kind: "reorder", Line: line})
				w.trades(10)
				end()
				w.trades(2)
				w.same()
			})
		})
	}
}

// A snapshot that is taken while no line is up does not do for the line that comes
// up later.
func TestSnapshotIsBehindTheFirstLine(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		time.Sleep(time.Minute)
		w.fault(gateway.Fault{Kind: "rest-slow", By: gateway.Duration(500 * time.Millisecond), For: gateway.Duration(10 * time.Second)})
		w.fault(gateway.Fault{Kind: "expire-key"})
		time.Sleep(time.Second)
		w.net.Refuse(true)
		w.fault(gateway.Fault{Kind: "disconnect"}) // the new lines: those of the old key go later
		time.Sleep(20 * time.Second)
		before := w.f.Stats().Snapshots
		w.net.Refuse(false)
		w.until("a line is up", func() bool { return w.view().Status != follower.Down })
		w.until("a snapshot was taken behind it", func() bool { return w.f.Stats().Snapshots > before })
		w.same()
	})
}

// A snapshot that was asked for before a gap tells nothing of it: the account is not
// live until one is there that was asked for since.
func TestAGapWhileASnapshotIsUnderWay(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		time.Sleep(time.Minute)
		w.fault(gateway.Fault{Kind: "rest-slow", By: gateway.Duration(time.Second), For: gateway.Duration(20 * time.Second)})
		before := w.f.Stats()
		w.fault(gateway.Fault{Kind: "disconnect"})
		w.until("no line is up", func() bool { return w.view().Status == follower.Down })
		w.until("a line is up", func() bool { return w.view().Status != follower.Down })
		time.Sleep(1200 * time.Millisecond) // the account was asked for
		w.net.Refuse(true)
		w.fault(gateway.Fault{Kind: "disconnect"})
		w.until("no line is up again", func() bool { return w.view().Status == follower.Down })
		w.v.Transfer("SgsR", "DEPOSIT", "BTC", "1")
		w.net.Refuse(false)
		for range 200 {
			time.Sleep(100 * time.Millisecond)
			v := w.view()
			if i := slices.IndexFunc(v.Balances, func(b account.Balance) bool { return b.Asset == "BTC" }); v.Status == follower.Live && v.Balances[i].Wallet.String() != "3.00000000" {
				t.Fatalf("live, with %s BTC: %+v", v.Balances[i].Wallet, v)
			}
		}
		if after := w.f.Stats(); after.Silences != before.Silences {
			t.Errorf("lines were taken for silent %d times", after.Silences-before.Silences)
		}
		w.same()
	})
}

// A position that was closed and opened anew while its messages were lost has
// another entry price, and as many contracts; a later message tells the wallet.
func TestEntryPriceOfWhatNobodyHeard(t *testing.T) {
	inWorld(t, func(w *world) { w.v.Push = engine.PushChanged }, func(w *world) {
		w.trade("BTCUSD_PERP", "SELL", 35)
		time.Sleep(time.Second)
		end := w.fault(gateway.Fault{Kind: "silence", For: gateway.Duration(time.Minute)})
		w.v.SetMark("BTCUSD_PERP", "61000")
		w.v.Quote("BTCUSD_PERP", "61000", "1000000")
		w.trade("BTCUSD_PERP", "BUY", 20)
		w.trade("BTCUSD_PERP", "SELL", 20)
		end()
		w.v.Deposit(w.cred.Alias, "BTC", "0.1")
		w.same()
	})
}

// Two messages of one millisecond come in the wrong order, and nothing in them
// tells it: REST does.
func TestOrderWithinAMillisecond(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.call("POST", "/dapi/v1/marginType", "symbol=BTCUSD_PERP&marginType=ISOLATED")
		w.trade("BTCUSD_PERP", "BUY", 20)
		time.Sleep(time.Second)
		w.fault(gateway.Fault{Kind: "reorder", Count: 2})
		for _, amount := range []string{"0.01", "0.02"} {
			w.call("POST", "/dapi/v1/positionMargin", "symbol=BTCUSD_PERP&type=1&amount="+amount)
		}
		time.Sleep(time.Second)
		if w.held() == "" {
			t.Error("nothing was wrong: the messages were not swapped")
		}
		w.same()
	})
}

// Lost on one line: the other has it. Lost on both: the chain check finds it,
// income repairs it, the incident closes.
func TestDroppedMessages(t *testing.T) {
	t.Run("one line", func(t *testing.T) {
		inWorld(t, nil, func(w *world) {
			w.fault(gateway.Fault{Kind: "drop", Count: 15, Line: 2})
			w.trades(8)
			w.same()
			if s := w.f.Stats(); s.Repairs != 0 {
				t.Errorf("%+v", s)
			}
		})
	})
	t.Run("both lines", func(t *testing.T) {
		inWorld(t, nil, func(w *world) {
			w.trades(4)
			w.fault(gateway.Fault{Kind: "drop", Count: 10})
			w.trades(8)
			w.same()
			s := w.f.Stats()
			if s.Repairs == 0 || s.Incidents[account.IncidentUnexplained] == 0 {
				t.Errorf("%+v", s)
			}
			open, err := w.s.Incidents(w.t.Context(), storeFilter(account.IncidentUnexplained))
			if err != nil || len(open) == 0 || open[0].Closed == 0 {
				t.Errorf("%+v, %v", open, err)
			}
		})
	})
	t.Run("the last ones", func(t *testing.T) {
		inWorld(t, nil, func(w *world) {
			w.trades(2)
			w.fault(gateway.Fault{Kind: "drop", Count: 6})
			w.trades(2) // and then silence
			w.same()
			if s := w.f.Stats(); s.Silences == 0 {
				t.Errorf("%+v", s)
			}
		})
	})
}

// A poisoned frame is journaled, opens an incident, and stops nothing.
func TestPoisonedFrames(t *testing.T) {
	for _, f := range []gateway.Fault{{Kind: "truncate", Count: 3}, {Kind: "garble", Bytes: 5, Count: 3}, {Kind: "truncate", Count: 3, Line: 1}, {Kind: "garble", Bytes: 5, Count: 3, Line: 2}} {
		t.Run(f.Kind, func(t *testing.T) {
			inWorld(t, nil, func(w *world) {
				w.trades(2)
				w.fault(f)
				w.trades(4)
				w.until("told", func() bool { return w.f.Stats().Incidents[account.IncidentUnreadable] > 0 || f.Kind == "garble" })
				w.until("the truth again", func() bool { return w.held() == "" })
			})
		})
	}
}

func TestUnknownEventsAndReasons(t *testing.T) {
	inWorld(t, func(w *world) {
		w.v.OnPush = func(_ string, m []byte) gateway.Delivery {
			if strings.Contains(string(m), `"m":"ADJUSTMENT"`) {
				return gateway.Delivery{Message: []byte(strings.Replace(string(m), "ADJUSTMENT", "MOON_PHASE", 1))}
			}
			if strings.Contains(string(m), "ACCOUNT_CONFIG_UPDATE") {
				return gateway.Delivery{Message: []byte(strings.Replace(string(m), "ACCOUNT_CONFIG_UPDATE", "BRAND_NEW_UPDATE", 1))}
			}
			return gateway.Delivery{}
		}
	}, func(w *world) {
		w.v.Transfer(w.cred.Alias, "ADJUSTMENT", "BTC", "0.01")
		w.call("POST", "/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=7")
		w.trades(2)
		w.until("over", func() bool { return w.f.Stats().Incidents[account.IncidentUnknown] > 0 && w.difference() == "" })
	})
}

func TestRESTFails(t *testing.T) {
	for _, status := range []int{500, 502, 503, 504, 408} {
		inWorld(t, nil, func(w *world) {
			w.fault(gateway.Fault{Kind: "rest-error", Status: status, Code: -1000, Count: 12})
			w.fault(gateway.Fault{Kind: "disconnect"})
			for range 4 {
				w.v.Deposit(w.cred.Alias, "BTC", "0.0625")
				time.Sleep(time.Second)
			}
			w.same()
		})
	}
}

// REST's rate limits are obeyed, and following goes on meanwhile.
func TestRateLimits(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		end := w.fault(gateway.Fault{Kind: "rate-limit", For: gateway.Duration(3 * time.Minute)})
		_ = end
		w.fault(gateway.Fault{Kind: "disconnect"})
		w.v.Deposit(w.cred.Alias, "BTC", "0.125")
		time.Sleep(10 * time.Second)
		w.v.Deposit(w.cred.Alias, "BTC", "0.125")
		w.same()
	})
}

// A snapshot older than an event never wins, and REST that lags is looked at
// again.
func TestStaleREST(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.trades(3)
		w.fault(gateway.Fault{Kind: "rest-stale", By: gateway.Duration(time.Minute), For: gateway.Duration(90 * time.Second)})
		w.net.Refuse(true)
		w.net.Cut()
		time.Sleep(time.Second)
		w.v.Deposit(w.cred.Alias, "BTC", "0.5") // nobody hears it, and REST does not know it yet
		w.net.Refuse(false)
		time.Sleep(5 * time.Second)
		w.v.Deposit(w.cred.Alias, "ETH", "5") // heard, and newer than REST for a while
		time.Sleep(2 * time.Minute)
		w.same()
	})
}

// A day passes: lines are replaced before 24 hours, new before old, and the
// venue cuts none; no snapshot but the first is needed.
func TestADay(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		for range 50 {
			time.Sleep(time.Hour)
			w.v.Deposit(w.cred.Alias, "BTC", "0.00000001")
		}
		w.same()
		v, s := w.view(), w.f.Stats()
		if v.Stream.Keys != 1 || s.Troubles > 0 {
			t.Errorf("%d keys, %+v", v.Stream.Keys, s)
		}
	})
}

// A venue that cuts lines after an hour, as the exchange does after 24.
func TestLinesAreCutAtTheirEnd(t *testing.T) {
	inWorld(t, func(w *world) { w.v.LineMax = time.Hour }, func(w *world) {
		for range 30 {
			time.Sleep(10 * time.Minute)
			w.v.Deposit(w.cred.Alias, "BTC", "0.00000001")
		}
		w.same()
	})
}

// The machine's clock is wrong: -1021, sieblyio 260.
func TestClockIsWrong(t *testing.T) {
	for _, off := range []time.Duration{-10 * time.Second, 10 * time.Second, time.Hour} {
		inWorld(t, func(w *world) { w.dapi.Now = func() time.Time { return time.Now().Add(off) } }, func(w *world) {
			w.trades(3)
			w.fault(gateway.Fault{Kind: "disconnect"})
			w.trades(3)
			w.same()
		})
	}
}

// Started again, the ledger has no hole even for what nobody heard.
func TestStartedAgain(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.trades(5)
		w.same()
		w.end()
		w.trades(5)
		w.v.Deposit(w.cred.Alias, "BTC", "0.5")
		w.v.Fund("BTCUSD_PERP", "0.0003")
		w.start()
		w.trades(3)
		w.same()
	})
}

// Even what left no trace in the wallet is in the ledger.
func TestWhatNobodyHeardAndChangedNothing(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.end()
		w.v.Deposit(w.cred.Alias, "BTC", "0.5")
		time.Sleep(time.Hour)
		w.v.Transfer(w.cred.Alias, "WITHDRAW", "BTC", "-0.5")
		w.start()
		w.same()
		var amounts []string
		w.until("entered", func() bool {
			amounts = nil
			for _, e := range w.entries("main") {
				if e.Asset == "BTC" && e.Kind == account.Transfer {
					amounts = append(amounts, e.Amount.String())
				}
			}
			return len(amounts) == 2
		})
		if amounts[0] != "0.50000000" || amounts[1] != "-0.50000000" {
			t.Errorf("%q", amounts)
		}
	})
}

func TestHedgeIsolatedFundingAndLiquidation(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.call("POST", "/dapi/v1/positionSide/dual", "dualSidePosition=true")
		w.call("POST", "/dapi/v1/marginType", "symbol=ETHUSD_PERP&marginType=ISOLATED")
		w.call("POST", "/dapi/v1/leverage", "symbol=ETHUSD_PERP&leverage=50")
		for _, o := range []string{
			"symbol=BTCUSD_PERP&side=BUY&positionSide=LONG&type=MARKET&quantity=30", "symbol=BTCUSD_PERP&side=SELL&positionSide=SHORT&type=MARKET&quantity=10",
			"symbol=ETHUSD_PERP&side=BUY&positionSide=LONG&type=MARKET&quantity=1000", "symbol=BTCUSD_PERP&side=SELL&positionSide=LONG&type=MARKET&quantity=7",
		} {
			if code, body := w.call("POST", "/dapi/v1/order", o); code != 200 {
				t.Fatal(body)
			}
		}
		w.v.Fund("BTCUSD_PERP", "0.0002")
		w.v.Fund("ETHUSD_PERP", "-0.0001")
		w.same()
		w.v.SetMark("ETHUSD_PERP", "2900")
		w.v.Quote("ETHUSD_PERP", "2900", "1000000")
		w.v.SetMark("ETHUSD_PERP", "2850")
		w.same()
	})
}

// What the stream says of unrealised PnL is stale at once: from live marks it is
// what REST says now, and thin margin is told before the exchange's MARGIN_CALL.
func TestMarks(t *testing.T) {
	inWorld(t, func(w *world) { w.config.Marks = true }, func(w *world) {
		w.call("POST", "/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=50")
		w.trade("BTCUSD_PERP", "BUY", 10_000)
		w.trade("ETHUSD_PERP", "SELL", 100)
		w.v.SetMark("BTCUSD_PERP", "60600.5")
		now := func() *marks.Now {
			if n := w.view().Now; n != nil && len(n.Positions) == 2 && n.Missing == nil && n.Positions[0].Mark.String() == "60600.50000000" {
				return n
			}
			return nil
		}
		w.until("computed", func() bool { return now() != nil })
		_, risk := w.call("GET", "/dapi/v1/positionRisk", "")
		rows, err := wire.DecodePositionRisk([]byte(risk))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range now().Positions {
			i := slices.IndexFunc(rows, func(r wire.PositionInfo) bool { return r.Symbol == p.Symbol && r.Side == p.Side })
			if !rows[i].Unrealized.Equal(p.Unrealized) || p.Side == "BOTH" && p.Symbol == "BTCUSD_PERP" && !rows[i].Liquidation.Equal(p.Liquidation) {
				t.Errorf("%+v is not %+v", p, rows[i])
			}
		}
		if a := w.view().Alerts; len(a) > 0 {
			t.Errorf("%+v", a)
		}
		w.v.SetMark("BTCUSD_PERP", "54200")
		w.until("told", func() bool {
			a := w.view().Alerts
			return len(a) == 1 && a[0].Code == "margin" && a[0].Symbol == "BTC"
		})
		if calls := w.view().Calls; len(calls) > 0 {
			t.Errorf("the exchange told first: %+v", calls)
		}
		w.v.SetMark("BTCUSD_PERP", "60000")
		w.until("over", func() bool { return w.view().Status == follower.Live })
		w.trade("BTCUSD_PERP", "SELL", 10_000)
		w.trade("ETHUSD_PERP", "BUY", 100)
		w.same()
	})
}

// What is followed can be verified while it is.
func TestVerifiedWhileItIsWritten(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.same()
		enough, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-enough:
					return
				case <-time.After(10 * time.Millisecond):
					w.v.Deposit(w.cred.Alias, "BTC", "0.00000001")
				}
			}
		}()
		for range 4 {
			time.Sleep(1300 * time.Millisecond)
			w.prove()
		}
		close(enough)
		<-ended
		w.same()
	})
}

func TestStopIsQuickWhileTheExchangeIsAway(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.net.Stall(true)
		synctest.Wait()
	})
}

// Whoever is told that an account is live is not shown an empty one.
func TestLiveIsNotBeforeTheFirstSnapshot(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		for range 20 {
			w.end()
			w.path += "x" // a new store
			w.begin()
			v := w.view()
			for v.Status == "" || v.Status == follower.Starting {
				time.Sleep(time.Microsecond)
				v = w.view()
			}
			if len(v.Balances) == 0 {
				t.Errorf("%s with nothing: %+v", v.Status, v)
			}
		}
		w.same()
	})
}
