// Package venue is a COIN-M exchange to test against, as httptest is for HTTP.
//
//	v := venue.New(t)
//	a := v.NewAccount("", "BTC", "2")       // alias, API key and secret
//	v.Quote("BTCUSD_PERP", "60000", "1000") // now market orders fill
//	client.BaseURL = v.URL()                // any client of the exchange
//
// It answers REST under /dapi, pushes user and market streams, and keeps accounts
// to the last digit: every event is made from account state by package engine,
// none from a template. [Venue.Truth] is what an account really has, to compare
// with what a client believes. [Venue.Fault] has the network fail in a named way,
// and with [Manual] time stands still until [Venue.Advance].
//
// The zero Venue, started by [Venue.Start], serves; its fields say what else it can
// be. The same is a command, `poise venue`, with the operator's calls over HTTP.
// docs/venue-fidelity.md lists what of the exchange is modelled, what is inferred,
// and what is not modelled: TLS, permessage-deflate, fragments of websocket
// messages, GTD, portfolio margin, sub-accounts, priceMatch.
package venue
