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
	moment   int64 // the machine's clock when the task began, ms; it never goes back
	data     *data // nil in memory
	random   *rand.Rand
	noise    *rand.Rand // of faults, which are not kept
	clients  []*client  // in the order they were made
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
	tickedAt int64  // deadline of the engine that a timer stands for
	nextFund *timer // funding
	nextStep *timer // of the walk
}

type task struct {
	do    func()
	early bool // who waits need not wait until it is durable
	done  chan struct{}
	err   error
}

// New starts an exchange. Errors are of the contracts, engine.ErrConfig, and of
// the data folder: ErrOther, ErrDiverged and those of package journal.
func New(c Config) (*Gateway, error) {
	g, err := open(c, c.withDefaults(time.Now()))
	if err != nil {
		return nil, fmt.Errorf("venue: %w", err)
	}
	if !g.config.Manual {
		g.moment = max(g.moment, time.Now().UnixMilli())
	}
	go g.loop()
	return g, nil
}

// open makes a Gateway, of its folder when it has one, and sets what it does by
// itself.
func open(given, c Config) (*Gateway, error) {
	if c.Data == "" {
		g, err := build(c, c.Start.UnixMilli(), nil)
		if err == nil {
			g.scheduleMarkets()
		}
		return g, err
	}
	d, err := openData(given, c)
	if err != nil {
		return nil, err
	}
	g, err := d.restore(given, c)
	if err != nil {
		return nil, errors.Join(err, d.journal.Close())
	}
	if s := c.settings(); s != g.config.settings() || g.data.journal.Last() == 1 {
		g.configure(s)
	}
	return g, nil
}

// build makes a Gateway that has just begun, at a moment, and does nothing yet.
func build(c Config, start int64, d *data) (*Gateway, error) {
	e, err := engine.New(engine.Config{Contracts: c.Contracts, Push: c.Push, Seed: c.Seed, Taker: c.Taker, Maker: c.Maker})
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		config: c, engine: e, manual: start, moment: start, data: d,
		random: rand.New(rand.NewPCG(c.Seed, 0x706f697365)), noise: rand.New(rand.NewPCG(c.Seed, 0x6e6f697365)),
		tasks: make(chan *task, taskQueue), quit: make(chan struct{}), finished: make(chan struct{}),
		byAlias: map[string]*client{}, byKey: map[string]*client{}, keys: map[string]*listenKey{}, open: map[*line]struct{}{},
		faults: map[int64]*fault{}, addrs: map[string]*addrUse{}, markets: map[string]*market{}, streams: map[string]*stream{},
	}
	g.openMarkets()
	return g, nil
}

// gate is nil without a data folder.
func (g *Gateway) gate() *gate {
	if g.data == nil {
		return nil
	}
	return g.data.gate
}

// broken is closed when the data folder cannot be written; without one it is nil.
func (g *Gateway) broken() chan struct{} {
	if g.data == nil {
		return nil
	}
	return g.data.broken
}

func (g *Gateway) replaying() bool { return g.data != nil && g.data.replaying }

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
	defer g.closeData()
	broken := g.broken()
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
		case <-broken:
			broken = nil
			g.config.Log.Error("the venue stops", "err", g.gate().failed())
			g.cutAll() // rather than leave them without a word
		case <-g.quit:
			g.cutAll()
			return
		}
	}
}

func (g *Gateway) cutAll() {
	for l := range g.open {
		l.cut()
	}
}

func (g *Gateway) closeData() {
	if g.data == nil {
		return
	}
	if err := g.data.close(); err != nil {
		g.config.Log.Error("closing the data folder", "err", err)
	}
}

// run does a task; a panic is its error, and no one else's. With a data folder
// that cannot be written it does nothing.
func (g *Gateway) run(t *task) {
	defer func() {
		if p := recover(); p != nil {
			t.err = fmt.Errorf("venue: %v", p)
			g.config.Log.Error("panic", "what", p, "stack", string(debug.Stack()))
		}
		g.finish(t)
	}()
	if t.err = g.gate().failed(); t.err != nil {
		return
	}
	if g.data != nil {
		g.data.depth = 0 // a panic may have left it
	}
	if !g.config.Manual {
		g.moment = max(g.moment, time.Now().UnixMilli())
		g.fire(g.moment)
	}
	t.do()
}

// finish tells whoever waits for a task, when what it did is durable.
func (g *Gateway) finish(t *task) {
	if t.done == nil {
		return
	}
	if t.early || !g.gate().hold(heldBack{task: t}) {
		close(t.done)
	}
}

// do has the loop call f and waits for it. Errors are ErrClosed, the context's,
// or a panic.
func (g *Gateway) do(ctx context.Context, f func()) error {
	return g.await(ctx, &task{do: f, done: make(chan struct{})})
}

// doEarly is do that returns before what f did is durable.
func (g *Gateway) doEarly(ctx context.Context, f func()) error {
	return g.await(ctx, &task{do: f, early: true, done: make(chan struct{})})
}

func (g *Gateway) await(ctx context.Context, t *task) error {
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
	return g.moment
}

// apply gives the engine a command and everyone what follows from it.
func (g *Gateway) apply(c engine.Command) (*engine.Result, error) {
	g.note(kindOf(c), func(r *coder) { r.command(c) })
	r, err := g.engine.Apply(c, g.now())
	g.did(r, err)
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
	g.atKept(next, func() {
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
	g.mixText(string(b))
	return string(b)
}

func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}
