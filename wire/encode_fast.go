package wire

var closeRows = pack(`","B":`)

// appendAccount writes an ACCOUNT_UPDATE of the usual key orders, or returns
// nil for appendObject to write it. It yields the same bytes, sooner.
func (ev *Event) appendAccount(dst []byte) []byte {
	a := &ev.Account
	if len(ev.Extra)+len(a.Extra) != 0 {
		return nil
	}
	start := len(dst)
	dst = room(dst, rowRoom+rowSlack)
	p := (*page)(dst[start : start+rowRoom+rowSlack])
	j := ev.putTop(p)
	if j < 0 {
		return nil
	}
	switch {
	case a.layout == accountDocumented && a.Fields == AccountReason|AccountBalances|AccountPositions:
		p.put(j, reasonText)
		if j = p.text(j+4, a.Reason); j < 0 {
			return nil
		}
		p.put(j, closeRows)
		return append(appendRows(dst[:start+j+6], a), "}}"...)
	case a.layout&0xFFF != accountRecorded && a.layout != 0 || a.layout>>16 != 0:
		return nil
	case a.Fields&^AccountSymbol != AccountReason|AccountBalances|AccountPositions:
		return nil
	case a.layout == accountRecorded && a.Fields.Has(AccountSymbol):
		return nil
	}
	p.put(j, rowsText)
	dst = append(appendRows(dst[:start+j+3], a), `,"m":`...)
	dst = appendString(dst, a.Reason)
	if a.Fields.Has(AccountSymbol) {
		dst = appendString(append(dst, `,"S":`...), a.Symbol)
	}
	return append(dst, "}}"...)
}

func appendRows(dst []byte, a *Account) []byte {
	return appendPositions(append(appendBalances(dst, a.Balances), `,"P":`...), a.Positions)
}

// putTop writes all up to the quote behind a's brace, and returns its end, or
// -1 when it is not of a usual form.
func (ev *Event) putTop(p *page) int {
	const usual = EventName | EventTime | EventTransaction | EventBody
	order := layout(bodyIndex << 12)
	if ev.Fields.Has(EventAlias) {
		order = aliasIndex<<12 | bodyIndex<<16
	}
	first, second, keys := ev.Transaction, ev.Time, "TE"
	switch ev.layout {
	case order | timesDocumented:
		first, second, keys = second, first, "ET"
	case order | timesRecorded, 0:
	default:
		return -1
	}
	if ev.Fields&^EventAlias != usual || uint64(first)-1e12 >= 9e12 || uint64(second)-1e12 >= 9e12 {
		return -1
	}
	j := copy(p[:], `{"e":"ACCOUNT_UPDATE","T":`)
	p[j-3] = keys[0]
	p.putTime(j, uint64(first))
	p.put(j+13, thenTime)
	p[j+15] = keys[1]
	p.putTime(j+18, uint64(second))
	j += 31
	if ev.Fields.Has(EventAlias) {
		p.put(j, aliasText)
		if j = p.text(j+6, ev.Alias); j < 0 {
			return -1
		}
		p.put(j, '"')
		j++
	}
	p.put(j, bodyText)
	return j + 7
}

// putTime writes a number of 13 digits.
func (p *page) putTime(j int, v uint64) {
	p.put(j, text8(v/1e8)>>24)
	p.put(j+5, text8(v%1e8))
}
