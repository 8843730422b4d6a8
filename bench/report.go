package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"poise/bench/pair"
)

// Row is one comparison. Its ratio is the peer's time over ours: above 1 we are
// faster.
type Row struct {
	Table   string  `json:"table"`
	Corpus  string  `json:"corpus"`
	About   string  `json:"about"` // the corpus
	Bytes   float64 `json:"bytes"` // mean length of a message
	Peer    string  `json:"peer"`
	Aim     float64 `json:"aim,omitempty"` // the ratio to reach
	Skipped string  `json:"skipped,omitempty"`
	pair.Result
}

// MBps returns our throughput in 1e6 bytes a second of CPU time.
func (r Row) MBps() float64 { return r.Bytes / r.OursNs * 1e3 }

// Missed reports that the ratio, as it is shown, is below its aim.
func (r Row) Missed() bool {
	shown, err := strconv.ParseFloat(figure(r.Ratio.Median), 64)
	return err != nil || shown < r.Aim
}

// report is what was measured, on what and how.
type report struct {
	Command  string   `json:"command"`
	CPU      string   `json:"cpu"`
	CPUs     int      `json:"cpus"`
	Go       string   `json:"go"` // with GOEXPERIMENT, where set
	Platform string   `json:"platform"`
	Versions []string `json:"versions"`
	Rows     []Row    `json:"rows"`
}

func newReport(args []string) *report {
	r := &report{
		Command:  strings.TrimSpace("cd bench && " + experiment(runtime.Version()) + "go run . " + quoted(args)),
		CPU:      cpuid.CPU.BrandName,
		CPUs:     runtime.NumCPU(),
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if peerModules[d.Path] {
				r.Versions = append(r.Versions, d.Path+" "+d.Version)
			}
		}
	}
	return r
}

var peerModules = map[string]bool{
	"github.com/adshao/go-binance/v2":    true,
	"github.com/bytedance/sonic":         true,
	"github.com/emirpasic/gods":          true,
	"github.com/go-json-experiment/json": true,
	"github.com/goccy/go-json":           true,
	"github.com/mailru/easyjson":         true,
	"github.com/minio/simdjson-go":       true,
	"github.com/shopspring/decimal":      true,
	"github.com/tidwall/btree":           true,
	"github.com/valyala/fastjson":        true,
}

// experiment is the setting that a binary of this Go version was built with.
func experiment(version string) string {
	if _, x, ok := strings.Cut(version, "X:"); ok {
		return "GOEXPERIMENT=" + x + " "
	}
	return ""
}

// quoted puts arguments back as a shell would read them.
func quoted(args []string) string {
	var out []string
	for _, a := range args {
		if strings.ContainsAny(a, " '|$*()[]\\&;<>?\"") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		out = append(out, a)
	}
	return strings.Join(out, " ")
}

// clearLine wipes the line of progress on a terminal.
const clearLine = "\r\x1b[K"

func (r *report) add(c *config, row Row) {
	row.Aim = aims[row.Table+"/"+row.Corpus+"/"+row.Peer]
	r.Rows = append(r.Rows, row)
	fmt.Fprintf(c.progress, "%s%s %s %s %.1fx", clearLine, row.Table, row.Corpus, row.Peer, row.Ratio.Median)
}

func (r *report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

var columns = []string{"peer", "ratio", "quartiles", "to reach", "peer ns", "ours ns", "ours MB/s", "peer allocs", "ours allocs"}

// about describes the corpus, with its size where it has one.
func (r Row) about() string {
	if r.Bytes == 0 {
		return r.About
	}
	return fmt.Sprintf("%s (%.0f bytes)", r.About, r.Bytes)
}

// cells are a row's columns as text.
func (r Row) cells() []string {
	if r.Skipped != "" {
		return []string{r.Peer + " (skipped: " + r.Skipped + ")", "", "", "", "", "", "", "", ""}
	}
	aim := ""
	if r.Aim > 0 {
		aim = figure(r.Aim)
		if r.Missed() {
			aim += " missed"
		}
	}
	return []string{r.Peer, figure(r.Ratio.Median), figure(r.Ratio.Low) + " - " + figure(r.Ratio.High), aim,
		figure(r.PeerNs), figure(r.OursNs), fmt.Sprintf("%.0f", r.MBps()),
		fmt.Sprintf("%.0f", r.PeerAllocs), fmt.Sprintf("%.0f", r.OursAllocs)}
}

// figure writes three digits or so, never with an exponent.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// each calls head before the first row of every table and corpus, and line for
// each row.
func (r *report) each(head func(Row), line func(Row)) {
	last := ""
	for _, row := range r.Rows {
		if group := row.Table + "/" + row.Corpus; group != last {
			last = group
			head(row)
		}
		line(row)
	}
}

func (r *report) writeText(out io.Writer) error {
	w := new(strings.Builder)
	fmt.Fprintf(w, "%s\n%s, %d CPUs, %s, %s\n", r.Command, r.CPU, r.CPUs, r.Go, r.Platform)
	fmt.Fprintln(w, "ratio: peer's time over ours, median of pairs; above 1 ours is faster")
	width := make([]int, len(columns))
	measure := func(cells []string) {
		for i, c := range cells {
			width[i] = max(width[i], len(c))
		}
	}
	measure(columns)
	for _, row := range r.Rows {
		measure(row.cells())
	}
	line := func(cells []string) {
		text := fmt.Sprintf("%-*s", width[0], cells[0])
		for i, c := range cells[1:] {
			text += fmt.Sprintf("  %*s", width[i+1], c)
		}
		fmt.Fprintln(w, strings.TrimRight(text, " "))
	}
	r.each(func(row Row) {
		fmt.Fprintf(w, "\n%s %s: %s\n", row.Table, row.Corpus, row.about())
		line(columns)
	}, func(row Row) { line(row.cells()) })
	_, err := io.WriteString(out, w.String())
	return err
}

func (r *report) writeMarkdown(out io.Writer) error {
	w := new(strings.Builder)
	fmt.Fprintf(w, "`%s`\n\n%s, %d CPUs, %s, %s. Ratio: peer's time over ours, median of pairs; above 1 ours is faster.\n",
		r.Command, r.CPU, r.CPUs, r.Go, r.Platform)
	r.each(func(row Row) {
		fmt.Fprintf(w, "\n**%s, %s**: %s\n\n", row.Table, row.Corpus, row.about())
		fmt.Fprintf(w, "| %s |\n|---%s\n", strings.Join(columns, " | "), strings.Repeat("|---:", len(columns)-1)+"|")
	}, func(row Row) {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row.cells(), " | "))
	})
	fmt.Fprintf(w, "\nVersions: %s.\n", strings.Join(r.Versions, ", "))
	_, err := io.WriteString(out, w.String())
	return err
}
