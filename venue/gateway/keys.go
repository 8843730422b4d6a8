package gateway

import (
	"fmt"
	"strconv"
	"time"
)

// listenKey is an account's: it has one at a time. Every socket that subscribes
// to it gets its own copy of each event, in order.
type listenKey struct {
	text    string
	owner   *client
	expires int64
	timer   *timer
}

// takeKey returns the account's key, with its life renewed, and makes one when
// there is none.
func (g *Gateway) takeKey(c *client) string {
	g.note(kindKeyTake, func(r *coder) { r.name(&c.alias) })
	if c.key == nil {
		c.key = &listenKey{text: g.text(64), owner: c}
		g.keys[c.key.text] = c.key
	}
	g.renew(c.key)
	return c.key.text
}

func (g *Gateway) renew(k *listenKey) {
	g.stop(k.timer)
	k.expires = g.now() + g.config.KeyLife.Milliseconds()
	k.timer = g.atKept(k.expires, func() { g.expire(k, true) })
}

// keepKey is a PUT: -1125 without a key. name may be empty.
func (g *Gateway) keepKey(c *client, name string) (string, error) {
	if c.key == nil || name != "" && name != c.key.text {
		return "", refuse(-1125)
	}
	g.note(kindKeyRenew, func(r *coder) { r.name(&c.alias) })
	g.renew(c.key)
	return c.key.text, nil
}

// expire ends a key. Sockets stay open and hear nothing more; they are told when
// say is true.
func (g *Gateway) expire(k *listenKey, say bool) {
	if k.owner.key != k {
		return
	}
	lines := g.linesOf(k.text)
	g.forgetKey(k)
	if !say {
		return
	}
	message := g.expiry(k)
	for _, l := range lines {
		l.write(frameFor(l, k.text, message))
	}
}

// expiry is the event in the key order of the documentation.
func (g *Gateway) expiry(k *listenKey) []byte {
	at := strconv.FormatInt(g.now(), 10)
	if g.config.ExpiryText {
		at = `"` + at + `"`
	}
	return fmt.Appendf(nil, `{"e":"listenKeyExpired","E":%s,"listenKey":"%s"}`, at, k.text)
}

// closeKey is a DELETE: sockets that follow nothing else are closed (INFERRED;
// documented is that the stream closes).
func (g *Gateway) closeKey(c *client) {
	if c.key == nil {
		return
	}
	lines, name := g.linesOf(c.key.text), c.key.text
	g.forgetKey(c.key)
	for _, l := range lines {
		if len(l.names) == 1 && l.names[0] == name {
			l.close(1000, "")
		}
	}
}

func (g *Gateway) forgetKey(k *listenKey) {
	g.note(kindKeyEnd, func(r *coder) { r.name(&k.owner.alias) })
	g.stop(k.timer)
	delete(g.keys, k.text)
	k.owner.key = nil
}

// linesOf returns the sockets that a stream's name goes to, oldest first.
func (g *Gateway) linesOf(name string) []*line {
	if s := g.streams[name]; s != nil {
		return s.lines
	}
	return nil
}

// due is when a socket has to be pinged or ended next.
func (g *Gateway) due(l *line) int64 {
	next := l.opened + g.config.LineMax.Milliseconds()
	ping := l.opened
	if l.pingedAt != 0 {
		ping = l.pingedAt
	}
	next = min(next, ping+g.config.PingGap.Milliseconds())
	return min(next, l.pongAt.Load()+g.config.PongMax.Milliseconds())
}

func (g *Gateway) watch(l *line) {
	l.timer = g.at(g.due(l), func() { g.attend(l) })
}

// attend pings a socket, or ends it for its age or for want of a pong.
func (g *Gateway) attend(l *line) {
	now := g.now()
	switch {
	case now >= l.opened+g.config.LineMax.Milliseconds():
		l.close(1001, "")
		return
	case now >= l.pongAt.Load()+g.config.PongMax.Milliseconds():
		l.close(1008, "Pong timeout")
		return
	case now >= max(l.opened, l.pingedAt)+g.config.PingGap.Milliseconds() && !g.silent(l):
		l.pingedAt = now
		l.awaits.Store(true)
		l.write(pingFrame(time.UnixMilli(now)))
	case now >= max(l.opened, l.pingedAt)+g.config.PingGap.Milliseconds():
		l.pingedAt = now // a silent socket is not pinged
	}
	g.watch(l)
}
