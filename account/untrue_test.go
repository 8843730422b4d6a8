package account

import (
	"fmt"
	"testing"
)

// A time far in the future, damaged on its way, would make a row newer than all
// that comes later. E and T are both looked at.
func TestTimesThatCannotBeTrue(t *testing.T) {
	const now = 1_793_610_000_000
	for _, c := range []struct {
		e, t, heard int64
		readable    bool
	}{
		{now, now, now, true}, {now + aheadMost, now + aheadMost, now, true}, {now, now, 0, true}, {now + 2*aheadMost, now, 0, true},
		{now, 0, now, true},
		{now + aheadMost + 1, now, now, false}, {now, now + aheadMost + 1, now, false}, {now, latestEvent + 1, 0, false}, {now, -1, now, false}, {0, now, now, false},
	} {
		b := New("test")
		d, err := b.Apply(Record{Account: "test", Position: 1, Kind: Frame, Received: c.heard * 1e6,
			Data: fmt.Appendf(nil, `{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":"BTC","wb":"1","cw":"1","bc":"1"}],"P":[],"m":"DEPOSIT"}}`, c.t, c.e)})
		if err != nil {
			t.Fatal(err)
		}
		if readable := len(b.Balances()) == 1; readable != c.readable || readable == (len(d.Opened) == 1) {
			t.Errorf("%+v: %+v, %+v", c, b.Balances(), d.Opened)
		}
		if !c.readable && c.heard > 0 && d.Time != c.heard {
			t.Errorf("%+v: the change is of %d", c, d.Time)
		}
	}
}
