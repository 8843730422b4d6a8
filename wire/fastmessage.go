package wire

// The texts between the values at the top of an ACCOUNT_UPDATE.
var (
	streamText = pack(`{"stream`)
	dataText   = pack(`,"data":`)
	nameStart  = pack(`{"e":"AC`)
	nameText   = []byte(`{"e":"ACCOUNT_UPDATE","`)
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
	if string(d.b[i:i+len(nameText)]) != string(nameText) {
		return -1
	}
	ev.Type, ev.Name = AccountUpdate, names[AccountUpdate]
	if i = d.fastTop(i+len(nameText), ev); i < 0 {
		return -1
	}
	d.depth += 2
	if i = d.fastAccount(i, &ev.Account); i < 0 || word(d.b, i)&0xFFFF != '}'|'}'<<8 {
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
	return d.space(i)
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
		ok = w.fastTime(first, &ev.Time) && w.at(between)&lowBytes(5) == thenEngine &&
			w.fastTime(second, &ev.Transaction)
		ev.layout = timesDocumented
	case engineText:
		ok = w.fastTime(first, &ev.Transaction) && w.at(between)&lowBytes(5) == thenTime &&
			w.fastTime(second, &ev.Time)
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
		alias := &d.tab.recent[specEvent+int(AccountUpdate)][3]
		if i = d.textField(i+5, &ev.Alias, alias); i < 0 {
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
// brace.
func (d *Decoder) fastAccount(i int, a *Account) int {
	reason := &d.tab.recent[specAccount][2]
	a.Fields = AccountBalances | AccountPositions | AccountReason
	if word(d.b, i)&lowBytes(4) == reasonText {
		a.layout = accountDocumented
		if i = d.wordField(i+3, &a.Reason, reason); i < 0 || word(d.b, i)&lowBytes(6) != thenRows {
			return -1
		}
		return d.fastRows(i+5, a)
	}
	if word(d.b, i)&lowBytes(4) != rowsText {
		return -1
	}
	a.layout = accountRecorded
	if i = d.fastRows(i+3, a); i < 0 || word(d.b, i)&lowBytes(6) != thenReason {
		return -1
	}
	if i = d.wordField(i+5, &a.Reason, reason); i < 0 || word(d.b, i)&lowBytes(6) != thenSymbol {
		return i
	}
	a.layout = accountWithSymbol
	a.Fields |= AccountSymbol
	return d.wordField(i+5, &a.Symbol, &d.tab.recent[specAccount][3])
}

// fastRows reads B, whose bracket is at i, and P right behind it.
func (d *Decoder) fastRows(i int, a *Account) int {
	if i = d.balances(i, a); i < 0 || word(d.b, i)&lowBytes(6) != thenPlaces {
		return -1
	}
	return d.positions(i+5, a)
}
