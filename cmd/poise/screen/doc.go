// Package screen is `poise watch`: a running follower, live in a terminal.
//
// The model (model.go) is a value that messages change and View shows, without a
// clock, a socket or a terminal: a frame is the same for the same messages, and
// tests compare frames. The feed (feed.go) owns the goroutines: it asks the
// server and sends what it hears as messages, in the order of the account.
//
// What is shown is what the server sent, digit for digit. Columns and panes only
// grow while an account is looked at, so that nothing jumps when a number gets
// shorter or a position is closed.
//
// What may not live here: anything computed from money, or a word to the exchange.
package screen
