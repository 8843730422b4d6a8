package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"poise/cmd/poise/demo"
)

// certify writes a certificate of 127.0.0.1 and its key, replacing others, and
// returns who trusts it.
func certify(t *testing.T, dir string, serial int64) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	parsed, _ := x509.ParseCertificate(der)
	pool.AddCert(parsed)
	return pool
}

// ask asks over TLS, trusting only a pool.
func ask(address string, trust *x509.CertPool, most uint16) (int, error) {
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust, MaxVersion: most}, DisableKeepAlives: true}}
	res, err := c.Get(address + "/healthz")
	if err != nil {
		return 0, err
	}
	res.Body.Close()
	return res.StatusCode, nil
}

// hurt has what is pushed to a trader cut off.
func (f *fleet) hurt(name string) {
	f.t.Helper()
	i := slices.IndexFunc(f.m.Traders(), func(a demo.Trader) bool { return a.Name == name })
	body := fmt.Sprintf(`{"alias":%q,"kind":"truncate"}`, f.m.Traders()[i].Alias)
	res, err := http.Post(f.m.OperatorURL()+"/v1/faults", "application/json", strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		f.t.Fatalf("the fault was answered %s", res.Status)
	}
	f.trade(5)
}

// TestFollowServesByCertificateFilesAndTellsTheWebhook: a process with both; the
// certificate is replaced while it runs, and a broken one is not taken.
func TestFollowServesByCertificateFilesAndTellsTheWebhook(t *testing.T) {
	t.Parallel()
	var told atomic.Int64
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), `"type":"incident.opened"`) {
			told.Add(1)
		}
	}))
	t.Cleanup(hook.Close)
	f := newFleet(t)
	first := certify(t, f.dir, 1)
	f.write("maker")
	text, err := os.ReadFile(f.path("poise.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f.put(string(text) + fmt.Sprintf("tls: {certificate: cert.pem, key: key.pem}\nnotify:\n  webhook: %s/hook-of-the-desk\n  secret: this-is-the-secret-of-the-hook\n", hook.URL))
	p := start(t, nil, "follow", "--config", f.path("poise.yaml"), "--listen", "127.0.0.1:0", "--json")
	at := p.address()
	if !strings.HasPrefix(at, "https://") {
		t.Fatalf("it serves %s", at)
	}
	if code, err := ask(at, first, 0); err != nil || code != http.StatusOK {
		t.Errorf("%d, %v", code, err)
	}
	if _, err := ask(at, first, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if err := os.WriteFile(f.path("cert.pem"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.until("a broken one is told", func() bool {
		if code, err := ask(at, first, 0); err != nil || code != http.StatusOK {
			t.Errorf("with a broken file: %d, %v", code, err)
		}
		return strings.Contains(p.errs.String(), "the new certificate is not taken")
	})
	second := certify(t, f.dir, 2)
	p.until("the new one is served", func() bool { _, err := ask(at, second, 0); return err == nil })
	if _, err := ask(at, first, 0); err == nil {
		t.Error("the old one is served still")
	}
	f.hurt("maker")
	p.until("the webhook is told", func() bool { return told.Load() > 0 })
	p.stop()
	f.tellsNothing(p.out.String()+p.errs.String(), "hook-of-the-desk", "this-is-the-secret-of-the-hook")
}
