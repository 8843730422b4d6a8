package paper

import (
	"strings"

	"poise/decimal"
)

// Sizes of the chart of a wallet, in pixels.
const (
	chartWidth, chartHeight = 760, 220
	chartLeft, chartRight   = 108, 12
	chartTop, chartBottom   = 12, 26
	plotWidth               = chartWidth - chartLeft - chartRight
	plotHeight              = chartHeight - chartTop - chartBottom
)

// chart is a wallet over time as places on the page.
type chart struct {
	Width, Height, Left, Right, Top, Bottom int
	Line, Area                              string // points of the steps
	Ticks                                   []tick // of the wallet
	Names                                   []name // of days
	Days                                    []column
}

type tick struct{ Y, Label string }

type name struct {
	X      string
	Anchor string
	Label  string
}

// column is a day's part of the chart, with what is said of it.
type column struct{ X, Width, Said string }

// walletChart draws the wallet at the end of each day as steps; nil for less
// than two days.
func walletChart(a *Asset) *chart {
	if len(a.Days) < 2 {
		return nil
	}
	low, high := bounds(a)
	c := &chart{Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartRight, Top: chartTop, Bottom: chartTop + plotHeight}
	var points []string
	for i, d := range a.Days {
		y := place(d.Wallet, low, high)
		from, to := across(i, len(a.Days)), across(i+1, len(a.Days))
		points = append(points, from+","+y, to+","+y)
		c.Days = append(c.Days, column{from, tenths(plotWidth * 10 / int64(len(a.Days))), d.Name + ": " + d.Wallet.String() + " " + a.Name})
	}
	c.Line = strings.Join(points, " ")
	bottom := whole(c.Bottom)
	c.Area = across(0, 1) + "," + bottom + " " + c.Line + " " + across(1, 1) + "," + bottom
	for _, v := range ticks(low, high) {
		c.Ticks = append(c.Ticks, tick{place(v, low, high), v.String()})
	}
	c.Names = dayNames(a.Days)
	return c
}

// bounds are the lowest and highest wallet, apart from each other.
func bounds(a *Asset) (low, high decimal.D) {
	low, high = a.Days[0].Wallet, a.Days[0].Wallet
	for _, d := range a.Days {
		if d.Wallet.Cmp(low) < 0 {
			low = d.Wallet
		}
		if d.Wallet.Cmp(high) > 0 {
			high = d.Wallet
		}
	}
	if low.Equal(high) {
		one := decimal.New(1, low.Scale())
		low, high = plus(low, one.Neg()), plus(high, one)
	}
	return low, high
}

// plus is a sum; where it is out of range the picture is wrong, not the figures.
func plus(a, b decimal.D) decimal.D {
	sum, err := a.Add(b)
	if err != nil {
		return a
	}
	return sum
}

// share is part / whole of so many pixels, to a tenth.
func share(part, whole decimal.D, pixels int64) decimal.D {
	d, err := decimal.MulQuo(part, decimal.New(pixels, 0), whole, 1, decimal.HalfUp)
	if err != nil {
		return decimal.New(0, 1)
	}
	return d
}

// place is how far down a wallet is.
func place(v, low, high decimal.D) string {
	down := share(plus(high, v.Neg()), plus(high, low.Neg()), plotHeight)
	return plus(down, decimal.New(chartTop, 0)).String()
}

// across is how far right the i-th of n days begins.
func across(i, n int) string { return tenths(chartLeft*10 + plotWidth*10*int64(i)/int64(n)) }

func tenths(n int64) string { return decimal.New(n, 1).String() }

func whole(n int) string { return decimal.New(int64(n), 0).String() }

// mostTicks is how many lines a chart has.
const mostTicks = 5

// ticks are round numbers between low and high: multiples of 1, 2 or 5 times a
// power of ten.
func ticks(low, high decimal.D) (list []decimal.D) {
	step, ok := stepOf(plus(high, low.Neg()))
	if !ok {
		return []decimal.D{low, high}
	}
	n, err := low.Quo(step, 0, decimal.ToZero)
	if err != nil {
		return []decimal.D{low, high}
	}
	for range mostTicks + 2 {
		v, err := n.Mul(step)
		if err != nil {
			break
		}
		if v.Cmp(low) >= 0 && v.Cmp(high) <= 0 {
			list = append(list, v)
		}
		n = plus(n, decimal.New(1, 0))
	}
	return list
}

// stepOf is the smallest such step of which no more than mostTicks - 1 fit.
func stepOf(span decimal.D) (decimal.D, bool) {
	for scale := 18; scale >= 0; scale-- {
		for _, c := range []int64{1, 2, 5} {
			if s := decimal.New(c, scale); fits(span, s) {
				return s, true
			}
		}
	}
	for c, i := int64(10), 0; i < 17; c, i = c*10, i+1 {
		for _, m := range []int64{1, 2, 5} {
			if s := decimal.New(c/10*10*m, 0); fits(span, s) {
				return s, true
			}
		}
	}
	return decimal.Zero, false
}

func fits(span, step decimal.D) bool {
	most, err := step.Mul(decimal.New(mostTicks-1, 0))
	return err == nil && span.Cmp(most) <= 0
}

// dayNames are the first, the last and some of the days between.
func dayNames(days []Day) (list []name) {
	const most = 6
	every := max(1, (len(days)+most-2)/(most-1))
	for i := 0; i < len(days); i += every {
		anchor := "start"
		list = append(list, name{across(i, len(days)), anchor, days[i].Name})
	}
	if len(list) > 1 && len(days)-1-(len(list)-1)*every < every/2 {
		list = list[:len(list)-1] // no room beside the last
	}
	return list
}

// bar is one kind's amount beside those of the asset's other kinds.
type bar struct {
	Kind
	X, Width string
	Out      bool // it took from the wallet
}

// Sizes of a bar, in pixels.
const (
	barWidth = 240
	barHalf  = barWidth / 2
)

// bars draws the kinds from a middle line: to the right what came, to the left
// what went.
func bars(a *Asset) []bar {
	most := decimal.New(1, 18)
	for i := range a.Kinds {
		if v := a.Kinds[i].Amount.Abs(); v.Cmp(most) > 0 {
			most = v
		}
	}
	var list []bar
	for _, k := range a.Kinds {
		w := share(k.Amount.Abs(), most, barHalf-2)
		if w.Cmp(decimal.New(1, 0)) < 0 {
			w = decimal.New(1, 0) // to be seen at all
		}
		b := bar{Kind: k, X: whole(barHalf), Width: w.String(), Out: k.Amount.Sign() < 0}
		if b.Out {
			b.X = plus(decimal.New(barHalf, 0), w.Neg()).String()
		}
		list = append(list, b)
	}
	return list
}
