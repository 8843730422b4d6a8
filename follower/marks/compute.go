package marks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"poise/account"
	"poise/decimal"
	"poise/inverse"
)

// Compute tells what positions come to. It is pure but for mark, which is asked
// once for a symbol; [Feed.Mark] is one. Balances and positions are those of the
// account's books, and brackets the account's own, by symbol. The result shares
// no memory with them.
//
// The cost of a position is worked out from its entry price, so last digits can
// be lost: see the package's documentation.
func Compute(r *Rules, brackets map[string]inverse.Brackets, balances []account.Balance, positions []account.Position, mark func(symbol string) (Mark, bool)) Now {
	c := spare.Get().(*computation)
	defer c.release()
	c.rules, c.brackets, c.balances, c.mark = r, brackets, balances, mark
	if !slices.IsSortedFunc(positions, bySymbol) {
		positions = slices.Clone(positions)
		slices.SortFunc(positions, bySymbol)
	}
	c.room(positions)
	for i := range positions {
		c.add(&positions[i])
	}
	for from := 0; from < len(c.legs); {
		to := from + 1
		for to < len(c.legs) && c.row(to).Symbol == c.row(from).Symbol {
			to++
		}
		c.liquidate(c.legs[from:to])
		from = to
	}
	c.margins()
	return c.now // copied before the release
}

func bySymbol(a, b account.Position) int {
	return cmp.Or(strings.Compare(a.Symbol, b.Symbol), strings.Compare(a.Side, b.Side))
}

// spare keeps the scratch of a Compute for the next, so that one allocates no
// more than its result.
var spare = sync.Pool{New: func() any { return new(computation) }}

// release forgets all but the scratch, and that too if it is large.
func (c *computation) release() {
	legs, pools := c.legs, c.pools
	clear(legs)
	clear(pools)
	*c = computation{}
	if cap(legs) <= 256 && cap(pools) <= 256 {
		c.legs, c.pools = legs[:0], pools[:0]
	}
	spare.Put(c)
}

// computation is a Compute under way.
type computation struct {
	rules    *Rules
	brackets map[string]inverse.Brackets
	balances []account.Balance
	mark     func(symbol string) (Mark, bool)

	asked  string // the last symbol whose mark was asked for
	latest Mark
	heard  bool

	legs    []leg // of now.Positions, one each
	pools   []pool
	unknown bool // a cross position is in an asset that is not known
	now     Now
}

// leg is a position with what its row does not show.
type leg struct {
	row      int // in now.Positions
	pool     int // in pools; -1 if isolated
	contract inverse.Contract
	brackets inverse.Brackets
	held     inverse.Position
	wallet   decimal.D // if isolated
}

// pool is what stands behind the cross positions of one asset.
type pool struct {
	asset       string
	wallet      decimal.D
	pnl         decimal.D
	maintenance decimal.D
	partial     bool // a part of it is not known
}

var nothing = decimal.New(0, inverse.CoinScale)

func (c *computation) row(i int) *Position { return &c.now.Positions[c.legs[i].row] }

func (c *computation) room(positions []account.Position) {
	n := 0
	for i := range positions {
		if !positions[i].Amount.IsZero() {
			n++
		}
	}
	if n > 0 {
		c.now.Positions = make([]Position, 0, n)
	}
	if n > cap(c.legs) {
		c.legs = make([]leg, 0, n)
	}
}

// add takes a position in, unless it is flat.
func (c *computation) add(p *account.Position) {
	if p.Amount.IsZero() {
		return
	}
	rule, known := c.rules.Rule(p.Symbol)
	l := leg{row: len(c.now.Positions), pool: -1, contract: rule.Contract, wallet: p.IsolatedWallet}
	asset := rule.MarginAsset
	if !known {
		asset = p.MarginAsset
	}
	isolated := p.MarginType == "isolated"
	if !isolated {
		l.pool = c.poolOf(p, asset)
	}
	row := Position{Symbol: p.Symbol, Side: p.Side, Isolated: isolated}
	err := error(ErrRules)
	if known {
		err = c.value(p, &l, &row)
	}
	if err != nil {
		c.miss(p, asset, l.pool, err)
		return
	}
	if err := c.margin(&l, &row); err != nil {
		row.Partial = true
		c.miss(p, asset, l.pool, err)
	}
	c.legs = append(c.legs, l)
	c.now.Positions = append(c.now.Positions, row)
}

// miss notes what is not known, also of the pool it belongs to.
func (c *computation) miss(p *account.Position, asset string, pool int, err error) {
	c.now.Missing = append(c.now.Missing, Gap{Symbol: p.Symbol, Side: p.Side, Asset: asset, Err: err})
	if pool >= 0 {
		c.pools[pool].partial = true
	}
}

// poolOf returns the index of the asset's pool, or -1 where the asset is not
// known: then no pool is known whole.
func (c *computation) poolOf(p *account.Position, asset string) int {
	if asset == "" {
		c.unknown = true
		return -1
	}
	for i := range c.pools {
		if c.pools[i].asset == asset {
			return i
		}
	}
	c.pools = append(c.pools, pool{asset: asset, pnl: nothing, maintenance: nothing})
	at := len(c.pools) - 1
	i := slices.IndexFunc(c.balances, func(b account.Balance) bool { return b.Asset == asset })
	if i < 0 {
		c.miss(p, asset, at, ErrNoWallet)
	} else {
		c.pools[at].wallet = c.balances[i].Cross
	}
	return at
}

// value finds the mark and the PnL.
func (c *computation) value(p *account.Position, l *leg, row *Position) error {
	if c.asked != p.Symbol {
		c.latest, c.heard = c.mark(p.Symbol)
		c.asked = p.Symbol
	}
	if !c.heard {
		return ErrNoMark
	}
	row.Mark, row.Time = c.latest.Price, c.latest.Time
	n, whole := p.Amount.Int64()
	if !whole {
		return fmt.Errorf("%w: %v", ErrContracts, p.Amount)
	}
	var err error
	if l.held, err = l.contract.PositionAt(n, p.EntryPrice); err != nil {
		return err
	}
	row.Unrealized, err = l.contract.UnrealizedPnL(l.held, row.Mark)
	return err
}

// margin finds the maintenance margin and, of an isolated position, the ratio;
// what is cross is added to its pool.
func (c *computation) margin(l *leg, row *Position) (err error) {
	var known bool
	if l.brackets, known = c.brackets[row.Symbol]; !known {
		return ErrBrackets
	}
	if row.Maintenance, err = l.contract.MaintenanceMargin(l.brackets, l.held.Contracts, row.Mark); err != nil {
		return err
	}
	if row.Isolated {
		balance, err := l.wallet.Add(row.Unrealized)
		if err != nil {
			return err
		}
		row.Ratio, row.HasRatio = ratioOf(row.Maintenance, balance)
		return nil
	}
	pool := &c.pools[l.pool]
	if pool.pnl, err = pool.pnl.Add(row.Unrealized); err != nil {
		return err
	}
	pool.maintenance, err = pool.maintenance.Add(row.Maintenance)
	return err
}

// ratioOf is the margin ratio. One that has more digits than a decimal holds is
// past any that matters, so it is none.
func ratioOf(maintenance, balance decimal.D) (decimal.D, bool) {
	ratio, ok, _ := inverse.MarginRatio(maintenance, balance)
	return ratio, ok
}
