package dapi

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

const (
	overlap   = 3 * time.Second // that an old line goes on beside the new one
	swapAgain = time.Minute     // until a line that is due asks again, while another is replaced
)

// slot is the place of one line. It has two ids in turn, so that the line that
// comes and the one that goes can be told apart. A line has one goroutine, its
// reader; opening is another that ends when the line is open.
type slot struct {
	s *Stream
	n uint8

	mu         sync.Mutex
	lines      [2]*line // by id: n, and n+Lines
	cur        *line    // that is not to be closed
	opening    bool
	again      bool // the line being opened is not good enough any more
	failures   int
	reconnects int
	changed    time.Time
	told       time.Time // of the opener: a trouble
}

// line is one socket in use.
type line struct {
	slot   *slot
	id     uint8
	half   int
	key    string
	socket *Socket
	since  time.Time // by the runtime
	opened time.Time // by Config.Now
	frames atomic.Int64
	done   chan struct{} // LineDown was told
	life   *time.Timer   // then end of the overlap
}

// replace opens a line, and has the one before closed when that is done.
func (t *slot) replace() { t.open(0) }

// open begins to open a line after a wait, unless that is under way: then it does
// so anew.
func (t *slot) open(wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opening {
		t.again = true
		return
	}
	t.opening = true
	t.s.start(func() { t.opener(t.s.ctx, wait) })
}

// opener tries until a line is open or ctx has ended.
func (t *slot) opener(ctx context.Context, wait time.Duration) {
	x := t.s.c.x
	for sleep(ctx, wait) {
		urgent := t.s.deaf.Load() == nil && t.s.isDeaf() && t.s.deaf.CompareAndSwap(nil, t)
		err := x.pace.turn(ctx, urgent)
		t.s.deaf.CompareAndSwap(t, nil)
		key := t.begin() // after the turn came, since it can be long in coming
		var socket *Socket
		if err == nil {
			socket, err = x.connect(ctx, x.config.Stream+"/ws/"+key)
		}
		if err != nil {
			wait = t.failed(ctx, err)
			continue
		}
		socket.watch = t.s.config.PingEvery
		socket.arm()
		if t.stale(key) || !t.install(ctx, &line{slot: t, key: key, socket: socket, done: make(chan struct{})}) {
			socket.Close()
			wait = 0
			continue
		}
		return
	}
}

// begin returns the key to dial with.
func (t *slot) begin() string {
	t.mu.Lock()
	t.again = false
	t.mu.Unlock()
	return t.s.current()
}

// stale reports whether a line that was dialled is not good enough any more.
func (t *slot) stale(key string) bool {
	t.mu.Lock()
	again := t.again
	t.mu.Unlock()
	return again || key != t.s.current()
}

func (t *slot) failed(ctx context.Context, err error) time.Duration {
	if ctx.Err() == nil {
		t.s.trouble(t.n, &t.told, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures++
	return backoff(t.s.config.RetryMin, t.s.config.RetryMax, t.failures-1)
}

// install makes an open socket the slot's line, tells of it, and gives the one
// before its last seconds. It reports false when ctx has ended.
func (t *slot) install(ctx context.Context, l *line) bool {
	if !t.free(ctx, l) {
		return false
	}
	t.told = time.Time{}
	t.s.tell(l.id, LineUp, "")
	t.mu.Lock()
	if ctx.Err() != nil {
		t.mu.Unlock()
		t.s.tell(l.id, LineDown, "ended")
		return false
	}
	old := t.cur
	t.lines[l.half], t.cur, t.opening = l, l, false
	t.changed = l.opened
	l.life = time.AfterFunc(t.life(), func() { t.s.aged(l) })
	again := t.again
	t.mu.Unlock()
	if old != nil {
		old.retire()
	}
	t.s.wg.Go(l.read) // not start: this is a goroutine of the Stream, and LineUp was told
	if again || l.key != t.s.current() {
		t.open(0)
	}
	return true
}

// free finds an id. When the line that is to be replaced and the one before it
// have both, it waits for the latter to be told down.
func (t *slot) free(ctx context.Context, l *line) bool {
	t.mu.Lock()
	if t.lines[0] != nil && (t.lines[1] == nil || t.lines[0] == t.cur) {
		l.half = 1
	}
	other := t.lines[l.half]
	t.mu.Unlock()
	l.id = t.n + uint8(l.half*len(t.s.slots))
	l.since, l.opened = time.Now(), t.s.c.x.config.Now()
	if other == nil {
		return true
	}
	other.socket.Close()
	select {
	case <-other.done:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t *slot) life() time.Duration {
	life := t.s.config.LineLife
	return life - jitter(life/4)
}

// retire lets a line go on for a while, so that what is in flight comes on both.
func (l *line) retire() {
	l.slot.mu.Lock()
	defer l.slot.mu.Unlock()
	if l.slot.lines[l.half] != l {
		return // it is gone already
	}
	l.life.Stop()
	l.life = time.AfterFunc(overlap, func() { l.socket.Close() })
}

// read is a line's goroutine.
func (l *line) read() {
	err := l.hear()
	l.slot.s.tell(l.id, LineDown, l.reason(err))
	l.slot.gone(l, err)
}

func (l *line) hear() error {
	s := l.slot.s
	for {
		data, _, err := l.socket.message()
		if err != nil {
			l.socket.refuse(err)
			return err
		}
		l.frames.Add(1)
		s.sink.Frame(Frame{Line: l.id, Received: l.socket.received.Load(), Data: data})
		if key, ok := expiry(data); ok {
			s.ask(asked{expired: orElse(key, l.key)})
		}
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// reason is why a line ended, for people.
func (l *line) reason(err error) string {
	if l.socket.left.Load() { // whatever was read then
		return "closed by us"
	}
	return strings.ReplaceAll(err.Error(), l.key, "…")
}

// gone takes a line out that was told down, and opens another if it was in use.
// A normal closure is how a deleted key ends (INFERRED): the key is looked at.
func (t *slot) gone(l *line, err error) {
	t.mu.Lock()
	l.life.Stop()
	t.lines[l.half] = nil
	inUse := t.cur == l
	wait := time.Duration(0)
	if inUse {
		t.cur = nil
		t.reconnects++
		t.changed = t.s.c.x.config.Now()
		if time.Since(l.since) >= t.s.config.RetryMax {
			t.failures = 0
		}
		wait = backoff(t.s.config.RetryMin, t.s.config.RetryMax, t.failures)
		t.failures++
	}
	opens := inUse && !t.opening
	t.mu.Unlock()
	close(l.done)
	if opens {
		t.open(wait)
	}
	var closed *CloseError
	if inUse && errors.As(err, &closed) && closed.Code == int(ws.StatusNormalClosure) {
		t.s.ask(asked{check: true})
	}
}

// aged replaces a line for its age, one of the Stream at a time.
func (s *Stream) aged(l *line) {
	s.swapping.Lock()
	defer s.swapping.Unlock()
	for _, t := range s.slots {
		if t != l.slot && t.isOpening() {
			l.later()
			return
		}
	}
	if l.slot.isCurrent(l) {
		l.slot.replace()
	}
}

// later has an aged line ask again.
func (l *line) later() {
	l.slot.mu.Lock()
	defer l.slot.mu.Unlock()
	if l.slot.cur == l {
		l.life.Reset(swapAgain)
	}
}

func (t *slot) isCurrent(l *line) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cur == l
}

// isDeaf reports whether no line is up.
func (s *Stream) isDeaf() bool {
	for _, t := range s.slots {
		if !t.isCurrent(nil) {
			return false
		}
	}
	return true
}

func (t *slot) isOpening() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.opening
}

// end closes what is open.
func (t *slot) end() {
	t.mu.Lock()
	lines := t.lines
	for _, l := range lines {
		if l != nil {
			l.life.Stop()
		}
	}
	t.mu.Unlock()
	for _, l := range lines {
		if l != nil {
			l.socket.Close()
		}
	}
}

func (t *slot) state() (all []LineState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.lines {
		if l != nil {
			all = append(all, LineState{l.id, true, l.opened, l.frames.Load(), l.socket.received.Load(), t.reconnects})
		}
	}
	if len(all) == 0 {
		all = append(all, LineState{ID: t.n, Since: t.changed, Reconnects: t.reconnects})
	}
	return all
}
