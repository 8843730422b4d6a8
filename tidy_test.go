// Package poise_test holds the rules of the house that a compiler does not: see
// CONTRIBUTING.md. Each rule is a function from the tree of files to complaints,
// with the way to mend them, and a wrong tree that it must complain about.
package poise_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// layers is the order of the house: a folder's code may use the folders named,
// and itself. Tests may use anything.
var layers = []struct{ folder, uses, why string }{
	{"decimal", "", "an exact number knows nothing of what it counts"},
	{"disk", "", "files that last know nothing of what is in them"},
	{"wire", "decimal", "messages are bytes and values, with no meaning yet"},
	{"wire/wiretest", "wire decimal", "helps tests to make messages"},
	{"vectors", "wire", "messages for decoders of any language; ours is run on them"},
	{"inverse", "decimal", "formulas take numbers, not messages"},
	{"account", "wire inverse decimal", "the books are a fold over messages"},
	{"dapi", "wire decimal", "a client hands over bytes and judges nothing"},
	{"store", "account decimal disk", "a journal keeps records, a ledger their results"},
	{"follower/marks", "dapi inverse account wire decimal", "what is computed from marks is no part of the books"},
	{"follower", "follower/marks dapi store account inverse wire decimal", "the main job joins them"},
	{"notify", "follower store account disk", "tells what the follower knows, and knows nothing else"},
	{"venue/engine", "inverse wire decimal", "the judge shares formulas with the accused, not its books"},
	{"venue/journal", "disk", "keeps records, and cannot read them"},
	{"venue/gateway", "above", "gives the engine the exchange's faces"},
	{"venue", "above", "what a test starts"},
	{"serve/client", "decimal", "who asks over HTTP carries no store and no follower"},
	{"serve", "above", "shows what the follower knows"},
	{"cmd", "above", "the command line reaches everything"},
	{"test", "above", "whole-system tests reach everything"},
}

// testHelpers may be used by tests only.
var testHelpers = []string{"wire/wiretest"}

// pure folders have no clock, goroutine, I/O or chance: everything a reader
// must trust is there.
var pure = []string{"decimal", "wire", "wire/wiretest", "inverse", "account", "venue/engine"}

// impure is what a pure folder may not import, with all below it. Test helpers
// may draw chance from a seed that the test gives.
var impure = map[string]string{
	"os": "I/O", "net": "I/O", "io": "I/O", "database": "I/O", "syscall": "I/O", "log": "I/O", "embed": "I/O", "bufio": "I/O",
	"math/rand": "chance", "crypto/rand": "chance", "sync": "goroutines", "context": "goroutines", "runtime": "the machine",
	"unsafe": "memory that the language does not guard", "C": "memory that the language does not guard",
}

// impureCalls of packages that a pure folder may import otherwise.
var impureCalls = map[string]string{
	"time": "Now Since Until Sleep After AfterFunc Tick NewTimer NewTicker",
	"math": "Float32bits Float32frombits Float64bits Float64frombits",
	"fmt":  "Print Printf Println Fprint Fprintf Fprintln Scan Scanf Scanln Fscan Fscanf Fscanln",
}

// mapRangesAllowed lists "file function" of pure code whose result does not
// depend on the order of a map, with the reason why not.
var mapRangesAllowed = map[string]string{}

// floatsAllowed lists the files outside the pure folders that may name a float,
// with the reason; never for money.
var floatsAllowed = map[string]string{}

// dependencies is every module that this one imports itself. The reason is also
// in CONTRIBUTING.md.
var dependencies = []struct {
	module, why string
	testsOnly   bool
}{
	{"github.com/spf13/cobra", "the command line", false},
	{"modernc.org/sqlite", "the store, in pure Go", false},
	{"modernc.org/libc", "SQLite's calling convention, for the one connection that writes", false},
	{"github.com/pressly/goose/v3", "schema migrations", false},
	{"github.com/klauspost/compress", "zstd for journal blocks", false},
	{"github.com/danielgtaylor/huma/v2", "the API and its OpenAPI document from the same types", false},
	{"github.com/parquet-go/parquet-go", "Parquet, for exports", false},
	{"charm.land/bubbletea/v2", "the terminal view: keys, resizing, drawing what changed only", false},
	{"charm.land/lipgloss/v2", "the terminal view: colours, and how wide a text is", false},
	{"golang.org/x/term", "is it a terminal, and how wide", false},
	{"go.yaml.in/yaml/v4", "poise.yaml, with the place of each value", false},
	{"github.com/gobwas/ws", "websockets: the venue's frames are made once and shared, dapi's handshake is its", false},
	{"github.com/adshao/go-binance/v2", "a real client of the exchange, against the venue", true},
	{"github.com/chromedp/chromedp", "the page in a real Chromium", true},
	{"github.com/chromedp/cdproto", "what chromedp speaks to Chromium", true},
	{"go.uber.org/goleak", "no goroutine is left", true},
	{"pgregory.net/rapid", "property tests", true},
	{"github.com/cockroachdb/apd/v3", "a second opinion on decimals", true},
	{"github.com/rogpeppe/go-internal", "command line sessions (testscript)", true},
}

// atRoot is what may lie at the root, besides .git* and the layers' folders.
var atRoot = []string{
	"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "go.mod", "go.sum", "tidy_test.go",
	".ci", "docs", "vectors", "bench", "deploy", "test",
}

// exampleless are packages without an example, with the reason.
var exampleless = map[string]string{
	"disk":          "its users are packages of this module",
	"vectors":       "files; package wire's test reads them",
	"venue/gateway": "a test starts a venue, which has one",
	"venue/journal": "its user is venue/gateway",
	"wire/wiretest": "helps tests",
	"test/deploy":   "a test",
	"test/memnet":   "helps tests",
}

const longest = 70 // lines of a function outside tests

type rule struct {
	name, mend string
	check      func(*tree) []string
	wrong      []fstest.MapFS // each must be complained about
	right      fstest.MapFS   // must not
}

func one(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }

func also(m fstest.MapFS, name, text string) fstest.MapFS {
	m[name] = &fstest.MapFile{Data: []byte(text)}
	return m
}

// inPure puts a body into a function of a pure package.
func inPure(imports, body string) fstest.MapFS {
	return one("account/x.go", "package account\n"+imports+"\ntype book struct{ rows map[string]int }\n\nfunc f(b book) {\n"+body+"\n}\n")
}

var rules = []rule{
	{
		name:  "imports run one way",
		mend:  "move the code to the folder that may know both, or pass a value; `layers` in tidy_test.go has the order",
		check: importsRunOneWay,
		wrong: []fstest.MapFS{
			one("decimal/x.go", "package decimal\nimport _ \"poise/wire\"\n"),
			one("wire/sub/x.go", "package sub\nimport _ \"poise/account\"\n"),
			one("store/x.go", "package store\nimport _ \"poise/wire/wiretest\"\n"),
			one("venue/engine/x.go", "package engine\nimport _ \"poise/venue/gateway\"\n"),
			one("serve/x.go", "package serve\nimport _ \"poise/cmd/poise\"\n"),
			one("util/x.go", "package util\n"),
		},
		right: also(one("account/x.go", "package account\nimport _ \"poise/wire\"\n"),
			"wire/x_test.go", "package wire_test\nimport _ \"poise/wire/wiretest\"\n"),
	},
	{
		name:  "pure packages are pure",
		mend:  "take time, chance and bytes as values from the caller; the folders are in `pure` in tidy_test.go",
		check: pureIsPure,
		wrong: []fstest.MapFS{
			inPure("", "var x float64; _ = x"), inPure("", "_ = 0.5"), inPure("", "_ = 1e-3"), inPure("", "_ = 0x1p3"), inPure("", "_ = 2i"),
			inPure(`import "time"`, "_ = time.Now()"), inPure(`import clock "time"`, "_ = clock.Since"),
			inPure(`import "math"`, "_ = math.Float64bits"), inPure(`import "strconv"`, "_, _ = strconv.ParseFloat"),
			inPure(`import "os"`, "_ = os.Args"), inPure(`import "io"`, "var _ io.Reader"), inPure(`import "io/fs"`, "_ = fs.ErrExist"), inPure(`import "net/http"`, ""),
			inPure(`import "database/sql"`, ""), inPure(`import "unsafe"`, ""), inPure(`import . "time"`, ""),
			inPure("", "go f(b)"), inPure("", "var c chan int; _ = c"), inPure("", "select {}"),
		},
		right: inPure("import (\"io\"; \"time\")", "var at time.Time; _ = at; _ = uint64(1e8); _ = io.EOF"),
	},
	{
		name:  "no map order in a result",
		mend:  "range over slices.Sorted(maps.Keys(m)) or a slice; if no result can depend on the order, say why in `mapRangesAllowed` in tidy_test.go",
		check: noMapOrder,
		wrong: []fstest.MapFS{
			inPure("", "for range b.rows {}"), inPure("", "m := map[int]int{}; for k := range m { _ = k }"),
			inPure(`import "maps"`, "for k := range maps.Keys(b.rows) { _ = k }"),
			also(inPure(`import "poise/wire"`, "for range wire.Names() {}"), "wire/x.go", "package wire\nfunc Names() map[string]int { return nil }\n"),
		},
		right: inPure("import (\"maps\"; \"slices\")", "for range slices.Sorted(maps.Keys(b.rows)) {}; for range 3 {}"),
	},
	{
		name:  "money is never a float",
		mend:  "use decimal.D; for what is no money (a ratio on a page, a metric) name the file and the reason in `floatsAllowed` in tidy_test.go",
		check: moneyIsNoFloat,
		wrong: []fstest.MapFS{
			one("store/x.go", "package store\nvar Wallet float64\n"),
			one("cmd/poise/x.go", "package main\nimport \"strconv\"\nvar parse = strconv.ParseFloat\n"),
		},
		right: one("store/x_test.go", "package store\nvar ratio float64\n"),
	},
	{
		name:  "exported names are documented",
		mend:  "write the contract above the name; each package has a doc.go with the package comment that a newcomer reads first",
		check: exportedIsDocumented,
		wrong: []fstest.MapFS{
			one("wire/doc.go", "// Package wire.\npackage wire\nfunc Read() {}\n"), one("wire/doc.go", "// Package wire.\npackage wire\ntype Event struct{}\n"),
			one("wire/doc.go", "// Package wire.\npackage wire\nconst Most = 1\n"), one("wire/doc.go", "// Package wire.\npackage wire\nvar (\n\tErrA error\n)\n"),
			one("wire/doc.go", "// Package wire.\npackage wire\n// E is.\ntype E int\nfunc (e *E) Read() {}\n"),
			one("wire/x.go", "// Package wire.\npackage wire\n"), one("wire/doc.go", "package wire\n"),
		},
		right: one("wire/doc.go", "// Package wire.\npackage wire\n// The errors.\nvar (\n\tErrA error\n\tErrB error // of b\n)\ntype e int\nfunc (e) Read() {}\n"),
	},
	{
		name:  "packages have an example that runs",
		mend:  "write an Example with its Output into a test file: what a newcomer does first; `exampleless` in tidy_test.go has those without, and why",
		check: packagesHaveAnExample,
		wrong: []fstest.MapFS{
			one("wire/doc.go", "// Package wire.\npackage wire\n"),
			also(one("wire/doc.go", "// Package wire.\npackage wire\n"), "wire/x_test.go", "package wire\nfunc Example() {}\n"),
		},
		right: also(one("wire/doc.go", "// Package wire.\npackage wire\n"), "wire/x_test.go", "package wire\nfunc ExampleRead() {\n\t// Output: 1\n}\n"),
	},
	{
		name:  "functions are short",
		mend:  fmt.Sprintf("a function has %d lines at most outside tests: name its parts", longest),
		check: functionsAreShort,
		wrong: []fstest.MapFS{one("wire/x.go", "package wire\nfunc f() {"+strings.Repeat("\n", longest)+"}\n")},
		right: one("wire/x.go", "package wire\nfunc f() {"+strings.Repeat("\n", longest-1)+"}\n"),
	},
	{
		name:  "dependencies have a reason",
		mend:  "few dependencies: list a new one with its reason in `dependencies` in tidy_test.go and in CONTRIBUTING.md; in go.mod `// indirect` stands exactly at those that no package of ours imports",
		check: dependenciesHaveAReason,
		wrong: []fstest.MapFS{
			moduleOf(nil, "import _ \"example.org/new/thing\"\n"),                                                    // used, not listed
			moduleOf([]string{"github.com/spf13/cobra v1.0.0 // indirect"}, "import _ \"github.com/spf13/cobra\"\n"), // direct, marked indirect
			moduleOf([]string{"github.com/spf13/cobra v1.0.0"}, ""),                                                  // marked direct, not used
			moduleOf([]string{"pgregory.net/rapid v1.0.0"}, "import _ \"pgregory.net/rapid\"\n"),                     // for tests only
			also(moduleOf([]string{"github.com/spf13/cobra v1.0.0"}, "import _ \"github.com/spf13/cobra/doc\"\n"), "CONTRIBUTING.md", "no table\n"),
		},
		right: moduleOf([]string{"github.com/spf13/cobra v1.0.0", "example.org/far v1.0.0 // indirect"}, "import _ \"github.com/spf13/cobra/doc\"\n"),
	},
	{
		name:  "the root is bare",
		mend:  "put the file into the folder that it serves; `atRoot` in tidy_test.go lists what stays",
		check: rootIsBare,
		wrong: []fstest.MapFS{one("notes.txt", ""), one("util/x.go", "package util\n"), one("main.go", "package main\n")},
		right: also(also(one("README.md", ""), ".ci/run", ""), "venue/engine/x.go", "package engine\n"),
	},
	{
		name:  "files are gofmt'd",
		mend:  "run gofmt -w on it",
		check: filesAreFormatted,
		wrong: []fstest.MapFS{one("wire/x.go", "package wire\nvar  x int\n"), one("bench/x.go", "package main\nfunc f( ) {}\n")},
		right: one("wire/x.go", "package wire\n\nvar x int\n"),
	},
	{
		name:  "no path of one machine",
		mend:  "a checkout stands alone: copy what is needed into the repository (vectors/, testdata/) and name it relative to the file",
		check: noMachinePaths,
		wrong: []fstest.MapFS{
			one("README.md", "see /"+"work/main\n"), one("wire/x_test.go", "package wire\n// \"/"+"root/go\"\n"), one(".ci/run", "cd /"+"home\n"),
			one("wire/x.go", "package wire\n// from .."+"/shared/spec\n"),
		},
		right: also(one("README.md", "https://example.org/work/x, ./work/x, /workers\n"), "wire/x_test.go", "package wire\n// .."+"/shared/spec\n"),
	},
	{
		name:  "documents name what there is",
		mend:  "a test, fuzzer or benchmark that a page names must be a function of a test file, and a link must lead to a file: write the page anew where they went",
		check: documentsNameWhatThereIs,
		wrong: []fstest.MapFS{
			one("README.md", "see `TestNone` \n"), one("docs/x.md", "run -fuzz FuzzNone\n"), one("docs/x.md", "[a](y.md)\n"), one("docs/x.md", "![a](../wire/x.png)\n"),
			also(one("docs/x.md", "[a](y.md#there)\n"), "docs/y.md", "# Not\n## here\n"), one("docs/x.md", "`TestOne` and `TestOne/sub`\n"),
		},
		right: also(also(one("docs/x.md", "`TestOne/sub`, [a](../wire/), [b](https://x.org/y), [c](y.md#what-is-there), [d](#here), `go test -run TestOne`\n### Here\n"), "docs/y.md", "## What is `there`\n"),
			"wire/x_test.go", "package wire\n\nfunc TestOne() {}\n"),
	},
}

// moduleOf is a tree of one package, a go.mod and a CONTRIBUTING.md that knows
// all dependencies.
func moduleOf(requires []string, imports string) fstest.MapFS {
	table := ""
	for _, d := range dependencies {
		table += "| " + d.module + " | " + d.why + " |\n"
	}
	m := one("go.mod", "module poise\n\nrequire (\n\t"+strings.Join(requires, "\n\t")+"\n)\n")
	return also(also(m, "CONTRIBUTING.md", table), "cmd/poise/x.go", "package main\n"+imports)
}

func TestTidy(t *testing.T) {
	tr := load(t, os.DirFS("."))
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			complaints := r.check(tr)
			for _, c := range complaints {
				t.Error(c)
			}
			if len(complaints) > 0 {
				t.Log("to mend: " + r.mend)
			}
		})
	}
}

// A rule that cannot fail proves nothing.
func TestTidyRulesCanFail(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for i, wrong := range r.wrong {
				if len(r.check(load(t, wrong))) == 0 {
					t.Errorf("no complaint about wrong tree %d: %s", i, shown(wrong))
				}
			}
			if c := r.check(load(t, r.right)); len(c) > 0 {
				t.Errorf("complaint about the right tree: %q", c)
			}
		})
	}
}

func shown(m fstest.MapFS) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "\n-- %s --\n%s", name, m[name].Data)
	}
	return b.String()
}

// tree is the repository: every file's text, and the Go files parsed.
type tree struct {
	fset  *token.FileSet
	texts map[string][]byte
	names []string  // of texts, sorted
	files []*goFile // sorted by name; without the bench module
}

type goFile struct {
	name, folder string
	test         bool
	ast          *ast.File
}

func load(t *testing.T, root fs.FS) *tree {
	tr := &tree{fset: token.NewFileSet(), texts: map[string][]byte{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == ".git" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			tr.texts[name], err = fs.ReadFile(root, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tr.names = slices.Sorted(maps.Keys(tr.texts))
	for _, name := range tr.names {
		if !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "bench/") || strings.Contains(name, "testdata/") {
			continue
		}
		f, err := parser.ParseFile(tr.fset, name, tr.texts[name], parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		tr.files = append(tr.files, &goFile{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), f})
	}
	return tr
}

// code returns the Go files that are not tests.
func (tr *tree) code() []*goFile {
	return slices.DeleteFunc(slices.Clone(tr.files), func(f *goFile) bool { return f.test })
}

func (tr *tree) at(n ast.Node) string {
	p := tr.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

func (f *goFile) imports() (paths []string) {
	for _, spec := range f.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

// importName returns the package path that an identifier of this file stands
// for, or "".
func (f *goFile) importName(ident string) string {
	for i, p := range f.imports() {
		name := path.Base(p)
		if spec := f.ast.Imports[i]; spec.Name != nil {
			name = spec.Name.Name
		}
		if name == ident {
			return p
		}
	}
	return ""
}

// selected returns path and name of pkg.Name, or "", "".
func (f *goFile) selected(n ast.Node) (pkg, name string) {
	if s, ok := n.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			if p := f.importName(x.Name); p != "" {
				return p, s.Sel.Name
			}
		}
	}
	return "", ""
}

func inFolder(folder, of string) bool { return folder == of || strings.HasPrefix(folder, of+"/") }

// layerOf returns the index of the layer that a folder belongs to, or -1.
func layerOf(folder string) int {
	best := -1
	for i, l := range layers {
		if inFolder(folder, l.folder) && (best < 0 || len(l.folder) > len(layers[best].folder)) {
			best = i
		}
	}
	return best
}

func importsRunOneWay(tr *tree) (complaints []string) {
	for _, f := range tr.code() {
		from := layerOf(f.folder)
		if from < 0 {
			complaints = append(complaints, f.name+": its folder has no place in the order")
			continue
		}
		for _, p := range f.imports() {
			folder, ours := strings.CutPrefix(p, "poise/")
			if !ours {
				continue
			}
			to, l := layerOf(folder), layers[from]
			helper := to >= 0 && slices.Contains(testHelpers, layers[to].folder) && to != from
			known := to >= 0 && (to == from || l.uses == "above" && to < from || slices.Contains(strings.Fields(l.uses), layers[to].folder))
			if helper || !known {
				complaints = append(complaints, fmt.Sprintf("%s: %s may not use %s: %s", f.name, l.folder, folder, l.why))
			}
		}
	}
	return complaints
}

func isPure(f *goFile) bool {
	i := layerOf(f.folder)
	return !f.test && i >= 0 && slices.Contains(pure, layers[i].folder)
}

func pureIsPure(tr *tree) (complaints []string) {
	for _, f := range tr.files {
		if !isPure(f) {
			continue
		}
		for i, p := range f.imports() {
			for bad, why := range impure {
				if p != "io" && inFolder(p, bad) && !(why == "chance" && slices.Contains(testHelpers, f.folder)) {
					complaints = append(complaints, fmt.Sprintf("%s: import %s: %s", tr.at(f.ast.Imports[i]), p, why))
				}
			}
			if name := f.ast.Imports[i].Name; name != nil && name.Name == "." {
				complaints = append(complaints, tr.at(name)+": an import by . hides what is used")
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if what := impureNode(f, n); what != "" {
				complaints = append(complaints, tr.at(n)+": "+what)
			}
			return true
		})
	}
	slices.Sort(complaints)
	return complaints
}

func impureNode(f *goFile, n ast.Node) string {
	if what := floatNode(f, n); what != "" {
		return what
	}
	switch n := n.(type) {
	case *ast.BasicLit:
		return floatLiteral(n)
	case *ast.GoStmt:
		return "a goroutine"
	case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
		return "a channel"
	}
	pkg, name := f.selected(n)
	// Decoders of bytes in memory say io.EOF too; all else in io moves bytes.
	stream := pkg == "io" && name != "EOF" && name != "ErrUnexpectedEOF"
	if stream || slices.Contains(strings.Fields(impureCalls[pkg]), name) {
		return pkg + "." + name
	}
	return ""
}

// floatLiteral complains of 0.5, 1e-3 and 0x1p3, not of 1e8, which is a whole
// number wherever it stands.
func floatLiteral(n *ast.BasicLit) string {
	text := strings.ToLower(n.Value)
	whole := !strings.ContainsAny(text, ".p") && !strings.Contains(text, "e-")
	if n.Kind == token.IMAG || n.Kind == token.FLOAT && !whole {
		return "the float " + n.Value
	}
	return ""
}

var floatTypes = []string{"float32", "float64", "complex64", "complex128"}

func floatNode(f *goFile, n ast.Node) string {
	if id, ok := n.(*ast.Ident); ok && slices.Contains(floatTypes, id.Name) {
		return id.Name
	}
	if pkg, name := f.selected(n); pkg == "strconv" && strings.HasSuffix(name, "Float") {
		return "strconv." + name
	}
	if pkg, name := f.selected(n); pkg == "math/big" && strings.Contains(name, "Float") {
		return "big." + name
	}
	return ""
}

func moneyIsNoFloat(tr *tree) (complaints []string) {
	for _, f := range tr.code() {
		if floatsAllowed[f.name] != "" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if what := floatNode(f, n); what != "" {
				complaints = append(complaints, tr.at(n)+": "+what)
			}
			return true
		})
	}
	return complaints
}

// noMapOrder type-checks the pure packages against each other, with nothing
// known of other packages: enough to know a map of ours when it is ranged over.
func noMapOrder(tr *tree) (complaints []string) {
	c := &checker{tr: tr, done: map[string]*types.Package{}, info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	for _, f := range tr.files {
		if !isPure(f) {
			continue
		}
		_, _ = c.Import("poise/" + f.folder)
		in := ""
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if fn, ok := n.(*ast.FuncDecl); ok {
				in = fn.Name.Name
			}
			r, ok := n.(*ast.RangeStmt)
			if ok && (c.isMap(r.X) || rangesMapsPackage(f, r.X)) && mapRangesAllowed[f.name+" "+in] == "" {
				complaints = append(complaints, fmt.Sprintf("%s: %s ranges over a map", tr.at(r), in))
			}
			return true
		})
	}
	return complaints
}

func rangesMapsPackage(f *goFile, x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	pkg, _ := f.selected(call.Fun)
	return pkg == "maps"
}

type checker struct {
	tr   *tree
	done map[string]*types.Package
	info types.Info
}

func (c *checker) isMap(x ast.Expr) bool {
	t := c.info.TypeOf(x)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// Import implements types.Importer: packages of ours from the tree, of others
// empty. Errors about the latter are expected and dropped.
func (c *checker) Import(p string) (*types.Package, error) {
	if pkg := c.done[p]; pkg != nil {
		return pkg, nil
	}
	folder, ours := strings.CutPrefix(p, "poise/")
	if !ours {
		pkg := types.NewPackage(p, path.Base(p))
		pkg.MarkComplete()
		c.done[p] = pkg
		return pkg, nil
	}
	var files []*ast.File
	for _, f := range c.tr.code() {
		if f.folder == folder {
			files = append(files, f.ast)
		}
	}
	config := types.Config{Importer: c, Error: func(error) {}}
	pkg, _ := config.Check(p, c.tr.fset, files, &c.info)
	c.done[p] = pkg
	return pkg, nil
}

func exportedIsDocumented(tr *tree) (complaints []string) {
	documented := map[string]bool{}
	for _, f := range tr.code() {
		documented[f.folder] = documented[f.folder] || path.Base(f.name) == "doc.go" && f.ast.Doc != nil
		if inFolder(f.folder, "cmd") {
			continue
		}
		for _, d := range f.ast.Decls {
			for _, name := range undocumented(d) {
				complaints = append(complaints, fmt.Sprintf("%s: %s", tr.at(name), name.Name))
			}
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(documented)) {
		if !documented[folder] {
			complaints = append(complaints, folder+": no doc.go with a package comment")
		}
	}
	return complaints
}

func undocumented(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type))) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Names...)
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(n *ast.Ident) bool { return !n.IsExported() })
}

func receiver(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.IndexListExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return ""
}

func packagesHaveAnExample(tr *tree) (complaints []string) {
	has := map[string]bool{}
	for _, f := range tr.files {
		if !inFolder(f.folder, "cmd") {
			has[f.folder] = has[f.folder] || exampleless[f.folder] != "" || f.test && hasExample(tr, f)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(has)) {
		if !has[folder] && slices.ContainsFunc(tr.code(), func(f *goFile) bool { return f.folder == folder }) {
			complaints = append(complaints, folder)
		}
	}
	return complaints
}

// hasExample: one that is run, and not only compiled.
func hasExample(tr *tree, f *goFile) bool {
	return bytes.Contains(tr.texts[f.name], []byte("// Output:")) && slices.ContainsFunc(f.ast.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && strings.HasPrefix(fn.Name.Name, "Example")
	})
}

func functionsAreShort(tr *tree) (complaints []string) {
	for _, f := range tr.code() {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := tr.fset.Position(fn.End()).Line - tr.fset.Position(fn.Pos()).Line + 1
			if lines > longest {
				complaints = append(complaints, fmt.Sprintf("%s: %s has %d lines", tr.at(fn), fn.Name.Name, lines))
			}
		}
	}
	return complaints
}

func dependenciesHaveAReason(tr *tree) (complaints []string) {
	indirect := requires(string(tr.texts["go.mod"]))
	used := map[string]bool{} // by code, not only by tests
	for _, f := range tr.files {
		for _, p := range f.imports() {
			if first, _, _ := strings.Cut(p, "/"); !strings.Contains(first, ".") {
				continue // ours or the standard library's
			}
			m := moduleOfImport(p, indirect)
			used[m] = used[m] || !f.test
		}
	}
	for _, m := range slices.Sorted(maps.Keys(used)) {
		i := slices.IndexFunc(dependencies, func(d struct {
			module, why string
			testsOnly   bool
		}) bool {
			return d.module == m
		})
		marked, required := indirect[m]
		switch {
		case i < 0:
			complaints = append(complaints, m+" is imported and not listed")
		case dependencies[i].testsOnly && used[m]:
			complaints = append(complaints, m+" is for tests only and imported by other code")
		case !required || marked:
			complaints = append(complaints, "go.mod: "+m+" is imported and marked // indirect, or missing")
		}
	}
	for _, m := range slices.Sorted(maps.Keys(indirect)) {
		if _, isUsed := used[m]; !isUsed && !indirect[m] {
			complaints = append(complaints, "go.mod: "+m+" is not imported and not marked // indirect")
		}
	}
	for _, d := range dependencies {
		if !explained(string(tr.texts["CONTRIBUTING.md"]), d.module, d.why) {
			complaints = append(complaints, fmt.Sprintf("CONTRIBUTING.md: no line with %s and its reason, %q", d.module, d.why))
		}
	}
	return complaints
}

func explained(text, module, why string) bool {
	for line := range strings.Lines(text) {
		if strings.Contains(line, module) && strings.Contains(line, why) {
			return true
		}
	}
	return false
}

// requires returns the modules of a go.mod, true for those marked // indirect.
func requires(text string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(text) {
		f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(f) >= 2 && strings.HasPrefix(f[1], "v") && strings.Contains(f[0], ".") {
			found[f[0]] = strings.Contains(line, "// indirect")
		}
	}
	return found
}

// moduleOfImport returns the required module with the longest path that an
// import is in, or the import's own path.
func moduleOfImport(p string, required map[string]bool) string {
	best := ""
	for m := range required {
		if inFolder(p, m) && len(m) > len(best) {
			best = m
		}
	}
	if best == "" {
		return p
	}
	return best
}

func rootIsBare(tr *tree) (complaints []string) {
	for _, name := range tr.names {
		first, _, _ := strings.Cut(name, "/")
		allowed := strings.HasPrefix(first, ".git") || slices.Contains(atRoot, first)
		for _, l := range layers {
			allowed = allowed || first != name && inFolder(l.folder, first)
		}
		if !allowed && !slices.Contains(complaints, first) {
			complaints = append(complaints, first)
		}
	}
	return complaints
}

func filesAreFormatted(tr *tree) (complaints []string) {
	for _, name := range tr.names {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") {
			continue
		}
		formatted, err := format.Source(tr.texts[name])
		if err != nil || !bytes.Equal(formatted, tr.texts[name]) {
			complaints = append(complaints, name)
		}
	}
	return complaints
}

var (
	machinePath = regexp.MustCompile(`(?m)(^|[^\w.~/-])/(work|root|home)(/|\b)`)
	sharedPath  = regexp.MustCompile(`\.\./shared\b`)
)

func noMachinePaths(tr *tree) (complaints []string) {
	for _, name := range tr.names {
		text := tr.texts[name]
		if bytes.IndexByte(text, 0) >= 0 { // not a text
			continue
		}
		patterns := []*regexp.Regexp{machinePath, sharedPath}
		if strings.HasSuffix(name, "_test.go") {
			patterns = patterns[:1]
		}
		for _, p := range patterns {
			if at := p.FindIndex(text); at != nil {
				line := 1 + bytes.Count(text[:at[1]-1], []byte("\n"))
				complaints = append(complaints, fmt.Sprintf("%s:%d: %s", name, line, strings.TrimSpace(string(text[at[0]:at[1]]))))
			}
		}
	}
	return complaints
}

var (
	testName = regexp.MustCompile(`\b(Test|Fuzz|Benchmark)[A-Z]\w*`)
	aLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

func documentsNameWhatThereIs(tr *tree) (complaints []string) {
	tests := testFunctions(tr)
	for _, name := range tr.names {
		if path.Ext(name) != ".md" || name == "CHANGELOG.md" { // which tells of what was
			continue
		}
		text := string(tr.texts[name])
		for _, test := range testName.FindAllString(text, -1) {
			if !tests[test] {
				complaints = append(complaints, name+": there is no "+test)
			}
		}
		for _, m := range aLink.FindAllStringSubmatch(text, -1) {
			if !tr.leads(name, m[1]) {
				complaints = append(complaints, name+": nothing is at "+m[1])
			}
		}
	}
	return complaints
}

func testFunctions(tr *tree) map[string]bool {
	found := map[string]bool{}
	for _, f := range tr.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}

// leads reports whether a link of a page leads somewhere: to the world, a file, a
// folder, a heading.
func (tr *tree) leads(page, link string) bool {
	if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
		return true
	}
	file, heading, _ := strings.Cut(link, "#")
	to := page
	if file != "" {
		to = path.Join(path.Dir(page), file)
	}
	if heading != "" {
		return slices.Contains(headings(string(tr.texts[to])), heading)
	}
	return slices.ContainsFunc(tr.names, func(name string) bool { return inFolder(name, to) })
}

var notInHeadings = regexp.MustCompile(`[^\w\- ]`)

// headings are a page's, as links name them.
func headings(text string) (list []string) {
	for line := range strings.Lines(text) {
		if title, is := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); is && strings.HasPrefix(line, "#") {
			list = append(list, strings.ReplaceAll(strings.ToLower(notInHeadings.ReplaceAllString(strings.TrimSpace(title), "")), " ", "-"))
		}
	}
	return list
}
