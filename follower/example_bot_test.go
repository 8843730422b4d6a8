package follower_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"poise/account"
	"poise/dapi"
	"poise/follower"
	"poise/store"
	"poise/venue"
)

// watch is a bot: it tells of every commission that an account pays, and why the
// wallet moved otherwise, from the moment that it starts.
func watch(ctx context.Context, x *dapi.Exchange, key dapi.Key, file string, tell func(account.Entry)) error {
	s, err := store.Open(ctx, file, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	f, err := follower.New(follower.Config{Store: s, Exchange: x, Accounts: []follower.Account{{Name: "main", Key: key}}})
	if err != nil {
		return err
	}
	go func() {
		for change, err := range f.Changes(ctx, follower.Cursor{}) { // durable, in order, each once
			for i := 0; err == nil && i < len(change.Delta.Entries); i++ {
				tell(change.Delta.Entries[i])
			}
		}
	}()
	return f.Run(ctx)
}

// A bot that uses a follower: see watch. Here it follows the exchange itself; with
// keys that may only read, nothing can go wrong.
func Example_bot() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	x, err := dapi.New(dapi.Config{}) // Binance
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := dapi.HMAC("your API key", "secret")
	if err != nil {
		fmt.Println(err) // that was none
		return
	}
	watch(ctx, x, key, "bot.db", func(e account.Entry) { fmt.Println(e.Kind, e.Amount, e.Asset) })
	// Output: dapi: the API key has characters that no API key has
}

// TestYourBot tests the bot of Example_bot against an exchange of its own.
func TestYourBot(t *testing.T) {
	v := venue.New(t)
	a := v.NewAccount("", "BTC", "2")
	x, err := dapi.New(dapi.Config{REST: v.URL(), Stream: v.StreamURL()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	told, ended := make(chan account.Entry), make(chan error, 1)
	go func() {
		ended <- watch(ctx, x, mustKey(t, a.APIKey, a.APISecret), filepath.Join(t.TempDir(), "bot.db"), func(e account.Entry) { told <- e })
	}()
	if e := <-told; e.Kind != account.Opening || e.Amount.String() != "2.00000000" {
		t.Errorf("the wallet begins with %+v", e)
	}
	v.Deposit(a.Alias, "BTC", "0.5")
	if e := <-told; e.Kind != account.Transfer || e.Balance.String() != "2.50000000" {
		t.Errorf("a deposit is told as %+v", e)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
