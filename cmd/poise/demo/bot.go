package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"poise/decimal"
)

// bot trades one account.
type bot struct {
	name    string
	client  *client
	rand    *rand.Rand
	symbols []string
	step    func(context.Context, *bot, string) error

	trend          map[string][]decimal.D // of momentum: the last prices, newest last
	placed, failed atomic.Int64
}

// run takes a step in one symbol after the other, until ctx ends. The step that it
// is in goes on under calls: nobody could say of a call that was given up whether
// it was done.
func (b *bot) run(ctx, calls context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		symbol := b.symbols[i%len(b.symbols)]
		act := b.step
		if b.rand.IntN(12) == 0 {
			act = settings
		}
		if err := act(calls, b, symbol); err != nil && calls.Err() == nil {
			b.failed.Add(1) // refused, or the network failed: the next step is another
		}
	}
}

// Bounds of leaving.
const (
	leaveMost  = 3 * time.Second
	leavePause = 100 * time.Millisecond // after a failure of REST
)

// leave takes back what the bot has in the book, until ctx ends.
func (b *bot) leave(ctx context.Context) error {
	for _, symbol := range b.symbols {
		for {
			err := b.client.call(ctx, "DELETE", "/dapi/v1/allOpenOrders", url.Values{"symbol": {symbol}}, nil)
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(leavePause):
			}
		}
	}
	return nil
}

// quote is the best bid and ask.
type quote struct {
	Bid decimal.D `json:"bidPrice"`
	Ask decimal.D `json:"askPrice"`
}

func (b *bot) quote(ctx context.Context, symbol string) (q quote, err error) {
	var rows []quote
	err = b.client.call(ctx, "GET", "/dapi/v1/ticker/bookTicker", url.Values{"symbol": {symbol}}, &rows)
	if err == nil && len(rows) != 1 {
		err = errors.New("no quote")
	}
	if err != nil {
		return q, err
	}
	return rows[0], nil
}

// position returns the account's contracts of a symbol.
func (b *bot) position(ctx context.Context, symbol string) (int64, error) {
	var rows []struct {
		Symbol string    `json:"symbol"`
		Amount decimal.D `json:"positionAmt"`
	}
	if err := b.client.call(ctx, "GET", "/dapi/v1/positionRisk", nil, &rows); err != nil {
		return 0, err
	}
	for _, r := range rows {
		if r.Symbol == symbol {
			n, _ := r.Amount.Int64()
			return n, nil
		}
	}
	return 0, nil
}

// order places an order of so many contracts, below 0 to sell.
func (b *bot) order(ctx context.Context, symbol string, contracts int64, more url.Values) error {
	side := "BUY"
	if contracts < 0 {
		side, contracts = "SELL", -contracts
	}
	params := url.Values{"symbol": {symbol}, "side": {side}, "quantity": {strconv.FormatInt(contracts, 10)}}
	for name, v := range more {
		params[name] = v
	}
	err := b.client.call(ctx, "POST", "/dapi/v1/order", params, nil)
	if err == nil {
		b.placed.Add(1)
	}
	return err
}

var market = url.Values{"type": {"MARKET"}}

func limit(price decimal.D, in string) url.Values {
	return url.Values{"type": {"LIMIT"}, "timeInForce": {in}, "price": {price.String()}}
}

// most is how many contracts a bot goes long or short.
const most = 400

// maker quotes between the best prices, on one side after the other, so that who
// takes meets it first. When it has too much it takes itself.
func maker(ctx context.Context, b *bot, symbol string) error {
	q, err := b.quote(ctx, symbol)
	if err != nil {
		return err
	}
	if err := b.client.call(ctx, "DELETE", "/dapi/v1/allOpenOrders", url.Values{"symbol": {symbol}}, nil); err != nil {
		return err
	}
	held, err := b.position(ctx, symbol)
	if err != nil {
		return err
	}
	if held > most || held < -most {
		return b.order(ctx, symbol, -held/2, market)
	}
	price, err := q.middle()
	if err != nil {
		return err
	}
	n := 1 + b.rand.Int64N(40)
	if b.rand.IntN(2) == 0 {
		n = -n
	}
	return b.order(ctx, symbol, n, limit(price, "GTC"))
}

// middle is the price half way, on a tick.
func (q *quote) middle() (decimal.D, error) {
	sum, err := q.Bid.Add(q.Ask)
	if err != nil {
		return sum, err
	}
	return sum.Quo(decimal.New(2, 0), q.Bid.Scale(), decimal.ToZero)
}

// remembered is how many prices a trend is of.
const remembered = 5

// momentum buys what rises and sells what falls, at the market; now and then it
// gives all up.
func momentum(ctx context.Context, b *bot, symbol string) error {
	q, err := b.quote(ctx, symbol)
	if err != nil {
		return err
	}
	held, err := b.position(ctx, symbol)
	if err != nil {
		return err
	}
	past := append(b.trend[symbol], q.Bid)
	b.trend[symbol] = past[max(0, len(past)-remembered):]
	switch n := 1 + b.rand.Int64N(60); {
	case held > most || held < -most || held != 0 && b.rand.IntN(8) == 0:
		return b.order(ctx, symbol, -held, url.Values{"type": {"MARKET"}, "reduceOnly": {"true"}})
	case q.Bid.Cmp(past[0]) < 0:
		return b.order(ctx, symbol, -n, market)
	default:
		return b.order(ctx, symbol, n, market)
	}
}

// settings changes leverage, margin type or an isolated position's margin: what
// the exchange does not allow now, it refuses.
func settings(ctx context.Context, b *bot, symbol string) error {
	one := url.Values{"symbol": {symbol}}
	switch b.rand.IntN(3) {
	case 0:
		one.Set("leverage", strconv.Itoa(5+b.rand.IntN(20)))
		return b.client.call(ctx, "POST", "/dapi/v1/leverage", one, nil)
	case 1:
		one.Set("amount", "0.0"+strconv.Itoa(1+b.rand.IntN(9)))
		one.Set("type", strconv.Itoa(1+b.rand.IntN(2)))
		return b.client.call(ctx, "POST", "/dapi/v1/positionMargin", one, nil)
	}
	// A margin type changes only without position and orders.
	if err := b.client.call(ctx, "DELETE", "/dapi/v1/allOpenOrders", url.Values{"symbol": {symbol}}, nil); err != nil {
		return err
	}
	held, err := b.position(ctx, symbol)
	if err != nil {
		return err
	}
	if held != 0 {
		if err := b.order(ctx, symbol, -held, url.Values{"type": {"MARKET"}, "reduceOnly": {"true"}}); err != nil {
			return err
		}
	}
	one.Set("marginType", []string{"ISOLATED", "CROSSED"}[b.rand.IntN(2)])
	return b.client.call(ctx, "POST", "/dapi/v1/marginType", one, nil)
}
