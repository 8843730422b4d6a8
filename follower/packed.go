package follower

import (
	"encoding/binary"
	"sync/atomic"

	"poise/account"
	"poise/decimal"
)

// Changes that are no longer new wait in memory packed: a fourth of the room, and
// nothing in it that the collector has to follow. A packed change is its length,
// its position, and then its fields in their order: numbers as varints, texts that
// come again and again as their number in a table. Nothing of it is on disk.

// texts is the table of one partition. One goroutine adds to it; any may read.
type texts struct {
	ids  map[string]uint64
	list atomic.Pointer[[]string]
}

// textsMost bounds the table: what does not fit is written out each time.
const textsMost = 4_096

// id is a text's number from 1 on, or 0 where there is no room for it.
func (t *texts) id(s string) uint64 {
	if id, ok := t.ids[s]; ok {
		return id
	}
	if len(t.ids) >= textsMost {
		return 0
	}
	if t.ids == nil {
		t.ids = map[string]uint64{}
	}
	list := append(t.known(), s)
	t.list.Store(&list)
	t.ids[s] = uint64(len(list))
	return t.ids[s]
}

func (t *texts) known() []string {
	if list := t.list.Load(); list != nil {
		return *list
	}
	return nil
}

// packer appends changes to b.
type packer struct {
	b     []byte
	texts *texts
}

// pack appends one change.
func (p *packer) pack(d *account.Delta) {
	const room = 4 // bytes of its length
	at := len(p.b)
	p.b = append(p.b, make([]byte, room)...)
	p.number(d.Position)
	p.word(d.Account)
	p.signed(d.Time)
	p.word(d.Event)
	p.word(d.Reason)
	p.flag(d.Repeated)
	p.rows(d)
	p.entries(d)
	p.incidents(d.Opened)
	p.incidents(d.Ended)
	binary.LittleEndian.PutUint32(p.b[at:], uint32(len(p.b)-at-room))
}

func (p *packer) number(n uint64) { p.b = binary.AppendUvarint(p.b, n) }
func (p *packer) signed(n int64)  { p.b = binary.AppendVarint(p.b, n) }

func (p *packer) flag(is bool) {
	n := byte(0)
	if is {
		n = 1
	}
	p.b = append(p.b, n)
}

// text writes a text out; word writes one that is likely to come again.
func (p *packer) text(s string) {
	p.number(uint64(len(s)))
	p.b = append(p.b, s...)
}

func (p *packer) word(s string) {
	id := p.texts.id(s)
	if p.number(id); id == 0 {
		p.text(s)
	}
}

// decimalLarge marks a decimal that is written out as a text.
const decimalLarge = 1 << 6

func (p *packer) decimal(d decimal.D) {
	negative, coefficient, scale, ok := d.Small()
	if !ok {
		p.b = append(p.b, decimalLarge)
		p.text(d.String())
		return
	}
	p.b = append(p.b, byte(negative<<7|scale))
	p.number(coefficient)
}

func (p *packer) rows(d *account.Delta) {
	p.number(uint64(len(d.Balances)))
	for i := range d.Balances {
		b := &d.Balances[i]
		p.word(b.Asset)
		p.decimal(b.Wallet)
		p.decimal(b.Cross)
		p.signed(b.Updated)
	}
	p.number(uint64(len(d.Positions)))
	for i := range d.Positions {
		p.position(&d.Positions[i])
	}
	p.number(uint64(len(d.Leverages)))
	for i := range d.Leverages {
		l := &d.Leverages[i]
		p.word(l.Symbol)
		p.signed(l.Leverage)
		p.signed(l.Updated)
	}
	p.number(uint64(len(d.Calls)))
	for i := range d.Calls {
		p.call(&d.Calls[i])
	}
}

func (p *packer) position(o *account.Position) {
	p.word(o.Symbol)
	p.word(o.Side)
	p.decimal(o.Amount)
	p.decimal(o.EntryPrice)
	p.decimal(o.BreakEven)
	p.flag(o.HasBreakEven)
	p.decimal(o.Realized)
	p.flag(o.HasRealized)
	p.decimal(o.Unrealized)
	p.word(o.MarginType)
	p.decimal(o.IsolatedWallet)
	p.word(o.MarginAsset)
	p.signed(o.Updated)
}

func (p *packer) call(c *account.MarginCall) {
	p.word(c.Symbol)
	p.word(c.Side)
	p.decimal(c.Amount)
	p.word(c.MarginType)
	p.decimal(c.IsolatedWallet)
	p.decimal(c.CrossWallet)
	p.decimal(c.Mark)
	p.decimal(c.Unrealized)
	p.decimal(c.Maintenance)
	p.signed(c.Time)
}

func (p *packer) entries(d *account.Delta) {
	p.number(uint64(len(d.Entries)))
	for i := range d.Entries {
		p.entry(&d.Entries[i])
	}
	p.number(uint64(len(d.Revised)))
	for i := range d.Revised {
		p.entry(&d.Revised[i].Before)
		p.entry(&d.Revised[i].After)
	}
}

func (p *packer) entry(e *account.Entry) {
	p.number(e.Position)
	p.word(e.Asset)
	p.signed(int64(e.Index))
	p.signed(e.Time)
	p.word(string(e.Kind))
	p.decimal(e.Amount)
	p.decimal(e.Balance)
	p.word(e.Symbol)
	p.signed(e.OrderID)
	p.signed(e.TradeID)
	p.text(e.TranID)
	p.word(e.Reason)
}

func (p *packer) incidents(list []account.Incident) {
	p.number(uint64(len(list)))
	for i := range list {
		n := &list[i]
		p.number(n.ID)
		p.word(string(n.Kind))
		p.word(n.Asset)
		p.word(n.Symbol)
		p.decimal(n.Amount)
		p.number(n.Position)
		p.signed(n.Opened)
		p.signed(n.Closed)
		p.signed(int64(n.Count))
		p.text(n.Detail)
		p.text(n.Ending)
	}
}

// unpacker reads what a packer wrote: our own memory, so nothing in it is wrong.
type unpacker struct {
	b     []byte
	texts []string
}

// next reads the change that b begins with, if its position is behind after and it
// is of the account, "" being all; skipped says that it is not.
func (u *unpacker) next(after uint64, of string, d *account.Delta) (skipped bool) {
	size := binary.LittleEndian.Uint32(u.b)
	one := unpacker{u.b[4 : 4+size], u.texts}
	u.b = u.b[4+size:]
	*d = account.Delta{Position: one.number()}
	if d.Position <= after {
		return true
	}
	if d.Account = one.word(); of != "" && d.Account != of {
		return true
	}
	d.Time = one.signed()
	d.Event = one.word()
	d.Reason = one.word()
	d.Repeated = one.flag()
	one.rows(d)
	one.entries(d)
	d.Opened = one.incidents()
	d.Ended = one.incidents()
	return false
}

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.b)
	u.b = u.b[size:]
	return n
}

func (u *unpacker) signed() int64 {
	n, size := binary.Varint(u.b)
	u.b = u.b[size:]
	return n
}

func (u *unpacker) flag() bool {
	is := u.b[0] == 1
	u.b = u.b[1:]
	return is
}

func (u *unpacker) text() string {
	n := u.number()
	s := string(u.b[:n])
	u.b = u.b[n:]
	return s
}

func (u *unpacker) word() string {
	if id := u.number(); id > 0 {
		return u.texts[id-1]
	}
	return u.text()
}

func (u *unpacker) decimal() decimal.D {
	head := u.b[0]
	u.b = u.b[1:]
	if head&decimalLarge != 0 {
		d, err := decimal.Parse(u.text())
		if err != nil {
			panic("follower: a packed decimal: " + err.Error()) // it was one when it was packed
		}
		return d
	}
	return decimal.FromSmall(uint64(head>>7), u.number(), uint64(head&31))
}

// list makes room for as many values as are next, nil for none.
func list[T any](u *unpacker) []T {
	if n := u.number(); n > 0 {
		return make([]T, n)
	}
	return nil
}

func (u *unpacker) rows(d *account.Delta) {
	d.Balances = list[account.Balance](u)
	for i := range d.Balances {
		b := &d.Balances[i]
		b.Asset, b.Wallet, b.Cross, b.Updated = u.word(), u.decimal(), u.decimal(), u.signed()
	}
	d.Positions = list[account.Position](u)
	for i := range d.Positions {
		u.position(&d.Positions[i])
	}
	d.Leverages = list[account.Leverage](u)
	for i := range d.Leverages {
		l := &d.Leverages[i]
		l.Symbol, l.Leverage, l.Updated = u.word(), u.signed(), u.signed()
	}
	d.Calls = list[account.MarginCall](u)
	for i := range d.Calls {
		u.call(&d.Calls[i])
	}
}

func (u *unpacker) position(o *account.Position) {
	o.Symbol, o.Side = u.word(), u.word()
	o.Amount, o.EntryPrice = u.decimal(), u.decimal()
	o.BreakEven, o.HasBreakEven = u.decimal(), u.flag()
	o.Realized, o.HasRealized = u.decimal(), u.flag()
	o.Unrealized, o.MarginType, o.IsolatedWallet = u.decimal(), u.word(), u.decimal()
	o.MarginAsset, o.Updated = u.word(), u.signed()
}

func (u *unpacker) call(c *account.MarginCall) {
	c.Symbol, c.Side, c.Amount, c.MarginType = u.word(), u.word(), u.decimal(), u.word()
	c.IsolatedWallet, c.CrossWallet, c.Mark = u.decimal(), u.decimal(), u.decimal()
	c.Unrealized, c.Maintenance, c.Time = u.decimal(), u.decimal(), u.signed()
}

func (u *unpacker) entries(d *account.Delta) {
	d.Entries = list[account.Entry](u)
	for i := range d.Entries {
		u.entry(&d.Entries[i])
	}
	d.Revised = list[account.Revision](u)
	for i := range d.Revised {
		u.entry(&d.Revised[i].Before)
		u.entry(&d.Revised[i].After)
	}
}

func (u *unpacker) entry(e *account.Entry) {
	e.Position, e.Asset, e.Index, e.Time = u.number(), u.word(), int(u.signed()), u.signed()
	e.Kind, e.Amount, e.Balance, e.Symbol = account.Kind(u.word()), u.decimal(), u.decimal(), u.word()
	e.OrderID, e.TradeID, e.TranID, e.Reason = u.signed(), u.signed(), u.text(), u.word()
}

func (u *unpacker) incidents() []account.Incident {
	all := list[account.Incident](u)
	for i := range all {
		n := &all[i]
		n.ID, n.Kind, n.Asset, n.Symbol = u.number(), account.IncidentKind(u.word()), u.word(), u.word()
		n.Amount, n.Position, n.Opened, n.Closed = u.decimal(), u.number(), u.signed(), u.signed()
		n.Count, n.Detail, n.Ending = int(u.signed()), u.text(), u.text()
	}
	return all
}
