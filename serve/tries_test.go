package serve

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

func guess(i int) [sha256.Size]byte { return sha256.Sum256(fmt.Append(nil, i)) }

// An address guesses so often at once, and then at its pace; the right token is
// not looked at before that.
func TestTriesHaveAPace(t *testing.T) {
	var g tries
	from, now := netip.MustParsePrefix("192.0.2.1/32"), time.Unix(1_800_000_000, 0)
	for i := range triesMost {
		if v := g.judge(from, guess(i), false, now); v.wait > 0 || v.right || v.first != (i == triesMost-1) {
			t.Fatalf("guess %d: %+v", i, v)
		}
	}
	for _, after := range []time.Duration{0, time.Millisecond, tryEvery - time.Millisecond} {
		if v := g.judge(from, guess(-1), true, now.Add(after)); v.right || v.wait != tryEvery-after {
			t.Errorf("after %v: %+v", after, v)
		}
	}
	if v := g.judge(from, guess(triesMost-1), false, now); v.wait > 0 || v.first {
		t.Errorf("what was wrong a moment ago is said again: %+v", v)
	}
	if v := g.judge(netip.MustParsePrefix("192.0.2.2/32"), guess(-1), true, now); !v.right {
		t.Errorf("the right token from another address: %+v", v)
	}
	now = now.Add(tryEvery)
	if v := g.judge(from, guess(1_000), false, now); v.wait > 0 {
		t.Errorf("one more after %v: %+v", tryEvery, v)
	}
	if v := g.judge(from, guess(-1), true, now); v.wait != tryEvery {
		t.Errorf("and then none: %+v", v)
	}
	if v := g.judge(from, guess(-1), true, now.Add(tryEvery)); !v.right {
		t.Errorf("the right one after that: %+v", v)
	}
	if v := g.judge(from, guess(-1), true, now.Add(24*time.Hour)); !v.right || g.count() != triesMost+1 {
		t.Errorf("a day later: %+v, of %d wrong ones", v, g.count())
	}
}

// A program that shows the same wrong token for ever keeps nobody out at its
// address.
func TestAWrongTokenCountsOnce(t *testing.T) {
	var g tries
	from, now := netip.MustParsePrefix("127.0.0.1/32"), time.Unix(1_800_000_000, 0)
	for i := range 10_000 {
		if v := g.judge(from, guess(i%wrongKept), false, now); v.wait > 0 || v.right {
			t.Fatalf("%d: %+v", i, v)
		}
	}
	if v := g.judge(from, guess(-1), true, now); !v.right || g.count() != wrongKept {
		t.Errorf("the right one: %+v, of %d wrong ones", v, g.count())
	}
}

// Guesses from everywhere fill no memory, and those of now are not forgotten.
func TestTriesOfManyAddressesAreBounded(t *testing.T) {
	var g tries
	now := time.Unix(1_800_000_000, 0)
	busy := netip.MustParsePrefix("192.0.2.1/32")
	for i := range 100_000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.judge(netip.PrefixFrom(a, 32), guess(i), false, now)
		if i%1_000 == 0 {
			g.judge(busy, guess(-i), false, now)
		}
		if n := len(g.young) + len(g.old); n > 2*addressesMost {
			t.Fatalf("%d addresses after %d", n, i)
		}
	}
	if v := g.judge(busy, guess(-1), true, now); v.wait == 0 {
		t.Errorf("the busy one is forgotten: %+v", v)
	}
}

func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1": "192.0.2.7/32", "[::ffff:192.0.2.7]:1": "192.0.2.7/32", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1": "fe80::/64", "[::1]:1": "::/64", "": "invalid Prefix", "pipe": "invalid Prefix", "name:1": "invalid Prefix",
	} {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {"198.51.100.1"}}}
		if got := addressOf(r).String(); got != want {
			t.Errorf("%q is of %s, not %s", remote, got, want)
		}
	}
}
