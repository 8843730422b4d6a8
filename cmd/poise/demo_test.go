package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
)

// TestDemoEndsWithTheBooksEqual: a short one, which keeps its store.
func TestDemoEndsWithTheBooksEqual(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo.db")
	var out, errs bytes.Buffer
	if code := run([]string{"demo", "--for", "2s", "--store", path, "--json"}, nil, &out, &errs); code != exitDone {
		t.Fatalf("exit code %d: %s%s", code, out.String(), errs.String())
	}
	var where struct{ Serve, Exchange, Operator string }
	var came struct {
		OK                                      bool
		Accounts, Orders, Messages, Unexplained int
		Differences                             []string
	}
	d := json.NewDecoder(&out)
	if err := d.Decode(&where); err != nil || where.Serve == "" || where.Exchange == "" || where.Operator == "" {
		t.Errorf("it serves at %+v, %v", where, err)
	}
	if err := d.Decode(&came); err != nil || !came.OK || came.Accounts != 2 || came.Orders == 0 || came.Messages == 0 || came.Unexplained != 0 || came.Differences == nil {
		t.Errorf("it came to %+v, %v", came, err)
	}
	if code := run([]string{"verify", "--store", path}, nil, &out, &errs); code != exitDone {
		t.Errorf("poise verify: exit code %d: %s", code, out.String())
	}
}
