package client_test

import (
	"context"
	"fmt"
	"log"

	"poise/serve/client"
)

// A bot that acts on what an account holds, and on each change of it, over any
// number of lost lines. It needs a running `poise follow`, so it is not run here.
func Example() {
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
