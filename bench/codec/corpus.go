package codec

import "poise/wire/wiretest"

// Corpus is a set of messages that are measured in turn.
type Corpus struct {
	Name     string
	About    string
	Messages [][]byte
	// Canonical: keys in the documentation's order and no white space, so that
	// the encoders, which follow their structs, can write the same bytes.
	Canonical bool
}

// Bytes returns the mean length of a message.
func (c Corpus) Bytes() float64 {
	sum := 0
	for _, m := range c.Messages {
		sum += len(m)
	}
	return float64(sum) / float64(len(c.Messages))
}

// Corpora returns the messages of the tables.
func Corpora() []Corpus {
	sample := wiretest.Sample()
	one := func(b []byte) [][]byte { return [][]byte{b} }
	return []Corpus{
		{"sample", "a message of the documentation's shape: 2 balances, 3 positions", one(sample), true},
		{"varied", "1,024 different messages of that shape, so that no branch predictor learns one",
			wiretest.Varied(1024, 1), true},
		{"small", "1 balance", one(wiretest.Small()), true},
		{"large", "20 balances, 200 positions, half of them flat", one(wiretest.Large()), true},
		{"reversed", "the sample, the keys of every object in reverse", one(wiretest.Reversed(sample)), false},
		{"indented", "the sample, indented by 2", one(wiretest.Indented(sample)), false},
	}
}
