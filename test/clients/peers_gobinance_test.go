package clients

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/adshao/go-binance/v2/delivery"
)

// goBinance is go-binance's stream with its service that keeps a key alive called
// every half hour, which its caller has to do.
type goBinance struct {
	s     seen
	mu    sync.Mutex
	heard []part
	a     *account
}

// goBinanceWs guards the address of streams, which is a variable of the package.
var goBinanceWs sync.Mutex

func openGoBinance(t *testing.T, a *account) client {
	g := &goBinance{a: a}
	if err := g.listen(t); err != nil {
		t.Fatal(err)
	}
	return g
}

// listen follows until the test ends.
func (g *goBinance) listen(t *testing.T) error {
	a := g.a
	transport := &http.Transport{}
	c := delivery.NewClient(a.cred.APIKey, a.cred.APISecret)
	c.BaseURL, c.HTTPClient, c.Logger = a.v.URL(), &http.Client{Transport: transport}, log.New(io.Discard, "", 0)
	t.Cleanup(transport.CloseIdleConnections)
	key, err := c.NewStartUserStreamService().Do(t.Context())
	if err != nil {
		return err
	}
	goBinanceWs.Lock()
	delivery.BaseWsMainUrl = a.v.StreamURL() + "/ws"
	done, stop, err := delivery.WsUserDataServe(key, g.hear, func(error) {}) // it tells, and does nothing
	goBinanceWs.Unlock()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		every := 30 * time.Minute
		if a.fast {
			every /= scale
		}
		keepAlive(ctx, c, key, every)
	}()
	t.Cleanup(func() {
		cancel()
		<-kept
		close(stop)
		<-done
	})
	return nil
}

func keepAlive(ctx context.Context, c *delivery.Client, key string, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = c.NewKeepaliveUserStreamService().ListenKey(key).Do(ctx) // it is tried again
		case <-ctx.Done():
			return
		}
	}
}

// hear is all of its consumer: the last message is what is held.
func (g *goBinance) hear(e *delivery.WsUserDataEvent) {
	for _, b := range e.AccountUpdate.Balances {
		g.s.hold(map[string]string{b.Asset: b.Balance})
		if b.Asset == "BTC" {
			g.s.tell(b.Balance)
		}
		switch e.AccountUpdate.Reason {
		case delivery.UserDataEventReasonTypeDeposit:
			g.add(part{"TRANSFER", b.Asset, b.BalanceChange})
		case delivery.UserDataEventReasonTypeFundingFee:
			g.add(part{"FUNDING_FEE", b.Asset, b.BalanceChange})
		}
	}
	for _, p := range e.AccountUpdate.Positions {
		g.s.price(breakEven(p))
	}
	if o := e.OrderTradeUpdate; o.ExecutionType == delivery.OrderExecutionTypeTrade {
		g.add(part{"COMMISSION", o.CommissionAsset, "-" + o.Commission})
		g.add(part{"REALIZED_PNL", o.CommissionAsset, o.RealizedPnL})
	}
}

// breakEven is what a position has under the exchange's name for it, in whatever
// field.
func breakEven(p delivery.WsPosition) string {
	var fields struct {
		BEP string `json:"bep"`
	}
	text, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		return ""
	}
	return fields.BEP
}

func (g *goBinance) add(p part) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.heard = append(g.heard, p)
}

func (g *goBinance) seen() *seen { return &g.s }

// parts is what its consumer can gather of events: this product of it has no call
// for income.
func (g *goBinance) parts(*testing.T) []part {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]part{}, g.heard...)
}

func (g *goBinance) again(t *testing.T) client {
	g = &goBinance{a: g.a}
	if err := g.listen(t); err != nil {
		t.Logf("go-binance, begun again: %v", err)
	}
	return g
}
