package notify

import (
	"context"
	"slices"
	"time"

	"poise/follower"
)

// look tells which alerts opened and ended since the last look, as far as the
// queue has room; the rest is seen by the next look.
func (n *Notifier) look(ctx context.Context) {
	views := n.config.Source.Accounts()
	open, starting := map[told]told{}, map[string]bool{}
	for _, v := range views {
		starting[v.Name] = v.Status == follower.Starting
		for i := range v.Alerts {
			a := &v.Alerts[i]
			t := toldOf(v, a)
			open[t.key()] = t
			if _, known := n.open[t.key()]; !known && !n.tell(ctx, t, true, a.Detail, a.Since) {
				return
			}
		}
	}
	for _, t := range n.known() {
		// What a process that only starts does not know yet is not over, nor is
		// what is not there for a moment.
		if _, still := open[t.key()]; still || starting[t.Account] || len(views) == 0 {
			delete(n.missed, t.key())
			continue
		}
		if !n.missed[t.key()] {
			n.missed[t.key()] = true
			continue
		}
		if !n.tell(ctx, t, false, "", time.Now().UnixMilli()) {
			return
		}
	}
}

// tell queues an alert, and reports whether there was room.
func (n *Notifier) tell(ctx context.Context, t told, opened bool, detail string, at int64) bool {
	if opened && len(n.open) >= alertsMost {
		return true
	}
	typ := AlertEnded
	if opened {
		typ = AlertOpened
	}
	if !n.offer(ctx, item{events: []Event{t.event(typ, detail, at)}, alert: &t, opened: opened}) {
		return false
	}
	if opened {
		n.open[t.key()] = t
	} else {
		delete(n.open, t.key())
		delete(n.missed, t.key())
	}
	return true
}

// known are the alerts that were queued as open, in the order of their begin.
func (n *Notifier) known() []told { return sorted(n.open) }

func sorted(m map[told]told) []told {
	list := make([]told, 0, len(m))
	for _, t := range m {
		list = append(list, t)
	}
	slices.SortFunc(list, compare)
	return list
}
