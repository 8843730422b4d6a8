package follower

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"poise/dapi"
	"poise/decimal"
	"poise/store"
)

// ErrConfig is a Config that cannot be followed.
var ErrConfig = errors.New("cannot follow")

// MaxAccounts is how many accounts one Follower takes.
const MaxAccounts = 20_000

// Config is what to follow, and where to keep it.
type Config struct {
	// Store is the journal and the ledger. The caller opens it, and closes it
	// after Run has returned.
	Store Store
	// Exchange is where the accounts are.
	Exchange *dapi.Exchange
	// Accounts are followed from the start; SetAccounts changes them.
	Accounts []Account
	// Stream says how many lines an account has, and how they are kept.
	Stream dapi.StreamConfig
	// CheckEvery is how often REST is asked whether the stream told all; 0 is a
	// minute, or longer for more accounts than the exchange's limits allow that.
	CheckEvery time.Duration
	// Marks has mark prices followed, to compute what positions come to now.
	Marks bool
	// MarginAlert is the margin ratio from which an Alert is open, before the
	// exchange's own MARGIN_CALL; zero is 0.5. It needs Marks.
	MarginAlert decimal.D
	// Log hears of what an operator should know; nil hears nothing.
	Log *slog.Logger
}

// Account is one account to follow.
type Account struct {
	Name string // in the journal, for good: at most store.MaxAccountName bytes
	Key  dapi.Key
}

// Follower follows accounts: each message is durable before anything acts on it,
// once, whatever the number of lines; what the stream does not tell is asked of
// REST. Make it with New, and Run it once. Its other methods may be called by
// many goroutines, at any time.
type Follower struct {
	config    Config
	log       *slog.Logger
	scribe    *scribe
	stats     counters
	gauge     *gauge       // nil without Marks
	moved     bell         // at any change of any account
	ringed    atomic.Int64 // bytes of changes in memory
	ringsMost int64        // that there may be
	scratches scratches
	// rereads holds one while a subscriber's place is looked for in the journal.
	rereads chan struct{}
	hard    context.Context
	cut     context.CancelFunc

	mu       sync.Mutex
	state    state
	soft     context.Context
	wanted   []Account
	shards   [store.Partitions]*shard
	sessions map[string]*session
	setting  sync.Mutex // of SetAccounts, one after the other
	opening  [store.Partitions]sync.Mutex
	shardsUp sync.WaitGroup
	failed   chan error
}

// state is of a Follower: it runs once.
type state int

const (
	made state = iota
	running
	over
)

// New checks the configuration. Errors wrap ErrConfig.
func New(c Config) (*Follower, error) {
	if c.Store == nil || c.Exchange == nil {
		return nil, fmt.Errorf("%w: a Store and an Exchange are needed", ErrConfig)
	}
	if c.Stream.Lines < 0 || c.Stream.Lines > 3 {
		return nil, fmt.Errorf("%w: %d lines; 1 to 3 are possible", ErrConfig, c.Stream.Lines)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	f := &Follower{config: c, log: c.Log, scribe: newScribe(c.Store), sessions: map[string]*session{}, failed: make(chan error, 1),
		ringsMost: ringsBytes, rereads: make(chan struct{}, 1)}
	f.hard, f.cut = context.WithCancel(context.Background())
	if err := checkAccounts(c.Accounts); err != nil {
		return nil, err
	}
	f.wanted = slices.Clone(c.Accounts)
	if c.Marks {
		f.gauge = newGauge(f)
	}
	return f, nil
}

func checkAccounts(list []Account) error {
	if len(list) > MaxAccounts {
		return fmt.Errorf("%w: %d accounts; %d are possible", ErrConfig, len(list), MaxAccounts)
	}
	seen := map[string]bool{}
	for _, a := range list {
		switch {
		case a.Name == "" || len(a.Name) > store.MaxAccountName:
			return fmt.Errorf("%w: account %.40q: a name has 1 to %d bytes", ErrConfig, a.Name, store.MaxAccountName)
		case seen[a.Name]:
			return fmt.Errorf("%w: account %q is there twice", ErrConfig, a.Name)
		}
		seen[a.Name] = true
	}
	return nil
}

func (f *Follower) lines() int {
	if n := f.config.Stream.Lines; n > 0 {
		return n
	}
	return 2
}

func (f *Follower) pingEvery() time.Duration {
	if d := f.config.Stream.PingEvery; d > 0 {
		return d
	}
	return 45 * time.Second
}

// checkWeight is what a check costs, and checkShare what of a minute's weight
// all checks together may: a tenth of what the exchange allows.
const (
	checkWeight = 2
	checkShare  = 240
)

func (f *Follower) checkEvery() time.Duration {
	f.mu.Lock()
	n := len(f.sessions)
	f.mu.Unlock()
	every := f.config.CheckEvery
	if every <= 0 {
		every = max(time.Minute, time.Duration(n)*checkWeight*time.Minute/checkShare)
	}
	return jitter(every)
}

// now is the exchange's time in ms.
func (f *Follower) now() int64 { return f.config.Exchange.Now().UnixMilli() }

// Bounds of a stop.
const (
	stopMost   = 3 * time.Second // for sessions and shards, then what still waits is cut
	finishMost = time.Second     // for the ledger
)

// Run follows until ctx ends, and returns when everything heard is kept and no
// goroutine is left; that takes 5 seconds at most. An error is of the store.
func (f *Follower) Run(ctx context.Context) error {
	soft, stop := context.WithCancel(ctx)
	defer stop()
	defer f.cut()
	if err := f.begin(soft); err != nil {
		return err
	}
	scribing, stopScribe := context.WithCancel(context.Background())
	defer stopScribe()
	var background sync.WaitGroup
	background.Go(func() { f.fail(f.scribe.run(scribing)) })
	background.Go(func() { f.keepTime(soft) })
	if f.gauge != nil {
		background.Go(func() { f.gauge.run(soft) })
	}
	err := f.follow(soft)
	stop()
	f.end(stopScribe, &background)
	select {
	case late := <-f.failed:
		err = errors.Join(err, late)
	default:
	}
	return err
}

func (f *Follower) begin(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state != made {
		return fmt.Errorf("%w: Run was called before", ErrConfig)
	}
	f.state, f.soft = running, ctx
	f.moved.strike()
	return nil
}

// keepTime measures the exchange's clock until it was told once.
func (f *Follower) keepTime(ctx context.Context) {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
		_, err := f.config.Exchange.Time(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		f.log.Warn("the exchange does not tell the time", "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// follow starts the accounts and waits for ctx, or for a failure of the store.
func (f *Follower) follow(ctx context.Context) error {
	f.mu.Lock()
	first := f.wanted
	f.mu.Unlock()
	if err := f.SetAccounts(first); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil // stopped before every account was read
		}
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-f.failed:
		return err
	}
}

func (f *Follower) fail(err error) {
	if err == nil {
		return
	}
	select {
	case f.failed <- err:
	default:
	}
}

// end stops sessions, then shards, then the ledger.
func (f *Follower) end(stopScribe func(), background *sync.WaitGroup) {
	tooLong := time.AfterFunc(stopMost, f.cut)
	defer tooLong.Stop()
	f.mu.Lock()
	f.state = over
	sessions := f.sessions
	f.mu.Unlock()
	for _, s := range sessions {
		<-s.ended
	}
	for _, s := range f.openShards() {
		s.in.close()
	}
	f.shardsUp.Wait()
	stopScribe()
	background.Wait()
	ctx, stop := context.WithTimeout(context.Background(), finishMost)
	defer stop()
	err := f.scribe.drain(ctx)
	for _, s := range f.openShards() {
		if err == nil {
			err = s.finish(ctx)
		}
	}
	if err != nil { // the journal has it all: the next start writes it
		f.log.Warn("the ledger is behind the journal until the next start", "error", err)
	}
}

// SetAccounts changes who is followed: new accounts start, missing ones stop,
// those whose key differs start again. It returns once those that go have
// stopped. Errors wrap ErrConfig, and change nothing, or are of the store.
func (f *Follower) SetAccounts(list []Account) error {
	if err := checkAccounts(list); err != nil {
		return err
	}
	f.setting.Lock()
	defer f.setting.Unlock()
	f.mu.Lock()
	f.wanted = slices.Clone(list)
	if f.state != running {
		f.mu.Unlock()
		return nil
	}
	gone := f.takeGone(list)
	f.mu.Unlock()
	for _, s := range gone {
		<-s.ended
	}
	if err := f.openAll(list); err != nil {
		return err
	}
	var errs []error
	for _, a := range list {
		errs = append(errs, f.start(a))
	}
	return errors.Join(errs...)
}

// takeGone stops the sessions that are not of list; the caller has mu.
func (f *Follower) takeGone(list []Account) (gone []*session) {
	keep := map[string]dapi.Key{}
	for _, a := range list {
		keep[a.Name] = a.Key
	}
	for name, s := range f.sessions {
		if key, ok := keep[name]; ok && key.Equal(s.key) {
			continue
		}
		delete(f.sessions, name)
		s.stop()
		gone = append(gone, s)
	}
	return gone
}

// start begins to follow an account, unless it is followed.
func (f *Follower) start(a Account) error {
	s, err := f.shardFor(f.soft, store.PartitionOf(a.Name))
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sessions[a.Name] != nil || f.state != running || f.soft.Err() != nil {
		return nil
	}
	n := f.newSession(a, s)
	f.sessions[a.Name] = n
	ctx, stop := context.WithCancel(f.soft)
	n.stop = stop
	go n.run(ctx)
	return nil
}

// openAll opens the partitions of a list of accounts, some at a time.
func (f *Follower) openAll(list []Account) error {
	var ids []int
	for _, a := range list {
		ids = append(ids, store.PartitionOf(a.Name))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	errs := make([]error, len(ids))
	turns := make(chan struct{}, openAtOnce)
	var open sync.WaitGroup
	for i, id := range ids {
		turns <- struct{}{}
		open.Go(func() {
			_, errs[i] = f.shardFor(f.soft, id)
			<-turns
		})
	}
	open.Wait()
	return errors.Join(errs...)
}

// openAtOnce is how many partitions are read at once.
const openAtOnce = 4

// shardFor returns a partition's shard, opened if need be.
func (f *Follower) shardFor(ctx context.Context, id int) (*shard, error) {
	f.opening[id].Lock()
	defer f.opening[id].Unlock()
	f.mu.Lock()
	s, runs := f.shards[id], f.state == running
	f.mu.Unlock()
	if s != nil {
		return s, nil
	}
	if !runs {
		return nil, fmt.Errorf("%w: the follower is not running", ErrConfig)
	}
	s, err := f.openShard(ctx, id)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shards[id] = s
	f.shardsUp.Go(func() { f.fail(s.run(f.hard)) })
	f.moved.strike()
	return s, nil
}

func (f *Follower) openShards() []*shard {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]*shard, 0, len(f.shards))
	for _, s := range f.shards {
		if s != nil {
			list = append(list, s)
		}
	}
	return list
}

// Account returns what an account holds and how it is followed. It is false for
// one that is not followed.
func (f *Follower) Account(name string) (*View, bool) {
	f.mu.Lock()
	s := f.sessions[name]
	f.mu.Unlock()
	if s == nil {
		return nil, false
	}
	return s.view(), true
}

// Accounts returns every account that is followed, by name.
func (f *Follower) Accounts() []*View {
	f.mu.Lock()
	list := make([]*session, 0, len(f.sessions))
	for _, s := range f.sessions {
		list = append(list, s)
	}
	f.mu.Unlock()
	slices.SortFunc(list, func(a, b *session) int { return strings.Compare(a.name, b.name) })
	views := make([]*View, len(list))
	for i, s := range list {
		views[i] = s.view()
	}
	return views
}

// Pending returns how many of the accounts that are to be followed are not in
// Accounts: all of them before Run and after it, later those whose partition is
// still being read.
func (f *Follower) Pending() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.wanted {
		if f.state != running || f.sessions[f.wanted[i].Name] == nil {
			n++
		}
	}
	return n
}

// Head returns the place behind the last change of every account.
func (f *Follower) Head() (c Cursor) {
	for _, s := range f.openShards() {
		c.Set(s.id, s.ring.end())
	}
	return c
}

// End is Head with the partitions that are not open too, as they are before Run
// and while it opens them: the place from which on a subscriber hears what is
// new, and nothing else.
func (f *Follower) End(ctx context.Context) (Cursor, error) {
	c := f.Head()
	for p := range store.Partitions {
		if c.Position(p) > 0 {
			continue
		}
		head, err := f.config.Store.Head(ctx, p)
		if err != nil {
			return c, fmt.Errorf("end of the journal: %w", err)
		}
		c.Set(p, head.Position)
	}
	return c, nil
}
