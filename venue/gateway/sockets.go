package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// The ways onto a socket. /ws/ and /stream/ with nothing behind are refused, and
// so is /ws?name, as since 2023.
func (g *Gateway) serveStreams(w http.ResponseWriter, r *http.Request) {
	var names []string
	combined := false
	switch {
	case r.URL.Path == "/ws" && (r.URL.RawQuery == "" || strings.Contains(r.URL.RawQuery, "=")):
	case strings.HasPrefix(r.URL.Path, "/ws/") && len(r.URL.Path) > len("/ws/"):
		names = splitStreams(strings.TrimPrefix(r.URL.Path, "/ws/"))
	case r.URL.Path == "/stream":
		names, combined = splitStreams(r.URL.Query().Get("streams")), true
	default:
		http.NotFound(w, r)
		return
	}
	if len(names) > streamsMax {
		http.Error(w, "too many streams", http.StatusBadRequest)
		return
	}
	g.accept(w, r, func(l *line) {
		l.combined = combined
		g.join(l, names)
	})
}

// heldAnswer keeps an upgrade's answer back, so that a socket is subscribed before its
// client knows that it is open, and misses nothing.
type heldAnswer struct {
	http.ResponseWriter
	answer bytes.Buffer
}

// Hijack takes the connection over, with a writer that holds back.
func (h *heldAnswer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return conn, bufio.NewReadWriter(rw.Reader, bufio.NewWriter(&h.answer)), nil
}

// accept upgrades a request and has the loop take the socket in.
func (g *Gateway) accept(w http.ResponseWriter, r *http.Request, join func(*line)) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Error(w, "this is a websocket address", http.StatusBadRequest)
		return
	}
	h := &heldAnswer{ResponseWriter: w}
	conn, rw, _, err := ws.UpgradeHTTP(r, h)
	if conn == nil {
		return // answered
	}
	if err != nil {
		conn.SetWriteDeadline(time.Now().Add(time.Second)) // for the refusal; the connection ends anyway
		conn.Write(h.answer.Bytes())
		conn.Close()
		return
	}
	l := newLine(conn, g.config.QueueMax, &g.lines)
	l.host, l.gate = hostOf(r.RemoteAddr), g.gate()
	var early []byte
	if n := rw.Reader.Buffered(); n > 0 {
		early, _ = rw.Reader.Peek(n) // buffered: cannot fail
		early = bytes.Clone(early)
	}
	refused := false
	g.lines.Add(1)
	err = g.do(context.Background(), func() {
		if refused = len(g.open) >= maxLines; !refused {
			l.write(bytes.Clone(h.answer.Bytes()))
			join(l)
		}
	})
	if err != nil || refused {
		conn.Close()
		g.lines.Done()
		return
	}
	go g.read(l, early)
}

// read is the goroutine of a socket. It ends with the socket.
func (g *Gateway) read(l *line, early []byte) {
	defer g.lines.Done()
	in := source(l.conn, early)
	limit := messageLimit{most: g.config.MessagesPerSecond}
	for {
		h, err := ws.ReadHeader(in)
		if err == nil {
			err = g.frame(l, in, h, &limit)
		}
		if errors.Is(err, errEnd) { // until the client hangs up, see close
			io.Copy(io.Discard, io.LimitReader(l.conn, frameMax))
		}
		if err != nil {
			break
		}
	}
	l.cut()
	g.do(context.Background(), func() { g.leave(l) }) // ErrClosed: nothing is left to leave
}

func source(conn net.Conn, early []byte) io.Reader {
	if len(early) == 0 {
		return conn
	}
	return io.MultiReader(bytes.NewReader(early), conn)
}

var errEnd = errors.New("the socket ends")

// messageLimit counts what a socket sends in a second of the machine's clock.
type messageLimit struct {
	most, count int
	since       time.Time
}

func (m *messageLimit) exceeded(now time.Time) bool {
	if now.Sub(m.since) >= time.Second {
		m.since, m.count = now, 0
	}
	m.count++
	return m.most > 0 && m.count > m.most
}

// frame deals with one frame of a client.
func (g *Gateway) frame(l *line, in io.Reader, h ws.Header, limit *messageLimit) error {
	// A manual clock pings more often than the machine's seconds allow pongs.
	asked := g.config.Manual && h.OpCode == ws.OpPong && l.awaits.Load()
	switch {
	case !asked && limit.exceeded(time.Now()):
		l.close(1008, "Too many requests")
		return errEnd
	case !h.Masked || h.Rsv != 0 || !h.Fin || h.OpCode == ws.OpContinuation || h.OpCode.IsReserved():
		l.close(1002, "") // fragments are not modelled: no client sends any
		return errEnd
	case h.Length > frameMax || h.OpCode.IsControl() && h.Length > 125:
		l.close(1009, "")
		return errEnd
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(in, payload); err != nil {
		return err
	}
	ws.Cipher(payload, h.Mask, 0)
	switch h.OpCode {
	case ws.OpPing:
		l.write(ws.MustCompileFrame(ws.NewPongFrame(payload)))
	case ws.OpPong:
		return g.do(context.Background(), func() {
			l.pongAt.Store(g.now())
			l.awaits.Store(false)
		})
	case ws.OpClose:
		code, _ := ws.ParseCloseFrameData(payload)
		if len(payload) < 2 {
			code = ws.StatusNormalClosure
		}
		l.close(int(code), "")
		return errEnd
	default:
		return g.message(l, payload)
	}
	return nil
}

// message answers a text of a client: of the WebSocket API, or of a stream's control.
func (g *Gateway) message(l *line, payload []byte) error {
	if l.api != nil {
		return g.apiMessage(l, payload)
	}
	answer, end := g.control(l, payload)
	l.write(textFrame(answer))
	if end {
		l.close(1008, "")
		return errEnd
	}
	return nil
}

// control is a request on a stream socket.
type control struct {
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
	ID     json.RawMessage   `json:"id"`
}

func (g *Gateway) control(l *line, payload []byte) (answer []byte, end bool) {
	var c control
	if err := json.Unmarshal(payload, &c); err != nil || !utf8.Valid(payload) {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) || !utf8.Valid(payload) {
			return controlError(nil, 3, "Invalid JSON: "+whereWrong(payload, syntax)), true
		}
		return controlError(nil, 2, "Invalid request: "+describe(err)), false
	}
	id, ok := requestID(c.ID)
	if !ok {
		return controlError(nil, 2, "Invalid request: request ID must be an unsigned integer"), false
	}
	names, err := streamNames(c.Params)
	switch {
	case c.Method == "SET_PROPERTY" || c.Method == "GET_PROPERTY":
		return g.property(l, c, id), false
	case c.Method != "SUBSCRIBE" && c.Method != "UNSUBSCRIBE" && c.Method != "LIST_SUBSCRIPTIONS":
		return controlError(id, 2, "Invalid request: unknown variant `"+clean(c.Method)+
			"`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"), false
	case err != nil:
		return controlError(id, 2, "Invalid request: "+err.Error()), false
	}
	return g.streamsOf(l, c.Method, names, id), false
}

func (g *Gateway) streamsOf(l *line, method string, names []string, id []byte) (answer []byte) {
	err := g.do(context.Background(), func() {
		answer = []byte(`{"result":null,"id":` + string(id) + `}`)
		switch method {
		case "SUBSCRIBE":
			if !g.subscribe(l, names) {
				answer = controlError(id, 2, "Invalid request: too many streams")
			}
		case "UNSUBSCRIBE":
			g.unsubscribe(l, names)
		default:
			list, _ := json.Marshal(append([]string{}, l.names...)) // strings: cannot fail
			answer = fmt.Appendf(nil, `{"result":%s,"id":%s}`, list, id)
		}
	})
	if err != nil {
		return controlError(id, 1, "Internal error")
	}
	return answer
}

// property sets or gets "combined".
func (g *Gateway) property(l *line, c control, id []byte) (answer []byte) {
	var name string
	set := c.Method == "SET_PROPERTY"
	if len(c.Params) != map[bool]int{true: 2, false: 1}[set] || json.Unmarshal(c.Params[0], &name) != nil || name != "combined" {
		return controlError(id, 0, "Unknown property")
	}
	var value bool
	if set && json.Unmarshal(c.Params[1], &value) != nil {
		return controlError(id, 1, "Invalid value type: expected Boolean")
	}
	err := g.do(context.Background(), func() {
		answer = fmt.Appendf(nil, `{"result":%t,"id":%s}`, l.combined, id)
		if set {
			l.combined = value
			answer = fmt.Appendf(nil, `{"result":null,"id":%s}`, id)
		}
	})
	if err != nil {
		return controlError(id, 1, "Internal error")
	}
	return answer
}

func streamNames(params []json.RawMessage) (names []string, err error) {
	for _, p := range params {
		var name string
		if json.Unmarshal(p, &name) != nil || name == "" || len(name) > 200 {
			return nil, errors.New("params must be an array of stream names")
		}
		names = append(names, name)
	}
	return names, nil
}

// requestID takes unsigned integers, and also texts and null, which clients send.
func requestID(id json.RawMessage) ([]byte, bool) {
	if len(id) == 0 {
		return []byte("null"), true
	}
	if id[0] == '"' || string(id) == "null" {
		return id, len(id) <= 64
	}
	_, err := strconv.ParseUint(string(id), 10, 64)
	return id, err == nil
}

func controlError(id []byte, code int, msg string) []byte {
	text, _ := json.Marshal(msg) // a string: cannot fail
	b := fmt.Appendf(nil, `{"error":{"code":%d,"msg":%s}`, code, text)
	if id != nil {
		b = fmt.Appendf(b, `,"id":%s`, id)
	}
	return append(b, '}')
}

// whereWrong says where a text stops being JSON, in the words of the exchange.
func whereWrong(payload []byte, e *json.SyntaxError) string {
	at := len(payload)
	if e != nil {
		at = int(min(e.Offset, int64(len(payload))))
	}
	line, column := 1, 0
	for _, b := range payload[:at] {
		column++
		if b == '\n' {
			line, column = line+1, 0
		}
	}
	what := "expected value"
	if e == nil || strings.Contains(e.Error(), "unexpected end") {
		what = "EOF while parsing a value"
	}
	return fmt.Sprintf("%s at line %d column %d", what, line, column)
}

func describe(err error) string {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		return fmt.Sprintf("invalid type: %s", t.Value)
	}
	return "not an object"
}

// clean cuts a client's text for an answer.
func clean(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	return strings.ToValidUTF8(s, "?")
}
