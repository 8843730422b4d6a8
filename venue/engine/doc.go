// Package engine is a COIN-M exchange without its network: accounts, order
// books, margin, funding, liquidation and delivery of coin-margined contracts.
//
// [Engine.Apply] takes one [Command] and the time, and answers with a [Result]:
// the messages that the exchange would push, byte for byte, and what the caller
// asked for. It is a pure function of the commands: the same commands give the
// same bytes. A refused command returns an [*Error] with the exchange's own code
// and message and has changed nothing.
//
// # Money
//
// Every balance is a whole number of 1e-8 coin, every entry cost of 1e-13 coin,
// and every rounding is one cut as package inverse documents it; a test holds
// the two equal digit for digit. For each asset, after every command,
//
//	wallets + fees + insurance = deposits - withdrawals
//
// exactly. Insurance is what the exchange itself holds: the fund that pays for
// bankrupt positions, the wallet of the internal market maker, and the clearing
// balance, which has paid the profits of those who closed before those who
// have lost them did, and keeps what cuts left over. See [Engine.Books].
//
// # Push rules
//
// An ACCOUNT_UPDATE is pushed when a wallet, a position or a margin type changes
// and not for orders that do not fill. For each fill, and each of its two
// accounts: ORDER_TRADE_UPDATE NEW (the taker's, once), ACCOUNT_UPDATE, then
// ORDER_TRADE_UPDATE TRADE, all with the same T. [PushAll] and [PushChanged] say
// how many rows come.
//
// FIDELITY.md lists what of the exchange is modelled, inferred and not modelled.
//
// What may not live here: a clock, I/O, goroutines, floats, the order of a map,
// or anything of HTTP; the caller gives time as Unix milliseconds.
package engine
