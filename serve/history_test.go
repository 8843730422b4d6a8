package serve_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"poise/account"
	"poise/decimal"
	"poise/follower"
	"poise/store"
)

// past writes what an account heard over some days up to a moment: a deposit,
// fills with their fees, funding each 8 hours, a withdrawal, and a fill whose
// ORDER_TRADE_UPDATE was lost.
type past struct {
	t       testing.TB
	name    string
	records []account.Record
	wallet  decimal.D
	gained  decimal.D // cr
	order   int
	held    int
}

func (p *past) message(ms int64, text string) {
	p.records = append(p.records, account.Record{Account: p.name, Kind: account.Frame, Line: 1, Received: ms * 1e6, Data: []byte(text)})
}

func (p *past) moved(amount string) decimal.D {
	d := decimal.MustParse(amount)
	var err error
	p.wallet, err = p.wallet.Add(d)
	must(p.t, err)
	return d
}

func (p *past) update(at time.Time, reason, change, position string) {
	ms := at.UnixMilli()
	p.message(ms+6, fmt.Sprintf(`{"e":"ACCOUNT_UPDATE","E":%d,"T":%d,"i":"SgsR","a":{"B":[{"a":"BTC","wb":"%s","cw":"%s","bc":"%s"}],"P":[%s],"m":"%s"}}`,
		ms+6, ms, p.wallet, p.wallet, change, position, reason))
}

func (p *past) transfer(at time.Time, reason, amount string) {
	p.moved(amount)
	p.update(at, reason, amount, "")
}

func (p *past) funding(at time.Time, amount string) {
	p.moved(amount)
	p.update(at, "FUNDING_FEE", amount, "")
}

// fill trades: gain and fee move the wallet; told says whether the order's
// message came.
func (p *past) fill(at time.Time, contracts int, price, gain, fee string, told bool) {
	p.order++
	p.held += contracts
	var err error
	p.gained, err = p.gained.Add(p.moved(gain))
	must(p.t, err)
	p.moved("-" + fee)
	p.update(at, "ORDER", "0", fmt.Sprintf(`{"s":"BTCUSD_261225","pa":"%d","ep":"%s","bep":"0","cr":"%s","up":"0","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC"}`,
		p.held, price, p.gained))
	if !told {
		return
	}
	side := map[bool]string{true: "BUY", false: "SELL"}[contracts > 0]
	ms := at.UnixMilli()
	p.message(ms+7, fmt.Sprintf(`{"e":"ORDER_TRADE_UPDATE","E":%d,"T":%d,"i":"SgsR","o":{"s":"BTCUSD_261225","c":"x%d","S":"%s","o":"MARKET","f":"GTC","q":"%d","p":"0","ap":"%s","sp":"0","x":"TRADE","X":"FILLED","i":%d,"l":"%d","z":"%d","L":"%s","ma":"BTC","N":"BTC","n":"%s","T":%d,"t":%d,"rp":"%s","b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"MARKET","ps":"BOTH","cp":false,"pP":false,"si":0,"ss":0}}`,
		ms+7, ms, p.order, side, abs(contracts), price, 8_886_774_000+p.order, abs(contracts), abs(contracts), price, fee, ms, 5_500+p.order, gain))
}

func abs(n int) int { return max(n, -n) }

// remember keeps a past of some days up to a moment, and returns what the
// account holds then.
func remember(t testing.TB, s *store.Store, name string, days int, until time.Time) string {
	t.Helper()
	p := &past{t: t, name: name}
	first := until.Add(-time.Duration(days) * 24 * time.Hour).Truncate(24 * time.Hour)
	p.transfer(first.Add(time.Hour), "DEPOSIT", "2.50000000")
	for i := range days {
		day := first.Add(time.Duration(i) * 24 * time.Hour)
		fund := func(k int) {
			p.funding(day.Add(time.Duration(8*k+8)*time.Hour+137*time.Millisecond), fmt.Sprintf("%s0.000%d%d000", []string{"", "-", "-"}[(i+k)%3], 1+(3*i+k)%4, k))
		}
		fund(0)
		p.fill(day.Add(10*time.Hour+41*time.Minute), 40+i, fmt.Sprintf("%d.0", 60_000+137*i), "0.00000000", fmt.Sprintf("0.00003%03d", 100+i), true)
		switch i % 9 {
		case 4:
			p.transfer(day.Add(12*time.Hour), "WITHDRAW", "-0.15000000")
		case 7:
			p.transfer(day.Add(13*time.Hour), "DEPOSIT", "0.20000000")
		}
		fund(1)
		p.fill(day.Add(17*time.Hour+3*time.Minute), -40-i, "0.0", fmt.Sprintf("%s0.0%d%04d00", []string{"", "", "-"}[(i*i+1)%3], 1+i%3, 1000+170*i), fmt.Sprintf("0.00003%03d", 200+i), i != days-3)
		fund(2)
	}
	keep(t, s, name, p.records)
	return p.wallet.String()
}

// keep writes records through journal, books and ledger.
func keep(t testing.TB, s *store.Store, name string, records []account.Record) {
	t.Helper()
	ctx := context.Background()
	k, err := follower.OpenKeeper(ctx, s, store.PartitionOf(name))
	must(t, err)
	_, err = k.Keep(ctx, records)
	must(t, err)
	must(t, k.Flush(ctx))
}
