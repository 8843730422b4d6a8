// Package clients runs other people's clients against the venue.
package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
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
var broken = map[string]string{}

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
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
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
	steps := run(t, "binance.mjs", "binance")
	if len(steps) < 40 {
		t.Errorf("only %d steps", len(steps))
	}
	for _, s := range steps {
		if why := broken[s.Call]; !s.OK && why == "" {
			t.Errorf("%s: %s", s.Call, s.Detail)
		}
	}
	card(t, "npm binance 3.6.5", steps)
}

// card prints a client's rows of docs/scorecard.md when POISE_SCORECARD names
// the file.
func card(t *testing.T, client string, steps []step) {
	name := os.Getenv("POISE_SCORECARD")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, s := range steps {
		works := "yes"
		if !s.OK {
			works = "no: " + broken[s.Call]
		}
		fmt.Fprintf(f, "| %s | %s | %s |\n", client, s.Call, works)
	}
}
