package engine

import "poise/inverse"

// asset is a coin and the exchange's own books of it.
type asset struct {
	id      int
	name    string
	symbols []*symbol
	head    string // of its row in B
	deposits, withdrawals,
	fees, fund, clearing int64
}

// bracket is a row of inverse.Bracket in units.
type bracket struct {
	floor, limit, mmr, cum int64
	leverage               int64
}

// symbol is a contract, its market and its holders.
type symbol struct {
	id                     int
	terms                  Contract
	asset                  *asset
	size                   int64 // USD a contract
	tick                   int64 // 1e-8 USD
	scale                  int   // of prices
	grain                  int64 // 1e-8 USD: the last digit at that scale
	texts                  symbolTexts
	maxUSD                 int64 // of a position
	largest, largestMarket int64 // contracts of a LIMIT and of a MARKET order
	least                  int64 // ticks
	most                   int64
	up, down               int64 // PERCENT_PRICE
	bound                  int64 // TakeBound
	fee                    int64 // of liquidation
	protect                int64 // TriggerProtect
	table                  inverse.Brackets
	brackets               []bracket

	book              Book
	mark, index, last int64
	marks             uint64 // rises with every change of mark
	rate, rateTime    int64
	trades            int64 // id of the last one
	delivered         bool
	holders           []*slot // with a position, in no order that matters: see holder
	waiting           []*order
	held              int      // of them held back by their price protection
	low, high         [2]int64 // by workingType: prices that wake a waiting order
	stirred           bool     // a waiting order is due
	recent            ring[Trade]
	funding           ring[FundingRate]
	quotes            [2]*order // of the internal market maker
}

// wallet is one account's money in one asset.
type wallet struct {
	cross    int64
	isolated int64 // sum of the isolated wallets
	updated  int64
	had      bool // was ever moved
	called   bool // a MARGIN_CALL stands
	dirty    bool // queued for a check of its margin
}

func (w *wallet) total() int64 { return w.cross + w.isolated }

// position is one side of a slot. Contracts are signed, costs are not; basis is
// how many contracts cost is for (see inverse.Position).
type position struct {
	n, basis int64
	cost     wide
	paid     wide // entry commissions of basis, 1e-13, half up
	entry    int64
	even     int64 // break-even price
	realized int64
	isolated int64 // wallet
	bid, ask int64 // coin of resting orders that may open
	closing  int64 // hedge: contracts of open orders that close
	updated  int64
	called   bool
}

// slot is one account in one symbol.
type slot struct {
	acct     *account
	sym      *symbol
	pos      [3]position
	leverage int64
	isolated bool
	known    bool // holds, has held or configured
	holder   int  // place in sym.holders, or -1
	bids     int64
	asks     int64 // coin of all resting orders
	open     int   // orders
	algo     int   // of them waiting
	first    *order
	final    *order
	deadline int64 // of CountdownCancel, 0 for none

	// What follows is of the mark numbered marks, unless stale.
	stale   bool
	marks   uint64
	pnl     [3]int64
	value   [3]int64 // notional
	upkeep  [3]int64 // maintenance margin
	initial int64    // of positions and open orders
	posInit int64
}

// account is a customer, or the internal market maker.
type account struct {
	id      int
	alias   string
	text    string // alias as the messages have it
	hedge   bool
	house   bool
	wallets []wallet // by asset id
	slots   []*slot  // by symbol id; nil until used
	used    []*slot  // those that are not nil, by symbol id
	events  int64
	updated int64
	closed  ring[*order]
	trades  ring[userTrade]
	income  ring[income] // what is not of a trade
	changes ring[marginChange]
	amended ring[amendment]
	forced  ring[OrderView]
}

type order struct {
	node     Node // ID, limit price in ticks, contracts left, side
	acct     *account
	slot     *slot
	pos      int // index of the position
	prev     *order
	next     *order // open orders of the slot
	quantity int64
	filled   int64
	price    int64 // 1e-8; 0 at market
	stop     int64
	start    int64 // activation price
	callback int64 // rate in 1e-8
	peak     int64 // of a trailing stop
	lastFill int64 // price of the last fill
	lastSize int64 // its contracts
	oneFill  bool  // all fills had that price
	spent    wide  // coin of the fills, 1e-13
	base     int64 // coin of the fills, each cut at 8
	reserved int64 // coin in slot and position sums
	low      int64 // a waiting order wakes at or below it
	high     int64 // or at or above it
	time     int64
	updated  int64

	kind, original orderType
	force          timeInForce
	status         orderStatus
	working        workingType
	stp            selfTrade
	reduceOnly     bool
	closePosition  bool
	protect        bool
	resting        bool
	waiting        bool
	active         bool // of a trailing stop
	due            bool // triggers
	heldBack       bool // would trigger, but for its price protection
	counted        bool // in its position's closing
	opened         bool // in the slot's list
	closed         bool // in the history
	cause          cause
	expiry         byte
	amends         int32
	modify         int64
	algo           bool
	algoID         int64 // of one that was entered as an algo order
	algoState      algoState
	placed         int64 // when it was, as an algo order
	triggered      int64 // when it was, 0 before
	rejected       string
	clientSize     uint8
	client         [maxClientID]byte
}

// cause says who made an order.
type cause uint8

const (
	byUser cause = iota
	byLiquidation
	byADL
	byDelivery
)

func (o *order) sym() *symbol    { return o.slot.sym }
func (o *order) open() bool      { return o.status <= statusPartial }
func (o *order) left() int64     { return o.quantity - o.filled }
func (o *order) held() *position { return &o.slot.pos[o.pos] }

// userTrade, income, marginChange and amendment are what an account's history keeps.
type userTrade struct {
	sym             *symbol
	id, order, tran int64
	price, quantity int64
	realized, fee   int64
	time            int64
	side            uint8
	sell, maker     bool
	delivery        bool
}

type income struct {
	sym    *symbol
	asset  *asset
	kind   string
	info   string
	amount int64
	time   int64
	tran   int64
}

type marginChange struct {
	sym    *symbol
	side   int
	amount int64
	time   int64
	kind   int
}

type amendment struct {
	id, order                int64
	sym                      *symbol
	priceBefore, price       int64 // 1e-8
	quantityBefore, quantity int64
	count                    int32
	time                     int64
	clientSize               uint8
	client                   [maxClientID]byte
}

// ring keeps the last values that were pushed. It grows up to its limit.
type ring[T any] struct {
	rows []T
	next int // where the oldest is, when full
}

// push adds a value and returns the one that it pushed out.
func (r *ring[T]) push(v T, limit int) (out T, full bool) {
	if len(r.rows) < limit {
		r.rows = append(r.rows, v)
		return out, false
	}
	out, r.rows[r.next] = r.rows[r.next], v
	if r.next++; r.next == limit {
		r.next = 0
	}
	return out, true
}

// at returns the i-th value, oldest first.
func (r *ring[T]) at(i int) *T {
	if i += r.next; i >= len(r.rows) {
		i -= len(r.rows)
	}
	return &r.rows[i]
}
