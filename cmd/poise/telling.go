package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"poise/cmd/poise/config"
	"poise/disk"
	"poise/follower"
	"poise/notify"
	"poise/serve"
	"poise/store"
)

// teller tells a webhook, if one is configured.
type teller struct {
	n    *notify.Notifier // nil for none
	stop context.CancelFunc
	done chan struct{}
}

// startTeller begins to tell what f knows. How far the webhook is stands beside
// the store.
func startTeller(ctx context.Context, c *config.Config, f *follower.Follower, s *store.Store, log *slog.Logger) (*teller, error) {
	t := &teller{stop: func() {}, done: make(chan struct{})}
	if !c.Notify.Webhook.Given() {
		close(t.done)
		return t, nil
	}
	nc := notify.Config{URL: c.Notify.Webhook.Reveal(), Secret: c.Notify.Secret.Reveal(), Source: f, Journal: s, Log: log}
	if c.Store != store.Memory {
		nc.State = c.Store + ".notify"
	}
	var err error
	if t.n, err = notify.New(ctx, nc); err != nil {
		return nil, err
	}
	telling, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	go func() {
		defer close(t.done)
		if err := t.n.Run(telling); err != nil {
			log.Error("the webhook is told nothing any more", "error", err)
		}
	}()
	return t, nil
}

// end has the last words told; it is called when f has stopped.
func (t *teller) end() {
	t.stop()
	<-t.done
}

// metrics are what a server cannot know: the room on the store's disk, and how
// the webhook is told.
func (t *teller) metrics(storePath string) (list []serve.Metric) {
	free, err := disk.Free(filepath.Dir(storePath))
	if storePath != store.Memory && !errors.Is(err, errors.ErrUnsupported) {
		// A disk that does not answer counts as full: somebody must look.
		list = append(list, serve.Metric{Name: "poise_store_free_bytes", Kind: "gauge", Help: "Room that is left on the disk of the store.", Value: fmt.Sprint(free)})
	}
	if t.n == nil {
		return list
	}
	s := t.n.Stats()
	ms := s.Failing.Round(time.Millisecond).Milliseconds()
	return append(list,
		serve.Metric{Name: "poise_notify_delivered_total", Kind: "counter", Help: "Events that the webhook took.", Value: fmt.Sprint(s.Delivered)},
		serve.Metric{Name: "poise_notify_given_up_total", Kind: "counter", Help: "Events that the webhook refused.", Value: fmt.Sprint(s.GivenUp)},
		serve.Metric{Name: "poise_notify_failures_total", Kind: "counter", Help: "Attempts to tell the webhook that failed.", Value: fmt.Sprint(s.Failures)},
		serve.Metric{Name: "poise_notify_waiting", Kind: "gauge", Help: "Changes that wait to be told to the webhook.", Value: fmt.Sprint(s.Waiting)},
		serve.Metric{Name: "poise_notify_failing_seconds", Kind: "gauge", Help: "For how long the webhook has taken nothing that it was told; 0 while it does.", Value: fmt.Sprintf("%d.%03d", ms/1000, ms%1000)})
}
