package dapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"poise/dapi"
	"poise/venue/gateway"
)

// Everything that is printed, in every way that Go prints, while calls and sockets
// fail in every way.
func TestSecretsAreNeverPrinted(t *testing.T) {
	inWorld(t, dapi.Config{Tries: 1}, func(w *world) {
		a := w.v.NewAccount("SgsR", "BTC", "1")
		k := keyOf(t, a)
		c := w.x.Client(k)
		var mu sync.Mutex
		secrets := []string{a.APISecret, a.APIKey, a.APIKey[:8]}
		echo := restOf(w, func(rw http.ResponseWriter, r *http.Request) { // repeats what it was sent
			mu.Lock()
			secrets = append(secrets, r.FormValue("signature"))
			mu.Unlock()
			rw.WriteHeader(400)
			fmt.Fprintf(rw, `{"code":-1022,"msg":"bad %s"}`, r.FormValue("signature"))
		})
		echoed := echo.Exchange().Client(k)
		key, err := c.NewListenKey(w.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, key)
		s := c.NewStream(dapi.StreamConfig{}, newListener())
		var printed strings.Builder
		show := func(values ...any) {
			for _, v := range values {
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
					fmt.Fprintf(&printed, verb+"\n", v)
				}
				b, _ := json.Marshal(v)
				printed.Write(b)
				slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "v", v)
				slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "v", v)
				if e, ok := v.(error); ok {
					for ; e != nil; e = errors.Unwrap(e) {
						fmt.Fprintf(&printed, "%+v %#v\n", e, e)
					}
				}
			}
		}
		show(k, &k, c, s, w.x, struct{ K dapi.Key }{k}, struct{ k dapi.Key }{k}, map[string]dapi.Key{"a": k}, []dapi.Key{k})
		try := func(begin func() func()) {
			end := begin()
			_, e1 := c.Account(w.t.Context())
			e2 := c.KeepListenKey(w.t.Context())
			_, e3 := w.x.Dial(w.t.Context(), "/ws/"+key)
			_, e4 := echoed.Account(w.t.Context())
			show(e1, e2, e3, e4)
			end()
			pass(10 * time.Minute)
		}
		try(func() func() { w.net.Refuse(true); w.net.Cut(); return func() { w.net.Refuse(false) } })
		try(func() func() { w.net.Stall(true); return func() { w.net.Stall(false); w.net.Cut() } })
		try(func() func() {
			return w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: 500, Code: -1000, Count: 9})
		})
		try(func() func() { return w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rate-limit", Count: 1}) })
		try(func() func() { // an answer that is no HTTP
			l, err := w.net.Listen("")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				if conn, err := l.Accept(); err == nil {
					io.WriteString(conn, "nonsense\r\n\r\n")
					conn.Close()
				}
			}()
			config := w.config
			config.REST, config.Stream = "http://"+l.Addr().String(), "ws://"+l.Addr().String()
			x := newExchange(w.t, config)
			_, e1 := x.Dial(w.t.Context(), "/ws/"+key)
			show(e1)
			return func() { l.Close() }
		})
		synctest.Wait()
		all := printed.String() + w.log.String()
		if len(secrets) < 6 || !strings.Contains(all, "-1022") || !strings.Contains(all, "key "+a.APIKey[:4]+"…") {
			t.Fatalf("the test shows nothing: %d secrets, %s", len(secrets), all)
		}
		for _, secret := range append(secrets, "signature=", "timestamp=") {
			if secret != "" && strings.Contains(all, secret) {
				t.Errorf("%s is in %.600s", secret, all[max(0, strings.Index(all, secret)-300):])
			}
			if hex := fmt.Sprintf("%x", secret); secret != "" && strings.Contains(all, hex) {
				t.Errorf("%s is there in hexadecimal", secret)
			}
		}
	})
}
