package clients

import (
	"context"
	"io"
	"log"
	"net/http"
	"testing"

	"github.com/adshao/go-binance/v2/delivery"

	"poise/venue"
)

// goBinanceCalls are the services of github.com/adshao/go-binance/v2/delivery.
// package venue's tests look at what they answer.
var goBinanceCalls = []struct {
	name string
	call func(context.Context, *delivery.Client) error
}{
	{"NewPingService", func(ctx context.Context, c *delivery.Client) error { return c.NewPingService().Do(ctx) }},
	{"NewServerTimeService", func(ctx context.Context, c *delivery.Client) error { return second(c.NewServerTimeService().Do(ctx)) }},
	{"NewExchangeInfoService", func(ctx context.Context, c *delivery.Client) error { return second(c.NewExchangeInfoService().Do(ctx)) }},
	{"NewStartUserStreamService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewStartUserStreamService().Do(ctx))
	}},
	{"NewKeepaliveUserStreamService", func(ctx context.Context, c *delivery.Client) error {
		return c.NewKeepaliveUserStreamService().Do(ctx)
	}},
	{"NewChangeLeverageService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewChangeLeverageService().Symbol("BTCUSD_PERP").Leverage(9).Do(ctx))
	}},
	{"NewChangeMarginTypeService", func(ctx context.Context, c *delivery.Client) error {
		return c.NewChangeMarginTypeService().Symbol("BTCUSD_PERP").MarginType(delivery.MarginTypeIsolated).Do(ctx)
	}},
	{"NewCreateOrderService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewCreateOrderService().Symbol("BTCUSD_PERP").Side(delivery.SideTypeBuy).Type(delivery.OrderTypeMarket).Quantity("3").NewClientOrderID("x").Do(ctx))
	}},
	{"NewGetOrderService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewGetOrderService().Symbol("BTCUSD_PERP").OrigClientOrderID("x").Do(ctx))
	}},
	{"NewListOrdersService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewListOrdersService().Symbol("BTCUSD_PERP").Do(ctx))
	}},
	{"NewListOpenOrdersService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewListOpenOrdersService().Do(ctx))
	}},
	{"NewCancelAllOpenOrdersService", func(ctx context.Context, c *delivery.Client) error {
		return c.NewCancelAllOpenOrdersService().Symbol("BTCUSD_PERP").Do(ctx)
	}},
	{"NewListLiquidationOrdersService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewListLiquidationOrdersService().Symbol("BTCUSD_PERP").Do(ctx))
	}},
	{"NewUpdatePositionMarginService", func(ctx context.Context, c *delivery.Client) error {
		return c.NewUpdatePositionMarginService().Symbol("BTCUSD_PERP").Amount("0.01").Type(1).Do(ctx)
	}},
	{"NewGetBalanceService", func(ctx context.Context, c *delivery.Client) error { return second(c.NewGetBalanceService().Do(ctx)) }},
	{"NewGetAccountService", func(ctx context.Context, c *delivery.Client) error { return second(c.NewGetAccountService().Do(ctx)) }},
	{"NewGetPositionRiskService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewGetPositionRiskService().Do(ctx))
	}},
	{"NewGetPositionModeService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewGetPositionModeService().Do(ctx))
	}},
	{"NewKlinesService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewKlinesService().Symbol("BTCUSD_PERP").Interval("1m").Do(ctx))
	}},
	{"NewListPriceChangeStatsService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewListPriceChangeStatsService().Do(ctx))
	}},
	{"NewListPricesService", func(ctx context.Context, c *delivery.Client) error { return second(c.NewListPricesService().Do(ctx)) }},
	{"NewListBookTickersService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewListBookTickersService().Do(ctx))
	}},
	{"NewFundingRateService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewFundingRateService().Symbol("BTCUSD_PERP").Do(ctx))
	}},
	{"NewGetFundingInfoService", func(ctx context.Context, c *delivery.Client) error {
		return second(c.NewGetFundingInfoService().Do(ctx))
	}},
	{"NewCloseUserStreamService", func(ctx context.Context, c *delivery.Client) error { return c.NewCloseUserStreamService().Do(ctx) }},
}

func second[T any](_ T, err error) error { return err }

func TestGoBinance(t *testing.T) {
	v := venue.New(t)
	a := v.NewAccount("SgsR", "BTC", "2")
	v.Quote("BTCUSD_PERP", "60000", "1000")
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := delivery.NewClient(a.APIKey, a.APISecret)
	c.BaseURL, c.HTTPClient, c.Logger = v.URL(), &http.Client{Transport: transport}, log.New(io.Discard, "", 0)
	var steps []step
	for _, s := range goBinanceCalls {
		err := s.call(context.Background(), c)
		steps = append(steps, step{Call: s.name, OK: err == nil, Detail: errText(err)})
	}
	judge(t, "adshao/go-binance 2.8.7", steps, len(goBinanceCalls))
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
