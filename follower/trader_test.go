package follower_test

import (
	"strconv"
	"time"
)

// trader makes the messages of an account that fills one order after the other,
// opening a position and closing it: for each fill an ACCOUNT_UPDATE and its
// ORDER_TRADE_UPDATE, as the exchange sends them, all different, with a wallet
// that every entry explains.
type trader struct {
	alias  string
	fills  int64
	wallet int64 // BTC, 8 decimals
	total  int64 // realised, 8 decimals
	at     int64 // ms: T of the last fill
	order  bool  // the fill's ACCOUNT_UPDATE was given, its order is next
}

// What a fill of 10 contracts of BTCUSD_PERP at 60000 and 60030 comes to.
const (
	startWallet = 100_0000_0000
	fillFee     = 833
	fillProfit  = 832
)

func newTrader(alias string) *trader { return &trader{alias: alias, wallet: startWallet} }

// next appends the next message to b. stamp is in it where an ACCOUNT_UPDATE has
// room for it: the unrealised PnL, which nothing depends on.
func (t *trader) next(b []byte, now time.Time) []byte {
	if t.order {
		t.order = false
		return t.appendOrder(b)
	}
	t.order = true
	t.fills++
	t.at = max(t.at+1, now.UnixMilli())
	t.wallet -= fillFee
	if t.closes() {
		t.wallet += fillProfit
		t.total += fillProfit
	}
	return t.appendUpdate(b, now.UnixMicro())
}

func (t *trader) closes() bool { return t.fills%2 == 0 }

func (t *trader) appendUpdate(b []byte, stamp int64) []byte {
	b = append(b, `{"e":"ACCOUNT_UPDATE","T":`...)
	b = strconv.AppendInt(b, t.at, 10)
	b = append(b, `,"E":`...)
	b = strconv.AppendInt(b, t.at, 10)
	b = append(append(append(b, `,"i":"`...), t.alias...), `","a":{"B":[{"a":"BTC","wb":"`...)
	b = appendCoin(b, t.wallet)
	b = append(b, `","cw":"`...)
	b = appendCoin(b, t.wallet)
	b = append(b, `","bc":"0"},{"a":"ETH","wb":"40.00000000","cw":"40.00000000","bc":"0"}],"P":[{"s":"BTCUSD_PERP","pa":"`...)
	if t.closes() {
		b = append(b, `0","ep":"0.0","cr":"`...)
	} else {
		b = append(b, `10","ep":"60000.0","cr":"`...)
	}
	b = appendCoin(b, t.total)
	b = append(b, `","up":"`...)
	b = strconv.AppendInt(b, stamp, 10)
	return append(b, `","mt":"cross","iw":"0","ps":"BOTH","ma":"BTC","bep":"60030.0"}],"m":"ORDER"}}`...)
}

func (t *trader) appendOrder(b []byte) []byte {
	side, price, profit := "BUY", "60000.0", int64(0)
	if t.closes() {
		side, price, profit = "SELL", "60030.0", fillProfit
	}
	id := 8886774120000000 + t.fills
	b = append(b, `{"e":"ORDER_TRADE_UPDATE","T":`...)
	b = strconv.AppendInt(b, t.at, 10)
	b = append(b, `,"E":`...)
	b = strconv.AppendInt(b, t.at, 10)
	b = append(append(append(b, `,"i":"`...), t.alias...), `","o":{"s":"BTCUSD_PERP","c":"bot-`...)
	b = strconv.AppendInt(b, id, 10)
	b = append(append(append(b, `","S":"`...), side...), `","o":"MARKET","f":"GTC","q":"10","p":"0","ap":"`...)
	b = append(append(b, price...), `","sp":"0","x":"TRADE","X":"FILLED","i":`...)
	b = strconv.AppendInt(b, id, 10)
	b = append(append(append(b, `,"l":"10","z":"10","L":"`...), price...), `","n":"`...)
	b = appendCoin(b, fillFee)
	b = append(b, `","N":"BTC","T":`...)
	b = strconv.AppendInt(b, t.at, 10)
	b = append(b, `,"t":`...)
	b = strconv.AppendInt(b, 550000000+t.fills, 10)
	b = append(b, `,"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"MARKET","ps":"BOTH","cp":false,"ma":"BTC","rp":"`...)
	b = appendCoin(b, profit)
	return append(b, `","pP":false,"si":0,"ss":0}}`...)
}

// appendCoin writes an amount of 8 decimals.
func appendCoin(b []byte, n int64) []byte {
	b = strconv.AppendInt(b, n/1_0000_0000, 10)
	b = append(b, '.')
	frac := n % 1_0000_0000
	for at := int64(1000_0000); at > 0; at /= 10 {
		b = append(b, byte('0'+frac/at%10))
	}
	return b
}
