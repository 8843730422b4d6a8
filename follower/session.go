package follower

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"poise/account"
	"poise/dapi"
	"poise/inverse"
)

// Bounds of the frames that wait for a snapshot.
const (
	holdRecords = 4_096
	holdBytes   = 4 << 20
	holdMost    = 5 * time.Second
)

// session follows one account: it takes what its lines bring, each message once,
// into the shard's inbox, and asks REST where the stream does not tell.
type session struct {
	f      *Follower
	name   string
	key    dapi.Key
	shard  *shard
	client *dapi.Client
	stream *dapi.Stream
	log    *slog.Logger
	hard   context.Context // ends when a stop cannot wait any longer
	wake   chan struct{}
	stop   context.CancelFunc
	ended  chan struct{}

	// order is held from when a message is heard until it is in the inbox, so that
	// the journal has messages in the order of their lines.
	order     sync.Mutex
	merge     merger
	up        map[uint8]time.Time
	keyed     bool
	holding   bool // frames wait in held for a snapshot
	held      []account.Record
	heldBytes int
	hold      *time.Timer
	deaf      int  // times in which nobody may have listened
	quiet     bool // the session is stopping: lines that go down are no news

	mu        sync.Mutex
	agenda    [jobs]time.Time // zero: not wanted
	gaping    bool            // something is unexplained
	repairs   int             // tries since that began
	failures  [jobs]int       // tries of each job that failed, one after the other
	snapshots int             // of this session that are in the books
	linesUp   int
	incidents int
	proved    int64        // ms: when REST last agreed with the books
	heard     atomic.Int64 // frames
	silentAt  int64        // heard, when REST last knew more; -1 for never
	silences  int          // times since then
	status    string
	since     int64 // ms
	alerts    map[string]Alert
	cached    *View
	tables    map[string]inverse.Brackets
}

// The codes of alerts.
const (
	alertLines  = "lines"  // one does not open
	alertKey    = "key"    // the listen key cannot be made or renewed
	alertREST   = "rest"   // REST does not answer what it is asked
	alertBehind = "behind" // REST knows what the stream did not tell
	alertSilent = "silent" // so again, and nothing was heard in between
	alertMargin = "margin" // the margin ratio is high
)

// Alert is something wrong now with how an account is followed, or with its
// margin: computed, never journaled. It goes when what it tells is over.
type Alert struct {
	Code   string // lines, key, rest, behind, silent or margin
	Symbol string // or asset; "" where it has none
	Since  int64  // ms
	Detail string // one line for a person

	kept time.Time // when the key had been renewed when this began
}

func (f *Follower) newSession(a Account, s *shard) *session {
	n := &session{f: f, name: a.Name, key: a.Key, shard: s, client: f.config.Exchange.Client(a.Key), log: f.log.With("account", a.Name), hard: f.hard,
		wake: make(chan struct{}, 1), ended: make(chan struct{}), up: map[uint8]time.Time{}, holding: true, alerts: map[string]Alert{}, status: Starting, since: f.now(), silentAt: -1}
	n.stream = n.client.NewStream(f.config.Stream, n)
	s.read(a.Name, func(b *account.Books) {
		if b != nil {
			n.incidents = len(b.Incidents())
			if f.gauge != nil {
				f.gauge.holds(n, holding(b))
			}
		}
	})
	return n
}

// run follows the account until ctx ends, and returns when nothing of it runs any
// more.
func (s *session) run(ctx context.Context) {
	defer close(s.ended)
	s.shard.sessions.Store(s.name, s)
	defer s.shard.sessions.Delete(s.name)
	s.note(0, account.LineStop, "following begins")
	streamed, stopStream := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStream()
	var streaming sync.WaitGroup
	streaming.Go(func() {
		if err := s.stream.Run(streamed); err != nil && streamed.Err() == nil {
			s.alert(alertLines, "", "the stream ended: "+err.Error())
		}
	})
	s.work(ctx)
	s.order.Lock()
	s.quiet = true
	s.release(nil)
	s.order.Unlock()
	stopStream()
	streaming.Wait()
	if s.f.gauge != nil {
		s.f.gauge.holds(s, nil)
	}
	s.note(0, account.LineStop, "following ends")
}

// record is one of the session's own.
func (s *session) record(kind account.RecordKind, line uint8, data []byte) account.Record {
	return account.Record{Account: s.name, Kind: kind, Line: line, Received: s.f.config.Exchange.Now().UnixNano(), Data: data}
}

func (s *session) lineRecord(line uint8, event, detail string) account.Record {
	data, _ := json.Marshal(account.LineEvent{Event: event, Detail: detail}) // of two texts
	return s.record(account.Line, line, data)
}

func (s *session) note(line uint8, event, detail string) {
	s.order.Lock()
	defer s.order.Unlock()
	s.put(s.lineRecord(line, event, detail))
}

// put hands records to the shard; the caller has order. It waits for room: the
// lines are not read meanwhile. What it cannot hand over at the end of a stop that
// took too long is of no consequence: the next start asks REST.
func (s *session) put(records ...account.Record) {
	if len(records) > 0 {
		s.shard.in.put(s.hard, records...)
	}
}

// Frame implements [dapi.StreamSink].
func (s *session) Frame(fr dapi.Frame) {
	s.order.Lock()
	defer s.order.Unlock()
	if !s.merge.first(fr.Line, fr.Data, fr.Received/1e6) {
		s.f.stats.repeated.Add(1)
		return
	}
	s.heard.Add(1)
	r := account.Record{Account: s.name, Kind: account.Frame, Line: fr.Line, Received: s.f.config.Exchange.Now().UnixNano(), Data: fr.Data}
	if !s.holding {
		s.shard.in.lend(s.hard, r) // as put
		return
	}
	r.Data = bytes.Clone(r.Data)
	s.held = append(s.held, r)
	s.heldBytes += len(r.Data)
	if len(s.held) >= holdRecords || s.heldBytes >= holdBytes {
		s.release(nil)
	}
}

// release lets the frames go that waited, behind the records given; the caller
// has order.
func (s *session) release(before []account.Record) {
	s.holding = false
	if s.hold != nil {
		s.hold.Stop()
		s.hold = nil
	}
	s.put(append(before, s.held...)...)
	s.held, s.heldBytes = nil, 0
}

// Line implements [dapi.StreamSink].
func (s *session) Line(line uint8, event dapi.LineEvent, detail string) {
	s.order.Lock()
	defer s.order.Unlock()
	if s.quiet {
		return
	}
	switch event {
	case dapi.LineUp:
		first := len(s.up) == 0
		s.up[line] = time.Now()
		s.put(s.lineRecord(line, account.LineUp, detail))
		if first {
			s.gap()
			s.await()
		}
		s.settle(alertLines)
	case dapi.LineDown:
		s.lineDown(line, detail)
	case dapi.LineKey:
		s.put(s.lineRecord(0, account.LineKey, detail))
		if s.keyed { // nothing was heard since the last key died
			clear(s.up)
			s.gap()
		}
		s.keyed = true
		s.settle(alertKey)
	case dapi.LineTrouble:
		s.f.stats.troubles.Add(1)
		code := alertLines
		if line == 0 {
			code = alertKey
		}
		s.alert(code, "", detail)
	}
	s.lines(len(s.up))
}

// lineDown notes that a line closed, and whether that leaves a time in which
// nobody may have listened: no other line has been up since before this one was
// last known to be alive.
func (s *session) lineDown(line uint8, detail string) {
	s.put(s.lineRecord(line, account.LineDown, detail))
	_, counted := s.up[line]
	delete(s.up, line)
	if !counted {
		return // of a key that is no longer used
	}
	alive := time.Now().Add(-2 * s.f.pingEvery())
	for _, since := range s.up {
		if since.Before(alive) {
			return
		}
	}
	s.gap()
	if len(s.up) > 0 {
		s.await()
	}
}

// gap notes a time in which nobody may have listened: frames wait for a snapshot,
// and one that was asked for before tells nothing of it. The caller has order.
func (s *session) gap() {
	s.holding = true
	s.deaf++
}

// await has the snapshot taken that frames wait for, and lets them go without it if
// it takes too long; the caller has order.
func (s *session) await() {
	if s.hold != nil {
		s.hold.Stop()
	}
	var hold *time.Timer
	hold = time.AfterFunc(holdMost, func() {
		s.order.Lock()
		defer s.order.Unlock()
		if s.hold == hold {
			s.release(nil)
		}
	})
	s.hold = hold
	s.want(jobSnapshot, 0)
}
