package follower_test

import (
	"context"
	"fmt"

	"poise/account"
	"poise/follower"
	"poise/store"
)

// A keeper makes records durable, folds them, and writes what they explain;
// verification derives all of it from the journal again.
func Example() {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Memory, store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	k, err := follower.OpenKeeper(ctx, s, store.PartitionOf("main"))
	if err != nil {
		fmt.Println(err)
		return
	}
	message := `{"e":"ACCOUNT_UPDATE","T":1000,"E":1002,"a":{"B":[{"a":"BTC","wb":"0.9995","cw":"0.9995","bc":"-0.0005"}],"P":[],"m":"FUNDING_FEE","S":"BTCUSD_PERP"}}`
	deltas, err := k.Keep(ctx, []account.Record{{Account: "main", Kind: account.Frame, Data: []byte(message)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range deltas[0].Entries {
		fmt.Println(e.Kind, e.Amount, "->", e.Balance)
	}
	if err := k.Flush(ctx); err != nil {
		fmt.Println(err)
		return
	}
	scratch, err := store.Open(ctx, store.Memory, store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer scratch.Close()
	report, err := follower.Verify(ctx, s, scratch, nil)
	fmt.Println("verified:", err == nil && report.OK(), "records:", report.Records, "entries:", report.Entries)
	// Output:
	// OPENING 1.0000 -> 1.0000
	// FUNDING_FEE -0.0005 -> 0.9995
	// verified: true records: 1 entries: 2
}
