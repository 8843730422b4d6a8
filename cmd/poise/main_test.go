package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args string
		in   string
		want int
		says string
	}{
		{"", "", exitDone, ""},
		{"version", "", exitDone, ""},
		{"decode", `{"e":"listenKeyExpired","E":1,"listenKey":"k"}`, exitDone, ""},
		{"decode -", "rubbish", exitNo, "-:1:1: "},
		{"decode a b", "", exitUsage, "one file"},
		{"frobnicate", "", exitUsage, "frobnicate"},
		{"version --wrong", "", exitUsage, "--wrong"},
		{"entries --from never", "", exitUsage, "never"},
		{"replay x.jsonl", "", exitUsage, "--account"},
		{"balances --store " + filepath.Join(dir, "none.db"), "", exitNo, "none.db"},
		{"verify --store " + filepath.Join(dir, "none.db"), "", exitNo, "none.db"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out, errs bytes.Buffer
			if got := run(strings.Fields(c.args), strings.NewReader(c.in), &out, &errs); got != c.want {
				t.Errorf("exit code %d, want %d: %s%s", got, c.want, out.String(), errs.String())
			}
			if !strings.Contains(errs.String(), c.says) {
				t.Errorf("standard error %q, want it to say %q", errs.String(), c.says)
			}
		})
	}
}

// TestTableAlignsAtThePoint: long numbers stand with their points in one column.
func TestTableAlignsAtThePoint(t *testing.T) {
	tb := newTable("asset", "wallet.", "n>")
	tb.add("ADA", "7620.73025767", "3")
	tb.add("BTC", "0", "12")
	tb.add("SOL", "-0.5", "1")
	var out bytes.Buffer
	if err := tb.print(&out, "  "); err != nil {
		t.Fatal(err)
	}
	want := `  asset         wallet   n
  ADA    7620.73025767   3
  BTC       0           12
  SOL      -0.5          1
`
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}

// TestFramesEndWhereTheyEnd: what is one message, over lines, cut or joined.
func TestFramesEndWhereTheyEnd(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"lines", "{\"a\":1}\n\n  \n{\"b\":2}", `1:{"a":1}|4:{"b":2}`},
		{"over lines", "{\n \"a\": [1,\n 2]\n}\n{\"b\":2}\n", "1:{\n \"a\": [1,\n 2]\n}|5:{\"b\":2}"},
		{"cut", "{\"e\":\"x\"\n{\"e\":\"y\"}\n", `1:{"e":"x"|2:{"e":"y"}`},
		{"cut in a text", "{\"e\":\"x\n{\"e\":\"y\"}\n", `1:{"e":"x|2:{"e":"y"}`},
		{"brackets in text", "{\"a\":\"}{[\\\"\"}\n{\"b\":2}\n", `1:{"a":"}{[\""}|2:{"b":2}`},
		{"rubbish", "abc\n}\n{\"e\":1}", `1:abc|2:}|3:{"e":1}`},
		{"line ends of DOS", "{\"a\":1}\r\n{\"b\":2}\r\n", `1:{"a":1}|2:{"b":2}`},
		{"nothing", "\n\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFrames("x", strings.NewReader(c.in))
			var got []string
			for {
				m, err := f.next()
				if err != nil {
					break
				}
				got = append(got, string(rune('0'+m.line))+":"+string(m.data))
			}
			if s := strings.Join(got, "|"); s != c.want {
				t.Errorf("%q, want %q", s, c.want)
			}
		})
	}
}

// TestReadmeShowsWhatIsPrinted: the README's sample is what its command prints.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run([]string{"replay", "--sample"}, strings.NewReader(""), &out, &errs); code != exitDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if !strings.Contains(string(readme), out.String()) {
		t.Errorf("README.md does not show what `poise replay --sample` prints:\n%s", out.String())
	}
}
