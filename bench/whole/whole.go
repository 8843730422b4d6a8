package whole

import (
	"errors"
	"fmt"

	"poise/bench/books"
	"poise/bench/pair"
	"poise/decimal"
	"poise/venue/engine"
)

// Size says how large an exchange is.
type Size struct {
	Accounts, Symbols int
	Push              engine.Push
}

// symbol is where an order goes; account is who sends it, in no order.
func (s Size) symbol(id int64) int  { return int(id) % s.Symbols }
func (s Size) account(id int64) int { return int(uint64(id)*0x9E3779B97F4A7C15>>33) % s.Accounts }

const start = 1_790_000_000_000 // ms

// exchange drives an engine through a flow.
type exchange struct {
	size     Size
	engine   *engine.Engine
	accounts []string
	symbols  []string
	ids      []int64 // of the engine, by the flow's
	now      int64
	place    engine.Place
	cancel   engine.Cancel
	result   *engine.Result // of the last command; nil when it was refused

	// What was done since the last lap began.
	commands, events, bytes int
}

// Whole returns the operation of the whole exchange. Its accounts go on from lap
// to lap; their orders are cancelled in between.
func Whole(s Size) (pair.Op[books.Command], error) {
	x, err := open(s)
	if err != nil {
		return nil, err
	}
	return x.do, nil
}

// open makes an exchange whose accounts are rich. Three symbols share a coin, as
// a perpetual and two quarters do.
func open(s Size) (*exchange, error) {
	x := &exchange{size: s, now: start, place: engine.Place{Type: "LIMIT", TimeInForce: "GTC"}}
	terms := engine.DefaultContracts("261225", 1798185600000)[0]
	terms.MaxOrders = 1 << 20
	config := engine.Config{Push: s.Push, History: 64, Brief: true}
	for i := range s.Symbols {
		terms.Symbol, terms.MarginAsset = fmt.Sprintf("S%dUSD_PERP", i), fmt.Sprintf("S%d", i/3)
		config.Contracts = append(config.Contracts, terms)
		x.symbols = append(x.symbols, terms.Symbol)
	}
	var err error
	if x.engine, err = engine.New(config); err != nil {
		return nil, err
	}
	for i := range s.Accounts {
		name := fmt.Sprintf("a%05d", i)
		x.accounts = append(x.accounts, name)
		commands := []engine.Command{&engine.CreateAccount{Alias: name}}
		for j := 0; j < s.Symbols; j += 3 {
			commands = append(commands, &engine.Transfer{Account: name, Reason: "DEPOSIT", Asset: fmt.Sprintf("S%d", j/3), Amount: decimal.New(10_000, 0)})
		}
		for _, c := range commands {
			if _, err := x.engine.Apply(c, start); err != nil {
				return nil, err
			}
		}
	}
	return x, nil
}

func (x *exchange) do(c books.Command) (err error) {
	if c.First {
		if err := x.restart(); err != nil {
			return err
		}
	}
	x.now++
	if c.Cancel != 0 {
		x.cancel.Account, x.cancel.Symbol = x.accounts[x.size.account(c.Cancel)], x.symbols[x.size.symbol(c.Cancel)]
		x.cancel.OrderID = x.ids[c.Cancel]
		x.result, err = x.engine.Apply(&x.cancel, x.now)
	} else {
		x.place.Account, x.place.Symbol, x.place.Side = x.accounts[x.size.account(c.ID)], x.symbols[x.size.symbol(c.ID)], "BUY"
		if c.Sell {
			x.place.Side = "SELL"
		}
		x.place.Quantity, x.place.Price = decimal.New(c.Quantity, 0), decimal.New(c.Price, 1)
		x.result, err = x.engine.Apply(&x.place, x.now)
	}
	x.commands++
	if err != nil {
		return x.tooLate(err)
	}
	if c.Cancel == 0 {
		x.ids[c.ID] = x.result.OrderID
	}
	x.events += len(x.result.Events)
	for i := range x.result.Events {
		x.bytes += len(x.result.Events[i].Message)
	}
	return nil
}

// tooLate lets the refusal of a cancel pass whose order is filled.
func (x *exchange) tooLate(err error) error {
	x.result = nil
	if refused := (*engine.Error)(nil); errors.As(err, &refused) && refused.Code == -2011 {
		return nil
	}
	return err
}

// restart empties the books.
func (x *exchange) restart() error {
	for _, a := range x.accounts {
		for _, s := range x.symbols {
			if _, err := x.engine.Apply(&engine.CancelAll{Account: a, Symbol: s}, x.now); err != nil {
				return err
			}
		}
	}
	x.ids = make([]int64, 1<<18+1)
	x.commands, x.events, x.bytes = 0, 0, 0
	return nil
}
