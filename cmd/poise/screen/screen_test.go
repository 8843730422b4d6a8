package screen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"poise/serve/client"
)

// TestFrames: what is seen, in the sizes of a laptop's terminal, a desk's, and one
// that is hardly any.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		messages      []tea.Msg
		keys          []string
	}{
		{"connecting", 80, 24, nil, nil},
		{"none", 80, 24, []tea.Msg{accountsHeard{}}, nil},
		{"reading", 80, 24, []tea.Msg{fleet(3)}, nil},
		{"laptop", 80, 24, []tea.Msg{fleet(30), desk(), past(40)}, nil},
		{"desk", 160, 50, []tea.Msg{fleet(30), desk(), past(40)}, nil},
		{"tiny", 44, 10, []tea.Msg{fleet(30), desk(), past(40)}, []string{"tab", "tab"}},
		{"enlarged", 80, 24, []tea.Msg{fleet(3), desk(), past(40)}, []string{"tab", "tab", "tab", "enter", "pgdown"}},
		{"columns", 80, 24, []tea.Msg{fleet(3), desk(), past(2)}, []string{"tab", "tab", "right", "right", "right"}},
		{"keys", 80, 24, []tea.Msg{fleet(3)}, []string{"?"}},
		{"lost", 80, 24, []tea.Msg{fleet(3), desk(), past(3), lineHeard{ofAccounts, errLost}, clockHeard(noon.Add(12 * time.Second))}, nil},
		{"history", 80, 24, []tea.Msg{fleet(3), past(3), noteHeard{"desk", "the account is not followed: it has only history"},
			holdingsHeard{&client.Holdings{Name: "desk", Status: "down", Since: ms(-60)}}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShow(t, c.width, c.height)
			s.send(c.messages...)
			s.press(c.keys...)
			s.golden(c.name)
		})
	}
}

// TestATradeIsSeenAsItHappens: marked as new for a moment, explained when it is,
// and once even if history has it too.
func TestATradeIsSeenAsItHappens(t *testing.T) {
	s := newShow(t, 80, 24)
	s.send(fleet(1), desk(), past(2))
	before := sold(1001, 0, "UNEXPLAINED", "-0.00000500", "2.04830190", 0)
	after := before
	after.Kind = "FUNDING_FEE"
	s.send(changesHeard{"desk", []*client.Change{{Entries: []client.Entry{before}}, {Entries: []client.Entry{sold(1001, 1, "REALIZED_PNL", "0.00000700", "2.04830890", 0)}}}})
	s.shows("+10-31 12:00:00  UNEXPLAINED ", "+10-31 12:00:00  REALIZED_PNL", "+0.00000700")
	s.send(changesHeard{"desk", []*client.Change{{Revised: []client.Revision{{Before: before, After: after}}}}})
	s.shows("+10-31 12:00:00  FUNDING_FEE ")
	h := past(2)
	h.entries = append([]client.Entry{sold(1001, 1, "REALIZED_PNL", "0.00000700", "2.04830890", 0), after}, h.entries...)
	s.send(h, clockHeard(noon.Add(freshFor)))
	s.shows(" 10-31 12:00:00  FUNDING_FEE ")
	if n := len(s.entries); n != 4 {
		t.Errorf("%d entries", n)
	}
	if s.entries[0].Index != 1 {
		t.Errorf("the newest is not first: %+v", s.entries[0])
	}
}

func (s *show) shows(texts ...string) {
	s.t.Helper()
	frame := s.plainFrame()
	for _, text := range texts {
		if !strings.Contains(frame, text) {
			s.t.Errorf("the frame has no %q:\n%s", text, frame)
		}
	}
}

// TestNothingJumps: a shorter number and a closed position leave columns and panes
// where they are.
func TestNothingJumps(t *testing.T) {
	s := newShow(t, 80, 24)
	s.send(fleet(1), desk(), past(40))
	lines := func() (at []int) {
		for i, l := range strings.Split(s.plainFrame(), "\n") {
			if strings.HasPrefix(l, " entries") || strings.HasPrefix(l, " incidents") || strings.HasPrefix(l, " positions") {
				at = append(at, i, strings.Index(l, "kind"), strings.Index(l, "unrealized"), strings.Index(l, "liquidation"))
			}
		}
		return at
	}
	was := lines()
	h := desk()
	h.of.Positions = h.of.Positions[:1]
	h.of.Balances[0].Wallet = d("1")
	s.send(h, fleet(1))
	if is := lines(); !slices.Equal(was, is) || len(was) != 12 {
		t.Errorf("heads were at %v and are at %v", was, is)
	}
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	if is := lines(); slices.Equal(was, is) {
		t.Error("a new size lets them settle anew")
	}
}

// TestKeysChooseScrollAndQuit: what each key does.
func TestKeysChooseScrollAndQuit(t *testing.T) {
	s := newShow(t, 80, 24)
	s.send(fleet(30), desk(), past(100))
	s.press("j", "down", "k")
	s.press("end", "G")
	page := s.arrange().rows[accountsPane] - 1
	s.press("pgup", "home", "up")
	if got := strings.Join(s.chosen, " "); got != fmt.Sprintf("desk fund-000 fund-001 fund-000 fund-028 fund-%03d desk", 28-page) {
		t.Errorf("chosen: %s", got)
	}
	s.send(desk(), past(100))
	s.press("tab", "tab", "tab", "down", "down")
	s.shows("  3-8 of 100")
	s.press("end", "down")
	if s.top[entriesPane]+s.arrange().rows[entriesPane] != 100 {
		t.Errorf("the end is at %d", s.top[entriesPane])
	}
	top := s.top[entriesPane]
	s.send(changesHeard{"desk", []*client.Change{{Entries: []client.Entry{sold(2000, 0, "COMMISSION", "-1", "1", 0)}}}})
	if s.top[entriesPane] != top+1 {
		t.Error("who reads older entries was moved by a new one")
	}
	s.press("g", "shift+tab", "shift+tab", "shift+tab")
	if s.focus != accountsPane || s.top[entriesPane] != 0 {
		t.Errorf("focus %d", s.focus)
	}
	s.press("enter")
	if a := s.arrange(); !a.shown[accountsPane] || a.shown[entriesPane] {
		t.Error("enter did not enlarge")
	}
	s.press("esc", "?", "j")
	if s.help || s.large || s.name != "desk" {
		t.Error("a key that ends help does something else")
	}
	for _, key := range []string{"q", "ctrl+c"} {
		if cmd := s.press(key); cmd == nil || cmd() != tea.Quit() {
			t.Errorf("%s does not quit", key)
		}
		s.press("?")
	}
}

// TestOfAnotherAccountNothingIsShown: what comes late is of the account before.
func TestOfAnotherAccountNothingIsShown(t *testing.T) {
	s := newShow(t, 80, 24)
	s.send(fleet(2), desk(), past(2))
	s.press("j")
	s.send(desk(), past(2), noteHeard{"desk", "late"}, changesHeard{"desk", []*client.Change{{Entries: []client.Entry{sold(1, 0, "COMMISSION", "1", "1", 0)}}}})
	if s.name != "fund-000" || s.holdings != nil || len(s.entries) != 0 || s.note != "" || s.known {
		t.Errorf("of %s: %+v, %d entries, %q", s.name, s.holdings, len(s.entries), s.note)
	}
}

// TestTheConnectionIsToldLostUntilAllOfItIsBack: by any of the ways it is asked.
func TestTheConnectionIsToldLostUntilAllOfItIsBack(t *testing.T) {
	s := newShow(t, 80, 24)
	s.send(fleet(1), lineHeard{ofChanges, errLost}, clockHeard(noon.Add(5*time.Second)), lineHeard{ofHoldings, client.ErrSilent}, clockHeard(noon.Add(9*time.Second)))
	s.shows("connection lost 9s ago: the server is silent")
	s.send(lineHeard{ofHoldings, nil})
	s.shows("connection lost 9s ago: connection refused")
	s.send(lineHeard{ofChanges, nil})
	s.shows("connected")
}

// TestForeignTextIsHarmless: no control character reaches the terminal.
func TestForeignTextIsHarmless(t *testing.T) {
	s := newShow(t, 160, 50)
	evil := "a\x1b[2Jb\x9bc\nd\u202e"
	list := fleet(1)
	list.list[0].Alerts[0].Detail = evil
	h := desk()
	h.of.Alias, h.of.Positions[0].Symbol, h.of.Positions[0].MarginType, h.of.Balances[0].Asset = evil, evil, evil, evil
	p := past(1)
	p.entries[0].Kind, p.entries[0].Reason = evil, evil
	p.incidents[0].Detail, p.incidents[1].Ending = evil, evil
	s.send(list, h, p, noteHeard{"desk", evil}, lineHeard{ofChanges, fmt.Errorf("%s", evil)},
		changesHeard{"desk", []*client.Change{{Calls: []client.Call{{Symbol: evil, Side: evil, MarginType: evil}}}}})
	for _, bad := range []string{"\x1b[2J", "\u009b", "\u202e", "c\nd"} {
		if strings.Contains(s.View().Content, bad) {
			t.Errorf("the frame has %q", bad)
		}
	}
}

// TestWhatIsKeptIsBounded: a day of changes holds no more than an hour's.
func TestWhatIsKeptIsBounded(t *testing.T) {
	s := newShow(t, 80, 24)
	s.send(fleet(1), past(1))
	for i := range 3 * entriesMost {
		s.Update(changesHeard{"desk", []*client.Change{{Entries: []client.Entry{sold(uint64(2000+i), 0, "COMMISSION", "1", "1", 0)}, Calls: make([]client.Call, 2),
			Opened: []client.Incident{{ID: uint64(10 + i)}}, Ended: []client.Incident{{ID: uint64(10 + i), Ending: "x"}}}}})
	}
	if len(s.entries) != entriesMost || len(s.calls) != callsMost || len(s.troubles) != incidentsMost {
		t.Errorf("%d entries, %d calls, %d incidents", len(s.entries), len(s.calls), len(s.troubles))
	}
	if s.entries[0].Position != uint64(2000+3*entriesMost-1) || s.troubles[0].Ending == "" {
		t.Errorf("the newest are %+v, %+v", s.entries[0], s.troubles[0])
	}
}

// TestAnySizeAnyKeys: no frame is larger than its screen, and nothing panics.
func TestAnySizeAnyKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := []string{"j", "k", "tab", "shift+tab", "enter", "esc", "left", "right", "pgup", "pgdown", "home", "end", "?", "h", "l", "g", "G", "space"}
	messages := []func() tea.Msg{
		func() tea.Msg { return tea.WindowSizeMsg{Width: r.IntN(200), Height: r.IntN(60)} },
		func() tea.Msg { return fleet(1 + r.IntN(60)) },
		func() tea.Msg { return accountsHeard{} },
		func() tea.Msg { return desk() },
		func() tea.Msg { return past(r.IntN(entriesMost)) },
		func() tea.Msg { return lineHeard{way(r.IntN(int(ways))), errLost} },
		func() tea.Msg { return lineHeard{way(r.IntN(int(ways))), nil} },
		func() tea.Msg {
			return changesHeard{"desk", []*client.Change{{Entries: []client.Entry{sold(r.Uint64N(3000), r.IntN(3), "COMMISSION", "-1.5", "100000000.12345678", 0)}}}}
		},
	}
	for range 20 {
		s := newShow(t, r.IntN(200), r.IntN(60))
		for range 100 {
			if r.IntN(2) == 0 {
				s.press(all[r.IntN(len(all))])
				continue
			}
			s.send(messages[r.IntN(len(messages))]())
		}
	}
}
