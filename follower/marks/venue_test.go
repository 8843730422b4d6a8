package marks

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
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"poise/account"
	"poise/inverse"
	"poise/venue"
	"poise/venue/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// trader is an account's owner, and a follower of it: REST calls, and books that
// are kept from what is pushed.
type trader struct {
	failer
	v    *venue.Venue
	keys gateway.Credentials
	http *http.Client
	dial func(ctx context.Context, network, address string) (net.Conn, error) // nil: of the machine

	books *account.Books
	told  uint64 // records that the books have had

	mu     sync.Mutex
	pushed [][]byte
}

// newTrader opens an account on a venue that has OnPush set to t.heard.
func newTrader(f failer, v *venue.Venue, t *trader, hedge bool, balances ...string) {
	t.failer, t.v, t.http = f, v, &http.Client{Transport: &http.Transport{DialContext: t.dial}}
	if hedge {
		t.keys = v.NewHedgeAccount("owner", balances...)
	} else {
		t.keys = v.NewAccount("owner", balances...)
	}
	t.books = account.New("owner")
	t.must("POST", "/dapi/v1/listenKey", "")
	t.keep(account.Snapshot, fmt.Appendf(nil, `{"account":%s,"balance":%s,"positionRisk":%s}`,
		t.must("GET", "/dapi/v1/account", ""), t.must("GET", "/dapi/v1/balance", ""), t.must("GET", "/dapi/v1/positionRisk", "")))
}

func (t *trader) heard(_ string, message []byte) gateway.Delivery {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pushed = append(t.pushed, message)
	return gateway.Delivery{}
}

// call signs a call.
func (t *trader) call(method, path, params string) (status int, body []byte) {
	t.Helper()
	query := strings.TrimPrefix(fmt.Sprintf("%s&timestamp=%d", params, t.v.Now().UnixMilli()), "&")
	mac := hmac.New(sha256.New, []byte(t.keys.APISecret))
	mac.Write([]byte(query))
	r, err := http.NewRequestWithContext(context.Background(), method, t.v.URL()+path+"?"+query+"&signature="+hex.EncodeToString(mac.Sum(nil)), nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	r.Header.Set("X-MBX-APIKEY", t.keys.APIKey)
	res, err := t.http.Do(r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		t.Fatalf("%v", err)
	}
	return res.StatusCode, body
}

func (t *trader) must(method, path, params string) []byte {
	t.Helper()
	status, body := t.call(method, path, params)
	if status != 200 {
		t.Fatalf("%s %s %s: %d %s", method, path, params, status, body)
	}
	return body
}

func (t *trader) keep(kind account.RecordKind, data []byte) {
	t.Helper()
	t.told++
	d, err := t.books.Apply(account.Record{Account: "owner", Position: t.told, Kind: kind, Data: data})
	if err != nil || d.Event == "UNREADABLE" {
		t.Fatalf("%s: %v %+v", data, err, d.Opened)
	}
}

// follow brings the books up to what was pushed.
func (t *trader) follow() {
	t.Helper()
	t.mu.Lock()
	pushed := t.pushed
	t.pushed = nil
	t.mu.Unlock()
	for _, m := range pushed {
		t.keep(account.Frame, m)
	}
}

func (t *trader) rules() (*Rules, map[string]inverse.Brackets) {
	t.Helper()
	r, err := ReadRules(t.must("GET", "/dapi/v1/exchangeInfo", ""))
	if err != nil {
		t.Fatalf("%v", err)
	}
	brackets, err := ReadBrackets(t.must("GET", "/dapi/v2/leverageBracket", ""))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return r, brackets
}

// theirs is a position as REST shows it.
type theirs struct {
	Symbol, PositionSide, MarkPrice, UnRealizedProfit, LiquidationPrice string
	maintenance                                                         string
}

// theirAsset is an asset as REST shows it.
type theirAsset struct{ Asset, MaintMargin, CrossWalletBalance, CrossUnPnl string }

// shown is what REST shows, positions by symbol and side.
func (t *trader) shown() (map[[2]string]theirs, []theirAsset) {
	t.Helper()
	var risks []theirs
	var info struct {
		Assets    []theirAsset
		Positions []struct{ Symbol, PositionSide, MaintMargin string }
	}
	for path, to := range map[string]any{"/dapi/v1/positionRisk": &risks, "/dapi/v1/account": &info} {
		if err := json.Unmarshal(t.must("GET", path, ""), to); err != nil {
			t.Fatalf("%v", err)
		}
	}
	all := map[[2]string]theirs{}
	for _, p := range risks {
		all[[2]string{p.Symbol, p.PositionSide}] = p
	}
	for _, p := range info.Positions {
		key := [2]string{p.Symbol, p.PositionSide}
		row := all[key]
		row.maintenance = p.MaintMargin
		all[key] = row
	}
	return all, info.Assets
}
