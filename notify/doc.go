// Package notify tells a webhook what somebody should know: incidents that
// opened or ended, margin calls, and what is wrong now (the follower's alerts).
//
//	n, err := notify.New(notify.Config{URL: url, Secret: secret, Source: f, Journal: s, State: "poise.db.notify"})
//	go n.Run(ctx)
//
// # What is sent
//
// A POST of JSON, {"events":[...]}, of 1 to EventsMost events. The header
// Poise-Signature is t=SECONDS,v1=HEX: HEX is HMAC-SHA256, by the secret, of
// SECONDS, a full stop and the body; [Verify] checks it. An answer of 2xx takes
// the events; any other, or none, has them sent again, later and later, with
// the same ids. An answer of 400, 413, 415 or 422 refuses the message itself:
// after three of them it is given up, told in the log, and counted.
//
// # What is promised
//
// Each incident and margin call is told at least once, in the order of its
// account, also over a restart or a kill: they come from the journal, and the
// state file holds how far the receiver has taken them. A repeat has the id it
// had, so that the receiver can drop it. Alerts are computed and in no journal:
// one that opens and ends between two looks is not told, and what a killed
// process told last may be told by the next under a new id. A first start
// begins with what happens from then on.
//
// Nobody waits for the receiver: what waits for it is in a queue with a bound,
// and behind it in the journal.
package notify
