package account

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestApplyRefusesWhatDoesNotBelong(t *testing.T) {
	frame := Record{Account: "test", Position: 5, Kind: Frame, Data: []byte(`{"e":"listenKeyExpired","E":1000}`)}
	for _, c := range []struct {
		name   string
		change func(*Record)
		want   error
	}{
		{"another account", func(r *Record) { r.Account = "other" }, ErrAccount},
		{"the same position", func(r *Record) { r.Position = 3 }, ErrPosition},
		{"an older position", func(r *Record) { r.Position = 2 }, ErrPosition},
		{"an unknown kind", func(r *Record) { r.Kind = 99 }, ErrKind},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := New("test")
			if _, err := b.Apply(Record{Account: "test", Position: 3, Kind: Line, Data: []byte(`{"event":"up"}`)}); err != nil {
				t.Fatal(err)
			}
			before := encode(t, b)
			r := frame
			c.change(&r)
			if _, err := b.Apply(r); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if after := encode(t, b); !bytes.Equal(before, after) {
				t.Errorf("the books changed:\n%s\n%s", before, after)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := string(encode(t, New("test")))
	for _, c := range []struct {
		name, data string
		want       error
	}{
		{"nothing", "", ErrCheckpoint},
		{"cut", good[:len(good)-2], ErrCheckpoint},
		{"more", good + "{}", ErrCheckpoint},
		{"a newer version", strings.Replace(good, `"Version":1`, `"Version":2`, 1), ErrNewerCheckpoint},
		{"no version", strings.Replace(good, `"Version":1,`, ``, 1), ErrCheckpoint},
		{"a field that is not known", strings.Replace(good, `"Account"`, `"Owner"`, 1), ErrCheckpoint},
		{"no state", `{"Version":1,"State":null}`, ErrCheckpoint},
		{"rows out of order", strings.Replace(good, `"Position":0`, `"Position":0,"Leverages":[{"Symbol":"B"},{"Symbol":"A"}]`, 1), ErrCheckpoint},
		{"a number that is no decimal", strings.Replace(good, `"Position":0`, `"Position":0,"Balances":[{"Asset":"B","Wallet":"1e5"}]`, 1), ErrCheckpoint},
	} {
		t.Run(c.name, func(t *testing.T) {
			if b, err := Decode([]byte(c.data)); !errors.Is(err, c.want) || b != nil {
				t.Errorf("%v, %v, want %v", b, err, c.want)
			}
		})
	}
}

// TestBounds: no stream of messages makes the books grow without end.
func TestBounds(t *testing.T) {
	a := New("test")
	position := uint64(0)
	apply := func(format string, args ...any) Delta {
		position++
		d, err := a.Apply(Record{Account: "test", Position: position, Kind: Frame, Data: fmt.Appendf(nil, format, args...)})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	wallet := func(e int, asset string, wb int) Delta {
		return apply(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":%q,"wb":"%d","cw":"%d","bc":"0"}],"P":[],"m":"DEPOSIT"}}`, e, e, asset, wb, wb)
	}
	for i := range maxRemainders + 50 {
		wallet(1000+i, "BTC", i+1)
		apply(`{"e":"ORDER_TRADE_UPDATE","T":1,"E":%d,"o":{"s":"ETHUSD_PERP","x":"TRADE","X":"FILLED","i":1,"n":"1","N":"ETH","t":%d,"ps":"BOTH","rp":"0"}}`, 1000+i, i+1)
	}
	if n := len(a.s.Remainders); n != maxRemainders {
		t.Errorf("remainders: %d, want %d", n, maxRemainders)
	}
	if n := len(a.s.Trades); n != maxTrades {
		t.Errorf("waiting fills: %d, want %d", n, maxTrades)
	}
	if n := len(a.s.Recent); n != maxRecent {
		t.Errorf("hashes: %d, want %d", n, maxRecent)
	}
	in := a.Incidents()
	if len(in) != 1 || in[0].Amount.String() != fmt.Sprint(maxRemainders+49) {
		t.Errorf("what was given up is still unexplained: %+v", in)
	}
	for i := range MaxAssets + 10 {
		wallet(5000, fmt.Sprintf("A%d", i), 1)
	}
	if n := len(a.Balances()); n != MaxAssets {
		t.Errorf("assets: %d, want %d", n, MaxAssets)
	}
	if a.find(IncidentUnreadable, "") == nil {
		t.Error("what was refused opened no incident")
	}
	reread(t, a)
}

// TestGivenUpIsCountedOnce: what newer remainders push out is in its incident
// once, also when they are of another asset.
func TestGivenUpIsCountedOnce(t *testing.T) {
	a := New("test")
	for i := range 2 * (maxRemainders + 1) {
		asset, wb := "BTC", i
		if i > maxRemainders {
			asset, wb = "ETH", 10*(i-maxRemainders)
		}
		m := fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":%q,"wb":"%d","cw":"%d","bc":"0"}],"P":[],"m":"DEPOSIT"}}`, 1000+i, 1000+i, asset, wb, wb)
		if _, err := a.Apply(Record{Account: "test", Position: uint64(i + 1), Kind: Frame, Data: []byte(m)}); err != nil {
			t.Fatal(err)
		}
		if in := a.find(IncidentUnexplained, "BTC"); i > maxRemainders && in.Amount.String() != fmt.Sprint(maxRemainders) {
			t.Fatalf("message %d: %s BTC are unexplained, want %d", i, in.Amount, maxRemainders)
		}
	}
}

// FuzzApply: whatever a record says, nothing panics, the entries add up, and the
// books survive a checkpoint.
func FuzzApply(f *testing.F) {
	f.Add(uint8(1), []byte(`{"e":"ACCOUNT_UPDATE","T":1,"E":2000,"a":{"B":[{"a":"BTC","wb":"1","cw":"1","bc":"1"}],"P":[],"m":"DEPOSIT"}}`))
	f.Add(uint8(1), []byte(`{"e":"ORDER_TRADE_UPDATE","T":2000,"E":2001,"o":{"s":"BTCUSD_PERP","i":1,"t":2,"n":"0.1","N":"BTC","ps":"BOTH","rp":"0.2"}}`))
	f.Add(uint8(2), []byte(`{"account":{"assets":[{"asset":"BTC","walletBalance":"3","crossWalletBalance":"2","updateTime":3000}],"positions":[]}}`))
	f.Add(uint8(3), []byte(`[{"symbol":"","incomeType":"TRANSFER","income":"1","asset":"BTC","time":2500,"tranId":"1","tradeId":""}]`))
	f.Add(uint8(4), []byte(`{"event":"stop"}`))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		a := newAuditor(New("test"))
		for i, m := range []Record{
			{Kind: Frame, Data: []byte(`{"e":"ACCOUNT_UPDATE","T":1000,"E":1001,"a":{"B":[{"a":"BTC","wb":"1","cw":"0.5","bc":"1"}],"P":[{"s":"BTCUSD_PERP","pa":"1","ep":"1","cr":"1","up":"0","mt":"isolated","iw":"0.5","ps":"BOTH"}],"m":"DEPOSIT"}}`)},
			{Kind: Frame, Data: []byte(`{"e":"ACCOUNT_UPDATE","T":2000,"E":2001,"a":{"B":[{"a":"BTC","wb":"1.1","cw":"0.6","bc":"0"}],"P":[],"m":"ORDER"}}`)},
			{Kind: RecordKind(kind%4) + 1, Data: data},
			{Kind: RecordKind(kind%4) + 1, Data: data},
			{Kind: Line, Data: []byte(`{"event":"stop"}`)},
		} {
			m.Account, m.Position = "test", uint64(i+1)
			a.apply(t, m)
		}
		reread(t, a.books)
	})
}
