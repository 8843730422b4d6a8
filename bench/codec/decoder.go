package codec

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/adshao/go-binance/v2/delivery"
	"github.com/bytedance/sonic"
	jsonv2 "github.com/go-json-experiment/json"
	goccy "github.com/goccy/go-json"
	"github.com/mailru/easyjson"
)

// Decoder reads messages in one library's way.
type Decoder struct {
	Name   string
	Decode func(message []byte) error
	// Read returns what the last Decode found; nil where Decode keeps nothing.
	// It is not timed.
	Read func() Message
	// NoBreakEven says that the library's type has no field for bep and loses it.
	NoBreakEven bool
	// Skip, if not empty, is why this decoder cannot run here.
	Skip string
}

// Peers returns the decoders to compare ours with, each with its own memory.
func Peers() []Decoder {
	return []Decoder{
		binance(),
		intoStruct("encoding/json", func(b []byte, m *Message) error { return json.Unmarshal(b, m) }),
		intoStruct("json/v2", func(b []byte, m *Message) error { return jsonv2.Unmarshal(b, m) }),
		intoStruct("sonic", sonicUnmarshal),
		intoStruct("goccy", func(b []byte, m *Message) error { return goccy.Unmarshal(b, m) }),
		intoStruct("goccy, strings into the message", func(b []byte, m *Message) error {
			return goccy.UnmarshalWithOption(b, m, noCopy)
		}),
		intoStruct("easyjson", func(b []byte, m *Message) error { return easyjson.Unmarshal(b, m) }),
		easyjsonPointing(),
		fastjsonWalk(),
		fastjsonParse(),
		simdjsonWalk(),
		simdjsonParse(),
	}
}

// Limits returns what bounds a decoder from below, and the standard library's
// check that a message is JSON at all, for context. They keep nothing.
func Limits() []Decoder {
	var count int
	var copied []byte
	return []Decoder{
		{Name: "encoding/json.Valid", Decode: func(b []byte) error {
			if !json.Valid(b) {
				return errors.New("not valid JSON")
			}
			return nil
		}},
		{Name: "limit: bytes.Count of quotes", Decode: func(b []byte) error {
			count += bytes.Count(b, quote)
			return nil
		}},
		{Name: "limit: copy of the message", Decode: func(b []byte) error {
			copied = append(copied[:0], b...)
			return nil
		}},
	}
}

var (
	quote  = []byte{'"'}
	noCopy = goccy.DecodeNoCopyString()
)

// fastest is sonic at its fastest: exact keys, and no second look at what it
// skips. It copies the message once and lets strings point into the copy.
var fastest = sonic.Config{NoValidateJSONMarshaler: true, NoValidateJSONSkip: true, CaseSensitive: true}.Froze()

func sonicUnmarshal(b []byte, m *Message) error { return fastest.Unmarshal(b, m) }

// intoStruct reuses one Message, as ours reuses one event.
func intoStruct(name string, unmarshal func([]byte, *Message) error) Decoder {
	m := new(Message)
	return Decoder{
		Name:   name,
		Decode: func(b []byte) error { return unmarshal(b, m) },
		Read:   func() Message { return *m },
	}
}

// binance is what delivery.WsUserDataServe does with each message: a new event,
// then encoding/json, which decodes twice because of the type's own method.
func binance() Decoder {
	var event *delivery.WsUserDataEvent
	return Decoder{
		Name:        "go-binance delivery",
		NoBreakEven: true,
		Decode: func(b []byte) error {
			event = new(delivery.WsUserDataEvent)
			return json.Unmarshal(b, event)
		},
		Read: func() Message {
			m := Message{Event: string(event.Event), Time: event.Time, Transaction: event.TransactionTime,
				Alias: event.Alias, Account: Body{Reason: string(event.AccountUpdate.Reason)}}
			for _, b := range event.AccountUpdate.Balances {
				m.Account.Balances = append(m.Account.Balances,
					Balance{b.Asset, b.Balance, b.CrossWalletBalance, b.BalanceChange})
			}
			for _, p := range event.AccountUpdate.Positions {
				m.Account.Positions = append(m.Account.Positions, Position{Symbol: p.Symbol, Amount: p.Amount,
					EntryPrice: p.EntryPrice, Realized: p.AccumulatedRealized, Unrealized: p.UnrealizedPnL,
					MarginType: string(p.MarginType), IsolatedWallet: p.IsolatedWallet, Side: string(p.Side)})
			}
			return m
		},
	}
}

// easyjsonPointing is easyjson at its fastest: no string is copied.
func easyjsonPointing() Decoder {
	p := new(pointing)
	return Decoder{
		Name:   "easyjson, strings into the message",
		Decode: func(b []byte) error { return easyjson.Unmarshal(b, p) },
		Read: func() Message {
			m := Message{Event: p.Event, Time: p.Time, Transaction: p.Transaction, Alias: p.Alias,
				Account: Body{Reason: p.Account.Reason}}
			for _, b := range p.Account.Balances {
				m.Account.Balances = append(m.Account.Balances, Balance(b))
			}
			for _, q := range p.Account.Positions {
				m.Account.Positions = append(m.Account.Positions, Position(q))
			}
			return m
		},
	}
}
