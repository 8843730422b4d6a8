package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"poise/cmd/poise/config"
	"poise/follower"
)

// watch reads the configuration again on a signal and when a file of it changed.
type watch struct {
	f        *follower.Follower
	log      *slog.Logger
	hide     func(secrets []string)
	settings *config.Config // in force
	load     func() (*config.Config, error)
}

// lookEvery is how often the files are looked at.
const lookEvery = time.Second

func (w *watch) run(ctx context.Context, again <-chan os.Signal) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	taken := stampOf(w.settings.Files())
	last := taken
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
			last = stampOf(w.settings.Files())
			taken = last
			w.reload("SIGHUP")
		case <-tick.C:
			now := stampOf(w.settings.Files())
			// A file that is still being written is let alone until it rests.
			if rests := now == last; rests && now != taken {
				taken = now
				w.reload("the file changed")
				taken = w.restamp(taken)
			}
			last = now
		}
	}
}

// restamp is the stamp to go by after a reload, which may have brought files to
// look at that were not looked at before.
func (w *watch) restamp(taken string) string {
	if now := stampOf(w.settings.Files()); len(now) != len(taken) {
		return now
	}
	return taken
}

// stampOf tells one state of files from another, without reading them.
func stampOf(files []string) (stamp string) {
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			stamp += "-;"
			continue
		}
		stamp += fmt.Sprintf("%d %d %o;", info.ModTime().UnixNano(), info.Size(), info.Mode())
	}
	return stamp
}

// reload takes the accounts of the file, if nothing is wrong with it.
func (w *watch) reload(why string) {
	next, err := w.load()
	if err != nil {
		w.refuse(why, err)
		return
	}
	w.hide(append(next.Secrets(), w.settings.Secrets()...)) // what stops may still be told of
	added, removed, changed := keepKeys(w.settings, next)
	if err := w.f.SetAccounts(accountsOf(next)); err != nil {
		w.log.Error("the accounts of the new configuration were not all taken", "why", why, "error", err)
		return
	}
	for _, field := range fixed(w.settings, next) {
		w.log.Warn("this takes effect at the next start only", "field", field)
	}
	w.log.Info("configuration taken", "why", why, "accounts", len(next.Accounts), "added", some(added), "removed", some(removed), "changed", some(changed))
	w.settings = next
}

// refuse tells each problem on a line of its own.
func (w *watch) refuse(why string, err error) {
	w.log.Error("the configuration is wrong and was not taken; what was followed is followed on", "why", why)
	var p *config.Problems
	if !errors.As(err, &p) {
		w.log.Error("configuration", "problem", err.Error())
		return
	}
	for _, one := range p.List {
		w.log.Error("configuration", "problem", one.String())
	}
	if p.More > 0 {
		w.log.Error("configuration", "more problems", p.More)
	}
}

// keepKeys has accounts whose key is the same keep it, so that they go on
// undisturbed, and returns the names of the others.
func keepKeys(old, next *config.Config) (added, removed, changed []string) {
	was := map[string]config.Account{}
	for _, a := range old.Accounts {
		was[a.Name] = a
	}
	for i := range next.Accounts {
		a := &next.Accounts[i]
		b, known := was[a.Name]
		delete(was, a.Name)
		switch {
		case !known:
			added = append(added, a.Name)
		case a.Key == b.Key && a.Secret == b.Secret && a.PrivateKey == b.PrivateKey:
			a.Signer = b.Signer
		default:
			changed = append(changed, a.Name)
		}
	}
	for name := range was {
		removed = append(removed, name)
	}
	slices.Sort(removed)
	return added, removed, changed
}

// fixed names the fields that differ and cannot change while running.
func fixed(old, next *config.Config) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"store", old.Store == next.Store}, {"listen", old.Listen == next.Listen}, {"token", old.Token == next.Token},
		{"exchange", old.Exchange == next.Exchange}, {"lines", old.Lines == next.Lines},
		{"tls", old.TLS == next.TLS}, {"notify", old.Notify == next.Notify},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// some is a list of names short enough for a line of the log.
func some(names []string) []string {
	const most = 20
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
}
