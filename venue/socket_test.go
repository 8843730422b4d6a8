package venue_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"poise/venue"
	"poise/venue/gateway"
)

var start2026 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// pump reads a socket in the background, answering pings, and hands over texts.
func (s *socket) pump() <-chan string {
	out := make(chan string, 10_000)
	ended := make(chan struct{})
	s.t.Cleanup(func() {
		s.conn.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		defer close(out)
		for {
			b, err := wsutil.ReadServerText(s.in)
			if err != nil {
				return
			}
			out <- string(b)
		}
	}()
	return out
}

func take(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case m, ok := <-from:
		if !ok {
			t.Fatal("the socket was closed")
		}
		return m
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
	}
	return ""
}

func TestEveryWayToAStream(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "SgsR", "BTC", "1")
	key := c.listenKey()
	bare := dial(t, v.StreamURL()+"/ws/"+key)
	combined := dial(t, v.StreamURL()+"/stream?streams="+key+"/btcusd_perp@aggTrade")
	later := dial(t, v.StreamURL()+"/ws")
	if a := later.ask(`{"method":"SUBSCRIBE","params":["` + key + `"],"id":1}`); a != `{"result":null,"id":1}` {
		t.Error(a)
	}
	v.Deposit("SgsR", "BTC", "1")
	m := bare.next()
	if !strings.HasPrefix(m, `{"e":"ACCOUNT_UPDATE","T":`) {
		t.Error(m)
	}
	if got := combined.next(); got != `{"stream":"`+key+`","data":`+m+`}` {
		t.Error(got)
	}
	if got := later.next(); got != m {
		t.Error(got)
	}
}

func TestSubscriptionsAreListedAndTakenBack(t *testing.T) {
	v := venue.New(t)
	s := dial(t, v.StreamURL()+"/stream")
	for _, c := range []struct{ ask, want string }{
		{`{"method":"GET_PROPERTY","params":["combined"],"id":1}`, `{"result":true,"id":1}`},
		{`{"method":"SET_PROPERTY","params":["combined",false],"id":2}`, `{"result":null,"id":2}`},
		{`{"method":"SUBSCRIBE","params":["a@b","btcusd_perp@markPrice"],"id":3}`, `{"result":null,"id":3}`},
		{`{"method":"LIST_SUBSCRIPTIONS","id":4}`, `{"result":["a@b","btcusd_perp@markPrice"],"id":4}`},
		{`{"method":"UNSUBSCRIBE","params":["a@b"],"id":5}`, `{"result":null,"id":5}`},
		{`{"method":"LIST_SUBSCRIPTIONS","id":6}`, `{"result":["btcusd_perp@markPrice"],"id":6}`},
		{`{"method":"NOTHING","id":7}`, `{"error":{"code":2,"msg":"Invalid request: unknown variant`},
		{`{"method":"SUBSCRIBE","params":[5],"id":8}`, `{"error":{"code":2,`},
		{`{"method":"LIST_SUBSCRIPTIONS","id":-9}`, `{"error":{"code":2,`},
	} {
		if got := s.ask(c.ask); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", c.ask, got)
		}
	}
	v.SetMark("BTCUSD_PERP", "60100")
	if m := s.next(); !strings.HasPrefix(m, `{"e":"markPriceUpdate","E":`) || !strings.Contains(m, `"p":"60100.00000000"`) {
		t.Error(m)
	}
}

func TestMarketStreams(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "", "BTC", "1")
	trades, each := dial(t, v.StreamURL()+"/ws/btcusd_perp@aggTrade"), dial(t, v.StreamURL()+"/ws/btcusd_perp@trade")
	best, depth, top := dial(t, v.StreamURL()+"/ws/btcusd_perp@bookTicker"),
		dial(t, v.StreamURL()+"/ws/btcusd_perp@depth@100ms"), dial(t, v.StreamURL()+"/ws/btcusd_perp@depth5")
	v.Quote("BTCUSD_PERP", "60000", "1000")
	c.must("POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(30)))
	for _, w := range []struct {
		s    *socket
		want string
	}{
		{trades, `"s":"BTCUSD_PERP","p":"60000.1","q":"30"`},
		{each, `"s":"BTCUSD_PERP","t":1,"p":"60000.1","q":"30","X":"MARKET","m":false`},
		{best, `"s":"BTCUSD_PERP","ps":"BTCUSD","b":"59999.9","B":"1000","a":"60000.1","A":"1000"`},
		{best, `"a":"60000.1","A":"970"`},
		{depth, `"b":[["59999.9","1000"]],"a":[["60000.1","1000"]]`},
		{depth, `"b":[],"a":[["60000.1","970"]]`},
		{top, `"b":[["59999.9","1000"]],"a":[["60000.1","1000"]]`},
	} {
		if m := w.s.next(); !strings.Contains(m, w.want) {
			t.Errorf("%s lacks %s", m, w.want)
		}
	}
}

func TestABogusKeyConnectsAndStaysSilent(t *testing.T) {
	v := venue.New(t)
	v.NewAccount("SgsR")
	s := dial(t, v.StreamURL()+"/ws/"+strings.Repeat("x", 64))
	v.Deposit("SgsR", "BTC", "1")
	s.quiet(100 * time.Millisecond)
}

func TestInvalidJSONIsAnsweredAndCut(t *testing.T) {
	v := venue.New(t)
	s := dial(t, v.StreamURL()+"/ws")
	if got := s.ask("hello"); got != `{"error":{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}}` {
		t.Error(got)
	}
	if m, err := s.read(time.Second); err == nil || isTimeout(err) {
		t.Errorf("heard %q, %v; want the end", m, err)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func TestTenMessagesASecond(t *testing.T) {
	v := venue.New(t)
	s := dial(t, v.StreamURL()+"/ws")
	for i := range 11 {
		s.send(fmt.Sprintf(`{"method":"LIST_SUBSCRIPTIONS","id":%d}`, i))
	}
	answers := 0
	for {
		_, err := s.read(2 * time.Second)
		if err != nil {
			if isTimeout(err) {
				t.Error("not cut")
			}
			break
		}
		answers++
	}
	if answers != 10 {
		t.Errorf("%d answers", answers)
	}
}

// waitUntil waits for something that other goroutines bring about.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("not yet: " + what)
}

func listening(t *testing.T, v *venue.Venue) string {
	return operate(t, v, "GET", "/v1/accounts", "").body
}

func TestAKeyExpiresAfterAnHourUnlessKept(t *testing.T) {
	for _, text := range []bool{false, true} {
		v := &venue.Venue{}
		v.Manual, v.Config.Start, v.ExpiryText = true, start2026, text
		start(t, v)
		c := &trader{t, v, v.NewAccount("SgsR", "BTC", "1")}
		key := c.listenKey()
		heard := dial(t, v.StreamURL()+"/ws/"+key).pump()
		v.Advance(50 * time.Minute)
		send(t, "PUT", v.URL()+"/dapi/v1/listenKey", c.APIKey, "")
		v.Advance(59 * time.Minute)
		v.Deposit("SgsR", "BTC", "1")
		if m := take(t, heard); !strings.Contains(m, "DEPOSIT") {
			t.Error(m)
		}
		v.Advance(time.Minute)
		want := fmt.Sprintf(`{"e":"listenKeyExpired","E":%d,"listenKey":"%s"}`, v.Now().UnixMilli(), key)
		if text {
			want = fmt.Sprintf(`{"e":"listenKeyExpired","E":"%d","listenKey":"%s"}`, v.Now().UnixMilli(), key)
		}
		if m := take(t, heard); m != want {
			t.Errorf("%s, want %s", m, want)
		}
		if a := send(t, "PUT", v.URL()+"/dapi/v1/listenKey", c.APIKey, ""); !strings.Contains(a.body, "-1125") {
			t.Error(a)
		}
		v.Deposit("SgsR", "BTC", "1") // to nobody
		select {
		case m := <-heard:
			t.Errorf("heard %s on a dead key", m)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestPingsPongsAndTheEndOfADay(t *testing.T) {
	v := venue.New(t, venue.Manual(start2026))
	c := newTrader(t, v, "SgsR")
	key := c.listenKey()
	good := dial(t, v.StreamURL()+"/ws/"+key).pump() // answers pings
	mute := dial(t, v.StreamURL()+"/ws/"+key)        // is not read
	v.Advance(9 * time.Minute)
	if a := listening(t, v); !strings.Contains(a, `"listening":2`) {
		t.Error(a)
	}
	v.Advance(time.Minute)
	waitUntil(t, "the mute socket is cut", func() bool { return strings.Contains(listening(t, v), `"listening":1`) })
	mute.conn.SetReadDeadline(time.Now().Add(time.Second))
	for i := range 3 {
		f, err := ws.ReadFrame(mute.in)
		if err != nil || f.Header.OpCode != ws.OpPing || string(f.Payload) != fmt.Sprint(start2026.Add(time.Duration(3*i+3)*time.Minute).UnixMilli()) {
			t.Errorf("%v %v", f, err)
		}
	}
	if f, err := ws.ReadFrame(mute.in); err != nil || f.Header.OpCode != ws.OpClose {
		t.Errorf("%v %v", f, err)
	}
	for range 24*60 - 20 { // keep the key, and come to one moment before the day is over
		v.Advance(time.Minute)
		c.listenKey()
	}
	v.Deposit("SgsR", "BTC", "1")
	take(t, good)
	v.Advance(11 * time.Minute)
	select {
	case m, ok := <-good:
		if ok {
			t.Errorf("heard %s", m)
		}
	case <-time.After(5 * time.Second):
		t.Error("still open after 24 hours")
	}
}

func TestASlowReaderIsDroppedAndDelaysNobody(t *testing.T) {
	v := &venue.Venue{}
	v.QueueMax, v.Seed = 64<<10, 3
	start(t, v)
	c := &trader{t, v, v.NewAccount("SgsR", "BTC", "1")}
	key := c.listenKey()
	slow, _, _, err := ws.Dialer{NetDial: smallBuffer}.Dial(context.Background(), v.StreamURL()+"/ws/"+key)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	heard := dial(t, v.StreamURL()+"/ws/"+key).pump()
	const messages = 20_000
	dropped, worst := 0, time.Duration(0)
	for i := range messages {
		began := time.Now()
		v.Deposit("SgsR", "BTC", "0.00000001")
		take(t, heard)
		worst = max(worst, time.Since(began))
		if i%100 == 0 && strings.Contains(listening(t, v), `"listening":1`) {
			dropped = i
			break
		}
	}
	if dropped == 0 {
		t.Error("the slow reader was never dropped")
	}
	if worst > 2*time.Second {
		t.Errorf("the quick reader waited %v", worst)
	}
	t.Logf("dropped after %d messages; the quick reader waited %v at most", dropped, worst)
}

func smallBuffer(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err == nil {
		err = c.(*net.TCPConn).SetReadBuffer(4096)
	}
	return c, err
}

func TestTheWebSocketAPI(t *testing.T) {
	v := venue.New(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := v.NewAccount("SgsR", "BTC", "1")
	e := v.Open(gateway.NewAccount{Alias: "Edwn", PublicKey: publicPEM(t, public)})
	s := dial(t, v.StreamURL()+"/ws-dapi/v1")
	now := v.Now().UnixMilli()
	signed := fmt.Sprintf("apiKey=%s&timestamp=%d", a.APIKey, now)
	place := fmt.Sprintf("apiKey=%s&newClientOrderId=w&price=59000&quantity=1&side=BUY&symbol=BTCUSD_PERP&timeInForce=GTC&timestamp=%d&type=LIMIT", a.APIKey, now)
	logon := fmt.Sprintf("apiKey=%s&timestamp=%d", e.APIKey, now)
	for _, c := range []struct{ ask, want string }{
		{`{`, `{"id":null,"status":400,"error":{"code":-1000,"msg":"Invalid JSON request."}}`},
		{fmt.Sprintf(`{"id":"a","method":"userDataStream.start","params":{"apiKey":"%s"}}`, a.APIKey), `{"id":"a","status":200,"result":{"listenKey":"`},
		{`{"id":"b","method":"userDataStream.start","params":{"apiKey":"no"}}`, `{"id":null,"status":401,"error":{"code":-2015,`},
		{fmt.Sprintf(`{"id":1,"method":"account.balance","params":{"apiKey":"%s","timestamp":%d,"signature":"%s"}}`, a.APIKey, now, sign(a.APISecret, signed)),
			`{"id":1,"status":200,"result":[{"accountAlias":"SgsR","asset":"BTC","balance":"1.00000000"`},
		{fmt.Sprintf(`{"id":2,"method":"order.place","params":{"type":"LIMIT","timestamp":%d,"timeInForce":"GTC","symbol":"BTCUSD_PERP","side":"BUY","quantity":1,"price":"59000","newClientOrderId":"w","apiKey":"%s","signature":"%s"}}`, now, a.APIKey, sign(a.APISecret, place)),
			`{"id":2,"status":200,"result":{"orderId":`},
		{`{"id":3,"method":"order.place","params":{}}`, `{"id":3,"status":400,"error":{"code":-1102,`},
		{`{"id":4,"method":"nothing"}`, `{"id":4,"status":400,"error":{"code":-1128,`},
		{fmt.Sprintf(`{"id":5,"method":"session.logon","params":{"apiKey":"%s","timestamp":%d,"signature":"%s"}}`, e.APIKey, now, base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(logon)))),
			`{"id":5,"status":200,"result":{"apiKey":"` + e.APIKey},
		{fmt.Sprintf(`{"id":6,"method":"account.status","params":{"timestamp":%d}}`, now), `{"id":6,"status":200,"result":{"feeTier":0,`},
		{`{"id":7,"method":"session.logout"}`, `{"id":7,"status":200,"result":{"apiKey":null,`},
	} {
		if got := s.ask(c.ask); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.ask, got, c.want)
		}
		time.Sleep(120 * time.Millisecond) // ten messages a second
	}
}

func TestOnPushChangesWhatIsSent(t *testing.T) {
	v, n := &venue.Venue{}, 0
	v.OnPush = func(_ string, m []byte) gateway.Delivery {
		n++
		return []gateway.Delivery{{Drop: true}, {Repeats: 1}, {Message: []byte("{}")}, {Hold: 50 * time.Millisecond}, {}}[n-1]
	}
	start(t, v)
	c := &trader{t, v, v.NewAccount("SgsR")}
	s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
	var sent []string
	for i := range 5 {
		sent = append(sent, string(v.Transfer("SgsR", "DEPOSIT", "BTC", fmt.Sprint(i+1))))
	}
	for i, want := range []string{sent[1], sent[1], "{}", sent[4], sent[3]} {
		if got := s.next(); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}

func TestAPanicIsNobodyElses(t *testing.T) {
	v := &venue.Venue{}
	v.OnPush = func(string, []byte) gateway.Delivery { panic("hook") }
	start(t, v)
	c := &trader{t, v, v.NewAccount("SgsR", "BTC", "1")}
	c.listenKey()
	if a := c.call("POST", "/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=5"); a.status != 500 || !strings.HasPrefix(a.body, `{"code":-1000,`) {
		t.Error(a)
	}
	c.must("GET", "/dapi/v1/account", "")
}
