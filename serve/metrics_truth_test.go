package serve_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"poise/serve"
	"poise/venue/gateway"
)

// number is a metric's value, for comparing.
func number(t *testing.T, m map[string]string, row string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(m[row], 64)
	if err != nil {
		t.Fatalf("%s is %q", row, m[row])
	}
	return v
}

// The metrics are what the exchange itself counts: its messages, each once
// though two lines bring it; its request weight; how long a message was under way.
func TestMetricsAreWhatTheExchangeKnows(t *testing.T) {
	began := time.Now()
	w := newWorld(t, serve.Config{}, "main")
	alias := w.cred["main"].Alias
	asked := 0
	w.until("of the weight that the exchange counts", func() bool {
		res, err := http.Get(w.v.URL() + "/dapi/v1/ping")
		must(t, err)
		res.Body.Close()
		used, err := strconv.Atoi(res.Header.Get("X-MBX-USED-WEIGHT-1M"))
		must(t, err)
		if asked++; used < asked { // another minute began
			asked = used
		}
		return number(t, scrape(t, w.web), "poise_request_weight_used") == float64(used-asked)
	})
	before := w.v.Truth(alias).Events // while nobody listened
	w.v.Fault(gateway.Fault{Alias: alias, Kind: "delay", By: gateway.Duration(300 * time.Millisecond), For: gateway.Duration(time.Hour)})
	for range 40 {
		w.v.Deposit(alias, "BTC", "0.00000001")
	}
	events := w.v.Truth(alias).Events - before
	w.until("heard", func() bool { return w.f.Stats().Repeated == events })
	w.written()
	m := scrape(t, w.web)
	if got := number(t, m, "poise_messages_total"); events < 40 || got != float64(events) {
		t.Errorf("the exchange made %d messages, %v are counted", events, got)
	}
	if got := number(t, m, "poise_repeated_total"); got != float64(events) {
		t.Errorf("of the second line's %d messages %v are counted", events, got)
	}
	if lag := number(t, m, "poise_event_lag_seconds"); lag < 0.25 || lag > 5 || lag < number(t, m, "poise_durable_lag_seconds") {
		t.Errorf("messages were 0.3 s under way; the lag is %v", lag)
	}
	if age := number(t, m, `poise_account_key_age_seconds{account="main"}`); age > time.Since(began).Seconds() {
		t.Errorf("the key is %v s old, the test %v", age, time.Since(began))
	}
}

// What goes wrong is counted by its kind, and a line that is cut is seen to be
// down, and to have come back.
func TestMetricsTellOfCutLines(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	alias := w.cred["main"].Alias
	up, again := `poise_account_lines_up{account="main"}`, `poise_account_reconnects_total{account="main"}`
	w.v.Fault(gateway.Fault{Alias: alias, Kind: "disconnect", Line: 1})
	w.until("opened anew", func() bool { m := scrape(t, w.web); return m[up] == "2" && m[again] == "1" })
	w.v.Fault(gateway.Fault{Alias: alias, Kind: "expire-key"})
	expired := `poise_incidents_total{kind="key-expired"}`
	w.until("a key expired", func() bool { return scrape(t, w.web)[expired] == "1" })
	w.until("two lines on the new key", func() bool { return scrape(t, w.web)[up] == "2" })
	if m := scrape(t, w.web); m[`poise_incidents_total{kind="unexplained"}`] != "0" || m[expired] != "1" {
		t.Errorf("%v", m)
	}
}
