package engine

import (
	"math/rand"
	"testing"

	"pgregory.net/rapid"
)

// bytesSource is a source of chance that gives the fuzzer's bytes, and then a
// fixed sequence.
type bytesSource struct {
	data []byte
	rest rand.Source
}

func (b *bytesSource) Int63() int64 {
	if len(b.data) == 0 {
		return b.rest.Int63()
	}
	n := int64(b.data[0])
	b.data = b.data[1:]
	return n<<55 | n<<47 | n<<39 | n<<31 | n<<15
}

func (b *bytesSource) Seed(int64) {}

// FuzzCommands has the fuzzer draw the commands; every check of the simulation
// holds after each.
func FuzzCommands(f *testing.F) {
	f.Add([]byte("a short session"))
	f.Add([]byte{255, 0, 1, 2, 3, 250, 128, 64, 32, 16, 8, 4, 2, 1, 0, 99, 98, 97})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			return
		}
		s := newSim(t, 1, 4, simConfig(Push(len(data)%2)))
		s.start()
		s.r = rand.New(&bytesSource{data, rand.NewSource(2)})
		s.sweepAt = 20
		s.run(s.commands + 60)
	})
}

// TestSimRapid: many short runs from drawn seeds, with few accounts, so that they
// meet often.
func TestSimRapid(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Int64().Draw(r, "seed")
		s := newSim(t, seed, rapid.IntRange(1, 6).Draw(r, "accounts"), simConfig(Push(seed&1)))
		s.sweepAt = 50
		s.run(300)
	})
}

// TestSameCommandsSameBytes: the messages are a function of the commands.
func TestSameCommandsSameBytes(t *testing.T) {
	run := func(seed int64) string {
		s := newSim(t, seed, 30, simConfig(PushAll))
		s.run(commandsOf(8000))
		return s.String()
	}
	a, b := run(11), run(11)
	wantText(t, "the second run", b, a)
	if c := run(12); c == a {
		t.Error("another seed gives the same run: nothing is compared")
	}
}

// FuzzPlace has any text and number refused or taken, never worse.
func FuzzPlace(f *testing.F) {
	f.Add("BUY", "LIMIT", "GTC", "LONG", "id", "1", "60000", "59000", "1", true, false)
	f.Fuzz(func(t *testing.T, side, kind, force, position, id, quantity, price, stop, rate string, reduce, closing bool) {
		s := newSim(t, 1, 2, simConfig(PushAll))
		s.start()
		p := &Place{Account: s.accounts[0], Symbol: perp, Side: side, Type: kind, TimeInForce: force, PositionSide: position, ClientOrderID: id,
			ReduceOnly: reduce, ClosePosition: closing}
		var err error
		for _, x := range []struct {
			to   *decimalD
			text string
		}{{&p.Quantity, quantity}, {&p.Price, price}, {&p.StopPrice, stop}, {&p.CallbackRate, rate}} {
			if *x.to, err = parseD(x.text); err != nil {
				return
			}
		}
		s.apply(p)
		s.sweep()
	})
}
