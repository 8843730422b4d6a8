package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"

	"poise/account"
	"poise/follower"
	"poise/serve"
	"poise/serve/client"
	"poise/store"
)

// Whatever serves the API is asked alike: here it is a store, without a follower.
func Example() {
	ctx := context.Background()
	url, stop := history(ctx, `{"e":"ACCOUNT_UPDATE","T":1000,"E":1002,"a":{"B":[{"a":"BTC","wb":"0.9995","cw":"0.9995","bc":"-0.0005"}],"P":[],"m":"FUNDING_FEE","S":"BTCUSD_PERP"}}`)
	defer stop()
	c, err := client.New(client.Config{URL: url})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for e, err := range c.AllEntries(ctx, "main", client.EntryQuery{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Kind, e.Amount, e.Asset, e.Balance)
	}
	// Output:
	// OPENING 1.0000 BTC 1.0000
	// FUNDING_FEE -0.0005 BTC 0.9995
}

// A bot that acts on what an account holds, and on each change of it, over any
// number of lost lines. It needs a running `poise follow`, so it is not run here.
func Example_bot() {
	ctx := context.Background()
	c, err := client.New(client.Config{URL: "http://127.0.0.1:9710"})
	if err != nil {
		log.Fatal(err)
	}
	state, err := c.Account(ctx, "main", client.AccountQuery{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(state.Balances)
	for change, err := range c.Changes(ctx, client.ChangesQuery{Account: "main", From: state.Cursor}) {
		if err != nil {
			log.Fatal(err) // nothing that asking again mends
		}
		for _, e := range change.Entries {
			fmt.Println(e.Kind, e.Amount, e.Asset, e.Balance)
		}
	}
}

// history serves a store that heard one message of the account main.
func history(ctx context.Context, message string) (url string, stop func()) {
	s, err := store.Open(ctx, store.Memory, store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	k, err := follower.OpenKeeper(ctx, s, store.PartitionOf("main"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := k.Keep(ctx, []account.Record{{Account: "main", Kind: account.Frame, Data: []byte(message)}}); err != nil {
		log.Fatal(err)
	}
	if err := k.Flush(ctx); err != nil {
		log.Fatal(err)
	}
	web, err := serve.New(serve.Config{Ledger: s})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(web)
	return server.URL, func() {
		web.Close()
		server.Close()
		s.Close()
	}
}
