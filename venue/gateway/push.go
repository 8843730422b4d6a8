package gateway

import (
	"slices"
	"time"

	"poise/venue/engine"
)

// push sends a user event to the account's listen key.
func (g *Gateway) push(e *engine.Event) {
	c := g.byAlias[e.Account]
	if c == nil {
		return
	}
	c.remember(g)
	if c.key == nil {
		return
	}
	g.pushBytes(c, e.Message)
}

// pushBytes sends a message to the sockets of an account's key, through OnPush
// and the account's faults.
func (g *Gateway) pushBytes(c *client, message []byte) {
	if g.replaying() {
		return // it was sent when it happened
	}
	s := g.streams[c.key.text]
	if g.config.OnPush == nil && len(c.faults) == 0 {
		if s != nil {
			s.broadcast(message)
		}
		return
	}
	message = slices.Clone(message) // it may be held back
	out := []parcel{{message: message}}
	if g.config.OnPush != nil {
		out = deliveryOf(g.config.OnPush(c.key.text, slices.Clone(message)), message)
	}
	acting := g.acting(c)
	if s == nil {
		return
	}
	for i, l := range s.lines {
		g.sendAll(l, s.name, g.bend(acting, l, i, out))
	}
}

// parcel is a message on its way to one socket.
type parcel struct {
	message []byte
	hold    time.Duration
}

func deliveryOf(d Delivery, message []byte) []parcel {
	if d.Drop {
		return nil
	}
	if d.Message != nil {
		message = d.Message
	}
	one := parcel{message, d.Hold}
	return slices.Repeat([]parcel{one}, 1+max(0, min(d.Repeats, 100)))
}

func (g *Gateway) sendAll(l *line, name string, out []parcel) {
	for _, p := range out {
		if p.hold <= 0 {
			l.write(frameFor(l, name, p.message))
			continue
		}
		g.after(p.hold, func() { l.write(frameFor(l, name, p.message)) })
	}
}

// acting counts a message against the account's faults and returns those that
// act on it.
func (g *Gateway) acting(c *client) (acting []*fault) {
	for _, f := range slices.Clone(c.faults) {
		if !f.onMessages() {
			continue
		}
		acting = append(acting, f)
		if f.seen++; f.Count > 0 && f.seen >= f.Count {
			g.endFault(f)
		}
	}
	return acting
}

// bend has faults change what one socket is sent.
func (g *Gateway) bend(acting []*fault, l *line, index int, out []parcel) []parcel {
	out = slices.Clone(out)
	for _, f := range acting {
		if f.Line != 0 && f.Line != index+1 {
			continue
		}
		switch f.Kind {
		case "drop", "silence":
			return nil
		case "duplicate":
			out = append(out, out...)
		case "delay":
			for i := range out {
				out[i].hold += time.Duration(f.By)
			}
		case "reorder":
			out = g.swap(f, l, out)
		case "garble", "truncate":
			out = g.spoil(f, out)
		}
	}
	return out
}

// swap holds a message until the next of that socket, or a second.
func (g *Gateway) swap(f *fault, l *line, out []parcel) []parcel {
	if held, ok := f.held[l]; ok {
		delete(f.held, l)
		g.stop(held.timer)
		return append(slices.Clone(out), held.out...)
	}
	h := &held{out: out}
	h.timer = g.after(time.Second, func() {
		delete(f.held, l)
		for _, name := range l.names { // the account's key, if it still has it
			if k := g.keys[name]; k != nil && k.owner == f.owner {
				g.sendAll(l, name, h.out)
			}
		}
	})
	f.held[l] = h
	return nil
}

type held struct {
	out   []parcel
	timer *timer
}

// spoil flips bytes, or cuts a message in half.
func (g *Gateway) spoil(f *fault, out []parcel) (spoilt []parcel) {
	for _, p := range out {
		m := slices.Clone(p.message)
		if f.Kind == "truncate" {
			m = m[:len(m)/2]
		} else {
			for range f.Bytes {
				m[g.noise.IntN(len(m))] ^= byte(1 + g.noise.IntN(7)) // stays a text
			}
		}
		spoilt = append(spoilt, parcel{m, p.hold})
	}
	return spoilt
}

// silent reports whether a socket follows an account that is silenced.
func (g *Gateway) silent(l *line) bool {
	for _, name := range l.names {
		k := g.keys[name]
		if k == nil {
			continue
		}
		for _, f := range k.owner.faults {
			if f.Kind == "silence" && (f.Line == 0 || f.Line == 1+slices.Index(g.linesOf(name), l)) {
				return true
			}
		}
	}
	return false
}
