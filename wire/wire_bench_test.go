package wire_test

import (
	"encoding/json"
	"testing"

	"poise/wire"
	"poise/wire/wiretest"
)

// corpora are the messages that decoding and encoding are measured with.
func corpora() map[string][][]byte {
	one := func(b []byte) [][]byte { return [][]byte{b} }
	each := func(all [][]byte, f func([]byte) []byte) (out [][]byte) {
		for _, b := range all {
			out = append(out, f(b))
		}
		return out
	}
	varied := wiretest.Varied(1024, 1)
	return map[string][][]byte{
		"sample": one(wiretest.Sample()), "varied": varied, "small": one(wiretest.Small()),
		"large": one(wiretest.Large()), "reversed": one(wiretest.Reversed(wiretest.Sample())),
		"indented":        one(wiretest.Indented(wiretest.Sample())),
		"varied-reversed": each(varied, wiretest.Reversed), "varied-indented": each(varied, wiretest.Indented),
		"large-indented": one(wiretest.Indented(wiretest.Large())),
		"order":          one([]byte(orderMessage)),
	}
}

var corpusNames = []string{"sample", "varied", "small", "large", "reversed", "indented", "varied-reversed",
	"varied-indented", "large-indented", "order"}

const orderMessage = `{"e":"ORDER_TRADE_UPDATE","T":1791417600452,"E":1791417600457,"i":"mYfzSgAuXqRt","o":{` +
	`"s":"SOLUSD_PERP","c":"poise_4rIrVHVDAEuj","S":"SELL","o":"LIMIT","f":"GTC","q":"7","p":"151.430","ap":"151.430",` +
	`"sp":"0","x":"TRADE","X":"FILLED","i":7702913355,"l":"7","z":"7","L":"151.430","n":"0.00023113","N":"SOL",` +
	`"T":1791417600452,"t":204417733,"b":"0","a":"1.20440911","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT",` +
	`"ps":"SHORT","cp":false,"ma":"SOL","rp":"0.00310550","pP":false,"si":0,"ss":0,"V":"EXPIRE_MAKER","pm":"NONE",` +
	`"gtd":0,"er":"0"}}`

func BenchmarkDecode(b *testing.B) {
	all := corpora()
	for _, name := range corpusNames {
		messages := all[name]
		b.Run(name, func(b *testing.B) {
			var d wire.Decoder
			var ev wire.Event
			size := 0
			for _, m := range messages {
				size += len(m)
			}
			b.SetBytes(int64(size / len(messages)))
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if err := d.Decode(messages[n%len(messages)], &ev); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	all := corpora()
	for _, name := range corpusNames {
		messages := all[name]
		b.Run(name, func(b *testing.B) {
			var d wire.Decoder
			events := make([]wire.Event, len(messages))
			for n, m := range messages {
				if err := d.Decode(m, &events[n]); err != nil {
					b.Fatal(err)
				}
			}
			var dst []byte
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				dst = events[n%len(events)].Append(dst[:0])
			}
			b.SetBytes(int64(len(dst)))
		})
	}
}

// BenchmarkValid is the yardstick of this machine's speed at the moment: the
// standard library's check of the sample, which yields no value.
func BenchmarkValid(b *testing.B) {
	m := wiretest.Sample()
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		if !json.Valid(m) {
			b.Fatal("not valid")
		}
	}
}
