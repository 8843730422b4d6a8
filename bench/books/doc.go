// Package books holds what the match table compares: this project's order book
// and others, on the same order flows.
//
// No public Go order book could be had from the module proxy (README.md lists
// those that were asked for), so the peers are the designs that such books
// have, written here for this comparison, each in its best light: whole ticks and
// contracts, orders and levels reused, trades appended to a slice of the caller's.
// [Check] makes sure that all trade alike before anything is timed.
package books
