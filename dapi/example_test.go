package dapi_test

import (
	"context"
	"errors"
	"fmt"

	"poise/dapi"
	"poise/venue"
)

// A venue stands in for the exchange; with no REST and Stream it is Binance.
func Example() {
	var v venue.Venue
	if err := v.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	account := v.NewAccount("SgsR", "BTC", "1")

	x, err := dapi.New(dapi.Config{REST: v.URL(), Stream: v.StreamURL()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	key, err := dapi.HMAC(account.APIKey, account.APISecret)
	if err != nil {
		fmt.Println(err)
		return
	}
	balance, err := x.Client(key).Balance(context.Background())
	fmt.Printf("%.60s %v\n", balance, err)
	// Output:
	// [{"accountAlias":"SgsR","asset":"BTC","balance":"1.00000000" <nil>
}

// first is a sink that ends its stream after one frame.
type first struct {
	v    *venue.Venue
	stop context.CancelFunc
}

func (s first) Frame(f dapi.Frame) {
	fmt.Printf("line %d: %.22s\n", f.Line, f.Data)
	s.stop()
}

func (s first) Line(line uint8, event dapi.LineEvent, detail string) {
	fmt.Println("line", line, event)
	if event == dapi.LineUp {
		s.v.Deposit("SgsR", "BTC", "1")
	}
}

func ExampleStream() {
	var v venue.Venue
	if err := v.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	account := v.NewAccount("SgsR")
	x, _ := dapi.New(dapi.Config{REST: v.URL(), Stream: v.StreamURL()})
	defer x.Close()
	key, _ := dapi.HMAC(account.APIKey, account.APISecret)

	ctx, stop := context.WithCancel(context.Background())
	s := x.Client(key).NewStream(dapi.StreamConfig{Lines: 1}, first{&v, stop})
	fmt.Println(s.Run(ctx))
	// Output:
	// line 0 key
	// line 1 up
	// line 1: {"e":"ACCOUNT_UPDATE",
	// line 1 down
	// <nil>
}

func ExampleError() {
	err := error(&dapi.Error{Call: "PUT /dapi/v1/listenKey", Status: 400, Code: -1125, Message: "This listenKey does not exist."})
	fmt.Println(err)
	fmt.Println(errors.Is(err, dapi.ErrListenKey))
	// Output:
	// PUT /dapi/v1/listenKey: 400, -1125: This listenKey does not exist.
	// true
}
