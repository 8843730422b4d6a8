package wire

import "poise/decimal"

// Append appends the message of ev to dst, compact: a decoded one as it was
// written, one built by hand in the exchange's own key order. Only fields that
// the Fields sets have are written, and every Extra; e is the Type's name. An
// Unknown event is its Raw bytes.
func (ev *Event) Append(dst []byte) []byte {
	dst = room(dst, rowRoom+rowSlack)[:len(dst)]
	if ev.Enveloped {
		return appendFields(dst, envelopeSpec, (*envelope)(ev), envelopeSpec.known)
	}
	return ev.appendBare(dst)
}

func (ev *Event) appendBare(dst []byte) []byte {
	if ev.Type == Unknown || int(ev.Type) >= len(eventSpecs) {
		return append(dst, ev.Raw...)
	}
	if ev.Type == AccountUpdate {
		if out := ev.appendAccount(dst); out != nil {
			return out
		}
	}
	return appendObject(dst, eventSpecs[ev.Type], ev)
}

// appendObject writes t with the fields that it has.
func appendObject(dst []byte, sp *spec, t target) []byte {
	return appendFields(dst, sp, t, *t.parts().fields&sp.known)
}

// appendFields writes an object: first the known keys in the order they were
// read, each after the unknown ones that stood before it, then whatever of left
// was added since, then unknown keys that were.
func appendFields(dst []byte, sp *spec, t target, left Fields) []byte {
	p, odd := t.parts(), uint64(0)
	dst = append(dst, '{')
	extra, count := *p.extra, uint8(0)
	if p.layout != nil {
		odd = uint64(*p.layout >> oddShift)
		for order := *p.layout & (1<<oddShift - 1); order != 0; order >>= 4 {
			dst, extra = appendExtra(dst, extra, count)
			f := int(order&15) - 1
			if left>>f&1 != 0 {
				dst = appendField(dst, sp, t, f, odd>>f&1 != 0)
				left &^= 1 << f
			}
			count++
		}
	} else {
		odd = p.wide.odd
		for n := 0; n < maxKnown && p.wide.order[n] != 0; n++ {
			dst, extra = appendExtra(dst, extra, count)
			f := int(p.wide.order[n]) - 1
			if left>>f&1 != 0 {
				dst = appendField(dst, sp, t, f, odd>>f&1 != 0)
				left &^= 1 << f
			}
			count++
		}
	}
	if count > 0 {
		dst, extra = appendExtra(dst, extra, count)
	}
	for _, f := range sp.order {
		if left>>f&1 != 0 {
			dst = appendField(dst, sp, t, int(f), odd>>f&1 != 0)
		}
	}
	for _, e := range extra {
		dst = append(appendKey(dst, e.Key), e.Value...)
	}
	return append(dst, '}')
}

// appendExtra writes the unknown keys that stood after so many known ones, and
// returns the rest.
func appendExtra(dst []byte, extra []Extra, count uint8) ([]byte, []Extra) {
	for len(extra) > 0 && extra[0].after == count {
		dst = append(appendKey(dst, extra[0].Key), extra[0].Value...)
		extra = extra[1:]
	}
	return dst, extra
}

// appendKey writes a key of any text, with the comma before it.
func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(appendString(dst, key), ':')
}

func appendField(dst []byte, sp *spec, t target, f int, odd bool) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, sp.prefixes[f]...)
	switch sp.kinds[f] {
	case kindDecimal:
		v := t.ref(f).(*decimal.D)
		if odd {
			return appendDecimal(dst, *v)
		}
		return append(appendDecimal(append(dst, '"'), *v), '"')
	case kindText, kindWord:
		return appendString(dst, *t.ref(f).(*string))
	case kindInt:
		v := *t.ref(f).(*int64)
		if odd {
			return append(appendInt(append(dst, '"'), v), '"')
		}
		return appendInt(dst, v)
	case kindBool:
		if *t.ref(f).(*bool) {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	}
	return appendSpecial(dst, sp, t, f)
}

func appendSpecial(dst []byte, sp *spec, t target, f int) []byte {
	switch sp.kinds[f] {
	case kindName:
		return appendString(dst, names[t.(*Event).Type])
	case kindBalances:
		return appendBalances(dst, t.(*Account).Balances)
	case kindPositions:
		return appendPositions(dst, t.(*Account).Positions)
	case kindCalls:
		return appendCalls(dst, t.(*Event).Call.Positions)
	case kindRaw:
		return (*Event)(t.(*envelope)).appendBare(dst)
	}
	body := t.ref(f).(target)
	return appendObject(dst, specOf(body), body)
}

// appendCalls writes p of a MARGIN_CALL.
func appendCalls(dst []byte, rows []CallPosition) []byte {
	dst = append(dst, '[')
	for n := range rows {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = appendObject(dst, callSpec, &rows[n])
	}
	return append(dst, ']')
}
