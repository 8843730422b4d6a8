package account

import (
	"encoding/json"
	"fmt"
	"math/bits"
)

// LineEvent is the content of a Line record: what happened to a connection or
// a key, in poise's own words.
type LineEvent struct {
	// Event is one of the Line* constants.
	Event string `json:"event"`
	// Detail is for a person: the address, the error, the close code.
	Detail string `json:"detail,omitempty"`
}

// The line events.
const (
	LineUp   = "up"   // the connection of Record.Line is open
	LineDown = "down" // it is closed
	LineKey  = "key"  // a new listen key is in use
	LineStop = "stop" // listening ended on purpose, or the recording did
)

func (b *Books) applyLine(r Record, d *Delta) {
	d.Event = "LINE"
	var e LineEvent
	if err := json.Unmarshal(r.Data, &e); err != nil {
		b.unreadable(d, fmt.Sprintf("line event: %v", err))
		return
	}
	d.Reason = clip(e.Event, 64)
	bit := uint64(1) << (r.Line & 63)
	switch e.Event {
	case LineUp:
		b.s.Lines |= bit
	case LineDown:
		if was := b.s.Lines; was != 0 {
			if b.s.Lines &^= bit; b.s.Lines == 0 {
				b.matureAll(d)
				b.open(d, Incident{Kind: IncidentNoLine, Detail: fmt.Sprintf("the last of %d lines closed: %s", bits.OnesCount64(was), clip(e.Detail, 200))})
			}
		}
	case LineKey:
		b.end(d, "a new key is in use", func(in *Incident) bool { return in.Kind == IncidentKeyExpired })
	case LineStop:
		b.s.Lines = 0
		b.matureAll(d)
	default:
		b.unreadable(d, fmt.Sprintf("line event %q is not known", clip(e.Event, 64)))
	}
}
