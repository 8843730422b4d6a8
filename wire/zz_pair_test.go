package wire_test

import (
	"encoding/json"
	"os"
	"slices"
	"syscall"
	"testing"

	"poise/wire"
)

func cpu() int64 {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return r.Utime.Nano() + r.Stime.Nano()
}

func TestPair(t *testing.T) {
	if os.Getenv("PAIR") == "" {
		t.Skip()
	}
	all := corpora()
	for _, name := range corpusNames {
		ms := all[name]
		var d wire.Decoder
		var ev wire.Event
		var r, o, en []float64
		loop := func(f func(m []byte), c int) float64 {
			s := cpu()
			for n := range c {
				f(ms[n%len(ms)])
			}
			return float64(cpu()-s) / float64(c)
		}
		c := max(1024, 3000)
		if len(ms[0]) > 20000 {
			c = 60
		}
		var dst []byte
		for range 25 {
			v := loop(func(m []byte) { json.Valid(m) }, c/3)
			u := loop(func(m []byte) { d.Decode(m, &ev) }, c)
			e := loop(func(m []byte) { dst = ev.Append(dst[:0]) }, c)
			r = append(r, v/u)
			o = append(o, u)
			en = append(en, v/e)
		}
		slices.Sort(r)
		slices.Sort(o)
		slices.Sort(en)
		t.Logf("%-16s valid/ours %.2f  min %.0f med %.0f  valid/enc %.2f", name, r[12], o[0], o[12], en[12])
	}
}
