//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The documents are sessions: what a page shows in a fence is done, in order, in
// one shell and one empty folder a page, with the real poise.
//
//	```sh               commands: each must end with 0
//	```console          "$ command", and below it all that it prints
//	```yaml poise.yaml  any language and a name: the file is written
//
// In what is printed, `...` stands for anything in a line, and a line of it for
// any lines; times, and numbers and names that are drawn, are not compared.
// A command with & is waited for until it prints. One that only reads is asked
// again for a while, as a reader does: what it asks about is on its way.
//
// What a page needs and a reader does not is in a comment; so is the reason why a
// fence cannot run here, which stands in notRun too:
//
//	<!-- run: commands -->
//	<!-- not run: reason -->

// notRun are the fences that are not run, by page and reason. Each needs one.
var notRun = map[string][]string{
	"README.md":        {"it is what runs this page"},
	"deploy/README.md": {"it installs a service of the machine"},
	"docs/start.md":    {"it builds what runs this page"},
}

// allPages are the documents whose fences are run.
func allPages(t *testing.T) []string {
	t.Helper()
	list := []string{"README.md", "deploy/README.md"}
	more, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(more) == 0 {
		t.Fatal("there are no documents", err)
	}
	for _, m := range more {
		list = append(list, "docs/"+filepath.Base(m))
	}
	return list
}

// fence is a piece of a page that is done.
type fence struct {
	at       string // page:line
	language string // sh, console, or of a file
	file     string // its name, or ""
	lines    []string
	reason   string // why it is not run, or ""
}

var (
	opens      = regexp.MustCompile("^```\\s*(\\S*)\\s*(\\S*)\\s*$")
	notRunHere = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
	// looksRun is a line that a reader takes for a command.
	looksRun = regexp.MustCompile(`^(\$ |(poise|curl|go|sqlite3|openssl|install|systemctl|docker|kill|export|chmod|npm|node) )`)
)

// fencesOf reads a page. What is wrong in it is told with its line.
func fencesOf(page, text string) (list []fence, wrong []string) {
	complain := func(n int, format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf("%s:%d: ", page, n)+fmt.Sprintf(format, args...))
	}
	var open *fence
	reason, hidden, n := "", false, 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		switch m := opens.FindStringSubmatch(line); {
		case open != nil && (hidden && line == "-->" || !hidden && line == "```"):
			list = append(list, *open)
			open = nil
		case open != nil:
			open.lines = append(open.lines, line)
			if !slices.Contains([]string{"sh", "console"}, open.language) && looksRun.MatchString(line) {
				complain(n, "a command in a fence that is neither ```sh nor ```console: nothing runs it")
			}
		case line == "<!-- run:":
			hidden, open = true, &fence{at: fmt.Sprintf("%s:%d", page, n), language: "sh"}
		case m != nil:
			hidden, open = false, &fence{at: fmt.Sprintf("%s:%d", page, n), language: m[1], file: m[2], reason: reason}
		}
		reason = ""
		if m := notRunHere.FindStringSubmatch(line); m != nil && open == nil {
			reason = m[1]
		}
	}
	if open != nil {
		complain(n, "what began at %s does not end", open.at)
	}
	return list, wrong
}

// step is a command of a fence, and what it shows; nil where nothing is compared.
type step struct {
	at, command string
	shows       []string
}

var heredoc = regexp.MustCompile(`<<-?\s*'?(\w+)'?`)

// steps splits a fence into its commands. A command goes on over a \ at the line's
// end, an open quote, a here-document, and lines that are indented or end a block.
func (f *fence) steps() (list []step) {
	open := ""
	for i, line := range f.lines {
		n := len(list)
		switch {
		case open != "":
			list[n-1].command += "\n" + line
			open = stillOpen(list[n-1].command)
			continue
		case f.language == "console" && n > 0 && len(list[n-1].shows) == 0 && strings.HasPrefix(line, "> "):
			list[n-1].command += "\n" + line[2:]
			continue
		case f.language == "console" && strings.HasPrefix(line, "$ "):
			list = append(list, step{at: fmt.Sprintf("%s+%d", f.at, i+1), command: line[2:], shows: []string{}})
		case f.language == "console" && n > 0:
			list[n-1].shows = append(list[n-1].shows, line)
			continue
		case strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#"):
			continue
		case n > 0 && strings.ContainsAny(line[:1], " \t}"):
			list[n-1].command += "\n" + line
			continue
		default:
			list = append(list, step{at: fmt.Sprintf("%s+%d", f.at, i+1), command: line})
		}
		open = stillOpen(list[len(list)-1].command)
	}
	return list
}

// stillOpen says what a command has begun and not ended, or "".
func stillOpen(command string) string {
	if m := heredoc.FindStringSubmatchIndex(command); m != nil {
		end := command[m[2]:m[3]]
		if !slices.Contains(strings.Split(command, "\n")[1:], end) {
			return end
		}
		return ""
	}
	if strings.HasSuffix(command, `\`) {
		return `\`
	}
	return openQuote(command)
}

// openQuote returns the quote that a command has not closed, or "". One in a
// comment is none.
func openQuote(command string) string {
	quote, before := byte(0), byte(' ')
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case quote == '#' && c == '\n', quote != 0 && quote != '#' && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"' || c == '#' && strings.ContainsRune(" \n", rune(before))):
			quote = c
		}
		before = c
	}
	return strings.Trim(string(quote), "\x00#")
}

// pagesAtOnce are more than processors: a page waits most of its time.
const pagesAtOnce = 8

// TestDocuments does what the pages show.
func TestDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("it is long")
	}
	t.Parallel() // beside other tests of processes
	var running sync.WaitGroup
	defer running.Wait()
	places := make(chan struct{}, pagesAtOnce)
	for _, page := range allPages(t) {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		fences, wrong := fencesOf(page, string(text))
		for _, w := range wrong {
			t.Error(w)
		}
		checkReasons(t, page, fences)
		if !slices.ContainsFunc(fences, fence.runs) {
			continue
		}
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			t.Run(page, func(t *testing.T) {
				sh := newShell(t)
				for i := range fences {
					sh.do(&fences[i])
				}
			})
		})
	}
}

func checkReasons(t *testing.T, page string, fences []fence) {
	t.Helper()
	var reasons []string
	for _, f := range fences {
		if f.reason != "" {
			t.Logf("%s is not run: %s", f.at, f.reason)
			reasons = append(reasons, f.reason)
		}
	}
	if !slices.Equal(reasons, notRun[page]) {
		t.Errorf("%s: not run are fences for %q; notRun has %q", page, reasons, notRun[page])
	}
}

// runs reports whether commands of the fence are run.
func (f fence) runs() bool {
	return f.reason == "" && (f.language == "sh" || f.language == "console")
}

// do does what a fence shows.
func (s *shell) do(f *fence) {
	s.t.Helper()
	if f.reason == "" && f.file != "" {
		s.write(f.file, strings.Join(f.lines, "\n")+"\n")
	}
	if !f.runs() {
		return
	}
	for _, c := range f.steps() {
		if tool := missing(c.command); tool != "" {
			s.t.Skipf("%s: there is no %s here: from there on nothing of the page is run", c.at, tool)
		}
		s.step(c)
	}
}

// missing names a tool of a command that a machine need not have, and has not.
func missing(command string) string {
	words := bufio.NewScanner(strings.NewReader(command))
	words.Split(bufio.ScanWords)
	for words.Scan() {
		if w := words.Text(); slices.Contains([]string{"sqlite3", "openssl"}, w) {
			if _, err := exec.LookPath(w); err != nil {
				return w
			}
		}
	}
	return ""
}

// TestDocumentsAreRead: what counts as a command, and what is complained about.
func TestDocumentsAreRead(t *testing.T) {
	text := "text\n```sh\n# why\ncat > x <<E\na\nE\npoise a \\\n  b\n```\n<!-- run:\necho 'one\ntwo' # it's\necho \"#'\"\n-->\n" +
		"```console\n$ poise c\n\nout ...\n$ d\n```\n<!-- not run: no\n```\n<!-- not run: it burns -->\n```sh\nfire\n```\n```yaml x.yaml\na: 1\n```\n"
	fences, wrong := fencesOf("p.md", text[:strings.Index(text, "<!-- not run: no\n")]+text[strings.Index(text, "<!-- not run: it"):])
	var got []string
	for _, f := range fences {
		got = append(got, f.language+" "+f.file+" "+f.reason)
		for _, s := range f.steps() {
			got = append(got, fmt.Sprintf("%s %q %q", s.at, s.command, s.shows))
		}
	}
	want := []string{"sh  ", `p.md:2+2 "cat > x <<E\na\nE" []`, `p.md:2+5 "poise a \\\n  b" []`, "sh  ", `p.md:10+1 "echo 'one\ntwo' # it's" []`, `p.md:10+3 "echo \"#'\"" []`,
		"console  ", `p.md:15+1 "poise c" ["" "out ..."]`, `p.md:15+4 "d" []`, "sh  it burns", `p.md:22+1 "fire" []`, "yaml x.yaml ", `p.md:25+1 "a: 1" []`}
	if !slices.Equal(got, want) || wrong != nil {
		t.Errorf("read\n%s\nwant\n%s\nand complained %q", strings.Join(got, "\n"), strings.Join(want, "\n"), wrong)
	}
	for _, bad := range []string{"```\npoise follow\n```\n", "```text\n$ x\n```\n", "```sh\nx\n", "<!-- run:\nx\n"} {
		if _, wrong := fencesOf("p.md", bad); len(wrong) == 0 {
			t.Errorf("no complaint about %q", bad)
		}
	}
}

// TestCodeShownIsTested: each line of Go and JavaScript that a page shows is, in
// that order, in one file that tests run.
func TestCodeShownIsTested(t *testing.T) {
	var tested []string
	for _, pattern := range []string{"../../*/*_test.go", "../../*/*/*_test.go", "../../test/clients/*.mjs"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		tested = append(tested, files...)
	}
	n := 0
	for _, page := range allPages(t) {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		fences, _ := fencesOf(page, string(text))
		for _, f := range fences {
			if f.language != "go" && f.language != "js" {
				continue
			}
			n++
			if !slices.ContainsFunc(tested, func(name string) bool { return hasLines(t, name, f.lines) }) {
				t.Errorf("%s: no test has these lines:\n%s", f.at, strings.Join(f.lines, "\n"))
			}
		}
	}
	if n < 3 {
		t.Errorf("only %d pieces of code", n)
	}
}

// hasLines reports whether a file has lines in order, whatever their indent.
func hasLines(t *testing.T, file string, lines []string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
			lines = lines[1:]
		}
		if len(lines) > 0 && strings.TrimSpace(line) == strings.TrimSpace(lines[0]) {
			lines = lines[1:]
		}
	}
	return len(lines) == 0
}
