package gateway

import (
	"fmt"
	"slices"
	"time"
)

// Fault is something that goes wrong for one account. Kind is one of
//
//	disconnect  the sockets are cut, with no close frame
//	close       the sockets are closed with Code
//	expire-key  the listen key ends, with the event unless Event is false
//	silence     sockets stay open and nothing is sent, for For; what would have been is lost
//	drop        the next Count messages are never sent
//	duplicate   messages are sent twice
//	reorder     messages change places, two by two; one that no other follows comes a second later
//	delay       messages come By later
//	garble      Bytes of a message are changed
//	truncate    half of a message is sent
//	rest-error  REST answers Status and Code, Count times
//	rest-slow   REST answers By later, and 1s when that is missing
//	rest-stale  account, balance and positionRisk are those of By ago, and at least those of when the fault began
//	rate-limit  REST answers 429 with Retry-After, and 418 from the fourth call on
//
// The first three are over at once. The others last until they are deleted, For
// is over, or Count messages or calls have met them. Line, if not 0, is the only
// socket that is met: 1 is the oldest on the key.
type Fault struct {
	Alias  string   `json:"alias"`
	Kind   string   `json:"kind"`
	Code   int      `json:"code,omitzero"`
	Event  *bool    `json:"event,omitzero"`
	For    Duration `json:"for,omitzero"`
	By     Duration `json:"by,omitzero"`
	Count  int      `json:"count,omitzero"`
	Bytes  int      `json:"bytes,omitzero"`
	Status int      `json:"status,omitzero"`
	Msg    string   `json:"msg,omitzero"` // of rest-error
	Line   int      `json:"line,omitzero"`
}

// Duration is a time.Duration, in JSON a text like "90s".
type Duration time.Duration

// UnmarshalText reads "90s"; a negative one is an error.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil || v < 0 || v > 10*365*24*time.Hour {
		return fmt.Errorf("%q is no duration: write 90s, 5m or 8h", b)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes "1m30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

type fault struct {
	Fault
	id    int64
	owner *client
	seen  int
	timer *timer
	held  map[*line]*held
}

// check says what a fault lacks.
func (f *Fault) check() error {
	lacks := map[string]bool{ // kind and field, when it is missing
		"close code": f.Code == 0, "silence for": f.For == 0, "drop count": f.Count == 0, "delay by": f.By == 0, "garble bytes": f.Bytes == 0,
		"rest-error status": f.Status == 0, "rest-error code": f.Code == 0, "rest-error count": f.Count == 0, "rest-stale by": f.By == 0,
	}
	for _, field := range []string{"code", "for", "count", "by", "bytes", "status"} {
		if lacks[f.Kind+" "+field] {
			return fmt.Errorf("a %s fault needs %q", f.Kind, field)
		}
	}
	kinds := []string{"disconnect", "close", "expire-key", "silence", "drop", "duplicate", "reorder", "delay", "garble", "truncate", "rest-error", "rest-slow", "rest-stale", "rate-limit"}
	switch {
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("kind %q is none of %q", f.Kind, kinds)
	case f.Count < 0 || f.Bytes < 0 || f.Bytes > 1000 || f.Line < 0:
		return fmt.Errorf("count, bytes and line are 0 or more, and bytes at most 1000")
	case f.Kind == "close" && (f.Code < 1000 || f.Code > 4999 || f.Code >= 1004 && f.Code <= 1006 || f.Code == 1015):
		return fmt.Errorf("%d is no close code", f.Code)
	case f.Kind == "rest-error" && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status is 400 to 599")
	case time.Duration(f.By) > time.Minute && f.Kind == "rest-slow":
		return fmt.Errorf("rest-slow is at most a minute")
	}
	return nil
}

func (f *fault) onMessages() bool {
	return slices.Contains([]string{"silence", "drop", "duplicate", "reorder", "delay", "garble", "truncate"}, f.Kind)
}

// fault begins one and returns its id.
func (g *Gateway) fault(v Fault) (int64, error) {
	c := g.byAlias[v.Alias]
	if c == nil {
		return 0, fmt.Errorf("no account %q", v.Alias)
	}
	if err := v.check(); err != nil {
		return 0, err
	}
	if len(g.faults) >= maxFaults {
		return 0, fmt.Errorf("%d faults are the most", maxFaults)
	}
	g.faultID++
	f := &fault{Fault: v, id: g.faultID, owner: c, held: map[*line]*held{}}
	if g.atOnce(f) {
		return f.id, nil
	}
	g.faults[f.id] = f
	c.faults = append(c.faults, f)
	if v.For > 0 {
		f.timer = g.after(time.Duration(v.For), func() { g.endFault(f) })
	}
	if v.Kind == "rest-stale" {
		c.remember(g)
	}
	return f.id, nil
}

// atOnce does the faults that are over when they have begun.
func (g *Gateway) atOnce(f *fault) bool {
	var lines []*line
	if f.owner.key != nil {
		lines = slices.Clone(g.linesOf(f.owner.key.text))
	}
	if f.Line > 0 {
		lines = lines[min(f.Line-1, len(lines)):min(f.Line, len(lines))]
	}
	switch f.Kind {
	case "disconnect":
		for _, l := range lines {
			l.hangUp()
		}
	case "close":
		for _, l := range lines {
			l.close(f.Code, "")
		}
	case "expire-key":
		if f.owner.key != nil {
			g.expire(f.owner.key, f.Event == nil || *f.Event)
		}
	default:
		return false
	}
	return true
}

func (g *Gateway) endFault(f *fault) {
	g.stop(f.timer)
	delete(g.faults, f.id)
	f.owner.faults = slices.DeleteFunc(f.owner.faults, func(other *fault) bool { return other == f })
	if f.Kind == "rest-stale" {
		f.owner.past = nil
	}
}

// restFault is what a REST call of an account meets.
type restFault struct {
	refusal *refusal
	slow    time.Duration
	stale   time.Duration
}

// meet counts a call against the account's faults.
func (g *Gateway) meet(c *client) (met restFault) {
	for _, f := range slices.Clone(c.faults) {
		if f.onMessages() {
			continue
		}
		f.seen++
		switch f.Kind {
		case "rest-error":
			msg := f.Msg
			if msg == "" {
				msg = messageOf(f.Code)
			}
			met.refusal = &refusal{status: f.Status, code: f.Code, msg: msg}
		case "rest-slow":
			met.slow = time.Duration(f.By)
			if met.slow == 0 {
				met.slow = time.Second
			}
		case "rest-stale":
			met.stale = time.Duration(f.By)
		case "rate-limit":
			met.refusal = tooMany(f.seen > 3, g.now())
		}
		if f.Count > 0 && f.seen >= f.Count {
			g.endFault(f)
		}
	}
	return met
}

// tooMany is a 429, or the 418 of a ban that is two minutes from now.
func tooMany(banned bool, now int64) *refusal {
	if !banned {
		return &refusal{status: 429, code: -1003, msg: messageOf(-1003), retryAfter: max(1, (60_000-now%60_000)/1000)}
	}
	return &refusal{status: 418, code: -1003, retryAfter: 120,
		msg: fmt.Sprintf("Way too many requests; IP banned until %d. Please use the websocket for live updates to avoid bans.", now+120_000)}
}
