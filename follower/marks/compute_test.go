package marks

import (
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"poise/account"
	"poise/decimal"
	"poise/inverse"
)

var num = decimal.MustParse

// terms are of a small exchange: two symbols of BTC, two of ETH.
var terms = func() *Rules {
	r, err := ReadRules([]byte(`{"symbols":[
		{"symbol":"BTCUSD_PERP","contractType":"PERPETUAL","contractSize":100,"marginAsset":"BTC","deliveryDate":4133404800000},
		{"symbol":"BTCUSD_260327","contractType":"CURRENT_QUARTER","contractSize":100,"marginAsset":"BTC","deliveryDate":1774598400000},
		{"symbol":"ETHUSD_PERP","contractType":"PERPETUAL","contractSize":10,"marginAsset":"ETH","deliveryDate":4133404800000},
		{"symbol":"ETHUSD_260327","contractType":"CURRENT_QUARTER","contractSize":10,"marginAsset":"ETH","deliveryDate":1774598400000}]}`))
	if err != nil {
		panic(err)
	}
	return r
}()

func standard(symbols ...string) map[string]inverse.Brackets {
	all := map[string]inverse.Brackets{}
	for _, s := range symbols {
		all[s] = inverse.StandardBrackets()
	}
	return all
}

var tables = standard("BTCUSD_PERP", "BTCUSD_260327", "ETHUSD_PERP", "ETHUSD_260327")

// at is a source of marks: pairs of symbol and price.
func at(pairs ...string) func(string) (Mark, bool) {
	return func(symbol string) (Mark, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == symbol {
				return Mark{Price: num(pairs[i+1]), Time: 7}, true
			}
		}
		return Mark{}, false
	}
}

func cross(symbol, side, amount, entry string) account.Position {
	return account.Position{Symbol: symbol, Side: side, Amount: num(amount), EntryPrice: num(entry), MarginType: "cross", IsolatedWallet: decimal.Zero}
}

func isolated(symbol, side, amount, entry, wallet string) account.Position {
	return account.Position{Symbol: symbol, Side: side, Amount: num(amount), EntryPrice: num(entry), MarginType: "isolated", IsolatedWallet: num(wallet)}
}

func wallet(asset, crossWallet string) account.Balance {
	return account.Balance{Asset: asset, Wallet: num(crossWallet), Cross: num(crossWallet)}
}

func price(p Position) string {
	if !p.HasLiquidation {
		return "none"
	}
	return p.Liquidation.String()
}

// The worked numbers of spec/coinm 4.
func TestWorkedNumbers(t *testing.T) {
	for _, c := range []struct {
		name                                 string
		held                                 account.Position
		cross, mark                          string
		unrealized, maintenance, liquidation string
	}{
		{"docs", cross("BTCUSD_PERP", "BOTH", "1", "11707.70000003"), "1", "11788.66626667", "0.00005866", "0.00003393", "99.54970739"},
		{"ccxt, isolated", isolated("BTCUSD_PERP", "BOTH", "2", "37643.10000021", "0.00268058"), "0", "38103.05510455", "0.00006413", "0.00002099", "25119.97445760"},
		{"FAQ, 100 contracts at 25000", cross("BTCUSD_PERP", "BOTH", "100", "25000"), "0.1", "25000", "0.00000000", "0.00160000", "20080.00000000"},
		{"forum 6292", cross("BTCUSD_PERP", "BOTH", "100000", "45000"), "101", "45000", "0.00000000", "16.17277777", "33599.41860561"},
		{"short without a price", cross("BTCUSD_PERP", "BOTH", "-10", "60000"), "1", "60000", "0.00000000", "0.00006666", "none"},
		{"short", cross("BTCUSD_PERP", "BOTH", "-100", "50000"), "0.1", "40000", "0.05000000", "0.00100000", "99600.00000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := Compute(terms, tables, []account.Balance{wallet("BTC", c.cross)}, []account.Position{c.held}, at("BTCUSD_PERP", c.mark))
			if now.Missing != nil || len(now.Positions) != 1 {
				t.Fatalf("%+v", now)
			}
			p := now.Positions[0]
			if got := [3]string{p.Unrealized.String(), p.Maintenance.String(), price(p)}; got != [3]string{c.unrealized, c.maintenance, c.liquidation} {
				t.Errorf("PnL, maintenance, liquidation: %v", got)
			}
			if p.Mark != num(c.mark) || p.Time != 7 {
				t.Errorf("mark %v of %d", p.Mark, p.Time)
			}
		})
	}
}

func TestAHedgeInCrossSharesOnePrice(t *testing.T) {
	now := Compute(terms, tables, []account.Balance{wallet("BTC", "0.02")}, []account.Position{
		cross("BTCUSD_PERP", "LONG", "100", "60000"), cross("BTCUSD_PERP", "SHORT", "-40", "62000")}, at("BTCUSD_PERP", "49578.16901408"))
	if long, short := now.Positions[0], now.Positions[1]; long.Liquidation != short.Liquidation || !short.HasLiquidation || long.Liquidation.String() != "49578.16901408" {
		t.Errorf("liquidation %s and %s, want both 49578.16901408", price(long), price(short))
	}
	// There, equity is maintenance margin: 0.00112953 (CALC). Each of two rows is cut.
	m := now.Margins[0]
	if m.Maintenance.String() != "0.00112952" || m.Balance.String() != "0.00112953" {
		t.Errorf("maintenance %v, balance %v", m.Maintenance, m.Balance)
	}
}

func TestIsolatedSidesStandAlone(t *testing.T) {
	now := Compute(terms, tables, []account.Balance{wallet("BTC", "5")}, []account.Position{
		isolated("BTCUSD_PERP", "LONG", "2", "37643.10000021", "0.00268058"), isolated("BTCUSD_PERP", "SHORT", "-2", "37643.10000021", "0.001")},
		at("BTCUSD_PERP", "38103.05510455"))
	long, short := now.Positions[0], now.Positions[1]
	if price(long) != "25119.97445760" || price(short) != "46185.32085824" {
		t.Errorf("liquidation %s and %s", price(long), price(short))
	}
	if long.Ratio.String() != "0.00764743" || short.Ratio.String() != "0.02242832" {
		t.Errorf("ratios %v and %v", long.Ratio, short.Ratio)
	}
	if m := now.Margins[0]; !m.Balance.Equal(num("5")) || !m.Ratio.IsZero() || !m.HasRatio {
		t.Errorf("the pool has nothing to keep: %+v", m)
	}
}

// One leg of a hedge may be isolated in data that nobody documents; it must not
// be counted into the pool.
func TestMixedMarginTypesOfOneSymbol(t *testing.T) {
	alone := Compute(terms, tables, []account.Balance{wallet("BTC", "0.02")}, []account.Position{cross("BTCUSD_PERP", "SHORT", "-100", "60000")}, at("BTCUSD_PERP", "60000"))
	mixed := Compute(terms, tables, []account.Balance{wallet("BTC", "0.02")}, []account.Position{
		isolated("BTCUSD_PERP", "LONG", "50", "60000", "0.01"), cross("BTCUSD_PERP", "SHORT", "-100", "60000")}, at("BTCUSD_PERP", "60000"))
	if price(alone.Positions[0]) != price(mixed.Positions[1]) || !reflect.DeepEqual(alone.Margins, mixed.Margins) {
		t.Errorf("alone %s, mixed %s", price(alone.Positions[0]), price(mixed.Positions[1]))
	}
}

// Other symbols of the margin asset count at their marks; other assets do not.
func TestOtherSymbolsOfThePool(t *testing.T) {
	held := []account.Position{cross("BTCUSD_260327", "BOTH", "-50", "61000"), cross("BTCUSD_PERP", "BOTH", "100", "60000"), cross("ETHUSD_PERP", "BOTH", "300", "3000")}
	now := Compute(terms, tables, []account.Balance{wallet("BTC", "0.05"), wallet("ETH", "1")}, held,
		at("BTCUSD_PERP", "60000", "BTCUSD_260327", "50000", "ETHUSD_PERP", "3000"))
	// A short that gained 5000·(1/50000 - 1/61000), and must keep 0.1·0.4 %.
	if p := now.Positions[0]; p.Unrealized.String() != "0.01803278" {
		t.Errorf("short at 50000: %v", p.Unrealized)
	}
	// 10000·1.004 / (0.05 - 0.0004 + 0.01803278 + 1/6)
	if got := price(now.Positions[1]); got != "42851.14686712" {
		t.Errorf("long: %s", got)
	}
	if m := now.Margins[0]; m.Balance.String() != "0.06803278" || m.Maintenance.String() != "0.00106666" || m.Ratio.String() != "0.01567861" {
		t.Errorf("%+v", m)
	}
}

func TestWhatIsMissingIsAbsent(t *testing.T) {
	held := []account.Position{cross("BTCUSD_260327", "BOTH", "-50", "61000"), cross("BTCUSD_PERP", "BOTH", "100", "60000"), cross("ETHUSD_PERP", "BOTH", "300", "3000"),
		isolated("ETHUSD_260327", "BOTH", "10", "3000", "0.1")}
	with := func(change func(all []account.Position)) []account.Position {
		all := slices.Clone(held)
		change(all)
		return all
	}
	all := at("BTCUSD_PERP", "60000", "BTCUSD_260327", "50000", "ETHUSD_PERP", "3000", "ETHUSD_260327", "3000")
	money := []account.Balance{wallet("BTC", "0.05"), wallet("ETH", "1")}
	for _, c := range []struct {
		name      string
		rules     *Rules
		tables    map[string]inverse.Brackets
		money     []account.Balance
		held      []account.Position
		mark      func(string) (Mark, bool)
		want      error
		positions int // rows
		partial   int // of them
		margins   int
	}{
		{"nothing", terms, tables, money, held, all, nil, 4, 0, 2},
		{"a mark", terms, tables, money, held, at("BTCUSD_PERP", "60000", "ETHUSD_PERP", "3000", "ETHUSD_260327", "3000"), ErrNoMark, 3, 1, 1},
		{"an isolated mark", terms, tables, money, held, at("BTCUSD_PERP", "60000", "BTCUSD_260327", "50000", "ETHUSD_PERP", "3000"), ErrNoMark, 3, 0, 2},
		{"brackets", terms, standard("BTCUSD_PERP", "ETHUSD_PERP", "ETHUSD_260327"), money, held, all, ErrBrackets, 4, 2, 1},
		{"isolated brackets", terms, standard("BTCUSD_PERP", "BTCUSD_260327", "ETHUSD_PERP"), money, held, all, ErrBrackets, 4, 1, 2},
		{"a wallet", terms, tables, money[:1], held, all, ErrNoWallet, 4, 1, 1},
		{"the rules", nil, tables, money, held, all, ErrRules, 0, 0, 0},
		{"a symbol's rules", terms, tables, money, with(func(p []account.Position) { p[0].Symbol, p[0].MarginAsset = "BTCUSD_250101", "BTC" }), all, ErrRules, 3, 1, 1},
		{"a symbol's rules and asset", terms, tables, money, with(func(p []account.Position) { p[0].Symbol = "XUSD_PERP" }), all, ErrRules, 3, 2, 0},
		{"whole contracts", terms, tables, money, with(func(p []account.Position) { p[0].Amount = num("-50.5") }), all, ErrContracts, 3, 1, 1},
		{"an entry price", terms, tables, money, with(func(p []account.Position) { p[0].EntryPrice = decimal.Zero }), all, inverse.ErrPrice, 3, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := Compute(c.rules, c.tables, c.money, c.held, c.mark)
			partial := 0
			for _, p := range now.Positions {
				if p.Partial {
					partial++
					if p.HasLiquidation || p.HasRatio || p.Reached(decimal.Zero) {
						t.Errorf("partial and yet: %+v", p)
					}
				}
			}
			if len(now.Positions) != c.positions || partial != c.partial || len(now.Margins) != c.margins {
				t.Errorf("%d rows, %d partial, %d margins: %+v", len(now.Positions), partial, len(now.Margins), now)
			}
			if (len(now.Missing) == 0) != (c.want == nil) {
				t.Fatalf("missing: %+v", now.Missing)
			}
			if c.want != nil && !errors.Is(now.Missing[0].Err, c.want) {
				t.Errorf("missing: %v", now.Missing[0].Err)
			}
		})
	}
}

func TestReached(t *testing.T) {
	marks := at("BTCUSD_PERP", "20079.9", "ETHUSD_PERP", "3000")
	now := Compute(terms, tables, []account.Balance{wallet("BTC", "0.1"), wallet("ETH", "1")},
		[]account.Position{cross("BTCUSD_PERP", "BOTH", "100", "25000"), isolated("ETHUSD_PERP", "BOTH", "-300", "2000", "0.1")}, marks)
	// A tenth of a dollar below the liquidation price.
	if m := now.Margins[0]; !m.Reached(num("1")) || !m.Reached(num("1.0012465")) || m.Reached(num("1.00124651")) {
		t.Errorf("below the liquidation price: %+v", m)
	}
	if m := now.Margins[1]; m.Reached(num("0.00000001")) {
		t.Errorf("no cross position: %+v", m)
	}
	if p := now.Positions[0]; p.Reached(decimal.Zero) {
		t.Errorf("a cross position has no ratio: %+v", p)
	}
	if p := now.Positions[1]; !p.Reached(num("1000000")) || p.HasRatio {
		t.Errorf("nothing is left of it: %+v", p)
	}
	broke := Compute(terms, tables, []account.Balance{wallet("BTC", "0.01")}, []account.Position{cross("BTCUSD_PERP", "BOTH", "100", "25000")}, marks)
	if m := broke.Margins[0]; m.HasRatio || !m.Reached(num("1000000")) {
		t.Errorf("nothing is left of it: %+v", m)
	}
}

func TestFlatAccounts(t *testing.T) {
	never := func(string) (Mark, bool) { t.Error("a mark is asked for"); return Mark{}, false }
	now := Compute(terms, tables, []account.Balance{wallet("BTC", "0")}, []account.Position{cross("BTCUSD_PERP", "BOTH", "0", "0")}, never)
	if now.Positions != nil || now.Margins != nil || now.Missing != nil {
		t.Errorf("%+v", now)
	}
}

// Order of rows is the caller's habit, not a condition.
func TestUnsortedPositionsComeOutSorted(t *testing.T) {
	held := []account.Position{cross("BTCUSD_PERP", "SHORT", "-40", "62000"), cross("BTCUSD_260327", "SHORT", "-5", "61000"), cross("BTCUSD_PERP", "LONG", "100", "60000")}
	marks := at("BTCUSD_PERP", "60000", "BTCUSD_260327", "61000")
	money := []account.Balance{wallet("BTC", "0.02")}
	got := Compute(terms, tables, money, held, marks)
	if held[0].Side != "SHORT" {
		t.Error("the caller's slice was sorted")
	}
	slices.SortFunc(held, bySymbol)
	if want := Compute(terms, tables, money, held, marks); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A mark that moves meanwhile must not give LONG and SHORT different ones.
func TestASymbolsMarkIsAskedForOnce(t *testing.T) {
	asked := 0
	Compute(terms, tables, []account.Balance{wallet("BTC", "1")}, []account.Position{
		cross("BTCUSD_PERP", "LONG", "100", "60000"), cross("BTCUSD_PERP", "SHORT", "-40", "62000")},
		func(s string) (Mark, bool) { asked++; return at("BTCUSD_PERP", "60000")(s) })
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// The rows, the margins, and nothing beside them.
func TestComputeAllocatesItsResultAlone(t *testing.T) {
	held := []account.Position{cross("BTCUSD_260327", "BOTH", "-50", "61000"), cross("BTCUSD_PERP", "LONG", "100", "60000"), cross("BTCUSD_PERP", "SHORT", "-100", "60000")}
	money, marks := []account.Balance{wallet("BTC", "0.05")}, at("BTCUSD_PERP", "60000", "BTCUSD_260327", "61000")
	if n := testing.AllocsPerRun(200, func() { Compute(terms, tables, money, held, marks) }); n > 2.5 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

// Scratch that is used again leaves nothing of another account behind.
func TestComputationsDoNotMix(t *testing.T) {
	r, brackets, money, held := holding(50)
	one := []account.Position{cross("BTCUSD_PERP", "BOTH", "100", "60000")}
	want := Compute(terms, tables, []account.Balance{wallet("BTC", "0.05")}, one, at("BTCUSD_PERP", "60000"))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 20 {
				Compute(r, brackets, money, held, at("A00USD_0", "38000"))
				if got := Compute(terms, tables, []account.Balance{wallet("BTC", "0.05")}, one, at("BTCUSD_PERP", "60000")); !reflect.DeepEqual(got, want) {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
		})
	}
	group.Wait()
}
