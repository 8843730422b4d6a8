package config_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poise/cmd/poise/config"
)

const secret = "s3cretS3CRETs3cretS3CRET"

// environment are the variables that the tests' files may name.
func environment(name string) (string, bool) {
	v, ok := map[string]string{"KEY": "keykeykeykey", "SECRET": secret, "EMPTY": "", "TOKEN": "tokentoken", "LINES": "3",
		"BROKEN": secret + "\n", "DIR": "sub"}[name]
	return v, ok
}

// write makes a poise.yaml that its owner alone can read.
func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "poise.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const account = "accounts:\n  - name: main\n    key: ${KEY}\n    secret: ${SECRET}\n"

func TestAFullFileIsRead(t *testing.T) {
	path := write(t, `# poise.yaml
store: ${DIR}/desk.db
listen: 0.0.0.0:9710
token: ${TOKEN}
notify: {webhook: "https://example.org/hook/${KEY}", secret: "${SECRET}"}
exchange:
  rest: http://127.0.0.1:9700/
  stream: ws://127.0.0.1:9700
lines: ${LINES}
accounts:
  - {name: main, key: "${KEY}", secret: '${SECRET}'}
  - name: "second desk: ü"
    key: k${KEY}
    secret: a$b$${c}
`)
	c, err := config.Load(path, environment)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(c.Store == filepath.Join(filepath.Dir(path), "sub", "desk.db"), c.Listen, c.Exchange, c.Lines, len(c.Accounts))
	if want := "true 0.0.0.0:9710 {http://127.0.0.1:9700 ws://127.0.0.1:9700} 3 2\n"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	a, b := c.Accounts[0], c.Accounts[1]
	if a.Name != "main" || a.Key.Reveal() != "keykeykeykey" || a.Secret.Reveal() != secret || a.PrivateKey.Given() {
		t.Errorf("the first account's values are not those of the file")
	}
	if b.Name != "second desk: ü" || b.Key.Reveal() != "kkeykeykeykey" || b.Secret.Reveal() != "a$b${c}" || c.Token.Reveal() != "tokentoken" {
		t.Errorf("the second account's values are not those of the file")
	}
	if c.Notify.Webhook.Reveal() != "https://example.org/hook/keykeykeykey" || c.Notify.Secret.Reveal() != secret {
		t.Errorf("the webhook is not that of the file")
	}
	if n := len(c.Secrets()); n != 6 {
		t.Errorf("%d secrets, want 6", n)
	}
}

func TestWhatAFileLeavesOutHasItsDefault(t *testing.T) {
	path := write(t, account)
	c, err := config.Load(path, environment)
	if err != nil {
		t.Fatal(err)
	}
	if c.Store != filepath.Join(filepath.Dir(path), config.DefaultStore) || c.Listen != config.DefaultListen || c.Lines != 2 ||
		c.Exchange != (config.Exchange{REST: config.DefaultREST, Stream: config.DefaultStream}) || c.Token.Given() {
		t.Errorf("defaults are %+v", c)
	}
}

// TestWhatIsWrongIsToldWithItsLine: each row is a file, and what is said of it
// after the file's name.
func TestWhatIsWrongIsToldWithItsLine(t *testing.T) {
	main := func(more string) string { return account + more }
	for _, c := range []struct{ name, text, says string }{
		{"an unknown field", main("stores: x\n"), ":5:1: has an unknown field; the fields are store, journal"},
		{"an unknown field of an account", main("    sekret: x\n"), ":5:5: accounts[0]: has an unknown field; the fields are name, key, secret, private_key"},
		{"an unknown field of the exchange", main("exchange:\n  ws: x\n"), ":6:3: exchange: has an unknown field; the fields are rest, stream"},
		{"a missing variable", strings.Replace(account, "${SECRET}", "${NOPE}", 1), ":4:13: accounts[0].secret: the variable NOPE is not set"},
		{"an empty variable", strings.Replace(account, "${SECRET}", "${EMPTY}", 1), ":4:13: accounts[0].secret: the variable EMPTY is empty"},
		{"a variable left open", strings.Replace(account, "${SECRET}", "${SECRET", 1), ":4:13: accounts[0].secret: has ${ without"},
		{"a variable with more in it", strings.Replace(account, "${SECRET}", "${SECRET:-x}", 1), ":4:13: accounts[0].secret: has ${ without"},
		{"a secret with a line end", strings.Replace(account, "${SECRET}", "${BROKEN}", 1), ":4:13: accounts[0].secret: has a blank, a line end"},
		{"two accounts of one name", main("  - {name: main, key: x, secret: y}\n"), `:5:12: accounts[1].name: "main" is also the name of the account on line 2`},
		{"a field twice", main("lines: 1\nlines: 2\n"), ":6:1: lines: is given twice, also on line 5"},
		{"no name", "accounts:\n  - key: x\n    secret: y\n", ":2:5: accounts[0]: has no name"},
		{"no key", "accounts:\n  - name: x\n    secret: y\n", ":2:5: accounts[0]: has no key"},
		{"no secret", "accounts:\n  - name: x\n    key: y\n", ":2:5: accounts[0]: has no secret"},
		{"both", main("    private_key: x.pem\n"), ":5:18: accounts[0].private_key: is given beside secret, on line 4"},
		{"no accounts", "lines: 1\n", ":1:1: has no accounts"},
		{"accounts of nothing", "accounts: []\n", ":1:11: accounts: is no list"},
		{"accounts of a text", "accounts: main\n", ":1:11: accounts: is no list"},
		{"an account that is a text", "accounts:\n  - main\n", ":2:5: accounts[0]: is no list of fields"},
		{"a journal", main("journal: nats://n1:4222\n"), ":5:10: journal: is not there yet"},
		{"a ledger", main("ledger: postgres://x\n"), ":5:9: ledger: is not there yet"},
		{"lines of none", main("lines: 0\n"), ":5:8: lines: is no whole number from 1 to 3"},
		{"too many lines", main("lines: 4\n"), ":5:8: lines: is no whole number"},
		{"lines of a half", main("lines: 1.5\n"), ":5:8: lines: is no whole number"},
		{"an address without a port", main("listen: localhost\n"), ":5:9: listen: is no host:port"},
		{"an address of the world", main("listen: :9710\n"), `:5:9: listen: ":9710" can be reached from elsewhere`},
		{"REST at a websocket's address", main("exchange:\n  rest: wss://x\n"), ":6:9: exchange.rest: is no address https://host"},
		{"a stream at a path", main("exchange:\n  stream: wss://x/ws\n"), ":6:11: exchange.stream: is no address wss://host"},
		{"a webhook without a secret", main("notify: {webhook: \"https://x/y\"}\n"), ":5:9: notify: has no secret"},
		{"a webhook in the clear", main("notify:\n  webhook: http://x/y\n  secret: ${SECRET}\n"), ":6:12: notify.webhook: is of http, which anybody"},
		{"a webhook of another kind", main("notify:\n  webhook: 12\n  secret: ${SECRET}\n"), ":6:12: notify.webhook: is no address https://host/path"},
		{"a webhook's short secret", main("notify:\n  webhook: https://x/y\n  secret: ${TOKEN}\n"), ":7:11: notify.secret: has fewer than 16 characters"},
		{"an unknown field of notify", main("notify:\n  url: x\n"), ":6:3: notify: has an unknown field; the fields are webhook, secret"},
		{"a notify of a text", main("notify: x\n"), ":5:9: notify: is no list of fields"},
		{"a certificate without a key", main("tls: {certificate: poise.yaml}\n"), ":5:6: tls: has no key"},
		{"a certificate that is not there", main("tls: {certificate: no.pem, key: poise.yaml}\n"), ":5:20: tls.certificate: is no file that can be read, no such file"},
		{"a certificate that is none", main("tls: {certificate: poise.yaml, key: poise.yaml}\n"), ":5:20: tls.certificate: and tls.key are no certificate and its key"},
		{"an empty value", main("store:\n"), ":5:7: store: is empty"},
		{"a list for a value", main("store: [a]\n"), ":5:8: store: is a list"},
		{"an anchor", main("store: &a x\n"), ":5:8: store: is an anchor"},
		{"an alias", strings.Replace(main("store: *a\n"), "main", "&a main", 1), ":5:8: store: is an anchor or an alias"},
		{"a tag", main("store: !x y\n"), ":5:8: store: has a tag"},
		{"a merge", main("<<: {lines: 1}\n"), ":5:1: has an unknown field"},
		{"a name that is not printed", strings.Replace(account, "main", `"a\u0007"`, 1), ":2:11: accounts[0].name: has a character that is not printed"},
		{"a name that is a place", strings.Replace(account, "main", `".."`, 1), ":2:11: accounts[0].name: is .., which an address on the web cannot name"},
		{"a name with a blank behind", strings.Replace(account, "main", `"a "`, 1), ":2:11: accounts[0].name: is empty or begins or ends"},
		{"a name that is too long", strings.Replace(account, "main", strings.Repeat("x", 256), 1), ":2:11: accounts[0].name: has 256 bytes"},
		{"a value that is too long", main("store: " + strings.Repeat("x", 5000) + "\n"), ":5:8: store: has more than 4096 bytes"},
		{"no YAML", "accounts: [\n", ":2:1: did not find expected node content"},
		{"a colon in a value", "token: a: b\n", ":1:9: mapping values are not allowed in this context: put a value that holds ': ' in quotes"},
		{"two documents", account + "---\nlines: 1\n", ": holds more than one YAML document"},
		{"nothing", "# nothing\n", ": is empty"},
		{"a list", "- 1\n", ":1:1: is no list of fields"},
		{"bytes", "lines: 1\nstore: \xff\n", ":2:8: has a byte that is no UTF-8"},
		{"a private key that is not there", "accounts:\n  - {name: a, key: b, private_key: no.pem}\n", ":2:36: accounts[0].private_key: is no file that can be read, no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			_, err := config.Load(path, environment)
			if err == nil {
				t.Fatal("was read")
			}
			if !strings.Contains("\n"+err.Error(), "\n"+path+c.says) {
				t.Errorf("said %s\nwant ...%s", err, c.says)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells the secret: %s", err)
			}
		})
	}
}

func TestAllThatIsWrongIsToldAtOnceAndInOrder(t *testing.T) {
	path := write(t, "lines: 9\naccounts:\n  - name: a\n    key: ${NOPE}\n  - name: a\n    key: k\n    secret: s\n")
	_, err := config.Load(path, environment)
	var p *config.Problems
	if !errors.As(err, &p) || len(p.List) != 4 {
		t.Fatalf("problems are %v, want four", err)
	}
	for i, line := range []int{1, 3, 4, 5} {
		if p.List[i].Line != line {
			t.Errorf("problem %d is %s, want line %d", i, p.List[i], line)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	_, err := config.Load(write(t, "accounts:\n"+strings.Repeat("  - {nmae: x}\n", 100)), environment)
	if lines := strings.Count(err.Error(), "\n"); lines != config.MaxProblems || !strings.HasSuffix(err.Error(), "and 350 more") {
		t.Errorf("%d line ends, ending %q", lines, err.Error()[len(err.Error())-20:])
	}
}

func TestMoreAccountsThanTheBoundAreRefused(t *testing.T) {
	_, err := config.Load(write(t, "accounts:\n"+strings.Repeat("  - {}\n", config.MaxAccounts+1)), environment)
	if err == nil || !strings.Contains(err.Error(), "has 10001 accounts, more than 10000") {
		t.Errorf("said %.200v", err)
	}
}

func TestAFileThatIsTooLongIsRefused(t *testing.T) {
	_, err := config.Load(write(t, account+"#"+strings.Repeat("x", config.MaxFile)), environment)
	if err == nil || !strings.Contains(err.Error(), "has more than") {
		t.Errorf("said %.200v", err)
	}
}

func TestASecretWrittenOutNeedsAFileOfItsOwner(t *testing.T) {
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		says       string
	}{
		{"variables, for all", account, 0o644, ""},
		{"written out, for its owner", strings.Replace(account, "${SECRET}", secret, 1), 0o600, ""},
		{"written out, for its group", strings.Replace(account, "${SECRET}", secret, 1), 0o640, ""},
		{"written out, for all", strings.Replace(account, "${SECRET}", secret, 1), 0o644, ":4:13: accounts[0].secret: is a secret in a file that everybody can read (mode 0644): chmod 600"},
		{"half written out, for all", strings.Replace(account, "${SECRET}", secret+"${SECRET}", 1), 0o644, ":4:13: accounts[0].secret: is a secret"},
		{"a token, for all", account + "token: " + secret + "\n", 0o604, ":5:8: token: is a secret in a file that everybody can read (mode 0604)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := config.Load(path, environment)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.HasPrefix(err.Error(), path+c.says)) {
				t.Errorf("said %v, want %q", err, c.says)
			}
		})
	}
}

// keyFile makes a private key beside a configuration.
func keyFile(t *testing.T, path, name string, mode os.FileMode) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAPrivateKeyIsReadBesideTheFile(t *testing.T) {
	path := write(t, "accounts:\n  - {name: main, key: k, private_key: main.pem}\n")
	text := keyFile(t, path, "main.pem", 0o600)
	c, err := config.Load(path, environment)
	if err != nil {
		t.Fatal(err)
	}
	if c.Accounts[0].PrivateKey.Reveal() != text {
		t.Error("it is not what the file holds")
	}
	if f := c.Files(); len(f) != 2 || f[1] != filepath.Join(filepath.Dir(path), "main.pem") {
		t.Errorf("files to watch are %q", f)
	}
}

func TestAPrivateKeyThatOthersCanReadIsRefused(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604} {
		path := write(t, "accounts:\n  - {name: main, key: k, private_key: main.pem}\n")
		keyFile(t, path, "main.pem", mode)
		_, err := config.Load(path, environment)
		if err == nil || !strings.Contains(err.Error(), ":2:39: accounts[0].private_key: ") || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: said %v", mode, err)
		}
	}
}

func TestAKeyFileOfAnotherKindIsRefused(t *testing.T) {
	path := write(t, "accounts:\n  - {name: main, key: k, private_key: .}\n  - {name: two, key: k, private_key: poise.yaml}\n")
	_, err := config.Load(path, environment)
	if err == nil || !strings.Contains(err.Error(), "is a folder") || !strings.Contains(err.Error(), "the private key is no PEM: write an Ed25519") {
		t.Errorf("said %v", err)
	}
}

// TestASecretInTheWrongPlaceIsNotTold: a file that is confused about where its
// secret goes.
func TestASecretInTheWrongPlaceIsNotTold(t *testing.T) {
	for _, text := range []string{
		"accounts:\n  - {name: a, key: b, private_key: \"${SECRET}\"}\n", "accounts:\n  - {name: a, key: b, private_key: " + secret + "}\n",
		"accounts:\n  - name: a\n    " + secret + ": x\n", "accounts:\n  - name: a\n    secret: *" + secret + "\n",
		"accounts:\n  - name: a\n    secret: !" + secret + " \n", "accounts:\n  - name: a\n    secret: @" + secret + "\n",
		"token: " + secret + ": x\n", "exchange: {rest: \"https://u:" + secret + "@x\"}\n" + account, "listen: " + secret + "\n" + account,
		"lines: " + secret + "\n" + account, "accounts: " + secret + "\n", secret + "\n", "accounts:\n  - name: a\n    secret: ${" + secret + "\n",
	} {
		_, err := config.Load(write(t, text), environment)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: said %v", text, err)
		}
	}
}

func TestNoPrintingShowsASecret(t *testing.T) {
	c, err := config.Load(write(t, account+"token: ${TOKEN}\n"), environment)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "c", c, "s", c.Accounts[0].Secret)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "c", c, "s", c.Accounts[0].Secret)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		text = fmt.Appendf(text, verb, *c)
		text = fmt.Appendf(text, verb, c.Accounts[0].Secret)
	}
	for _, s := range c.Secrets() {
		if hex := fmt.Sprintf("%x", s); strings.Contains(string(text)+log.String(), s) || strings.Contains(string(text), hex) {
			t.Errorf("shown in %s%s", text, log.String())
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(account)
	f.Add("accounts: &a [*a]\n")
	f.Add("accounts:\n- {name: ${KEY}, key: '$${', secret: ${SECRET}${}}\n")
	f.Add("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")
	f.Fuzz(func(t *testing.T, text string) {
		path := write(t, text)
		c, err := config.Load(path, environment)
		if (c == nil) == (err == nil) {
			t.Fatalf("neither a configuration nor an error, or both: %v", err)
		}
		if err != nil {
			if strings.Contains(err.Error(), secret) && !strings.Contains(text, secret) {
				t.Errorf("an error tells the secret: %v", err)
			}
			return
		}
		for _, a := range c.Accounts {
			if a.Name == "" || !a.Key.Given() || a.Secret.Given() == a.PrivateKey.Given() {
				t.Errorf("an account was taken that cannot be followed: %+v", a)
			}
		}
	})
}
