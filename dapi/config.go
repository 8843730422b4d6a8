package dapi

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"
)

// Where the exchange is.
const (
	DefaultREST   = "https://dapi.binance.com"
	DefaultStream = "wss://dstream.binance.com"
)

// Config is of an Exchange; the zero value is Binance.
type Config struct {
	REST   string // base address of the calls; "" is DefaultREST
	Stream string // base address of websockets; "" is DefaultStream
	// Dial opens the connections of both; nil is a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the machine's clock; nil is time.Now. It stamps frames; waiting is by
	// the runtime's own clock.
	Now func() time.Time
	// WeightPerMinute is the exchange's limit of request weight; 0 is 2400, and
	// negative no limit. ExchangeInfo corrects it.
	WeightPerMinute int
	// WeightShare is the percentage of that limit that this process may use; 0 is 80.
	WeightShare int
	// ConnectsPerSecond is how many websockets may start a second, all accounts
	// together; 0 is 5 and negative no limit.
	ConnectsPerSecond int
	Timeout           time.Duration // of one attempt of a call or a handshake; 0 is 10 s
	Tries             int           // of a call; 0 is 4
	// RetryMin and RetryMax bound the backoff between tries: with full jitter, from
	// nothing up to RetryMin, doubled each time, at most RetryMax; 0 is 250 ms, 8 s.
	RetryMin, RetryMax time.Duration
	Log                *slog.Logger // of calls that failed or wait; nil is silent
}

func (c Config) withDefaults() Config {
	orText(&c.REST, DefaultREST)
	orText(&c.Stream, DefaultStream)
	c.REST, c.Stream = strings.TrimRight(c.REST, "/"), strings.TrimRight(c.Stream, "/")
	or(&c.WeightPerMinute, 2400)
	or(&c.WeightShare, 80)
	or(&c.ConnectsPerSecond, 5)
	or(&c.Timeout, 10*time.Second)
	or(&c.Tries, 4)
	or(&c.RetryMin, 250*time.Millisecond)
	or(&c.RetryMax, 8*time.Second)
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: c.Timeout, KeepAlive: 30 * time.Second}).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func or[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

func orText(v *string, def string) {
	if *v == "" {
		*v = def
	}
}

// check names the field that is wrong. Defaults are in.
func (c Config) check() error {
	if err := checkBase("REST", c.REST, "http", "https"); err != nil {
		return err
	}
	if err := checkBase("Stream", c.Stream, "ws", "wss"); err != nil {
		return err
	}
	switch {
	case c.WeightShare < 1 || c.WeightShare > 100:
		return fmt.Errorf("dapi: WeightShare is %d, and must be 1 to 100 percent", c.WeightShare)
	case c.Tries < 1 || c.Tries > 100:
		return fmt.Errorf("dapi: Tries is %d, and must be 1 to 100", c.Tries)
	case c.Timeout < 0:
		return fmt.Errorf("dapi: Timeout is %v, and must not be negative", c.Timeout)
	case c.RetryMin < 0 || c.RetryMax < c.RetryMin:
		return fmt.Errorf("dapi: RetryMin is %v and RetryMax %v: 0 <= RetryMin <= RetryMax must hold", c.RetryMin, c.RetryMax)
	}
	return nil
}

func checkBase(field, text string, schemes ...string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("dapi: %s is no address: %w", field, bare(err))
	case u.Scheme != schemes[0] && u.Scheme != schemes[1]:
		return fmt.Errorf("dapi: %s must begin with %s:// or %s://", field, schemes[0], schemes[1])
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("dapi: %s must be a scheme, a host and at most a path", field)
	}
	return nil
}
