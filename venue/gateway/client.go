package gateway

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"

	"poise/decimal"
	"poise/venue/engine"
)

// client is an account as its owner reaches it.
type client struct {
	alias, apiKey, secret string
	public                crypto.PublicKey // RSA or Ed25519, instead of the secret
	key                   *listenKey
	faults                []*fault // in the order they began
	orders10s, orders1m   window
	past                  []snapshot // for rest-stale, oldest first
}

// snapshot is an account as it was.
type snapshot struct {
	at   int64
	view engine.AccountView
}

const mostPast = 1000

// remember keeps what the account is now, if a rest-stale fault needs it.
func (c *client) remember(g *Gateway) {
	if !slices.ContainsFunc(c.faults, func(f *fault) bool { return f.Kind == "rest-stale" }) {
		return
	}
	v, err := g.engine.Account(c.alias)
	if err != nil {
		return
	}
	if len(c.past) >= mostPast {
		c.past = slices.Delete(c.past, 0, mostPast/2)
	}
	c.past = append(c.past, snapshot{g.now(), v})
}

// view is the account now, or as it was before, for rest-stale.
func (g *Gateway) view(c *client, stale int64) (engine.AccountView, error) {
	if stale == 0 || len(c.past) == 0 {
		return g.engine.Account(c.alias)
	}
	v := c.past[0].view
	for _, s := range c.past {
		if s.at <= g.now()-stale {
			v = s.view
		}
	}
	return v, nil
}

// NewAccount says what an account begins with. All of it is optional.
type NewAccount struct {
	Alias     string               `json:"alias"`
	Hedge     bool                 `json:"hedge"`
	Balances  map[string]decimal.D `json:"balances"`
	PublicKey string               `json:"publicKey"` // PEM of an RSA or Ed25519 key, to sign with instead of a secret
}

// Credentials are what a client of the account needs. APISecret is empty when
// the account has a public key.
type Credentials struct {
	Alias     string `json:"alias"`
	APIKey    string `json:"apiKey"`
	APISecret string `json:"apiSecret"`
}

const maxPublicKey = 64 << 10 // bytes

// newAccount makes an account, or nothing when any of it is refused.
func (g *Gateway) newAccount(n NewAccount) (Credentials, error) {
	public, err := publicKey(n.PublicKey)
	if err != nil {
		return Credentials{}, err
	}
	for _, asset := range slices.Sorted(maps.Keys(n.Balances)) {
		if !slices.Contains(g.assets, asset) {
			return Credentials{}, fmt.Errorf("no asset %q", asset)
		}
		if d := n.Balances[asset]; d.Sign() < 0 || d.Trim().Scale() > 8 || d.Cmp(decimal.New(1_000_000_000, 0)) > 0 {
			return Credentials{}, fmt.Errorf("balance %v %s is not 0 to 1000000000 with at most 8 decimals", d, asset)
		}
	}
	if len(n.PublicKey) > maxPublicKey {
		return Credentials{}, fmt.Errorf("publicKey has more than %d bytes", maxPublicKey)
	}
	defer g.enter(kindAccount, func(r *coder) { r.account(&n) })()
	for n.Alias == "" {
		if a := g.text(16); g.byAlias[a] == nil {
			n.Alias = a
		}
	}
	if !plainAlias(n.Alias) {
		return Credentials{}, errors.New("an alias has 1 to 64 letters, digits, - and _")
	}
	if _, err := g.apply(&engine.CreateAccount{Alias: n.Alias, Hedge: n.Hedge}); err != nil {
		return Credentials{}, fmt.Errorf("alias %q: %w", n.Alias, err)
	}
	c := &client{alias: n.Alias, apiKey: g.text(64), secret: g.text(64), public: public}
	if public != nil {
		c.secret = ""
	}
	g.clients = append(g.clients, c)
	g.byAlias[c.alias], g.byKey[c.apiKey] = c, c
	for _, asset := range slices.Sorted(maps.Keys(n.Balances)) {
		if d := n.Balances[asset]; !d.IsZero() {
			if _, err := g.apply(&engine.Transfer{Account: n.Alias, Reason: "DEPOSIT", Asset: asset, Amount: d}); err != nil {
				return Credentials{}, err
			}
		}
	}
	return Credentials{c.alias, c.apiKey, c.secret}, nil
}

func plainAlias(s string) bool {
	for _, b := range []byte(s) {
		if b != '-' && b != '_' && (b < '0' || b > '9') && (b < 'A' || b > 'Z') && (b < 'a' || b > 'z') {
			return false
		}
	}
	return len(s) > 0 && len(s) <= engine.MaxAliasSize
}

func publicKey(text string) (crypto.PublicKey, error) {
	if text == "" {
		return nil, nil
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("publicKey is no PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("publicKey: %w", err)
	}
	switch key.(type) {
	case *rsa.PublicKey, ed25519.PublicKey:
		return key, nil
	}
	return nil, errors.New("publicKey is neither RSA nor Ed25519")
}
