package engine

import (
	"strings"
	"testing"

	books "poise/account"
	"poise/decimal"
	"poise/wire"
)

// follower feeds every pushed message to the books of the accounts that it is
// for, as a client with one line would.
type follower struct {
	t     *testing.T
	books map[string]*books.Books
	kinds map[books.Kind]int
}

func newFollower(t *testing.T) *follower {
	return &follower{t, map[string]*books.Books{}, map[books.Kind]int{}}
}

func (f *follower) hear(ev *Event) {
	b := f.books[ev.Account]
	if b == nil {
		b = books.New(ev.Account)
		f.books[ev.Account] = b
	}
	d, err := b.Apply(books.Record{Account: ev.Account, Position: b.Position() + 1, Kind: books.Frame, Data: append([]byte(nil), ev.Message...)})
	if err != nil || len(d.Opened) > 0 {
		f.t.Fatalf("%v %+v\n%s", err, d.Opened, ev.Message)
	}
	for _, e := range d.Entries {
		f.kinds[e.Kind]++
	}
	for _, r := range d.Revised {
		f.kinds[r.Before.Kind]--
		f.kinds[r.After.Kind]++
	}
}

// judge compares what the follower holds with the engine's truth.
func (f *follower) judge(e *Engine) {
	for _, alias := range e.Accounts() {
		b, v := f.books[alias], must(e.Account(alias))
		if b == nil {
			continue
		}
		if in := b.Incidents(); len(in) > 0 {
			f.t.Fatalf("%s: incidents %+v", alias, in)
		}
		for _, row := range v.Assets {
			got, ok := b.Balance(row.Asset)
			if u := must(b.Outstanding(row.Asset)); !u.IsZero() {
				f.t.Fatalf("%s %s: %v is unexplained", alias, row.Asset, u)
			}
			if ok && (!got.Wallet.Equal(row.Wallet) || !got.Cross.Equal(row.Cross)) || !ok && !row.Wallet.IsZero() {
				f.t.Fatalf("%s %s: followed %v %v; it is %v %v", alias, row.Asset, got.Wallet, got.Cross, row.Wallet, row.Cross)
			}
		}
		f.judgePositions(e, b, &v)
	}
}

func (f *follower) judgePositions(e *Engine, b *books.Books, v *AccountView) {
	held := map[string]books.Position{}
	for _, p := range b.Positions() {
		held[p.Symbol+p.Side] = p
	}
	for _, p := range v.Positions {
		got, ok := held[p.Symbol+p.Side]
		if !ok {
			if p.Amount != 0 || !p.Realized.IsZero() {
				f.t.Fatalf("%s %s %s was never pushed", v.Alias, p.Symbol, p.Side)
			}
			continue
		}
		same := got.Amount.Equal(decimal.New(p.Amount, 0)) && got.EntryPrice.Equal(p.EntryPrice) && got.BreakEven.Equal(p.BreakEven) &&
			got.Realized.Equal(p.Realized) && got.IsolatedWallet.Equal(p.IsolatedWallet) && got.MarginType == map[bool]string{true: "isolated", false: "cross"}[p.Isolated]
		if !same {
			f.t.Fatalf("%s: followed %+v; it is %+v", v.Alias, got, p)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestFollowerAgrees: an account's own books, which know nothing but what was
// pushed, explain every coin and agree with the engine to the last digit. In calm
// nobody is liquidated; in a storm many are.
func TestFollowerAgrees(t *testing.T) {
	for name, c := range map[string]struct {
		push Push
		calm bool
	}{"all, calm": {PushAll, true}, "changed, calm": {PushChanged, true}, "all, storm": {PushAll, false}, "changed, storm": {PushChanged, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, n := newFollower(t), commandsOf(10_000)
			s := newSim(t, 5, 12, simConfig(c.push))
			s.onEvent = f.hear
			if s.calm = c.calm; c.calm {
				s.wealth = 40
			} else {
				s.settle = n / 2
			}
			s.start()
			for s.commands < n {
				s.step()
				if s.commands%500 == 0 {
					f.judge(s.e)
				}
			}
			s.apply(&Settle{perp, num("60000")})
			f.judge(s.e)
			f.mustKnow(c.calm)
		})
	}
}

// mustKnow: every kind of entry was seen, and none that nothing explains.
func (f *follower) mustKnow(calm bool) {
	for _, k := range []books.Kind{books.Transfer, books.RealizedPnL, books.Commission, books.FundingFee,
		books.InsuranceClear, books.WelcomeBonus, books.Adjustment, books.AssetTransfer, books.CoinSwap} {
		if f.kinds[k] == 0 {
			f.t.Errorf("no %s was explained: %v", k, f.kinds)
		}
	}
	if n := f.kinds[books.Unexplained]; n > 0 && calm {
		f.t.Errorf("%d entries stay unexplained", n)
	}
}

// TestMessagesAreCanonical: package wire, given only the values of a message,
// writes the same bytes.
func TestMessagesAreCanonical(t *testing.T) {
	for _, push := range []Push{PushAll, PushChanged} {
		var d wire.Decoder
		seen := map[string]int{}
		s := newSim(t, 9, 20, simConfig(push))
		s.onEvent = func(ev *Event) {
			var got wire.Event
			if err := d.Decode(ev.Message, &got); err != nil {
				t.Fatalf("%v\n%s", err, ev.Message)
			}
			bare := bareEvent(&got)
			if text := string(bare.Append(nil)); text != string(ev.Message) {
				t.Fatalf("wire writes\n%s\nthe engine wrote\n%s", text, ev.Message)
			}
			if got.Type != ev.Type || got.Type == wire.AccountUpdate && got.Transaction != ev.Time {
				t.Fatalf("%v, %d: %s", ev.Type, ev.Time, ev.Message)
			}
			seen[got.Name+" "+got.Account.Reason+got.Order.Execution+got.Algo.Status]++
			for _, x := range []int{len(got.Extra), len(got.Account.Extra), len(got.Order.Extra), len(got.Algo.Extra)} {
				if x > 0 {
					t.Fatalf("unknown keys: %s", ev.Message)
				}
			}
		}
		s.run(commandsOf(20_000))
		for _, want := range strings.Fields("DEPOSIT WITHDRAW ORDER FUNDING_FEE ADJUSTMENT INSURANCE_CLEAR ADMIN_DEPOSIT ADMIN_WITHDRAW MARGIN_TRANSFER MARGIN_TYPE_CHANGE ASSET_TRANSFER COIN_SWAP_DEPOSIT COIN_SWAP_WITHDRAW") {
			if seen["ACCOUNT_UPDATE "+want] == 0 {
				t.Errorf("no %s in %v", want, seen)
			}
		}
		for _, want := range []string{"NEW", "TRADE", "CANCELED", "EXPIRED", "AMENDMENT", "CALCULATED"} {
			if seen["ORDER_TRADE_UPDATE "+want] == 0 {
				t.Errorf("no %s in %v", want, seen)
			}
		}
		for _, want := range algoStates {
			if seen["ALGO_UPDATE "+want] == 0 {
				t.Errorf("no ALGO_UPDATE %s in %v", want, seen)
			}
		}
		if seen["MARGIN_CALL "] == 0 || seen["ACCOUNT_CONFIG_UPDATE "] == 0 {
			t.Errorf("not all events in %v", seen)
		}
		t.Log(seen)
	}
}

// bareEvent copies the values of an event, and not how it was written.
func bareEvent(ev *wire.Event) *wire.Event {
	out := &wire.Event{Type: ev.Type, Name: ev.Name, Time: ev.Time, Transaction: ev.Transaction, Alias: ev.Alias, Fields: ev.Fields}
	a := &ev.Account
	out.Account = wire.Account{Reason: a.Reason, Symbol: a.Symbol, Fields: a.Fields}
	for i := range a.Balances {
		b := &a.Balances[i]
		out.Account.Balances = append(out.Account.Balances, wire.Balance{Asset: b.Asset, Wallet: b.Wallet, Cross: b.Cross, Change: b.Change, Fields: b.Fields})
	}
	for i := range a.Positions {
		p := &a.Positions[i]
		out.Account.Positions = append(out.Account.Positions, wire.Position{Symbol: p.Symbol, Amount: p.Amount, EntryPrice: p.EntryPrice, BreakEven: p.BreakEven,
			Realized: p.Realized, Unrealized: p.Unrealized, IsolatedWallet: p.IsolatedWallet, MarginType: p.MarginType, Side: p.Side, MarginAsset: p.MarginAsset, Fields: p.Fields})
	}
	o := &ev.Order
	out.Order = wire.Order{Symbol: o.Symbol, ClientOrderID: o.ClientOrderID, Side: o.Side, OrderType: o.OrderType, TimeInForce: o.TimeInForce, Quantity: o.Quantity, Price: o.Price,
		AveragePrice: o.AveragePrice, StopPrice: o.StopPrice, Execution: o.Execution, Status: o.Status, OrderID: o.OrderID, LastQuantity: o.LastQuantity, FilledQuantity: o.FilledQuantity,
		LastPrice: o.LastPrice, MarginAsset: o.MarginAsset, CommissionAsset: o.CommissionAsset, Commission: o.Commission, TradeTime: o.TradeTime, TradeID: o.TradeID,
		RealizedProfit: o.RealizedProfit, BidNotional: o.BidNotional, AskNotional: o.AskNotional, Maker: o.Maker, ReduceOnly: o.ReduceOnly, WorkingType: o.WorkingType,
		OriginalType: o.OriginalType, PositionSide: o.PositionSide, ClosePosition: o.ClosePosition, ActivationPrice: o.ActivationPrice, CallbackRate: o.CallbackRate,
		PriceProtect: o.PriceProtect, SelfTrade: o.SelfTrade, PriceMatch: o.PriceMatch, ExpireReason: o.ExpireReason, GoodTillDate: o.GoodTillDate, StrategyID: o.StrategyID,
		StrategySub: o.StrategySub, ModifyID: o.ModifyID, Fields: o.Fields}
	out.Call.CrossWallet = ev.Call.CrossWallet
	for i := range ev.Call.Positions {
		p := &ev.Call.Positions[i]
		out.Call.Positions = append(out.Call.Positions, wire.CallPosition{Symbol: p.Symbol, Side: p.Side, Amount: p.Amount, MarginType: p.MarginType,
			IsolatedWallet: p.IsolatedWallet, Mark: p.Mark, Unrealized: p.Unrealized, Maintenance: p.Maintenance, Fields: p.Fields})
	}
	g := &ev.Algo
	out.Algo = wire.Algo{ClientID: g.ClientID, ID: g.ID, Kind: g.Kind, OrderType: g.OrderType, Symbol: g.Symbol, Side: g.Side, PositionSide: g.PositionSide,
		TimeInForce: g.TimeInForce, Quantity: g.Quantity, Status: g.Status, OrderID: g.OrderID, AveragePrice: g.AveragePrice, Executed: g.Executed,
		ActualType: g.ActualType, TriggerPrice: g.TriggerPrice, Price: g.Price, SelfTrade: g.SelfTrade, WorkingType: g.WorkingType, PriceMatch: g.PriceMatch,
		ClosePosition: g.ClosePosition, PriceProtect: g.PriceProtect, ReduceOnly: g.ReduceOnly, TriggerTime: g.TriggerTime, GoodTillDate: g.GoodTillDate,
		RejectReason: g.RejectReason, CallbackRate: g.CallbackRate, Fields: g.Fields}
	out.Config = wire.Config{Symbol: ev.Config.Symbol, Leverage: ev.Config.Leverage, Fields: ev.Config.Fields}
	return out
}
