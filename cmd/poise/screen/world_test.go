package screen

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	tea "charm.land/bubbletea/v2"

	"poise/decimal"
	"poise/serve/client"
)

// noon is the time of all tests.
var noon = time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC)

func ms(seconds int) int64 { return noon.Add(time.Duration(seconds) * time.Second).UnixMilli() }

func d(s string) decimal.D { return decimal.MustParse(s) }

func dp(s string) *decimal.D { v := d(s); return &v }

// show is a model of a size, and the names that it chose.
type show struct {
	*model
	t      *testing.T
	chosen []string
}

func newShow(t *testing.T, width, height int) *show {
	s := &show{t: t}
	s.model = newModel("127.0.0.1:9710", func(name string) { s.chosen = append(s.chosen, name) }, unicodeMarks, noon)
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

// send has the model take messages; each frame in between must fit the screen.
func (s *show) send(list ...tea.Msg) {
	s.t.Helper()
	for _, msg := range list {
		s.Update(msg)
		s.fits()
	}
}

func (s *show) fits() {
	s.t.Helper()
	lines := s.frame()
	if len(lines) > s.height && s.height > 0 {
		s.t.Fatalf("%d lines on %d", len(lines), s.height)
	}
	for i, l := range lines {
		if w := lipgloss.Width(l); w > max(s.width, 0) {
			s.t.Fatalf("%dx%d: line %d has %d cells: %q", s.width, s.height, i, w, l)
		}
	}
}

// press presses keys by their names.
func (s *show) press(names ...string) (cmd tea.Cmd) {
	s.t.Helper()
	special := map[string]rune{"tab": tea.KeyTab, "enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
		"right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "space": tea.KeySpace}
	for _, name := range names {
		k := tea.Key{Code: special[name]}
		rest, shifted := strings.CutPrefix(name, "shift+")
		rest, held := strings.CutPrefix(rest, "ctrl+")
		switch {
		case shifted:
			k = tea.Key{Code: special[rest], Mod: tea.ModShift}
		case held:
			k = tea.Key{Code: rune(rest[0]), Mod: tea.ModCtrl}
		case k.Code == 0:
			k = tea.Key{Code: rune(name[0]), Text: name}
		}
		if got := tea.KeyPressMsg(k).String(); got != name {
			s.t.Fatalf("the key %s is %s", name, got)
		}
		_, cmd = s.Update(tea.KeyPressMsg(k))
		s.fits()
	}
	return cmd
}

// plainFrame is the frame without colours.
func (s *show) plainFrame() string {
	var b strings.Builder
	for _, l := range s.frame() {
		b.WriteString(strings.TrimRight(stripped(l), " ") + "\n")
	}
	return b.String()
}

func stripped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != 0x1b {
			b.WriteByte(s[i])
			continue
		}
		for i < len(s) && s[i] != 'm' {
			i++
		}
	}
	return b.String()
}

// golden compares the frame with the one that is kept; POISE_UPDATE=1 keeps it.
func (s *show) golden(name string) {
	s.t.Helper()
	path := filepath.Join("testdata", name+".txt")
	got := s.plainFrame()
	if os.Getenv("POISE_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if got != string(want) {
		s.t.Errorf("%s: the frame is\n%s\nwant\n%s", name, got, want)
	}
}

// fleet are accounts: one degraded, some live.
func fleet(n int) accountsHeard {
	list := []client.Account{{Name: "desk", Alias: "SfsR", Status: "degraded", Since: ms(-60), Incidents: 2,
		Lines:  []client.Line{{ID: 1, Up: true}, {ID: 2}},
		Alerts: []client.Alert{{Code: "line-down", Since: ms(-60), Detail: "line 2 is down: connection refused"}}}}
	for i := range n - 1 {
		list = append(list, client.Account{Name: fmt.Sprintf("fund-%03d", i), Status: "live", Since: ms(-3600), Lines: []client.Line{{ID: 1, Up: true}, {ID: 2, Up: true}}})
	}
	return accountsHeard{list}
}

func desk() holdingsHeard {
	return holdingsHeard{&client.Holdings{Name: "desk", Alias: "SfsR", Status: "degraded", Since: ms(-60), EventTime: ms(-1), Incidents: 1,
		Balances: []client.Balance{{Asset: "ADA", Wallet: d("49997.58764271"), Cross: d("49997.58764271"), Updated: ms(-1)}, {Asset: "BTC", Wallet: d("2.04830690"), Cross: d("2.04830690"), Updated: ms(-1)}},
		Margin:   []client.Margin{{Asset: "BTC", Ratio: dp("0.81230000")}, {Asset: "ADA"}},
		Positions: []client.Position{
			{Symbol: "ADAUSD_PERP", Side: "BOTH", Amount: d("54"), EntryPrice: d("0.49981"), Unrealized: d("-0.02161685"), MarginType: "cross", MarginAsset: "ADA"},
			{Symbol: "BTCUSD_PERP", Side: "LONG", Amount: d("-1200"), EntryPrice: d("59970.05396829"), BreakEvenPrice: dp("60000.03899529"), Realized: dp("-0.00003696"), MarginType: "isolated",
				IsolatedWallet: d("0.5"), MarginAsset: "BTC", Now: &client.Now{Mark: d("59898.00000000"), Unrealized: d("-0.00012637"), LiquidationPrice: dp("2937.36391637")}}},
		Alerts: []client.Alert{{Code: "line-down", Since: ms(-60), Detail: "line 2 is down: connection refused"}}}}
}

func sold(position uint64, index int, kind, amount, balance string, at int) client.Entry {
	return client.Entry{Position: position, Index: index, Time: ms(at), Asset: "BTC", Kind: kind, Amount: d(amount), Balance: d(balance), Symbol: "BTCUSD_PERP", OrderID: 8886774, TradeID: int64(position), Reason: "ORDER"}
}

func past(n int) historyHeard {
	h := historyHeard{name: "desk", incidents: []client.Incident{
		{ID: 2, Kind: "unexplained", Asset: "BTC", Amount: d("-0.00003281"), Opened: ms(-30), Count: 1, Detail: "the wallet moved by -0.00003281 and nothing heard says why"},
		{ID: 1, Kind: "no-line", Opened: ms(-90), Closed: ms(-80), Count: 1, Detail: "the last of 2 lines closed", Ending: "a snapshot was taken"}}}
	for i := range n {
		h.entries = append(h.entries, sold(uint64(1000-i), 0, "COMMISSION", "-0.00000801", "2.04830690", -i-2))
	}
	return h
}

var errLost = fmt.Errorf("%w: %w", client.ErrLine, errors.New("connection refused"))
