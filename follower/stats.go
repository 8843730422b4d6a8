package follower

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"poise/account"
)

// Stats counts since the Follower was made.
type Stats struct {
	Records      int64 // durable
	Frames       int64 // of them
	Bytes        int64 // of records
	Repeated     int64 // messages that another line had brought
	Snapshots    int64
	Repairs      int64 // times income was asked for what was unexplained
	Silences     int64 // times REST knew what the stream had not told
	RESTFailures int64
	Troubles     int64 // of keys and lines
	Incidents    map[account.IncidentKind]int64
	LedgerBehind int64         // records that the ledger has still to write
	Lag          time.Duration // from a frame's arrival to its durability: mean of the last ones
	EventLag     time.Duration // from its E, by the exchange's clock, to its durability: mean of the last ones
}

type counters struct {
	records, frames, bytes, repeated, snapshots, repairs, silences, restFailures, troubles, lag, eventLag atomic.Int64

	mu        sync.Mutex
	incidents map[account.IncidentKind]int64
}

// kept counts a durable block; now is its time, ms. deltas are what its records
// changed.
func (c *counters) kept(records []account.Record, deltas []account.Delta, now int64) {
	frames, bytes, last := 0, 0, 0
	for i := range records {
		if records[i].Kind == account.Frame {
			frames, last = frames+1, i
		}
		bytes += len(records[i].Data)
	}
	c.records.Add(int64(len(records)))
	c.frames.Add(int64(frames))
	c.bytes.Add(int64(bytes))
	if frames > 0 {
		slide(&c.lag, now*1e6-records[last].Received)
		slide(&c.eventLag, (now-deltas[last].Time)*1e6)
	}
}

// slide moves a mean of the last values towards one more. The first is the mean.
func slide(mean *atomic.Int64, value int64) {
	if was := mean.Load(); was != 0 {
		value = was + (value-was)/16
	}
	mean.Store(value)
}

func (c *counters) incident(kind account.IncidentKind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.incidents == nil {
		c.incidents = map[account.IncidentKind]int64{}
	}
	c.incidents[kind]++
}

// Stats returns the counters as they are.
func (f *Follower) Stats() Stats {
	c := &f.stats
	s := Stats{Records: c.records.Load(), Frames: c.frames.Load(), Bytes: c.bytes.Load(), Repeated: c.repeated.Load(),
		Snapshots: c.snapshots.Load(), Repairs: c.repairs.Load(), Silences: c.silences.Load(), RESTFailures: c.restFailures.Load(),
		Troubles: c.troubles.Load(), Lag: time.Duration(max(0, c.lag.Load())),
		EventLag: time.Duration(max(0, c.eventLag.Load()))}
	c.mu.Lock()
	s.Incidents = maps.Clone(c.incidents)
	c.mu.Unlock()
	for _, sh := range f.openShards() {
		s.LedgerBehind += int64(f.scribe.lag(sh.id))
	}
	return s
}
