package codec

import "poise/wire"

// Ours returns this project's decoder, with its own tables of symbols.
func Ours() Decoder {
	var d wire.Decoder
	ev := new(wire.Event)
	return Decoder{
		Name:   "poise",
		Decode: func(b []byte) error { return d.Decode(b, ev) },
		Read:   func() Message { return fromEvent(ev) },
	}
}

// fromEvent writes an event's decimals as text, so that they can be compared
// with the peers' strings digit for digit.
func fromEvent(ev *wire.Event) Message {
	m := Message{Event: ev.Name, Time: ev.Time, Transaction: ev.Transaction, Alias: ev.Alias,
		Account: Body{Reason: ev.Account.Reason}}
	for _, b := range ev.Account.Balances {
		m.Account.Balances = append(m.Account.Balances,
			Balance{b.Asset, b.Wallet.String(), b.Cross.String(), b.Change.String()})
	}
	for _, p := range ev.Account.Positions {
		m.Account.Positions = append(m.Account.Positions, Position{
			Symbol: p.Symbol, Amount: p.Amount.String(), EntryPrice: p.EntryPrice.String(),
			BreakEven: p.BreakEven.String(), Realized: p.Realized.String(), Unrealized: p.Unrealized.String(),
			MarginType: p.MarginType, IsolatedWallet: p.IsolatedWallet.String(), Side: p.Side})
	}
	return m
}

// Value is one message decoded both ways, for the encoders.
type Value struct {
	Event   *wire.Event
	Message *Message
}

// OurEncoder returns this project's encoder.
func OurEncoder() Encoder {
	var buf []byte
	return Encoder{Name: "poise", Encode: func(v Value) ([]byte, error) {
		buf = v.Event.Append(buf[:0])
		return buf, nil
	}}
}
