package main

import (
	"fmt"

	"poise/bench/codec"
	"poise/bench/pair"
)

// encodeMost messages of a corpus are decoded and held for the encoders: more
// would measure the cache, where in use an event is written just after it was
// made.
const encodeMost = 64

func encodeTable(c *config, r *report) error {
	ours := codec.OurEncoder()
	for _, corpus := range codec.Corpora() {
		var chosen []codec.Encoder
		for _, e := range codec.PeerEncoders() {
			if corpus.Canonical && c.wants("encode", corpus.Name, e.Name) {
				chosen = append(chosen, e)
			}
		}
		if len(chosen) == 0 {
			continue
		}
		corpus.Messages = corpus.Messages[:min(len(corpus.Messages), encodeMost)]
		values, err := codec.Values(corpus.Messages)
		if err != nil {
			return fmt.Errorf("%s: %w", corpus.Name, err)
		}
		if err := codec.CheckEncoders(corpus.Messages, values, append(chosen, ours)); err != nil {
			return fmt.Errorf("%s, checked before it is timed: %w", corpus.Name, err)
		}
		for _, peer := range chosen {
			res, err := pair.Compare(values, encodeOp(ours), encodeOp(peer), c.pair)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", corpus.Name, peer.Name, err)
			}
			r.add(c, Row{Table: "encode", Corpus: corpus.Name, About: corpus.About, Bytes: corpus.Bytes(),
				Peer: peer.Name, Result: res})
		}
	}
	return nil
}

func encodeOp(e codec.Encoder) pair.Op[codec.Value] {
	return func(v codec.Value) error {
		_, err := e.Encode(v)
		return err
	}
}
