package gateway

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"
)

// line is one socket. Frames are written by whoever has them, mostly the loop:
// at once as far as the kernel takes them, and the rest by a goroutine that
// lives until the queue is empty.
type line struct {
	id       int64
	conn     net.Conn
	raw      syscall.RawConn // nil when the kernel cannot be asked
	queueMax int
	flushers *sync.WaitGroup
	gate     *gate // nil without a data folder

	mu      sync.Mutex
	queue   [][]byte
	queued  int  // bytes
	writing bool // a goroutine empties the queue
	dead    bool
	last    bool // nothing may follow what is queued
	slow    bool // was dropped for its full queue
	lent    []byte
	sent    int
	try     func(fd uintptr) bool

	awaits atomic.Bool  // a pong
	pongAt atomic.Int64 // by the exchange's clock

	// What follows belongs to the loop.
	opened   int64
	pingedAt int64
	timer    *timer
	combined bool
	api      *session // of /ws-dapi/v1, else nil
	host     string
	names    []string // subscriptions, in order
	gone     bool
}

func newLine(conn net.Conn, queueMax int, flushers *sync.WaitGroup) *line {
	l := &line{conn: conn, queueMax: queueMax, flushers: flushers}
	if c, ok := conn.(syscall.Conn); ok && canTry {
		l.raw, _ = c.SyscallConn() // without it, all is queued
	}
	l.try = func(fd uintptr) bool {
		l.sent = tryWrite(fd, l.lent)
		return true
	}
	return l
}

// write sends a frame, which must not change afterwards, when what caused it is
// durable. It waits for no reader.
func (l *line) write(frame []byte) { l.send(frame, false) }

// send is write; a lent frame may change when send has returned.
func (l *line) send(frame []byte, lent bool) {
	if !l.gate.hold(heldBack{line: l, frame: frame, lent: lent}) {
		l.sendNow(frame, lent)
	}
}

// sendNow is send that waits for no disk.
func (l *line) sendNow(frame []byte, lent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead || l.last {
		return
	}
	if !l.writing {
		if frame = l.atOnce(frame); len(frame) == 0 {
			return
		}
	}
	if l.queued+len(frame) > l.queueMax {
		l.slow = true
		l.end()
		return
	}
	if lent {
		frame = bytes.Clone(frame)
	}
	l.queue = append(l.queue, frame)
	l.queued += len(frame)
	if !l.writing {
		l.writing = true
		l.flushers.Go(l.flush)
	}
}

// atOnce writes what the kernel takes and returns the rest.
func (l *line) atOnce(frame []byte) []byte {
	if l.raw == nil {
		return frame
	}
	l.lent, l.sent = frame, 0
	if err := l.raw.Write(l.try); err != nil || l.sent < 0 {
		l.end()
		return nil
	}
	l.lent = nil
	return frame[l.sent:]
}

// flush writes the queue, waiting for the reader at the other end.
func (l *line) flush() {
	for {
		l.mu.Lock()
		if l.dead || len(l.queue) == 0 {
			l.writing = false
			if l.last && !l.dead {
				l.shut()
			}
			l.mu.Unlock()
			return
		}
		frames := net.Buffers(l.queue)
		l.queue = nil
		l.mu.Unlock()
		n, err := frames.WriteTo(l.conn)
		l.mu.Lock()
		l.queued -= int(n)
		if err != nil {
			l.end()
		}
		l.mu.Unlock()
	}
}

// end closes the socket; the lock is held.
func (l *line) end() {
	if !l.dead {
		l.dead = true
		l.queue = nil
		l.conn.Close()
	}
}

// hangUp is cut, behind what is held back.
func (l *line) hangUp() {
	if !l.gate.hold(heldBack{line: l, cut: true}) {
		l.cut()
	}
}

// cut closes the socket without a word.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

// closeGrace is how long a goodbye may take, by the machine's clock.
const closeGrace = time.Second

// close says goodbye with a code. The socket is shut behind what is queued, and
// its reader ends when the client has hung up, or after closeGrace: closing at
// once, with unread bytes of the client, would have the kernel throw away what
// the client was sent last.
func (l *line) close(code int, reason string) {
	frame := ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusCode(code), reason)))
	if !l.gate.hold(heldBack{line: l, frame: frame, last: true}) {
		l.sendLast(frame)
	}
}

// sendLast sends a close frame at once, and nothing behind it.
func (l *line) sendLast(frame []byte) {
	l.sendNow(frame, false)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead || l.last {
		return
	}
	l.last = true
	l.conn.SetDeadline(time.Now().Add(closeGrace)) // fails only on a dead socket
	if !l.writing {
		l.shut()
	}
}

// shut ends our side; the lock is held.
func (l *line) shut() {
	if c, ok := l.conn.(interface{ CloseWrite() error }); !ok || c.CloseWrite() != nil {
		l.end()
	}
}

func (l *line) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead || l.last
}

// textFrame is ws.CompileFrame of a text, with one allocation.
func textFrame(payload []byte) []byte {
	return appendTextFrame(make([]byte, 0, len(payload)+10), payload)
}

// frames are lent to sockets, one at a time each: most are written at once.
var frames = sync.Pool{New: func() any { return new([]byte) }}

// sendText sends a message that no other socket is sent.
func (l *line) sendText(message []byte) {
	b := frames.Get().(*[]byte)
	*b = appendTextFrame((*b)[:0], message)
	l.send(*b, true)
	if cap(*b) <= frameMax {
		frames.Put(b)
	}
}

func appendTextFrame(b, payload []byte) []byte {
	n := len(payload)
	b = append(b, 0x81) // final, text
	switch {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}
