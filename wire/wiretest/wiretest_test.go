package wiretest

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestMessagesAreValidAndOfTheirSize(t *testing.T) {
	for _, c := range []struct {
		name        string
		message     []byte
		least, most int
	}{
		{"sample", Sample(), 640, 700},
		{"small", Small(), 160, 200},
		{"large", Large(), 26000, 31000},
		{"reversed", Reversed(Sample()), 640, 700},
		{"indented", Indented(Sample()), 1000, 1300},
	} {
		if n := len(c.message); !json.Valid(c.message) || n < c.least || n > c.most {
			t.Errorf("%s: %d bytes: %s", c.name, n, c.message)
		}
	}
}

func TestVariedIsSeeded(t *testing.T) {
	a, b, c := Varied(100, 1), Varied(100, 1), Varied(100, 2)
	seen := map[string]bool{}
	for n := range a {
		if !bytes.Equal(a[n], b[n]) || bytes.Equal(a[n], c[n]) || !json.Valid(a[n]) {
			t.Fatalf("%s\n%s\n%s", a[n], b[n], c[n])
		}
		seen[string(a[n])] = true
	}
	if len(seen) != len(a) {
		t.Errorf("%d different messages of %d", len(seen), len(a))
	}
}

func TestReversedTwiceIsTheSame(t *testing.T) {
	if got := Reversed(Reversed(Large())); !bytes.Equal(got, Large()) {
		t.Errorf("%s", got)
	}
	if got, want := string(Reversed([]byte(`{"a":[{"b":1,"c":null}],"d":{}}`))), `{"d":{},"a":[{"c":null,"b":1}]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
