package gateway

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobwas/ws"
)

// stream is a name that sockets have subscribed to: a listen key, or a market
// stream.
type stream struct {
	name  string
	lines []*line // oldest first
	feed  *feed   // of a market, else nil
}

func pingFrame(now time.Time) []byte {
	return ws.MustCompileFrame(ws.NewPingFrame(strconv.AppendInt(nil, now.UnixMilli(), 10)))
}

// frameFor frames a message as a socket wants it: bare, or in an envelope that
// names the stream.
func frameFor(l *line, name string, message []byte) []byte {
	if !l.combined {
		return textFrame(message)
	}
	return textFrame(envelope(name, message))
}

func envelope(name string, message []byte) []byte {
	b := make([]byte, 0, len(name)+len(message)+24)
	b = append(b, `{"stream":`...)
	b = strconv.AppendQuote(b, name)
	b = append(b, `,"data":`...)
	b = append(b, message...)
	return append(b, '}')
}

// broadcast sends one message to all sockets of a stream, framed once a form.
func (s *stream) broadcast(message []byte) {
	if len(s.lines) == 1 && !s.lines[0].combined {
		s.lines[0].sendText(message)
		return
	}
	var bare, enveloped []byte
	for _, l := range s.lines {
		switch {
		case l.combined && enveloped == nil:
			enveloped = frameFor(l, s.name, message)
			l.write(enveloped)
		case l.combined:
			l.write(enveloped)
		case bare == nil:
			bare = textFrame(message)
			l.write(bare)
		default:
			l.write(bare)
		}
	}
}

// subscribe adds streams to a socket; one that it has stays where it is. A name
// that means nothing is taken too, and stays silent.
func (g *Gateway) subscribe(l *line, names []string) bool {
	for _, name := range names {
		if l.gone || slices.Contains(l.names, name) {
			continue
		}
		if len(l.names) >= streamsMax {
			return false
		}
		l.names = append(l.names, name)
		s := g.streams[name]
		if s == nil {
			s = &stream{name: name, feed: g.newFeed(name)}
			g.streams[name] = s
			g.startFeed(s)
		}
		s.lines = append(s.lines, l)
	}
	return true
}

func (g *Gateway) unsubscribe(l *line, names []string) {
	for _, name := range names {
		i := slices.Index(l.names, name)
		if i < 0 {
			continue
		}
		l.names = slices.Delete(l.names, i, i+1)
		s := g.streams[name]
		s.lines = slices.DeleteFunc(s.lines, func(other *line) bool { return other == l })
		if len(s.lines) == 0 {
			delete(g.streams, name)
			g.stopFeed(s)
		}
	}
}

// join takes a socket in.
func (g *Gateway) join(l *line, names []string) {
	g.lineID++
	l.id, l.opened = g.lineID, g.now()
	l.pongAt.Store(l.opened)
	g.open[l] = struct{}{}
	g.subscribe(l, names)
	g.watch(l)
}

// leave forgets a socket that is closed.
func (g *Gateway) leave(l *line) {
	l.gone = true
	g.stop(l.timer)
	g.unsubscribe(l, slices.Clone(l.names))
	delete(g.open, l)
	if l.slow {
		g.config.Log.Info("socket dropped: its queue is full", "socket", l.id)
	}
}

// splitStreams reads the names of /stream?streams=a/b/c.
func splitStreams(s string) []string {
	return slices.DeleteFunc(strings.Split(s, "/"), func(n string) bool { return n == "" })
}
