package wire

// The limits of one message. Beyond one of them Decode fails with ErrLimit.
const (
	MaxMessage = 8 << 20 // bytes
	MaxDepth   = 32      // objects and arrays within each other
	MaxRows    = 65536   // elements of one array
	MaxKeys    = 256     // keys of one object
	MaxText    = 65536   // bytes of one string or number, as written
)

// maxKept is the largest buffer that a decoder keeps for the next message.
const maxKept = 1 << 20

// Decoder reads messages. The zero value is ready. It is for one goroutine at a
// time; it keeps bounded tables of the texts it saw (symbols, assets and the
// like), so that a long-lived one allocates nothing.
type Decoder struct {
	b       []byte // see scan.go
	n       int
	fail    failure
	depth   int
	keys    []keyRef // of the objects that are being skipped
	key     []byte   // the unknown key found last
	scratch []byte   // a text with escapes
	ev      *Event
	guess   Type // of the last message, for one whose name comes late
	tab     *tables
	stats   Stats
}

// tables are the decoder's bounded memory of what it saw.
type tables struct {
	interned  internTable
	symbol    lastSymbol
	straight  straight
	time      timeHead
	alias     seenText
	reasons   [64]seenText
	assets    assetTable
	balances  forms
	positions forms
	trace     trace
	next      [specCount][maxKnown + 1]uint8  // the key seen last behind each key
	recent    [specCount][maxKnown + 1]string // each field's last unusual text
}

// Stats counts how messages and rows of B and P were read. Messages in the
// documentation's or the recorded key order, compact, are fast throughout.
type Stats struct {
	FastMessages   uint64 // ACCOUNT_UPDATEs whose top was compared as a whole
	StrictMessages uint64 // all others
	FastRows       uint64
	StrictRows     uint64
}

// Stats returns the counts since the decoder's first message.
func (d *Decoder) Stats() Stats { return d.stats }

// Decode reads one message into ev and overwrites all of it. It keeps nothing
// of b and never writes to it. The error is an [*Error], and then ev holds
// nothing of use.
func (d *Decoder) Decode(b []byte, ev *Event) error {
	if d.tab == nil {
		d.prime()
	}
	if err := d.load(b); err != nil {
		return err
	}
	d.ev = ev
	ok := d.message(ev)
	d.ev = nil
	var err error
	if !ok {
		ev.clear()
		err = d.report()
	}
	if len(d.b) > maxKept {
		d.b = nil
	}
	return err
}

// prime teaches a new decoder the forms of rows that are documented or have
// been recorded: with and without bc, bep and ma.
func (d *Decoder) prime() {
	d.tab = new(tables)
	d.tab.straight.off = true
	var ev Event
	d.ev = &ev
	const text = `{"e":"ACCOUNT_UPDATE","T":1,"E":1,"a":{"B":[{"a":"BTC","wb":"0","cw":"0"},{"a":"BTC","wb":"0","cw":"0","bc":"0"}],"P":[` +
		`{"s":"A","pa":"0","ep":"0","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH"},` +
		`{"s":"A","pa":"0","ep":"0","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC","bep":"0"},` +
		`{"s":"A","pa":"0","ep":"0","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC"},` +
		`{"s":"A","pa":"0","ep":"0","bep":"0","cr":"0","up":"0","mt":"cross","iw":"0","ps":"BOTH"}],"m":"ORDER"}}`
	if err := d.load([]byte(text)); err != nil || !d.message(&ev) {
		panic("wire: prime: a form is not valid")
	}
	d.stats, d.ev, d.tab.straight = Stats{}, nil, straight{}
}

// load copies the message and puts zeros behind it.
func (d *Decoder) load(b []byte) error {
	if d.tab == nil {
		d.tab = new(tables)
	}
	if len(b) > MaxMessage {
		return &Error{Kind: ErrLimit, Offset: MaxMessage, Line: 1, Column: MaxMessage + 1,
			Expected: "a shorter message", Found: "more bytes"}
	}
	if need := len(b) + padding; len(d.b) < need {
		d.b = make([]byte, max(4096, need+need/4))
	}
	d.n = len(b)
	copy(d.b, b)
	clear(d.b[d.n : d.n+8])
	d.begin()
	return nil
}

// begin forgets what an earlier way to read the same message left.
func (d *Decoder) begin() {
	if d.fail.kind != nil {
		d.fail = failure{}
	}
	d.depth, d.keys = 0, d.keys[:0]
}

// message tries the ways to read a message, the quick ones first. Only the last
// one, which needs no luck, says what is wrong.
func (d *Decoder) message(ev *Event) bool {
	ev.clear()
	if w := word(d.b, 0); w == nameStart || w == streamText {
		if d.fastMessage(ev) == d.n {
			d.stats.FastMessages++
			return true
		}
		ev.clear()
		d.begin()
	}
	d.stats.StrictMessages++
	if d.strict(ev) {
		return true
	}
	ev.clear()
	d.begin()
	return d.thorough(ev)
}

// clear makes ev empty, keeping its memory. Bodies are emptied when they were
// in use, which the type tells.
func (ev *Event) clear() {
	switch ev.Type {
	case AccountUpdate:
		ev.Account.reset()
	case OrderTradeUpdate:
		ev.Order.reset()
	case MarginCall:
		ev.Call = Call{Positions: ev.Call.Positions[:0]}
	case AccountConfigUpdate:
		ev.Config.reset()
		ev.Config.Mode.reset()
	case StrategyUpdate:
		ev.Strategy.reset()
	case GridUpdate:
		ev.Grid.reset()
	case AlgoUpdate:
		ev.Algo.reset()
	}
	ev.Type, ev.Name, ev.Enveloped, ev.Stream = Unknown, "", false, ""
	ev.Time, ev.Transaction, ev.Alias, ev.Product, ev.ListenKey = 0, 0, "", "", ""
	ev.Fields, ev.layout, ev.outer = 0, 0, 0
	ev.Raw, ev.Extra, ev.Envelope, ev.memory = ev.Raw[:0], ev.Extra[:0], ev.Envelope[:0], ev.memory[:0]
}
