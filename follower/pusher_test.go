package follower_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"poise/follower"
)

// pusherConfig is of a pusher: an exchange with nothing behind it, which pushes
// as many messages as it is told, as fast as it is told, from another process.
type pusherConfig struct {
	Listen []string // addresses; REST is on the first
}

func init() { follower.PushChild = pushUntilStopped }

// pushUntilStopped is the child. It says where it listens, and ends with its
// standard input.
func pushUntilStopped(text string) {
	var c pusherConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	p := &pusher{of: map[string]*pushed{}}
	for _, address := range c.Listen {
		l, err := net.Listen("tcp", address)
		if err != nil {
			panic(err)
		}
		fmt.Println(l.Addr())
		go http.Serve(l, p)
	}
	io.Copy(io.Discard, os.Stdin)
}

// pusher is the child's exchange. An account's listen key is its API key.
type pusher struct {
	mu sync.Mutex
	of map[string]*pushed // by key
}

// pushed is an account and its sockets.
type pushed struct {
	key   string
	mu    sync.Mutex
	conns []net.Conn
	trader
	buf []byte
}

func (p *pusher) account(key string) *pushed {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.of[key]
	if a == nil {
		a = &pushed{key: key, trader: *newTrader(key)}
		p.of[key] = a
	}
	return a
}

func (p *pusher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("X-MBX-APIKEY")
	if after, ok := strings.CutPrefix(r.URL.Path, "/ws/"); ok {
		p.upgrade(w, r, after)
		return
	}
	switch r.URL.Path {
	case "/dapi/v1/listenKey":
		fmt.Fprintf(w, `{"listenKey":%q}`, key)
	case "/dapi/v1/time":
		fmt.Fprintf(w, `{"serverTime":%d}`, time.Now().UnixMilli())
	case "/dapi/v1/account":
		fmt.Fprint(w, `{"assets":[{"asset":"BTC","walletBalance":"100.00000000","crossWalletBalance":"100.00000000","updateTime":1700000000000},`+
			`{"asset":"ETH","walletBalance":"40.00000000","crossWalletBalance":"40.00000000","updateTime":1700000000000}],"positions":[]}`)
	case "/push":
		p.push(w, r)
	default: // balance, positionRisk, income: no rows that say more
		fmt.Fprint(w, `[]`)
	}
}

func (p *pusher) upgrade(w http.ResponseWriter, r *http.Request, key string) {
	conn, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return
	}
	a := p.account(key)
	a.mu.Lock()
	a.conns = append(a.conns, conn)
	a.mu.Unlock()
	buf := make([]byte, 64)
	for err == nil { // what clients say is not answered: benchmarks are shorter than their patience
		_, err = conn.Read(buf)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, c := range a.conns {
		if c == conn {
			a.conns = append(a.conns[:i], a.conns[i+1:]...)
			break
		}
	}
	conn.Close()
}

// push sends n messages over the accounts whose keys begin with prefix: in turn,
// rate a second, or all at once, each as fast as its sockets take it, with batch
// messages a write. It answers when they are written.
func (p *pusher) push(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	n, _ := strconv.Atoi(q.Get("n"))
	rate, _ := strconv.Atoi(q.Get("rate"))
	batch, _ := strconv.Atoi(q.Get("batch"))
	var list []*pushed
	p.mu.Lock()
	for key, a := range p.of {
		if strings.HasPrefix(key, q.Get("prefix")) {
			list = append(list, a)
		}
	}
	p.mu.Unlock()
	if len(list) == 0 {
		http.Error(w, "nobody", http.StatusNotFound)
		return
	}
	if rate > 0 {
		paced(r.Context(), list, n, rate)
	} else {
		flooded(r.Context(), list, n, max(1, batch))
	}
	fmt.Fprint(w, "done")
}

func paced(ctx context.Context, list []*pushed, n, rate int) {
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		if ctx.Err() != nil {
			return
		}
		list[i%len(list)].send(1)
	}
}

func flooded(ctx context.Context, list []*pushed, n, batch int) {
	var all sync.WaitGroup
	for _, a := range list {
		all.Go(func() {
			for left := n / len(list); left > 0 && ctx.Err() == nil; left -= batch {
				a.send(min(left, batch))
			}
		})
	}
	all.Wait()
}

// send writes n messages to each of the account's sockets, in one write each.
func (a *pushed) send(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.buf = a.buf[:0]
	for range n {
		a.buf = appendText(a.buf, func(b []byte) []byte { return a.next(b, time.Now()) })
	}
	for _, c := range a.conns {
		c.Write(a.buf) // an error ends its reader too
	}
}

// appendText appends a frame of a server with a text of 126 to 65,535 bytes.
func appendText(b []byte, text func([]byte) []byte) []byte {
	at := len(b)
	b = text(append(b, 0x80|byte(ws.OpText), 126, 0, 0))
	binary.BigEndian.PutUint16(b[at+2:], uint16(len(b)-at-4))
	return b
}

// pushing is a pusher seen from its parent.
type pushing struct {
	addresses []string
}

// startPusher starts a pusher and ends it with the benchmark.
func startPusher(b testing.TB, listen ...string) *pushing {
	b.Helper()
	if len(listen) == 0 {
		listen = []string{"127.0.0.1:0"}
	}
	text, err := json.Marshal(pusherConfig{listen})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), follower.PushChildEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	p := &pushing{}
	for lines := bufio.NewScanner(out); len(p.addresses) < len(listen) && lines.Scan(); {
		p.addresses = append(p.addresses, lines.Text())
	}
	if len(p.addresses) < len(listen) {
		b.Fatal("the pusher does not listen")
	}
	return p
}

// push has n messages sent to the accounts whose keys begin with prefix, and
// returns when they are written.
func (p *pushing) push(b testing.TB, prefix string, n, rate, batch int) {
	b.Helper()
	res, err := http.Get(fmt.Sprintf("http://%s/push?prefix=%s&n=%d&rate=%d&batch=%d", p.addresses[0], prefix, n, rate, batch))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b.Fatal(res.Status)
	}
}
