package account

import (
	"testing"

	"poise/decimal"
)

// Of two messages of one moment that do not tell their order, the one that another
// line brings long after the other changes nothing; one that comes at once, or on
// the same line, is the newer.
func TestLateWithinAMoment(t *testing.T) {
	const first = `{"e":"ACCOUNT_UPDATE","T":1000,"E":1000,"a":{"B":[{"a":"BTC","wb":"0.9","cw":"0.9","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"7","ep":"60000","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC"}],"m":"ORDER"}}`
	const second = `{"e":"ACCOUNT_UPDATE","T":1000,"E":1000,"a":{"B":[{"a":"BTC","wb":"1.1","cw":"1.1","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"9","ep":"60000","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC"}],"m":"ORDER"}}`
	for _, c := range []struct {
		after int64
		line  uint8
		want  string
	}{{0, 1, "1.1"}, {tieWithin - 1, 1, "1.1"}, {tieWithin, 1, "0.9"}, {tieWithin, 0, "1.1"}, {60_000, 0, "1.1"}} {
		b := New("test")
		for i, r := range []Record{{Received: 1000e6, Data: []byte(first)}, {Received: (1000 + c.after) * 1e6, Line: c.line, Data: []byte(second)}} {
			r.Account, r.Position, r.Kind = "test", uint64(i+1), Frame
			if _, err := b.Apply(r); err != nil {
				t.Fatal(err)
			}
		}
		wallet, _ := b.Balance("BTC")
		if flat := b.Positions()[0].Amount.String() == "7"; wallet.Wallet.String() != c.want || flat != (c.want == "0.9") || len(b.Incidents()) > 0 {
			t.Errorf("after %d ms on line %d: %+v, %+v, %+v", c.after, c.line, wallet, b.Positions(), b.Incidents())
		}
	}
}

// Fills of one moment that went both ways, as when an account trades with itself,
// tell nothing of what came first.
func TestFillsOfBothWaysTellNothing(t *testing.T) {
	b := New("test")
	b.s.Positions = []positionRow{{Position: Position{Symbol: "BTCUSD_PERP", Side: "BOTH", Amount: decimal.New(10, 0)}, Transaction: 7}}
	fill := trade{Symbol: "BTCUSD_PERP", Side: "BOTH", Time: 7}
	for _, c := range []struct {
		side      string
		nine, ten bool
		eleven    bool
	}{{"", false, false, false}, {"BUY", true, false, false}, {"SELL", false, false, false}, {"BUY", false, false, false}} {
		b.noteWay(&fill, c.side)
		p := &b.s.Positions[0]
		if nine, ten, eleven := p.goesBack(decimal.New(9, 0)), p.goesBack(decimal.New(10, 0)), p.goesBack(decimal.New(11, 0)); nine != c.nine || ten != c.ten || eleven != c.eleven {
			t.Errorf("after %q: %v, %v, %v", c.side, nine, ten, eleven)
		}
	}
}
