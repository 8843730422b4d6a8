package codec

import (
	"strings"
	"testing"

	"poise/bench/pair"
)

func TestPeersReadTheSameValuesAsOurs(t *testing.T) {
	for _, c := range Corpora() {
		t.Run(c.Name, func(t *testing.T) {
			if err := CheckDecoders(c.Messages, Ours(), append(Peers(), Limits()...)); err != nil {
				t.Error(err)
			}
		})
	}
}

// Apart from ours, so that a mistake that all tables share does not hide.
func TestPeersReadTheSameValuesAsEncodingJSON(t *testing.T) {
	peers := Peers()
	for _, c := range Corpora() {
		t.Run(c.Name, func(t *testing.T) {
			if err := CheckDecoders(c.Messages, peers[1], peers); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEncodersWriteTheSourceAgain(t *testing.T) {
	for _, c := range Corpora() {
		if !c.Canonical {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			values, err := Values(c.Messages)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckEncoders(c.Messages, values, PeerEncoders()); err != nil {
				t.Error(err)
			}
			if err := CheckEncoders(c.Messages, values, []Encoder{OurEncoder()}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOursAllocatesNothing(t *testing.T) {
	for _, c := range Corpora() {
		t.Run(c.Name, func(t *testing.T) {
			d := Ours()
			for _, b := range c.Messages { // fill the tables of symbols
				if err := d.Decode(b); err != nil {
					t.Fatal(err)
				}
			}
			if n := pair.Allocs(c.Messages, d.Decode); n != 0 {
				t.Errorf("decode: %v allocations a message", n)
			}
			values, err := Values(c.Messages)
			if err != nil {
				t.Fatal(err)
			}
			e := OurEncoder()
			encode := func(v Value) error { _, err := e.Encode(v); return err }
			for _, v := range values {
				_ = encode(v) // grow the buffer
			}
			if n := pair.Allocs(values, encode); n != 0 {
				t.Errorf("encode: %v allocations a message", n)
			}
		})
	}
}

func TestCheckNamesAPeerThatReadsWrong(t *testing.T) {
	message := Corpora()[0].Messages
	honest := Peers()[1]
	wrong := Peers()[1]
	wrong.Name = "liar"
	read := wrong.Read
	wrong.Read = func() Message {
		m := read()
		m.Account.Positions[1].EntryPrice = "6563.60"
		return m
	}
	err := CheckDecoders(message, honest, []Decoder{wrong})
	if err == nil || !strings.Contains(err.Error(), "liar") {
		t.Errorf("a trailing zero too many passed: %v", err)
	}
	empty := honest
	empty.Read = func() Message { return Message{} }
	if err := CheckDecoders(message, empty, []Decoder{empty}); err == nil {
		t.Error("two that read nothing agreed")
	}
}

func TestCorporaAreWhatTheTablesSay(t *testing.T) {
	for _, c := range Corpora() {
		if len(c.Messages) == 0 || c.About == "" || c.Bytes() < 100 {
			t.Errorf("%s: %d messages of %.0f bytes, about %q", c.Name, len(c.Messages), c.Bytes(), c.About)
		}
	}
	distinct := map[string]bool{}
	for _, b := range Corpora()[1].Messages {
		distinct[string(b)] = true
	}
	if len(distinct) != 1024 {
		t.Errorf("%d different messages, want 1024", len(distinct))
	}
}
