package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"poise/bench/pair"
)

// table is one thing that is measured. To add one, write its run and list it in
// tables.
type table struct {
	name  string
	about string
	run   func(c *config, r *report) error
}

var tables = []table{
	{"decode", "ACCOUNT_UPDATE into a reused event: ours with exact decimals, the peers' with strings", decodeTable},
	{"encode", "ACCOUNT_UPDATE to bytes: ours formats decimals, the peers copy strings", encodeTable},
	{"match", "an order book alone: ours beside the designs that public Go books have", matchTable},
	{"engine", "the whole exchange, messages written: matching alone over it, so below 1", engineTable},
}

// config is what the command line asks for.
type config struct {
	pair     pair.Options
	only     *regexp.Regexp // of "table/corpus/peer"
	json     bool
	markdown bool
	tables   []table
	progress io.Writer
}

func (c *config) wants(parts ...string) bool { return c.only.MatchString(strings.Join(parts, "/")) }

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	r := newReport(args)
	for _, t := range c.tables {
		if err := t.run(c, r); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if len(r.Rows) == 0 {
		return fmt.Errorf("-only %q leaves nothing to measure; names look like decode/varied/goccy", c.only)
	}
	fmt.Fprint(c.progress, clearLine)
	switch {
	case c.json:
		return r.writeJSON(stdout)
	case c.markdown:
		return r.writeMarkdown(stdout)
	}
	return r.writeText(stdout)
}

// parse reads flags on both sides of the tables' names.
func parse(args []string, stderr io.Writer) (*config, error) {
	c := &config{progress: io.Discard}
	var only string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&c.pair.Slices, "slices", 101, "pairs of slices a row; the figure is their median")
	fs.DurationVar(&c.pair.Slice, "slice", time.Millisecond, "CPU time of one slice")
	fs.StringVar(&only, "only", "", "regular expression of rows to run, as decode/varied/goccy")
	fs.BoolVar(&c.json, "json", false, "print JSON")
	fs.BoolVar(&c.markdown, "markdown", false, "print Markdown, as the README shows it")
	fs.Usage = func() { usage(fs, stderr) }
	var names []string
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if args = fs.Args(); len(args) > 0 {
			names, args = append(names, args[0]), args[1:]
		}
	}
	var err error
	if c.only, err = regexp.Compile(only); err != nil {
		return nil, fmt.Errorf("-only: %w", err)
	}
	if c.pair.Slices < 1 || c.pair.Slice <= 0 {
		return nil, errors.New("-slices and -slice must be above zero")
	}
	if c.json && c.markdown {
		return nil, errors.New("-json and -markdown exclude each other")
	}
	if f, ok := stderr.(*os.File); ok && isTerminal(f) {
		c.progress = f
	}
	c.tables, err = choose(names)
	return c, err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// choose returns the named tables in the order they are listed; all if none is
// named.
func choose(names []string) ([]table, error) {
	if len(names) == 0 {
		return tables, nil
	}
	var chosen []table
	for _, n := range names {
		found := false
		for _, t := range tables {
			if t.name == n {
				chosen, found = append(chosen, t), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no table %q; there are: %s", n, tableNames())
		}
	}
	return chosen, nil
}

func tableNames() string {
	var names []string
	for _, t := range tables {
		names = append(names, t.name)
	}
	return strings.Join(names, ", ")
}

func usage(fs *flag.FlagSet, w io.Writer) {
	fmt.Fprintln(w, "usage: go run . [flags] [table ...]")
	for _, t := range tables {
		fmt.Fprintf(w, "  %-9s %s\n", t.name, t.about)
	}
	fs.PrintDefaults()
}
