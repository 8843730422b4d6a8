package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"poise/venue/engine"
)

// ErrClosed is of a call to a Gateway that was closed.
var ErrClosed = errors.New("the venue is closed")

// Bounds.
const (
	taskQueue   = 1024    // tasks that wait for the loop
	maxBody     = 1 << 20 // bytes of a request
	maxFaults   = 1000
	maxLines    = 100_000
	marketRows  = 1000 // trades and candles kept of a symbol
	streamsMax  = 1024 // of a socket
	frameMax    = 64 << 10
	settleGrace = 250 * time.Millisecond // that Advance waits for pongs
)

// Gateway is an exchange's network side. Make it with New, and Close it.
type Gateway struct {
	config   Config
	tasks    chan *task
	quit     chan struct{}
	finished chan struct{}
	closing  sync.Once
	lines    sync.WaitGroup // goroutines of sockets

	// What follows belongs to the loop.
	engine   *engine.Engine
	manual   int64 // the manual clock, ms
	random   *rand.Rand
	clients  []*client // in the order they were made
	byAlias  map[string]*client
	byKey    map[string]*client
	keys     map[string]*listenKey
	open     map[*line]struct{}
	lineID   int64
	faults   map[int64]*fault
	faultID  int64
	timers   timers
	timerID  int64
	addrs    map[string]*addrUse
	markets  map[string]*market
	symbols  []string // in the contracts' order
	streams  map[string]*stream
	followed int // market streams
	assets   []string
	tickedAt int64 // deadline of the engine that a timer stands for
}

type task struct {
	do   func()
	done chan struct{}
	err  error
}

// New starts an exchange. Errors are of the contracts: engine.ErrConfig.
func New(c Config) (*Gateway, error) {
	c = c.withDefaults(time.Now())
	e, err := engine.New(engine.Config{Contracts: c.Contracts, Push: c.Push, Seed: c.Seed, Taker: c.Taker, Maker: c.Maker})
	if err != nil {
		return nil, fmt.Errorf("venue: %w", err)
	}
	g := &Gateway{
		config: c, engine: e, manual: c.Start.UnixMilli(), random: rand.New(rand.NewPCG(c.Seed, 0x706f697365)),
		tasks: make(chan *task, taskQueue), quit: make(chan struct{}), finished: make(chan struct{}),
		byAlias: map[string]*client{}, byKey: map[string]*client{}, keys: map[string]*listenKey{}, open: map[*line]struct{}{},
		faults: map[int64]*fault{}, addrs: map[string]*addrUse{}, markets: map[string]*market{}, streams: map[string]*stream{},
	}
	g.openMarkets()
	g.scheduleMarkets()
	go g.loop()
	return g, nil
}

// Close cuts all sockets and stops. It returns when no goroutine is left.
func (g *Gateway) Close() {
	g.closing.Do(func() { close(g.quit) })
	<-g.finished
	g.lines.Wait()
}

// loop owns the engine. Timers that are due fire before the task that comes
// after them.
func (g *Gateway) loop() {
	defer close(g.finished)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if !g.config.Manual {
			timer.Reset(g.untilNext())
		}
		select {
		case t := <-g.tasks:
			g.run(t)
		case <-timer.C:
			g.run(&task{do: func() {}})
		case <-g.quit:
			for l := range g.open {
				l.cut()
			}
			return
		}
	}
}

// run does a task; a panic is its error, and no one else's.
func (g *Gateway) run(t *task) {
	defer func() {
		if p := recover(); p != nil {
			t.err = fmt.Errorf("venue: %v", p)
			g.config.Log.Error("panic", "what", p, "stack", string(debug.Stack()))
		}
		if t.done != nil {
			close(t.done)
		}
	}()
	if !g.config.Manual {
		g.fire(g.now())
	}
	t.do()
}

// do has the loop call f and waits for it. Errors are ErrClosed, the context's,
// or a panic.
func (g *Gateway) do(ctx context.Context, f func()) error {
	t := &task{do: f, done: make(chan struct{})}
	select {
	case g.tasks <- t:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.quit:
		return ErrClosed
	}
	select {
	case <-t.done:
		return t.err
	case <-g.finished:
		select {
		case <-t.done:
			return t.err
		default:
			return ErrClosed
		}
	}
}

// now is the exchange's time in ms.
func (g *Gateway) now() int64 {
	if g.config.Manual {
		return g.manual
	}
	return time.Now().UnixMilli()
}

// apply gives the engine a command and everyone what follows from it.
func (g *Gateway) apply(c engine.Command) (*engine.Result, error) {
	r, err := g.engine.Apply(c, g.now())
	if err != nil {
		return nil, err
	}
	for i := range r.Events {
		g.push(&r.Events[i])
	}
	g.trade(r.Trades)
	g.feedForced(r.Forced)
	if s, ok := c.(*engine.Settle); ok {
		g.feedContract(s.Symbol)
	}
	g.scheduleTick()
	g.showMarkets()
	return r, nil
}

// scheduleTick keeps one timer at the engine's next deadline.
func (g *Gateway) scheduleTick() {
	next := g.engine.NextDeadline()
	if next == 0 || next == g.tickedAt {
		return
	}
	g.tickedAt = next
	g.at(next, func() {
		g.tickedAt = 0
		g.apply(&engine.Tick{}) // a Tick is never refused
	})
}

// text draws n letters and digits.
func (g *Gateway) text(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[g.random.IntN(len(letters))]
	}
	return string(b)
}

func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}
