// The journey of the exchange's own connector (its REST, websocket streams and
// websocket API) against a venue. It prints a line of JSON a call.
import { DerivativesTradingCoinFutures } from '@binance/derivatives-trading-coin-futures';

const { VENUE_URL, VENUE_STREAMS, VENUE_KEY, VENUE_SECRET } = process.env;
const keys = { apiKey: VENUE_KEY, apiSecret: VENUE_SECRET };
const client = new DerivativesTradingCoinFutures({
  configurationRestAPI: { ...keys, basePath: VENUE_URL },
  configurationWebsocketStreams: { wsURL: VENUE_STREAMS },
  configurationWebsocketAPI: { ...keys, wsURL: VENUE_STREAMS + '/ws-dapi/v1' },
});
const symbol = 'BTCUSD_PERP';
const pair = 'BTCUSD';

async function step(call, run, check = () => true) {
  try {
    const v = await run();
    const ok = Boolean(check(v));
    console.log(JSON.stringify({ call, ok, detail: ok ? '' : JSON.stringify(v)?.slice(0, 300) }));
    return v;
  } catch (e) {
    console.log(JSON.stringify({ call, ok: false, detail: String(e?.message ?? JSON.stringify(e)).slice(0, 300) }));
  }
}

// rest is a call whose answer's data is looked at.
const rest = (method, params, check) => step(method, async () => (await client.restAPI[method](params)).data(), check);

async function until(check) {
  for (let i = 0; i < 250 && !check(); i++) await new Promise((r) => setTimeout(r, 20));
  return check();
}

// What the account hears, and what the market does.
const { listenKey } = await rest('startUserDataStream', undefined, (v) => v.listenKey.length === 64);
const streams = await client.websocketStreams.connect();
const heard = [];
streams.userData(listenKey).on('message', (m) => heard.push(m));
const market = {};
for (const [name, params] of Object.entries({
  aggregateTradeStreams: { symbol },
  markPriceStream: { symbol },
  individualSymbolBookTickerStreams: { symbol },
  diffBookDepthStreams: { symbol },
  klineCandlestickStreams: { symbol, interval: '1m' },
  partialBookDepthStreams: { symbol, levels: 5 },
})) {
  streams[name](params).on('message', (m) => { market[name] = m; });
}

await rest('testConnectivity');
await rest('checkServerTime', undefined, (v) => v.serverTime > 0);
await rest('exchangeInformation', undefined, (v) => v.symbols.length === 5);
await rest('orderBook', { symbol }, (v) => v.bids.length === 1);
await rest('indexPriceAndMarkPrice', { symbol }, (v) => v.length === 1);
await rest('getFundingRateHistoryOfPerpetualFutures', { symbol }, Array.isArray);
await rest('getFundingRateInfo', undefined, Array.isArray);
await rest('changeInitialLeverage', { symbol, leverage: 10 }, (v) => v.leverage === 10);
await rest('changeMarginType', { symbol, marginType: 'ISOLATED' }, (v) => v.code === 200);
const filled = await rest('newOrder', { symbol, side: 'BUY', type: 'MARKET', quantity: 30, newOrderRespType: 'RESULT' }, (v) => v.status === 'FILLED');
const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 59000 };
const resting = await step('newOrder LIMIT', async () => (await client.restAPI.newOrder(limit)).data(), (v) => v.status === 'NEW');
await rest('modifyOrder', { symbol, side: 'BUY', orderId: resting.orderId, quantity: 2, price: 58900 }, (v) => v.origQty === '2');
await rest('getOrderModifyHistory', { symbol, orderId: resting.orderId }, (v) => v[0].amendment.origQty.after === '2' && v[0].amendment.price.before === '59000' && v[0].amendment.count === 1);
await rest('queryCurrentOpenOrder', { symbol, orderId: resting.orderId }, (v) => v.price === '58900.0');
await rest('currentAllOpenOrders', { symbol }, (v) => v.length === 1);
await rest('cancelOrder', { symbol, orderId: resting.orderId }, (v) => v.status === 'CANCELED');
const again = await step('newOrder again', async () => (await client.restAPI.newOrder(limit)).data(), (v) => v.status === 'NEW');
await rest('modifyMultipleOrders', { batchOrders: [{ symbol, side: 'BUY', orderId: again.orderId, quantity: 3, price: 58800 }] }, (v) => v[0].origQty === '3');
await rest('cancelMultipleOrders', { symbol, orderIdList: [again.orderId] }, (v) => v[0].status === 'CANCELED');
await rest('cancelAllOpenOrders', { symbol }, (v) => v.code === 200);
await rest('queryOrder', { symbol, orderId: filled.orderId }, (v) => v.executedQty === '30');
await rest('allOrders', { symbol }, (v) => v.length === 3);
await rest('autoCancelAllOpenOrders', { symbol, countdownTime: 0 });
await rest('modifyIsolatedPositionMargin', { symbol, amount: 0.01, type: '1' }, (v) => v.code === 200);
await rest('getPositionMarginChangeHistory', { symbol }, (v) => v.length === 1);
await rest('futuresAccountBalance', undefined, (v) => v[0].asset === 'BTC');
await rest('accountInformation', undefined, (v) => v.positions.length === 5);
await rest('positionInformation', { pair }, (v) => v[0].positionAmt === '30' && v[0].marginType === 'isolated');
await rest('accountTradeList', { symbol }, (v) => v.length === 1);
await rest('getIncomeHistory', undefined, (v) => v.length === 2);
await rest('usersForceOrders', undefined, (v) => v.length === 0);
await rest('positionAdlQuantileEstimation', { symbol }, (v) => v.length === 1);
await rest('userCommissionRate', { symbol }, (v) => v.takerCommissionRate === '0.00050');
await rest('notionalBracketForSymbol', { symbol }, (v) => v[0].brackets.length > 5);
await rest('notionalBracketForPair', { pair }, (v) => v[0].brackets.length > 5);
await rest('getCurrentPositionMode', undefined, (v) => v.dualSidePosition === false);
await step('changePositionMode to what it is', async () => {
  try {
    await client.restAPI.changePositionMode({ dualSidePosition: 'false' });
  } catch (e) {
    return e.message;
  }
}, (m) => /no need to change position side/i.test(m));
await rest('klineCandlestickData', { symbol, interval: '1m' }, (v) => v.length >= 1);
await rest('continuousContractKlineCandlestickData', { pair, contractType: 'PERPETUAL', interval: '1m' }, (v) => v.length >= 1);
await rest('markPriceKlineCandlestickData', { symbol, interval: '1m' }, (v) => v.length >= 1);
await rest('indexPriceKlineCandlestickData', { pair, interval: '1m' }, (v) => v.length >= 1);
await rest('queryIndexPriceConstituents', { symbol: pair }, (v) => v.symbol === pair && v.constituents.length > 0);
await rest('recentTradesList', { symbol }, (v) => v.length === 1);
await rest('oldTradesLookup', { symbol }, (v) => v.length === 1);
await rest('compressedAggregateTradesList', { symbol }, (v) => v.length === 1);
await rest('ticker24hrPriceChangeStatistics', { symbol }, (v) => v.length === 1);
await rest('symbolPriceTicker', undefined, (v) => v.length === 5);
await rest('symbolOrderBookTicker', { symbol }, (v) => v.length === 1);
await rest('openInterest', { symbol }, (v) => v.symbol === symbol);
await rest('keepaliveUserDataStream');
await step('an order that is refused', async () => {
  try {
    await client.restAPI.newOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 20000 });
  } catch (e) {
    return { name: e.name, message: e.message, code: e.code };
  }
}, (e) => e?.name === 'BadRequestError' && /insufficient/i.test(e.message));

// The websocket API.
const ws = await client.websocketAPI.connect();
const socket = (method, params, check) => step('websocket ' + method, async () => (await ws[method](params)).data, check);
await socket('accountInformation', {}, (v) => v.positions.length === 5);
await socket('futuresAccountBalance', {}, (v) => v[0].asset === 'BTC');
await socket('positionInformation', { pair }, (v) => v[0].positionAmt === '30');
const placed = await socket('newOrder', limit, (v) => v.status === 'NEW');
await socket('queryOrder', { symbol, orderId: placed.orderId }, (v) => v.price === '59000.0');
await socket('modifyOrder', { symbol, side: 'BUY', orderId: placed.orderId, quantity: 2, price: 58900 }, (v) => v.origQty === '2');
await socket('cancelOrder', { symbol, orderId: placed.orderId }, (v) => v.status === 'CANCELED');
await socket('startUserDataStream', {}, (v) => v.listenKey === listenKey);
await socket('keepaliveUserDataStream', {}, (v) => v.listenKey === listenKey);
await ws.disconnect();

const kinds = ['ACCOUNT_CONFIG_UPDATE', 'ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE'];
await until(() => kinds.every((k) => heard.some((m) => m.e === k)));
await step('the user data stream', async () => heard.map((m) => m.e), (v) => kinds.every((k) => v.includes(k)));
await step('order of ACCOUNT_UPDATE', async () => heard.filter((m) => m.e === 'ACCOUNT_UPDATE').map((m) => Number(m.E)), (v) => v.every((t, i) => i === 0 || v[i - 1] <= t));
for (const name of ['aggregateTradeStreams', 'markPriceStream', 'individualSymbolBookTickerStreams', 'diffBookDepthStreams', 'klineCandlestickStreams', 'partialBookDepthStreams']) {
  // Trades again until it was told, for at most 5 s.
  for (let i = 0; i < 50 && !market[name]; i++) {
    await client.restAPI.newOrder({ symbol, side: i % 2 ? 'BUY' : 'SELL', type: 'MARKET', quantity: 1 });
    await new Promise((r) => setTimeout(r, 100));
  }
  await step(name, async () => market[name], (m) => m?.e);
}
await rest('closeUserDataStream');
await streams.disconnect();
process.exit(0);
