// Package clients runs other people's clients against the venue.
package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"poise/venue"
)

// step is a line that a journey prints.
type step struct {
	Call, Detail string
	OK           bool
}

// broken is what does not work for a reason of the client's own.
var broken = map[string]string{
	"adshao/go-binance 2.8.7 NewListLiquidationOrdersService": "asks for /dapi/v1/allForceOrders, which the exchange has taken away",
	"npm ccxt 4.5.84 addMargin":                               "rounds coin to whole contracts before it asks",
	"npm ccxt 4.5.84 fetchOrder trigger":                      "asks for /dapi/v1/order, where an algo order is none",
	"npm binance 3.6.5 keeping a stream's key alive":          "asks /fapi/v1/listenKey, of the other product (read in its source)",
}

// run runs a journey in Node, or skips.
func run(t *testing.T, script, module string) (steps []step) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat("node_modules/" + module); err != nil {
		t.Skipf("%s is not installed: run `npm ci` in test/clients", module)
	}
	v := venue.New(t)
	a := v.NewAccount("SgsR", "BTC", "2")
	v.Quote("BTCUSD_PERP", "60000", "100000")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // ccxt takes 5 s by itself
	defer cancel()
	c := exec.CommandContext(ctx, "node", script)
	c.Env = append(os.Environ(), "VENUE_URL="+v.URL(), "VENUE_STREAMS="+v.StreamURL(), "VENUE_KEY="+a.APIKey, "VENUE_SECRET="+a.APISecret)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s %s", err, out, errs.String())
	}
	for line := range bytes.Lines(out) {
		var s step
		if err := json.Unmarshal(line, &s); err != nil {
			t.Logf("%s", line)
			continue
		}
		steps = append(steps, s)
	}
	return steps
}

func TestNodeBinance(t *testing.T) {
	judge(t, "npm binance 3.6.5", run(t, "binance.mjs", "binance"), 40)
}

func TestCCXT(t *testing.T) {
	judge(t, "npm ccxt 4.5.84", run(t, "ccxt.mjs", "ccxt"), 44)
}

func TestConnector(t *testing.T) {
	judge(t, "npm @binance/derivatives-trading-coin-futures 8.0.1", run(t, "connector.mjs", "@binance/derivatives-trading-coin-futures"), 60)
}

// judge fails for each call that does not work and could, and keeps the rows of
// the scorecard.
func judge(t *testing.T, client string, steps []step, least int) {
	t.Helper()
	if len(steps) < least {
		t.Errorf("only %d steps", len(steps))
	}
	for _, s := range steps {
		why := broken[client+" "+s.Call]
		switch {
		case !s.OK && why == "":
			t.Errorf("%s: %s", s.Call, s.Detail)
		case s.OK:
			card = append(card, fmt.Sprintf("| %s | %s | yes | |\n", client, s.Call))
		default:
			card = append(card, fmt.Sprintf("| %s | %s | no | %s |\n", client, s.Call, why))
		}
	}
}

// card is what docs/scorecard.md will say.
var card []string

const cardTop = `# Scorecard: other people's clients against the venue

Made by POISE_SCORECARD=1 go test ./test/clients, with npm ci done in test/clients before.
A "no" is the client's own doing, with the reason.

| client | call | works | why not |
| --- | --- | --- | --- |
`

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("POISE_SCORECARD") != "" && code == 0 {
		if err := os.WriteFile("../../docs/scorecard.md", []byte(cardTop+strings.Join(card, "")), 0o644); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}
