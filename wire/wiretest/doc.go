// Package wiretest makes ACCOUNT_UPDATE messages for tests and benchmarks. All
// are of the shape that the exchange's documentation shows, compact and in its
// key order, with numbers of no real account. Everything is pure: the same
// arguments give the same bytes.
package wiretest
