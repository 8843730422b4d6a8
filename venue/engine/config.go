package engine

import (
	"poise/decimal"
	"poise/inverse"
)

// Push says how many rows an ACCOUNT_UPDATE has.
type Push uint8

const (
	// PushAll sends every asset that the account has had and the rows of every
	// symbol that it holds, has held or configured: BOTH, and LONG and SHORT in
	// hedge mode. FUNDING_FEE has the short form: the asset, and the position's
	// row when it is isolated. Documented and recorded before 2026-06-30.
	PushAll Push = iota
	// PushChanged sends the rows that changed; in hedge mode BOTH comes along.
	// FUNDING_FEE names its symbol in a.S. The rule of USD-M (INFERRED for
	// COIN-M since 2026-06-30).
	PushChanged
)

// Config is what an exchange is made of. The zero value has no contracts.
type Config struct {
	Contracts []Contract
	Push      Push
	Seed      uint64    // of the client order ids that the engine makes
	Taker     decimal.D // commission rate; zero means 0.0005
	Maker     decimal.D // commission rate; zero means 0.0002
	// NoCommission sets both rates to zero.
	NoCommission bool
	// History bounds, per account, how many closed orders, trades, income rows
	// and margin changes are remembered; 0 means 1000.
	History int
	// Brief leaves Result.Order nil: for callers who need Result.OrderID only.
	Brief bool
	// Insurance is what the fund starts with; it counts as deposited.
	Insurance []Amount
}

// Amount is an amount of an asset.
type Amount struct {
	Asset  string
	Amount decimal.D
}

// Contract is a symbol's terms, with the fields of exchangeInfo.
type Contract struct {
	Symbol       string
	Pair         string // BTCUSD
	Type         string // PERPETUAL, CURRENT_QUARTER, NEXT_QUARTER
	Base         string
	Quote        string
	MarginAsset  string
	Size         int64 // USD a contract
	OnboardDate  int64 // ms
	DeliveryDate int64 // ms; 4133404800000 for a perpetual

	Tick           decimal.D // of prices; also their scale
	MinPrice       decimal.D
	MaxPrice       decimal.D
	MaxQuantity    int64     // of a LIMIT order, contracts
	MarketMax      int64     // of a MARKET order
	MultiplierUp   decimal.D // PERCENT_PRICE: limit prices up to mark times this
	MultiplierDown decimal.D
	TakeBound      decimal.D // how far from the mark a MARKET order may fill: 0.05
	LiquidationFee decimal.D // 0.01
	// TriggerProtect is how far mark and last may be apart, as a part of the mark,
	// for an order with priceProtect to trigger: 0.05; zero is no limit.
	TriggerProtect decimal.D
	MaxOrders      int // open orders per account
	MaxAlgoOrders  int // of them conditional
	Brackets       []inverse.Bracket
	Leverage       int       // of an account that has not set one
	Mark           decimal.D // at the start
}

// Perpetual is the DeliveryDate of a perpetual contract.
const Perpetual = 4133404800000

// DefaultContracts returns BTCUSD_PERP, ETHUSD_PERP, a current-quarter contract
// of both, and ADAUSD_PERP. quarter is the date in their names as yymmdd, and
// delivery its 08:00:00 UTC in ms. Terms are those of the exchange in 2021;
// brackets of ETH and ADA are BTC's, times 15 and 100,000 (INFERRED).
func DefaultContracts(quarter string, delivery int64) []Contract {
	btc := contract("BTC", 100, "0.1", "1000", "4520958", "60000", 1)
	eth := contract("ETH", 10, "0.01", "50", "306159", "3000", 15)
	ada := contract("ADA", 10, "0.00001", "0.01000", "1000", "0.50000", 100_000)
	ada.Brackets = ada.Brackets[1:] // up to 100x: see firstFromZero
	ada.Brackets = firstFromZero(ada.Brackets)
	return []Contract{btc, eth, btc.quarter(quarter, delivery), eth.quarter(quarter, delivery), ada}
}

func contract(coin string, size int64, tick, least, most, mark string, scale int64) Contract {
	return Contract{
		Symbol: coin + "USD_PERP", Pair: coin + "USD", Type: "PERPETUAL", Base: coin, Quote: "USD", MarginAsset: coin, Size: size,
		OnboardDate: 1597042800000, DeliveryDate: Perpetual,
		Tick: decimal.MustParse(tick), MinPrice: decimal.MustParse(least), MaxPrice: decimal.MustParse(most),
		MaxQuantity: 1_000_000, MarketMax: 60_000,
		MultiplierUp: decimal.MustParse("1.0500"), MultiplierDown: decimal.MustParse("0.9500"),
		TakeBound: decimal.MustParse("0.05"), LiquidationFee: decimal.MustParse("0.010000"), TriggerProtect: decimal.MustParse("0.0500"),
		MaxOrders: 200, MaxAlgoOrders: 20, Brackets: brackets(scale), Leverage: 20, Mark: decimal.MustParse(mark),
	}
}

func (c Contract) quarter(date string, delivery int64) Contract {
	c.Symbol, c.Type, c.DeliveryDate = c.Pair+"_"+date, "CURRENT_QUARTER", delivery
	return c
}

// brackets returns the standard table with three rows more, so that leverages
// down to 1 have one, and all amounts of coin times scale.
func brackets(scale int64) []inverse.Bracket {
	rows := inverse.StandardBrackets().Rows()
	for _, r := range []struct {
		floor, limit int64
		mmr, cum     string
		leverage     int
	}{{400, 1000, "0.15", "21.605", 3}, {1000, 1500, "0.25", "121.605", 2}, {1500, 100_000, "0.5", "496.605", 1}} {
		rows = append(rows, inverse.Bracket{Floor: decimal.New(r.floor, 0), Cap: decimal.New(r.limit, 0),
			MMR: decimal.MustParse(r.mmr), Cum: decimal.MustParse(r.cum), MaxLeverage: r.leverage})
	}
	for i := range rows {
		for _, d := range []*decimal.D{&rows[i].Floor, &rows[i].Cap, &rows[i].Cum} {
			*d, _ = d.Mul(decimal.New(scale, 0)) // constants: fits
		}
	}
	return rows
}

// firstFromZero moves a table's first row down to 0 and works the cums out anew.
func firstFromZero(rows []inverse.Bracket) []inverse.Bracket {
	rows[0].Floor, rows[0].Cum = decimal.Zero, decimal.Zero
	for i := 1; i < len(rows); i++ {
		rise, _ := rows[i].MMR.Sub(rows[i-1].MMR)
		rise, _ = rise.Mul(rows[i].Floor)
		rows[i].Cum, _ = rise.Add(rows[i-1].Cum)
	}
	return rows
}
