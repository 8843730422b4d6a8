// Package account keeps one account's books: what it holds, to the last digit,
// and why each wallet moved.
//
// [Books] are a pure fold: [Books.Apply] takes one [Record], a message of the
// stream, a REST snapshot, income rows or a line event, and answers with a
// [Delta], the rows that changed, the entries that explain each wallet's change,
// and the incidents that opened or ended. The same records give the same books
// and the same deltas, whenever and wherever they are applied.
//
// # How a wallet's change is explained
//
// For each balance row of an ACCOUNT_UPDATE:
//
//	wallet after - wallet before = realised PnL + bc - commission
//
// PnL is the change of cr of the asset's positions, where an earlier cr is
// known. bc is named by the message's reason. What is left is UNEXPLAINED until
// something that was heard accounts for it: the ORDER_TRADE_UPDATE of the same
// trade names its commission (and its PnL, where cr was not known before), a
// message that came late names its bc, or income rows name all of it. The
// entry is then revised; at every moment the entries of a record and asset sum
// to the wallet's change. A remainder that stays opens an incident.
//
// # Order
//
// Rows are ordered by the message's E, ties by arrival; a row older than the
// one held changes nothing. Absent rows and absent fields are unchanged, never
// zero. A snapshot row never replaces a row that is as new.
//
// docs/explained.md tells the same for readers of a ledger, and docs/fields.md what
// every field and kind is. Comments that name a spec mean this project's notes on
// the exchange, which are kept outside of the repository.
//
// What may not live here: a clock, I/O, goroutines, or the order of a map.
package account
