package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// ChangesQuery chooses changes.
type ChangesQuery struct {
	Account string // only of this account; "" is all
	From    string // a cursor: those behind it; "0" for all there ever were; "" for those from now on
	// OnLine, if set, is told when the stream is up, and when it was lost. It is
	// called between changes, by whoever ranges over them.
	OnLine func(LineState)
}

// LineState is of a stream of changes.
type LineState struct {
	Up    bool
	Err   error         // why it was lost
	Again time.Duration // until it is opened again
}

// Changes yields each change once and in the order of its account, over any
// number of lost lines: a stream that ends, is cut for reading too slowly or is
// silent for too long is opened again where it was, after a pause that grows up
// to PauseMost and is drawn at random. Changes must be taken without delay, or
// the server cuts.
//
// It ends with an error that asking again does not mend: a [*Problem] such as 401
// (the token), 404 (no such account) or 409 (the cursor is of another store), or
// that of ctx.
func (c *Client) Changes(ctx context.Context, q ChangesQuery) iter.Seq2[*Change, error] {
	return func(yield func(*Change, error) bool) {
		failures := 0
		for {
			heard := false
			l := &listening{c: c, q: &q, up: func() { heard = true }}
			err := l.run(ctx, yield)
			if errors.Is(err, errEnough) {
				return
			}
			if ctx.Err() != nil || !temporary(err) {
				yield(nil, err)
				return
			}
			if heard {
				failures = 0
			}
			pause := backoff(max(l.retry, retryLeast), c.config.PauseMost, failures)
			failures++
			q.tell(LineState{Err: err, Again: pause})
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
		}
	}
}

func (q *ChangesQuery) tell(s LineState) {
	if q.OnLine != nil {
		q.OnLine(s)
	}
}

// retryLeast is the pause after the first failure where the server names none.
const retryLeast = 250 * time.Millisecond

// backoff is from half of a pause to all of it, which doubles for each failure
// before this one: clients that one server lost do not come back at once.
func backoff(least, most time.Duration, failures int) time.Duration {
	d := most
	if failures < 30 {
		d = min(most, least<<failures)
	}
	return d/2 + rand.N(d/2+1)
}

// errEnough is a caller who takes no more.
var errEnough = errors.New("enough")

// listening is one connection.
type listening struct {
	c     *Client
	q     *ChangesQuery
	up    func()
	retry time.Duration // as the server asks
}

// run yields what one connection brings, and moves q.From on. It returns why the
// connection ended.
func (l *listening) run(ctx context.Context, yield func(*Change, error) bool) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watch := time.AfterFunc(l.c.config.SilenceMost, func() { stop(ErrSilent) })
	defer watch.Stop()
	body, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer body.Close()
	events := newEvents(body, changeBytesMost)
	for first := true; ; first = false {
		watch.Reset(l.c.config.SilenceMost)
		ev, err := events.next()
		if err != nil {
			return ended(ctx, err)
		}
		watch.Stop() // what the caller takes its time for is not the server's silence
		if first {
			l.up()
			l.q.tell(LineState{Up: true})
		}
		if ev.retry > 0 {
			l.retry = ev.retry
		}
		if len(ev.data) > 0 {
			if err := l.change(&ev, yield); err != nil {
				return err
			}
		}
		if ev.id != "" {
			l.q.From = ev.id
		}
	}
}

func (l *listening) open(ctx context.Context) (io.ReadCloser, error) {
	v := url.Values{}
	putText(v, "account", l.q.Account)
	putText(v, "from", l.q.From)
	r, err := l.c.request(ctx, v, "v1", "changes")
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	res, err := l.c.http.Do(r)
	if err != nil {
		return nil, unanswered(ctx, err)
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		return nil, problemOf(res)
	}
	return res.Body, nil
}

func (l *listening) change(ev *event, yield func(*Change, error) bool) error {
	c := &Change{Cursor: ev.id}
	if err := json.Unmarshal(ev.data, c); err != nil {
		return fmt.Errorf("%w: a change: %w", ErrAnswer, err)
	}
	if !yield(c, nil) {
		return errEnough
	}
	return nil
}

func ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF):
		return ErrEnded
	case errors.Is(err, ErrTooLarge):
		return err
	}
	return fmt.Errorf("%w: %w", ErrLine, err)
}
