package wire

// strict reads a message in any key order and white space, in one pass: bare
// or as {"stream":...,"data":...}, with its name first, or with the name of the
// last message. It fails, in silence, when that was not so.
func (d *Decoder) strict(ev *Event) bool {
	i := d.space(0)
	if d.b[i] != '{' {
		return false
	}
	j := d.space(i + 1)
	if word(d.b, j) != streamKey {
		i = d.bare(i, ev)
		return i >= 0 && d.space(i) == d.n
	}
	j = d.colon(j + 8)
	if j < 0 || d.b[j] != '"' {
		return false
	}
	if j = d.textField(j, &ev.Stream, &d.tab.recent[specEnvelope][0]); j < 0 {
		return false
	}
	if j = d.space(j); d.b[j] != ',' {
		return false
	}
	if j = d.space(j + 1); word(d.b, j)&lowBytes(6) != dataKey {
		return false
	}
	d.depth = 1
	if j = d.colon(j + 6); j < 0 || d.b[j] != '{' {
		return false
	}
	ev.Enveloped, ev.outer = true, streamFirst
	if j = d.bare(j, ev); j < 0 {
		return false
	}
	j = d.space(j)
	return d.b[j] == '}' && d.space(j+1) == d.n
}

var (
	streamKey = pack(`"stream"`)
	dataKey   = pack(`"data"`)
	nameKey   = pack(`"e"`)
)

const streamFirst layout = 0x21 // the envelope's key order

// bare reads the message at i, of the type that its first key tells, or of the
// last one's type.
func (d *Decoder) bare(i int, ev *Event) int {
	typ := d.guess
	if j := d.space(i + 1); word(d.b, j)&lowBytes(3) == nameKey {
		if j = d.colon(j + 3); j < 0 || d.b[j] != '"' {
			return -1
		}
		s, j := d.text(j)
		if j < 0 {
			return -1
		}
		typ = typeOf(s)
	}
	if typ == Unknown {
		return -1
	}
	return d.typed(i, typ, ev)
}

// typed reads the message at i as one of that type; its name must be that.
func (d *Decoder) typed(i int, typ Type, ev *Event) int {
	ev.Type = typ
	i = d.object(i, eventSpecs[typ], ev)
	if ev.Fields&EventName == 0 {
		return -1
	}
	d.guess = typ
	return i
}

// name reads e, which must be that of the type that was expected.
func (d *Decoder) name(i int, out *string) int {
	if d.b[i] != '"' {
		return d.wrongType(i, "a string")
	}
	s, i := d.text(i)
	if i < 0 || string(s) != names[d.ev.Type] {
		return -1
	}
	*out = names[d.ev.Type]
	return i
}

// found are the places of the values that tell what a message is.
type found struct {
	name, stream, data, time, transaction span
}

type span struct{ start, end int }

// thorough checks the whole message first and then reads it as what it is.
func (d *Decoder) thorough(ev *Event) bool {
	start := d.space(0)
	if d.b[start] != '{' {
		if start == d.n {
			d.unexpected(start, "an object")
		} else {
			d.wrongType(start, "an object")
		}
		return false
	}
	f, end := d.outline(start)
	if end < 0 {
		return false
	}
	if i := d.space(end); i != d.n {
		d.unexpected(i, "the end")
		return false
	}
	if f.name.end == 0 && f.stream.end != 0 && f.data.end != 0 && d.b[f.stream.start] == '"' {
		return d.enveloped(start, f, ev)
	}
	return d.content(span{start, end}, f, ev)
}

// outline checks the object at i and finds the keys that tell what it is.
func (d *Decoder) outline(i int) (f found, end int) {
	end = d.eachKey(i, func(key []byte, start, end int) {
		switch string(key) {
		case "e":
			f.name = span{start, end}
		case "E":
			f.time = span{start, end}
		case "T":
			f.transaction = span{start, end}
		case "stream":
			f.stream = span{start, end}
		case "data":
			f.data = span{start, end}
		}
	})
	return f, end
}

// envelope is the target of {"stream":...,"data":...}.
type envelope Event

func (e *envelope) ref(field int) any {
	if field == 0 {
		return &e.Stream
	}
	return nil
}

func (e *envelope) parts() parts {
	return parts{fields: &e.outerFields, extra: &e.Envelope, layout: &e.outer}
}

func (e *envelope) reset() {}

// enveloped reads the envelope, and then the message in it.
func (d *Decoder) enveloped(start int, f found, ev *Event) bool {
	ev.Enveloped = true
	d.depth = 0
	if d.object(start, envelopeSpec, (*envelope)(ev)) < 0 {
		return false
	}
	d.depth = 1
	var inner found
	if d.b[f.data.start] == '{' {
		inner, _ = d.outline(f.data.start)
	}
	d.depth = 1
	return d.content(f.data, inner, ev)
}

// content reads the checked message at s, without an envelope.
func (d *Decoder) content(s span, f found, ev *Event) bool {
	if f.name.end == 0 {
		return d.other(s, f, ev)
	}
	if d.b[f.name.start] != '"' {
		d.failAt(f.name.start, ErrType, "a string")
		return false
	}
	name, _ := d.text(f.name.start)
	typ := typeOf(name)
	if typ == Unknown {
		ev.Name, ev.Fields = string(name), EventName
		return d.other(s, f, ev)
	}
	if !ev.Enveloped {
		d.depth = 0
	}
	return d.typed(s.start, typ, ev) >= 0
}

// other keeps a message of no known type: its times where they are integers,
// and its bytes.
func (d *Decoder) other(s span, f found, ev *Event) bool {
	if f.time.end != 0 && d.looseInt(f.time, &ev.Time) {
		ev.Fields |= EventTime
	}
	if f.transaction.end != 0 && d.looseInt(f.transaction, &ev.Transaction) {
		ev.Fields |= EventTransaction
	}
	ev.Raw = append(ev.Raw[:0], d.b[s.start:s.end]...)
	return true
}

// looseInt reads an integer, quoted or not, or reports that there is none.
func (d *Decoder) looseInt(s span, out *int64) bool {
	text := d.b[s.start:s.end]
	if text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	v, ok := parseInt(text)
	if ok {
		*out = v
	}
	return ok
}
