package decimal

import (
	"testing"

	"github.com/cockroachdb/apd/v3"
)

// Each benchmark runs ours and cockroachdb/apd on the same numbers: a wallet at
// 8 decimals, a commission, an entry and a mark as the exchange prints them.
// apd works at 34 significant digits, enough for the same answers.

const (
	benchWallet = "122624.12345678"
	benchSmall  = "-0.00593049"
	benchEntry  = "37643.10000021"
	benchMark   = "38103.05510455"
)

var (
	sinkD   D
	sinkErr error
	sinkInt int
	sinkA   apd.Decimal
	apdCtx  = apd.Context{Precision: 34, MaxExponent: 6144, MinExponent: -6143, Rounding: apd.RoundHalfEven}
)

func apdOf(s string) *apd.Decimal {
	d, _, err := apd.NewFromString(s)
	if err != nil {
		panic(err)
	}
	return d
}

func BenchmarkParse(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		text := []byte(benchWallet)
		for b.Loop() {
			sinkD, sinkErr = ParseBytes(text)
		}
	})
	b.Run("apd", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _, sinkErr = sinkA.SetString(benchWallet)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		x, y := MustParse(benchWallet), MustParse(benchEntry)
		for b.Loop() {
			sinkD, sinkErr = x.Add(y)
		}
	})
	b.Run("ours/signs-differ", func(b *testing.B) {
		x, y := MustParse(benchWallet), MustParse(benchSmall)
		for b.Loop() {
			sinkD, sinkErr = x.Add(y)
		}
	})
	b.Run("apd", func(b *testing.B) {
		x, y := apdOf(benchWallet), apdOf(benchEntry)
		for b.Loop() {
			_, sinkErr = apdCtx.Add(&sinkA, x, y)
		}
	})
}

func BenchmarkMul(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		x, y := MustParse(benchWallet), MustParse(benchSmall)
		for b.Loop() {
			sinkD, sinkErr = x.Mul(y)
		}
	})
	b.Run("apd", func(b *testing.B) {
		x, y := apdOf(benchWallet), apdOf(benchSmall)
		for b.Loop() {
			_, sinkErr = apdCtx.Mul(&sinkA, x, y)
		}
	})
}

func BenchmarkQuo(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		x, y := MustParse(benchWallet), MustParse(benchMark)
		for b.Loop() {
			sinkD, sinkErr = x.Quo(y, 18, HalfEven)
		}
	})
	b.Run("apd", func(b *testing.B) {
		x, y := apdOf(benchWallet), apdOf(benchMark)
		for b.Loop() {
			_, sinkErr = apdCtx.Quo(&sinkA, x, y)
		}
	})
}

// The unrealised PnL of an inverse contract, n·CS·(mark-entry)/(entry·mark),
// rounded once to 8 decimals (apd: once more at 34 digits).
func BenchmarkPnL(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		size, entry, mark := New(200, 0), MustParse(benchEntry), MustParse(benchMark)
		for b.Loop() {
			diff, _ := mark.Sub(entry)
			sinkD, sinkErr = MulQuo2(size, diff, entry, mark, 8, ToZero)
		}
	})
	b.Run("apd", func(b *testing.B) {
		size, entry, mark := apd.New(200, 0), apdOf(benchEntry), apdOf(benchMark)
		var diff, product, den apd.Decimal
		cut := apdCtx
		cut.Rounding = apd.RoundDown
		for b.Loop() {
			_, _ = apdCtx.Sub(&diff, mark, entry)
			_, _ = apdCtx.Mul(&product, size, &diff)
			_, _ = apdCtx.Mul(&den, entry, mark)
			_, _ = cut.Quo(&product, &product, &den)
			_, sinkErr = cut.Quantize(&sinkA, &product, -8)
		}
	})
}

func BenchmarkCmp(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		x, y := MustParse(benchEntry), MustParse(benchMark)
		for b.Loop() {
			sinkInt = x.Cmp(y)
		}
	})
	b.Run("ours/scales-differ", func(b *testing.B) {
		x, y := MustParse("37643.1"), MustParse(benchMark)
		for b.Loop() {
			sinkInt = x.Cmp(y)
		}
	})
	b.Run("apd", func(b *testing.B) {
		x, y := apdOf(benchEntry), apdOf(benchMark)
		for b.Loop() {
			sinkInt = x.Cmp(y)
		}
	})
}

func BenchmarkFormat(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		x, buf := MustParse(benchWallet), make([]byte, 0, 64)
		for b.Loop() {
			buf = x.Append(buf[:0])
		}
	})
	b.Run("ours/zero", func(b *testing.B) {
		x, buf := MustParse("0.00000000"), make([]byte, 0, 64)
		for b.Loop() {
			buf = x.Append(buf[:0])
		}
	})
	b.Run("apd", func(b *testing.B) {
		x, buf := apdOf(benchWallet), make([]byte, 0, 64)
		for b.Loop() {
			buf = x.Append(buf[:0], 'f')
		}
	})
}
