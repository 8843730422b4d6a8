package deploy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// binary builds poise with the very command of the Dockerfile.
func binary(t *testing.T) string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*)$`).FindStringSubmatch(read(t, "Dockerfile"))
	if line == nil {
		t.Fatal("Dockerfile has no line that builds")
	}
	out := filepath.Join(t.TempDir(), "poise")
	c := exec.Command("sh", "-c", strings.Replace(line[1], "/out/poise", out, 1))
	c.Dir = filepath.Join("..", "..")
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line[1], err, said)
	}
	return out
}

// rule is an alert of alerts.yaml.
type rule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func rules(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	if err := yaml.Load([]byte(read(t, "alerts.yaml")), &file, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) < 8 {
		t.Fatalf("%d groups", len(file.Groups))
	}
	return file.Groups[0].Rules
}

// expressions are those of rules and panels, by where they are.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range rules(t) {
		all[r.Alert] = r.Expr
	}
	for _, p := range panels(t) {
		for _, target := range p.Targets {
			all[p.Title+" "+target.RefID] = target.Expr
		}
	}
	return all
}

type panel struct {
	ID      int
	Title   string
	GridPos struct{ X, Y, W, H int }
	Targets []struct{ RefID, Expr string }
}

func panels(t *testing.T) []panel {
	t.Helper()
	var d struct{ Panels []panel }
	if err := json.Unmarshal([]byte(read(t, "dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Panels) < 10 {
		t.Fatalf("%d panels", len(d.Panels))
	}
	return d.Panels
}

var (
	metricName = regexp.MustCompile(`\bpoise_[a-z_]+`)
	helped     = regexp.MustCompile(`(?m)^# TYPE (poise_[a-z_]+) `)
)

// TestEveryMetricIsOneOfARunningFollower: names in rules and panels, and the
// build, unit and flags, since a binary is at hand.
func TestEveryMetricIsOneOfARunningFollower(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds everything anew, without cgo and paths")
	}
	poise := binary(t)
	text := metrics(t, poise)
	known := map[string]bool{}
	for _, m := range helped.FindAllStringSubmatch(text, -1) {
		known[m[1]] = true
	}
	for where, expr := range expressions(t) {
		names := metricName.FindAllString(expr, -1)
		if len(names) == 0 {
			t.Errorf("%s: no metric in %s", where, expr)
		}
		for _, name := range names {
			if !known[name] {
				t.Errorf("%s: %s is not in /metrics", where, name)
			}
		}
	}
	t.Run("the unit's and the image's commands have flags that exist", func(t *testing.T) { commands(t, poise) })
	t.Run("systemd takes the unit", func(t *testing.T) { unit(t, poise) })
}

// metrics follows an account of an exchange that is not there, with a webhook
// that is not there, and asks what the metrics are.
func metrics(t *testing.T, poise string) string {
	t.Helper()
	config := filepath.Join(t.TempDir(), "poise.yaml")
	err := os.WriteFile(config, []byte(`listen: 127.0.0.1:0
exchange: {rest: "http://127.0.0.1:1", stream: "ws://127.0.0.1:1"}
notify: {webhook: "http://127.0.0.1:1/", secret: "${HOOK_SECRET}"}
accounts: [{name: main, key: x, secret: "${SECRET}"}]
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(poise, "follow", "--config", config, "--json")
	c.Env = append(os.Environ(), "SECRET=not-a-secret", "HOOK_SECRET=not-a-secret-either")
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	var said struct{ Serve string }
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	for range 400 {
		res, err := client.Get(said.Serve + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `poise_account_lines_up{account="main"}`) {
			return string(text)
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the account has no metrics")
	return ""
}

// commands checks the flags of ExecStart and of ENTRYPOINT with CMD.
func commands(t *testing.T, poise string) {
	start := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/poise (.*)$`).FindStringSubmatch(read(t, "poise.service"))
	cmd := regexp.MustCompile(`(?m)^CMD (\[.*\])$`).FindStringSubmatch(read(t, "Dockerfile"))
	if start == nil || cmd == nil {
		t.Fatal("no ExecStart or CMD")
	}
	var image []string
	if err := json.Unmarshal([]byte(cmd[1]), &image); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{strings.Fields(start[1]), image} {
		i := slices.Index(args, "--config")
		if args[0] != "follow" || i < 0 {
			t.Fatalf("%q", args)
		}
		args[i+1] = filepath.Join(t.TempDir(), "none.yaml")
		said, err := exec.Command(poise, args...).CombinedOutput()
		if err == nil || !bytes.Contains(said, []byte("there is no configuration")) {
			t.Errorf("%q: %v, %s", args, err, said)
		}
	}
}

func unit(t *testing.T, poise string) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here: the unit is not verified")
	}
	file := filepath.Join(t.TempDir(), "poise.service")
	text := strings.ReplaceAll(read(t, "poise.service"), "/usr/local/bin/poise", poise)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(analyze, "verify", "--man=no", file).CombinedOutput(); err != nil || bytes.Contains(said, []byte("poise.service:")) {
		t.Errorf("%v: %s", err, said)
	}
	said, err := exec.Command(analyze, "security", "--offline=true", "--threshold=20", file).CombinedOutput()
	if bytes.Contains(said, []byte("unrecognized option")) {
		t.Skip("this systemd-analyze does not judge files")
	}
	if err != nil {
		t.Errorf("it is exposed by more than 2.0 of 10: %s", said)
	}
}

// TestEachAlertHasARunbook that exists, and says who is woken.
func TestEachAlertHasARunbook(t *testing.T) {
	b, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules(t) {
		book, anchor, _ := strings.Cut(r.Annotations["runbook"], "#")
		if book != "docs/operate.md" || anchor != strings.ToLower(r.Alert) || !strings.Contains(string(b), "\n### "+r.Alert+"\n") {
			t.Errorf("%s: runbook %q", r.Alert, r.Annotations["runbook"])
		}
		if r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
			t.Errorf("%s: no severity or summary", r.Alert)
		}
		if r.For != "" {
			if _, err := time.ParseDuration(r.For); err != nil {
				t.Errorf("%s: %v", r.Alert, err)
			}
		}
		if strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") || strings.Count(r.Expr, "{") != strings.Count(r.Expr, "}") {
			t.Errorf("%s: %s", r.Alert, r.Expr)
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	seen, at := map[int]bool{}, map[[2]int]string{}
	for _, p := range panels(t) {
		if seen[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s: id %d, %+v", p.Title, p.ID, p.GridPos)
		}
		seen[p.ID] = true
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				cell := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if at[cell] != "" {
					t.Fatalf("%s is over %s", p.Title, at[cell])
				}
				at[cell] = p.Title
			}
		}
	}
}

// TestTheImageIsPinnedAndHoldsNoSecret: each base has a tag that is not latest,
// what is copied is named, and what may hold a secret is not let in.
func TestTheImageIsPinnedAndHoldsNoSecret(t *testing.T) {
	file, ignore := read(t, "Dockerfile"), read(t, "Dockerfile.dockerignore")
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(file, -1) {
		_, tag, tagged := strings.Cut(from[1], ":")
		if !tagged || tag == "latest" {
			t.Errorf("%s is not pinned", from[1])
		}
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if v := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(mod)); v == nil || !strings.Contains(file, "golang:"+v[1]) {
		t.Errorf("the image builds with another Go than go.mod's %v", v)
	}
	if regexp.MustCompile(`(?mi)^(ARG|ENV)\b.*(key|secret|token)`).MatchString(file) {
		t.Error("a secret is an argument or a variable of the image")
	}
	lines := strings.Split(ignore, "\n")
	if !slices.Contains(lines, "*") {
		t.Error("not everything is ignored first")
	}
	for _, pattern := range []string{"**/*.yaml", "**/*.pem", "**/*.env", "**/*.db*"} {
		if slices.Index(lines, pattern) < slices.Index(lines, "!wire") {
			t.Errorf("%s is not ignored last", pattern)
		}
	}
	deps := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./cmd/poise")
	deps.Dir = "../.."
	out, err := deps.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		if folder, ours := strings.CutPrefix(p, "poise/"); ours {
			top, _, _ := strings.Cut(folder, "/")
			if !slices.Contains(lines, "!"+top) {
				t.Errorf("%s is needed to build, and ignored", folder)
			}
		}
	}
}
