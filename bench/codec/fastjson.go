package codec

import "github.com/valyala/fastjson"

// fastjsonParse is the bare parse into the library's own tree.
func fastjsonParse() Decoder {
	var parser fastjson.Parser
	return Decoder{Name: "fastjson, bare parse", Decode: func(b []byte) error {
		_, err := parser.ParseBytes(b)
		return err
	}}
}

// fastjsonWalk parses and copies every value out of the tree, which dies with
// the next parse.
func fastjsonWalk() Decoder {
	var parser fastjson.Parser
	m := new(Message)
	return Decoder{
		Name: "fastjson, parse and walk",
		Decode: func(b []byte) error {
			root, err := parser.ParseBytes(b)
			if err != nil {
				return err
			}
			m.fromFastjson(root)
			return nil
		},
		Read: func() Message { return *m },
	}
}

func (m *Message) fromFastjson(root *fastjson.Value) {
	text := func(v *fastjson.Value, key string) string { return string(v.GetStringBytes(key)) }
	m.Event, m.Alias = text(root, "e"), text(root, "i")
	m.Time, m.Transaction = root.GetInt64("E"), root.GetInt64("T")
	body := root.Get("a")
	m.Account.Reason = text(body, "m")
	m.Account.Balances = m.Account.Balances[:0]
	for _, v := range body.GetArray("B") {
		m.Account.Balances = append(m.Account.Balances, Balance{
			Asset: text(v, "a"), Wallet: text(v, "wb"), Cross: text(v, "cw"), Change: text(v, "bc")})
	}
	m.Account.Positions = m.Account.Positions[:0]
	for _, v := range body.GetArray("P") {
		m.Account.Positions = append(m.Account.Positions, Position{
			Symbol: text(v, "s"), Amount: text(v, "pa"), EntryPrice: text(v, "ep"), BreakEven: text(v, "bep"),
			Realized: text(v, "cr"), Unrealized: text(v, "up"), MarginType: text(v, "mt"),
			IsolatedWallet: text(v, "iw"), Side: text(v, "ps")})
	}
}
