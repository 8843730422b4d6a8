package engine

import (
	"fmt"
	"strings"
	"testing"

	"poise/wire"
)

// account kinds of the tests: one-way or hedge, cross or isolated.
var kinds = []struct {
	name, side      string
	hedge, isolated bool
}{
	{"one-way cross", "BOTH", false, false}, {"hedge cross", "LONG", true, false},
	{"one-way isolated", "BOTH", false, true}, {"hedge isolated", "LONG", true, true},
}

// holder opens an account of a kind that bought 100 at 60000, at leverage 10,
// with 1 BTC and 2 ETH.
func holder(t *testing.T, push Push, k int) *session {
	s := newSession(t, Config{Push: push, Insurance: []Amount{{"BTC", num("1")}}})
	s.do(&CreateAccount{"a", kinds[k].hedge})
	s.do(&Transfer{"a", "DEPOSIT", "BTC", num("1")})
	s.do(&Transfer{"a", "DEPOSIT", "ETH", num("2")})
	if kinds[k].isolated {
		s.do(&SetMarginType{"a", perp, "ISOLATED"})
	}
	s.do(&SetLeverage{"a", perp, 10})
	s.quote("59999.9", 1000)
	s.place("a", "BUY 100 MARKET "+kinds[k].side)
	return s
}

// TestReasons: every reason from its cause, for each kind of account; what moves
// is what the reason says, and the identities of spec 3.5 hold.
func TestReasons(t *testing.T) {
	transfer := func(reason, amount string) func(int) Command {
		return func(int) Command { return &Transfer{"a", reason, "BTC", num(amount)} }
	}
	for _, c := range []struct {
		reason string
		cause  func(k int) Command
		change string // bc; "pnl" for one told by the order
		to     string // what it moves in isolated mode: "cross" or "isolated"
	}{
		{wire.ReasonDeposit, transfer("DEPOSIT", "0.5"), "0.50000000", "cross"},
		{wire.ReasonWithdraw, transfer("WITHDRAW", "0.25"), "-0.25000000", "cross"},
		{wire.ReasonAdjustment, transfer("ADJUSTMENT", "-0.00000001"), "-0.00000001", "cross"},
		{wire.ReasonInsuranceClear, transfer("INSURANCE_CLEAR", "0.1"), "0.10000000", "cross"},
		{wire.ReasonAdminDeposit, transfer("ADMIN_DEPOSIT", "0.125"), "0.12500000", "cross"},
		{wire.ReasonAdminWithdraw, transfer("ADMIN_WITHDRAW", "-0.125"), "-0.12500000", "cross"},
		{wire.ReasonAssetTransfer, transfer("ASSET_TRANSFER", "-0.2"), "-0.20000000", "cross"},
		{wire.ReasonCoinSwapDeposit, transfer("COIN_SWAP_DEPOSIT", "0.3"), "0.30000000", "cross"},
		{wire.ReasonCoinSwapWithdraw, transfer("COIN_SWAP_WITHDRAW", "0.3"), "-0.30000000", "cross"},
		// 100·100/60000·0.0001 = 0.0000166666..., half up (spec 4).
		{wire.ReasonFundingFee, func(int) Command { return &Fund{perp, num("0.0001")} }, "-0.00001667", "isolated"},
		{wire.ReasonOrder, func(k int) Command { return entry("a", "SELL 40 MARKET "+kinds[k].side) }, "pnl", "both"},
	} {
		for k, kind := range kinds {
			for push, mode := range []string{"all", "changed"} {
				t.Run(fmt.Sprint(c.reason, " ", kind.name, " ", mode), func(t *testing.T) {
					s := holder(t, Push(push), k)
					before, was := s.asset("a"), s.position("a", kind.side)
					res := s.do(c.cause(k))
					var update, fill *wire.Event
					for _, ev := range s.decoded(res, "a") {
						if ev.Type == wire.AccountUpdate {
							update = ev
						} else if ev.Order.TradeID != 0 {
							fill = ev
						}
					}
					after, now := s.asset("a"), s.position("a", kind.side)
					b := balanceOf(t, update, "BTC")
					if update.Account.Reason != c.reason || !b.Wallet.Equal(after.Wallet) || !b.Cross.Equal(after.Cross) {
						t.Fatalf("%+v; %+v", update.Account, after)
					}
					moved := must(after.Wallet.Sub(before.Wallet))
					if c.change == "pnl" {
						rp := must(fill.Order.RealizedProfit.Sub(fill.Order.Commission))
						if !b.Change.IsZero() || !moved.Equal(rp) || !must(now.Realized.Sub(was.Realized)).Equal(fill.Order.RealizedProfit) || fill.Transaction != update.Transaction {
							t.Fatalf("moved %v, fill %+v", moved, fill.Order)
						}
					} else if b.Change.String() != c.change || !moved.Equal(b.Change) {
						t.Fatalf("bc %v, moved %v", b.Change, moved)
					}
					isolated := must(after.Wallet.Sub(after.Cross))
					if !isolated.Equal(now.IsolatedWallet) || isolated.IsZero() == kind.isolated {
						t.Fatalf("isolated %v; position %+v", isolated, now)
					}
					if kind.isolated && (c.to == "isolated") != after.Cross.Equal(before.Cross) {
						t.Fatalf("cross %v -> %v", before.Cross, after.Cross)
					}
					rows(t, update, k, Push(push))
				})
			}
		}
	}
}

func balanceOf(t *testing.T, ev *wire.Event, asset string) *wire.Balance {
	t.Helper()
	for i := range ev.Account.Balances {
		if b := &ev.Account.Balances[i]; b.Asset == asset {
			return b
		}
	}
	t.Fatalf("no %s in %+v", asset, ev.Account)
	return nil
}

// rows checks which rows an ACCOUNT_UPDATE has, by its reason and push rule.
func rows(t *testing.T, ev *wire.Event, k int, push Push) {
	t.Helper()
	var assets, positions []string
	for _, b := range ev.Account.Balances {
		assets = append(assets, b.Asset)
	}
	for _, p := range ev.Account.Positions {
		positions = append(positions, p.Side)
	}
	wantAssets, wantRows := "BTC ETH", []string{"BOTH", "BOTH LONG SHORT", "BOTH", "BOTH LONG SHORT"}[k]
	switch {
	case ev.Account.Reason == wire.ReasonFundingFee:
		wantAssets, wantRows = "BTC", []string{"", "", "BOTH", "LONG"}[k]
	case push == PushAll:
	case ev.Account.Reason == wire.ReasonOrder:
		wantAssets, wantRows = "BTC", []string{"BOTH", "BOTH LONG", "BOTH", "BOTH LONG SHORT"}[k]
	default:
		wantAssets, wantRows = "BTC", ""
	}
	wantText(t, "assets", strings.Join(assets, " "), wantAssets)
	wantText(t, "rows", strings.Join(positions, " "), wantRows)
	named := ev.Account.Symbol == perp
	if named != (push == PushChanged && ev.Account.Reason == wire.ReasonFundingFee) {
		t.Errorf("a.S is %q", ev.Account.Symbol)
	}
}

func TestMarginTransfer(t *testing.T) {
	for k, kind := range kinds {
		if !kind.isolated {
			continue
		}
		s := holder(t, PushAll, k)
		before, was := s.asset("a"), s.position("a", kind.side)
		res := s.do(&MovePositionMargin{"a", perp, kind.side, num("0.1"), 1})
		after, now := s.asset("a"), s.position("a", kind.side)
		b := balanceOf(t, s.decoded(res, "a")[0], "BTC")
		if !after.Wallet.Equal(before.Wallet) || !must(before.Cross.Sub(after.Cross)).Equal(num("0.1")) ||
			!must(now.IsolatedWallet.Sub(was.IsolatedWallet)).Equal(num("0.1")) || !b.Change.IsZero() {
			t.Errorf("%s: %+v %+v", kind.name, after, now)
		}
		s.refused(&MovePositionMargin{"a", perp, kind.side, num("0.2"), 2}, -4051)
		s.refused(&MovePositionMargin{"a", perp, kind.side, num("2"), 1}, -4050)
		s.do(&MovePositionMargin{"a", perp, kind.side, num("0.09"), 2})
		if h := must(s.e.MarginHistory("a", perp)); len(h) != 2 || h[1].Type != 2 || !h[1].Amount.Equal(num("0.09")) {
			t.Errorf("%+v", h)
		}
		s.do(entry("a", "SELL 100 MARKET "+kind.side))
		if a := s.asset("a"); !a.Wallet.Equal(a.Cross) {
			t.Errorf("flat, and isolated margin is left: %+v", a)
		}
	}
}

func TestMarginTypeChange(t *testing.T) {
	for _, c := range []struct {
		push  Push
		hedge bool
		want  string
	}{
		{PushAll, false, `{"e":"ACCOUNT_UPDATE","T":1700000000030,"E":1700000000030,"i":"a","a":{"B":[{"a":"BTC","wb":"1.00000000","cw":"1.00000000","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"0","ep":"0.0","cr":"0","up":"0","mt":"isolated","iw":"0","ps":"BOTH","ma":"BTC","bep":"0.0"}],"m":"MARGIN_TYPE_CHANGE"}}`},
		{PushChanged, true, `{"e":"ACCOUNT_UPDATE","T":1700000000030,"E":1700000000030,"i":"a","a":{"B":[{"a":"BTC","wb":"1.00000000","cw":"1.00000000","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"0","ep":"0","cr":"0","up":"0","mt":"isolated","iw":"0","ps":"BOTH","ma":"BTC","bep":"0"},{"s":"BTCUSD_PERP","pa":"0","ep":"0","cr":"0","up":"0","mt":"isolated","iw":"0","ps":"LONG","ma":"BTC","bep":"0"},{"s":"BTCUSD_PERP","pa":"0","ep":"0","cr":"0","up":"0","mt":"isolated","iw":"0","ps":"SHORT","ma":"BTC","bep":"0"}],"m":"MARGIN_TYPE_CHANGE"}}`},
	} {
		s := newSession(t, Config{Push: c.push})
		s.do(&CreateAccount{"a", c.hedge})
		s.do(&Transfer{"a", "DEPOSIT", "BTC", num("1")})
		res := s.do(&SetMarginType{"a", perp, "ISOLATED"})
		wantText(t, "message", string(res.Events[0].Message), c.want)
	}
}

func TestLeverage(t *testing.T) {
	s := holder(t, PushAll, 0)
	res := s.do(&SetLeverage{"a", perp, 25})
	wantText(t, "message", string(res.Events[0].Message), fmt.Sprintf(`{"e":"ACCOUNT_CONFIG_UPDATE","T":%d,"E":%d,"ac":{"s":"BTCUSD_PERP","l":25}}`, s.at, s.at))
	// 100·100/60000/25
	if p := s.position("a", "BOTH"); p.PositionInitial.String() != "0.00666666" || p.Leverage != 25 || !p.MaxQuantity.Equal(num("20")) {
		t.Errorf("%+v", p)
	}
	i := holder(t, PushAll, 2)
	i.refused(&SetLeverage{"a", perp, 5}, -4161)
	i.do(&SetLeverage{"a", perp, 50})
}

// TestIsolatedOpening is the recording of spec 3.5 (5): at leverage 1 the wallet
// is the notional at the mark less the commission.
func TestIsolatedOpening(t *testing.T) {
	s := withAccounts(t, Config{}, "a")
	s.do(&SetMarginType{"a", perp, "ISOLATED"})
	s.do(&SetLeverage{"a", perp, 1})
	s.quote("60000", 1000)
	s.mark("60500")
	s.place("a", "SELL 3 MARKET")
	p := s.position("a", "BOTH")
	// 300/60500 = 0.00495867, less 300/59999.9·0.0005 = 0.00000250
	if p.IsolatedWallet.String() != "0.00495617" {
		t.Errorf("%+v", p)
	}
}

// TestIncome: rows explain the wallet, as spec 6 has them.
func TestIncome(t *testing.T) {
	for k, kind := range kinds {
		s := holder(t, PushAll, k)
		s.do(entry("a", "SELL 60 MARKET "+kind.side))
		s.do(&Fund{perp, num("-0.0003")})
		s.do(&Transfer{"a", "ADMIN_DEPOSIT", "BTC", num("0.01")})
		var types []string
		s.do(&Transfer{"a", "ADJUSTMENT", "BTC", num("-0.01")})
		s.do(&Transfer{"a", "ASSET_TRANSFER", "BTC", num("-0.01")})
		s.do(&Transfer{"a", "COIN_SWAP_DEPOSIT", "BTC", num("0.02")})
		sum := num("0")
		for _, r := range must(s.e.Income("a")) {
			if r.Asset == "BTC" {
				types = append(types, r.Type)
				sum = must(sum.Add(r.Amount))
			}
		}
		wantText(t, kind.name, strings.Join(types, " "), "TRANSFER COMMISSION REALIZED_PNL COMMISSION FUNDING_FEE WELCOME_BONUS ADJUSTMENT ASSET_TRANSFER COIN_SWAP")
		if a := s.asset("a"); !sum.Equal(a.Wallet) {
			t.Errorf("%s: rows sum to %v, the wallet is %v", kind.name, sum, a.Wallet)
		}
	}
}
