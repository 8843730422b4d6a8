package dapi

import "time"

// Frame is one message as it was heard.
type Frame struct {
	Line     uint8
	Received int64  // Unix ns by Config.Now, when its last bytes came
	Data     []byte // good until Frame returns: keep a copy
}

// LineEvent is what happens to a line.
type LineEvent uint8

// What happens to lines.
const (
	LineUp      LineEvent = iota + 1 // a socket is open; before its first frame
	LineDown                         // it is not any more; after its last frame; once for each LineUp
	LineKey                          // a new listen key is in use; line 0
	LineTrouble                      // a failure, and once a minute while it goes on: line 0 for a call, else the line that does not open
)

// String returns "up", "down", "key" or "trouble".
func (e LineEvent) String() string {
	return [...]string{"", "up", "down", "key", "trouble"}[min(e, LineTrouble)]
}

// StreamSink hears what a Stream hears. Calls of one line are in order; those of
// different lines may come at once. A call may wait: that line's socket is not
// read meanwhile, and the exchange cuts one that it cannot write to. A call must
// return when the context of Run ends.
type StreamSink interface {
	Frame(Frame)
	// Line tells of a line, or of the key, 0. A line that replaces another has an
	// id of its own while both are open, so ids go up to twice StreamConfig.Lines.
	// detail is for people.
	Line(line uint8, event LineEvent, detail string)
}

// StreamConfig is of a Stream; the zero value is good.
type StreamConfig struct {
	Lines     int           // 1 to 3; 0 is 2
	KeyEvery  time.Duration // between keep-alives, jittered by a tenth; 0 is 30 min
	LineLife  time.Duration // until a line is replaced, less a random quarter; 0 is 20 h
	PingEvery time.Duration // of silence until a ping, and of silence after it until the line is dead; 0 is 45 s
	// RetryMin and RetryMax bound the backoff of reconnects, with full jitter, which
	// begins anew after a line was up for RetryMax; 0 is 200 ms and 30 s.
	RetryMin, RetryMax time.Duration
}

func (c StreamConfig) withDefaults() StreamConfig {
	or(&c.Lines, 2)
	c.Lines = max(1, min(c.Lines, maxLines))
	or(&c.KeyEvery, 30*time.Minute)
	or(&c.LineLife, 20*time.Hour)
	or(&c.PingEvery, pingEvery)
	or(&c.RetryMin, 200*time.Millisecond)
	or(&c.RetryMax, 30*time.Second)
	return c
}

const maxLines = 3

// StreamState is how a Stream does.
type StreamState struct {
	HasKey   bool
	KeySince time.Time // by Config.Now: when the key came into use
	KeyKept  time.Time // when the exchange last renewed it
	Keys     int       // how many there were
	Lines    []LineState
}

// LineState is how one line does, or one that is gone and not yet replaced.
type LineState struct {
	ID         uint8
	Up         bool
	Since      time.Time // up or down
	Frames     int64     // of this socket
	Heard      int64     // Unix ns of its last bytes, pings included; 0: never
	Reconnects int       // of this slot
}
