package codec

import "testing"

// BenchmarkOurs is for profiles of ours alone; the tables, which pair ours with
// each peer, are the figures to quote.
//
//	go test -run - -bench Ours/decode/varied -cpuprofile /tmp/cpu ./codec
func BenchmarkOurs(b *testing.B) {
	for _, c := range Corpora() {
		b.Run("decode/"+c.Name, func(b *testing.B) {
			d := Ours()
			b.SetBytes(int64(c.Bytes()))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := d.Decode(c.Messages[i%len(c.Messages)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, c := range Corpora() {
		b.Run("encode/"+c.Name, func(b *testing.B) {
			e := OurEncoder()
			values, err := Values(c.Messages[:min(64, len(c.Messages))])
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(c.Bytes()))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := e.Encode(values[i%len(values)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
