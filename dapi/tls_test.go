//go:build linux

package dapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"poise/dapi"
	"poise/venue"
)

// trusted is what the system's roots hold, which are read once in a process: no
// other test here may use TLS.
var trusted, other = sync.OnceValue(certificate), sync.OnceValue(certificate)

// certificate makes one for the loopback interface.
func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// What the system trusts is trusted, and no more; a read whose deadline passes
// breaks no TLS.
func TestTLS(t *testing.T) {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted().Certificate[0]})
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	for _, c := range []tls.Certificate{trusted(), other()} {
		v := venue.New(t, func(v *venue.Venue) {
			v.NetListen = func(string) (net.Listener, error) {
				return tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{c}})
			}
		})
		x := newExchange(t, dapi.Config{REST: strings.Replace(v.URL(), "http", "https", 1), Stream: strings.Replace(v.StreamURL(), "ws", "wss", 1), Tries: 1})
		client := x.Client(keyOf(t, v.NewAccount("SgsR", "BTC", "1")))
		_, err := client.Account(t.Context())
		_, dialed := x.Dial(t.Context(), "/ws/key")
		if &c.Certificate[0][0] == &other().Certificate[0][0] {
			if err == nil || dialed == nil || !strings.Contains(err.Error(), "certificate") || !strings.Contains(dialed.Error(), "certificate") {
				t.Errorf("it is not trusted: %v, %v", err, dialed)
			}
			continue
		}
		if err != nil || dialed != nil {
			t.Fatal(err, dialed)
		}
		key, err := client.NewListenKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pings(t, v, x, key)
	}
}

// pings has a socket ping every few milliseconds, and hears a message after that.
func pings(t *testing.T, v *venue.Venue, x *dapi.Exchange, key string) {
	t.Helper()
	s, err := x.Dial(t.Context(), "/ws/"+key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dapi.SetWatch(s, 200*time.Millisecond)
	sent := make(chan string, 1)
	time.AfterFunc(700*time.Millisecond, func() { sent <- string(v.Transfer("SgsR", "DEPOSIT", "BTC", "1")) })
	if m, err := s.Read(); err != nil || string(m) != <-sent {
		t.Error(string(m), err)
	}
}
