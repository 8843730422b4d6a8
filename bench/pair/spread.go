package pair

import "slices"

// Spread is the middle of a set of measurements: half of them lie between Low
// and High.
type Spread struct {
	Low    float64 `json:"low"` // first quartile
	Median float64 `json:"median"`
	High   float64 `json:"high"` // third quartile
}

// spreadOf returns the quartiles of v, between neighbours in proportion. An
// empty v has none: all zero.
func spreadOf(v []float64) Spread {
	if len(v) == 0 {
		return Spread{}
	}
	s := slices.Clone(v)
	slices.Sort(s)
	at := func(q float64) float64 {
		pos := q * float64(len(s)-1)
		i := int(pos)
		if i+1 == len(s) {
			return s[i]
		}
		return s[i] + (pos-float64(i))*(s[i+1]-s[i])
	}
	return Spread{Low: at(.25), Median: at(.5), High: at(.75)}
}

// ratios pairs the i-th of over with the i-th of under. The median of ratios is
// not the ratio of medians: a pair shares one moment of the machine.
func ratios(over, under []float64) Spread {
	r := make([]float64, min(len(over), len(under)))
	for i := range r {
		r[i] = over[i] / under[i]
	}
	return spreadOf(r)
}
