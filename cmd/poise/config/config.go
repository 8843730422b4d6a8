package config

import (
	"slices"

	"poise/dapi"
)

// Defaults of what a file leaves out.
const (
	DefaultStore  = "poise.db"
	DefaultListen = "127.0.0.1:9710"
	DefaultREST   = "https://dapi.binance.com"
	DefaultStream = "wss://dstream.binance.com"
	DefaultLines  = 2
)

// Bounds of a file.
const (
	MaxFile     = 8 << 20 // bytes
	MaxKeyFile  = 64 << 10
	MaxValue    = 4096 // bytes of one value, variables replaced
	MaxAccounts = 10_000
	MaxLines    = 3
)

// Config is a poise.yaml that was found right.
type Config struct {
	Path     string // of the file
	Store    string // a path that the working directory reaches
	Listen   string // host:port
	Token    Secret // that callers of Listen show; none is possible on loopback only
	Exchange Exchange
	Lines    int // websockets an account, 1 to MaxLines
	TLS      TLS
	Notify   Notify
	Accounts []Account
	keyFiles []string
}

// Exchange is where the exchange is.
type Exchange struct{ REST, Stream string }

// TLS are the files that Listen is encrypted by, as paths that the working
// directory reaches; "" for none. They may be replaced at any time.
type TLS struct{ Certificate, Key string }

// Given reports whether there are any.
func (t TLS) Given() bool { return t.Certificate != "" }

// Notify is a webhook that is told of incidents, and what its messages are signed
// by. Its address is a secret too: whoever knows it may often write to it.
type Notify struct{ Webhook, Secret Secret }

// Account is one account to follow, and its key: either Secret or PrivateKey is
// given, and Signer is made of it.
type Account struct {
	Name       string
	Signer     dapi.Key
	Key        Secret // the API key
	Secret     Secret // of HMAC
	PrivateKey Secret // PEM, Ed25519 or RSA
}

// Files are the configuration's own and those that it names, to be watched.
func (c *Config) Files() []string { return append([]string{c.Path}, c.keyFiles...) }

// Secrets are all texts that must not be printed.
func (c *Config) Secrets() (list []string) {
	add := func(s Secret) {
		if s.Given() {
			list = append(list, s.Reveal())
		}
	}
	add(c.Token)
	add(c.Notify.Webhook)
	add(c.Notify.Secret)
	for _, a := range c.Accounts {
		add(a.Key)
		add(a.Secret)
		add(a.PrivateKey)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
