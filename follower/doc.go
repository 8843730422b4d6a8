// Package follower is the main job: what is heard of many accounts becomes
// durable records, books, and a ledger that explains them, live.
//
//	f, err := follower.New(follower.Config{Store: s, Exchange: x, Accounts: accounts})
//	go f.Run(ctx)
//	for change, err := range f.Changes(ctx, follower.Cursor{}) { ... }
//
// # The way of one message
//
// A session keeps an account's lines, two sockets on one listen key, and takes
// each message once, whichever line brings it first. The shard of the account's
// partition gathers what came while the last block was being written, has the
// store make that durable, folds it into the books, and shows the changes to
// subscribers. The scribe writes the ledger behind the journal, in its own time;
// the journal never waits for it.
//
// # What the stream does not tell
//
// After any time in which nobody may have listened (the start, no line, a new
// key) messages wait until REST's snapshot is in the journal before them. What
// is unexplained is asked of the exchange's income; what cannot be read or came
// too late is looked up; and every minute REST is asked whether it knows more
// than was heard, which is how a key that died in silence is noticed.
//
// A [Keeper] is the part of it that owns one partition, without a network.
// [Verify] proves it all: it derives books and ledger once more from the journal
// alone and compares.
//
// What may not live here: what a message means (account), how it is kept on
// disk (store), how the exchange is spoken to (dapi), or how it is shown (cmd,
// serve).
package follower
