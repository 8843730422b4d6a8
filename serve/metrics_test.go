package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"poise/dapi"
	"poise/follower"
	"poise/serve"
	"poise/store"
	"poise/venue/gateway"
)

// What Prometheus may read: comments of each name before its rows, rows that
// differ, numbers without an exponent.
var (
	metricHead = regexp.MustCompile(`^# (HELP|TYPE) (poise_[a-z_]+) (.+)$`)
	metricRow  = regexp.MustCompile(`^(poise_[a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? (-?[0-9]+(?:\.[0-9]+)?)$`)
)

// scrape reads /metrics strictly: row by row, with its value.
func scrape(t *testing.T, w *web) map[string]string {
	t.Helper()
	code, body := w.get("/metrics")
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	rows, name, seen := map[string]string{}, "", map[string]bool{}
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		if h := metricHead.FindStringSubmatch(line); h != nil {
			if h[1] == "HELP" && seen[h[2]] {
				t.Errorf("%s is described twice", h[2])
			}
			name, seen[h[2]] = h[2], true
			continue
		}
		r := metricRow.FindStringSubmatch(line)
		if r == nil || r[1] != name {
			t.Errorf("under %s: %q", name, line)
			continue
		}
		if _, twice := rows[r[1]+r[2]]; twice {
			t.Errorf("twice: %q", line)
		}
		rows[r[1]+r[2]] = r[3]
	}
	return rows
}

func TestMetricsTellHowItGoes(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main", "other\"\\\n")
	w.trade("main", "BTCUSD_PERP", "BUY", 7)
	w.until("all of the order is heard", func() bool { return w.f.Stats().Frames >= 3 }) // NEW, FILLED, and the account
	w.written()
	m := scrape(t, w.web)
	for row, want := range map[string]string{
		`poise_build_info{version="test"}`:                   "1",
		`poise_accounts{status="live"}`:                      "2",
		`poise_accounts{status="down"}`:                      "0",
		`poise_account_status{account="main",status="live"}`: "1",
		`poise_account_status{account="main",status="down"}`: "0",
		`poise_account_lines_up{account="main"}`:             "2",
		`poise_account_lines_up{account="other\"\\\n"}`:      "2",
		`poise_account_reconnects_total{account="main"}`:     "0",
		`poise_incidents_total{kind="unexplained"}`:          "0",
		`poise_ledger_behind_records`:                        "0",
		`poise_request_weight_limit`:                         fmt.Sprint(w.x.Usage().Limit),
		`poise_journal_position{partition="8"}`:              fmt.Sprint(w.view("main").Position),
		`poise_ledger_position{partition="8"}`:               fmt.Sprint(w.view("main").Position),
	} {
		if m[row] != want {
			t.Errorf("%s is %q, not %s", row, m[row], want)
		}
	}
	for _, row := range []string{"poise_messages_total", "poise_request_weight_used", "poise_durable_lag_seconds", "poise_event_lag_seconds", `poise_account_key_age_seconds{account="main"}`, `poise_account_event_age_seconds{account="main"}`} {
		if m[row] == "" || m[row] == "0" {
			t.Errorf("%s is %q", row, m[row])
		}
	}
}

// What is open and unexplained stands beside the account and the asset.
func TestMetricsTellWhatIsUnexplained(t *testing.T) {
	w := remembered(t, 4)
	w.written()
	m := scrape(t, w.web)
	for row, want := range map[string]string{`poise_unexplained_open{account="main",asset="BTC"}`: "1", `poise_incidents_open{kind="unexplained"}`: "1",
		`poise_account_incidents_open{account="main"}`: "1", `poise_account_status{account="main",status="degraded"}`: "1"} {
		if m[row] != want {
			t.Errorf("%s is %q", row, m[row])
		}
	}
	// The fee of the fill of the second day, of which no order told.
	if amount := m[`poise_unexplained_amount{account="main",asset="BTC"}`]; amount != "-0.00003201" {
		t.Errorf("%q is unexplained", amount)
	}
}

// What somebody may be woken for has a row also when it is right, and what the
// server cannot know is added by whoever made it.
func TestMetricsTellWhatSomebodyIsWokenFor(t *testing.T) {
	w := newWorld(t, serve.Config{More: func() []serve.Metric {
		return []serve.Metric{{Name: "poise_store_free_bytes", Kind: "gauge", Help: "Room.", Value: "17"}}
	}}, "main")
	ratio := `poise_margin_ratio{account="main",asset="BTC",symbol="",side=""}`
	w.until("there are marks", func() bool { return scrape(t, w.web)[ratio] != "" })
	m := scrape(t, w.web)
	if m[ratio] != "0" && m[ratio] != "0.00000000" {
		t.Errorf("without a position the margin ratio is %s", m[ratio])
	}
	for row, want := range map[string]string{`poise_alerts_open{code="key"}`: "0", `poise_alerts_open{code="silent"}`: "0", "poise_store_free_bytes": "17"} {
		if m[row] != want {
			t.Errorf("%s is %q", row, m[row])
		}
	}
	if m["poise_start_time_seconds"] == "" {
		t.Error("when it was started is not told")
	}
}

// Every metric stands in docs/api.md, by its name or by its end.
func TestMetricsAreDocumented(t *testing.T) {
	w := remembered(t, 4)
	doc, err := os.ReadFile(filepath.Join("..", "docs", "api.md"))
	must(t, err)
	for row := range scrape(t, w.web) {
		name, _, _ := strings.Cut(row, "{")
		end, _ := strings.CutPrefix(name, "poise_account")
		if !bytes.Contains(doc, []byte("`"+name+"`")) && !bytes.Contains(doc, []byte("`"+end+"`")) {
			t.Errorf("docs/api.md does not tell of %s", name)
		}
	}
}

// Prometheus' own checker has nothing to say, where it is installed.
func TestPromtoolAgrees(t *testing.T) {
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool is installed")
	}
	w := newWorld(t, serve.Config{}, "main")
	_, body := w.web.get("/metrics")
	c := exec.Command(path, "check", "metrics")
	c.Stdin = strings.NewReader(body)
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

func TestReadyWaitsForSnapshots(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	if code, body := w.web.get("/readyz"); code != http.StatusOK || body != `{"ok":true,"accounts":{"live":1}}`+"\n" {
		t.Errorf("%d %s", code, body)
	}
	if code, body := w.web.get("/healthz"); code != http.StatusOK || body != `{"ok":true}`+"\n" {
		t.Errorf("%d %s", code, body)
	}
}

// Before the follower runs, and while it opens its accounts, nothing is ready:
// the first answer of 200 is of an account that is live.
func TestNotReadyBeforeTheFirstAccountIsOpen(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main") // lends its exchange
	w.add("later", "BTC", "1")
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "poise.db"), store.Options{})
	must(t, err)
	f, err := follower.New(follower.Config{Store: s, Exchange: w.x, Accounts: w.all[1:]})
	must(t, err)
	web := newWeb(t, serve.Config{Follower: f, Ledger: s}, "127.0.0.1:0")
	if code, body := web.get("/readyz"); code != http.StatusServiceUnavailable || body != `{"ok":false,"detail":"accounts of the configuration are still to be opened","accounts":{"starting":1}}`+"\n" {
		t.Errorf("before Run: %d %s", code, body)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	t.Cleanup(func() { stop(); must(t, s.Close()) })
	for code, body := 0, ""; code != http.StatusOK; {
		if code, body = web.get("/readyz"); code == http.StatusOK && body != `{"ok":true,"accounts":{"live":1}}`+"\n" && !strings.Contains(body, "degraded") {
			t.Errorf("ready: %s", body)
		}
	}
	stop()
	must(t, <-ended)
	if code, body := web.get("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("after Run: %d %s", code, body)
	}
}

// An account whose trouble is known is told of as such, and keeps nobody else
// out of service.
func TestReadyThoughOneAccountIsRefused(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	key, err := dapi.HMAC("not-a-key-of-the-exchange", "secret")
	must(t, err)
	w.all = append(w.all, follower.Account{Name: "refused", Key: key})
	must(t, w.f.SetAccounts(w.all))
	w.until("ready", func() bool {
		code, body := w.web.get("/readyz")
		return code == http.StatusOK && strings.Contains(body, `"starting":1`)
	})
	if v := w.view("refused"); len(v.Alerts) == 0 {
		t.Errorf("nothing is told of it: %+v", v)
	}
}

// An account without its first snapshot has the whole process not ready.
func TestNotReadyWhileAnAccountStarts(t *testing.T) {
	w := newWorld(t, serve.Config{}, "main")
	w.add("slow", "BTC", "1")
	over := w.v.Fault(gateway.Fault{Alias: w.cred["slow"].Alias, Kind: "rest-slow", By: gateway.Duration(300 * time.Millisecond), For: gateway.Duration(time.Minute)})
	must(t, w.f.SetAccounts(w.all))
	if code, body := w.web.get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, `"starting":1`) {
		t.Errorf("%d %s", code, body)
	}
	over()
	w.until("ready", func() bool { code, _ := w.web.get("/readyz"); return code == http.StatusOK })
}
