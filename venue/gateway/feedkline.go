package gateway

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// klineFeeds are the streams of candles: whose they are, which prices they have,
// and how a market is named in them.
var klineFeeds = map[string]struct {
	series func(*market) *series
	name   func(*market) string
}{
	"kline":           {traded, func(m *market) string { return m.terms.Symbol }},
	"continuousKline": {traded, func(m *market) string { return m.terms.Pair + "_" + m.terms.Type }},
	"markPriceKline":  {marked, func(m *market) string { return m.terms.Symbol }},
	"indexPriceKline": {indexed, func(m *market) string { return m.terms.Pair }},
}

const klineEvery = 250 * time.Millisecond

// newKlineFeed reads names like btcusd_perp and kline_1m; nil for another kind.
func (g *Gateway) newKlineFeed(of, kind string) *feed {
	word, interval, _ := strings.Cut(kind, "_")
	k, ok := klineFeeds[word]
	if !ok || intervals[interval] == 0 {
		return nil
	}
	all := g.marketsOf(func(m *market) bool { return of == strings.ToLower(k.name(m)) })
	if len(all) == 0 {
		return nil
	}
	return &feed{kind: word, interval: interval, every: klineEvery, markets: all[:1]}
}

// closeKlines pushes each candle once more when it is done.
func (g *Gateway) closeKlines(s *stream) {
	f := s.feed
	_, next := bucket(g.now(), f.interval)
	f.timer = g.at(next, func() {
		g.stop(f.waits) // for the candle that ends
		f.waits, f.changed, f.toldAt = nil, nil, next
		if text := g.klineMessage(f, f.markets[0], next-1, true); text != "" {
			s.broadcast([]byte(text))
		}
		g.closeKlines(s)
	})
}

// candleAt is the candle of the interval that a moment is in. A time without a
// price has the last one before.
func candleAt(rows []candle, interval string, at int64) (k candle, ok bool) {
	open, next := bucket(at, interval)
	end := sort.Search(len(rows), func(i int) bool { return rows[i].open >= next })
	first := sort.Search(end, func(i int) bool { return rows[i].open >= open })
	if first == end {
		if first == 0 {
			return k, false
		}
		last := rows[first-1].last
		return candle{open: open, first: last, high: last, low: last, last: last, firstID: -1, lastID: -1}, true
	}
	k = rows[first]
	k.open = open
	for _, r := range rows[first+1 : end] {
		k.join(r)
	}
	return k, true
}

// klineMessage writes a candle in the key order of the documentation; empty when
// there was no price yet.
func (g *Gateway) klineMessage(f *feed, m *market, at int64, done bool) string {
	k, ok := candleAt(klineFeeds[f.kind].series(m).rows, f.interval, at)
	if !ok {
		return ""
	}
	_, next := bucket(k.open, f.interval)
	head, name, scale := "", `"s":"`+m.terms.Symbol+`",`, m.scale
	switch f.kind {
	case "kline":
		head = fmt.Sprintf(`{"e":"kline","E":%d,"s":"%s"`, g.now(), m.terms.Symbol)
	case "continuousKline":
		head, name = fmt.Sprintf(`{"e":"continuous_kline","E":%d,"ps":"%s","ct":"%s"`, g.now(), m.terms.Pair, m.terms.Type), ""
	case "markPriceKline":
		head = fmt.Sprintf(`{"e":"markPrice_kline","E":%d,"ps":"%s"`, g.now(), m.terms.Pair)
	default:
		head, name = fmt.Sprintf(`{"e":"indexPrice_kline","E":%d,"ps":"%s"`, g.now(), m.terms.Pair), `"s":"0",`
	}
	quantity, base, taken, takenBase := whole(k.quantity), coin8(k.base), whole(k.taken), coin8(k.takenBase)
	if f.kind == "markPriceKline" || f.kind == "indexPriceKline" {
		k.firstID, k.lastID, scale = k.open, at, 8 // documented: to be ignored
		quantity, base, taken, takenBase = "0", "0", "0", "0"
	}
	return head + fmt.Sprintf(`,"k":{"t":%d,"T":%d,%s"i":"%s","f":%d,"L":%d,"o":"%s","c":"%s","h":"%s","l":"%s","v":"%s","n":%d,"x":%t,"q":"%s","V":"%s","Q":"%s","B":"0"}}`,
		k.open, next-1, name, f.interval, k.firstID, k.lastID, scaled(k.first, scale), scaled(k.last, scale), scaled(k.high, scale), scaled(k.low, scale),
		quantity, k.count, done, base, taken, takenBase)
}
