package dapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"poise/dapi"
	"poise/venue"
	"poise/venue/gateway"
	"poise/wire"
)

func TestEveryCallAnswers(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		c, ctx := w.account("SgsR", "BTC", "1"), w.t.Context()
		for name, call := range map[string]struct {
			ask  func() ([]byte, error)
			want string
		}{
			"exchangeInfo":  {func() ([]byte, error) { return w.x.ExchangeInfo(ctx) }, `"BTCUSD_PERP"`},
			"premiumIndex":  {func() ([]byte, error) { return w.x.PremiumIndex(ctx, "ETHUSD_PERP") }, `"symbol":"ETHUSD_PERP"`},
			"premium, all":  {func() ([]byte, error) { return w.x.PremiumIndex(ctx, "") }, `"symbol":"BTCUSD_PERP"`},
			"account":       {func() ([]byte, error) { return c.Account(ctx) }, `"walletBalance":"1.00000000"`},
			"balance":       {func() ([]byte, error) { return c.Balance(ctx) }, `"balance":"1.00000000"`},
			"positionRisk":  {func() ([]byte, error) { return c.PositionRisk(ctx) }, `"symbol":"BTCUSD_PERP"`},
			"brackets":      {func() ([]byte, error) { return c.LeverageBrackets(ctx) }, `"maintMarginRatio"`},
			"income":        {func() ([]byte, error) { return c.Income(ctx, 0, time.Now().UnixMilli()) }, `"incomeType":"TRANSFER"`},
			"income, later": {func() ([]byte, error) { return c.Income(ctx, time.Now().UnixMilli()+1, 1<<62) }, `[]`},
			"income, never": {func() ([]byte, error) { return c.Income(ctx, 5, 4) }, `[]`},
		} {
			if b, err := call.ask(); err != nil || !strings.Contains(string(b), call.want) || !json.Valid(b) {
				t.Errorf("%s: %.300s, %v", name, b, err)
			}
		}
		key, err := c.NewListenKey(ctx)
		if again, _ := c.NewListenKey(ctx); err != nil || len(key) != 64 || again != key {
			t.Error(key, again, err)
		}
		if err := c.KeepListenKey(ctx); err != nil {
			t.Error(err)
		}
		if now, err := w.x.Time(ctx); err != nil || now.Sub(time.Now()).Abs() > time.Second {
			t.Error(now, err)
		}
	})
}

func privatePEM(t *testing.T, private any) []byte {
	t.Helper()
	b, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b})
}

func publicPEM(t *testing.T, public any) string {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))
}

func TestPrivateKeysSign(t *testing.T) {
	edPublic, edPrivate, _ := ed25519.GenerateKey(rand.Reader)
	rsaPrivate, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	v := venue.New(t)
	x := newExchange(t, dapi.Config{REST: v.URL(), Stream: v.StreamURL()})
	for name, pair := range map[string]struct{ private, public any }{
		"Ed25519": {edPrivate, edPublic}, "RSA": {rsaPrivate, &rsaPrivate.PublicKey},
	} {
		a := v.Open(gateway.NewAccount{PublicKey: publicPEM(t, pair.public)})
		k, err := dapi.PrivateKey(a.APIKey, privatePEM(t, pair.private))
		if err != nil {
			t.Fatal(name, err)
		}
		for range 8 { // base64 of some signatures has + and /
			if _, err := x.Client(k).Account(t.Context()); err != nil {
				t.Error(name, err)
			}
		}
	}
}

func TestKeysThatCannotSignAreRefused(t *testing.T) {
	for name, make := range map[string]func() (dapi.Key, error){
		"no API key":    func() (dapi.Key, error) { return dapi.HMAC("", "secret") },
		"a line break":  func() (dapi.Key, error) { return dapi.HMAC("key\n", "secret") },
		"no secret":     func() (dapi.Key, error) { return dapi.HMAC("key", "") },
		"secret, break": func() (dapi.Key, error) { return dapi.HMAC("key", "secret\n") },
		"no PEM":        func() (dapi.Key, error) { return dapi.PrivateKey("key", []byte("secret")) },
		"PEM of nonsense": func() (dapi.Key, error) {
			return dapi.PrivateKey("key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")}))
		},
	} {
		if _, err := make(); err == nil || !strings.HasPrefix(err.Error(), "dapi: ") || strings.Contains(err.Error(), "secret\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	x := newExchange(t, dapi.Config{})
	if _, err := x.Client(dapi.Key{}).Account(t.Context()); !errors.Is(err, dapi.ErrKey) {
		t.Error(err)
	}
	if err := x.Client(dapi.Key{}).NewStream(dapi.StreamConfig{}, newListener()).Run(t.Context()); !errors.Is(err, dapi.ErrKey) {
		t.Error(err)
	}
}

func TestConfigsThatAreWrongNameTheField(t *testing.T) {
	for field, c := range map[string]dapi.Config{
		"REST":        {REST: "ftp://example.org"},
		"REST ":       {REST: "http://example.org/?a=b"},
		"REST  ":      {REST: "http://user:secret@example.org"},
		"REST   ":     {REST: "http://exa mple.org"},
		"Stream":      {Stream: "https://example.org"},
		"WeightShare": {WeightShare: 101},
		"Tries":       {Tries: -1},
		"Timeout":     {Timeout: -1},
		"RetryMin":    {RetryMin: time.Hour},
	} {
		if _, err := dapi.New(c); err == nil || !strings.HasPrefix(err.Error(), "dapi: "+strings.TrimSpace(field)) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := dapi.New(dapi.Config{}); err != nil {
		t.Error(err)
	}
}

// trade has the account fill a market order.
func trade(w *world, c gateway.Credentials, side string) {
	w.t.Helper()
	query := fmt.Sprintf("symbol=BTCUSD_PERP&side=%s&type=MARKET&quantity=1&timestamp=%d", side, time.Now().UnixMilli())
	m := hmac.New(sha256.New, []byte(c.APISecret))
	m.Write([]byte(query))
	r, err := http.NewRequestWithContext(w.t.Context(), "POST", fmt.Sprintf("%s/dapi/v1/order?%s&signature=%x", w.v.URL(), query, m.Sum(nil)), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("X-MBX-APIKEY", c.APIKey)
	res, err := (&http.Client{Transport: &http.Transport{DialContext: w.net.Dial, DisableKeepAlives: true}}).Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		w.t.Fatal(res.Status)
	}
}

func TestIncomeOfSeveralPagesAndYears(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		a := w.v.NewAccount("SgsR", "BTC", "10")
		c := w.x.Client(keyOf(t, a))
		w.v.Quote("BTCUSD_PERP", "60000", "100000")
		began := time.Now().UnixMilli()
		for range 700 {
			w.v.Transfer("SgsR", "DEPOSIT", "BTC", "0.001")
		}
		for range 200 { // two commissions; the PnL comes to nothing
			trade(w, a, "BUY")
			trade(w, a, "SELL")
		}
		first := time.Now().UnixMilli()
		pass(400 * 24 * time.Hour)
		w.v.Transfer("SgsR", "DEPOSIT", "BTC", "0.001")
		for _, e := range []struct {
			from, to int64
			want     int
		}{
			{began, time.Now().UnixMilli(), 1 + 700 + 400 + 1}, {0, first, 1 + 700 + 400}, {first + 1, time.Now().UnixMilli(), 1},
			{time.Now().UnixMilli(), time.Now().UnixMilli(), 1}, // both ends are inside
		} {
			b, err := c.Income(w.t.Context(), e.from, e.to)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := wire.DecodeIncome(b)
			seen := map[string]bool{}
			for _, r := range rows {
				seen[r.Type+r.TranID] = true
			}
			if len(rows) != e.want || len(seen) != e.want || err != nil {
				t.Errorf("%d to %d: %d rows, %d different, want %d, %v", e.from, e.to, len(rows), len(seen), e.want, err)
			}
		}
	}, venue.Unlimited(), func(v *venue.Venue) { v.NoFunding = true })
}

// restOf is an Exchange and a client whose calls a handler answers; the clock is
// answered for it.
func restOf(w *world, h http.HandlerFunc) *dapi.Client {
	c := w.config
	c.REST = "http://" + serve(w.t, w.net, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/dapi/v1/time" {
			fmt.Fprintf(rw, `{"serverTime":%d}`, time.Now().UnixMilli())
			return
		}
		h(rw, r)
	})
	k, _ := dapi.HMAC("apiKeyOfTheTest", "secretOfTheTest")
	return newExchange(w.t, c).Client(k)
}

func TestIncomeThatPagesRepeatIsThereOnce(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		var page strings.Builder
		row := func(i int) string {
			return fmt.Sprintf(`{"symbol":"","incomeType":"TRANSFER","income":"1","asset":"BTC","info":"DEPOSIT","time":5,"tranId":%d,"tradeId":""}`, i)
		}
		for i := range 1000 {
			page.WriteString("," + row(i))
		}
		c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
			if r.FormValue("page") == "1" {
				io.WriteString(rw, "["+page.String()[1:]+"]")
				return
			}
			io.WriteString(rw, "["+row(999)+","+row(1000)+","+row(1000)+"]") // one page's own repetition is the exchange's word
		})
		b, err := c.Income(w.t.Context(), 0, 10)
		if rows, _ := wire.DecodeIncome(b); err != nil || len(rows) != 1002 {
			t.Error(len(rows), err)
		}
	})
}

func TestIncomeHasABound(t *testing.T) {
	inWorld(t, dapi.Config{WeightPerMinute: -1}, func(w *world) {
		full := "[" + strings.Repeat(`{"tranId":"1"},`, 999) + `{"tranId":"1"}]`
		asked := 0
		c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
			asked++
			io.WriteString(rw, full)
		})
		if err := dapi.IncomeAfter(w.t.Context(), c, 495); !errors.Is(err, dapi.ErrPages) || !strings.Contains(err.Error(), "500") || asked != 5 {
			t.Error(asked, err)
		}
	})
}

func TestErrorsAreTypedByCode(t *testing.T) {
	inWorld(t, dapi.Config{Tries: 1}, func(w *world) {
		c, ctx := w.account("SgsR"), w.t.Context()
		for _, e := range []struct {
			status, code int
			msg          string
			want         error
		}{
			{400, -1125, "", dapi.ErrListenKey}, {400, -1021, "", dapi.ErrTimestamp}, {400, -1022, "", dapi.ErrSignature}, {401, -2014, "", dapi.ErrKey},
			{400, -2015, "", dapi.ErrKey}, {401, -1, "", dapi.ErrKey}, {403, -1, "", dapi.ErrForbidden}, {400, -1121, "", dapi.ErrSymbol}, {408, -1007, "", dapi.ErrUnknown},
			{503, -1006, "", dapi.ErrUnknown}, {503, -1, "Unknown error, please check your request or try again later.", dapi.ErrUnknown}, {500, -1000, "", dapi.ErrServer},
			{408, -1000, "", dapi.ErrServer}, {400, -1003, "", dapi.ErrLimited}, {400, -1015, "", dapi.ErrLimited}, {429, -1003, "", dapi.ErrLimited}, {418, -1003, "", dapi.ErrBanned},
		} {
			end := w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: e.status, Code: e.code, Msg: e.msg, Count: 10})
			_, err := c.Account(ctx)
			end()
			var typed *dapi.Error
			if !errors.Is(err, e.want) || !errors.As(err, &typed) || typed.Code != e.code || typed.Status != e.status || typed.Call != "GET /dapi/v1/account" || typed.Message == "" {
				t.Errorf("%d %d: %v is not %v", e.status, e.code, err, e.want)
			}
			pass(3 * time.Minute) // 429 and 418 stop everyone
		}
		if _, err := w.x.PremiumIndex(ctx, "NONE"); !errors.Is(err, dapi.ErrSymbol) {
			t.Error(err)
		}
		if err := c.KeepListenKey(ctx); !errors.Is(err, dapi.ErrListenKey) || errors.Is(err, dapi.ErrServer) {
			t.Error(err)
		}
		k, _ := dapi.HMAC("nobody", "secret")
		if _, err := w.x.Client(k).Account(ctx); !errors.Is(err, dapi.ErrKey) {
			t.Error(err)
		}
		a := w.v.NewAccount("")
		k, _ = dapi.HMAC(a.APIKey, "wrong")
		if _, err := w.x.Client(k).Account(ctx); !errors.Is(err, dapi.ErrSignature) || !strings.HasPrefix(err.Error(), "dapi: GET /dapi/v1/account: 400, -1022: ") {
			t.Error(err)
		}
	})
}

func TestFailuresOfTheExchangeAreRepeatedWithBackoff(t *testing.T) {
	for _, status := range []int{500, 502, 503, 504, 408} {
		inWorld(t, dapi.Config{}, func(w *world) {
			c := w.account("SgsR")
			w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: status, Code: -1000, Count: 3})
			began := time.Now()
			if _, err := c.Account(w.t.Context()); err != nil {
				t.Error(status, err)
			}
			if d := time.Since(began); d > 1750*time.Millisecond {
				t.Errorf("waited %v; the most is 250 ms, 500 ms and 1 s", d)
			}
			w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: status, Code: -1000, Count: 4})
			if _, err := c.Account(w.t.Context()); !errors.Is(err, dapi.ErrServer) {
				t.Error(status, err)
			}
			if _, err := c.Account(w.t.Context()); err != nil {
				t.Error("more than four tries", err)
			}
		})
	}
}

func TestWhatIsTheCallersFaultIsNotRepeated(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		c := w.account("SgsR")
		for _, status := range []int{400, 401, 403, 404} {
			w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: status, Code: -1, Count: 1})
			if _, err := c.Account(w.t.Context()); err == nil {
				t.Error(status, "was repeated")
			}
		}
	})
}

func TestNetworkErrorsAreRepeated(t *testing.T) {
	inWorld(t, dapi.Config{RetryMin: time.Second}, func(w *world) {
		c := w.account("SgsR")
		w.net.Refuse(true)
		go func() {
			time.Sleep(100 * time.Millisecond)
			w.net.Refuse(false)
		}()
		if _, err := c.Account(w.t.Context()); err != nil {
			t.Error(err)
		}
		w.net.Refuse(true)
		w.net.Cut()
		if _, err := c.Account(w.t.Context()); err == nil || strings.Contains(err.Error(), "signature") {
			t.Error(err)
		}
	})
}

func TestAnAttemptHasATimeout(t *testing.T) {
	inWorld(t, dapi.Config{Timeout: time.Second, Tries: 2}, func(w *world) {
		c := w.account("SgsR")
		c.Account(w.t.Context())
		w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-slow", By: gateway.Duration(3 * time.Second), Count: 1})
		if _, err := c.Account(w.t.Context()); err != nil {
			t.Error(err)
		}
		w.net.Stall(true)
		began := time.Now()
		if _, err := c.Account(w.t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
			t.Error(err, time.Since(began))
		}
		w.net.Stall(false)
	})
}

// A context that ends is obeyed wherever the call is.
func TestACallWaitsNoLongerThanItsContext(t *testing.T) {
	inWorld(t, dapi.Config{RetryMin: time.Minute, RetryMax: time.Hour, Timeout: time.Hour}, func(w *world) {
		c := w.account("SgsR")
		c.Account(w.t.Context())
		for name, begin := range map[string]func() func(){
			"between tries": func() func() {
				return w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: 500, Code: -1000, Count: 100})
			},
			"on the way":   func() func() { w.net.Stall(true); return func() { w.net.Stall(false); w.net.Cut() } },
			"for its turn": func() func() { return w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rate-limit"}) },
		} {
			end := begin()
			ctx, cancel := context.WithCancelCause(w.t.Context())
			began := time.Now()
			time.AfterFunc(5*time.Second, func() { cancel(errStop) })
			_, err := c.Account(ctx)
			if d := time.Since(began); err == nil || d > 5*time.Second {
				t.Errorf("%s: %v after %v", name, err, d)
			}
			end()
			cancel(nil)
			pass(5 * time.Minute)
		}
	})
}

func TestAnswersThatAreNoneAreErrors(t *testing.T) {
	inWorld(t, dapi.Config{Tries: 1}, func(w *world) {
		var body atomic.Value
		var status atomic.Int64
		c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(int(status.Load()))
			io.WriteString(rw, body.Load().(string))
		})
		answer := func(code int, text string) {
			status.Store(int64(code))
			body.Store(text)
		}
		ctx := w.t.Context()
		for _, text := range []string{"", "[]", "{}", `{"listenKey":5}`, `{"listenKey":"a/../b"}`, `{"listenKey":"` + strings.Repeat("x", 600) + `"}`, "<html>"} {
			answer(200, text)
			if _, err := c.NewListenKey(ctx); !errors.Is(err, dapi.ErrAnswer) {
				t.Errorf("%s: %v", text, err)
			}
		}
		answer(200, `{"rows":[]}`)
		if _, err := c.Income(ctx, 0, 1); !errors.Is(err, dapi.ErrAnswer) {
			t.Error(err)
		}
		for _, code := range []int{302, 400, 403, 500} {
			answer(code, "<html>secret firewall words</html>")
			var e *dapi.Error
			if _, err := c.Account(ctx); !errors.As(err, &e) || e.Status != code || e.Message != http.StatusText(code) {
				t.Error(err)
			}
		}
	})
}

func TestAnAnswerIsBoundedWhenItIsUnpackedToo(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
		z.Write(make([]byte, 33<<20))
		z.Close()
		plain := false
		c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
			if plain {
				rw.Header().Set("Content-Length", strconv.Itoa(33<<20))
				return
			}
			rw.Header().Set("Content-Encoding", "gzip")
			rw.Write(packed.Bytes())
		})
		for _, plain = range []bool{false, true} {
			if _, err := c.Account(w.t.Context()); !errors.Is(err, dapi.ErrTooLarge) {
				t.Error(err)
			}
		}
	})
}

func TestTooManyWaitingCallsAreRefused(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		c := w.account("SgsR")
		w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rate-limit", Count: 1})
		ctx, cancel := context.WithCancel(w.t.Context())
		go c.Account(ctx)
		synctest.Wait()
		for range 9_999 {
			go c.Balance(ctx)
		}
		synctest.Wait()
		if u := w.x.Usage(); u.Waiting != 10_000 || u.Until.IsZero() || u.Banned {
			t.Errorf("%+v", u)
		}
		if _, err := c.Balance(ctx); !errors.Is(err, dapi.ErrQueue) {
			t.Error(err)
		}
		cancel()
		synctest.Wait()
		if u := w.x.Usage(); u.Waiting != 0 {
			t.Errorf("%+v", u)
		}
	})
}
