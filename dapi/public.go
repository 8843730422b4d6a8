package dapi

import (
	"context"
	"encoding/json"
	"net/url"
)

// ExchangeInfo returns the contracts: the exchange's own bytes. The limit of the
// request weight that it names is kept to from then on.
func (x *Exchange) ExchangeInfo(ctx context.Context) ([]byte, error) {
	body, err := x.call(ctx, call{method: "GET", path: "/dapi/v1/exchangeInfo", weight: 1})
	if err != nil {
		return nil, err
	}
	if most := weightLimit(body); most != 0 {
		x.budget.limit(most)
	}
	return body, nil
}

// weightLimit reads the limit of a minute, 0 when it is not there.
func weightLimit(body []byte) int {
	var info struct {
		RateLimits []struct {
			Type     string `json:"rateLimitType"`
			Interval string `json:"interval"`
			Num      int    `json:"intervalNum"`
			Limit    int    `json:"limit"`
		} `json:"rateLimits"`
	}
	if json.Unmarshal(body, &info) != nil {
		return 0
	}
	for _, l := range info.RateLimits {
		if l.Type == "REQUEST_WEIGHT" && l.Interval == "MINUTE" && l.Num == 1 {
			return l.Limit
		}
	}
	return 0
}

// PremiumIndex returns mark price and funding rate of a symbol, or of all for "":
// an array in any case.
func (x *Exchange) PremiumIndex(ctx context.Context, symbol string) ([]byte, error) {
	query := ""
	if symbol != "" {
		query = "symbol=" + url.QueryEscape(symbol)
	}
	return x.call(ctx, call{method: "GET", path: "/dapi/v1/premiumIndex", query: query, weight: 10})
}
