package main

import (
	"fmt"

	"poise/bench/books"
	"poise/bench/pair"
)

func matchTable(c *config, r *report) error {
	ours := books.Ours()
	for _, f := range books.Flows() {
		var chosen []books.Design
		for _, d := range append(books.Peers(), books.Limits()...) {
			if c.wants("match", f.Name, d.Name) {
				chosen = append(chosen, d)
			}
		}
		if len(chosen) == 0 {
			continue
		}
		if err := books.Check(f, append([]books.Design{ours}, chosen...)...); err != nil {
			return fmt.Errorf("%s, checked before it is timed: %w", f.Name, err)
		}
		for _, d := range chosen {
			res, err := pair.Compare(f.Commands, ours.Op(f), d.Op(f), c.pair)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", f.Name, d.Name, err)
			}
			r.add(c, Row{Table: "match", Corpus: f.Name, About: f.About, Peer: d.Name, Result: res})
		}
	}
	return nil
}
