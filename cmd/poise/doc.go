// Command poise knows, to the last digit, what a Binance COIN-M futures account
// holds, and why.
//
// One file a subcommand. A subcommand reads its flags, calls the packages that
// do the work, and prints: a table for a person, or JSON with --json. Nothing
// that a library user would miss may live here.
package main
