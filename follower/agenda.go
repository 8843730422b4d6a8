package follower

import (
	"context"
	"math/rand/v2"
	"time"
)

// job is something that a session asks REST for, when its time has come.
type job int

const (
	jobSnapshot job = iota // account, balance, positionRisk into the journal
	jobRepair              // income for what is unexplained
	jobCheck               // does REST know more than the stream told?
	jobBrackets            // leverage brackets, for what is computed from marks
	jobs
)

// want has a job done after a while, or sooner if it was wanted sooner.
func (s *session) want(j job, after time.Duration) {
	at := time.Now().Add(after)
	s.mu.Lock()
	defer s.mu.Unlock()
	if was := s.agenda[j]; was.IsZero() || at.Before(was) {
		s.agenda[j] = at
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// next is the job whose time comes first, and how long until then.
func (s *session) next() (j job, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j = -1
	for i, at := range s.agenda {
		if !at.IsZero() && (j < 0 || at.Before(s.agenda[j])) {
			j = job(i)
		}
	}
	if j < 0 {
		return j, time.Hour
	}
	return j, time.Until(s.agenda[j])
}

// work does one job after the other until ctx ends.
func (s *session) work(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	s.want(jobCheck, s.f.checkEvery())
	if s.f.gauge != nil {
		s.want(jobBrackets, settleAfter/5)
	}
	for ctx.Err() == nil {
		j, wait := s.next()
		if j >= 0 && wait <= 0 {
			s.mu.Lock()
			s.agenda[j] = time.Time{}
			s.mu.Unlock()
			s.do(ctx, j)
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-s.wake:
		case <-ctx.Done():
		}
	}
}

// Backoff of jobs that REST did not answer.
const (
	retryMin = time.Second
	retryMax = 2 * time.Minute
)

func (s *session) do(ctx context.Context, j job) {
	run := [jobs]func(context.Context) error{s.snapshot, s.repair, s.check, s.brackets}[j]
	err := run(ctx)
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	if err == nil {
		s.failures[j] = 0
		s.mu.Unlock()
		s.settle(alertREST)
		return
	}
	s.failures[j]++
	wait := min(retryMin<<min(s.failures[j]-1, 10), retryMax)
	s.mu.Unlock()
	s.f.stats.restFailures.Add(1)
	s.alert(alertREST, "", err.Error())
	s.want(j, wait/2+rand.N(wait/2))
}
