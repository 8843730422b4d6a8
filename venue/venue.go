package venue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"poise/decimal"
	"poise/venue/engine"
	"poise/venue/gateway"
)

// Venue is a COIN-M exchange. The zero value, once started, serves an empty one:
// the default contracts, no accounts, the machine's clock. Fields are read by
// Start. Its methods may be called by many goroutines.
type Venue struct {
	// Listen and Operate are the addresses of the exchange's and the operator's
	// faces; empty means free ports of the loopback interface.
	Listen, Operate string
	// NetListen, if set, opens the listeners of both faces instead of net.Listen:
	// a network in memory, on which the venue runs inside a testing/synctest
	// bubble, so that its clock is the bubble's. address is as above, or
	// 127.0.0.1:0; the listener's Addr is where URL points.
	NetListen func(address string) (net.Listener, error)
	// Config is the rest: contracts, push rule, clock, limits, hooks.
	gateway.Config

	t        testing.TB
	gateway  *gateway.Gateway
	exchange server
	operator server
	served   sync.WaitGroup
}

// Option changes a Venue before New starts it.
type Option func(*Venue)

// Manual has the clock stand at a moment until Advance.
func Manual(start time.Time) Option {
	return func(v *Venue) { v.Config.Manual, v.Config.Start = true, start }
}

// PushChanged has an ACCOUNT_UPDATE hold the rows that changed, and no others.
func PushChanged() Option { return func(v *Venue) { v.Push = engine.PushChanged } }

// Unlimited lifts the limits of REST calls and orders, for tests that are about
// something else.
func Unlimited() Option {
	return func(v *Venue) { v.WeightPerMinute, v.OrdersPerMinute, v.OrdersPer10Seconds = -1, -1, -1 }
}

// New starts a Venue on free ports for a test, and closes it when the test ends.
// What fails in it fails the test.
func New(t testing.TB, options ...Option) *Venue {
	t.Helper()
	v := &Venue{t: t}
	for _, o := range options {
		o(v)
	}
	if err := v.Start(); err != nil {
		t.Fatalf("venue: %v", err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Errorf("venue: %v", err)
		}
	})
	return v
}

// server is one face on one address.
type server struct {
	listener net.Listener
	http     *http.Server
	failed   error
}

// Start begins to serve. It must be called once. Errors are of the addresses and
// of the contracts.
func (v *Venue) Start() (err error) {
	if v.gateway, err = gateway.New(v.Config); err != nil {
		return err
	}
	if err = v.serve(&v.exchange, v.Listen, v.gateway.Exchange()); err == nil {
		err = v.serve(&v.operator, v.Operate, v.gateway.Operator())
	}
	if err != nil {
		v.Close() // what has begun; the first error is the one to tell
	}
	return err
}

func (v *Venue) serve(s *server, address string, h http.Handler) (err error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	listen := v.NetListen
	if listen == nil {
		listen = func(address string) (net.Listener, error) { return net.Listen("tcp", address) }
	}
	if s.listener, err = listen(address); err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	s.http = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: v.httpLog()}
	v.served.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed = err
		}
	})
	return nil
}

// httpLog hands net/http's complaints to Log.
func (v *Venue) httpLog() *log.Logger {
	if v.Log == nil {
		return log.New(io.Discard, "", 0)
	}
	return slog.NewLogLogger(v.Log.Handler(), slog.LevelInfo)
}

// Close cuts every connection and returns when nothing of the Venue runs. It may
// be called again.
func (v *Venue) Close() error {
	if v.gateway == nil {
		return nil
	}
	v.gateway.Close()
	for _, s := range []*server{&v.exchange, &v.operator} {
		if s.http != nil {
			s.http.Close() // cuts; a listener's error would be of an address already gone
		}
	}
	v.served.Wait()
	return errors.Join(v.exchange.failed, v.operator.failed)
}

// URL is where REST is: http://127.0.0.1:port.
func (v *Venue) URL() string { return "http://" + v.exchange.listener.Addr().String() }

// StreamURL is where websockets are: ws://127.0.0.1:port, to put /ws/<listenKey>,
// /stream or /ws-dapi/v1 behind.
func (v *Venue) StreamURL() string { return "ws://" + v.exchange.listener.Addr().String() }

// OperatorURL is where the operator's API is.
func (v *Venue) OperatorURL() string { return "http://" + v.operator.listener.Addr().String() }

// Gateway is what serves, for calls that have no method here.
func (v *Venue) Gateway() *gateway.Gateway { return v.gateway }

// must fails the test, or panics outside of one: the calls of this package are
// made by code that knows what it asks.
func (v *Venue) must(err error) {
	if err == nil {
		return
	}
	if v.t == nil {
		panic("venue: " + err.Error())
	}
	v.t.Helper()
	v.t.Fatalf("venue: %v", err)
}

func (v *Venue) number(s string) decimal.D {
	d, err := decimal.Parse(s)
	v.must(err)
	return d
}

// NewAccount opens a one-way account; an empty alias means one that is drawn.
// balances are pairs of asset and amount, which are deposited.
func (v *Venue) NewAccount(alias string, balances ...string) gateway.Credentials {
	return v.Open(gateway.NewAccount{Alias: alias, Balances: v.amounts(balances)})
}

// NewHedgeAccount is NewAccount in hedge mode.
func (v *Venue) NewHedgeAccount(alias string, balances ...string) gateway.Credentials {
	return v.Open(gateway.NewAccount{Alias: alias, Hedge: true, Balances: v.amounts(balances)})
}

func (v *Venue) amounts(pairs []string) map[string]decimal.D {
	if len(pairs)%2 != 0 {
		v.must(fmt.Errorf("balances are pairs of asset and amount, got %q", pairs))
	}
	all := map[string]decimal.D{}
	for i := 0; i+1 < len(pairs); i += 2 {
		all[pairs[i]] = v.number(pairs[i+1])
	}
	return all
}

// Open opens an account with all that it can begin with.
func (v *Venue) Open(n gateway.NewAccount) gateway.Credentials {
	c, err := v.gateway.NewAccount(context.Background(), n)
	v.must(err)
	return c
}

// Deposit adds to a wallet: the account is pushed ACCOUNT_UPDATE DEPOSIT.
func (v *Venue) Deposit(alias, asset, amount string) { v.Transfer(alias, "DEPOSIT", asset, amount) }

// Transfer moves a wallet for one of the reasons of transfers, and returns the
// ACCOUNT_UPDATE that was pushed.
func (v *Venue) Transfer(alias, reason, asset, amount string) []byte {
	m, err := v.gateway.Transfer(context.Background(), alias, reason, asset, v.number(amount))
	v.must(err)
	return m
}

// SetMark sets a mark price. Margin is checked at once: MARGIN_CALL, liquidation.
func (v *Venue) SetMark(symbol, price string) {
	v.must(v.gateway.SetMark(context.Background(), symbol, v.number(price)))
}

// Quote rests a quantity of contracts on both sides, at price less and plus one
// tick; 0 takes it back.
func (v *Venue) Quote(symbol, price, quantity string) {
	v.must(v.gateway.Quote(context.Background(), symbol, v.number(price), v.number(quantity)))
}

// Fund has the positions of a perpetual pay funding now, and returns how many
// accounts did.
func (v *Venue) Fund(symbol, rate string) int {
	n, err := v.gateway.Fund(context.Background(), symbol, v.number(rate))
	v.must(err)
	return n
}

// Settle delivers a contract at a price, and returns how many positions it
// closed.
func (v *Venue) Settle(symbol, price string) int {
	n, err := v.gateway.Settle(context.Background(), symbol, v.number(price))
	v.must(err)
	return n
}

// Advance moves a manual clock, and returns the new time. What is due in between
// fires in order.
func (v *Venue) Advance(d time.Duration) time.Time {
	now, err := v.gateway.Advance(context.Background(), d)
	v.must(err)
	return time.UnixMilli(now).UTC()
}

// Now is the exchange's time.
func (v *Venue) Now() time.Time {
	now, err := v.gateway.Now(context.Background())
	v.must(err)
	return time.UnixMilli(now).UTC()
}

// Truth is what an account really has.
func (v *Venue) Truth(alias string) gateway.Truth {
	t, err := v.gateway.Truth(context.Background(), alias)
	v.must(err)
	return t
}

// Books are the exchange's own books. They balance: every Residual is 0.
func (v *Venue) Books() []gateway.Book {
	b, err := v.gateway.Books(context.Background())
	v.must(err)
	return b
}

// Fault begins a fault; the function returned ends it.
func (v *Venue) Fault(f gateway.Fault) (end func()) {
	id, err := v.gateway.Fault(context.Background(), f)
	v.must(err)
	return func() { v.must(v.gateway.EndFault(context.Background(), id)) }
}
