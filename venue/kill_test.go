package venue_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"poise/venue"
	"poise/venue/gateway"
)

// childFolder names the variable that has the test binary be a venue in a folder,
// to be killed.
const childFolder = "POISE_TEST_VENUE_FOLDER"

func childVenue(folder string) {
	v := &venue.Venue{Config: gateway.Config{Data: folder, Walk: true, WeightPerMinute: -1, OrdersPerMinute: -1, OrdersPer10Seconds: -1}}
	if err := v.Start(); err != nil {
		panic(err)
	}
	fmt.Println(v.URL(), v.OperatorURL(), v.StreamURL())
	io.Copy(io.Discard, os.Stdin) // until it is killed, or the parent is gone
	v.Close()
}

// victim is a venue in a process of its own.
type victim struct {
	t                       *testing.T
	process                 *exec.Cmd
	rest, operator, streams string
}

func startVictim(t *testing.T, folder string) *victim {
	t.Helper()
	v := &victim{t: t, process: exec.Command(os.Args[0])}
	v.process.Env = append(os.Environ(), childFolder+"="+folder)
	v.process.Stderr = os.Stderr
	if _, err := v.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := v.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.process.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		_, err = fmt.Sscan(line, &v.rest, &v.operator, &v.streams)
	}
	if err != nil {
		t.Fatalf("the venue did not start: %v", err)
	}
	return v
}

// kill is kill -9, after which nothing of the process runs.
func (v *victim) kill() {
	v.process.Process.Kill()
	err := v.process.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || runtime.GOOS != "windows" && exit.ExitCode() != -1 {
		v.t.Errorf("the venue ended by itself: %v", err)
	}
}

// believer is an account's owner, with all that the venue has told it.
type believer struct {
	gateway.Credentials
	mu     sync.Mutex
	orders map[int64]string // symbol of each order that was answered
	gone   map[int64]bool   // those whose cancel was answered
	key    string
	heard  int64           // events, with those of earlier rounds
	fills  map[int64]int64 // contracts filled of each order, as pushed
}

var keepAlive = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}

// ask makes one call; an error means that the venue is gone.
func (b *believer) ask(v *victim, method, path, params string) (status int, body string, err error) {
	query := params + "&timestamp=" + strconv.FormatInt(time.Now().UnixMilli(), 10)
	r, err := http.NewRequest(method, v.rest+path+"?"+query+"&signature="+sign(b.APISecret, query), nil)
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("X-MBX-APIKEY", b.APIKey)
	res, err := keepAlive.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// trade orders and cancels until the venue is gone.
func (b *believer) trade(v *victim, r *rand.Rand) {
	var resting []int64
	for {
		side := []string{"BUY", "SELL"}[r.IntN(2)]
		method, params := "POST", "symbol=BTCUSD_PERP&side="+side+"&type=MARKET&quantity="+strconv.Itoa(1+r.IntN(5))
		id := int64(0)
		switch n := r.IntN(3); {
		case n == 0:
			params = "symbol=BTCUSD_PERP&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=" + strconv.Itoa(55_000+r.IntN(1000))
		case n == 1 && len(resting) > 0:
			id, resting = resting[0], resting[1:]
			method, params = "DELETE", "symbol=BTCUSD_PERP&orderId="+strconv.FormatInt(id, 10)
		}
		status, body, err := b.ask(v, method, "/dapi/v1/order", params)
		if err != nil {
			return
		}
		var o struct {
			OrderID int64
			Type    string
		}
		if status != 200 || json.Unmarshal([]byte(body), &o) != nil {
			continue
		}
		b.mu.Lock()
		if b.orders[o.OrderID] = "BTCUSD_PERP"; method == "DELETE" {
			b.gone[o.OrderID] = true
		}
		b.mu.Unlock()
		if method == "POST" && o.Type == "LIMIT" {
			resting = append(resting, o.OrderID)
		}
	}
}

// listen hears events until the venue is gone.
func (b *believer) listen(v *victim, ready *sync.WaitGroup) {
	conn, br, _, err := ws.Dial(context.Background(), v.streams+"/ws/"+b.key)
	ready.Done()
	if err != nil {
		return
	}
	defer conn.Close()
	var in io.ReadWriter = conn
	if br != nil {
		in = struct {
			io.Reader
			io.Writer
		}{br, conn}
	}
	for {
		m, err := wsutil.ReadServerText(in)
		if err != nil {
			return
		}
		var e struct {
			E string `json:"e"`
			O struct {
				ID     int64  `json:"i"`
				Filled string `json:"z"`
			} `json:"o"`
		}
		json.Unmarshal(m, &e)
		b.mu.Lock()
		b.heard++
		if e.E == "ORDER_TRADE_UPDATE" {
			b.fills[e.O.ID], _ = strconv.ParseInt(e.O.Filled, 10, 64)
			b.orders[e.O.ID] = "BTCUSD_PERP"
		}
		b.mu.Unlock()
	}
}

// check asks a venue that was started again for all that it has told.
func (b *believer) check(v *victim) {
	v.t.Helper()
	for id, symbol := range b.orders {
		status, body, err := b.ask(v, "GET", "/dapi/v1/order", "symbol="+symbol+"&orderId="+strconv.FormatInt(id, 10))
		if err != nil || status != 200 {
			v.t.Fatalf("order %d was told of: %d %s %v", id, status, body, err)
		}
		var o struct{ Status, ExecutedQty string }
		json.Unmarshal([]byte(body), &o)
		if filled, _ := strconv.ParseInt(o.ExecutedQty, 10, 64); filled < b.fills[id] {
			v.t.Fatalf("order %d: fills of %d were pushed: %s", id, b.fills[id], body)
		}
		if b.gone[id] && o.Status == "NEW" {
			v.t.Fatalf("order %d was cancelled: %s", id, body)
		}
	}
	a := send(v.t, "GET", v.operator+"/v1/accounts/"+b.Alias, "", "")
	var truth struct{ Events int64 }
	unmarshal(v.t, a.body, &truth)
	if truth.Events < b.heard {
		v.t.Fatalf("%d events were made that were heard of, there are %d", b.heard, truth.Events)
	}
	b.heard = truth.Events
	b.orders, b.gone, b.fills = map[int64]string{}, map[int64]bool{}, map[int64]int64{}
	if a := send(v.t, "PUT", v.rest+"/dapi/v1/listenKey", b.APIKey, ""); a.status != 200 || !strings.Contains(a.body, b.key) {
		v.t.Fatalf("key %s was told of: %d %s", b.key, a.status, a.body)
	}
}

// A venue that is killed at any moment has, when it is started again, everything
// that it answered and pushed before.
func TestKilledVenueLosesNothing(t *testing.T) {
	t.Parallel() // it waits for the disk
	kills := 20
	if testing.Short() {
		kills = 5
	}
	folder := filepath.Join(t.TempDir(), "data")
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	v := startVictim(t, folder)
	var owners []*believer
	for i := range 3 {
		b := &believer{orders: map[int64]string{}, gone: map[int64]bool{}, fills: map[int64]int64{}}
		unmarshal(t, send(t, "POST", v.operator+"/v1/accounts", "", fmt.Sprintf(`{"alias":"owner%d","balances":{"BTC":"50"}}`, i)).body, &b.Credentials)
		var k struct{ ListenKey string }
		unmarshal(t, send(t, "POST", v.rest+"/dapi/v1/listenKey", b.APIKey, "").body, &k)
		b.key = k.ListenKey
		owners = append(owners, b)
	}
	told := 0
	for range kills {
		var ready, done sync.WaitGroup
		ready.Add(len(owners))
		for _, b := range owners {
			one, two := r.Uint64(), r.Uint64()
			done.Go(func() { b.listen(v, &ready) })
			done.Go(func() { b.trade(v, rand.New(rand.NewPCG(one, 1))) })
			done.Go(func() { b.trade(v, rand.New(rand.NewPCG(two, 1))) })
		}
		ready.Wait()
		time.Sleep(time.Duration(r.IntN(60_000)) * time.Microsecond) // any moment will do
		v.kill()
		done.Wait()
		v = startVictim(t, folder)
		for _, b := range owners {
			told += len(b.orders)
			b.check(v)
		}
		for _, row := range booksOf(t, v) {
			if row.Residual != "0" {
				t.Fatalf("%s is off by %s", row.Asset, row.Residual)
			}
		}
	}
	v.kill()
	keepAlive.CloseIdleConnections()
	t.Logf("%d kills, %d orders were told of and are there", kills, told)
	if told == 0 {
		t.Error("nothing was told")
	}
}

func booksOf(t *testing.T, v *victim) (rows []struct{ Asset, Residual string }) {
	t.Helper()
	unmarshal(t, send(t, "GET", v.operator+"/v1/books", "", "").body, &rows)
	return rows
}
