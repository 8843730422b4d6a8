package clients

import (
	"testing"

	"github.com/adshao/go-binance/v2/delivery"

	"poise/venue"
)

// TestShown is the test that docs/test-your-bot.md shows.
func TestShown(t *testing.T) {
	v := venue.New(t) // free ports; closed when the test ends
	a := v.NewAccount("", "BTC", "2")
	v.Quote("BTCUSD_PERP", "60000", "1000") // now market orders fill

	c := delivery.NewClient(a.APIKey, a.APISecret) // github.com/adshao/go-binance/v2/delivery
	c.BaseURL = v.URL()
	bot(t, c)

	if p := v.Truth(a.Alias).Positions; len(p) != 1 || p[0].Amount.String() != "10" {
		t.Errorf("the account has %+v", p)
	}
}

// bot is one that buys.
func bot(t *testing.T, c *delivery.Client) {
	_, err := c.NewCreateOrderService().Symbol("BTCUSD_PERP").Side(delivery.SideTypeBuy).Type(delivery.OrderTypeMarket).Quantity("10").Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
}
