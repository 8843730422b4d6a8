package wire

// The texts between the values at the top of an ACCOUNT_UPDATE.
var (
	streamText = pack(`{"stream`)
	dataText   = pack(`,"data":`)
	nameStart  = pack(`{"e":"AC`)
	nameText   = [3]uint64{nameStart, pack("COUNT_UP"), pack(`DATE","`)}
	timeText   = pack(`E":`)
	engineText = pack(`T":`)
	thenEngine = pack(`,"T":`)
	thenTime   = pack(`,"E":`)
	aliasText  = pack(`,"i":"`)
	bodyText   = pack(`,"a":{"`)
	reasonText = pack(`m":"`)
	rowsText   = pack(`B":[`)
	thenRows   = pack(`,"B":[`)
	thenPlaces = pack(`,"P":[`)
	thenReason = pack(`,"m":"`)
	thenSymbol = pack(`,"S":"`)
)

// Key orders, as layouts.
const (
	timesDocumented   = layout(0x321) // e, E, T
	timesRecorded     = layout(0x231) // e, T, E
	accountDocumented = layout(0x213) // m, B, P
	accountRecorded   = layout(0x321) // B, P, m
	accountWithSymbol = layout(0x4321)
)

const (
	nameSize   = len(`{"e":"ACCOUNT_UPDATE","`)
	aliasIndex = 4 // of i in a layout
	bodyIndex  = 7 // of a
)

// fastMessage reads an ACCOUNT_UPDATE in the documentation's or the recorded
// key order, compact, bare or enveloped. It returns the offset behind it, or
// -1 when it is not so.
func (d *Decoder) fastMessage(ev *Event) int {
	i := 0
	if word(d.b, 0) == streamText {
		if i = d.fastEnvelope(ev); i < 0 {
			return -1
		}
	}
	w := (*view)(d.b[i:])
	if w.at(0) != nameText[0] || w.at(8) != nameText[1] || w.at(16)&lowBytes(7) != nameText[2] {
		return -1
	}
	ev.Type, ev.Name = AccountUpdate, names[AccountUpdate]
	a := &ev.Account
	d.depth += 2
	if j := d.seenTop(w, ev); j > 0 {
		i = d.fastRows(i+j, a)
	} else if i = d.fastTop(i+nameSize, ev); i >= 0 {
		i = d.fastAccount(i, a)
	}
	if i >= 0 && a.layout != accountDocumented {
		i = d.fastReason(i, a)
	}
	if i < 0 || word(d.b, i)&0xFFFF != '}'|'}'<<8 {
		return -1
	}
	i += 2
	if ev.Enveloped {
		if d.b[i] != '}' {
			return -1
		}
		i++
	}
	d.guess = AccountUpdate
	if i == d.n {
		return i
	}
	return d.space(i)
}

// seenTop reads all up to the bracket of B, which is its offset, when the alias
// and the reason were read before and the times are near the last one's; else it
// returns 0 and changes nothing.
func (d *Decoder) seenTop(w *view, ev *Event) int {
	t := d.tab
	x, y, between := w.at(31)^'0'*ones, w.at(49)^'0'*ones, w.at(39)&lowBytes(5)
	if w.at(26) != t.time.word || w.at(44) != t.time.word || (x+0x76*ones|x|(y+0x76*ones)|y)&highs != 0 {
		return 0
	}
	first, second := int64(t.time.value+digits8(x)), int64(t.time.value+digits8(y))
	order := timesDocumented
	if key := w.at(23) & lowBytes(3); key == engineText && between == thenTime {
		order = timesRecorded
		first, second = second, first
	} else if key != timeText || between != thenEngine {
		return 0
	}
	j, alias, fields := 57, "", EventName|EventTime|EventTransaction|EventBody
	if w.at(j)&lowBytes(6) == aliasText {
		s := &t.alias
		if !s.matches(w, j+6) {
			return 0
		}
		alias, j = s.text, j+7+s.size
		fields |= EventAlias
		order |= aliasIndex<<12 | bodyIndex<<16
	} else {
		order |= bodyIndex << 12
	}
	if w.at(j)&lowBytes(7) != bodyText {
		return 0
	}
	j += 7
	a := &ev.Account
	if w.at(j)&lowBytes(4) == reasonText {
		s := &t.reasons[w.at(j+4)*internMix1>>58]
		if !s.matches(w, j+4) || w.at(j+5+s.size)&lowBytes(6) != thenRows {
			return 0
		}
		a.layout, a.Reason = accountDocumented, s.text
		j += 10 + s.size
	} else if w.at(j)&lowBytes(4) == rowsText {
		a.layout = accountRecorded
		j += 3
	} else {
		return 0
	}
	a.Fields = AccountBalances | AccountPositions | AccountReason
	ev.Time, ev.Transaction, ev.Alias = first, second, alias
	ev.Fields, ev.layout = fields, order
	return j
}

// fastEnvelope reads the envelope's start and returns the message's.
func (d *Decoder) fastEnvelope(ev *Event) int {
	if word(d.b, 7)&lowBytes(4) != pack(`m":"`) {
		return -1
	}
	i := d.textField(10, &ev.Stream, &d.tab.recent[specEnvelope][0])
	if i < 0 || word(d.b, i) != dataText {
		return -1
	}
	ev.Enveloped, ev.outer, d.depth = true, streamFirst, 1
	return i + 8
}

// fastTop reads the times and the alias from i on, and returns the offset
// behind a's opening brace and quote.
func (d *Decoder) fastTop(i int, ev *Event) int {
	const first, between, second, end = 3, 16, 21, 34
	w := (*view)(d.b[i:])
	ok := false
	switch w.at(0) & lowBytes(3) {
	case timeText:
		ok = d.fastTime(w, first, &ev.Time) && w.at(between)&lowBytes(5) == thenEngine &&
			d.fastTime(w, second, &ev.Transaction)
		ev.layout = timesDocumented
	case engineText:
		ok = d.fastTime(w, first, &ev.Transaction) && w.at(between)&lowBytes(5) == thenTime &&
			d.fastTime(w, second, &ev.Time)
		ev.layout = timesRecorded
	}
	if !ok {
		return -1
	}
	i += end
	ev.Fields = EventName | EventTime | EventTransaction | EventBody
	if word(d.b, i)&lowBytes(6) != aliasText {
		ev.layout |= bodyIndex << 12
	} else {
		if i = d.seenField(i+5, &ev.Alias, &d.tab.alias, readAlias); i < 0 {
			return -1
		}
		ev.Fields |= EventAlias
		ev.layout |= aliasIndex<<12 | bodyIndex<<16
	}
	if word(d.b, i)&lowBytes(7) != bodyText {
		return -1
	}
	return i + 7
}

// fastAccount reads the body, whose first key's name is at i, up to its closing
// brace, or up to m when that stands behind the rows.
func (d *Decoder) fastAccount(i int, a *Account) int {
	a.Fields = AccountBalances | AccountPositions | AccountReason
	if word(d.b, i)&lowBytes(4) == reasonText {
		a.layout = accountDocumented
		if i = d.reason(i+3, &a.Reason); i < 0 || word(d.b, i)&lowBytes(6) != thenRows {
			return -1
		}
		return d.fastRows(i+5, a)
	}
	if word(d.b, i)&lowBytes(4) != rowsText {
		return -1
	}
	a.layout = accountRecorded
	return d.fastRows(i+3, a)
}

// fastReason reads m and S behind the rows.
func (d *Decoder) fastReason(i int, a *Account) int {
	if word(d.b, i)&lowBytes(6) != thenReason {
		return -1
	}
	if i = d.reason(i+5, &a.Reason); i < 0 || word(d.b, i)&lowBytes(6) != thenSymbol {
		return i
	}
	a.layout = accountWithSymbol
	a.Fields |= AccountSymbol
	return d.wordField(i+5, &a.Symbol, &d.tab.recent[specAccount][3])
}

func readAlias(d *Decoder, i int, out *string) int {
	return d.textField(i, out, &d.tab.recent[specEvent+int(AccountUpdate)][3])
}

func readReason(d *Decoder, i int, out *string) int {
	return d.wordField(i, out, &d.tab.recent[specAccount][2])
}

// reason reads m, by a table of the reasons seen before.
func (d *Decoder) reason(i int, out *string) int {
	return d.seenField(i, out, &d.tab.reasons[word(d.b, i+1)*internMix1>>58], readReason)
}

// fastRows reads B, whose bracket is at i, and P right behind it.
func (d *Decoder) fastRows(i int, a *Account) int {
	if i = d.balances(i, a); i < 0 || word(d.b, i)&lowBytes(6) != thenPlaces {
		return -1
	}
	return d.positions(i+5, a)
}
