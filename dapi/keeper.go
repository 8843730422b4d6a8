package dapi

import (
	"context"
	"errors"
	"time"
)

const (
	joined     = 5 * time.Second  // in which renewals are one
	expiryGap  = time.Second      // at least, between a POST and one for the next key
	keySafe    = 50 * time.Minute // of the 60 that a key lives: after them a POST is surer than a PUT
	keepAgain  = time.Minute      // at most, after a PUT that failed
	whySilent  = "silent"         // the why of Renew that has lines replaced in any case
	whyStarted = "started"
)

// asked is what the keeper was asked for and has not done.
type asked struct {
	renew   string    // why
	expired string    // the key that an event says is dead
	at      time.Time // when that was heard, by the runtime
	check   bool      // whether the key still lives
}

// Renew tells that there is reason to believe that the key is dead: why is for the
// log, or "silent". The exchange is asked for the key. When it is another, or why
// is "silent", all lines are replaced, the new ones opened before the old are
// closed. Calls while a renewal is under way, and within 5 s of one, join it.
func (s *Stream) Renew(why string) { s.ask(asked{renew: why}) }

// ask adds to what the keeper has to do.
func (s *Stream) ask(a asked) {
	s.mu.Lock()
	if a.renew != "" && s.asked.renew != whySilent {
		s.asked.renew = a.renew
	}
	if a.expired != "" {
		s.asked.expired, s.asked.at = a.expired, time.Now()
	}
	s.asked.check = s.asked.check || a.check
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// keep is the keeper: it has a key, opens the lines on it, and keeps it alive
// until ctx ends.
func (s *Stream) keep(ctx context.Context) {
	if !s.post(ctx, whyStarted, false) {
		return
	}
	for _, slot := range s.slots {
		slot.replace()
	}
	timer := time.NewTimer(jitter(s.config.KeyEvery)) // spreads accounts that start together
	defer timer.Stop()
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			if wait, soon := s.attend(ctx); soon {
				timer.Reset(wait)
			}
		case <-timer.C:
			if s.put(ctx) {
				failures = 0
				timer.Reset(s.config.KeyEvery - s.config.KeyEvery/20 + jitter(s.config.KeyEvery/10))
				continue
			}
			timer.Reset(backoff(s.config.RetryMin, min(s.config.RetryMax, keepAgain), failures) + s.config.RetryMin)
			failures++
		}
	}
}

// attend does what was asked. A check of the key is the keep-alive, sooner.
func (s *Stream) attend(ctx context.Context) (keepIn time.Duration, soon bool) {
	s.mu.Lock()
	a, key, age := s.asked, s.key, time.Since(s.posted)
	if a.expired != key || !a.at.After(s.posted) { // the exchange has named a key since
		a.expired = ""
	}
	s.asked = asked{}
	s.mu.Unlock()
	switch {
	case a.expired != "":
		sleep(ctx, expiryGap-age) // a key that does not even live so long is not asked for in a loop
		s.post(ctx, "expired", true)
	case a.renew != "" && age >= joined:
		s.post(ctx, a.renew, a.renew == whySilent)
	case a.check:
		return max(0, joined-age), true
	}
	return 0, false
}

// post asks for the key until there is one, and reports whether there is. Lines
// are replaced when it is another, or in any case.
func (s *Stream) post(ctx context.Context, why string, replace bool) bool {
	for failures := 0; ; failures++ {
		key, err := s.c.NewListenKey(ctx)
		if ctx.Err() != nil {
			return false
		}
		if err == nil {
			s.adopt(key, why, replace)
			return true
		}
		s.trouble(0, &s.told, err)
		if !sleep(ctx, s.config.RetryMin+backoff(s.config.RetryMin, s.config.RetryMax, failures)) {
			return false
		}
	}
}

// adopt takes a key that the exchange has just named into use. What was asked
// meanwhile is joined, but for an event about this very key.
func (s *Stream) adopt(key, why string, replace bool) {
	now := s.c.x.config.Now()
	s.told = time.Time{}
	another := key != s.current()
	if another {
		s.tell(0, LineKey, why)
	}
	s.mu.Lock()
	s.posted, s.kept = time.Now(), now
	s.asked.renew = ""
	begun := s.key != ""
	if another {
		s.key, s.since = key, now
		s.keys++
	}
	s.mu.Unlock()
	if !begun || !another && !replace {
		return
	}
	for _, slot := range s.slots {
		slot.replace()
	}
}

// put keeps the key alive, and reports whether the exchange did it. When it says
// that the account has no key, or names another, that is the one to use. Well
// before the key's end without success, a POST does as well, whatever became of
// the key.
func (s *Stream) put(ctx context.Context) bool {
	s.mu.Lock()
	old := time.Since(s.posted)
	s.mu.Unlock()
	if old >= keySafe {
		return s.post(ctx, "not kept alive in time", false)
	}
	named, err := s.c.listenKey(ctx, "PUT")
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, ErrListenKey):
		return s.post(ctx, "the exchange does not know the one before", true)
	case err != nil:
		s.trouble(0, &s.told, err)
		return false
	case named == "":
		named = s.current()
	}
	s.adopt(named, "the account has another", false)
	return true
}
