package gateway

import (
	"encoding/json"
	"fmt"
	"time"

	"poise/decimal"
)

// replay does what a record says, at its time.
func (g *Gateway) replay(record []byte) error {
	c := g.data.coder
	c.read(record)
	var k byte
	now := g.now()
	c.byte(&k)
	c.time(&now)
	do, err := g.readRecord(kind(k), c)
	if err == nil {
		err = c.done()
	}
	if err != nil {
		return err
	}
	g.setClock(now)
	if kind(k) == kindCheck {
		return g.data.checked
	}
	g.again(do)
	return nil
}

// again does something; a panic ends it, as it did the first time.
func (g *Gateway) again(do func()) {
	depth := g.data.depth
	defer func() {
		if recover() != nil {
			g.data.depth = depth
		}
	}()
	do()
}

func (g *Gateway) setClock(ms int64) { g.manual, g.moment = ms, ms }

// readRecord reads the fields of a record and returns what does it.
func (g *Gateway) readRecord(k kind, c *coder) (do func(), err error) {
	if cmd := g.data.commands[k]; cmd != nil {
		c.command(cmd)
		return func() { g.apply(cmd) }, nil // refused again, if it was
	}
	var alias string
	switch k {
	case kindCheck:
		var sum uint32
		c.sum(&sum)
		g.data.checked = nil
		if sum != g.data.sum {
			g.data.checked = fmt.Errorf("%w (%08x, it came to %08x)", ErrDiverged, g.data.sum, sum)
		}
		return nil, nil
	case kindSettings:
		var s settings
		c.settings(&s)
		return func() { g.configure(s) }, nil
	case kindFire:
		return func() { g.fire(g.now()) }, nil
	case kindAccount:
		return g.readAccount(c)
	case kindKeyTake, kindKeyRenew, kindKeyEnd:
		c.name(&alias)
		return func() { g.keyAgain(k, alias) }, nil
	case kindOrders:
		var n int64
		c.name(&alias)
		c.int(&n)
		return func() { g.countOrders(g.byAlias[alias], n) }, nil // over the limit again, if it was
	case kindMark:
		var price, index decimal.D
		c.mark(&alias, &price, &index)
		return func() { g.setMark(alias, price, index) }, nil // refused again, if it was
	case kindBan:
		var host string
		var a addrUse
		c.ban(&host, &a)
		return func() { g.ban(host, a.banned, a.bans) }, nil
	}
	return nil, fmt.Errorf("%w: kind %d", errRecord, k)
}

func (g *Gateway) keyAgain(k kind, alias string) {
	c := g.byAlias[alias]
	switch {
	case k == kindKeyTake:
		g.takeKey(c)
	case k == kindKeyRenew:
		g.renew(c.key)
	case c.key != nil:
		g.forgetKey(c.key)
	}
}

func (g *Gateway) readAccount(c *coder) (do func(), err error) {
	var text string
	c.text(&text)
	var n NewAccount
	if c.err == nil {
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			return nil, fmt.Errorf("%w: %w", errRecord, err)
		}
	}
	return func() { g.newAccount(n) }, nil // refused again, if it was
}

// account is what a new account begins with, as JSON: it comes seldom.
func (c *coder) account(n *NewAccount) {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // texts and decimals
	}
	s := string(b)
	c.text(&s)
}

func (c *coder) settings(s *settings) {
	c.bool(&s.walk)
	c.bool(&s.noFunding)
	c.decimal(&s.fundingRate)
	c.int(&s.keyLife)
}

func (c *coder) mark(symbol *string, price, index *decimal.D) {
	c.name(symbol)
	c.decimal(price)
	c.decimal(index)
}

func (c *coder) ban(host *string, a *addrUse) {
	c.text(host)
	c.int(&a.banned)
	c.int(&a.bans)
}

// configure takes settings and sets what the exchange does by itself.
func (g *Gateway) configure(s settings) {
	g.note(kindSettings, func(c *coder) { c.settings(&s) })
	g.config.Walk, g.config.NoFunding, g.config.FundingRate = s.walk, s.noFunding, s.fundingRate
	g.config.KeyLife = time.Duration(s.keyLife) * time.Millisecond
	defer g.derive()()
	g.scheduleMarkets()
}
