package main

import (
	"fmt"
	"slices"

	"poise/bench/codec"
	"poise/bench/pair"
)

// aims are the ratios that the project set itself to reach, by table, corpus
// and peer.
var aims = map[string]float64{
	"decode/varied/go-binance delivery":  45,
	"decode/varied/encoding/json":        25,
	"decode/varied/json/v2":              12,
	"decode/varied/sonic":                6.5,
	"decode/varied/goccy":                5,
	"decode/varied/fastjson, bare parse": 3.2,
	"decode/reversed/goccy":              2,
	"decode/indented/goccy":              2,
	"encode/varied/goccy":                1.8,

	"match/mixed/B-tree":          1,
	"match/mixed/red-black tree":  1,
	"match/quotes/B-tree":         1,
	"match/quotes/red-black tree": 1,
	"match/deep/B-tree":           1,
	"match/deep/red-black tree":   1,

	"engine/mixed/matching alone, 1000 accounts, 1 symbols, --push changed": 0.25,
}

func decodeTable(c *config, r *report) error {
	ours := codec.Ours()
	peers := append(codec.Peers(), codec.Limits()...)
	for _, corpus := range codec.Corpora() {
		chosen := slices.DeleteFunc(slices.Clone(peers), func(d codec.Decoder) bool {
			return !c.wants("decode", corpus.Name, d.Name)
		})
		if len(chosen) == 0 {
			continue
		}
		if err := codec.CheckDecoders(corpus.Messages, ours, chosen); err != nil {
			return fmt.Errorf("%s, checked before it is timed: %w", corpus.Name, err)
		}
		for _, peer := range chosen {
			row := Row{Table: "decode", Corpus: corpus.Name, About: corpus.About, Bytes: corpus.Bytes(),
				Peer: peer.Name, Skipped: peer.Skip}
			if peer.Skip == "" {
				res, err := pair.Compare(corpus.Messages, ours.Decode, peer.Decode, c.pair)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", corpus.Name, peer.Name, err)
				}
				row.Result = res
			}
			r.add(c, row)
		}
	}
	return nil
}
