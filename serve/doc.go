// Package serve shows what a follower knows: an HTTP API, changes as they
// happen, metrics, and a web page.
//
//	s, err := serve.New(serve.Config{Follower: f, Ledger: store, Token: token})
//	err = s.Serve(ctx, listener) // or http.Serve(listener, s), and s.Close() first of all
//
// The state of now is the follower's, history is the ledger's; nothing is
// computed here but sums of totals by month. No request changes an account: every
// route answers GET alone, but for the form that gives a browser its session.
//
// # Who may ask
//
// Without a token only this machine is answered, and only under a name of this
// machine, so that a page of elsewhere cannot have its own name point here (DNS
// rebinding). With one, every route but /healthz and /readyz wants it: as
// Authorization: Bearer, or by the cookie that the form at /login gives for it.
// Check refuses to listen to others without a token.
//
// # What is bounded
//
// Requests at once, clients of /v1/changes, rows of a page, bytes of a request,
// time of each read and write, series of /metrics. Whoever reads changes too
// slowly is cut, and goes on from where he was.
//
// docs/api.md describes every route, and so does /openapi.json.
//
// What may not live here: what a message means, or a word to the exchange.
package serve
