package screen

import (
	"time"

	"poise/serve/client"
)

// The messages of the feed.
type (
	// accountsHeard is every account.
	accountsHeard struct{ list []client.Account }
	// holdingsHeard is what the chosen account holds now.
	holdingsHeard struct{ of *client.Holdings }
	// historyHeard replaces what was known of an account; both newest first.
	historyHeard struct {
		name      string
		entries   []client.Entry
		incidents []client.Incident
	}
	// changesHeard is what happened, in order.
	changesHeard struct {
		name string
		list []*client.Change
	}
	// lineHeard tells that a way to the server works, or why not.
	lineHeard struct {
		way way
		err error
	}
	// noteHeard is what the server says about an account instead of changes; ""
	// takes it back.
	noteHeard struct{ name, text string }
	// clockHeard is the time, once a second.
	clockHeard time.Time
)

// way is one of those on which the server is asked.
type way uint8

const (
	ofAccounts way = iota
	ofHoldings
	ofChanges
	ways
)
