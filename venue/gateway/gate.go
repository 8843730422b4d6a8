package gateway

import (
	"bytes"
	"sync"
)

// gate holds back what clients are told until what caused it is durable, and
// lets it out in order. Without a data folder there is none: a nil gate holds
// nothing.
type gate struct {
	mu        sync.Mutex
	room      sync.Cond
	given     uint64 // number of the last record that was logged
	durable   uint64
	err       error // after which nothing becomes durable
	queue     []heldBack
	bytes     int
	releasing bool
}

// heldBack is something that waits: a frame of a socket, maybe its last, the cut of a
// socket, or the end of a task.
type heldBack struct {
	after uint64 // record
	line  *line
	frame []byte
	lent  bool // frame may change when hold has returned
	last  bool
	cut   bool
	task  *task
}

// Bounds of what is held: with more, who has more waits.
const (
	mostHeld      = 1 << 18
	mostHeldBytes = 64 << 20
)

func newGate(durable uint64) *gate {
	g := &gate{given: durable, durable: durable}
	g.room.L = &g.mu
	return g
}

// wrote tells that a record was logged.
func (g *gate) wrote(record uint64) {
	g.mu.Lock()
	g.given = max(g.given, record)
	g.mu.Unlock()
}

// hold keeps h until everything that was logged so far is durable. It reports
// false when that is so already, and h is the caller's to do.
func (g *gate) hold(h heldBack) bool {
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for (len(g.queue) >= mostHeld || g.bytes >= mostHeldBytes) && g.err == nil {
		g.room.Wait()
	}
	if g.err != nil {
		h.refuse(g.err)
		return true
	}
	if len(g.queue) == 0 && !g.releasing && g.given <= g.durable {
		return false
	}
	if h.lent {
		h.frame = bytes.Clone(h.frame)
	}
	h.after = g.given
	g.queue = append(g.queue, h)
	g.bytes += len(h.frame)
	return true
}

// becameDurable lets out what waited for a record, or refuses all. It is called
// by one goroutine.
func (g *gate) becameDurable(record uint64, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.durable, g.err = max(g.durable, record), err
	g.releasing = true
	for {
		out := g.due()
		if len(out) == 0 {
			break
		}
		g.mu.Unlock()
		for i := range out {
			if err != nil {
				out[i].refuse(err)
			} else {
				out[i].release()
			}
		}
		g.mu.Lock()
		for i := range out {
			g.bytes -= len(out[i].frame)
		}
		g.room.Broadcast()
	}
	g.releasing = false
}

// due takes out of the queue what needs to wait no more.
func (g *gate) due() []heldBack {
	n := 0
	for n < len(g.queue) && (g.queue[n].after <= g.durable || g.err != nil) {
		n++
	}
	out := g.queue[:n:n]
	if g.queue = g.queue[n:]; len(g.queue) == 0 {
		g.queue = nil
	}
	return out
}

// failed returns the error after which nothing is done any more.
func (g *gate) failed() error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

func (h *heldBack) release() {
	switch {
	case h.task != nil:
		close(h.task.done)
	case h.cut:
		h.line.cut()
	case h.last:
		h.line.sendLast(h.frame)
	default:
		h.line.sendNow(h.frame, false)
	}
}

// refuse ends a task with an error, and a socket that would miss something.
func (h *heldBack) refuse(err error) {
	if h.task == nil {
		h.line.cut()
		return
	}
	if h.task.err == nil {
		h.task.err = &lostError{err}
	}
	close(h.task.done)
}
