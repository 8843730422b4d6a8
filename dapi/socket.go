package dapi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// Bounds of a socket.
const (
	bufferSize  = 1 << 10 // holds a message or two
	burstSize   = 16 << 10
	messageSize = 16 << 20
	trusted     = 64 << 10 // bytes that are allocated on the word of a frame's header
	writeWait   = 5 * time.Second
	goodbyeWait = 200 * time.Millisecond
	pingEvery   = 45 * time.Second
)

// Errors of a Socket.
var (
	ErrSilent = errors.New("nothing was heard, a ping not answered") // the ping watch
	ErrFrame  = errors.New("not a frame of the protocol")            // answered with close code 1002
	ErrSize   = errors.New("the message is too large")               // over 16 MB; answered with 1009
)

// CloseError is a close frame of the exchange.
type CloseError struct {
	Code   int // 1005 when the frame had none
	Reason string
}

// Error returns "closed by the exchange: 1001 going away".
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("closed by the exchange: %d", e.Code)
	}
	return fmt.Sprintf("closed by the exchange: %d %s", e.Code, e.Reason)
}

// Socket is a websocket to the exchange. One goroutine may Read while others
// Write; Close ends both.
type Socket struct {
	conn     net.Conn
	now      func() time.Time
	watch    time.Duration // of silence, until a ping
	received atomic.Int64  // ns, when the last bytes came
	heard    time.Time     // the same, by the runtime
	pinged   bool
	left     atomic.Bool // we closed it
	buf      []byte      // what came and was not read yet: buf[r:w]
	r, w     int
	small    []byte           // the socket's own
	large    *[burstSize]byte // buf, while much comes
	got      int              // bytes of the last read into buf
	filled   bool             // and more may have been waiting

	mu     sync.Mutex // of what follows, and of writing
	out    []byte
	closed bool
}

func newSocket(conn net.Conn, early []byte, now func() time.Time) *Socket {
	s := &Socket{conn: conn, now: now, watch: pingEvery, small: make([]byte, max(bufferSize, len(early)))}
	s.buf = s.small
	s.w = copy(s.buf, early)
	s.hears()
	s.arm()
	return s
}

func (s *Socket) hears() {
	s.heard = time.Now()
	s.received.Store(s.now().UnixNano())
	s.pinged = false
}

func (s *Socket) arm() { s.conn.SetReadDeadline(time.Now().Add(s.watch)) } // fails only on a dead connection

// Read returns the next message; its bytes are the caller's. Pings are answered
// meanwhile, and silence is met with one. An error is the end of the Socket: a
// *CloseError, ErrSilent, ErrFrame, ErrSize or of the network.
func (s *Socket) Read() ([]byte, error) {
	message, own, err := s.message()
	if err != nil {
		s.refuse(err)
		return nil, fmt.Errorf("dapi: websocket: %w", err)
	}
	if !own {
		message = append(make([]byte, 0, len(message)), message...)
	}
	return message, nil
}

// refuse ends a socket after an error, and tells the exchange why if it is its
// fault.
func (s *Socket) refuse(err error) {
	var closed *CloseError
	switch {
	case errors.Is(err, ErrFrame):
		s.end(ws.StatusProtocolError)
	case errors.Is(err, ErrSize):
		s.end(ws.StatusMessageTooBig)
	case errors.As(err, &closed):
		s.end(ws.StatusNormalClosure)
	default:
		s.end(0)
	}
}

// Write sends a text, as SUBSCRIBE has it. The exchange takes ten messages a
// second.
func (s *Socket) Write(text []byte) error {
	if err := s.send(ws.OpText, text, writeWait); err != nil {
		return fmt.Errorf("dapi: websocket: %w", err)
	}
	return nil
}

// Close says goodbye and ends the Socket. It may be called again.
func (s *Socket) Close() error {
	s.left.Store(true)
	s.end(ws.StatusNormalClosure)
	return nil
}

// end closes with a code, or with 0 without a word.
func (s *Socket) end(code ws.StatusCode) {
	if code != 0 {
		s.send(ws.OpClose, ws.NewCloseFrameBody(code, ""), goodbyeWait) // a goodbye: it may be lost
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.conn.Close() // it is over whatever it returns
}

// send writes one masked frame.
func (s *Socket) send(op ws.OpCode, payload []byte, wait time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.out = appendFrame(s.out[:0], op, payload)
	s.conn.SetWriteDeadline(time.Now().Add(wait)) // fails only on a dead connection
	_, err := s.conn.Write(s.out)
	if cap(s.out) > 256 {
		s.out = nil
	}
	return err
}

func appendFrame(b []byte, op ws.OpCode, payload []byte) []byte {
	b = append(b, 0x80|byte(op))
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := ws.NewMask()
	b = append(b, mask[:]...)
	at := len(b)
	b = append(b, payload...)
	ws.Cipher(b[at:], mask, 0)
	return b
}

// fill reads what comes into p: nothing, and no error, after a silence that a ping
// was sent into. One that is not answered is ErrSilent.
func (s *Socket) fill(p []byte) (int, error) {
	n, err := s.conn.Read(p)
	if n > 0 {
		s.hears()
		return n, nil
	}
	var timeout net.Error
	if err == nil || !errors.As(err, &timeout) || !timeout.Timeout() {
		return 0, ended(err)
	}
	return 0, s.silence()
}

func ended(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF // a socket ends with a close frame
	}
	return err
}

// silence is called when the deadline has passed, which is set once for many
// frames: setting it costs more than reading one.
func (s *Socket) silence() error {
	quiet := time.Since(s.heard)
	switch {
	case quiet < s.watch:
		s.conn.SetReadDeadline(s.heard.Add(s.watch)) // fails only on a dead connection
		return nil
	case s.pinged:
		return ErrSilent
	}
	s.pinged = true
	s.arm()
	return s.send(ws.OpPing, nil, writeWait)
}
