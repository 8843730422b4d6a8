package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"poise/dapi"
	"poise/store"
)

func (r *reader) config(root *yaml.Node) *Config {
	c := &Config{Path: r.file, Store: r.beside(DefaultStore), Listen: DefaultListen, Lines: DefaultLines,
		Exchange: Exchange{REST: DefaultREST, Stream: DefaultStream}}
	top := place{root, ""}
	f := r.fields(top, "store", "journal", "ledger", "listen", "token", "tls", "notify", "exchange", "lines", "accounts")
	for _, name := range []string{"journal", "ledger"} {
		if at, given := f[name]; given {
			r.wrong(at, "is not there yet: journal and ledger are in one file, named by store; remove the line")
		}
	}
	if s, ok := r.text(f["store"]); ok {
		c.Store = r.beside(s)
	}
	c.Token, _ = r.kept(f["token"])
	r.listen(f["listen"], f["token"], c)
	r.tls(f["tls"], &c.TLS)
	r.notify(f["notify"], &c.Notify)
	r.exchange(f["exchange"], &c.Exchange)
	r.lines(f["lines"], &c.Lines)
	c.Accounts = r.accounts(f["accounts"], top)
	c.keyFiles = r.keyFiles
	return c
}

// beside names a file relative to the configuration's folder.
func (r *reader) beside(name string) string {
	if filepath.IsAbs(name) || name == store.Memory {
		return name
	}
	return filepath.Join(r.dir, name)
}

// secret is a value that goes into a header or a signature: no blank, nothing
// that is not printed.
func (r *reader) secret(at place) (Secret, bool) {
	s, ok := r.text(at)
	if !ok {
		return Secret{}, false
	}
	for _, c := range s {
		if c <= ' ' || c > '~' {
			r.wrong(at, "has a blank, a line end or a character beyond ASCII in it: copy it once more, without them")
			return Secret{}, false
		}
	}
	return Secret{s}, true
}

// kept is secret for what must not be written into a file that all can read.
func (r *reader) kept(at place) (Secret, bool) {
	s, ok := r.secret(at)
	if ok && r.literal == nil && writtenOut(at.node.Value) {
		r.literal = &at
	}
	return s, ok
}

func (r *reader) listen(at, token place, c *Config) {
	s, ok := r.text(at)
	if !ok {
		return
	}
	if err := CheckListen(s, token.node != nil); err != nil {
		r.wrong(at, "%v", err)
	}
	c.Listen = s
}

// CheckListen checks an address to serve on. One that can be reached from
// elsewhere needs a token.
func CheckListen(address string, token bool) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("is no host:port: write 127.0.0.1:9710")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > 65535 {
		return fmt.Errorf("has no port of 0 to 65535: write 127.0.0.1:9710")
	}
	if ip := net.ParseIP(host); !token && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s can be reached from elsewhere: give a token too (token: ${POISE_TOKEN}), or listen on 127.0.0.1", strconv.Quote(address))
	}
	return nil
}

func (r *reader) exchange(at place, x *Exchange) {
	if at.node == nil {
		return
	}
	f := r.fields(at, "rest", "stream")
	r.url(f["rest"], &x.REST, "http", "https", DefaultREST)
	r.url(f["stream"], &x.Stream, "ws", "wss", DefaultStream)
}

func (r *reader) url(at place, dst *string, plain, safe, example string) {
	s, ok := r.text(at)
	if !ok {
		return
	}
	// The text is not told: a password may be in it.
	u, err := url.Parse(s)
	if err != nil || u.Scheme != plain && u.Scheme != safe || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		r.wrong(at, "is no address %s://host or %s://host, with nothing behind it: write %s", safe, plain, example)
		return
	}
	*dst = strings.TrimRight(s, "/")
}

func (r *reader) lines(at place, dst *int) {
	s, ok := r.text(at)
	if !ok {
		return
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > MaxLines {
		r.wrong(at, "is no whole number from 1 to %d: write %d, so that one connection may fail unnoticed", MaxLines, DefaultLines)
		return
	}
	*dst = n
}

func (r *reader) accounts(at, top place) (list []Account) {
	switch {
	case at.node == nil:
		r.wrong(top, "has no accounts: write accounts:, with a name, key and secret each")
		return nil
	case at.node.Kind != yaml.SequenceNode || len(at.node.Content) == 0:
		r.wrong(at, "is no list: write at least one '- name: ...' with its key and secret")
		return nil
	case len(at.node.Content) > MaxAccounts:
		r.wrong(at, "has %d accounts, more than %d: follow some of them elsewhere", len(at.node.Content), MaxAccounts)
		return nil
	}
	first := map[string]int{} // the line of each name
	for i, n := range at.node.Content {
		one := place{n, fmt.Sprintf("accounts[%d]", i)}
		list = append(list, r.account(one, first))
	}
	return list
}

func (r *reader) account(at place, first map[string]int) (a Account) {
	f := r.fields(at, "name", "key", "secret", "private_key")
	if at.node.Kind != yaml.MappingNode {
		return a
	}
	r.need(at, f, "name", "key")
	a.Name = r.name(f["name"], first)
	a.Key, _ = r.secret(f["key"])
	hmac, private := f["secret"], f["private_key"]
	switch {
	case hmac.node == nil && private.node == nil:
		r.wrong(at, "has no secret: write secret: ${VARIABLE}, or private_key: FILE")
	case hmac.node != nil && private.node != nil:
		r.wrong(private, "is given beside secret, on line %d: a key has one of them; remove the other", hmac.node.Line)
	}
	a.Secret, _ = r.kept(hmac)
	a.PrivateKey = r.privateKey(private)
	if private.node == nil {
		private = hmac
	}
	a.Signer = r.signer(&a, private)
	return a
}

// signer makes the key that calls are signed with, where all of it was given.
func (r *reader) signer(a *Account, by place) (k dapi.Key) {
	if !a.Key.Given() {
		return k
	}
	var err error
	switch {
	case a.Secret.Given():
		k, err = dapi.HMAC(a.Key.Reveal(), a.Secret.Reveal())
	case a.PrivateKey.Given():
		k, err = dapi.PrivateKey(a.Key.Reveal(), []byte(a.PrivateKey.Reveal()))
	}
	if err != nil {
		r.wrong(by, "%v: write an Ed25519 or RSA key, as openssl genpkey does", err)
	}
	return k
}

func (r *reader) need(at place, f map[string]place, names ...string) {
	for _, name := range names {
		if f[name].node == nil {
			r.wrong(at, "has no %s: write %s: ...", name, name)
		}
	}
}

func (r *reader) name(at place, first map[string]int) string {
	s, ok := r.text(at)
	if !ok {
		return ""
	}
	if what := CheckName(s); what != nil {
		r.wrong(at, "%v", what)
		return ""
	}
	if line, twice := first[s]; twice {
		r.wrong(at, "%s is also the name of the account on line %d: give each its own", strconv.Quote(s), line)
	} else {
		first[s] = at.node.Line
	}
	return s
}

// CheckName checks an account's name: printable text that the store takes.
func CheckName(s string) error {
	if len(s) > store.MaxAccountName {
		return fmt.Errorf("has %d bytes, more than %d: shorten it", len(s), store.MaxAccountName)
	}
	for _, c := range s {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return fmt.Errorf("has a character that is not printed: write letters, digits, - and _")
		}
	}
	if s == "." || s == ".." {
		return fmt.Errorf("is %s, which an address on the web cannot name: write letters, digits, - and _", s)
	}
	if s == "" || strings.TrimSpace(s) != s {
		return fmt.Errorf("is empty or begins or ends with a blank")
	}
	return nil
}

// privateKey reads a key's file, which nobody else may.
func (r *reader) privateKey(at place) Secret {
	s, ok := r.text(at)
	if !ok {
		return Secret{}
	}
	if strings.Contains(s, "PRIVATE KEY") {
		r.wrong(at, "holds a key: write the name of its file")
		return Secret{}
	}
	path := r.beside(s)
	text, mode, err := readFile(path, MaxKeyFile)
	if err != nil {
		var e *fs.PathError
		if errors.As(err, &e) { // not the path: a secret may have been put there
			err = e.Err
		}
		r.wrong(at, "is no file that can be read, %v: write its name, relative to the folder of %s", err, r.file)
		return Secret{}
	}
	r.keyFiles = append(r.keyFiles, path)
	if readable(mode, byGroup|byAll) {
		r.wrong(at, "%s can be read by others (mode %#o): chmod 600 %s", path, mode.Perm(), path)
	}
	return Secret{string(text)}
}
