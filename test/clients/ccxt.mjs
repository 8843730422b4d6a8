// The journey of npm `ccxt` (binancecoinm, and its pro class) against a venue: it
// prints a line of JSON a call.
import ccxt from 'ccxt';

const { VENUE_URL, VENUE_STREAMS, VENUE_KEY, VENUE_SECRET } = process.env;

// The client's own throttle is for the exchange's limits; the venue's are as wide
// as a journey needs.
function make(Exchange) {
  const e = new Exchange({ apiKey: VENUE_KEY, secret: VENUE_SECRET, enableRateLimit: false, options: { fetchMarkets: { types: ['inverse'] } } });
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
await step('fetchTime', () => e.fetchTime(), (t) => t > 0);
await step('fetchBalance', () => e.fetchBalance(), (b) => b.BTC.total === 2);
await step('setLeverage', () => e.setLeverage(10, s));
await step('setMarginMode', () => e.setMarginMode('isolated', s));
await step('createOrder market', () => e.createOrder(s, 'market', 'buy', 30), (o) => o.id);
const o = await step('createOrder limit', () => e.createOrder(s, 'limit', 'buy', 1, 59000), (o) => o.status === 'open');
await step('fetchOrder', () => e.fetchOrder(o.id, s), (o) => o.price === 59000);
await step('editOrder', () => e.editOrder(o.id, s, 'limit', 'buy', 2, 58900), (o) => o.amount === 2);
await step('fetchOpenOrders', () => e.fetchOpenOrders(s), (o) => o.length === 1);
await step('cancelOrder', () => e.cancelOrder(o.id, s), (o) => o.status === 'canceled');
await e.createOrder(s, 'limit', 'buy', 1, 59000);
await step('cancelAllOrders', () => e.cancelAllOrders(s));
await step('fetchOpenOrders none', () => e.fetchOpenOrders(s), (o) => o.length === 0);
const st = await step('createOrder stop', () => e.createOrder(s, 'STOP_MARKET', 'sell', 1, undefined, { stopPrice: 55000 }), (o) => o.id && o.triggerPrice === 55000);
await step('fetchOpenOrders trigger', () => e.fetchOpenOrders(s, undefined, undefined, { trigger: true }), (o) => o.length === 1 && o[0].id === st.id);
await step('fetchOrder trigger', () => e.fetchOrder(st.id, s, { trigger: true }), (o) => o.status === 'open' && o.triggerPrice === 55000);
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
// One candle, or two when a minute has begun since the trade.
await step('fetchOHLCV', () => e.fetchOHLCV(s, '1m'), (t) => t.length >= 1 && t[0][1] === 60000.1);
await step('fetchOpenInterest', () => e.fetchOpenInterest(s));
await step('addMargin', () => e.addMargin(s, 0.01));
await step('fetchPositionMode', () => e.fetchPositionMode(s), (m) => m.hedged === false);

// The streams: each is asked for before something is done that it must tell of.
// What is done is done again until it was told, for at most 10 s: watch* says
// nothing when the socket is open, and an event before that is nobody's.
const p = make(ccxt.pro.binancecoinm);
await p.loadHttpProxyAgent();
await p.loadMarkets();
let traded = 0;
const trade = () => e.createOrder(s, 'market', traded++ % 2 ? 'buy' : 'sell', 5);

async function told(call, watch, act, check = () => true) {
  await step(call, async () => {
    let done = false;
    const heard = watch().finally(() => { done = true; });
    for (let i = 0; i < 100 && !done; i++) {
      if (i % 10 === 0) await act();
      await Promise.race([heard.catch(() => {}), new Promise((r) => setTimeout(r, 100))]);
    }
    if (!done) throw new Error('not told within 10 s');
    return heard;
  }, check);
}

await step('watchPositions, the snapshot', () => p.watchPositions([s]), (b) => b[0].contracts === 30);
await told('watchOrders', () => p.watchOrders(s), trade, (o) => o[0].symbol === s);
await told('watchBalance', () => p.watchBalance(), trade, (b) => b.BTC.total > 1);
await told('watchPositions', () => p.watchPositions([s]), trade, (b) => b[0].symbol === s && b[0].contracts > 0);
await told('watchMyTrades', () => p.watchMyTrades(s), trade, (t) => t[0].amount === 5);
await told('watchTicker', () => p.watchTicker(s), trade, (t) => t.last > 0);
await told('watchOHLCV', () => p.watchOHLCV(s, '1m'), trade, (t) => t[0][4] > 0);
await told('watchTrades', () => p.watchTrades(s), trade, (t) => t[0].amount === 5);
const stops = [];
const stop = async () => stops.push((await e.createOrder(s, 'STOP_MARKET', 'sell', 1, undefined, { stopPrice: 55000 })).id);
await told('watchOrders, a conditional one', async () => {
  for (;;) {
    const rows = await p.watchOrders(s);
    if (rows.some((o) => o.triggerPrice === 55000)) return rows;
  }
}, stop, (rows) => rows.some((o) => stops.includes(o.id)));
await step('cancelOrder trigger, all', () => Promise.all(stops.map((id) => e.cancelOrder(id, s, { trigger: true }))));
await step('fetchOpenOrders trigger none', () => e.fetchOpenOrders(s, undefined, undefined, { trigger: true }), (o) => o.length === 0);
await p.close();
process.exit(0);
