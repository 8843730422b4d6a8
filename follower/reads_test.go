package follower_test

import (
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"poise/venue/gateway"
)

// asked are the calls that a follower made, by method and path.
type asked struct {
	mu   sync.Mutex
	what map[string]int
}

// tapped is a connection whose requests are noted.
type tapped struct {
	net.Conn
	a *asked
}

var requestLine = regexp.MustCompile(`^([A-Z]+) (/[^ ?]*)[^ ]* HTTP/1`)

func (c tapped) Write(p []byte) (int, error) {
	if m := requestLine.FindSubmatch(p); m != nil {
		path := string(m[2])
		if strings.HasPrefix(path, "/ws/") {
			path = "/ws/<listenKey>"
		}
		c.a.mu.Lock()
		c.a.what[string(m[1])+" "+path]++
		c.a.mu.Unlock()
	}
	return c.Conn.Write(p)
}

// TestReadsOnly: whatever goes wrong, nothing is asked of the exchange but what a
// key may ask that can only read. docs/real-accounts.md lists the same calls.
func TestReadsOnly(t *testing.T) {
	a := &asked{what: map[string]int{}}
	inWorld(t, func(w *world) {
		w.config.Marks, w.tap = true, func(c net.Conn) net.Conn { return tapped{c, a} }
	}, func(w *world) {
		w.trades(3)
		for _, f := range []gateway.Fault{{Kind: "expire-key"}, {Kind: "disconnect"}, {Kind: "drop", Count: 10}, {Kind: "truncate", Count: 2}} {
			w.fault(f)
			w.trades(4)
		}
		w.call("DELETE", "/dapi/v1/listenKey", "")
		w.fault(gateway.Fault{Kind: "rest-error", Status: 503, Code: -1001, Count: 3})
		time.Sleep(3 * time.Hour) // and keep-alives
		w.same()
		w.end()
		w.trades(2)
		w.start() // and what was missed
		w.same()
	})
	page, err := os.ReadFile("../docs/real-accounts.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"GET /dapi/v1/account", "GET /dapi/v1/balance", "GET /dapi/v1/exchangeInfo", "GET /dapi/v1/income", "GET /dapi/v1/positionRisk",
		"GET /dapi/v1/time", "GET /dapi/v2/leverageBracket", "GET /stream", "GET /ws/<listenKey>", "POST /dapi/v1/listenKey", "PUT /dapi/v1/listenKey"}
	if got := slices.Sorted(maps.Keys(a.what)); !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
	for _, what := range want {
		if !strings.Contains(string(page), "`"+what+"`") {
			t.Errorf("docs/real-accounts.md does not list %s", what)
		}
	}
}
