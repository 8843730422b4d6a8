package dapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gobwas/ws"
)

// Dial opens a websocket: path is "/ws/<listenKey>", "/ws" or
// "/stream?streams=...". It waits for its turn under Config.ConnectsPerSecond; ctx
// is of the dialling only. An open socket says nothing about a listen key: the
// exchange accepts made-up ones too.
func (x *Exchange) Dial(ctx context.Context, path string) (*Socket, error) {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \r\n#") {
		return nil, errors.New("dapi: a websocket's path begins with / and has no white space")
	}
	u, err := url.Parse(x.config.Stream + path)
	if err != nil {
		return nil, errors.New("dapi: a websocket's path is no path")
	}
	if err := x.pace.turn(ctx, false); err != nil {
		return nil, fmt.Errorf("dapi: websocket: %w", err)
	}
	return x.connect(ctx, u.String())
}

// connect opens a websocket, whose turn it is.
func (x *Exchange) connect(ctx context.Context, address string) (*Socket, error) {
	ctx, cancel := context.WithTimeout(ctx, x.config.Timeout)
	defer cancel()
	s, err := x.upgrade(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("dapi: websocket: %w", bare(err))
	}
	return s, nil
}

func (x *Exchange) upgrade(ctx context.Context, address string) (*Socket, error) {
	var refused *Error
	d := ws.Dialer{
		NetDial: x.config.Dial, TLSConfig: x.tls,
		OnStatusError: func(status int, _ []byte, answer io.Reader) {
			refused = x.refusedSocket(status, answer)
		},
	}
	conn, br, _, err := d.Dial(ctx, address)
	if refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	var early []byte
	if br != nil {
		early, _ = br.Peek(br.Buffered()) // buffered: cannot fail
	}
	s := newSocket(conn, early, x.config.Now)
	if br != nil {
		ws.PutReader(br)
	}
	return s, nil
}

// refusedSocket reads the answer to a handshake that failed. 429 and 418 stop
// everything, as those to a call do.
func (x *Exchange) refusedSocket(status int, answer io.Reader) *Error {
	c := call{method: "GET", path: "websocket"}
	res, err := http.ReadResponse(bufio.NewReader(io.LimitReader(answer, trusted)), nil)
	if err != nil {
		return &Error{Call: c.name(), Status: status, Message: http.StatusText(status)}
	}
	defer res.Body.Close()
	e := refusal(&c, res, nil)
	if e.limits() {
		x.budget.stop(e.RetryAfter, e.Status == http.StatusTeapot)
		x.pace.stop(e.RetryAfter)
	}
	return e
}
