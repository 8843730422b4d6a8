package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"poise/cmd/poise/demo"
)

// fault has the venue's network fail for a trader.
func (f *fleet) fault(a demo.Trader, body string) {
	f.t.Helper()
	res, err := http.Post(f.m.OperatorURL()+"/v1/faults", "application/json", strings.NewReader(fmt.Sprintf(body, a.Alias)))
	if err != nil {
		f.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		f.t.Fatalf("fault %s: %s", body, res.Status)
	}
}

// privateKey is a key that the venue does not know, in a file.
func (f *fleet) privateKey() (lines []string) {
	f.t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		f.t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(f.path("key.pem"), text, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return strings.Split(string(text), "\n")[1:2]
}

// TestNothingThatIsPrintedTellsASecret runs into every failure there is, and
// greps what was printed meanwhile. Each process must stop in time, too.
func TestNothingThatIsPrintedTellsASecret(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	a, b := f.m.Traders()[0], f.m.Traders()[1]
	const wrong, token, odd = "wrongwrongWRONGwrongwrong", "tokenTOKENtoken", `o"d\d<odd>`
	secrets := append([]string{wrong, token, odd, `o\"d`}, f.privateKey()...)
	venue := fmt.Sprintf("exchange: {rest: %q, stream: %q}\n", f.m.URL(), f.m.StreamURL())
	account := func(key, rest string) string {
		return "accounts:\n  - {name: main, key: " + key + ", " + rest + "}\n"
	}
	good := account(a.APIKey, "secret: "+a.APISecret)
	f.fault(b, `{"alias":%q,"kind":"rest-slow","by":"1m","count":1000}`)
	for _, c := range []struct{ name, text, says string }{
		{"wrong secret", venue + account(a.APIKey, "secret: "+wrong), "-1022"},
		{"odd secret", venue + account(a.APIKey, `secret: 'o"d\d<odd>'`), "-1022"},
		{"wrong key", venue + account(wrong, "secret: "+wrong), "-2015"},
		{"a key of a file", venue + account(a.APIKey, "private_key: key.pem"), "-1022"},
		{"nobody at REST", "exchange: {rest: 'http://127.0.0.1:1'}\n" + good, "connection refused"},
		{"nobody at the stream", fmt.Sprintf("exchange: {rest: %q, stream: 'ws://127.0.0.1:1'}\n", f.m.URL()) + good, "connection refused"},
		{"REST is slow", venue + account(b.APIKey, "secret: "+b.APISecret), "following"},
		{"torn frames and lines", venue + good, "unreadable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := &fleet{t: t, m: f.m, dir: f.dir, secrets: f.secrets}
			path := dir.path(strings.ReplaceAll(c.name, " ", "-") + ".yaml")
			if err := os.WriteFile(path, []byte("token: "+token+"\nstore: "+path+".db\n"+c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			p := start(t, nil, "follow", "--config", path, "--listen", "127.0.0.1:0", "--json")
			at := p.address()
			if c.says == "unreadable" {
				p.until("it follows", func() bool { _, ok := p.ready(at); return ok })
				f.fault(a, `{"alias":%q,"kind":"truncate","count":2}`)
				p.until("a torn frame is told", func() bool {
					f.m.Run(deadline(t, 100*time.Millisecond))
					return strings.Contains(p.errs.String(), c.says)
				})
				f.fault(a, `{"alias":%q,"kind":"expire-key"}`)
				f.fault(a, `{"alias":%q,"kind":"disconnect"}`)
				p.until("torn lines are told", func() bool { return strings.Contains(p.errs.String(), "account is down") })
			}
			p.until("it says "+c.says, func() bool { return strings.Contains(p.errs.String(), c.says) })
			var out, errs bytes.Buffer
			if c.says != "following" && c.says != "unreadable" {
				if code := run([]string{"reconcile", "--config", path, "--account", "main"}, nil, &out, &errs); code != exitNo {
					t.Errorf("reconcile: exit code %d", code)
				}
			}
			if took := p.stop(); took > 5*time.Second {
				t.Errorf("the stop took %s", took)
			}
			dir.tellsNothing(p.out.String()+p.errs.String()+out.String()+errs.String(), slices.Concat(secrets, dir.listenKeys(a))...)
		})
	}
}
