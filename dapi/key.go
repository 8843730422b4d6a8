package dapi

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// Key is an account's API key and what signs with it. However it is printed, only
// the beginning of the API key shows. The zero Key signs nothing.
type Key struct {
	apiKey *string
	sign   func(payload string) (string, error) // a closure, which no dump follows
}

// HMAC returns the Key of an API key with a secret: signatures are HMAC-SHA256 in
// hexadecimal.
func HMAC(apiKey, secret string) (Key, error) {
	if secret == "" || strings.ContainsAny(secret, " \t\r\n") {
		return Key{}, errors.New("dapi: the secret is empty or has white space in it")
	}
	return newKey(apiKey, func(payload string) (string, error) {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(payload))
		return hex.EncodeToString(m.Sum(nil)), nil
	})
}

// PrivateKey returns the Key of an API key with a private key in PKCS#8 PEM:
// Ed25519, or RSA (RSASSA-PKCS1-v1_5 with SHA-256), with signatures in base64.
func PrivateKey(apiKey string, text []byte) (Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Key{}, errors.New("dapi: the private key is no PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return Key{}, errors.New("dapi: the private key is no unencrypted PKCS#8") // the cause may quote it
	}
	switch private := parsed.(type) {
	case ed25519.PrivateKey:
		return newKey(apiKey, func(payload string) (string, error) {
			return encodeSignature(private.Sign(nil, []byte(payload), crypto.Hash(0)))
		})
	case *rsa.PrivateKey:
		return newKey(apiKey, func(payload string) (string, error) {
			sum := sha256.Sum256([]byte(payload))
			return encodeSignature(private.Sign(nil, sum[:], crypto.SHA256))
		})
	}
	return Key{}, errors.New("dapi: the private key is neither Ed25519 nor RSA")
}

func encodeSignature(sig []byte, err error) (string, error) {
	if err != nil {
		return "", errors.New("the private key does not sign")
	}
	return url.QueryEscape(base64.StdEncoding.EncodeToString(sig)), nil
}

func newKey(apiKey string, sign func(string) (string, error)) (Key, error) {
	for _, b := range []byte(apiKey) {
		if b <= ' ' || b >= 0x7f {
			return Key{}, errors.New("dapi: the API key has characters that no API key has")
		}
	}
	if apiKey == "" {
		return Key{}, errors.New("dapi: the API key is empty")
	}
	return Key{&apiKey, sign}, nil
}

// Equal reports whether two keys have one API key and sign alike.
func (k Key) Equal(o Key) bool {
	if k.apiKey == nil || o.apiKey == nil {
		return k.apiKey == o.apiKey
	}
	if *k.apiKey != *o.apiKey {
		return false
	}
	a, errA := k.sign("equal?")
	b, errB := o.sign("equal?")
	return errA == nil && errB == nil && a == b
}

// String returns "key abcd…".
func (k Key) String() string {
	if k.apiKey == nil {
		return "no key"
	}
	return "key " + (*k.apiKey)[:min(4, len(*k.apiKey)/2)] + "…"
}

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Format prints String for every verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// MarshalJSON writes String.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + k.String() + `"`), nil }

// MarshalText writes String.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue is String.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
