package vectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poise/wire"
)

var rewrite = flag.Bool("rewrite", false, "write the places of errors into the vectors")

// vector is one file; README.md tells what each field means.
type vector struct {
	About         string                     `json:"about"`
	Message       string                     `json:"message,omitempty"`
	MessageBase64 []byte                     `json:"messageBase64,omitempty"`
	Stream        *string                    `json:"stream,omitempty"`
	Values        map[string]json.RawMessage `json:"values,omitempty"`
	Absent        []string                   `json:"absent,omitempty"`
	Extra         map[string]string          `json:"extra,omitempty"`
	Unknown       bool                       `json:"unknown,omitempty"`
	Canonical     bool                       `json:"canonical,omitempty"`
	Error         *badness                   `json:"error,omitempty"`
}

type badness struct {
	Kind   string  `json:"kind"`
	Path   *string `json:"path"` // null: not said
	Line   int     `json:"line"`
	Column int     `json:"column"`
}

func (v *vector) message() []byte {
	if v.MessageBase64 != nil {
		return v.MessageBase64
	}
	return []byte(v.Message)
}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob("*.json")
	if err != nil || len(files) < 90 {
		t.Fatalf("vectors found: %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".json"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var v vector
			dec := json.NewDecoder(bytes.NewReader(raw))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&v); err != nil {
				t.Fatal(err)
			}
			if (v.Error != nil) != strings.HasPrefix(file, "bad-") {
				t.Fatal("a bad- vector has an error, an ok- vector has none")
			}
			var d wire.Decoder
			var ev wire.Event
			err = d.Decode(v.message(), &ev)
			if v.Error != nil {
				checkError(t, file, &v, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkEvent(t, &v, &ev)
		})
	}
}

func checkError(t *testing.T, file string, v *vector, err error) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) {
		t.Fatalf("no error, want %s", v.Error.Kind)
	}
	if e.Code() != v.Error.Kind || v.Error.Path != nil && e.Path != *v.Error.Path {
		t.Errorf("%s at %q, want %s at %q: %v", e.Code(), e.Path, v.Error.Kind, str(v.Error.Path), err)
	}
	if *rewrite {
		v.Error.Line, v.Error.Column = e.Line, e.Column
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%v", err)
	}
	if e.Line != v.Error.Line || e.Column != v.Error.Column {
		t.Errorf("at %d:%d, want %d:%d: %v", e.Line, e.Column, v.Error.Line, v.Error.Column, err)
	}
}

func str(s *string) string {
	if s == nil {
		return "anywhere"
	}
	return *s
}

// checkEvent compares the event with the vector by way of its own encoding,
// which another parser reads.
func checkEvent(t *testing.T, v *vector, ev *wire.Event) {
	t.Helper()
	out := ev.Append(nil)
	if v.Canonical && string(out) != string(v.message()) {
		t.Errorf("written back as\n%s\nwant\n%s", out, v.message())
	}
	if (v.Stream != nil) != ev.Enveloped || v.Stream != nil && *v.Stream != ev.Stream {
		t.Errorf("stream %q, want %q", ev.Stream, str(v.Stream))
	}
	if v.Unknown != (ev.Type == wire.Unknown) {
		t.Errorf("type %v", ev.Type)
	}
	bare := *ev
	bare.Enveloped = false
	got := map[string]string{}
	flatten(t, got, "", bare.Append(nil))
	for path, want := range v.Values {
		if g, ok := got[path]; !ok || unquote(g) != unquote(string(want)) {
			t.Errorf("%s is %s, want %s", path, g, want)
		}
	}
	for _, path := range v.Absent {
		if g, ok := got[path]; ok {
			t.Errorf("%s is %s, want it absent", path, g)
		}
	}
	checkExtra(t, v, ev)
	if n := len(v.Values); !v.Unknown && len(v.Extra) == 0 && len(got) != n {
		t.Errorf("values: %d, want %d: %v", len(got), n, got)
	}
}

func checkExtra(t *testing.T, v *vector, ev *wire.Event) {
	t.Helper()
	got := map[string]string{}
	add := func(where string, es []wire.Extra) {
		for _, e := range es {
			got[where+e.Key] = string(e.Value)
		}
	}
	add("", ev.Extra)
	add("a.", ev.Account.Extra)
	for i, b := range ev.Account.Balances {
		add(fmt.Sprintf("a.B[%d].", i), b.Extra)
	}
	for i, p := range ev.Account.Positions {
		add(fmt.Sprintf("a.P[%d].", i), p.Extra)
	}
	for path, want := range v.Extra {
		if got[path] != want {
			t.Errorf("unknown key %s is %q, want %q", path, got[path], want)
		}
	}
	if len(got) != len(v.Extra) {
		t.Errorf("unknown keys %v, want %v", got, v.Extra)
	}
}

// unquote makes a string and a number of the same digits the same.
func unquote(s string) string {
	var text string
	if json.Unmarshal([]byte(s), &text) == nil && strings.HasPrefix(s, `"`) {
		return text
	}
	return s
}

// flatten lists the leaves of a JSON value by path: a.P[0].ep.
func flatten(t *testing.T, into map[string]string, path string, raw []byte) {
	t.Helper()
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '{':
		var o map[string]json.RawMessage
		if err := json.Unmarshal(raw, &o); err != nil {
			t.Fatal(err)
		}
		for k, v := range o {
			flatten(t, into, strings.TrimPrefix(path+"."+k, "."), v)
		}
		if len(o) == 0 {
			into[path] = "{}"
		}
	case '[':
		var a []json.RawMessage
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatal(err)
		}
		for i, v := range a {
			flatten(t, into, fmt.Sprintf("%s[%d]", path, i), v)
		}
		if len(a) == 0 {
			into[path] = "[]"
		}
	default:
		into[path] = string(raw)
	}
}
