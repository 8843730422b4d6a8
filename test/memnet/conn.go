package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// bufferMax is what a direction holds before its writer waits.
const bufferMax = 64 << 10

// Conn is one end of a connection, with all that a net.Conn promises, and
// CloseWrite.
type Conn struct {
	n             *Network
	local, remote addr
	in, out       *pipe
	peer          *Conn
	stalled       atomic.Bool
	once          sync.Once
}

func pair(n *Network, a, b addr) (client, server *Conn) {
	up, down := newPipe(), newPipe()
	client = &Conn{n: n, local: a, remote: b, in: down, out: up}
	server = &Conn{n: n, local: b, remote: a, in: up, out: down}
	client.peer, server.peer = server, client
	return client, server
}

// Read waits for bytes, the end (io.EOF), the deadline or Close.
func (c *Conn) Read(b []byte) (int, error) { return c.fail("read")(c.in.read(b)) }

// Write waits while the buffer is full. On a stalled connection all is well and
// nothing arrives.
func (c *Conn) Write(b []byte) (int, error) {
	if c.stalled.Load() {
		return len(b), nil
	}
	return c.fail("write")(c.out.write(b))
}

func (c *Conn) fail(op string) func(int, error) (int, error) {
	return func(n int, err error) (int, error) {
		if err != nil && err != io.EOF {
			err = &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
		}
		return n, err
	}
}

// Close ends both directions. The peer reads what was written, and then io.EOF.
func (c *Conn) Close() error {
	c.once.Do(func() {
		c.in.stop(net.ErrClosed, syscall.EPIPE)
		if c.stalled.Load() {
			c.out.stop(nil, net.ErrClosed) // the peer is not told
		} else {
			c.out.finish(net.ErrClosed)
		}
		c.n.forget(c)
	})
	return nil
}

// CloseWrite ends our direction, as of a *net.TCPConn.
func (c *Conn) CloseWrite() error {
	if !c.stalled.Load() {
		c.out.finish(syscall.EPIPE)
	}
	return nil
}

// Reset breaks the connection: ECONNRESET at both ends, and what was not read yet
// is lost.
func (c *Conn) Reset() {
	for _, p := range []*pipe{c.in, c.out} {
		p.stop(syscall.ECONNRESET, syscall.ECONNRESET)
	}
	c.n.forget(c)
}

// Stall has both ends swallow what is written.
func (c *Conn) Stall(on bool) {
	c.stalled.Store(on)
	c.peer.stalled.Store(on)
}

// LocalAddr is ours.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the peer's.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in.reader.set(c.in, t)
	c.out.writer.set(c.out, t)
	return nil
}

// SetReadDeadline sets Read's.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.reader.set(c.in, t)
	return nil
}

// SetWriteDeadline sets Write's.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.writer.set(c.out, t)
	return nil
}

// pipe is one direction.
type pipe struct {
	mu             sync.Mutex
	changed        *sync.Cond
	buf            []byte
	ended          bool  // no more will be written
	readErr        error // instead of bytes
	writeErr       error
	reader, writer deadline
}

func newPipe() *pipe {
	p := &pipe{}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// deadline belongs to its pipe's lock.
type deadline struct {
	timer  *time.Timer
	passed bool
}

func (d *deadline) set(p *pipe, t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	wait := time.Until(t)
	d.passed = !t.IsZero() && wait <= 0
	if !t.IsZero() && wait > 0 {
		var mine *time.Timer
		mine = time.AfterFunc(wait, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if d.timer == mine { // and not one that came later
				d.passed = true
				p.changed.Broadcast()
			}
		})
		d.timer = mine
	}
	p.changed.Broadcast()
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func (p *pipe) read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.readErr != nil:
			return 0, p.readErr
		case p.reader.passed:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case len(p.buf) > 0:
			n := copy(b, p.buf)
			p.buf = p.buf[n:]
			if len(p.buf) == 0 {
				p.buf = nil
			}
			p.changed.Broadcast()
			return n, nil
		case p.ended:
			return 0, io.EOF
		}
		p.changed.Wait()
	}
}

func (p *pipe) write(b []byte) (sent int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.writeErr != nil:
			return sent, p.writeErr
		case p.writer.passed:
			return sent, os.ErrDeadlineExceeded
		case sent == len(b):
			return sent, nil
		case len(p.buf) < bufferMax:
			n := min(len(b)-sent, bufferMax-len(p.buf))
			p.buf = append(p.buf, b[sent:sent+n]...)
			sent += n
			p.changed.Broadcast()
			continue
		}
		p.changed.Wait()
	}
}

// finish ends the writing; what is buffered can still be read.
func (p *pipe) finish(writeErr error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.writeErr == nil {
		p.writeErr = writeErr
	}
	p.writer.stop()
	p.changed.Broadcast()
}

// stop ends a direction with errors for its two ends; nil leaves one as it is.
func (p *pipe) stop(readErr, writeErr error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readErr == nil {
		p.readErr = readErr
	}
	if p.writeErr == nil {
		p.writeErr = writeErr
	}
	if p.readErr != nil {
		p.buf = nil
		p.reader.stop()
	}
	if p.writeErr != nil {
		p.writer.stop()
	}
	p.changed.Broadcast()
}
