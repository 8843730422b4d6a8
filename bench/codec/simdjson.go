package codec

import (
	"errors"

	"github.com/minio/simdjson-go"
)

// unsupported is why simdjson-go cannot run here, or empty.
func unsupported() string {
	if simdjson.SupportedCPU() {
		return ""
	}
	return "simdjson-go needs an amd64 processor with AVX2 and CLMUL"
}

// simdjsonParse is the bare parse onto the library's tape.
func simdjsonParse() Decoder {
	var tape *simdjson.ParsedJson
	return Decoder{Name: "simdjson-go, bare parse", Skip: unsupported(), Decode: func(b []byte) (err error) {
		tape, err = simdjson.Parse(b, tape, pointInto)
		return err
	}}
}

// pointInto lets the tape refer to strings in the message; the walk copies them.
var pointInto = simdjson.WithCopyStrings(false)

// simdjsonWalk parses and copies every value off the tape, in one pass over the
// keys of each object.
func simdjsonWalk() Decoder {
	w := new(tapeWalk)
	return Decoder{Name: "simdjson-go, parse and walk", Skip: unsupported(), Decode: w.decode,
		Read: func() Message { return w.m }}
}

// tapeWalk holds the memory that a walk reuses.
type tapeWalk struct {
	tape       *simdjson.ParsedJson
	m          Message
	root       simdjson.Iter
	top, body  simdjson.Object
	row        simdjson.Object
	rows       simdjson.Array
	value, cur simdjson.Iter
	in         simdjson.Iter
}

func (w *tapeWalk) decode(b []byte) (err error) {
	if w.tape, err = simdjson.Parse(b, w.tape, pointInto); err != nil {
		return err
	}
	it := w.tape.Iter()
	it.Advance()
	if _, _, err = it.Root(&w.root); err != nil {
		return err
	}
	if _, err = w.root.Object(&w.top); err != nil {
		return err
	}
	w.m.Account.Balances, w.m.Account.Positions = w.m.Account.Balances[:0], w.m.Account.Positions[:0]
	return each(&w.top, &w.value, w.field)
}

// each calls do for each key of o, whose value is then in v.
func each(o *simdjson.Object, v *simdjson.Iter, do func(key []byte) error) error {
	for {
		key, t, err := o.NextElementBytes(v)
		if err != nil || t == simdjson.TypeNone {
			return err
		}
		if err := do(key); err != nil {
			return err
		}
	}
}

func (w *tapeWalk) field(key []byte) (err error) {
	switch string(key) {
	case "e":
		w.m.Event, err = w.value.String()
	case "E":
		w.m.Time, err = w.value.Int()
	case "T":
		w.m.Transaction, err = w.value.Int()
	case "i":
		w.m.Alias, err = w.value.String()
	case "a":
		if _, err = w.value.Object(&w.body); err == nil {
			err = each(&w.body, &w.in, w.bodyField)
		}
	}
	return err
}

func (w *tapeWalk) bodyField(key []byte) (err error) {
	switch string(key) {
	case "m":
		w.m.Account.Reason, err = w.in.String()
	case "B":
		err = w.eachRow(func() error {
			w.m.Account.Balances = append(w.m.Account.Balances, Balance{})
			return each(&w.row, &w.cur, w.balanceField)
		})
	case "P":
		err = w.eachRow(func() error {
			w.m.Account.Positions = append(w.m.Account.Positions, Position{})
			return each(&w.row, &w.cur, w.positionField)
		})
	}
	return err
}

func (w *tapeWalk) eachRow(do func() error) error {
	if _, err := w.in.Array(&w.rows); err != nil {
		return err
	}
	it := w.rows.Iter()
	for {
		switch it.Advance() {
		case simdjson.TypeObject:
			if _, err := it.Object(&w.row); err != nil {
				return err
			}
			if err := do(); err != nil {
				return err
			}
		case simdjson.TypeNone:
			return nil
		default:
			return errors.New("a row is no object")
		}
	}
}

func (w *tapeWalk) balanceField(key []byte) (err error) {
	b := &w.m.Account.Balances[len(w.m.Account.Balances)-1]
	switch string(key) {
	case "a":
		b.Asset, err = w.cur.String()
	case "wb":
		b.Wallet, err = w.cur.String()
	case "cw":
		b.Cross, err = w.cur.String()
	case "bc":
		b.Change, err = w.cur.String()
	}
	return err
}

func (w *tapeWalk) positionField(key []byte) (err error) {
	p := &w.m.Account.Positions[len(w.m.Account.Positions)-1]
	switch string(key) {
	case "s":
		p.Symbol, err = w.cur.String()
	case "pa":
		p.Amount, err = w.cur.String()
	case "ep":
		p.EntryPrice, err = w.cur.String()
	case "bep":
		p.BreakEven, err = w.cur.String()
	case "cr":
		p.Realized, err = w.cur.String()
	case "up":
		p.Unrealized, err = w.cur.String()
	case "mt":
		p.MarginType, err = w.cur.String()
	case "iw":
		p.IsolatedWallet, err = w.cur.String()
	case "ps":
		p.Side, err = w.cur.String()
	}
	return err
}
