package serve

import (
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Bounds of guessing the token. An address may guess triesMost times at once and
// once more every tryEvery. What it guessed wrongly a moment ago teaches it
// nothing, so to show that again costs nothing: a program with an old token shuts
// nobody out.
const (
	triesMost = 20
	tryEvery  = 5 * time.Second
	// wrongKept is how many wrong tokens of an address are remembered.
	wrongKept = 4
	// addressesMost bounds the addresses that are remembered, in each of two halves.
	addressesMost = 2_048
)

// tries counts wrong tokens by the address that they came from.
type tries struct {
	mu         sync.Mutex
	young, old map[netip.Prefix]*trier // young becomes old when it is full
	wrong      int64                   // all there ever were
}

// trier is an address that showed a wrong token.
type trier struct {
	owed  int       // guesses, as of at
	at    time.Time // when owed was last reckoned
	wrong [][sha256.Size]byte
}

// verdict is what becomes of a token that was shown.
type verdict struct {
	right bool
	// wait, if set, is how long the address has to wait: the token was not looked
	// at.
	wait time.Duration
	// first is the guess from which on the address has to wait: said once.
	first bool
}

// judge says whether a token's hash is the right one, unless its address has
// guessed too often.
func (t *tries) judge(from netip.Prefix, shown [sha256.Size]byte, right bool, now time.Time) verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.of(from)
	if a == nil && right {
		return verdict{right: true}
	}
	if a == nil {
		a = t.add(from, now)
	}
	if slices.Contains(a.wrong, shown) {
		return verdict{}
	}
	a.reckon(now)
	switch {
	case a.owed >= triesMost:
		return verdict{wait: a.at.Add(tryEvery).Sub(now)}
	case right:
		return verdict{right: true}
	}
	t.wrong++
	a.owed++
	a.wrong = append(a.wrong, shown)
	a.wrong = a.wrong[max(0, len(a.wrong)-wrongKept):]
	return verdict{first: a.owed == triesMost}
}

// reckon takes off what time has forgiven.
func (a *trier) reckon(now time.Time) {
	n := int(now.Sub(a.at) / tryEvery)
	if n >= a.owed {
		a.owed, a.at = 0, now
		return
	}
	a.owed -= n
	a.at = a.at.Add(time.Duration(n) * tryEvery)
}

// of returns what is known of an address, or nil.
func (t *tries) of(from netip.Prefix) *trier {
	if a := t.young[from]; a != nil {
		return a
	}
	a := t.old[from]
	if a != nil {
		delete(t.old, from)
		t.keep(from, a)
	}
	return a
}

func (t *tries) add(from netip.Prefix, now time.Time) *trier {
	a := &trier{at: now}
	t.keep(from, a)
	return a
}

func (t *tries) keep(from netip.Prefix, a *trier) {
	if len(t.young) >= addressesMost {
		t.young, t.old = nil, t.young
	}
	if t.young == nil {
		t.young = map[netip.Prefix]*trier{}
	}
	t.young[from] = a
}

// count is how many wrong tokens were shown.
func (t *tries) count() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wrong
}

// addressOf is where a request comes from. Of IPv6 it is the network, since one
// machine has as many addresses in it as it likes. What a proxy says of others is
// not believed: anybody can say it.
func addressOf(r *http.Request) netip.Prefix {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	p, _ := a.Prefix(map[bool]int{true: 32, false: 64}[a.Is4()]) // of that many bits there is one
	return p
}
