package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"poise/dapi"
	"poise/follower"
	"poise/store"
)

// The errors of New and Check.
var (
	ErrConfig = errors.New("cannot serve")
	// ErrToken is an address that others can reach, without a token to keep them out.
	ErrToken = errors.New("a token is needed")
)

// TokenLeast is the length of the shortest token that is taken, in bytes. A good
// one is 32 random characters.
const TokenLeast = 1

// Config is what is shown, and to whom.
type Config struct {
	// Follower is the state of now, and the changes. Without one only the ledger
	// is shown, and every account is down.
	Follower *follower.Follower
	// Ledger is the history. It must be the follower's.
	Ledger store.Ledger
	// Exchange, if set, has its request weight shown in the metrics.
	Exchange *dapi.Exchange
	// Token, if set, must be shown by whoever asks.
	Token string
	// ClientsMax bounds the clients of /v1/changes; 0 is 256.
	ClientsMax int
	// HeartbeatEvery is between comments to a client for whom there is nothing
	// new; 0 is 10 s.
	HeartbeatEvery time.Duration
	// WriteMost is how long a client may take none of what it is sent; 0 is 10 s.
	WriteMost time.Duration
	// Log hears of what goes wrong inside; nil hears nothing.
	Log *slog.Logger
	// Version is shown in the API's description, the metrics and the page.
	Version string
	// More, if set, is asked for more values for /metrics, each time.
	More func() []Metric
}

// Server answers. Make it with New; it is an http.Handler.
type Server struct {
	config  Config
	log     *slog.Logger
	guard   *guard
	mux     *http.ServeMux
	turns   chan struct{} // requests under way
	clients chan struct{} // of changes
	cut     atomic.Int64  // clients that were too slow
	begun   time.Time
	over    context.Context
	end     context.CancelFunc
}

// requestsMost bounds the requests under way, but for those of changes.
const requestsMost = 64

// New returns a Server. Errors wrap ErrConfig.
func New(c Config) (*Server, error) {
	if c.Ledger == nil {
		return nil, fmt.Errorf("%w: a Ledger is needed", ErrConfig)
	}
	if c.Token != "" && len(c.Token) < TokenLeast {
		return nil, fmt.Errorf("%w: the token has fewer than %d bytes", ErrConfig, TokenLeast)
	}
	if c.ClientsMax <= 0 {
		c.ClientsMax = 256
	}
	if c.HeartbeatEvery <= 0 {
		c.HeartbeatEvery = 10 * time.Second
	}
	if c.WriteMost <= 0 {
		c.WriteMost = 10 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{config: c, log: c.Log, guard: newGuard(c.Token), mux: http.NewServeMux(),
		begun: time.Now(), turns: make(chan struct{}, requestsMost), clients: make(chan struct{}, c.ClientsMax)}
	s.over, s.end = context.WithCancel(context.Background())
	s.routes()
	return s, nil
}

// Check refuses to listen on an address that others than this machine can reach,
// unless there is a token: the error wraps ErrToken.
func Check(listen, token string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("%w: listen %q: %w", ErrConfig, listen, err)
	}
	switch {
	case token != "" && len(token) < TokenLeast:
		return fmt.Errorf("%w: the token has fewer than %d bytes", ErrConfig, TokenLeast)
	case token == "" && !isLoopback(host):
		return fmt.Errorf("%w: %s can be reached by others: set token, or listen on 127.0.0.1", ErrToken, listen)
	}
	return nil
}

// Close ends the streams of changes; what else is under way ends by itself.
func (s *Server) Close() { s.end() }

// Bounds of a connection.
const (
	readMost   = 10 * time.Second
	answerMost = time.Minute // of what is no stream
	idleMost   = 2 * time.Minute
	headerMost = 16 << 10
	stopMost   = 2 * time.Second
)

// Serve answers on a listener, which may be one of TLS, until ctx ends; then what
// is under way has 2 seconds. It closes the listener. A Server serves once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{Handler: s, ReadTimeout: readMost, WriteTimeout: answerMost, IdleTimeout: idleMost, MaxHeaderBytes: headerMost,
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		s.Close()
		within, done := context.WithTimeout(context.Background(), stopMost)
		defer done()
		if h.Shutdown(within) != nil {
			_ = h.Close() // what is still under way is cut: there is nobody to tell
		}
	})
	err := h.Serve(l)
	if stop() { // ctx has not ended: the listener failed
		s.Close()
		_ = h.Close()
		return fmt.Errorf("serve: %w", err)
	}
	<-stopped
	return nil
}

// connKey is of the connection in the context of its requests.
type connKey struct{}

// streamBuffer is what the system may hold for a client of changes: one that
// takes nothing is noticed when it is full.
const streamBuffer = 64 << 10

// narrow bounds what the system holds for the client of a request.
func narrow(r *http.Request) {
	c, _ := r.Context().Value(connKey{}).(net.Conn)
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if b, ok := c.(interface{ SetWriteBuffer(int) error }); ok {
		_ = b.SetWriteBuffer(streamBuffer) // without it the system's own bound holds
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if p := s.guard.refuse(w, r); p != nil {
		p.write(w, r)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		(&problem{Status: http.StatusNotFound, Detail: "there is nothing at this path; /openapi.json lists what there is"}).write(w, r)
		return
	}
	if v := s.guard.lets(r); !v.right {
		s.unknown(w, r, v)
		return
	}
	if r.URL.Path != changesPath {
		select {
		case s.turns <- struct{}{}:
			defer func() { <-s.turns }()
		default:
			w.Header().Set("Retry-After", "1")
			(&problem{Type: tooManyRequests, Status: http.StatusServiceUnavailable, Detail: "too many requests are under way: try again in 1 s"}).write(w, r)
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

// unknown answers whoever has not shown the token: a person gets the form.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request, v verdict) {
	if v.wait > 0 {
		s.tooOften(w, r, v)
		return
	}
	s.guessed(r, v)
	if isPage(r) {
		if _, err := r.Cookie(cookieName); err == nil { // it is of a token before this one
			http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode})
		}
		s.loginForm(w, r, http.StatusUnauthorized, "")
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="poise"`)
	(&problem{Status: http.StatusUnauthorized, Detail: "the token is missing or wrong: send it as Authorization: Bearer"}).write(w, r)
}

// tooOften answers an address that has shown too many wrong tokens: what it shows
// now is not looked at.
func (s *Server) tooOften(w http.ResponseWriter, r *http.Request, v verdict) {
	wait := strconv.Itoa(int((v.wait + time.Second - 1) / time.Second))
	w.Header().Set("Retry-After", wait)
	if isPage(r) {
		s.loginForm(w, r, http.StatusTooManyRequests, "Too many wrong tokens came from your address. Try again in "+wait+" s.")
		return
	}
	(&problem{Type: tooManyTries, Status: http.StatusTooManyRequests,
		Detail: "too many wrong tokens came from this address, so none is looked at: try again in " + wait + " s"}).write(w, r)
}

// guessed tells the log once when an address has to wait.
func (s *Server) guessed(r *http.Request, v verdict) {
	if v.first {
		s.log.Warn("an address showed many wrong tokens: it has to wait before the next", "address", addressOf(r).String(), "wrong", triesMost)
	}
}

func (s *Server) routes() {
	s.api()
	s.pageRoutes()
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.HandleFunc("GET /metrics", s.metrics)
}
