package dapi

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"time"
)

// Exchange is the exchange as one process calls it. Make it with New; its methods
// may be called by many goroutines.
type Exchange struct {
	config    Config
	http      *http.Client
	transport *http.Transport
	tls       *tls.Config // of websockets
	clock     *clock
	budget    *budget
	pace      *pace
}

// Bounds of the connections to the exchange.
const (
	idleConns = 16
	mostConns = 64
)

// New returns an Exchange. It asks nothing of the network. Errors name the field
// of the Config that is wrong.
func New(c Config) (*Exchange, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	t := &http.Transport{
		DialContext: c.Dial, ForceAttemptHTTP2: true, TLSHandshakeTimeout: c.Timeout,
		MaxIdleConnsPerHost: idleConns, MaxConnsPerHost: mostConns, IdleConnTimeout: 90 * time.Second,
	}
	x := &Exchange{config: c, transport: t, tls: &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(0)}, pace: newPace(c.ConnectsPerSecond)}
	x.http = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	x.clock = newClock(c.Now)
	x.budget = newBudget(x.Now, c.WeightPerMinute, c.WeightShare)
	return x, nil
}

// Close gives idle connections back. Calls and streams end by their contexts.
func (x *Exchange) Close() { x.transport.CloseIdleConnections() }

// Now returns the exchange's time, by what was measured last; the machine's before
// that.
func (x *Exchange) Now() time.Time { return x.clock.exchange() }

// Usage returns what has been spent.
func (x *Exchange) Usage() Usage { return x.budget.usage() }

// Format prints "exchange https://...": nothing of a configuration is in a dump.
func (x *Exchange) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "exchange %s", x.config.REST) }
