package clients

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	peersFile = "../../docs/peers.md"
	peersTop  = `# poise and its peers, side by side

Made by POISE_PEERS=1 go test ./test/clients -run TestPeers, with npm ci done in test/clients before: the same journey for each, against
the venue, over real sockets. Each is used in its best documented way, which is told below. A "yes" was seen to happen within %v; a "no" is
that it was not.

`
)

// table is the lines of a table of Markdown.
func (m *measured) table(t *testing.T) (lines []string) {
	head, rule := "| |", "| --- |"
	for _, p := range peers {
		head += " " + titleOf(t, p.name, p.version) + " |"
		rule += " --- |"
	}
	lines = append(lines, head, rule)
	for _, r := range rows {
		line := "| " + r.name + " |"
		for _, p := range peers {
			line += " " + m.cells[[2]string{r.name, p.name}] + " |"
		}
		lines = append(lines, line)
	}
	return lines
}

func titleOf(t *testing.T, name string, version func(*testing.T) string) string {
	return strings.TrimSpace(name + " " + version(t))
}

// write makes docs/peers.md, of whole columns only.
func (m *measured) write(t *testing.T) {
	t.Helper()
	if len(m.cells) != len(rows)*len(peers) || t.Failed() {
		t.Fatalf("%d of %d cells: %s is left as it is", len(m.cells), len(rows)*len(peers), peersFile)
	}
	text := fmt.Sprintf(peersTop, within) + strings.Join(m.table(t), "\n") + "\n\n## How each row is measured\n"
	for _, r := range rows {
		text += "- **" + r.name + "**: " + r.how + ".\n"
	}
	text += "\n## How each client is used\n"
	for _, p := range peers {
		text += "- **" + titleOf(t, p.name, p.version) + "**: " + p.notes + "\n"
	}
	if err := os.WriteFile(peersFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tableOf reads the table of peers in a file, by its first lines.
func tableOf(t *testing.T, file string) (cells [][]string) {
	t.Helper()
	for _, line := range tableLines(t, file) {
		var row []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			row = append(row, strings.TrimSpace(c))
		}
		cells = append(cells, row)
	}
	return cells
}

func tableLines(t *testing.T, file string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(text), "\n")
	from := slices.IndexFunc(all, func(l string) bool { return strings.HasPrefix(l, "| | poise |") })
	if from < 0 {
		t.Fatalf("%s has no table of peers", file)
	}
	for _, l := range all[from:] {
		if !strings.HasPrefix(l, "|") {
			break
		}
		lines = append(lines, l)
	}
	return lines
}

// The table is of these rows and these versions, it claims for poise what
// TestPeers asks of it, and README.md has the same one.
func TestTableOfPeers(t *testing.T) {
	cells := tableOf(t, peersFile)
	if len(cells) != len(rows)+2 {
		t.Fatalf("%s has %d lines for %d rows: make it again", peersFile, len(cells), len(rows))
	}
	for j, p := range peers {
		if title := titleOf(t, p.name, p.version); len(cells[0]) != len(peers)+1 || cells[0][j+1] != title {
			t.Errorf("%s has the columns %q, and no %q there: make it again", peersFile, cells[0], title)
		}
	}
	for i, r := range rows {
		if c := cells[i+2]; len(c) != len(peers)+1 || c[0] != r.name || !whole(c[1]) {
			t.Errorf("%s: %q is not %q", peersFile, c, r.name)
		}
	}
	if readme, doc := tableLines(t, "../../README.md"), tableLines(t, peersFile); !slices.Equal(readme, doc) {
		t.Errorf("README.md has another table than docs/peers.md, which has\n%s", strings.Join(doc, "\n"))
	}
}

var goBinanceRequired = regexp.MustCompile(`github\.com/adshao/go-binance/v2 v(\S+)`)

func goBinanceVersion(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := goBinanceRequired.FindSubmatch(text)
	if m == nil {
		t.Fatal("go.mod does not require go-binance")
	}
	return string(m[1])
}

func npmVersion(t *testing.T, module string) string {
	t.Helper()
	text, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p.Dependencies[module]
}
