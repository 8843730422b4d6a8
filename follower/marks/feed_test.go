package marks

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"poise/dapi"
	"poise/decimal"
	"poise/test/memnet"
	"poise/venue"
)

// market is a Feed that runs against a venue, on a network in memory and by the
// clock of a bubble.
type market struct {
	*Feed
	t       *testing.T
	v       *venue.Venue
	network *memnet.Network
	writes  atomic.Int64 // of clients
	stop    func()
}

// tap counts what a client writes.
type tap struct {
	net.Conn
	writes *atomic.Int64
}

func (c tap) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

func inBubble(t *testing.T, test func(m *market), options ...venue.Option) {
	synctest.Test(t, func(t *testing.T) {
		m := &market{t: t, network: memnet.New()}
		m.v = venue.New(t, append(options, func(v *venue.Venue) { v.NetListen = m.network.Listen })...)
		dial := func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := m.network.Dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return tap{c, &m.writes}, nil
		}
		x, err := dapi.New(dapi.Config{REST: m.v.URL(), Stream: m.v.StreamURL(), Dial: dial})
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		m.Feed = NewFeed(x, nil)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := m.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		m.stop = func() { cancel(); running.Wait() }
		defer m.stop()
		test(m)
	})
}

// price is the mark, or "none".
func (m *market) price(symbol string) string {
	if mark, ok := m.Mark(symbol); ok {
		return mark.Price.Trim().String()
	}
	return "none"
}

// await receives changes until a symbol has a mark.
func (m *market) await(symbol, want string) {
	m.t.Helper()
	end := time.After(5 * time.Minute)
	for m.price(symbol) != want {
		select {
		case <-m.Changed():
		case <-end:
			m.t.Fatalf("%s is %s, want %s: %+v", symbol, m.price(symbol), want, m.Stats())
		}
	}
}

// changes takes the changes that were told.
func (m *market) changes() (n int) {
	for {
		select {
		case <-m.Changed():
			n++
		default:
			return n
		}
	}
}

func TestMarksMove(t *testing.T) {
	inBubble(t, func(m *market) {
		m.Want([]string{"BTCUSD_PERP", "ETHUSD_PERP"})
		m.await("BTCUSD_PERP", "60000")
		m.await("ETHUSD_PERP", "3000")
		m.Moved()
		m.v.SetMark("BTCUSD_PERP", "60123.45678901")
		m.await("BTCUSD_PERP", "60123.45678901")
		if mark, _ := m.Mark("BTCUSD_PERP"); mark.Time != m.v.Now().UnixMilli() {
			t.Errorf("time %d, want E, %d", mark.Time, m.v.Now().UnixMilli())
		}
		if moved := m.Moved(); len(moved) != 1 || moved[0] != "BTCUSD_PERP" || len(m.Moved()) != 0 {
			t.Errorf("moved: %v", moved)
		}
		// A mark that stays is heard each second, and is no change.
		synctest.Wait()
		m.changes()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := m.changes(); n != 0 {
			t.Error("a change without one")
		}
		if s := m.Stats(); s.Connects != 1 || s.Marks < 120 || s.Unread != 0 || s.Known != 2 || s.Wanted != 2 || !s.Up {
			t.Errorf("%+v", s)
		}
	})
}

func TestNoConnectionWithoutASymbol(t *testing.T) {
	inBubble(t, func(m *market) {
		time.Sleep(time.Hour)
		if n := m.network.Dials(); n != 0 {
			t.Errorf("%d dials", n)
		}
		if m.price("BTCUSD_PERP") != "none" {
			t.Error("a mark that nobody heard")
		}
	})
}

func TestSymbolsComeAndGoOnOneConnection(t *testing.T) {
	inBubble(t, func(m *market) {
		m.Want([]string{"BTCUSD_PERP"})
		m.await("BTCUSD_PERP", "60000")
		if m.price("ETHUSD_PERP") != "none" {
			t.Error("a mark that nobody wants")
		}
		m.Want([]string{"ETHUSD_PERP"})
		m.await("ETHUSD_PERP", "3000")
		if m.price("BTCUSD_PERP") != "none" {
			t.Error("a mark that nobody wants any more")
		}
		time.Sleep(2 * time.Second) // its UNSUBSCRIBE is on its way
		m.Want(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		m.mu.RLock()
		latest := m.latest
		m.mu.RUnlock()
		time.Sleep(time.Minute)
		if m.heardSince(latest) {
			t.Error("marks come that nobody wants")
		}
		m.Want([]string{"BTCUSD_PERP", "BTCUSD_PERP"})
		m.await("BTCUSD_PERP", "60000")
		if s := m.Stats(); s.Connects != 1 || s.Wanted != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestALostConnectionIsReplaced(t *testing.T) {
	inBubble(t, func(m *market) {
		m.Want([]string{"BTCUSD_PERP"})
		m.await("BTCUSD_PERP", "60000")
		m.network.Cut()
		m.v.SetMark("BTCUSD_PERP", "61000")
		if m.price("BTCUSD_PERP") != "60000" {
			t.Error("a mark of a moment ago is still one")
		}
		m.await("BTCUSD_PERP", "61000")
		if s := m.Stats(); s.Connects != 2 || s.Failures != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// The exchange ends each connection after a day, here after ten minutes.
func TestTheExchangesOwnEndIsSurvived(t *testing.T) {
	inBubble(t, func(m *market) {
		m.Want([]string{"BTCUSD_PERP"})
		for minute := range 35 {
			m.v.SetMark("BTCUSD_PERP", fmt.Sprint(60_000+minute))
			m.await("BTCUSD_PERP", fmt.Sprint(60_000+minute))
			time.Sleep(time.Minute)
		}
		if s := m.Stats(); s.Connects != 4 {
			t.Errorf("%+v", s)
		}
	}, func(v *venue.Venue) { v.LineMax = 10 * time.Minute })
}

func TestStaleMarksAreNone(t *testing.T) {
	inBubble(t, func(m *market) {
		m.Want([]string{"BTCUSD_PERP"})
		m.await("BTCUSD_PERP", "60000")
		m.network.Refuse(true)
		m.network.Cut()
		m.Moved()
		time.Sleep(12 * time.Second)
		if m.price("BTCUSD_PERP") != "60000" {
			t.Error("stale too soon")
		}
		m.await("BTCUSD_PERP", "none") // told by Changed
		if moved := m.Moved(); len(moved) != 1 {
			t.Errorf("moved: %v", moved)
		}
		time.Sleep(time.Hour)
		if n := m.network.Dials(); n < 60 || n > 600 { // a dial each 15 s in the mean
			t.Errorf("%d dials in an hour", n)
		}
		m.network.Refuse(false)
		m.await("BTCUSD_PERP", "60000") // the same price, and a change
	})
}

// A cable is pulled: nobody is told.
func TestASilentConnectionIsReplaced(t *testing.T) {
	inBubble(t, func(m *market) {
		m.Want([]string{"BTCUSD_PERP"})
		m.await("BTCUSD_PERP", "60000")
		m.network.Stall(true)
		m.await("BTCUSD_PERP", "none")
		time.Sleep(time.Minute)
		m.network.Stall(false)
		m.v.SetMark("BTCUSD_PERP", "61000")
		m.await("BTCUSD_PERP", "61000")
		if s := m.Stats(); s.Connects != 2 {
			t.Errorf("%+v", s)
		}
	})
}

// A symbol that brings nothing is subscribed to again, and harms no other.
func TestASymbolWithoutMarks(t *testing.T) {
	inBubble(t, func(m *market) {
		m.Want([]string{"BTCUSD_PERP", "NOUSD_PERP"})
		m.await("BTCUSD_PERP", "60000")
		before := m.writes.Load()
		time.Sleep(10 * time.Minute)
		s := m.Stats()
		if s.Connects != 1 || s.Known != 1 || s.Wanted != 2 {
			t.Errorf("%+v", s)
		}
		if n := m.writes.Load() - before; n < 20 || n > 60 {
			t.Errorf("%d messages in ten minutes", n)
		}
	})
}

func TestManySymbolsGoInPieces(t *testing.T) {
	inBubble(t, func(m *market) {
		all := []string{"ETHUSD_PERP", "", "btcusd_perp", `A","b`, "É", strings.Repeat("X", 41)}
		for i := range 1500 {
			all = append(all, fmt.Sprintf("A%04dUSD_PERP", i))
		}
		m.Want(all)
		time.Sleep(10 * time.Second)
		if s := m.Stats(); s.Wanted != SymbolsMax || s.Connects != 1 {
			t.Errorf("%+v", s) // the venue cuts who sends more than 10 messages a second
		}
		if n := m.writes.Load(); n != 7 { // a handshake, five times 200 and 24
			t.Errorf("%d writes", n)
		}
		m.Want([]string{"ETHUSD_PERP"})
		m.await("ETHUSD_PERP", "3000")
		if s := m.Stats(); s.Connects != 1 || s.Failures != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestRunEndsWhileItDials(t *testing.T) {
	inBubble(t, func(m *market) {
		m.network.Stall(true) // the handshake is never answered
		m.Want([]string{"BTCUSD_PERP"})
		time.Sleep(time.Second)
		began := time.Now()
		m.stop()
		if d := time.Since(began); d > time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

// What Compute makes of the feed's mark is what REST shows.
func TestComputeWithTheFeed(t *testing.T) {
	tr := &trader{}
	inBubble(t, func(m *market) {
		tr.dial = m.network.Dial
		newTrader(t, m.v, tr, false, "BTC", "1")
		defer tr.http.CloseIdleConnections()
		rules, brackets := tr.rules()
		m.v.Quote("BTCUSD_PERP", "60000", "1000")
		tr.must("POST", "/dapi/v1/order", "symbol=BTCUSD_PERP&type=MARKET&side=BUY&quantity=100")
		tr.follow()
		m.Want([]string{"BTCUSD_PERP"})
		for _, mark := range []string{"60000", "58000.12345678", "61000"} {
			m.v.SetMark("BTCUSD_PERP", mark)
			m.await("BTCUSD_PERP", mark)
			now := Compute(rules, brackets, tr.books.Balances(), tr.books.Positions(), m.Mark)
			if len(now.Positions) != 1 || now.Missing != nil {
				t.Fatalf("%+v", now)
			}
			rows, _ := tr.shown()
			p, want := now.Positions[0], rows[[2]string{"BTCUSD_PERP", "BOTH"}]
			if p.Unrealized.String() != want.UnRealizedProfit || p.Liquidation.String() != want.LiquidationPrice || !p.Maintenance.Equal(num(want.maintenance)) {
				t.Errorf("%+v, REST %+v", p, want)
			}
		}
		m.Want(nil)
		if now := Compute(rules, brackets, tr.books.Balances(), tr.books.Positions(), m.Mark); len(now.Positions) != 0 || len(now.Margins) != 0 || len(now.Missing) != 1 {
			t.Errorf("without a mark: %+v", now)
		}
	}, venue.Unlimited(), func(v *venue.Venue) { v.OnPush = tr.heard })
}

// Everybody may ask while marks come; the race detector looks on.
func TestManyReaders(t *testing.T) {
	inBubble(t, func(m *market) {
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for i := range 200 {
					m.Want([]string{"BTCUSD_PERP", []string{"ETHUSD_PERP", "ADAUSD_PERP"}[i%2]})
					m.Mark("BTCUSD_PERP")
					m.Moved()
					m.Stats()
					time.Sleep(50 * time.Millisecond)
				}
			})
		}
		readers.Wait()
		m.await("BTCUSD_PERP", "60000")
	})
}

func TestMessages(t *testing.T) {
	mark := `{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_PERP","p":"10934.62615417","P":"10962.17178236","r":"0.00010000","T":1596096000000}`
	for _, c := range []struct {
		name, text string
		want       kind
	}{
		{"bare", mark, isMark},
		{"in an envelope", `{"stream":"btcusd_perp@markPrice@1s","data":` + mark + `}`, isMark},
		{"keys the other way round, and one of later", `{"st":2,"T":0,"r":"","S":"X","P":"1","p":"10934.62615417","s":"BTCUSD_PERP","E":1596095725000,"e":"markPriceUpdate"}`, isMark},
		{"a time that is a text, a price that is a number", `{"e":"markPriceUpdate","E":"1596095725000","s":"BTCUSD_PERP","p":10934.62615417}`, isMark},
		{"an answer", `{"result":null,"id":1}`, isAnswer},
		{"a refusal", `{"error":{"code":2,"msg":"Invalid request"},"id":1}`, isRefusal},
		{"no JSON", `{"e":"markPriceUpdate"`, isUnread},
		{"no object", `[` + mark + `]`, isUnread},
		{"data that is no object", `{"stream":"x","data":1}`, isUnread},
		{"another event", `{"e":"aggTrade","E":1,"s":"BTCUSD_PERP","p":"1"}`, isUnread},
		{"no price", `{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_PERP","P":"1"}`, isUnread},
		{"a price of nothing", `{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_PERP","p":"0.00000000"}`, isUnread},
		{"a price below nothing", `{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_PERP","p":"-1"}`, isUnread},
		{"a price that is none", `{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_PERP","p":"NaN"}`, isUnread},
		{"no time", `{"e":"markPriceUpdate","s":"BTCUSD_PERP","p":"1"}`, isUnread},
		{"no symbol", `{"e":"markPriceUpdate","E":1596095725000,"p":"1"}`, isUnread},
		{"nothing", ``, isUnread},
		{"null", `null`, isUnread},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r reader
			r.read([]byte(`{"stream":"x","data":{"e":"markPriceUpdate","E":7,"s":"OTHER","p":"7","P":"7"}}`)) // leaves nothing behind
			got, symbol, m := r.read([]byte(c.text))
			if got != c.want {
				t.Fatalf("read as %d, want %d", got, c.want)
			}
			if got == isMark && (string(symbol) != "BTCUSD_PERP" || m != Mark{num("10934.62615417"), 1596095725000}) {
				t.Errorf("%s %+v", symbol, m)
			}
		})
	}
}

// What cannot be read is counted and changes nothing.
func TestUnreadMessagesAreCounted(t *testing.T) {
	f := NewFeed(nil, nil)
	f.Want([]string{"BTCUSD_PERP"})
	var r reader
	for _, text := range []string{`{"e":"markPriceUpdate","E":1,"s":"BTCUSD_PERP","p":"60000"}`, `x`, `{"error":{}}`, `{"result":null}`, `{"e":"markPriceUpdate","E":1,"s":"ETHUSD_PERP","p":"3000"}`} {
		f.take(&r, []byte(text))
	}
	if s := f.Stats(); s.Unread != 1 || s.Refused != 1 || s.Marks != 1 || s.Known != 1 {
		t.Errorf("%+v", s)
	}
	if m, ok := f.Mark("BTCUSD_PERP"); !ok || !m.Price.Equal(decimal.New(60000, 0)) {
		t.Errorf("%+v", m)
	}
}
