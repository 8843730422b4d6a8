// Package demo is a small market to watch a follower at work: a venue whose mark
// walks, two bots that trade on it over REST as any client does, and a director
// who moves money, has funding paid and the network fail.
//
//	m, err := demo.Open(demo.Config{Seed: 1})
//	m.Run(ctx)                      // until ctx ends
//	m.Differences(name, balances, positions)
package demo
