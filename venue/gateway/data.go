package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"

	"poise/decimal"
	"poise/venue/engine"
	"poise/venue/journal"
)

// What is wrong with a data folder, besides the errors of package journal.
var (
	// ErrOther is a Config that is not what the folder's venue is made of.
	ErrOther = errors.New("the folder's venue is another one")
	// ErrDiverged is a folder whose log comes to something else than it did when
	// it was written: the rules of the engine have changed since.
	ErrDiverged = errors.New("this version does not do what the one that wrote it did: " +
		"start that one, or this one with an empty folder")
)

// lostError is what a call is told that was done and may not be durable.
type lostError struct{ err error }

// Error says that it is not known what became of the call.
func (e *lostError) Error() string {
	return "whether this was done is not known: " + e.err.Error()
}

// Unwrap returns why.
func (e *lostError) Unwrap() error { return e.err }

// data keeps a Gateway in a folder: what it is told is logged before it is done,
// and what follows from it is held back until the log is durable. A start does
// the log again. What is derived, such as a timer's doings, is not logged: it
// follows again.
type data struct {
	journal   *journal.Journal
	coder     *coder
	gate      *gate
	broken    chan struct{} // closed when the folder cannot be written
	commands  map[kind]engine.Command
	replaying bool
	depth     int    // of doings that were logged as one
	sum       uint32 // CRC-32C of all that was done
	unchecked int    // records since that was logged
	checked   error  // of the last sum that was read
	scratch   [16]byte
}

// checkEvery is how many records go without a sum of what they came to.
const checkEvery = 64

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// birth is what the venue of a folder is made of, for good.
type birth struct {
	Seed         uint64
	Push         engine.Push
	Manual       bool
	Start        int64 // ms
	Taker, Maker decimal.D
	Contracts    []engine.Contract
}

// settings may be others at each start.
type settings struct {
	walk, noFunding bool
	fundingRate     decimal.D
	keyLife         int64 // ms
}

func (c *Config) settings() settings {
	return settings{c.Walk, c.NoFunding, c.FundingRate, c.KeyLife.Milliseconds()}
}

// openData opens or makes the folder of a Config. given is the Config as the
// caller wrote it, whole with its defaults.
func openData(given, whole Config) (*data, error) {
	d := &data{coder: newCoder(), broken: make(chan struct{}), commands: emptyCommands(), replaying: true}
	var err error
	d.journal, err = journal.Open(given.Data, func() ([]byte, error) {
		b, err := json.Marshal(birth{whole.Seed, whole.Push, whole.Manual, whole.Start.UnixMilli(), whole.Taker, whole.Maker, whole.Contracts})
		return append([]byte{byte(kindBirth)}, b...), err
	})
	return d, err
}

// adopt reads the first record and makes a Config of it, or says how it is
// another one than was given.
func adopt(record []byte, given, whole Config) (Config, int64, error) {
	var b birth
	if len(record) == 0 || kind(record[0]) != kindBirth {
		return whole, 0, errRecord
	}
	if err := json.Unmarshal(record[1:], &b); err != nil {
		return whole, 0, fmt.Errorf("%w: %w", errRecord, err)
	}
	differ := func(what string, here, asked any) error {
		return fmt.Errorf("%w: its %s is %v, asked for is %v", ErrOther, what, here, asked)
	}
	switch {
	case given.Seed != 0 && given.Seed != b.Seed:
		return whole, 0, differ("seed", b.Seed, given.Seed)
	case given.Push != b.Push:
		return whole, 0, differ("push rule", pushNames[b.Push], pushNames[given.Push])
	case given.Manual != b.Manual:
		return whole, 0, differ("clock", clockNames[b.Manual], clockNames[given.Manual])
	case !given.Taker.IsZero() && given.Taker != b.Taker || !given.Maker.IsZero() && given.Maker != b.Maker:
		return whole, 0, differ("taker's and maker's rate", fmt.Sprint(b.Taker, " and ", b.Maker), fmt.Sprint(given.Taker, " and ", given.Maker))
	case given.Contracts != nil && !sameContracts(given.Contracts, b.Contracts):
		return whole, 0, fmt.Errorf("%w: its contracts are others than those asked for", ErrOther)
	}
	whole.Seed, whole.Taker, whole.Maker, whole.Contracts = b.Seed, b.Taker, b.Maker, b.Contracts
	return whole, b.Start, nil
}

var (
	pushNames  = map[engine.Push]string{engine.PushAll: "all", engine.PushChanged: "changed"}
	clockNames = map[bool]string{true: "manual", false: "real"}
)

func sameContracts(a, b []engine.Contract) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// note logs what is about to be done, unless it follows from what was logged.
func (g *Gateway) note(k kind, fields func(*coder)) {
	d := g.data
	if d == nil || d.replaying || d.depth > 0 {
		return
	}
	if d.unchecked >= checkEvery {
		d.check()
	}
	d.log(k, g.now(), fields)
	d.unchecked++
}

func (d *data) log(k kind, now int64, fields func(*coder)) {
	c := d.coder
	c.buf = append(c.buf[:0], byte(k))
	c.time(&now)
	fields(c)
	n, err := d.journal.Append(c.buf)
	if err != nil {
		panic(err) // no call is as large
	}
	d.gate.wrote(n)
}

// check logs the sum of all that was done.
func (d *data) check() {
	d.log(kindCheck, d.coder.last, func(c *coder) { c.sum(&d.sum) })
	d.unchecked = 0
}

func (c *coder) sum(v *uint32) {
	n := uint64(*v)
	c.uint(&n)
	*v = uint32(n)
}

// enter is note for what does other things that are logged when they are done by
// themselves. leave has to be called when all is done.
func (g *Gateway) enter(k kind, fields func(*coder)) (leave func()) {
	g.note(k, fields)
	return g.derive()
}

// derive has what is done until leave count as derived.
func (g *Gateway) derive() (leave func()) {
	if g.data == nil {
		return func() {}
	}
	g.data.depth++
	return func() { g.data.depth-- }
}

// did adds what a command came to to the sum.
func (g *Gateway) did(r *engine.Result, err error) {
	d := g.data
	if d == nil {
		return
	}
	var own *engine.Error
	if errors.As(err, &own) {
		d.mix(uint64(own.Code), 0)
		return
	}
	d.mix(uint64(r.OrderID)<<8|uint64(len(r.Trades)&255), uint64(r.Count))
	for i := range r.Events {
		d.sum = crc32.Update(d.sum, castagnoli, r.Events[i].Message)
	}
}

func (d *data) mix(a, b uint64) {
	for i := range 8 {
		d.scratch[i], d.scratch[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	d.sum = crc32.Update(d.sum, castagnoli, d.scratch[:])
}

// mixText adds a text to the sum: one that was drawn, or a price.
func (g *Gateway) mixText(s string) {
	if g.data != nil {
		g.data.sum = crc32.Update(g.data.sum, castagnoli, []byte(s))
	}
}

// restore does the folder's log again and makes the Gateway that it leads to.
func (d *data) restore(given, whole Config) (g *Gateway, err error) {
	records := 0
	for record, err := range d.journal.Records() {
		if err != nil {
			return g, err
		}
		if records++; records == 1 {
			config, start, err := adopt(record, given, whole)
			if err == nil {
				config.Log = slog.New(slog.DiscardHandler) // it was logged when it happened
				g, err = build(config, start, d)
			}
			if err != nil {
				return g, err
			}
			continue
		}
		if err := g.replay(record); err != nil {
			return g, fmt.Errorf("%s: record %d: %w", d.journal.Path(), records, err)
		}
	}
	if n := d.journal.Cut(); n > 0 {
		whole.Log.Info("a block that was being written was cut off", "file", d.journal.Path(), "bytes", n)
	}
	g.config.Log, d.replaying = whole.Log, false
	d.gate = newGate(d.journal.Last())
	d.journal.Start(func(last uint64, err error) {
		d.gate.becameDurable(last, err)
		if err != nil {
			close(d.broken)
		}
	})
	return g, nil
}

// close ends the log with a sum of all.
func (d *data) close() error {
	if d.unchecked > 0 && d.gate.failed() == nil {
		d.check()
	}
	return d.journal.Close()
}
