package dapi

import (
	"context"
	"fmt"
)

// Client makes the calls of one account. Its methods may be called by many
// goroutines.
type Client struct {
	x   *Exchange
	key Key
}

// Client returns the account's client of a Key.
func (x *Exchange) Client(k Key) *Client { return &Client{x, k} }

// Exchange is what the client calls.
func (c *Client) Exchange() *Exchange { return c.x }

// Format prints "client with key abcd…".
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, "client with ", c.key.String()) }

// Account returns GET /dapi/v1/account: assets and positions.
func (c *Client) Account(ctx context.Context) ([]byte, error) {
	return c.get(ctx, "/dapi/v1/account", "", 5)
}

// Balance returns GET /dapi/v1/balance.
func (c *Client) Balance(ctx context.Context) ([]byte, error) {
	return c.get(ctx, "/dapi/v1/balance", "", 1)
}

// PositionRisk returns GET /dapi/v1/positionRisk, of all symbols.
func (c *Client) PositionRisk(ctx context.Context) ([]byte, error) {
	return c.get(ctx, "/dapi/v1/positionRisk", "", 1)
}

// LeverageBrackets returns GET /dapi/v2/leverageBracket, of all symbols.
func (c *Client) LeverageBrackets(ctx context.Context) ([]byte, error) {
	return c.get(ctx, "/dapi/v2/leverageBracket", "", 1)
}

func (c *Client) get(ctx context.Context, path, query string, weight int) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return c.x.call(ctx, call{method: "GET", path: path, query: query, weight: weight, key: &c.key, signed: true})
}

func (c *Client) check() error {
	if c.key.sign == nil {
		return fmt.Errorf("dapi: %w: there is none", ErrKey)
	}
	return nil
}
