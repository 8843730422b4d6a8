package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestTheLogHidesSecretsInWhateverFormTheyCome: a secret with all that is
// escaped somewhere, and a key of several lines.
func TestTheLogHidesSecretsInWhateverFormTheyCome(t *testing.T) {
	const odd, line = `s"e\c<r>e/t+1`, "MC4CAQAwBQYDK2VwBCIEIDAxMjM0"
	for _, text := range []bool{true, false} {
		var out strings.Builder
		r := newRedactor(&out)
		r.hide([]string{odd, "-----BEGIN PRIVATE KEY-----\n" + line + "\n-----END PRIVATE KEY-----\n"})
		log := newLog(r, text)
		log.Info("said "+odd, "value", odd, "error", fmt.Errorf("wrapped: %w", errors.New(odd)), slog.Group("g", "deep", line))
		log.Warn("quoted "+fmt.Sprintf("%q", odd), "address", "https://host/?secret=s%22e%5Cc%3Cr%3Ee%2Ft%2B1")
		for _, s := range []string{odd, line, `e\\c`, `\u003cr`, "%5Cc"} {
			if strings.Contains(out.String(), s) {
				t.Errorf("text %v: %q is in\n%s", text, s, out.String())
			}
		}
		if n := strings.Count(out.String(), redacted); n != 6 {
			t.Errorf("text %v: %d places redacted, want 6:\n%s", text, n, out.String())
		}
	}
}

func TestTheLogHidesSignaturesAndListenKeys(t *testing.T) {
	var out strings.Builder
	log := newLog(newRedactor(&out), true)
	log.Info("GET /dapi/v1/account?timestamp=1&signature=0123456789abcdef0123456789abcdef failed")
	log.Info(`{"listenKey":"abcdefghijklmnopqrstuvwxyz0123"}`)
	log.Info("dial wss://host/ws/abcdefghijklmnopqrstuvwxyz0123: refused")
	if s := out.String(); strings.Contains(s, "0123") || strings.Count(s, redacted) != 3 || !strings.Contains(s, "refused") {
		t.Errorf("logged\n%s", s)
	}
}

func TestTheLogLeavesWordsAlone(t *testing.T) {
	var out strings.Builder
	r := newRedactor(&out)
	r.hide([]string{"", "ab"})
	newLog(r, true).Info("about", "path", "/ws/main")
	if !strings.Contains(out.String(), "msg=about path=/ws/main\n") {
		t.Errorf("logged %s", out.String())
	}
}
