package engine

import (
	"errors"
	"fmt"

	"poise/decimal"
	"poise/inverse"
)

// Engine is the exchange. Make it with New; it is for one goroutine at a time.
type Engine struct {
	config       Config
	history      int
	taker, maker int64 // rates, 1e-8
	now          int64
	assets       []*asset
	symbols      []*symbol
	accounts     []*account
	house        *account
	assetByName  map[string]*asset
	symbolByName map[string]*symbol
	byAlias      map[string]*account
	lastSymbol   *symbol // that find found

	orders     index[order] // open, and closed ones that are remembered
	free       []*order
	chunk      []order
	lastID     int64 // of orders
	tran       int64
	amendments int64 // how many there were
	timers     int   // slots with a deadline
	seed       uint64

	dirty   []dirtyPool
	due     []*order  // of trigger
	stirred []*symbol // with a price that waiting orders work on
	result  Result
	shown   *order
	shownID int64
	view    OrderView
	clock   [2]uint64 // digits of clockAt: see appendNow
	clockAt int64
	buf     []byte
	ends    []int // of the events in buf
}

// dirtyPool is an account's money in an asset whose margin may be short.
type dirtyPool struct {
	acct  *account
	asset *asset
}

// ErrConfig is a Config that makes no exchange.
var ErrConfig = errors.New("no such exchange can be")

// New returns an exchange without customers. Errors wrap ErrConfig and name the
// contract.
func New(c Config) (*Engine, error) {
	e := &Engine{config: c, history: c.History, seed: c.Seed, lastID: 1000, tran: 9_000_000,
		assetByName: map[string]*asset{}, symbolByName: map[string]*symbol{}, byAlias: map[string]*account{}}
	if e.history <= 0 {
		e.history = defaultHistory
	}
	e.history = min(max(e.history, 16), MaxHistory)
	if err := e.setRates(); err != nil {
		return nil, err
	}
	if len(c.Contracts) > MaxContracts {
		return nil, fmt.Errorf("%w: more than %d contracts", ErrConfig, MaxContracts)
	}
	for i := range c.Contracts {
		if err := e.addSymbol(&c.Contracts[i]); err != nil {
			return nil, fmt.Errorf("%w: contract %q: %w", ErrConfig, c.Contracts[i].Symbol, err)
		}
	}
	for _, a := range c.Insurance {
		as, n, ok := e.assetByName[a.Asset], int64(0), false
		if as != nil {
			n, ok = toUnits(a.Amount, maxMoney)
		}
		if !ok || n < 0 {
			return nil, fmt.Errorf("%w: insurance of %v %s", ErrConfig, a.Amount, a.Asset)
		}
		as.fund += n
		as.deposits += n
	}
	e.house = e.newAccount("", false)
	e.house.house = true
	return e, nil
}

func (e *Engine) setRates() error {
	ok1, ok2 := true, true
	e.taker, e.maker = 50_000, 20_000
	if !e.config.Taker.IsZero() {
		e.taker, ok1 = toUnits(e.config.Taker, unit/10)
	}
	if !e.config.Maker.IsZero() {
		e.maker, ok2 = toUnits(e.config.Maker, unit/10)
	}
	if e.config.NoCommission {
		e.taker, e.maker = 0, 0
	}
	if !ok1 || !ok2 || e.taker < 0 || e.maker < 0 {
		return fmt.Errorf("%w: commission rates %v, %v", ErrConfig, e.config.Taker, e.config.Maker)
	}
	return nil
}

// addSymbol checks a contract's terms and opens its market.
func (e *Engine) addSymbol(c *Contract) error {
	s := &symbol{id: len(e.symbols), terms: *c, size: c.Size, scale: c.Tick.Scale(), marks: 1}
	if c.Symbol == "" || len(c.Symbol) > MaxAliasSize || e.symbolByName[c.Symbol] != nil || c.MarginAsset == "" {
		return errors.New("name is empty, too long or taken")
	}
	if c.Size <= 0 || c.Size > 1_000_000 || c.MaxQuantity <= 0 || c.MarketMax <= 0 || c.MaxQuantity > maxOrderUSD/c.Size ||
		c.MarketMax > maxOrderUSD/c.Size || c.MaxOrders < 0 || c.MaxAlgoOrders < 0 || s.scale > 8 {
		return errors.New("size, quantities or scale")
	}
	var least, most, mark int64
	for _, f := range []struct {
		to    *int64
		d     decimal.D
		limit int64
	}{{&s.tick, c.Tick, maxPrice}, {&least, c.MinPrice, maxPrice}, {&most, c.MaxPrice, maxPrice}, {&mark, c.Mark, maxPrice},
		{&s.up, c.MultiplierUp, 100 * unit}, {&s.down, c.MultiplierDown, unit}, {&s.bound, c.TakeBound, unit - 1}, {&s.fee, c.LiquidationFee, unit},
		{&s.protect, c.TriggerProtect, unit}} {
		n, ok := toUnits(f.d, f.limit)
		if !ok || n < 0 {
			return fmt.Errorf("%v is not usable", f.d)
		}
		*f.to = n
	}
	if s.tick == 0 || least < s.tick || most < least || mark < least || mark > most {
		return errors.New("prices do not fit each other")
	}
	// At the least price a position is worth no more than maxNotional.
	s.maxUSD = max(s.size, min(maxPosition, scaled(least, maxNotional/unit)))
	s.largest, s.largestMarket = min(c.MaxQuantity, s.maxUSD/s.size), min(c.MarketMax, s.maxUSD/s.size)
	s.least, s.most, s.mark, s.index = (least+s.tick-1)/s.tick, most/s.tick, mark, mark
	if err := s.setBrackets(c.Brackets); err != nil {
		return err
	}
	if c.Leverage < 1 || int64(c.Leverage) > s.brackets[0].leverage {
		return errors.New("leverage")
	}
	s.grain = int64(powers[8-s.scale])
	s.clearBounds()
	s.asset = e.addAsset(c.MarginAsset)
	s.asset.symbols = append(s.asset.symbols, s)
	s.texts = textsOf(s)
	e.symbols = append(e.symbols, s)
	e.symbolByName[c.Symbol] = s
	return nil
}

func (s *symbol) setBrackets(rows []inverse.Bracket) (err error) {
	if s.table, err = inverse.NewBrackets(rows...); err != nil {
		return err
	}
	for _, r := range rows {
		b := bracket{leverage: int64(r.MaxLeverage)}
		for _, f := range []struct {
			to *int64
			d  decimal.D
		}{{&b.floor, r.Floor}, {&b.limit, r.Cap}, {&b.mmr, r.MMR}, {&b.cum, r.Cum}} {
			n, ok := toUnits(f.d, maxNotional)
			if !ok {
				return fmt.Errorf("bracket amount %v", f.d)
			}
			*f.to = n
		}
		s.brackets = append(s.brackets, b)
	}
	return nil
}

func (e *Engine) addAsset(name string) *asset {
	if a := e.assetByName[name]; a != nil {
		return a
	}
	a := &asset{id: len(e.assets), name: name, head: string(appendText(nil, `{"a":`, name)) + `,"wb":"`}
	e.assets = append(e.assets, a)
	e.assetByName[name] = a
	return a
}

// Apply has one thing happen at a time in Unix milliseconds; a time before the
// last one counts as the last one. On an *Error nothing has changed; there is no
// other error. The Result is valid until the next Apply.
func (e *Engine) Apply(c Command, at int64) (*Result, error) {
	e.now = max(e.now, at)
	clear(e.result.Events)
	e.result = Result{Events: e.result.Events[:0], Trades: e.result.Trades[:0], Orders: e.result.Orders[:0],
		Forced: e.result.Forced[:0]}
	e.buf, e.ends, e.shown = e.buf[:0], e.ends[:0], nil
	if err := e.dispatch(c); err != nil {
		return nil, err
	}
	e.settle()
	start := 0
	for i, end := range e.ends {
		e.result.Events[i].Message = e.buf[start:end:end]
		start = end
	}
	if o := e.shown; o != nil && o.node.ID == e.shownID {
		e.result.OrderID = e.shownID
		if !e.config.Brief {
			o.show(e, &e.view)
			e.result.Order = &e.view
		}
	}
	return &e.result, nil
}

func (e *Engine) dispatch(c Command) error {
	switch c := c.(type) {
	case *Place:
		return e.place(c)
	case *Cancel:
		return e.cancelOne(c)
	case *Amend:
		return e.amend(c)
	case *CancelAll:
		return e.cancelAll(c)
	case *SetMark:
		return e.setMark(c)
	case *Transfer:
		return e.transfer(c)
	case *CreateAccount:
		return e.createAccount(c)
	case *Tick:
		e.fireTimers()
		return nil
	case *CountdownCancel:
		return e.countdown(c)
	}
	return e.dispatchRare(c)
}

func (e *Engine) dispatchRare(c Command) error {
	switch c := c.(type) {
	case *SetLeverage:
		return e.setLeverage(c)
	case *SetMarginType:
		return e.setMarginType(c)
	case *SetPositionMode:
		return e.setPositionMode(c)
	case *MovePositionMargin:
		return e.moveMargin(c)
	case *SetQuote:
		return e.setQuote(c)
	case *Fund:
		return e.payFunding(c)
	case *Settle:
		return e.deliver(c)
	}
	return badParameter("command")
}

// settle has everything happen that follows from a command: orders trigger and
// margin is checked until neither has anything left to do.
func (e *Engine) settle() {
	for again := true; again; {
		again = false
		for len(e.stirred) > 0 {
			k := len(e.stirred) - 1
			s := e.stirred[k]
			e.stirred = e.stirred[:k]
			e.trigger(s)
			again = true
		}
		for len(e.dirty) > 0 {
			k := len(e.dirty) - 1
			p := e.dirty[k]
			e.dirty = e.dirty[:k]
			p.acct.wallets[p.asset.id].dirty = false
			e.checkMargin(p.acct, p.asset)
			again = true
		}
	}
}

// touch queues a pool for a check of its margin.
func (e *Engine) touch(a *account, as *asset) {
	if w := &a.wallets[as.id]; !w.dirty && !a.house {
		w.dirty = true
		e.dirty = append(e.dirty, dirtyPool{a, as})
	}
}

func (e *Engine) symbolOf(name string) *symbol { return e.symbolByName[name] }

// find returns the account and symbol of a command: -1109, -1121.
func (e *Engine) find(alias, name string) (*account, *symbol, error) {
	a := e.byAlias[alias]
	if a == nil {
		return nil, nil, refuse(-1109)
	}
	if s := e.lastSymbol; s != nil && s.terms.Symbol == name {
		return a, s, nil
	}
	s := e.symbolByName[name]
	if s == nil {
		return nil, nil, refuse(-1121)
	}
	e.lastSymbol = s
	return a, s, nil
}

func (e *Engine) createAccount(c *CreateAccount) error {
	if c.Alias == "" || len(c.Alias) > MaxAliasSize || e.byAlias[c.Alias] != nil || len(e.accounts) >= MaxAccounts {
		return refuse(-1109)
	}
	a := e.newAccount(c.Alias, c.Hedge)
	e.byAlias[c.Alias] = a
	e.accounts = append(e.accounts, a)
	return nil
}

func (e *Engine) newAccount(alias string, hedge bool) *account {
	return &account{id: len(e.accounts), alias: alias, hedge: hedge, text: string(appendText(nil, `,"i":`, alias)),
		wallets: make([]wallet, len(e.assets)), slots: make([]*slot, len(e.symbols))}
}

// slot returns the account's place in a symbol, and makes it.
func (a *account) slot(s *symbol) *slot {
	if sl := a.slots[s.id]; sl != nil {
		return sl
	}
	sl := &slot{acct: a, sym: s, leverage: int64(s.terms.Leverage), holder: -1, stale: true}
	a.slots[s.id] = sl
	a.used = a.used[:0]
	for _, other := range a.slots {
		if other != nil {
			a.used = append(a.used, other)
		}
	}
	return sl
}
