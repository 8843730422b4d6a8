package gateway

import (
	"log/slog"
	"time"

	"poise/decimal"
	"poise/venue/engine"
)

// Config is what a Gateway is made of. The zero value is an exchange with the
// default contracts, on the machine's clock.
type Config struct {
	// Contracts are what is traded; nil means engine.DefaultContracts.
	Contracts []engine.Contract
	// Push says how many rows an ACCOUNT_UPDATE has.
	Push engine.Push
	// Seed is of everything drawn: keys, aliases, order ids, the walk. 0 means 1.
	Seed uint64
	// AlgoOnly refuses conditional orders at POST /dapi/v1/order and batchOrders
	// with -4120, as since 2026-06-30: they are for /dapi/v1/algoOrder alone.
	AlgoOnly bool
	// Taker and Maker are commission rates; zero means 0.0005 and 0.0002.
	Taker, Maker decimal.D
	// Manual stops the clock: it moves by Advance only. Timestamps of signed
	// calls may then be right by the machine's clock as well, since clients have
	// no other.
	Manual bool
	// Start is the first moment of a manual clock, and the zero Time means now.
	Start time.Time
	// Walk has seeded makers quote around a seeded mark, every second.
	Walk bool
	// FundingRate is what perpetuals charge each 8 hours until POST /v1/funding
	// says another; zero means 0.0001.
	FundingRate decimal.D
	// NoFunding leaves funding to POST /v1/funding.
	NoFunding bool

	KeyLife  time.Duration // of a listen key; 0 means 60 minutes
	LineMax  time.Duration // of a websocket; 0 means 24 hours
	PingGap  time.Duration // between pings; 0 means 3 minutes
	PongMax  time.Duration // without a pong until a socket is cut; 0 means 10 minutes
	QueueMax int           // bytes that wait for a slow reader; 0 means 1 MiB
	// Messages per second that a socket may send, and what REST allows: request
	// weight a minute, orders a minute and in ten seconds. 0 means 10, 2400, 1200
	// and 300; a negative number means no limit.
	MessagesPerSecond, WeightPerMinute, OrdersPerMinute, OrdersPer10Seconds int
	// ExpiryText prints E of listenKeyExpired as a string, as recorded in 2025;
	// the documentation has a number.
	ExpiryText bool
	// OperatorToken, if set, is the bearer token that the operator's API asks for.
	OperatorToken string
	// Data, if set, is the folder that the venue is kept in: it goes on from there
	// when it starts again, however it ended. Contracts, Seed, Taker and Maker are
	// the folder's where they are left zero, and ErrOther where they are others;
	// Push and Manual must be the folder's, and Start is of a new one. Faults, the
	// weight that addresses have used, and sockets are forgotten.
	Data string
	// OnPush, if set, sees each user event before it is sent to a listen key. It
	// is called by the loop: it must not wait, nor call the Gateway.
	OnPush func(key string, message []byte) Delivery
	// Log hears of panics and of sockets that were dropped; nil hears nothing.
	Log *slog.Logger
}

// Delivery is what OnPush has done with a message. The zero value sends it as it
// is. The real exchange drops, repeats and changes nothing.
type Delivery struct {
	Drop    bool
	Repeats int           // how often more it is sent
	Hold    time.Duration // later, behind what is sent meanwhile
	Message []byte        // instead, if not nil
}

func (c Config) withDefaults(now time.Time) Config {
	durations := []struct {
		to  *time.Duration
		def time.Duration
	}{{&c.KeyLife, time.Hour}, {&c.LineMax, 24 * time.Hour}, {&c.PingGap, 3 * time.Minute}, {&c.PongMax, 10 * time.Minute}}
	for _, d := range durations {
		if *d.to <= 0 {
			*d.to = d.def
		}
	}
	numbers := []struct {
		to  *int
		def int
	}{{&c.QueueMax, 1 << 20}, {&c.MessagesPerSecond, 10}, {&c.WeightPerMinute, 2400}, {&c.OrdersPerMinute, 1200}, {&c.OrdersPer10Seconds, 300}}
	for _, n := range numbers {
		if *n.to == 0 {
			*n.to = n.def
		}
	}
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.FundingRate.IsZero() {
		c.FundingRate = decimal.New(1, 4)
	}
	if c.Start.IsZero() {
		c.Start = now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Contracts == nil {
		c.Contracts = engine.DefaultContracts(quarterAfter(c.Start))
	}
	return c
}

// quarterAfter returns the date in a current-quarter contract's name, the last
// Friday of the quarter, and its delivery at 08:00 UTC, in ms.
func quarterAfter(t time.Time) (date string, delivery int64) {
	t = t.UTC()
	for month := (t.Month()-1)/3*3 + 3; ; month += 3 {
		last := time.Date(t.Year(), month+1, 0, 8, 0, 0, 0, time.UTC)
		last = last.AddDate(0, 0, -(int(last.Weekday())+2)%7)
		if last.After(t) {
			return last.Format("060102"), last.UnixMilli()
		}
	}
}
