package venue_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"poise/venue"
	"poise/venue/gateway"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		childVenue(folder)
		return
	}
	goleak.VerifyTestMain(m)
}

// trader calls a venue as an account's owner.
type trader struct {
	t *testing.T
	v *venue.Venue
	gateway.Credentials
}

func newTrader(t *testing.T, v *venue.Venue, alias string, balances ...string) *trader {
	t.Helper()
	return &trader{t, v, v.NewAccount(alias, balances...)}
}

// answer is what a REST call came to.
type answer struct {
	status int
	header http.Header
	body   string
}

func sign(secret, payload string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(payload))
	return hex.EncodeToString(m.Sum(nil))
}

func send(t *testing.T, method, address, key, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("X-MBX-APIKEY", key)
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// call signs a call: parameters go in the query.
func (c *trader) call(method, path, params string) answer {
	c.t.Helper()
	query := strings.TrimPrefix(params+"&timestamp="+strconv.FormatInt(c.v.Now().UnixMilli(), 10), "&")
	return send(c.t, method, c.v.URL()+path+"?"+query+"&signature="+sign(c.APISecret, query), c.APIKey, "")
}

// must is call that has to succeed.
func (c *trader) must(method, path, params string) string {
	c.t.Helper()
	a := c.call(method, path, params)
	if a.status != 200 {
		c.t.Fatalf("%s %s %s: %d %s", method, path, params, a.status, a.body)
	}
	return a.body
}

func (c *trader) listenKey() string {
	c.t.Helper()
	var k struct{ ListenKey string }
	unmarshal(c.t, send(c.t, "POST", c.v.URL()+"/dapi/v1/listenKey", c.APIKey, "").body, &k)
	return k.ListenKey
}

func unmarshal(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// socket is a websocket client that answers pings when it is read.
type socket struct {
	t    *testing.T
	conn net.Conn
	in   io.ReadWriter
}

func dial(t *testing.T, url string) *socket {
	t.Helper()
	conn, br, _, err := ws.Dial(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &socket{t: t, conn: conn, in: conn}
	if br != nil {
		s.in = struct {
			io.Reader
			io.Writer
		}{br, conn}
	}
	return s
}

func (s *socket) send(text string) {
	s.t.Helper()
	if err := wsutil.WriteClientText(s.conn, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// read returns the next text, or an error: of the close frame, or of the cut.
func (s *socket) read(wait time.Duration) (string, error) {
	s.conn.SetReadDeadline(time.Now().Add(wait))
	b, err := wsutil.ReadServerText(s.in)
	return string(b), err
}

func (s *socket) next() string {
	s.t.Helper()
	m, err := s.read(5 * time.Second)
	if err != nil {
		s.t.Fatalf("nothing came: %v", err)
	}
	return m
}

// quiet fails when something comes.
func (s *socket) quiet(wait time.Duration) {
	s.t.Helper()
	m, err := s.read(wait)
	if n, ok := err.(net.Error); !ok || !n.Timeout() {
		s.t.Fatalf("heard %q, %v; want silence", m, err)
	}
}

// ask sends a request and returns the answer.
func (s *socket) ask(text string) string {
	s.t.Helper()
	s.send(text)
	return s.next()
}

// operate calls the operator's API.
func operate(t *testing.T, v *venue.Venue, method, path, body string) answer {
	t.Helper()
	return send(t, method, v.OperatorURL()+path, "", body)
}

func order(symbol, side, rest string) string {
	return fmt.Sprintf("symbol=%s&side=%s&%s", symbol, side, rest)
}

func limitAt(price string, quantity int) string {
	return fmt.Sprintf("type=LIMIT&timeInForce=GTC&price=%s&quantity=%d", price, quantity)
}

func market(quantity int) string { return fmt.Sprintf("type=MARKET&quantity=%d", quantity) }

// start starts a venue whose fields were set.
func start(t *testing.T, v *venue.Venue) {
	t.Helper()
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
}

func urlEscape(s string) string { return url.QueryEscape(s) }
