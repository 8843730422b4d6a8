package inverse

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"poise/decimal"
)

// largest is the largest coefficient that a decimal has.
var largest = num("5316911983139663491615228241121378303")

const least = int64(-1 << 63)

// Each error names its quantity and wraps a named error.
func TestErrorsNameTheQuantity(t *testing.T) {
	none, p, b := Contract{}, filled(btc, 10, "60000"), StandardBrackets()
	bare := Position{Contracts: 1}
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"notional", second(none.Notional(1, num("1"))), ErrSize},
		{"notional", second(btc.Notional(1, num("0"))), ErrPrice},
		{"notional", second(btc.Notional(1, num("-0.1"))), ErrPrice},
		{"notional", second(Contract{largest}.Notional(2, num("1"))), decimal.ErrOverflow},
		{"base quantity", second(btc.BaseQuantity(1, num("0"))), ErrPrice},
		{"base quantity", second(Contract{largest}.BaseQuantity(2, num("1"))), decimal.ErrOverflow},
		{"commission", second(btc.Commission(1, num("0"), num("1"))), ErrPrice},
		{"commission", second(Contract{largest}.Commission(2, num("1"), num("1"))), decimal.ErrOverflow},
		{"commission", second(btc.Commission(1, num("1"), largest)), decimal.ErrOverflow},
		{"entry fee", second(btc.EntryFee(1, num("1"), largest)), decimal.ErrOverflow},
		{"funding", second(btc.Funding(1, num("0"), num("1"))), ErrPrice},
		{"funding", second(btc.Funding(1, num("1"), largest)), decimal.ErrOverflow},
		{"initial margin", second(btc.InitialMargin(1, num("1"), 0)), ErrLeverage},
		{"initial margin", second(btc.InitialMargin(1, num("0"), 1)), ErrPrice},
		{"initial margin", second(Contract{largest}.InitialMargin(2, num("1"), 1)), decimal.ErrOverflow},
		{"entry cost", second(btc.PositionAt(1, num("0"))), ErrPrice},
		{"entry cost", second(btc.PositionAt(1, largest)), ErrPrice}, // costs nothing
		{"entry cost", second(btc.PositionAt(least, num("1"))), decimal.ErrOverflow},
		{"entry cost", second(Position{Contracts: 1, Basis: 2}.EntryCost()), ErrPosition},
		{"entry cost", second(Position{Contracts: 2, Basis: 3, Cost: largest}.EntryCost()), decimal.ErrOverflow},
		{"entry price", second(btc.EntryPrice(bare, 8)), ErrPosition},
		{"entry price", second(btc.EntryPrice(p, 32)), decimal.ErrOverflow},
		{"entry price", second(btc.EntryPrice(p, -1)), decimal.ErrOverflow},
		{"break-even price", second(btc.BreakEvenPrice(bare, num("0"), 8)), ErrPosition},
		{"break-even price", second(btc.BreakEvenPrice(p, largest, 8)), decimal.ErrOverflow},
		{"unrealised PnL", second(btc.UnrealizedPnL(p, num("0"))), ErrPrice},
		{"unrealised PnL", second(btc.UnrealizedPnL(p, largest)), decimal.ErrOverflow},
		{"unrealised PnL", second(btc.UnrealizedPnL(bare, num("1"))), ErrPosition},
		{"unrealised PnL", second(btc.UnrealizedPnL(Position{Contracts: 2, Basis: 1, Cost: num("1")}, num("1"))), ErrPosition},
		{"unrealised PnL", second(btc.UnrealizedPnL(Position{Contracts: -2, Basis: 1, Cost: num("1")}, num("1"))), ErrPosition},
		{"unrealised PnL", second(btc.UnrealizedPnL(Position{Contracts: 1, Basis: 1, Cost: num("-1")}, num("1"))), ErrPosition},
		{"unrealised PnL", second(none.UnrealizedPnL(p, num("1"))), ErrSize},
		{"realised PnL", second(btc.RealizedPnL(p, 11, num("1"))), ErrContracts},
		{"realised PnL", second(btc.RealizedPnL(p, -1, num("1"))), ErrContracts},
		{"realised PnL", second(btc.RealizedPnL(p, 1, num("0"))), ErrPrice},
		{"delivery", second(btc.Deliver(p, num("0"))), ErrPrice},
		{"fill", third(btc.Fill(p, 0, num("1"))), ErrContracts},
		{"fill", third(btc.Fill(p, 1, num("0"))), ErrPrice},
		{"fill", third(btc.Fill(p, -1, num("0"))), ErrPrice},
		{"fill", third(btc.Fill(p, 1, largest)), ErrPrice},
		{"fill", third(btc.Fill(p, 1<<63-1, num("1"))), decimal.ErrOverflow},
		{"fill", third(btc.Fill(Position{}, least, num("1"))), decimal.ErrOverflow},
		{"fill", third(btc.Fill(filled(btc, -1, "1"), -1<<63+1, num("1"))), decimal.ErrOverflow},
		{"fill", third(btc.Fill(Position{Contracts: 1, Basis: 1, Cost: largest}, 1, num("1"))), decimal.ErrOverflow},
		{"fill", third(btc.Fill(bare, 1, num("1"))), ErrPosition},
		{"fill", third(btc.Fill(bare, -1, num("1"))), ErrPosition},
		{"bracket", second(Brackets{}.At(num("1"))), ErrBrackets},
		{"bracket", second(b.At(largest)), nil},
		{"bracket", second(btc.BracketAt(b, 1, num("0"))), ErrPrice},
		{"bracket", second(Contract{largest}.BracketAt(b, 2, num("1"))), decimal.ErrOverflow},
		{"bracket", second(btc.BracketAt(b, 1, largest)), decimal.ErrOverflow},
		{"maintenance margin", second(btc.MaintenanceMargin(Brackets{}, 1, num("1"))), ErrBrackets},
		{"maintenance margin", second(btc.MaintenanceMargin(b, 1, num("0"))), ErrPrice},
		{"maintenance margin", second(btc.MaintenanceMargin(b, 1, largest)), decimal.ErrOverflow},
		{"maintenance margin", second(btc.MaintenanceMargin(b, 1<<62, num("0.0000000000000000000000000001"))), decimal.ErrOverflow},
		{"margin ratio", third(MarginRatio(largest, num("1"))), decimal.ErrOverflow},
		{"liquidation price", third(none.LiquidationPrice(b, Pool{}, p)), ErrSize},
		{"liquidation price", third(btc.LiquidationPrice(Brackets{}, Pool{}, p)), ErrBrackets},
		{"liquidation price", third(btc.LiquidationPrice(b, Pool{}, bare)), ErrPosition},
		{"liquidation price", third(btc.LiquidationPrice(b, Pool{Wallet: largest}, p)), decimal.ErrOverflow},
		{"liquidation price", third(btc.LiquidationPrice(b, Pool{Wallet: largest, OtherMaintenance: largest.Neg()}, p)), decimal.ErrOverflow},
		{"liquidation price", third(Contract{largest}.LiquidationPrice(b, Pool{}, p)), decimal.ErrOverflow},
	} {
		if !errors.Is(c.err, c.want) || c.err != nil && !strings.HasPrefix(c.err.Error(), c.name) {
			t.Errorf("%s: %v; want %v", c.name, c.err, c.want)
		}
	}
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

func TestBracketTablesThatAreNotConsistent(t *testing.T) {
	row := func(floor, limit, mmr, cum string, leverage int) Bracket {
		return Bracket{Floor: num(floor), Cap: num(limit), MMR: num(mmr), Cum: num(cum), MaxLeverage: leverage}
	}
	first := row("0", "5", "0.004", "0", 125)
	for _, c := range []struct {
		rows []Bracket
		want string
	}{
		{nil, "no rows"},
		{[]Bracket{row("1", "5", "0.004", "0", 125)}, "row 1: floor"},
		{[]Bracket{row("0", "0", "0.004", "0", 125)}, "row 1: cap"},
		{[]Bracket{row("0", "5", "0", "0", 125)}, "row 1: rate"},
		{[]Bracket{row("0", "5", "1", "0", 125)}, "row 1: rate"},
		{[]Bracket{row("0", "5", "0.004", "0", 0)}, "row 1: leverage"},
		{[]Bracket{row("0", "5", "0.004", "1", 125)}, "row 1: cum is 1, not 0"},
		{[]Bracket{first, row("6", "10", "0.005", "0.005", 100)}, "row 2: floor"},
		{[]Bracket{first, row("5", "5", "0.005", "0.005", 100)}, "row 2: cap"},
		{[]Bracket{first, row("5", "10", "0.003", "0.005", 100)}, "row 2: rate"},
		{[]Bracket{first, row("5", "10", "0.005", "0.005", 126)}, "row 2: leverage"},
		{[]Bracket{first, row("5", "10", "0.005", "0.0051", 100)}, "row 2: cum is 0.0051, not 0.005"},
		{[]Bracket{row("0", "5000000000000000000000000000000000000", "0.004", "0", 125), row("5000000000000000000000000000000000000", "5000000000000000000000000000000000001", "0.0050001", "0", 100)}, "row 2: cum: decimal out of range"},
	} {
		_, err := NewBrackets(c.rows...)
		if !errors.Is(err, ErrBrackets) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %q", err, c.want)
		}
	}
	for _, coef := range []string{"0", "-1"} {
		if _, err := StandardBrackets().Adjust(num(coef)); !errors.Is(err, ErrBrackets) {
			t.Errorf("coefficient %s: %v", coef, err)
		}
	}
	if _, err := StandardBrackets().Adjust(largest); !errors.Is(err, decimal.ErrOverflow) {
		t.Errorf("coefficient: %v", err)
	}
}

// Rows are the caller's own: a table stays what NewBrackets accepted.
func TestATableCannotBeChanged(t *testing.T) {
	StandardBrackets().Rows()[0].MMR = num("0.9")
	if mmr := StandardBrackets().Rows()[0].MMR.String(); mmr != "0.004" {
		t.Errorf("rate is %s", mmr)
	}
}

// A failed fill leaves the position as it was.
func TestAFailedFillReturnsThePositionUnchanged(t *testing.T) {
	p := filled(btc, 10, "60000")
	for _, n := range []int64{1, -1, -10, -11} {
		if after, _, err := btc.Fill(p, n, num("-1")); err == nil || after != p {
			t.Errorf("%d: %v, %v", n, after, err)
		}
	}
	// A flip whose remainder costs nothing.
	if after, _, err := alt.Fill(filled(alt, 1, "1"), -2, num("1000000000000000")); !errors.Is(err, ErrPrice) || after.Contracts != 1 {
		t.Errorf("%v, %v", after, err)
	}
}

// Any numbers at all: an error or a result, and no panic.
func TestNothingPanicsOnData(t *testing.T) {
	anyD := rapid.Custom(func(t *rapid.T) decimal.D {
		d := decimal.New(rapid.Int64().Draw(t, "coefficient"), rapid.IntRange(0, 31).Draw(t, "scale"))
		if wide, err := d.Mul(decimal.New(rapid.Int64().Draw(t, "factor"), 0)); err == nil && rapid.Bool().Draw(t, "wide") {
			return wide
		}
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		d := func() decimal.D { return anyD.Draw(t, "d") }
		n := func() int64 {
			return rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, least, least + 1, 1<<63 - 1})).Draw(t, "n")
		}
		c, b, scale := Contract{d()}, bracketsGen.Draw(t, "brackets"), rapid.IntRange(-1, 32).Draw(t, "scale")
		p := Position{Contracts: n(), Basis: n(), Cost: d()}
		_, _, _ = c.Fill(p, n(), d())
		_, _, _ = c.Fill(Position{}, n(), d())
		_, _ = c.PositionAt(n(), d())
		_, _ = c.EntryPrice(p, scale)
		_, _ = c.BreakEvenPrice(p, d(), scale)
		_, _ = c.UnrealizedPnL(p, d())
		_, _ = c.RealizedPnL(p, n(), d())
		_, _ = c.Deliver(p, d())
		_, _ = c.Notional(n(), d())
		_, _ = c.BaseQuantity(n(), d())
		_, _ = c.Commission(n(), d(), d())
		_, _ = c.EntryFee(n(), d(), d())
		_, _ = c.Funding(n(), d(), d())
		_, _ = c.InitialMargin(n(), d(), int(n()))
		_, _ = c.MaintenanceMargin(b, n(), d())
		_, _ = c.BracketAt(b, n(), d())
		_, _ = b.Adjust(d())
		_, _ = NewBrackets(Bracket{d(), d(), d(), d(), int(n())}, Bracket{d(), d(), d(), d(), int(n())})
		_, _, _ = MarginRatio(d(), d())
		_, _, _ = c.LiquidationPrice(b, Pool{d(), d(), d()}, p, Position{Contracts: n(), Basis: 1<<63 - 1, Cost: d()})
	})
}
