package marks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"poise/dapi"
)

const (
	chunkMax = 200                    // streams in one message
	pace     = 200 * time.Millisecond // between our messages: half of what the exchange allows (spec 2)
)

// errSilent ends a connection on which subscriptions bring nothing.
var errSilent = errors.New("subscribed, and nothing comes")

// session is one connection, from its dialling to its end.
func (f *Feed) session(ctx context.Context) error {
	s, err := f.exchange.Dial(ctx, "/stream")
	if err != nil {
		return err
	}
	f.count(func(s *Stats) { s.Up = true; s.Connects++ })
	defer f.count(func(s *Stats) { s.Up = false })
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var reading sync.WaitGroup
	reading.Go(func() { cancel(f.read(s)) })
	err = f.subscribe(ctx, s)
	s.Close() // ends the reading
	reading.Wait()
	return err
}

func (f *Feed) read(s *dapi.Socket) error {
	var r reader
	for {
		b, err := s.Read()
		if err != nil {
			return err
		}
		f.take(&r, b)
	}
}

// take looks at one message.
func (f *Feed) take(r *reader, b []byte) {
	kind, symbol, m := r.read(b)
	switch kind {
	case isMark:
		f.hear(symbol, m)
	case isRefusal:
		f.count(func(s *Stats) { s.Refused++ })
		f.log.Warn("mark prices: a subscription was refused", "answer", clip(b))
	case isUnread:
		f.count(func(s *Stats) { s.Unread++ })
		f.log.Debug("mark prices: a message that cannot be read", "message", clip(b))
	}
}

func clip(b []byte) string { return strings.ToValidUTF8(string(b[:min(len(b), 200)]), "?") }

// subscribe keeps the connection's subscriptions what is wanted, until ctx ends.
// It never has more than one message a pace on its way.
func (f *Feed) subscribe(ctx context.Context, s *dapi.Socket) error {
	on := subscriptions{}
	tick := time.NewTicker(f.stale() / 4)
	defer tick.Stop()
	for id := uint64(1); ; id++ {
		for message := f.next(on, id); message != nil; message = f.next(on, id) {
			if err := s.Write(message); err != nil {
				return err
			}
			if !sleep(ctx, pace) {
				return context.Cause(ctx)
			}
			id++
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-f.wake:
		case <-tick.C:
			if !f.review(on) {
				return errSilent
			}
		}
	}
}

// subscriptions are when each symbol was subscribed to.
type subscriptions map[string]time.Time

// next returns the message that brings the subscriptions nearer to what is
// wanted, and notes them; nil when there is nothing to say.
func (f *Feed) next(on subscriptions, id uint64) []byte {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var names []string
	for symbol := range on {
		if f.heard[symbol] == nil {
			names = append(names, symbol)
		}
	}
	if names = firstOf(names); len(names) > 0 {
		for _, symbol := range names {
			delete(on, symbol)
		}
		return request("UNSUBSCRIBE", names, id)
	}
	for symbol := range f.heard {
		if on[symbol].IsZero() {
			names = append(names, symbol)
		}
	}
	if names = firstOf(names); len(names) == 0 {
		return nil
	}
	for _, symbol := range names {
		on[symbol] = time.Now()
	}
	return request("SUBSCRIBE", names, id)
}

// firstOf sorts names and returns what fits in a message.
func firstOf(names []string) []string {
	slices.Sort(names)
	return names[:min(len(names), chunkMax)]
}

// request is a subscription to marks as they are each second.
func request(method string, symbols []string, id uint64) []byte {
	b := fmt.Appendf(nil, `{"method":%q,"params":[`, method)
	for i, symbol := range symbols {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, strings.ToLower(symbol)...)
		b = append(b, `@markPrice@1s"`...)
	}
	b = append(b, `],"id":`...)
	return append(strconv.AppendUint(b, id, 10), '}')
}

// review has symbols that bring nothing subscribed to again: the answer to their
// message may be lost, or an error. It reports whether anything comes at all.
func (f *Feed) review(on subscriptions) (alive bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	silent := 0
	for symbol, since := range on {
		if h := f.heard[symbol]; h != nil && !f.fresh(since) && !f.fresh(h.at) {
			on[symbol] = time.Time{}
			silent++
		}
	}
	return silent == 0 || f.fresh(f.latest)
}
