// The journey of npm `ccxt` (binancecoinm, and its pro class) against a venue: it
// prints a line of JSON a call. `npm install --no-save ccxt@4.5.84` first.
import ccxt from 'ccxt';

const { VENUE_URL, VENUE_STREAMS, VENUE_KEY, VENUE_SECRET } = process.env;

function make(Exchange) {
  const e = new Exchange({ apiKey: VENUE_KEY, secret: VENUE_SECRET, options: { fetchMarkets: { types: ['inverse'] } } });
  e.has.fetchCurrencies = false; // asks the spot exchange
  for (const k of Object.keys(e.urls.api)) {
    if (k.startsWith('dapi')) e.urls.api[k] = VENUE_URL + '/dapi/v' + (k.match(/V(\d)$/)?.[1] ?? '1');
  }
  if (e.urls.api.ws) e.urls.api.ws.delivery = VENUE_STREAMS + '/ws';
  return e;
}

async function step(call, f, check = () => true) {
  try {
    const v = await f();
    const ok = Boolean(check(v));
    console.log(JSON.stringify({ call, ok, detail: ok ? '' : JSON.stringify(v)?.slice(0, 300) }));
    return v;
  } catch (e) {
    console.log(JSON.stringify({ call, ok: false, detail: String(e.message).slice(0, 300) }));
  }
}

const e = make(ccxt.binancecoinm);
await step('loadMarkets', () => e.loadMarkets(), (m) => Object.keys(m).length === 5);
const s = 'BTC/USD:BTC';
await step('fetchBalance', () => e.fetchBalance(), (b) => b.BTC.total === 2);
await step('setLeverage', () => e.setLeverage(10, s));
await step('setMarginMode', () => e.setMarginMode('isolated', s));
await step('createOrder market', () => e.createOrder(s, 'market', 'buy', 30), (o) => o.id);
const o = await step('createOrder limit', () => e.createOrder(s, 'limit', 'buy', 1, 59000), (o) => o.status === 'open');
await step('fetchOrder', () => e.fetchOrder(o.id, s), (o) => o.price === 59000);
await step('editOrder', () => e.editOrder(o.id, s, 'limit', 'buy', 2, 58900), (o) => o.amount === 2);
await step('fetchOpenOrders', () => e.fetchOpenOrders(s), (o) => o.length === 1);
await step('cancelOrder', () => e.cancelOrder(o.id, s), (o) => o.status === 'canceled');
const st = await step('createOrder stop', () => e.createOrder(s, 'STOP_MARKET', 'sell', 1, undefined, { stopPrice: 55000 }), (o) => o.id);
await step('fetchOpenOrders trigger', () => e.fetchOpenOrders(s, undefined, undefined, { trigger: true }), (o) => o.length === 1);
await step('cancelOrder trigger', () => e.cancelOrder(st.id, s, { trigger: true }));
await step('fetchOrders', () => e.fetchOrders(s), (o) => o.length >= 2);
await step('fetchMyTrades', () => e.fetchMyTrades(s), (t) => t.length === 1);
await step('fetchPositions', () => e.fetchPositions([s]), (p) => p[0].contracts === 30 && p[0].liquidationPrice > 0);
await step('fetchPositions account', () => e.fetchPositions([s], { method: 'account' }), (p) => p[0].contracts === 30);
await step('fetchLeverageTiers', () => e.fetchLeverageTiers(), (t) => t[s].length > 5);
await step('fetchFundingHistory', () => e.fetchFundingHistory(s));
await step('fetchLedger', () => e.fetchLedger(), (l) => l.length === 2);
await step('fetchTradingFee', () => e.fetchTradingFee(s), (f) => f.taker === 0.0005);
await step('fetchFundingRate', () => e.fetchFundingRate(s), (f) => f.fundingRate === 0.0001);
await step('fetchTicker', () => e.fetchTicker(s), (t) => t.last > 0);
await step('fetchOrderBook', () => e.fetchOrderBook(s), (t) => t.bids.length === 1);
await step('fetchTrades', () => e.fetchTrades(s), (t) => t.length === 1);
await step('fetchOHLCV', () => e.fetchOHLCV(s, '1m'), (t) => t.length === 1);
await step('fetchOpenInterest', () => e.fetchOpenInterest(s));
await step('addMargin', () => e.addMargin(s, 0.01));
await step('fetchPositionMode', () => e.fetchPositionMode(s), (m) => m.hedged === false);
const p = make(ccxt.pro.binancecoinm);
await p.loadHttpProxyAgent();
await p.loadMarkets();
const w = step('watchOrders', () => p.watchOrders(s), (o) => o.length > 0);
const wb = step('watchBalance', () => p.watchBalance(), (b) => b.BTC.total > 0);
const wp = step('watchPositions', () => p.watchPositions([s]), (b) => b.length > 0);
await new Promise((r) => setTimeout(r, 800));
await e.createOrder(s, 'market', 'sell', 5);
await Promise.all([w, wb, wp]);
await p.close();
process.exit(0);
