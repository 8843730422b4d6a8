package engine

// Bounds, so that no command can grow the engine without end or bring a number
// out of its range.
const (
	MaxAccounts  = 1_000_000
	MaxContracts = 1_000   // symbols
	MaxAliasSize = 64      // bytes
	MaxHistory   = 100_000 // of Config.History
	maxClientID  = 36      // bytes

	maxMoney    = 40_000_000_000 * unit // of one transfer, and of an asset's deposits
	maxPrice    = 90_000_000_000 * unit // 1e-8 USD
	maxPosition = 10_000_000_000        // USD of one position and its orders
	maxOrderUSD = 1_000_000_000         // USD of one order
	maxRate     = unit / 10             // of funding: 10 %
	maxNotional = 10_000_000_000 * unit // coin of one position at any allowed price

	defaultHistory = 1000
)
