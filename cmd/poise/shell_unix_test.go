//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell is one sh that a page's commands are given, one after the other.
type shell struct {
	t     *testing.T
	dir   string
	ports map[string]string // of the page, and those used instead
	in    io.Writer
	out   output
	read  int // of out: what was looked at
	ended chan struct{}
}

// Bounds of what is waited for.
const (
	commandMost = time.Minute      // a command
	showMost    = 40 * time.Second // what it shows, when that is on its way
	endMost     = 20 * time.Second // all that runs, once it is told to end
)

func newShell(t *testing.T) *shell {
	t.Helper()
	s := &shell{t: t, dir: t.TempDir(), ports: freePorts(t), ended: make(chan struct{})}
	followed, err := os.ReadFile("testdata/followed.sh")
	if err != nil {
		t.Fatal(err)
	}
	s.write("sample.jsonl", string(sample))
	s.write("followed.sh", string(followed))
	cmd := exec.Command("sh")
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &s.out, &s.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var ports []string
	for _, p := range pagePorts {
		ports = append(ports, p+"="+s.ports[p])
	}
	cmd.Env = append(os.Environ(), "POISE_TEST_PORTS="+strings.Join(ports, " "), "TZ=UTC", "POISE_TOKEN=", "NO_COLOR=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.in = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait(); close(s.ended) }() // how sh ends says nothing
	t.Cleanup(func() { s.end(cmd.Process.Pid) })
	if _, err := exec.LookPath("curl"); err != nil {
		s.run(`curl() { poise-curl "$@"; }`)
	}
	return s
}

// end has all that the page began end, as Ctrl-C would.
func (s *shell) end(group int) {
	_ = syscall.Kill(-group, syscall.SIGTERM)
	for end := time.Now().Add(endMost); syscall.Kill(-group, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Error("what the page began did not end when it was told to")
			_ = syscall.Kill(-group, syscall.SIGKILL)
			break
		}
	}
	<-s.ended
}

// freePorts draws a free port for each of a page's, of as many digits, so that
// tables stay aligned.
func freePorts(t *testing.T) map[string]string {
	t.Helper()
	ports := map[string]string{}
	var open []net.Listener
	for _, p := range pagePorts {
		for try := 0; ports[p] == ""; try++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 2000+(time.Now().UnixNano()/1000+int64(try)*7919)%7700))
			if err != nil && try < 1000 {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, l)
			_, ports[p], _ = net.SplitHostPort(l.Addr().String())
		}
	}
	for _, l := range open {
		l.Close()
	}
	return ports
}

var forHere = strings.NewReplacer("go run ./cmd/poise ", "poise ", "--for 60s", "--for 2s", "/var/lib/poise/", "var/lib/poise/", "/backup/", "backup/")

// here is a text of the page as it is on this machine: other ports and folders,
// and what takes long is shorter.
func (s *shell) here(text string) string {
	for from, to := range s.ports {
		text = regexp.MustCompile(`:`+from+`\b`).ReplaceAllString(text, ":"+to)
	}
	return forHere.Replace(text)
}

// write makes a file beside the commands, with what is so here in it.
func (s *shell) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(s.here(text)), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// end of a command, as sh prints it; a page shows none such.
const endOfCommand = "\x01end of command"

var endLine = regexp.MustCompile(endOfCommand + ` (\d+)\n`)

// run gives the shell a command, and returns what was printed until it ended, and
// its exit code.
func (s *shell) run(command string) (printed, code string) {
	s.t.Helper()
	s.read = len(s.out.String())
	// In a group sh keeps what the command sets; in its own lines a here-document ends.
	if _, err := fmt.Fprintf(s.in, "{ %s\n} </dev/null\nprintf '\\001end of command %%d\\n' $?\n", command); err != nil {
		s.t.Fatalf("%s: the shell is gone: %v: %s", command, err, s.out.String())
	}
	for end := time.Now().Add(commandMost); ; time.Sleep(5 * time.Millisecond) {
		if m := endLine.FindStringSubmatch(s.since()); m != nil {
			return s.printed(), m[1]
		}
		select {
		case <-s.ended:
			s.t.Fatalf("%s: the shell has ended: %s", command, s.since())
		default:
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s: did not end in %s; printed\n%s", command, commandMost, s.since())
		}
	}
}

// since is what came since the last command began, printed without the end's line.
func (s *shell) since() string   { return s.out.String()[s.read:] }
func (s *shell) printed() string { return endLine.ReplaceAllString(s.since(), "") }

var inBackground = regexp.MustCompile(`[^&]&\s*(#.*)?$`)

// onlyReads are commands that may be given again.
var onlyReads = regexp.MustCompile(`^(poise (accounts|balances|positions|entries|incidents|statement|reconcile|verify|export) |curl )`)

// step does a command and compares what it shows.
func (s *shell) step(c step) {
	s.t.Helper()
	began, command := time.Now(), s.here(c.command)
	defer func() {
		s.t.Logf("%s: %s\n(%s)\n%s", c.at, command, time.Since(began).Round(time.Millisecond), s.printed())
	}()
	started := inBackground.MatchString(command)
	again := onlyReads.MatchString(command) && !regexp.MustCompile(` (-X|-d|--data|--request)`).MatchString(command)
	printed, code := s.run(command)
	for end := time.Now().Add(showMost); ; time.Sleep(100 * time.Millisecond) {
		wrong := s.judge(c, started, printed, code)
		if wrong == "" {
			return
		}
		if !started && !again || time.Now().After(end) {
			s.t.Fatalf("%s: %s\n%s\nexit code %s, printed\n%s", c.at, c.command, wrong, code, printed)
		}
		if started {
			printed = s.printed()
		} else {
			printed, code = s.run(command)
		}
	}
}

// judge says what is wrong with what a command did, or "".
func (s *shell) judge(c step, started bool, printed, code string) string {
	switch {
	case code != "0":
		return "it did not end well"
	case c.shows == nil && started && printed == "" && !strings.Contains(c.command, "> "):
		return "it has not printed anything yet"
	case c.shows == nil:
		return ""
	}
	want := make([]string, len(c.shows))
	for i, line := range c.shows {
		want[i] = s.here(line)
	}
	if !showsAll(plain(want), plain(strings.Split(printed, "\n"))) {
		return "the page shows\n" + strings.Join(want, "\n")
	}
	return ""
}

// varies are texts that are others each time, and what stands for them.
var varies = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`), "TIME"},
	{regexp.MustCompile(`\b1[0-9]{12}\b`), "MS"},
	{regexp.MustCompile(`\d+(\.\d+)?(µs|ms|s)\b`), "LONG"},
}

// plain is lines without what varies, white space at the ends and doubled, and
// empty lines at the end.
func plain(lines []string) []string {
	list := make([]string, 0, len(lines))
	for _, line := range lines {
		for _, v := range varies {
			line = v.what.ReplaceAllString(line, v.as)
		}
		list = append(list, strings.Join(strings.Fields(line), " "))
	}
	for len(list) > 0 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

// showsAll reports whether lines are what a page shows: `...` is anything in a
// line, and alone any lines.
func showsAll(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for i := range len(got) + 1 {
			if showsAll(want[1:], got[i:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && showsLine(want[0], got[0]) && showsAll(want[1:], got[1:])
}

func showsLine(want, got string) bool {
	parts := strings.Split(want, "...")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
}

func TestWhatAPageShowsIsCompared(t *testing.T) {
	for _, c := range []struct {
		want, got string
		same      bool
	}{
		{"a  b|", "a b||", true},
		{"a b", "a c", false},
		{"", "a", false},
		{"a", "a|b", false},
		{"a|...", "a|b|c", true},
		{"a|...|c", "a|c", true},
		{"a|...|c", "a|c|d", false},
		{"id ... of 2", "id x y of 2", true},
		{"id ... of 2", "id x y of 3", false},
		{"at 2026-01-02 03:04:05.123 1", "at 2027-11-12 13:14:15.9 1", true},
		{"0.50000000", "0.5", false},
		{`{"E":1790040660161}`, `{"E":1890040660161}`, true},
		{"(a|b)", "a", false},
	} {
		got := showsAll(plain(strings.Split(c.want, "|")), plain(strings.Split(c.got, "|")))
		if got != c.same {
			t.Errorf("%q shows %q: %v, want %v", c.want, c.got, got, c.same)
		}
	}
}
