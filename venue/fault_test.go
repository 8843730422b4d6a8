package venue_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"

	"poise/venue"
	"poise/venue/gateway"
)

func TestFaultsOfSockets(t *testing.T) {
	deposit := func(v *venue.Venue, amount string) string {
		return string(v.Transfer("SgsR", "DEPOSIT", "BTC", amount))
	}
	for _, f := range []struct {
		fault gateway.Fault
		want  func(m [3]string) []string // of three messages
	}{
		{gateway.Fault{Kind: "drop", Count: 2}, func(m [3]string) []string { return []string{m[2]} }},
		{gateway.Fault{Kind: "duplicate", Count: 1}, func(m [3]string) []string { return []string{m[0], m[0], m[1], m[2]} }},
		{gateway.Fault{Kind: "reorder", Count: 2}, func(m [3]string) []string { return []string{m[1], m[0], m[2]} }},
		{gateway.Fault{Kind: "reorder"}, func(m [3]string) []string { return []string{m[1], m[0], m[2]} }}, // the last a second later
		{gateway.Fault{Kind: "delay", By: gateway.Duration(50 * time.Millisecond)}, func(m [3]string) []string { return m[:] }},
		{gateway.Fault{Kind: "truncate", Count: 1}, func(m [3]string) []string { return []string{m[0][:len(m[0])/2], m[1], m[2]} }},
		{gateway.Fault{Kind: "drop", Count: 2, Line: 2}, func(m [3]string) []string { return m[:] }},
	} {
		t.Run(f.fault.Kind, func(t *testing.T) {
			v := venue.New(t)
			c := newTrader(t, v, "SgsR")
			s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
			f.fault.Alias = "SgsR"
			v.Fault(f.fault)
			m := [3]string{deposit(v, "1"), deposit(v, "2"), deposit(v, "3")}
			for i, want := range f.want(m) {
				if got := s.next(); got != want {
					t.Errorf("%d: %s\nwant %s", i, got, want)
				}
			}
			s.quiet(30 * time.Millisecond)
		})
	}
}

func TestGarbledMessagesAreChanged(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "SgsR")
	s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
	end := v.Fault(gateway.Fault{Alias: "SgsR", Kind: "garble", Bytes: 3})
	m := string(v.Transfer("SgsR", "DEPOSIT", "BTC", "1"))
	got := s.next()
	changed := 0
	for i := range m {
		if got[i] != m[i] {
			changed++
		}
	}
	if len(got) != len(m) || changed == 0 || changed > 3 {
		t.Errorf("%d bytes changed: %s", changed, got)
	}
	end()
	if m, got := string(v.Transfer("SgsR", "DEPOSIT", "BTC", "1")), s.next(); got != m {
		t.Error(got)
	}
}

func TestFaultsThatEndSockets(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "SgsR")
	key := c.listenKey()
	s := dial(t, v.StreamURL()+"/ws/"+key)
	v.Fault(gateway.Fault{Alias: "SgsR", Kind: "disconnect"})
	var closed wsutil.ClosedError
	if _, err := s.read(time.Second); errors.As(err, &closed) || !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("disconnect: %v", err)
	}
	s = dial(t, v.StreamURL()+"/ws/"+key)
	v.Fault(gateway.Fault{Alias: "SgsR", Kind: "close", Code: 1011})
	if _, err := s.read(time.Second); !errors.As(err, &closed) || closed.Code != 1011 {
		t.Errorf("close: %v", err)
	}
	for _, say := range []bool{true, false} {
		s = dial(t, v.StreamURL()+"/ws/"+c.listenKey())
		v.Fault(gateway.Fault{Alias: "SgsR", Kind: "expire-key", Event: &say})
		if say {
			if m := s.next(); !strings.Contains(m, "listenKeyExpired") {
				t.Error(m)
			}
		}
		v.Deposit("SgsR", "BTC", "1")
		s.quiet(30 * time.Millisecond)
	}
}

func TestSilence(t *testing.T) {
	v := venue.New(t, venue.Manual(start2026))
	c := newTrader(t, v, "SgsR")
	s := dial(t, v.StreamURL()+"/ws/"+c.listenKey())
	v.Fault(gateway.Fault{Alias: "SgsR", Kind: "silence", For: gateway.Duration(5 * time.Minute)})
	v.Deposit("SgsR", "BTC", "1")
	v.Advance(4 * time.Minute) // a ping is due in between
	s.quiet(30 * time.Millisecond)
	v.Advance(time.Minute)
	if m, got := string(v.Transfer("SgsR", "DEPOSIT", "BTC", "1")), s.next(); got != m {
		t.Error(got)
	}
}

func TestFaultsOfREST(t *testing.T) {
	v := venue.New(t, venue.Manual(start2026))
	c := newTrader(t, v, "SgsR", "BTC", "1")
	balance := func() answer { return c.call("GET", "/dapi/v1/balance", "") }
	v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: 503, Code: -1008, Count: 2})
	for i, want := range []int{503, 503, 200} {
		if a := balance(); a.status != want || want == 503 && !strings.Contains(a.body, `"code":-1008`) {
			t.Errorf("%d: %v", i, a)
		}
	}
	end := v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rate-limit"})
	for i, want := range []int{429, 429, 429, 418, 418} {
		if a := balance(); a.status != want || a.header.Get("Retry-After") == "" {
			t.Errorf("%d: %v", i, a)
		}
	}
	end()
	end = v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-slow", By: gateway.Duration(80 * time.Millisecond)})
	if began := time.Now(); balance().status != 200 || time.Since(began) < 80*time.Millisecond {
		t.Error("not slow")
	}
	end()
	end = v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-stale", By: gateway.Duration(time.Minute)})
	v.Deposit("SgsR", "BTC", "1")
	if a := balance(); !strings.Contains(a.body, `"balance":"1.00000000"`) {
		t.Error(a)
	}
	v.Advance(time.Minute)
	if a := balance(); !strings.Contains(a.body, `"balance":"2.00000000"`) {
		t.Error(a)
	}
	v.Deposit("SgsR", "BTC", "1")
	end()
	if a := balance(); !strings.Contains(a.body, `"balance":"3.00000000"`) {
		t.Error(a)
	}
}

func TestFaultsThatLackAFieldAreRefused(t *testing.T) {
	v := venue.New(t)
	v.NewAccount("SgsR")
	for _, body := range []string{
		`{"alias":"SgsR","kind":"close"}`, `{"alias":"SgsR","kind":"silence"}`, `{"alias":"SgsR","kind":"drop"}`, `{"alias":"SgsR","kind":"delay"}`,
		`{"alias":"SgsR","kind":"garble"}`, `{"alias":"SgsR","kind":"rest-error"}`, `{"alias":"SgsR","kind":"rest-error","status":500,"code":-1}`,
		`{"alias":"SgsR","kind":"rest-stale"}`, `{"alias":"SgsR","kind":"none"}`, `{"alias":"nobody","kind":"disconnect"}`, `{"alias":"SgsR","kind":"delay","by":"-1s"}`,
		`{"alias":"SgsR","kind":"delay","by":"soon"}`, `{"alias":"SgsR","kind":"disconnect","color":1}`, `[]`, `{`, `{"alias":"SgsR","kind":"close","code":7}`,
	} {
		if a := operate(t, v, "POST", "/v1/faults", body); a.status != 400 || !strings.HasPrefix(a.body, `{"error":"`) {
			t.Errorf("%s: %v", body, a)
		}
	}
	if a := operate(t, v, "POST", "/v1/faults", `{"alias":"SgsR","kind":"duplicate"}`); a.status != 201 || a.body != `{"id":"1"}` {
		t.Error(a)
	}
	for path, want := range map[string]int{"/v1/faults/1": 200, "/v1/faults/99": 404, "/v1/faults/x": 404} {
		if a := operate(t, v, "DELETE", path, ""); a.status != want {
			t.Error(path, a)
		}
	}
}
