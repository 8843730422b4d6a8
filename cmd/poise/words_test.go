package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// constants are the values of a package's text constants whose names match.
func constants(t *testing.T, folder string, match func(name string) bool) (values []string) {
	t.Helper()
	files, err := filepath.Glob("../../" + folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			for i := 0; ok && i < len(v.Values); i++ {
				text, is := v.Values[i].(*ast.BasicLit)
				if is && text.Kind == token.STRING && match(v.Names[i].Name) {
					s, _ := strconv.Unquote(text.Value)
					values = append(values, s)
				}
			}
			return true
		})
	}
	return values
}

// TestEveryWordIsInTheDocuments: what the code may say of an account is told.
func TestEveryWordIsInTheDocuments(t *testing.T) {
	begins := func(prefixes ...string) func(string) bool {
		return func(name string) bool {
			return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
		}
	}
	is := func(names ...string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	for _, c := range []struct {
		page, folder string
		names        func(string) bool
		least        int // of them there are at least so many
	}{
		{"fields.md", "wire", begins("Reason"), 13},
		{"fields.md", "account", is("Opening", "Transfer", "RealizedPnL", "Commission", "FundingFee", "InsuranceClear", "WelcomeBonus", "DeliveredSettle",
			"Adjustment", "AssetTransfer", "CoinSwap", "Unexplained"), 12},
		{"fields.md", "account", begins("Incident"), 7},
		{"explained.md", "account", begins("Incident"), 7},
		{"fields.md", "account", begins("Line"), 4},
		{"fields.md", "account", begins("reason"), 2},
		{"fields.md", "follower", begins("alert"), 6},
		{"fields.md", "follower", is("Starting", "Live", "Degraded", "Down"), 4},
		{"api.md", "follower", is("Starting", "Live", "Degraded", "Down"), 4},
		{"fields.md", "serve", is("notFollowed"), 1},
		{"operate.md", "notify", is("IncidentOpened", "IncidentEnded", "MarginCalled", "AlertOpened", "AlertEnded"), 5},
	} {
		values := constants(t, c.folder, c.names)
		if len(values) < c.least {
			t.Errorf("%s: found only %q", c.folder, values)
		}
		for _, v := range values {
			named(t, c.page, v)
		}
	}
	for _, kind := range messageKinds {
		named(t, "fields.md", kind)
	}
}

func named(t *testing.T, page, word string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "`"+word+"`") {
		t.Errorf("docs/%s does not tell of `%s`", page, word)
	}
}

// TestEveryFieldIsInTheDocuments: those of the recorded ACCOUNT_UPDATEs, and two
// that they do not have.
func TestEveryFieldIsInTheDocuments(t *testing.T) {
	found := map[string]bool{"a.S": true, "fs": true}
	for line := range strings.Lines(string(sample)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err == nil && m["e"] == "ACCOUNT_UPDATE" {
			fields(m, "", found)
		}
	}
	if len(found) < 24 {
		t.Errorf("found only %v", found)
	}
	for f := range found {
		named(t, "fields.md", f)
	}
}

func fields(v any, path string, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, below := range v {
			name := strings.TrimPrefix(path+"."+k, ".")
			found[name] = true
			fields(below, name, found)
		}
	case []any:
		for _, below := range v {
			fields(below, path+"[]", found)
		}
	}
}

// TestEveryCommandIsInTheDocuments: each with its flags, in docs/commands.md.
func TestEveryCommandIsInTheDocuments(t *testing.T) {
	text, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range newRoot().Commands() {
		n++
		if !strings.Contains(string(text), "`poise "+c.Name()) {
			t.Errorf("docs/commands.md does not tell of 'poise %s'", c.Name())
		}
		for _, m := range aFlag.FindAllStringSubmatch(c.Flags().FlagUsages(), -1) {
			flagIsTold(t, c.Name(), m[1], string(text))
		}
	}
	if n < 16 {
		t.Errorf("only %d commands", n)
	}
}

var aFlag = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([\w-]+)`)

// flagIsTold: by the command's own row, or by what the page says of many.
func flagIsTold(t *testing.T, command, flag, page string) {
	t.Helper()
	above, _, _ := strings.Cut(page, "| command |")
	_, below, _ := strings.Cut(page, "read a store, or with")
	if flag == "help" || strings.Contains(above+below, "--"+flag) {
		return
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "| `poise "+command) && strings.Contains(line, "--"+flag) {
			return
		}
	}
	t.Errorf("docs/commands.md does not tell of 'poise %s --%s'", command, flag)
}
