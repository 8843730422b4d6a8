package account

import (
	"fmt"
	"testing"
)

// BenchmarkApply folds fills of one account: an ACCOUNT_UPDATE and its
// ORDER_TRADE_UPDATE in turn, in the old era's form with all rows.
func BenchmarkApply(b *testing.B) {
	w := newWorld()
	var messages []string
	messages = append(messages, w.transfer("DEPOSIT", "ADA", 1e12)...)
	for range 1000 {
		messages = append(messages, w.fill("ADA", "LONG", 1, 12345, 678)...)
	}
	rs := records(messages)
	bytes := 0
	for _, r := range rs {
		bytes += len(r.Data)
	}
	b.SetBytes(int64(bytes / len(rs)))
	b.ReportAllocs()
	books := New("test")
	for i := 0; b.Loop(); i++ {
		r := rs[i%len(rs)]
		if i%len(rs) == 0 {
			books = New("test")
		}
		if _, err := books.Apply(r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckpoint writes and reads the books of an account with 200
// positions.
func BenchmarkCheckpoint(b *testing.B) {
	books := New("test")
	for i := range 200 {
		m := fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":"BTC","wb":"1","cw":"1","bc":"0"}],"P":[{"s":"BTCUSD_%06d","pa":"1","ep":"61000.1","cr":"1","up":"0","mt":"cross","iw":"0","ps":"BOTH"}],"m":"ORDER"}}`, 1000+i, 1000+i, i)
		if _, err := books.Apply(Record{Account: "test", Position: uint64(i + 1), Kind: Frame, Data: []byte(m)}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		data, err := books.Encode()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(data)))
	}
}
