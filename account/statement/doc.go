// Package statement makes an account's statement: for each asset the opening
// balance, what each kind of change came to, and the closing balance.
//
// The two ends and what lies between are taken from different places, so that a
// statement is also a check. The ends are wallets that the exchange sent; what
// lies between are the ledger's entries. [Make] adds them, to the last digit,
// and what does not meet the wallet at the end is a [Difference].
//
// An entry counts where its time is: the moment at which the exchange moved the
// wallet. The exchange tells of it some milliseconds later, so of the wallets
// that it had sent by midnight a change of a moment before may be missing; an
// [Edge] has those entries too, and its balance is the wallet with them.
//
// The package is pure. Package store reads what it needs, days are those of the
// time zone that the caller names.
package statement
