package serve_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"poise/account"
	"poise/follower"
	"poise/serve"
	"poise/store"
)

// A store without a follower is served as history.
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
	if _, err := k.Keep(ctx, []account.Record{{Account: "main", Kind: account.Frame, Data: []byte(message)}}); err != nil {
		fmt.Println(err)
		return
	}
	if err := k.Flush(ctx); err != nil {
		fmt.Println(err)
		return
	}
	web, err := serve.New(serve.Config{Ledger: s})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer web.Close()
	r := httptest.NewRequest(http.MethodGet, "http://localhost/v1/accounts/main/totals?by=day", nil)
	answer := httptest.NewRecorder()
	web.ServeHTTP(answer, r)
	fmt.Println(answer.Code, answer.Body)
	// Output:
	// 200 {"totals":[{"day":"1970-01-01","asset":"BTC","kind":"FUNDING_FEE","amount":"-0.0005","entries":1},{"day":"1970-01-01","asset":"BTC","kind":"OPENING","amount":"1.0000","entries":1}]}
}
