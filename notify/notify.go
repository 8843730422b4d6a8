package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"poise/follower"
	"poise/store"
)

// ErrConfig is a Config that cannot be used.
var ErrConfig = errors.New("cannot notify")

// SecretLeast is the length of the shortest secret, in bytes.
const SecretLeast = 16

// Bounds of what waits.
const (
	queueMost  = 256    // changes with something to tell
	alertsMost = 20_000 // that the receiver knows to be open
	drainMost  = 500 * time.Millisecond
	saveEvery  = 10 * time.Second // of a place that moved without anything to tell
)

// Source is who knows: a *follower.Follower.
type Source interface {
	Changes(ctx context.Context, from follower.Cursor) iter.Seq2[follower.Change, error]
	Accounts() []*follower.View
	Head() follower.Cursor
}

// Config is whom to tell, and of what.
type Config struct {
	URL     string // of https, or of http on this machine
	Secret  string // that messages are signed by
	Source  Source
	Journal store.Journal // of the source: where a first start begins
	// State is the file of how far the receiver is; "" has none, and each start
	// begins anew.
	State string
	// LookEvery is between two looks at alerts; 0 is 2 s, or longer for more
	// than 2,000 accounts.
	LookEvery time.Duration
	// RetryFirst is about how long after a failure it is tried again, the first
	// time; 0 is 1 s.
	RetryFirst time.Duration
	// Log hears of a receiver that fails; nil hears nothing.
	Log *slog.Logger
}

// Notifier tells a webhook. Make it with New and Run it once; Stats may be
// called at any time.
type Notifier struct {
	config Config
	log    *slog.Logger
	client *http.Client
	queue  chan item
	from   follower.Cursor
	open   map[told]told // queued as open; of the goroutine that looks
	missed map[told]bool // open, and not there at the last look

	failed, delivered, given atomic.Int64

	mu     sync.Mutex
	read   follower.Cursor // changes up to here were read
	taken  follower.Cursor // and up to here were told
	queued int             // changes between the two that wait
	alerts map[told]told   // the receiver knows
	dirty  bool            // the state is ahead of its file
	since  time.Time       // of failing; zero: it works
}

// item waits to be told.
type item struct {
	events []Event
	cursor *follower.Cursor // nil for an alert
	alert  *told
	opened bool
}

// New reads the state, or begins at the journal's end. Errors wrap ErrConfig or
// ErrState, or are of the journal or the file.
func New(ctx context.Context, c Config) (*Notifier, error) {
	if c.Source == nil || c.Journal == nil {
		return nil, fmt.Errorf("%w: a Source and a Journal are needed", ErrConfig)
	}
	if err := CheckURL(c.URL); err != nil {
		return nil, fmt.Errorf("%w: the webhook %w", ErrConfig, err)
	}
	if len(c.Secret) < SecretLeast {
		return nil, fmt.Errorf("%w: the secret has fewer than %d bytes", ErrConfig, SecretLeast)
	}
	if c.RetryFirst <= 0 {
		c.RetryFirst = retryFirst
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	n := &Notifier{config: c, log: c.Log, client: newClient(c.URL), queue: make(chan item, queueMost), open: map[told]told{}, missed: map[told]bool{}, alerts: map[told]told{}}
	if err := n.resume(ctx); err != nil {
		return nil, fmt.Errorf("notifications: %w", err)
	}
	return n, nil
}

// resume finds the place to go on from, which is never beyond the journal: a
// store that was restored from a backup has a shorter one.
func (n *Notifier) resume(ctx context.Context) error {
	from, alerts, there, err := follower.Cursor{}, []told(nil), false, error(nil)
	if n.config.State != "" {
		if from, alerts, there, err = readState(n.config.State); err != nil {
			return err
		}
	}
	for p := range store.Partitions {
		head, err := n.config.Journal.Head(ctx, p)
		if err != nil {
			return err
		}
		if there && from.Position(p) > head.Position {
			n.log.Warn("the journal ends before what was told: it is an older one", "partition", p, "told", from.Position(p), "end", head.Position)
		}
		if !there || from.Position(p) > head.Position {
			from.Set(p, head.Position)
		}
	}
	for _, t := range alerts {
		n.open[t.key()], n.alerts[t.key()] = t, t
	}
	n.from, n.read, n.taken, n.dirty = from, from, from, true
	return n.save() // so that whatever comes from now on is told, whatever happens
}

// Run tells until ctx ends; then what is known already has half a second. End
// ctx after the source was stopped, so that its last words are told too. An
// error is of the state's file or of the journal.
func (n *Notifier) Run(ctx context.Context) error {
	defer n.client.CloseIdleConnections()
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	reading, stop := context.WithCancel(hard)
	defer stop()
	looking, stopLooking := context.WithCancel(ctx)
	defer stopLooking()
	errs := make(chan error, 1)
	var all sync.WaitGroup
	all.Go(func() { errs <- n.follow(reading) })
	all.Go(func() { n.watch(looking) })
	all.Go(func() { n.send(hard) })
	var err error
	select {
	case <-ctx.Done():
		n.drain()
		stop()
	case err = <-errs:
	}
	stopLooking()
	cut()
	all.Wait()
	return errors.Join(err, n.save())
}

// follow queues what each change has to tell, and waits where the queue is full:
// the journal keeps the rest.
func (n *Notifier) follow(ctx context.Context) error {
	for c, err := range n.config.Source.Changes(ctx, n.from) {
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("notifications: %w", err)
		}
		events := eventsOf(&c.Delta)
		n.mu.Lock()
		n.read, n.dirty = c.Cursor, true
		if len(events) > 0 {
			n.queued++
		}
		n.mu.Unlock()
		if len(events) == 0 {
			continue
		}
		select {
		case n.queue <- item{events: events, cursor: &c.Cursor}:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// watch looks at the alerts now and then.
func (n *Notifier) watch(ctx context.Context) {
	for {
		every := n.config.LookEvery
		if every <= 0 {
			every = max(2*time.Second, time.Duration(len(n.config.Source.Accounts()))*time.Millisecond)
		}
		select {
		case <-time.After(every):
			n.look(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// offer queues an item if there is room for it and half of the queue for others.
func (n *Notifier) offer(ctx context.Context, it item) bool {
	if ctx.Err() != nil || len(n.queue) >= queueMost/2 {
		return false
	}
	select {
	case n.queue <- it:
		return true
	default:
		return false
	}
}

// send tells what waits, and saves how far it came.
func (n *Notifier) send(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case it := <-n.queue:
			batch := n.gather(it)
			if !n.deliver(ctx, eventsIn(batch)) {
				return
			}
			n.told(batch)
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := n.save(); err != nil {
			n.log.Error("how far the webhook was told cannot be kept: after a restart it is told again", "error", err)
		}
	}
}

// gather takes what else waits, up to a message's bound.
func (n *Notifier) gather(first item) (batch []item) {
	batch = append(batch, first)
	for count := len(first.events); count < EventsMost; {
		select {
		case it := <-n.queue:
			batch, count = append(batch, it), count+len(it.events)
		default:
			return batch
		}
	}
	return batch
}

func eventsIn(batch []item) (list []Event) {
	for i := range batch {
		list = append(list, batch[i].events...)
	}
	return list
}

// told notes what the receiver has taken.
func (n *Notifier) told(batch []item) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range batch {
		it := &batch[i]
		switch {
		case it.cursor != nil:
			n.taken, n.queued = *it.cursor, n.queued-1
		case it.opened:
			n.alerts[it.alert.key()] = *it.alert
		default:
			delete(n.alerts, it.alert.key())
		}
	}
	n.dirty = true
}

// save writes the state, if it is ahead of its file.
func (n *Notifier) save() error {
	n.mu.Lock()
	if n.queued == 0 {
		n.taken = n.read // nothing that was read since has to be told
	}
	at, alerts, dirty := n.taken, maps.Clone(n.alerts), n.dirty
	n.dirty = false
	n.mu.Unlock()
	if !dirty || n.config.State == "" {
		return nil
	}
	err := writeState(n.config.State, at, sorted(alerts))
	if err != nil {
		n.mu.Lock()
		n.dirty = true
		n.mu.Unlock()
	}
	return err
}

// drain waits a moment for what the source has said to be told.
func (n *Notifier) drain() {
	end := time.Now().Add(drainMost)
	for head := n.config.Source.Head(); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		n.mu.Lock()
		done := n.queued == 0 && covers(&n.read, &head) && len(n.queue) == 0
		n.mu.Unlock()
		if done {
			return
		}
	}
}

// covers reports whether a place is at another one, or behind it.
func covers(at, head *follower.Cursor) bool {
	for p := range store.Partitions {
		if at.Position(p) < head.Position(p) {
			return false
		}
	}
	return true
}

// healthy tells the log when the receiver begins to fail, and when it is over.
func (n *Notifier) healthy(ok bool, err error) {
	n.mu.Lock()
	was := n.since
	if ok {
		n.since = time.Time{}
	} else if was.IsZero() {
		n.since = time.Now()
	}
	n.mu.Unlock()
	switch {
	case ok && !was.IsZero():
		n.log.Info("the webhook takes notifications again", "after", time.Since(was).Round(time.Second).String())
	case !ok && was.IsZero():
		n.log.Warn("the webhook does not take notifications; they are kept, and sent again and again", "error", err)
	}
}

// Stats are of this process.
type Stats struct {
	Delivered int64 // events that were taken
	GivenUp   int64 // events that the receiver refused
	Failures  int64 // attempts that failed
	Waiting   int   // changes with something to tell that wait in memory
	Failing   time.Duration
}

// Stats counts.
func (n *Notifier) Stats() Stats {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := Stats{Delivered: n.delivered.Load(), GivenUp: n.given.Load(), Failures: n.failed.Load(), Waiting: len(n.queue)}
	if !n.since.IsZero() {
		s.Failing = time.Since(n.since)
	}
	return s
}

func compare(a, b told) int {
	return cmp.Or(cmp.Compare(a.Since, b.Since), strings.Compare(a.Account, b.Account), strings.Compare(a.Code, b.Code), strings.Compare(a.Symbol, b.Symbol))
}
