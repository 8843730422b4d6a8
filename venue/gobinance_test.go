package venue_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/adshao/go-binance/v2/common"
	"github.com/adshao/go-binance/v2/delivery"

	"poise/venue"
	"poise/venue/gateway"
)

// newGoBinance makes github.com/adshao/go-binance's COIN-M client.
func newGoBinance(t *testing.T, v *venue.Venue, a gateway.Credentials) *delivery.Client {
	c := delivery.NewClient(a.APIKey, a.APISecret)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c.BaseURL, c.HTTPClient, c.Logger = v.URL(), &http.Client{Transport: transport}, log.New(io.Discard, "", 0)
	delivery.BaseWsMainUrl = v.StreamURL() + "/ws"
	delivery.WebsocketKeepalive = false // its ticker's goroutine never ends
	return c
}

// got fails the test unless a call worked.
func got[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// goBinanceEvents starts the user stream.
func goBinanceEvents(t *testing.T, c *delivery.Client) <-chan *delivery.WsUserDataEvent {
	key := got[string](t)(c.NewStartUserStreamService().Do(context.Background()))
	events := make(chan *delivery.WsUserDataEvent, 100)
	done, stop, err := delivery.WsUserDataServe(key, func(e *delivery.WsUserDataEvent) { events <- e }, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(stop)
		<-done
	})
	if err := c.NewKeepaliveUserStreamService().ListenKey(key).Do(context.Background()); err != nil {
		t.Error(err)
	}
	return events
}

func TestGoBinanceTrades(t *testing.T) {
	ctx, v := context.Background(), venue.New(t)
	a := v.NewAccount("", "BTC", "2")
	c := newGoBinance(t, v, a)
	events := goBinanceEvents(t, c)
	v.Quote("BTCUSD_PERP", "60000", "1000")

	l := got[*delivery.SymbolLeverage](t)(c.NewChangeLeverageService().Symbol("BTCUSD_PERP").Leverage(10).Do(ctx))
	if l.Leverage != 10 || l.MaxQuantity == "" {
		t.Errorf("leverage %+v", l)
	}
	o := got[*delivery.CreateOrderResponse](t)(c.NewCreateOrderService().Symbol("BTCUSD_PERP").Side(delivery.SideTypeBuy).Type(delivery.OrderTypeMarket).
		Quantity("30").NewOrderResponseType(delivery.NewOrderRespTypeRESULT).Do(ctx))
	if o.Status != delivery.OrderStatusTypeFilled || o.AvgPrice != "60000.1" || o.ExecutedQuantity != "30" {
		t.Errorf("order %+v", o)
	}
	resting := got[*delivery.CreateOrderResponse](t)(c.NewCreateOrderService().Symbol("BTCUSD_PERP").Side(delivery.SideTypeBuy).Type(delivery.OrderTypeLimit).
		TimeInForce(delivery.TimeInForceTypeGTC).Price("59000").Quantity("1").Do(ctx))
	if open := got[[]*delivery.Order](t)(c.NewListOpenOrdersService().Symbol("BTCUSD_PERP").Do(ctx)); len(open) != 1 || open[0].OrderID != resting.OrderID {
		t.Errorf("open orders %+v", open)
	}
	gone := got[*delivery.CancelOrderResponse](t)(c.NewCancelOrderService().Symbol("BTCUSD_PERP").OrderID(resting.OrderID).Do(ctx))
	if gone.Status != delivery.OrderStatusTypeCanceled {
		t.Errorf("cancel %+v", gone)
	}
	if q := got[*delivery.Order](t)(c.NewGetOrderService().Symbol("BTCUSD_PERP").OrderID(o.OrderID).Do(ctx)); q.Status != delivery.OrderStatusTypeFilled {
		t.Errorf("order %+v", q)
	}
	if all := got[[]*delivery.Order](t)(c.NewListOrdersService().Symbol("BTCUSD_PERP").Do(ctx)); len(all) != 2 {
		t.Errorf("%d orders", len(all))
	}
	// ACCOUNT_CONFIG_UPDATE, then of the fill NEW, ACCOUNT_UPDATE, TRADE, then NEW and CANCELED.
	var heard []string
	for range 6 {
		select {
		case e := <-events:
			heard = append(heard, string(e.Event)+string(e.OrderTradeUpdate.ExecutionType)+string(e.AccountUpdate.Reason))
		case <-time.After(5 * time.Second):
			t.Fatalf("heard only %v", heard)
		}
	}
	want := "ACCOUNT_CONFIG_UPDATE ORDER_TRADE_UPDATENEW ACCOUNT_UPDATEORDER ORDER_TRADE_UPDATETRADE ORDER_TRADE_UPDATENEW ORDER_TRADE_UPDATECANCELED"
	if got := strings.Join(heard, " "); got != want {
		t.Errorf("heard %s\nwant  %s", got, want)
	}
}

func TestGoBinanceReadsAnAccount(t *testing.T) {
	ctx, v := context.Background(), venue.New(t)
	a := v.NewAccount("SgsR", "BTC", "2", "ETH", "10")
	c := newGoBinance(t, v, a)
	v.Quote("BTCUSD_PERP", "60000", "1000")
	if err := c.NewChangeMarginTypeService().Symbol("BTCUSD_PERP").MarginType(delivery.MarginTypeIsolated).Do(ctx); err != nil {
		t.Fatal(err)
	}
	got[*delivery.CreateOrderResponse](t)(c.NewCreateOrderService().Symbol("BTCUSD_PERP").Side(delivery.SideTypeSell).Type(delivery.OrderTypeMarket).Quantity("30").Do(ctx))
	if err := c.NewUpdatePositionMarginService().Symbol("BTCUSD_PERP").Amount("0.01").Type(1).Do(ctx); err != nil {
		t.Fatal(err)
	}
	b := got[[]*delivery.Balance](t)(c.NewGetBalanceService().Do(ctx))
	if len(b) != 3 || b[0].AccountAlias != "SgsR" || b[0].Asset != "BTC" || b[0].Balance != v.Truth("SgsR").Balances[0].Wallet.String() {
		t.Errorf("balance %+v", b[0])
	}
	acc := got[*delivery.Account](t)(c.NewGetAccountService().Do(ctx))
	if len(acc.Assets) != 3 || len(acc.Positions) != 5 || acc.Assets[0].WalletBalance != b[0].Balance || !acc.CanTrade {
		t.Errorf("account %+v", acc)
	}
	risk := got[[]*delivery.PositionRisk](t)(c.NewGetPositionRiskService().Pair("BTCUSD").Do(ctx))
	if len(risk) != 2 || risk[0].PositionAmt != "-30" || risk[0].MarginType != "isolated" || !strings.HasPrefix(risk[0].EntryPrice, "59999.9") {
		t.Errorf("positionRisk %+v", risk[0])
	}
	if m := got[*delivery.PositionMode](t)(c.NewGetPositionModeService().Do(ctx)); m.DualSidePosition {
		t.Errorf("mode %+v", m)
	}
	err := c.NewChangePositionModeService().DualSide(true).Do(ctx)
	if e, ok := err.(*common.APIError); !ok || e.Code != -4068 {
		t.Errorf("changing the mode with a position: %v", err)
	}
	// Its liquidation call asks for /allForceOrders, which the exchange has taken away.
	// Its delivery package has no call for /income; that is tested by shape in rest_test.go.
}

func TestGoBinanceReadsTheMarket(t *testing.T) {
	ctx, v := context.Background(), venue.New(t)
	c := newGoBinance(t, v, v.NewAccount("", "BTC", "2"))
	v.Quote("BTCUSD_PERP", "60000", "1000")
	got[*delivery.CreateOrderResponse](t)(c.NewCreateOrderService().Symbol("BTCUSD_PERP").Side(delivery.SideTypeBuy).Type(delivery.OrderTypeMarket).Quantity("3").Do(ctx))
	if err := c.NewPingService().Do(ctx); err != nil {
		t.Error(err)
	}
	if now := got[int64](t)(c.NewServerTimeService().Do(ctx)); time.Since(time.UnixMilli(now)).Abs() > time.Minute {
		t.Errorf("time %d", now)
	}
	info := got[*delivery.ExchangeInfo](t)(c.NewExchangeInfoService().Do(ctx))
	if len(info.Symbols) != 5 || info.Symbols[0].ContractSize != 100 || info.Symbols[0].PriceFilter().TickSize != "0.1" || info.Symbols[0].LotSizeFilter().MaxQuantity == "" {
		t.Errorf("exchangeInfo %+v", info.Symbols[0])
	}
	if k := got[[]*delivery.Kline](t)(c.NewKlinesService().Symbol("BTCUSD_PERP").Interval("1m").Do(ctx)); len(k) != 1 || k[0].Close != "60000.1" || k[0].Volume != "3" {
		t.Errorf("klines %+v", k)
	}
	if s := got[[]*delivery.PriceChangeStats](t)(c.NewListPriceChangeStatsService().Symbol("BTCUSD_PERP").Do(ctx)); len(s) != 1 || s[0].LastPrice != "60000.1" {
		t.Errorf("24hr %+v", s)
	}
	if p := got[[]*delivery.SymbolPrice](t)(c.NewListPricesService().Do(ctx)); len(p) != 5 || p[0].Price != "60000.1" {
		t.Errorf("prices %+v", p)
	}
	if b := got[[]*delivery.BookTicker](t)(c.NewListBookTickersService().Symbol("BTCUSD_PERP").Do(ctx)); len(b) != 1 || b[0].BidPrice != "59999.9" || b[0].AskPrice != "60000.1" {
		t.Errorf("bookTicker %+v", b)
	}
	v.Fund("BTCUSD_PERP", "0.0003")
	if f := got[[]*delivery.FundingRate](t)(c.NewFundingRateService().Symbol("BTCUSD_PERP").Do(ctx)); len(f) != 1 || f[0].FundingRate != "0.00030000" {
		t.Errorf("fundingRate %+v", f)
	}
	if f := got[[]*delivery.FundingInfo](t)(c.NewGetFundingInfoService().Do(ctx)); len(f) != 3 {
		t.Errorf("fundingInfo %+v", f)
	}
}
