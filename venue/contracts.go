package venue

import (
	"encoding/json"
	"errors"
	"fmt"

	"poise/decimal"
	"poise/venue/engine"
)

// contractInfo is a symbol of exchangeInfo. Filters of all kinds share a struct.
type contractInfo struct {
	Symbol, Pair, ContractType         string
	BaseAsset, QuoteAsset, MarginAsset string
	ContractSize                       int64
	OnboardDate, DeliveryDate          int64
	LiquidationFee, MarketTakeBound    decimal.D
	TriggerProtect                     decimal.D
	Filters                            []struct {
		FilterType                   string
		MinPrice, MaxPrice, TickSize decimal.D
		MaxQty                       decimal.D
		Limit                        int
		MultiplierUp, MultiplierDown decimal.D
	}
	MarkPrice decimal.D // ours: where the mark begins
}

// ReadContracts reads an exchangeInfo document. What it lacks is taken from the
// built-in contract of the same margin asset, or of BTC: the brackets always, and
// the mark unless a symbol has "markPrice".
func ReadContracts(text []byte) ([]engine.Contract, error) {
	var doc struct{ Symbols []contractInfo }
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("no exchangeInfo document: %w", err)
	}
	if len(doc.Symbols) == 0 {
		return nil, errors.New("no exchangeInfo document: it has no symbols")
	}
	var all []engine.Contract
	for _, s := range doc.Symbols {
		all = append(all, s.contract())
	}
	return all, nil
}

func (s *contractInfo) contract() engine.Contract {
	known := engine.DefaultContracts("", 0)
	c := known[0]
	for _, k := range known {
		if k.MarginAsset == s.MarginAsset && k.Type == "PERPETUAL" {
			c = k
		}
	}
	c.Symbol, c.Pair, c.Type, c.Base, c.Quote, c.MarginAsset = s.Symbol, s.Pair, s.ContractType, s.BaseAsset, s.QuoteAsset, s.MarginAsset
	c.Size, c.OnboardDate, c.DeliveryDate = s.ContractSize, s.OnboardDate, s.DeliveryDate
	keep(&c.LiquidationFee, s.LiquidationFee)
	keep(&c.TakeBound, s.MarketTakeBound)
	keep(&c.TriggerProtect, s.TriggerProtect)
	keep(&c.Mark, s.MarkPrice)
	for _, f := range s.Filters {
		n, _ := f.MaxQty.Trim().Int64()
		switch f.FilterType {
		case "PRICE_FILTER":
			c.MinPrice, c.MaxPrice, c.Tick = f.MinPrice, f.MaxPrice, f.TickSize
		case "LOT_SIZE":
			c.MaxQuantity = n
		case "MARKET_LOT_SIZE":
			c.MarketMax = n
		case "MAX_NUM_ORDERS":
			c.MaxOrders = f.Limit
		case "MAX_NUM_ALGO_ORDERS":
			c.MaxAlgoOrders = f.Limit
		case "PERCENT_PRICE":
			c.MultiplierUp, c.MultiplierDown = f.MultiplierUp, f.MultiplierDown
		}
	}
	within(&c)
	return c
}

func keep(to *decimal.D, d decimal.D) {
	if !d.IsZero() {
		*to = d
	}
}

// within has the mark lie inside the price filter.
func within(c *engine.Contract) {
	if c.Mark.Cmp(c.MinPrice) < 0 {
		c.Mark = c.MinPrice
	}
	if c.Mark.Cmp(c.MaxPrice) > 0 {
		c.Mark = c.MaxPrice
	}
}
