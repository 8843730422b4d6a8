// Package dapi is the exchange as its clients see it: REST calls, listen keys and
// websockets of Binance COIN-M futures. It hands over bytes and judges nothing;
// package wire reads them.
//
//	x, err := dapi.New(dapi.Config{})           // the exchange of one process
//	key, err := dapi.HMAC(apiKey, secret)       // or PrivateKey: Ed25519, RSA
//	c := x.Client(key)                          // one account
//	body, err := c.Account(ctx)
//	err = c.NewStream(dapi.StreamConfig{}, sink).Run(ctx)
//
// # Calls
//
// An [Exchange] is shared by all accounts of a process, since the exchange counts
// by address: request weight is spent below a share of the limit, in whole minutes
// of the exchange's clock, calls wait their turn in order, and a 429 or 418 stops
// everyone until the second it names. All calls here may be repeated, and are, on
// network errors, 5xx, 408 and after 429 and 418. The timestamp follows the
// exchange's clock, measured, and measured again when the machine's jumps; -1021
// does not surface because a clock is wrong.
//
// # Streams
//
// A [Stream] keeps one account's listen key alive and up to three lines, that is
// sockets, open on it. A key and a line are two things: an open socket proves
// nothing about the key. A line is replaced before the exchange ends it, the new
// one opened before the old one is closed. A [StreamSink] that waits has its socket
// wait, and nothing is queued.
//
// # Errors and secrets
//
// What the exchange refused is an [*Error], which errors.Is matches with the named
// errors. No error, log line or dump holds a secret, a signature or a listen key.
// The frames do: a listenKeyExpired event and an envelope name the key.
//
// What may not live here: what a message means, or when a snapshot is needed.
package dapi
