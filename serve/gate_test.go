package serve_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"poise/serve"
)

// gate is the way to the exchange's streams, which may be shut: what goes through
// it is cut then, and nothing new passes.
type gate struct {
	l    net.Listener
	to   string
	mu   sync.Mutex
	shut bool
	all  map[net.Conn]bool
}

// newGate returns one, and the address of streams through it.
func newGate(t testing.TB, stream string) (*gate, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	g := &gate{l: l, to: strings.TrimPrefix(stream, "ws://"), all: map[net.Conn]bool{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(c)
		}
	}()
	t.Cleanup(func() { l.Close(); g.set(true) })
	return g, "ws://" + l.Addr().String()
}

func (g *gate) pass(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", g.to)
	if err != nil || !g.add(from, to) {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, from); to.Close() }()
	_, _ = io.Copy(from, to)
}

func (g *gate) add(list ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range list {
		if g.all[c] = true; g.shut {
			c.Close()
		}
	}
	return !g.shut
}

// set shuts or opens it.
func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut = shut; shut {
		for c := range g.all {
			c.Close()
		}
		clear(g.all)
	}
}

// Lines to the exchange that are cut are shown with what is wrong, and what was
// missed is there when they are up again.
func TestPageShowsThatLinesAreCut(t *testing.T) {
	b := newBrowser(t)
	w := newWorld(t, serve.Config{}, "main")
	for _, path := range []string{"/accounts/main", "/"} {
		b.do(chromedp.Navigate(w.web.url + path))
		b.wait(`document.querySelector(".status.live") && document.getElementById("link").dataset.state === "live"`)
		w.gate.set(true)
		b.wait(`document.querySelector(".status.down, .status.degraded")`)
		b.wait(map[string]string{"/accounts/main": `[...document.querySelectorAll(".alarm")].some((e) => /^(Lines|No line was up)/.test(e.textContent))`,
			"/": `document.querySelector("td.wrong").textContent.includes("line 1 is down") && document.querySelectorAll(".line.no").length > 0`}[path])
		w.trade("main", "BTCUSD_PERP", "BUY", 7)
		w.gate.set(false)
		b.wait(`document.querySelector(".status.live")`)
		if path == "/accounts/main" {
			b.wait(`document.querySelector("#wallet-BTC .big").textContent === "1.99999417" && document.querySelectorAll(".alarm").length === 0`)
		}
	}
	b.quiet()
}
