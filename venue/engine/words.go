package engine

import "slices"

// The words of orders, as small numbers inside.

type orderType uint8

const (
	limitOrder orderType = iota
	marketOrder
	stopOrder
	stopMarketOrder
	takeProfitOrder
	takeProfitMarketOrder
	trailingOrder
)

var orderTypes = []string{"LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"}

func (t orderType) conditional() bool { return t >= stopOrder }

// atMarket reports whether it fills at any price.
func (t orderType) atMarket() bool {
	return t == marketOrder || t == stopMarketOrder || t == takeProfitMarketOrder || t == trailingOrder
}

// takesProfit reports whether it triggers on a price better than now.
func (t orderType) takesProfit() bool { return t == takeProfitOrder || t == takeProfitMarketOrder }

type timeInForce uint8

const (
	gtc timeInForce = iota
	ioc
	fok
	gtx
)

var timesInForce = []string{"GTC", "IOC", "FOK", "GTX"}

type orderStatus uint8

const (
	statusNew orderStatus = iota
	statusPartial
	statusFilled
	statusCanceled
	statusExpired
	statusInMatch
)

var statuses = []string{"NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"}

type workingType uint8

const (
	contractPrice workingType = iota
	markPrice
)

var workingTypes = []string{"CONTRACT_PRICE", "MARK_PRICE"}

type selfTrade uint8

const (
	selfTradeNone selfTrade = iota
	expireTaker
	expireMaker
	expireBoth
)

var selfTrades = []string{"NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"}

// algoState is X of ALGO_UPDATE. TRIGGERING is pushed and never kept.
type algoState uint8

const (
	algoNew algoState = iota
	algoCanceled
	algoTriggering
	algoTriggered
	algoFinished
	algoRejected
	algoExpired
)

var algoStates = []string{"NEW", "CANCELED", "TRIGGERING", "TRIGGERED", "FINISHED", "REJECTED", "EXPIRED"}

// Position sides; the index of a position in its slot.
const (
	both = iota
	long
	short
)

var positionSides = []string{"BOTH", "LONG", "SHORT"}

// Executions, x of ORDER_TRADE_UPDATE.
type execution uint8

const (
	execNew execution = iota
	execTrade
	execCanceled
	execExpired
	execAmendment
	execCalculated
)

var executions = []string{"NEW", "TRADE", "CANCELED", "EXPIRED", "AMENDMENT", "CALCULATED"}

// Why an order expired, er of ORDER_TRADE_UPDATE; 0 is for no reason given. But
// for the liquidation's, which number means what is INFERRED.
const (
	expiryNone        = '0'
	expirySelfTrade   = '1'
	expiryIOC         = '2' // what an IOC order could not fill
	expiryReduceOnly  = '4' // nothing is left to reduce
	expiryLiquidation = '5'
	expiryDelivery    = '7'
	expiryTriggered   = '8' // it goes on as what it became
	expiryMarket      = '9' // what a MARKET order could not fill
)

// wordOf returns the number of a word; the empty one is the first.
func wordOf[T ~uint8](words []string, s string) (T, bool) {
	if s == "" {
		return 0, true
	}
	i := slices.Index(words, s)
	return T(max(i, 0)), i >= 0
}

func sideName(sell bool) string {
	if sell {
		return "SELL"
	}
	return "BUY"
}
