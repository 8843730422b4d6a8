package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestEscapesAreRead(t *testing.T) {
	var d Decoder
	var ev Event
	for _, c := range []struct {
		text, want string
		kind       error
	}{
		{`plain`, "plain", nil},
		{``, "", nil},
		{`\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t", nil},
		{`\u0041\u00e9\u20ac`, "Aé€", nil},
		{`\u00E9`, "é", nil},
		{`\ud83d\ude00`, "😀", nil},
		{`\uD83D\uDE00!`, "😀!", nil},
		{`\u0000`, "\x00", nil},
		{`é€😀`, "é€😀", nil},
		{"\x7f", "\x7f", nil},
		{strings.Repeat("é", 200), strings.Repeat("é", 200), nil},
		{`12345678\n12345678`, "12345678\n12345678", nil},
		{`\ud83d`, "", ErrUTF8},
		{`\ud83dx`, "", ErrUTF8},
		{`\ud83d\n`, "", ErrUTF8},
		{`\ud83d\u0041`, "", ErrUTF8},
		{`\ude00\ud83d`, "", ErrUTF8},
		{"\xc3", "", ErrUTF8},
		{"\xc0\x80", "", ErrUTF8},
		{"\xed\xa0\x80", "", ErrUTF8},
		{"\xf4\x90\x80\x80", "", ErrUTF8},
		{"abcdefgh\xff", "", ErrUTF8},
		{`\u12`, "", ErrSyntax},
		{`\u12G4`, "", ErrSyntax},
		{`\v`, "", ErrSyntax},
		{`\'`, "", ErrSyntax},
		{"a\tb", "", ErrSyntax},
		{"\x00", "", ErrSyntax},
		{"12345678\x1f", "", ErrSyntax},
	} {
		for _, format := range []string{`{"e":"listenKeyExpired","E":1,"listenKey":"%"}`, `{"e":"listenKeyExpired","E":1,"fs":"%"}`} {
			text := strings.Replace(format, "%", c.text, 1)
			err := d.Decode([]byte(text), &ev)
			if c.kind != nil {
				if !errors.Is(err, c.kind) {
					t.Errorf("%q: %v, want %v", text, err, c.kind)
				}
				continue
			}
			if got := ev.ListenKey + ev.Product; err != nil || got != c.want {
				t.Errorf("%q: %q, %v", text, got, err)
			}
		}
	}
}

func TestEscapedKeysAreTheSameKeys(t *testing.T) {
	var d Decoder
	var ev Event
	text := `{"\u0065":"ACCOUNT_UPDATE","\u0045":1,"a":{"\u0042":[{"\u0061":"\u0042TC","w\u0062":"\u0031.5"}]}}`
	if err := d.Decode([]byte(text), &ev); err != nil {
		t.Fatal(err)
	}
	if b := ev.Account.Balances[0]; b.Asset != "BTC" || b.Wallet.String() != "1.5" {
		t.Errorf("%+v", b)
	}
	if got, want := string(ev.Append(nil)), `{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"BTC","wb":"1.5"}]}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCaseOfKeysMatters(t *testing.T) {
	var d Decoder
	var ev Event
	if err := d.Decode([]byte(`{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"BTC","WB":"x","Wb":null}]}}`), &ev); err != nil {
		t.Fatal(err)
	}
	if b := ev.Account.Balances[0]; b.Fields != BalanceAsset || len(b.Extra) != 2 || b.Extra[0].Key != "WB" || string(b.Extra[1].Value) != "null" {
		t.Errorf("%+v", b)
	}
}

// A text that needed escapes must not be taken for the same bytes without.
func TestRememberedTextIsNotMistaken(t *testing.T) {
	var d Decoder
	var ev Event
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{`{"e":"listenKeyExpired","E":1,"listenKey":"a\"b"}`, true},
		{`{"e":"listenKeyExpired","E":1,"listenKey":"a"b"}`, false},
		{`{"e":"listenKeyExpired","E":1,"listenKey":"a\\b"}`, true},
		{`{"e":"listenKeyExpired","E":1,"listenKey":"a\b"}`, true},
		{`{"e":"listenKeyExpired","E":1,"listenKey":"a\nb"}`, true},
		{"{\"e\":\"listenKeyExpired\",\"E\":1,\"listenKey\":\"a\nb\"}", false},
	} {
		if err := d.Decode([]byte(c.text), &ev); c.ok != (err == nil) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
	if ev.ListenKey != "" {
		t.Errorf("%q", ev.ListenKey)
	}
}

func TestUnknownValuesAreKeptCompact(t *testing.T) {
	var d Decoder
	var ev Event
	text := "{\"e\":\"ACCOUNT_UPDATE\",\"E\":1,\"new\" : { \"a b\" : [ 1 , \" \\\" , \" ,\n\ttrue , null , -1.50e+7 ] , \"c\" : { } } ,\"a\":{}}"
	if err := d.Decode([]byte(text), &ev); err != nil {
		t.Fatal(err)
	}
	if got, want := string(ev.Extra[0].Value), `{"a b":[1," \" , ",true,null,-1.50e+7],"c":{}}`; ev.Extra[0].Key != "new" || got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
