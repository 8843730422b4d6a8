package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"poise/decimal"
)

// The reference decides with encoding/json what Decode must accept, and with
// which values. It differs from encoding/json alone in what the package's
// documentation names: keys given twice, invalid UTF-8 and halves of surrogate
// pairs, null, other case, missing identity, decimal text, and limits.

var referenceKeys = map[string]string{
	"ACCOUNT_UPDATE":        "E:i! T:i i:s fs:s a:{account}!",
	"ORDER_TRADE_UPDATE":    "E:i! T:i i:s fs:s o:{order}",
	"MARGIN_CALL":           "E:i! T:i i:s fs:s cw:d p:[call]",
	"ACCOUNT_CONFIG_UPDATE": "E:i! T:i i:s fs:s ac:{config} ai:{mode}",
	"listenKeyExpired":      "E:i! T:i i:s fs:s listenKey:s",
	"STRATEGY_UPDATE":       "E:i! T:i i:s fs:s su:{strategy}",
	"GRID_UPDATE":           "E:i! T:i i:s fs:s gu:{grid}",
	"ALGO_UPDATE":           "E:i! T:i i:s fs:s o:{algo}",
	"account":               "m:s S:s B:[balance] P:[position]",
	"balance":               "a:s! wb:d cw:d bc:d",
	"position":              "s:s! pa:d ep:d bep:d cr:d up:d iw:d mt:s ps:s ma:s",
	"call":                  "s:s ps:s pa:d mt:s iw:d mp:d up:d mm:d",
	"config":                "s:s l:i",
	"mode":                  "j:b",
	"strategy":              "si:i st:s ss:s s:s ut:i c:i",
	"grid":                  "si:i st:s ss:s s:s r:d up:d uq:d uf:d mp:d ut:i",
	"algo": "caid:s aid:i at:s o:s s:s S:s ps:s f:s q:d X:s ai:s ap:d aq:d act:s tp:d p:d V:s wt:s pm:s cp:b pP:b R:b " +
		"tt:i gtd:i rm:s cr:d",
	"order": "s:s c:s S:s o:s f:s q:d p:d ap:d sp:d x:s X:s i:i l:d z:d L:d ma:s N:s n:d T:i t:i rp:d b:d a:d m:b R:b " +
		"wt:s ot:s ps:s cp:b AP:d cr:d pP:b V:s pm:s er:s gtd:i si:i ss:i M:i",
}

var plainInteger = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

func referenceInt(v any) bool {
	s, ok := v.(string)
	if n, number := v.(json.Number); number {
		s, ok = string(n), true
	}
	_, err := strconv.ParseInt(s, 10, 64)
	return ok && err == nil && plainInteger.MatchString(s)
}

func referenceDecimal(v any) bool {
	s, ok := v.(string)
	if n, number := v.(json.Number); number {
		s, ok = string(n), true
	}
	_, err := decimal.Parse(s)
	return ok && err == nil
}

// referenceObject reports whether v is an acceptable object of that shape.
func referenceObject(v any, shape string) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for _, f := range strings.Fields(referenceKeys[shape]) {
		key, kind, _ := strings.Cut(f, ":")
		kind, required := strings.CutSuffix(kind, "!")
		v, present := m[key]
		if !present && required || present && !referenceValue(v, kind) {
			return false
		}
	}
	return true
}

func referenceValue(v any, kind string) bool {
	switch kind[0] {
	case 'i':
		return referenceInt(v)
	case 'd':
		return referenceDecimal(v)
	case 's':
		_, ok := v.(string)
		return ok
	case 'b':
		_, ok := v.(bool)
		return ok
	case '{':
		return referenceObject(v, kind[1:len(kind)-1])
	}
	rows, ok := v.([]any)
	for _, row := range rows {
		ok = ok && referenceObject(row, kind[1:len(kind)-1])
	}
	return ok
}

// parse returns the tree of b by encoding/json, and ok = false for what is no
// JSON or has a key twice in an object.
func parse(b []byte) (any, bool) {
	if !json.Valid(b) || hasDuplicate(b) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err == nil
}

func hasDuplicate(b []byte) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	type level struct {
		keys  map[string]bool // nil in an array
		value bool            // a value comes next
	}
	var stack []level
	for {
		token, err := d.Token()
		if err == io.EOF || err != nil {
			return false
		}
		top := len(stack) - 1
		if top >= 0 && stack[top].keys != nil && token != json.Delim('}') {
			if stack[top].value = !stack[top].value; stack[top].value {
				key := token.(string)
				if stack[top].keys[key] {
					return true
				}
				stack[top].keys[key] = true
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{keys: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
		}
	}
}

// referenceAccepts says whether a message must be accepted, and the message
// inside an envelope.
func referenceAccepts(v any) (ok bool, inner any) {
	m, isObject := v.(map[string]any)
	if !isObject {
		return false, nil
	}
	_, named := m["e"]
	_, stream := m["stream"].(string)
	data, hasData := m["data"]
	if !named && stream && hasData {
		if data == nil {
			return false, nil
		}
		if m, isObject = data.(map[string]any); !isObject {
			return true, data
		}
	}
	name, named := m["e"]
	if !named {
		return true, m
	}
	text, isText := name.(string)
	if _, known := referenceKeys[text]; !known || text == strings.ToLower(text) {
		return isText, m
	}
	return referenceObject(m, text), m
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkAgainstReference decodes b and compares the verdict and the values.
func checkAgainstReference(t failer, d *Decoder, b []byte) {
	t.Helper()
	var ev Event
	err := d.Decode(b, &ev)
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("%q: error %T", b, err)
	}
	if err != nil {
		checkPlace(t, b, e)
	}
	tree, ok := parse(b)
	if !utf8.Valid(b) || bytes.Contains(bytes.ToLower(b), []byte(`\ud`)) {
		if err == nil && !utf8.Valid(b) {
			t.Fatalf("%q: accepted though not UTF-8", b)
		}
		return
	}
	if errors.Is(err, ErrLimit) {
		return
	}
	var inner any
	if ok {
		ok, inner = referenceAccepts(tree)
	}
	if ok != (err == nil) {
		t.Fatalf("%q: accepted %v by the reference, error %v", b, ok, err)
	}
	if errors.Is(err, ErrSyntax) && json.Valid(b) {
		t.Fatalf("%q: valid JSON, error %v", b, err)
	}
	if err != nil {
		return
	}
	out := ev.Append(nil)
	again, valid := parse(out)
	if !valid || !reflect.DeepEqual(again, tree) {
		t.Fatalf("%q: written back as %q", b, out)
	}
	if m, isObject := inner.(map[string]any); isObject && ev.Type == AccountUpdate {
		checkAccount(t, b, m, &ev)
	}
}

// checkPlace holds what is true of every error's place.
func checkPlace(t failer, b []byte, e *Error) {
	t.Helper()
	if e.Offset < 0 || e.Offset > len(b) || e.Line != 1+bytes.Count(b[:e.Offset], []byte("\n")) ||
		e.Column != e.Offset-bytes.LastIndexByte(b[:e.Offset], '\n') || e.Code() == "unknown" || len(e.Error()) > 4096 {
		t.Fatalf("%q: %+v", b, e)
	}
}

// checkAccount compares the values of an ACCOUNT_UPDATE field by field.
func checkAccount(t failer, b []byte, m map[string]any, ev *Event) {
	t.Helper()
	same := func(m map[string]any, key string, fields, bit Fields, got string) {
		t.Helper()
		v, present := m[key]
		want := ""
		switch v := v.(type) {
		case string:
			want = v
		case json.Number:
			want = string(v)
		}
		if present != fields.Has(bit) || present && want != got || !present && got != "" && got != "0" {
			t.Fatalf("%q: %s is %q, %v, want %q, %v", b, key, got, fields.Has(bit), want, present)
		}
	}
	same(m, "E", ev.Fields, EventTime, strconv.FormatInt(ev.Time, 10))
	same(m, "T", ev.Fields, EventTransaction, strconv.FormatInt(ev.Transaction, 10))
	same(m, "i", ev.Fields, EventAlias, ev.Alias)
	same(m, "fs", ev.Fields, EventProduct, ev.Product)
	a, _ := m["a"].(map[string]any)
	same(a, "m", ev.Account.Fields, AccountReason, ev.Account.Reason)
	same(a, "S", ev.Account.Fields, AccountSymbol, ev.Account.Symbol)
	rows, _ := a["B"].([]any)
	if len(rows) != len(ev.Account.Balances) {
		t.Fatalf("%q: %d balances", b, len(ev.Account.Balances))
	}
	for n, row := range ev.Account.Balances {
		m := rows[n].(map[string]any)
		same(m, "a", row.Fields, BalanceAsset, row.Asset)
		same(m, "wb", row.Fields, BalanceWallet, row.Wallet.String())
		same(m, "cw", row.Fields, BalanceCross, row.Cross.String())
		same(m, "bc", row.Fields, BalanceChange, row.Change.String())
	}
	rows, _ = a["P"].([]any)
	if len(rows) != len(ev.Account.Positions) {
		t.Fatalf("%q: %d positions", b, len(ev.Account.Positions))
	}
	for n, row := range ev.Account.Positions {
		m := rows[n].(map[string]any)
		same(m, "s", row.Fields, PositionSymbol, row.Symbol)
		same(m, "pa", row.Fields, PositionAmount, row.Amount.String())
		same(m, "ep", row.Fields, PositionEntryPrice, row.EntryPrice.String())
		same(m, "bep", row.Fields, PositionBreakEven, row.BreakEven.String())
		same(m, "cr", row.Fields, PositionRealized, row.Realized.String())
		same(m, "up", row.Fields, PositionUnrealized, row.Unrealized.String())
		same(m, "iw", row.Fields, PositionIsolatedWallet, row.IsolatedWallet.String())
		same(m, "mt", row.Fields, PositionMarginType, row.MarginType)
		same(m, "ps", row.Fields, PositionSide, row.Side)
		same(m, "ma", row.Fields, PositionMarginAsset, row.MarginAsset)
	}
}

// FuzzDecode is the differential test: Decode and the reference accept the same
// texts, with the same values. The decoder learns from one text to the next.
func FuzzDecode(f *testing.F) {
	for _, s := range messages {
		f.Add([]byte(s))
	}
	for _, c := range refused {
		f.Add([]byte(c.text))
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, b []byte) {
		checkAgainstReference(t, &d, b)
		checkAgainstReference(t, &d, b) // by what was learned
	})
}
