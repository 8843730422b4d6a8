package wire

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// payloads calls f with each recorded message, when the folder is there.
func payloads(t *testing.T, f func(t *testing.T, name string, b []byte)) {
	t.Helper()
	files, _ := filepath.Glob("../../shared/payloads/*.json")
	if len(files) == 0 {
		t.Skip("no recorded messages here")
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f(t, filepath.Base(file), bytes.TrimSpace(b))
	}
}

func TestRecordedMessagesComeBackByteForByte(t *testing.T) {
	var d Decoder
	var ev Event
	payloads(t, func(t *testing.T, name string, b []byte) {
		err := d.Decode(b, &ev)
		if b[0] == '[' {
			if err == nil {
				t.Errorf("%s: an array was accepted", name)
			}
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		stream := bytes.Contains(b, []byte(`"e"`)) && !strings.Contains(name, "tradelite")
		if stream != (ev.Type != Unknown) {
			t.Errorf("%s: decoded as %q", name, ev.Type)
		}
		var compacted bytes.Buffer
		if err := json.Compact(&compacted, b); err != nil {
			t.Fatal(err)
		}
		if ev.Type == Unknown {
			compacted.Reset()
			compacted.Write(b)
		}
		if got := ev.Append(nil); !bytes.Equal(got, compacted.Bytes()) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, compacted.Bytes())
		}
	})
	t.Logf("%+v", d.Stats())
}

func TestDocumentationSampleIsRefusedWithItsPlace(t *testing.T) {
	b, err := os.ReadFile("../../shared/payloads/coinm_doc_account_update_en_MALFORMED.txt")
	if err != nil {
		t.Skip("no recorded messages here")
	}
	lines := strings.Split(string(b), "\n")
	for n, line := range lines {
		lines[n], _, _ = strings.Cut(line, "//")
	}
	var d Decoder
	var ev Event
	err = d.Decode([]byte(strings.Join(lines, "\n")), &ev)
	t.Log(err)
	if want := `a.P[2].ep: expected a comma or }, found '"'`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want ...%s", err, want)
	}
}
