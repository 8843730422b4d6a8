package engine

import (
	"bytes"
	"fmt"
	"os"
	"testing"
)

// TestGolden: the bytes of a short session, under both push rules. POISE_UPDATE=1
// writes them anew.
func TestGolden(t *testing.T) {
	for push, name := range []string{"all", "changed"} {
		got := golden(t, Push(push))
		file := "testdata/session-" + name + ".txt"
		if os.Getenv("POISE_UPDATE") != "" {
			os.MkdirAll("testdata", 0o755)
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
			for i := range min(len(g), len(w)) {
				if !bytes.Equal(g[i], w[i]) {
					t.Fatalf("%s line %d:\n got %s\nwant %s", name, i+1, g[i], w[i])
				}
			}
			t.Fatalf("%s: %d lines; want %d", name, len(g), len(w))
		}
	}
}

func golden(t *testing.T, push Push) []byte {
	s := newSession(t, Config{Push: push, Seed: 1})
	s.at = 1_790_000_000_000
	var b bytes.Buffer
	for _, c := range []Command{
		&CreateAccount{"SfsR", false}, &CreateAccount{"HEDGE", true},
		&Transfer{"SfsR", "DEPOSIT", "BTC", num("0.5")}, &Transfer{"HEDGE", "DEPOSIT", "BTC", num("0.02")}, &Transfer{"HEDGE", "DEPOSIT", "ADA", num("1000")},
		&SetLeverage{"SfsR", perp, 25}, &SetMarginType{"HEDGE", "ADAUSD_PERP", "ISOLATED"},
		&SetQuote{perp, num("60000"), num("1000")}, &SetQuote{"ADAUSD_PERP", num("0.5"), num("1000")},
		entry("SfsR", "BUY 3 LIMIT GTC @59990.5"), entry("SfsR", "BUY 7 MARKET"),
		entry("HEDGE", "SELL 60 MARKET SHORT"), entry("HEDGE", "BUY 20 MARKET LONG on=ADAUSD_PERP"),
		entry("HEDGE", "SELL 5 LIMIT GTC @0.51 LONG on=ADAUSD_PERP id=tp-1"),
		&MovePositionMargin{"HEDGE", "ADAUSD_PERP", "LONG", num("2.5"), 1},
		&Fund{perp, num("0.0001")}, &Fund{"ADAUSD_PERP", num("-0.0001")},
		entry("SfsR", "SELL 2 TRAILING_STOP_MARKET cb=1 MARK_PRICE reduceOnly"), &SetMark{Symbol: perp, Price: num("61234.56789")},
		&SetMark{Symbol: perp, Price: num("60500")}, entry("SfsR", "SELL 3 LIMIT GTC @59999.9"),
		&SetMark{Symbol: perp, Price: num("75000")}, &SetMark{Symbol: perp, Price: num("76000")}, &SetQuote{perp, num("78000"), num("100")}, &SetMark{Symbol: perp, Price: num("78000")},
		&Transfer{"SfsR", "COIN_SWAP_WITHDRAW", "BTC", num("0.1")}, &CancelAll{"SfsR", perp},
	} {
		res := s.do(c)
		fmt.Fprintf(&b, "# %T\n", c)
		for i := range res.Events {
			fmt.Fprintf(&b, "%s\n", res.Events[i].Message)
		}
	}
	return b.Bytes()
}
