package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// terminal is a real one, of tmux.
type terminal struct {
	t      *testing.T
	socket string
}

// newTerminal runs a command in a terminal of 80 by 24.
func newTerminal(t *testing.T, env []string, command string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("there is no tmux: install it to have poise watch run in a real terminal")
	}
	tt := &terminal{t, filepath.Join(t.TempDir(), "s")}
	args := []string{"-f", "/dev/null", "-u", "new-session", "-d", "-x", "80", "-y", "24"}
	for _, e := range append([]string{"LC_ALL=C.UTF-8"}, env...) {
		args = append(args, "-e", e)
	}
	tt.tmux(append(args, command+"; echo exit code $?; exec cat")...)
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", tt.socket, "kill-server").Run() })
	return tt
}

func (tt *terminal) tmux(args ...string) string {
	tt.t.Helper()
	c := exec.Command("tmux", append([]string{"-S", tt.socket}, args...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		tt.t.Fatalf("tmux %s: %v: %s", args, err, errs.String())
	}
	return string(out)
}

func (tt *terminal) screen() string { return tt.tmux("capture-pane", "-p") }

// shows waits until the screen shows all texts.
func (tt *terminal) shows(p *process, texts ...string) {
	tt.t.Helper()
	screen := ""
	defer func() {
		if tt.t.Failed() {
			tt.t.Logf("the screen:\n%s", screen)
		}
	}()
	p.until("the screen shows "+strings.Join(texts, ", "), func() bool {
		screen = tt.screen()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// TestWatchInATerminal: what happens is seen without a key, in terminals of two
// sizes; a lost follower is told, and found again.
func TestWatchInATerminal(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.write("maker", "momentum")
	args := []string{"follow", "--config", f.path("poise.yaml"), "--json", "--listen"}
	p := start(t, nil, append(args, "127.0.0.1:0")...)
	address := p.address()
	p.until("both are followed", func() bool { n, ok := p.ready(address); return ok && n == 2 })
	tt := newTerminal(t, nil, "poise watch --server "+address)
	tt.shows(p, "connected", "2 of 2 live", "OPENING", "BTC")
	if strings.Contains(tt.screen(), "COMMISSION") {
		t.Fatal("there was a trade before there was one")
	}
	f.trade(20)
	tt.shows(p, "COMMISSION", "BTCUSD_PERP")
	for i, line := range strings.Split(strings.TrimSuffix(tt.screen(), "\n"), "\n") {
		if n := utf8.RuneCountInString(line); n > 80 || i >= 24 {
			t.Errorf("line %d has %d cells: %s", i+1, n, line)
		}
	}
	tt.tmux("resize-window", "-x", "160", "-y", "50")
	tt.shows(p, "break-even", "│", "last event")
	tt.tmux("send-keys", "j")
	tt.shows(p, "▸momentum", " momentum (")

	p.stop()
	tt.shows(p, "connection lost")
	p = start(t, nil, append(args, strings.TrimPrefix(address, "http://"))...)
	tt.shows(p, "connected", "2 of 2 live")
	f.trade(20)
	tt.tmux("send-keys", "q")
	tt.shows(p, "exit code 0")
}

// TestWatchWithoutColour: NO_COLOR is honoured, whatever its value.
func TestWatchWithoutColour(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.write("maker")
	p := start(t, nil, "follow", "--config", f.path("poise.yaml"), "--json", "--listen", "127.0.0.1:0")
	colour := regexp.MustCompile(`\x1b\[[0-9;]*(3[0-7]|9[0-7]|4[0-7])m`)
	for _, c := range []struct {
		env  []string
		want bool
	}{{nil, true}, {[]string{"NO_COLOR=yes"}, false}} {
		tt := newTerminal(t, c.env, "poise watch --server "+p.address())
		tt.shows(p, "connected", "1 of 1 live", "OPENING")
		if screen := tt.tmux("capture-pane", "-p", "-e"); colour.MatchString(screen) != c.want {
			t.Errorf("%v: colours: %v\n%q", c.env, !c.want, screen)
		}
	}
}

// TestListsAreTheSameFromAServer: what a server tells is what is in its store.
func TestListsAreTheSameFromAServer(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.write("maker", "momentum")
	p := start(t, []string{"POISE_TOKEN="}, "follow", "--config", f.path("poise.yaml"), "--json", "--listen", "127.0.0.1:0")
	address := p.address()
	p.until("both are followed", func() bool { n, ok := p.ready(address); return ok && n == 2 })
	f.trade(20)
	for _, list := range []string{"balances", "positions --account maker", "entries", "entries --account momentum --asset BTC --kind COMMISSION", "incidents"} {
		for _, form := range []string{"", " --json"} {
			if form == "" && strings.HasPrefix(list, "positions") {
				continue // the table has more columns, of the live mark
			}
			args := strings.Fields(list + form)
			var mine, theirs bytes.Buffer
			p.until(list+" are the same", func() bool {
				mine.Reset()
				theirs.Reset()
				if code := run(append(args, "--store", f.path("desk.db")), nil, &mine, &mine); code != exitDone {
					return false
				}
				if code := run(append(args, "--server", address), nil, &theirs, &theirs); code != exitDone {
					t.Fatalf("%s: exit code %d: %s", list, code, theirs.String())
				}
				return mine.String() == withoutNow(theirs.String())
			})
			if list != "incidents" && strings.Count(mine.String(), "\n") < 2 {
				t.Errorf("%s: nothing was compared: %s", list, mine.String())
			}
		}
	}
	var out, errs bytes.Buffer
	p.until("both are live, as a list tells", func() bool { // a second line may just be on its way
		out.Reset()
		if code := run([]string{"accounts", "--server", address}, nil, &out, &errs); code != exitDone || !strings.Contains(out.String(), "lines up") {
			t.Fatalf("accounts: exit code %d: %s%s", code, out.String(), errs.String())
		}
		return strings.Count(out.String(), "live") == 2
	})
	if code := run([]string{"balances", "--account", "nobody", "--server", address}, nil, &out, &errs); code != exitNo || !strings.Contains(errs.String(), `has no account "nobody"`) {
		t.Errorf("an account that is none: exit code %d: %s", code, errs.String())
	}
}

var nowField = regexp.MustCompile(`,"now":\{[^}]*\}`)

func withoutNow(text string) string { return nowField.ReplaceAllString(text, "") }
