package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"poise/bench/books"
	"poise/bench/codec"
	"poise/bench/pair"
)

func TestFlagsMayStandOnBothSidesOfTheTable(t *testing.T) {
	c, err := parse([]string{"-slices", "3", "encode", "-slice", "2ms", "-only", "small/goccy$"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.pair.Slices != 3 || c.pair.Slice != 2*time.Millisecond {
		t.Errorf("options %+v", c.pair)
	}
	if len(c.tables) != 1 || c.tables[0].name != "encode" {
		t.Errorf("tables %v", c.tables)
	}
	if !c.wants("encode", "small", "goccy") || c.wants("encode", "large", "goccy") {
		t.Error("-only picks wrong rows")
	}
	if c, err = parse(nil, io.Discard); err != nil || len(c.tables) != len(tables) {
		t.Errorf("without a name: %v, %v", c, err)
	}
}

func TestWrongArgumentsAreNamed(t *testing.T) {
	for _, a := range []struct{ args, want string }{
		{"deocde", `no table "deocde"; there are: decode, encode`},
		{"-only (", "-only"},
		{"-slices 0", "above zero"},
		{"-json -markdown", "exclude each other"},
		{"-only nothing/like/this", "leaves nothing"},
	} {
		err := run(strings.Fields(a.args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), a.want) {
			t.Errorf("%s: %v, want it to say %q", a.args, err, a.want)
		}
	}
	if _, err := parse([]string{"-h"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
}

func TestEveryAimHasItsRow(t *testing.T) {
	rows := map[string]bool{}
	for _, c := range codec.Corpora() {
		for _, p := range codec.Peers() {
			rows["decode/"+c.Name+"/"+p.Name] = true
		}
		for _, p := range codec.PeerEncoders() {
			rows["encode/"+c.Name+"/"+p.Name] = true
		}
	}
	for _, f := range books.Flows() {
		for _, d := range books.Peers() {
			rows["match/"+f.Name+"/"+d.Name] = true
		}
		for _, s := range sizes {
			rows["engine/"+f.Name+"/"+alone(s)] = true
		}
	}
	for name := range aims {
		if !rows[name] {
			t.Errorf("aim %q is of no row", name)
		}
	}
}

func exampleReport() *report {
	return &report{Command: "cd bench && go run .", CPU: "a processor", CPUs: 2, Go: "go1.26", Platform: "linux/amd64",
		Versions: []string{"example.org/peer v1.2.3"},
		Rows: []Row{
			{Table: "decode", Corpus: "sample", About: "one", Bytes: 656, Peer: "fast", Aim: 5,
				Result: pair.Result{Ratio: pair.Spread{Low: 4, Median: 4.5, High: 5}, OursNs: 200, PeerNs: 900, PeerAllocs: 35}},
			{Table: "decode", Corpus: "sample", About: "one", Bytes: 656, Peer: "odd", Skipped: "no such processor"},
			{Table: "encode", Corpus: "sample", About: "one", Bytes: 656, Peer: "fast",
				Result: pair.Result{Ratio: pair.Spread{Low: .01, Median: .05, High: .1}, OursNs: 200, PeerNs: 10}},
		}}
}

func TestTextSaysCommandMachineAndMisses(t *testing.T) {
	var out bytes.Buffer
	if err := exampleReport().writeText(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"cd bench && go run .\na processor, 2 CPUs, go1.26, linux/amd64\n",
		"4.50", "4.00 - 5.00", "5.00 missed", "3280", "skipped: no such processor", "0.050",
		"decode sample: one (656 bytes)", "encode sample",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestAnAimIsMissedAsTheTableShows(t *testing.T) {
	for ratio, missed := range map[float64]bool{1.996: false, 1.994: true, 2: false, 45.2: false} {
		if got := (Row{Aim: 2, Result: pair.Result{Ratio: pair.Spread{Median: ratio}}}).Missed(); got != missed {
			t.Errorf("%v of 2: missed is %v", ratio, got)
		}
	}
}

func TestMarkdownIsATableForEachCorpus(t *testing.T) {
	var out bytes.Buffer
	if err := exampleReport().writeMarkdown(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "`cd bench && go run .`\n\na processor") {
		t.Errorf("does not start with the command and the machine:\n%s", out.String())
	}
	cells := -1
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		if n := strings.Count(line, "|"); cells == -1 {
			cells = n
		} else if n != cells {
			t.Errorf("a row of %d bars among rows of %d: %s", n, cells, line)
		}
	}
	if got := strings.Count(out.String(), "|---|"); got != 2 {
		t.Errorf("%d tables, want 2", got)
	}
}

func TestJSONHoldsWhatTheTableShows(t *testing.T) {
	var out bytes.Buffer
	if err := exampleReport().writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Rows) != 3 || back.Rows[0] != exampleReport().Rows[0] || back.CPU != "a processor" {
		t.Errorf("got %+v", back)
	}
}

func TestCommandNamesTheExperiment(t *testing.T) {
	if got := experiment("go1.26.8-X:jsonv2"); got != "GOEXPERIMENT=jsonv2 " {
		t.Errorf("got %q", got)
	}
	if got := experiment("go1.26.8"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestCommandIsQuotedForAShell(t *testing.T) {
	if got := quoted([]string{"decode", "-only", "small|it's"}); got != `decode -only 'small|it'\''s'` {
		t.Errorf("got %s", got)
	}
}
