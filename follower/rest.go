package follower

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"poise/account"
	"poise/wire"
)

// snapshot takes REST's word into the journal, before the frames that were held
// for it. Books take of it what is newer than what they have. What was asked for
// before a time in which nobody may have listened is no snapshot of that time: the
// one that was wanted since is.
func (s *session) snapshot(ctx context.Context) error {
	s.order.Lock()
	deaf := s.deaf
	s.order.Unlock()
	data, err := s.fetchSnapshot(ctx)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	missed, err := s.missedIncome(ctx)
	if err != nil {
		return fmt.Errorf("income of the time nobody listened: %w", err)
	}
	s.order.Lock()
	stale := s.deaf != deaf
	if !stale {
		s.release(append([]account.Record{s.record(account.Snapshot, 0, data)}, missed...))
	}
	s.order.Unlock()
	if stale {
		return nil
	}
	s.f.stats.snapshots.Add(1)
	s.settle(alertBehind)
	s.want(jobCheck, settleAfter) // REST may have been behind
	return nil
}

// fetchSnapshot asks for the three answers that a snapshot is made of.
func (s *session) fetchSnapshot(ctx context.Context) ([]byte, error) {
	out := []byte{'{'}
	for _, part := range []struct {
		name string
		call func(context.Context) ([]byte, error)
	}{{"account", s.client.Account}, {"balance", s.client.Balance}, {"positionRisk", s.client.PositionRisk}} {
		body, err := part.call(ctx)
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, `"`+part.name+`":`...)
		out = append(out, bytes.TrimSpace(body)...)
	}
	return append(out, '}'), nil
}

// missedIncome asks, before the first snapshot of a session, what moved the
// wallets since the account was last heard of, so that the ledger has no hole
// even for what nobody heard.
func (s *session) missedIncome(ctx context.Context) ([]account.Record, error) {
	var last int64
	s.shard.read(s.name, func(b *account.Books) {
		if b != nil {
			last = b.EventTime()
			for _, row := range b.Balances() {
				last = max(last, row.Updated)
			}
		}
	})
	s.mu.Lock()
	first := s.snapshots == 0
	s.mu.Unlock()
	if !first || last == 0 {
		return nil, nil
	}
	rows, err := s.client.Income(ctx, last, s.f.now())
	if err != nil {
		return nil, err
	}
	return []account.Record{s.record(account.Income, 0, rows)}, nil
}

// repairAfter is how long after a gap was seen, and after each try, income is
// asked for it: income rows may be late. After the last try the incident stays
// open in plain sight.
var repairAfter = []time.Duration{account.ConfirmWithin*time.Millisecond + 500*time.Millisecond, 5 * time.Second, 30 * time.Second, 2 * time.Minute,
	10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// repair asks the exchange's income for what is unexplained.
func (s *session) repair(ctx context.Context) error {
	gaps := s.gaps()
	if len(gaps) == 0 {
		return nil
	}
	from, to := span(gaps)
	rows, err := s.client.Income(ctx, from, to)
	if err != nil {
		return fmt.Errorf("income from %d to %d: %w", from, to, err)
	}
	s.order.Lock()
	s.put(s.record(account.Income, 0, rows))
	s.order.Unlock()
	s.f.stats.repairs.Add(1)
	s.mu.Lock()
	s.repairs++
	tries := s.repairs
	s.mu.Unlock()
	if tries < len(repairAfter) {
		s.want(jobRepair, repairAfter[tries])
	}
	return nil
}

func (s *session) gaps() (gaps []account.Gap) {
	s.shard.read(s.name, func(b *account.Books) {
		if b != nil {
			gaps = b.Gaps()
		}
	})
	return gaps
}

// span is the time that income is asked for. A wallet that was first heard of
// with a gap has no beginning: a day must do.
func span(gaps []account.Gap) (from, to int64) {
	const day = 24 * 3600 * 1000
	for i, g := range gaps {
		if g.From == 0 {
			g.From = g.To - day
		}
		if i == 0 || g.From < from {
			from = g.From
		}
		to = max(to, g.To)
	}
	return from, to
}

// Times of a check.
const (
	settleAfter = 10 * time.Second // a snapshot is looked after
	underWay    = 2 * time.Second  // an event that REST knows already may still come
	silentAfter = 3                // times that REST knew more, and nothing was heard between
)

// check compares what REST has now with the books. Where REST knows more, and no
// event comes to say it too, the stream has gone silent: the key is dead, or a
// message was lost.
func (s *session) check(ctx context.Context) error {
	defer s.want(jobCheck, s.f.checkEvery())
	s.settleKey()
	s.order.Lock()
	waiting := s.holding
	s.order.Unlock()
	if waiting {
		return nil // a snapshot is due anyway
	}
	asked := s.f.now()
	balance, err := s.client.Balance(ctx)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	risk, err := s.client.PositionRisk(ctx)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	rows, _, err := wire.DecodeBalances(balance)
	if err != nil {
		return fmt.Errorf("check: balance: %w", err)
	}
	positions, err := wire.DecodePositionRisk(risk)
	if err != nil {
		return fmt.Errorf("check: positionRisk: %w", err)
	}
	if s.behind(rows, positions, asked) == "" {
		s.agreed()
		return nil
	}
	select {
	case <-time.After(underWay):
	case <-ctx.Done():
		return ctx.Err()
	}
	what := s.behind(rows, positions, asked)
	if what == "" {
		s.agreed()
		return nil
	}
	s.f.stats.silences.Add(1)
	s.log.Warn("REST knows what the stream did not tell", "what", what)
	s.alert(alertBehind, "", "REST knows what the stream did not tell: "+what)
	if heard := s.heard.Load(); heard != s.silentAt {
		s.silentAt, s.silences = heard, 0
	}
	if s.silences++; s.silences >= silentAfter {
		s.alert(alertSilent, "", "REST knows more again and again, and the stream tells nothing: is exchange.stream of the same product as exchange.rest?")
	}
	s.stream.Renew("silent")
	s.want(jobSnapshot, 0)
	return nil
}

func (s *session) agreed() {
	s.mu.Lock()
	s.proved = s.f.now()
	s.mu.Unlock()
	if s.expired() && s.stream.State().HasKey { // the event of an old key came behind the new one
		s.note(0, account.LineKey, "a key is in use, and REST agrees")
	}
	s.settle(alertBehind)
	if s.heard.Load() > s.silentAt {
		s.settle(alertSilent)
	}
}

// expired reports whether an incident says that the key is dead.
func (s *session) expired() (is bool) {
	s.shard.read(s.name, func(b *account.Books) {
		is = b != nil && slices.ContainsFunc(b.Incidents(), func(in account.Incident) bool { return in.Kind == account.IncidentKeyExpired })
	})
	return is
}

// behind names a row in which the books are behind REST, asked at a time in ms.
func (s *session) behind(rows []wire.AssetInfo, positions []wire.PositionInfo, asked int64) (what string) {
	s.shard.read(s.name, func(b *account.Books) {
		if b != nil {
			what = b.Behind(rows, positions, asked)
		}
	})
	return what
}
