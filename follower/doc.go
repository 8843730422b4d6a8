// Package follower is the main job: what is heard of many accounts becomes
// durable records, books, and a ledger that explains them.
//
// A [Keeper] owns one partition. What it is given is in the journal before
// anything acts on it; then it is folded into the books of its account, and what
// changed is written to the ledger behind the journal, with the ledger's cursor.
// [OpenKeeper] goes on from wherever a crash left them. [Verify] proves it all:
// it derives books and ledger once more from the journal alone and compares.
//
// What may not live here: what a message means (account), how it is kept on
// disk (store), or how it is shown (cmd, serve).
package follower
