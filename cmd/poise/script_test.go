package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the sessions and the documents run this binary as poise.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"poise": ported, "poise-curl": curlMain})
}

// TestSessions runs testdata/script: each reads like a session in a shell.
func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("POISE_UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			return os.WriteFile(e.WorkDir+"/sample.jsonl", sample, 0o644)
		},
	})
}
