// Package client asks a server of package serve: the accounts that it follows,
// what they hold, why, what is wrong, and what changes as it happens.
//
//	c, err := client.New(client.Config{URL: "http://127.0.0.1:9710"})
//	state, err := c.Account(ctx, "main", client.AccountQuery{})
//	for change, err := range c.Changes(ctx, client.ChangesQuery{Account: "main", From: state.Cursor}) {
//		// each change behind state once, in order, over any number of lost lines
//	}
//
// Decimals are exact and keep the digits that the exchange wrote; times are Unix
// milliseconds. An answer that is no answer is a [*Problem], which says why.
//
// It uses nothing of poise but its decimals, so that a program that asks carries
// no store and no follower. A server's refusal is never taken for an empty list.
//
// What is bounded: bytes of an answer and of one change, the time of a request,
// the silence of a stream, the pause before it is opened again.
package client
