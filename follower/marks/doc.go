// Package marks tells what positions come to at the mark prices of now:
// unrealised PnL, maintenance margin, margin ratios and liquidation prices. What
// the stream says of them was true at the mark of one moment; this is live, and
// it is computed, so it is never journaled.
//
// It has two halves that know nothing of each other. [Compute] is pure: books,
// the exchange's [Rules], the account's brackets and a mark for each symbol in,
// [Now] out, every number by package inverse. A [Feed] is the one market
// connection of a process, for all symbols that anybody holds.
//
//	rules, err := marks.ReadRules(exchangeInfo)             // of everybody
//	tables, err := shared.Read(leverageBracket)             // of an account; equal ones are kept once
//	feed.Want(symbols)                                      // of all accounts
//	now := marks.Compute(rules, tables, books.Balances(), books.Positions(), feed.Mark)
//
// # What is missing is absent
//
// A number that cannot be known is left out and never guessed: a position
// without a mark has no row, and then the ratio of its cross pool and the
// liquidation prices of that pool are absent too, since they depend on it.
// [Now.Missing] says of each what was lacking.
//
// # The last digits
//
// The exchange keeps what a position cost at 13 decimals and prints the entry
// price of it at 8; package inverse tells how. From that price the cost comes back
// to the digit, and with it every number here, while contracts·size/price² is below
// 10^-5 and the position was not reduced since it was last increased: with fewer
// than 360 contracts of BTC at 60000, or 9 of ETH at 3000. Otherwise the cost is
// off by up to
//
//	(contracts·size/price² + 10^-5) · ½·10^-8 coin
//
// PnL by as much: 0.0002 for 1000 contracts of ADA at 0.5 that cost 20000 ADA. A
// liquidation price is off by that times price²/(contracts·size), which for one
// position is about the half unit that its entry price was rounded by, and
// 0.0000018 for one contract of BTC that is left of many at 60000. Maintenance
// margins do not depend on the entry price. A property test holds all this
// against the venue.
package marks
