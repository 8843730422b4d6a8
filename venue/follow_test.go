package venue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"poise/account"
	"poise/venue"
)

// listener folds all that a socket hears into books.
type listener struct {
	t     *testing.T
	s     *socket
	books *account.Books
	heard int
}

func (l *listener) hear(n int64) {
	l.t.Helper()
	for int64(l.heard) < n {
		m := l.s.next()
		l.heard++
		d, err := l.books.Apply(account.Record{Account: "main", Position: uint64(l.heard), Kind: account.Frame, Line: 1, Data: []byte(m)})
		if err != nil {
			l.t.Fatalf("%v: %s", err, m)
		}
		for _, e := range d.Entries {
			if e.Kind == account.Opening && l.heard > 1 {
				l.t.Fatalf("opening of %v %s in message %d: %s", e.Amount, e.Asset, l.heard, m)
			}
		}
	}
}

// sameAsTruth compares what was heard with what is, digit for digit.
func (l *listener) sameAsTruth(v *venue.Venue, alias string) {
	l.t.Helper()
	truth := v.Truth(alias)
	for _, b := range truth.Balances {
		got, ok := l.books.Balance(b.Asset)
		if !ok || !got.Wallet.Equal(b.Wallet) || !got.Cross.Equal(b.Cross) {
			l.t.Errorf("%s: heard %v/%v, is %v/%v", b.Asset, got.Wallet, got.Cross, b.Wallet, b.Cross)
		}
		if left, err := l.books.Outstanding(b.Asset); err != nil || !left.IsZero() {
			l.t.Errorf("%s: %v is unexplained (%v)", b.Asset, left, err)
		}
	}
	held := l.books.Positions()
	for _, p := range truth.Positions {
		i := slices.IndexFunc(held, func(h account.Position) bool { return h.Symbol == p.Symbol && h.Side == p.Side })
		if i < 0 {
			if !p.Amount.IsZero() {
				l.t.Errorf("%s %s of %v was not heard", p.Symbol, p.Side, p.Amount)
			}
			continue
		}
		h := held[i]
		if !h.Amount.Equal(p.Amount) || !h.EntryPrice.Equal(p.EntryPrice) || !h.Realized.Equal(p.Realized) || !h.IsolatedWallet.Equal(p.IsolatedWallet) {
			l.t.Errorf("%s %s: heard %v @ %v, realised %v, isolated %v; is %v @ %v, %v, %v", p.Symbol, p.Side,
				h.Amount, h.EntryPrice, h.Realized, h.IsolatedWallet, p.Amount, p.EntryPrice, p.Realized, p.IsolatedWallet)
		}
	}
	if open := l.books.Incidents(); len(open) > 0 {
		l.t.Errorf("incidents: %+v", open)
	}
	for _, b := range v.Books() {
		if !b.Residual.IsZero() {
			l.t.Errorf("the venue's books of %s are off by %v", b.Asset, b.Residual)
		}
	}
}

// act does one of the things that move an account; refusals are part of it.
func act(c *trader, r *rand.Rand, prices map[string]int) {
	v, symbols := c.v, []string{"BTCUSD_PERP", "ETHUSD_PERP"}
	symbol, side := symbols[r.IntN(2)], []string{"BUY", "SELL"}[r.IntN(2)]
	switch r.IntN(12) {
	case 0:
		prices[symbol] += prices[symbol] * (r.IntN(21) - 10) / 1000
		v.SetMark(symbol, fmt.Sprint(prices[symbol]))
		v.Quote(symbol, fmt.Sprint(prices[symbol]), "100000")
	case 1:
		v.Transfer(c.Alias, "ADJUSTMENT", "BTC", fmt.Sprintf("0.0%d", 1+r.IntN(9999)))
	case 2:
		v.Fund(symbol, fmt.Sprintf("0.000%d", 1+r.IntN(9)))
	case 3:
		c.call("POST", "/dapi/v1/leverage", fmt.Sprintf("symbol=%s&leverage=%d", symbol, 10+r.IntN(10)))
	case 4:
		c.call("POST", "/dapi/v1/marginType", "symbol="+symbol+"&marginType="+[]string{"CROSSED", "ISOLATED"}[r.IntN(2)])
	case 5:
		c.call("POST", "/dapi/v1/positionMargin", fmt.Sprintf("symbol=%s&amount=0.0%d&type=%d", symbol, 1+r.IntN(99), 1+r.IntN(2)))
	case 6:
		c.call("POST", "/dapi/v1/order", order(symbol, side, limitAt(fmt.Sprint(prices[symbol]*99/100), 1+r.IntN(20))))
	case 7:
		c.call("DELETE", "/dapi/v1/allOpenOrders", "symbol="+symbol)
	default:
		c.call("POST", "/dapi/v1/order", order(symbol, side, market(1+r.IntN(50))))
	}
}

func TestWhatIsHeardIsWhatIs(t *testing.T) {
	for name, options := range map[string][]venue.Option{"all": nil, "changed": {venue.PushChanged()}} {
		for _, hedge := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, hedge %v", name, hedge), func(t *testing.T) {
				v := venue.New(t, append(options, venue.Unlimited(), venue.Manual(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)))...)
				c := newTrader(t, v, "SgsR")
				if hedge {
					c.must("POST", "/dapi/v1/positionSide/dual", "dualSidePosition=true")
				}
				before := v.Truth(c.Alias).Events
				l := &listener{t: t, s: dial(t, v.StreamURL()+"/ws/"+c.listenKey()), books: account.New("main")}
				v.Deposit(c.Alias, "BTC", "5")
				v.Deposit(c.Alias, "ETH", "80")
				prices := map[string]int{"BTCUSD_PERP": 60000, "ETHUSD_PERP": 3000}
				for s, p := range prices {
					v.Quote(s, fmt.Sprint(p), "100000")
				}
				r := rand.New(rand.NewPCG(7, 7))
				for range 150 {
					if hedge && r.IntN(2) == 0 {
						p := []string{"BUY&positionSide=LONG", "SELL&positionSide=LONG", "SELL&positionSide=SHORT", "BUY&positionSide=SHORT"}[r.IntN(4)]
						c.call("POST", "/dapi/v1/order", order("BTCUSD_PERP", p, market(1+r.IntN(30))))
					} else {
						act(c, r, prices)
					}
					v.Advance(time.Second)
				}
				l.hear(v.Truth(c.Alias).Events - before)
				l.sameAsTruth(v, c.Alias)
				if l.heard < 100 {
					t.Errorf("only %d messages", l.heard)
				}
			})
		}
	}
}
