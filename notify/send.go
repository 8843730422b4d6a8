package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// EventsMost is how many events one message has at most.
const EventsMost = 100

// Bounds of sending.
const (
	sendMost     = 10 * time.Second // an attempt
	retryFirst   = time.Second      // then twice as long each time
	retryMost    = time.Minute
	askedMost    = 5 * time.Minute // of a receiver's Retry-After
	refusalsMost = 3               // of one message
	answerMost   = 4 << 10         // bytes that are read of an answer
)

// deliver sends events until they are taken or given up; false if ctx ended
// before.
func (n *Notifier) deliver(ctx context.Context, events []Event) bool {
	body, err := json.Marshal(map[string][]Event{"events": events})
	if err != nil { // cannot be: all are texts and whole numbers
		n.log.Error("notifications cannot be written", "error", err)
		return true
	}
	refusals := 0
	for wait := n.config.RetryFirst; ; wait = min(2*wait, retryMost) {
		a := n.post(ctx, body)
		if ctx.Err() != nil && !a.taken {
			return false
		}
		if a.taken {
			n.delivered.Add(int64(len(events)))
			n.healthy(true, nil)
			return true
		}
		n.failed.Add(1)
		n.healthy(false, a.err)
		if a.refused {
			refusals++
		}
		if refusals >= refusalsMost {
			n.given.Add(int64(len(events)))
			n.log.Error("the webhook refuses notifications; they are given up", "events", len(events), "first", events[0].ID, "error", a.err)
			return true
		}
		select {
		case <-time.After(max(jitter(wait), a.after)):
		case <-ctx.Done():
			return false
		}
	}
}

// jitter is from half of d to all of it, so that receivers that were away are
// not met by everybody at once.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// answer is what came of an attempt.
type answer struct {
	taken, refused bool
	after          time.Duration // not before that
	err            error
}

func (n *Notifier) post(ctx context.Context, body []byte) answer {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.config.URL, bytes.NewReader(body))
	if err != nil {
		return answer{err: hideURL(err)}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "poise")
	r.Header.Set(SignatureHeader, sign(n.config.Secret, time.Now(), body))
	res, err := n.client.Do(r)
	if err != nil {
		return answer{err: hideURL(err)}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, answerMost)) // so that the connection can be used again
	if res.StatusCode/100 == 2 {
		return answer{taken: true}
	}
	return answer{refused: refuses(res.StatusCode), after: asked(res.Header.Get("Retry-After")), err: fmt.Errorf("it answers %s", res.Status)}
}

// hideURL takes the address out of an error: it may be a secret.
func hideURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refuses reports whether a status is about the message, and not about the
// receiver's state or its configuration, which somebody will mend.
func refuses(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// asked reads a Retry-After of seconds or of a date, up to a bound.
func asked(text string) time.Duration {
	d := time.Duration(0)
	if s, err := strconv.ParseUint(text, 10, 31); err == nil {
		d = time.Duration(s) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = time.Until(at)
	}
	return min(max(0, d), askedMost)
}
