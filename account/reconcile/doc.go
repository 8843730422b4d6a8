// Package reconcile compares an account's books with what the exchange says of
// the account now: wallets, positions and leverage with account, balance and
// positionRisk, and the sums of what moved each wallet, by kind, with income.
//
// [Compare] is pure. The two sides are read one after the other, so what happens
// in between is a difference: read both again before one is believed.
package reconcile
