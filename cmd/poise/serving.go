package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"poise/cmd/poise/config"
	"poise/follower"
)

// web is the one place where an HTTP handler is started.
type web struct {
	address net.Addr
	server  *http.Server
	served  chan struct{}
}

// serve begins to answer on an address, which was checked to be of the loopback
// interface unless there is a token.
func serve(address string, f *follower.Follower, log *slog.Logger) (*web, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot serve on %s: %w; --listen names another address, and 127.0.0.1:0 a free port", address, err)
	}
	w := &web{address: l.Addr(), served: make(chan struct{}), server: &http.Server{
		Handler: handler(f), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}
	go func() {
		defer close(w.served)
		if err := w.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("nothing is served any more", "error", err)
		}
	}()
	return w, nil
}

// close lets answers end that are under way, for a second.
func (w *web) close() {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	if w.server.Shutdown(ctx) != nil {
		_ = w.server.Close() // of its connections: there is nobody to tell
	}
	<-w.served
}

// handler answers whether the process lives and whether its accounts do.
func handler(f *follower.Follower) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, object{{"ok", true}}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		views := f.Accounts()
		waiting := []string{}
		for _, v := range views {
			if v.Status != follower.Live && v.Status != follower.Degraded {
				waiting = append(waiting, v.Name)
			}
		}
		status := http.StatusOK
		if len(waiting) > 0 {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, object{{"ok", len(waiting) == 0}, {"accounts", len(views)}, {"waiting", some(waiting)}})
	})
	return mux
}

// checkLoopback refuses an address that can be reached from elsewhere.
func checkLoopback(address string) error {
	if config.CheckListen(address, false) == nil {
		return nil
	}
	return fmt.Errorf("is no address of this machine alone: write 127.0.0.1:0 for a free port, or 127.0.0.1:9710")
}

func answer(w http.ResponseWriter, status int, body object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller has gone
}
