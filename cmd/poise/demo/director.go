package demo

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"poise/decimal"
	"poise/venue/gateway"
)

// transfers are what the director moves, by reason; each is drawn with a sign
// where it may have one.
var transfers = []struct {
	reason string
	signed bool
}{
	{"DEPOSIT", false}, {"WITHDRAW", false}, {"ADMIN_DEPOSIT", false}, {"ADJUSTMENT", true}, {"ASSET_TRANSFER", true}, {"COIN_SWAP_DEPOSIT", false},
}

// faults are what the network does, one after the other in a drawn order. Those
// that last end by themselves.
var faults = []gateway.Fault{
	{Kind: "disconnect"},
	{Kind: "duplicate", Count: 5},
	{Kind: "drop", Count: 2},
	{Kind: "close", Code: 1001},
	{Kind: "reorder", Count: 4},
	{Kind: "delay", By: seconds(2), For: seconds(3), Line: 1},
	{Kind: "garble", Bytes: 3, Count: 1, Line: 1},
	{Kind: "rest-error", Status: 503, Count: 2},
	{Kind: "truncate", Count: 1, Line: 1},
	{Kind: "expire-key"},
	{Kind: "silence", For: seconds(3)},
}

func seconds(n int) gateway.Duration { return gateway.Duration(time.Duration(n) * time.Second) }

// direct moves money, funding and faults until ctx ends.
func (m *Market) direct(ctx context.Context) {
	money := time.NewTicker(m.config.MoneyEvery)
	defer money.Stop()
	funding := time.NewTimer(m.config.FundingEvery / 4) // the first one early, to be seen
	defer funding.Stop()
	fault := time.NewTicker(m.config.FaultEvery)
	defer fault.Stop()
	turns := deal(m.rand)
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-money.C:
			m.transfer(ctx)
		case <-funding.C:
			m.fund(ctx)
			funding.Reset(m.config.FundingEvery)
		case <-fault.C:
			m.fault(ctx, faults[turns[n%len(turns)]])
			n++
		}
	}
}

// deal draws an order of the faults.
func deal(r *rand.Rand) []int {
	turns := make([]int, len(faults))
	for i := range turns {
		turns[i] = i
	}
	r.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
	return turns
}

func (m *Market) transfer(ctx context.Context) {
	b, t := m.bots[m.rand.IntN(len(m.bots))], transfers[m.rand.IntN(len(transfers))]
	amount := decimal.New(1+m.rand.Int64N(5_000_000), 8)
	if t.signed && m.rand.IntN(2) == 0 {
		amount = amount.Neg()
	}
	asset := m.assets[m.rand.IntN(len(m.assets))]
	if _, err := m.venue.Gateway().Transfer(ctx, b.client.Alias, t.reason, asset, amount); err == nil {
		m.transfers.Add(1)
	}
}

// fund has every perpetual pay at a drawn rate of at most 5 hundredths of a
// percent, either way.
func (m *Market) fund(ctx context.Context) {
	for _, symbol := range m.symbols() {
		if _, err := m.venue.Gateway().Fund(ctx, symbol, decimal.New(m.rand.Int64N(101)-50, 5)); err == nil {
			m.fundings.Add(1)
		}
	}
}

func (m *Market) fault(ctx context.Context, f gateway.Fault) {
	b := m.bots[m.rand.IntN(len(m.bots))]
	f.Alias = b.client.Alias
	if f.Kind == "expire-key" {
		event := m.rand.IntN(2) == 0
		f.Event = &event
	}
	if _, err := m.venue.Gateway().Fault(ctx, f); err != nil {
		return
	}
	m.faults.Add(1)
	m.log.Info("the network fails", "account", b.name, "fault", f.Kind)
}

func (m *Market) symbols() (all []string) {
	for _, b := range m.bots {
		all = append(all, b.symbols...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
