package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"

	"poise/cmd/poise/config"
	"poise/serve"
)

// web is the one place where HTTP is served.
type web struct {
	address net.Addr
	scheme  string // http or https
	stop    context.CancelFunc
	served  chan struct{}
}

// startWeb begins to answer on an address, which was checked to be of the
// loopback interface unless there is a token; encrypted unless by is nil.
func startWeb(address string, by *tls.Config, c serve.Config) (*web, error) {
	c.Version = buildVersion().Version
	s, err := serve.New(c)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot serve on %s: %w; --listen names another address, and 127.0.0.1:0 a free port", address, err)
	}
	w := &web{address: l.Addr(), scheme: "http"}
	if by != nil {
		l, w.scheme = tls.NewListener(l, by), "https"
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop, w.served = stop, make(chan struct{})
	go func() {
		defer close(w.served)
		if err := s.Serve(ctx, l); err != nil {
			logOf(c).Error("nothing is served any more", "error", err)
		}
	}()
	return w, nil
}

func logOf(c serve.Config) *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.New(slog.DiscardHandler)
}

// close ends it; answers under way have a moment.
func (w *web) close() {
	w.stop()
	<-w.served
}

// checkLoopback refuses an address that can be reached from elsewhere.
func checkLoopback(address string) error {
	if config.CheckListen(address, false) == nil {
		return nil
	}
	return fmt.Errorf("is no address of this machine alone: write 127.0.0.1:0 for a free port, or 127.0.0.1:9710")
}
