package dapi

import (
	"context"
	"encoding/json"
)

// NewListenKey returns the account's listen key. An account has one at a time: a
// POST returns it as long as it lives, and renews it for 60 minutes.
func (c *Client) NewListenKey(ctx context.Context) (string, error) {
	key, err := c.listenKey(ctx, "POST")
	if err == nil && key == "" {
		return "", (&call{method: "POST", path: listenKeyPath}).wrong("no listenKey")
	}
	return key, err
}

// KeepListenKey keeps the account's listen key alive for 60 minutes from now. The
// error is ErrListenKey when it has none.
func (c *Client) KeepListenKey(ctx context.Context) error {
	_, err := c.listenKey(ctx, "PUT")
	return err
}

const listenKeyPath = "/dapi/v1/listenKey"

// listenKey returns the key that an answer names: "" when it names none, as the
// exchange's older servers do for PUT.
func (c *Client) listenKey(ctx context.Context, method string) (string, error) {
	if err := c.check(); err != nil {
		return "", err
	}
	what := call{method: method, path: listenKeyPath, weight: 1, key: &c.key, urgent: true}
	body, err := c.x.call(ctx, what)
	if err != nil {
		return "", err
	}
	var v struct {
		ListenKey string `json:"listenKey"`
	}
	if json.Unmarshal(body, &v) != nil {
		return "", what.wrong("no JSON object")
	}
	for _, b := range []byte(v.ListenKey) {
		if b != '-' && b != '_' && (b < '0' || b > '9') && (b < 'A' || b > 'Z') && (b < 'a' || b > 'z') {
			return "", what.wrong("a listenKey that is none")
		}
	}
	if len(v.ListenKey) > listenKeyMax {
		return "", what.wrong("a listenKey that is none")
	}
	return v.ListenKey, nil
}

const listenKeyMax = 512 // letters; 64 are usual
