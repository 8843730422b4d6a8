package dapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Stream keeps one account's listen key and lines. Make it with NewStream.
type Stream struct {
	c      *Client
	config StreamConfig
	sink   StreamSink
	slots  []*slot
	wake   chan struct{}        // of the keeper: there is something in asked
	deaf   atomic.Pointer[slot] // that waits for its turn before others, since no line is up

	mu     sync.Mutex
	ran    bool
	ended  bool
	ctx    context.Context // of Run, for what timers start
	wg     sync.WaitGroup
	key    string
	keys   int
	since  time.Time
	kept   time.Time
	asked  asked
	posted time.Time // by the runtime: when the exchange last named the key
	told   time.Time // of the keeper: a trouble

	swapping sync.Mutex // before those of slots: one line at a time is replaced for its age
}

// NewStream returns a Stream that does nothing before Run. Lines beyond 3 are not
// opened.
func (c *Client) NewStream(cfg StreamConfig, sink StreamSink) *Stream {
	s := &Stream{c: c, config: cfg.withDefaults(), sink: sink, wake: make(chan struct{}, 1)}
	for i := range s.config.Lines {
		s.slots = append(s.slots, &slot{s: s, n: uint8(i + 1)})
	}
	return s
}

// Format prints "stream of client with key abcd…": no listen key is in a dump.
func (s *Stream) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "stream of %v", s.c) }

// Run opens the lines and keeps them. It returns when ctx has ended and nothing of
// the Stream runs any more: nil, or the cause of the end when there is one other
// than cancelling. A Stream runs once.
func (s *Stream) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.ran {
		s.mu.Unlock()
		return errors.New("dapi: a stream runs once")
	}
	s.ran, s.ctx = true, ctx
	s.mu.Unlock()
	if err := s.c.check(); err != nil {
		return err
	}
	s.keep(ctx)
	s.end()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return fmt.Errorf("dapi: stream: %w", cause)
	}
	return nil
}

// end closes the lines and waits for all that runs.
func (s *Stream) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	for _, slot := range s.slots {
		slot.end()
	}
	s.wg.Wait()
}

// start runs f in a goroutine of the Stream, unless it has ended.
func (s *Stream) start(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.wg.Go(f)
	}
}

// tell tells the sink, with no listen key in it.
func (s *Stream) tell(line uint8, event LineEvent, detail string) {
	if key := s.current(); key != "" {
		detail = strings.ReplaceAll(detail, key, "…")
	}
	s.sink.Line(line, event, detail)
}

// troubleEvery is between tellings of one trouble that goes on.
const troubleEvery = time.Minute

// trouble tells of a failure, and of those that follow it once a minute; told is
// the caller's, and zero when all is well again.
func (s *Stream) trouble(line uint8, told *time.Time, err error) {
	if !told.IsZero() && time.Since(*told) < troubleEvery {
		return
	}
	*told = time.Now()
	s.tell(line, LineTrouble, err.Error())
}

// current is the key in use.
func (s *Stream) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key
}

// State returns how the Stream does.
func (s *Stream) State() StreamState {
	s.mu.Lock()
	st := StreamState{HasKey: s.key != "", KeySince: s.since, KeyKept: s.kept, Keys: s.keys}
	s.mu.Unlock()
	for _, slot := range s.slots {
		st.Lines = append(st.Lines, slot.state()...)
	}
	return st
}
