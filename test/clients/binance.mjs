// The journey of npm `binance` (CoinMClient, WebsocketClient) against a venue.
// It prints a line of JSON a call: {"call","ok","detail"}.
import { CoinMClient, WebsocketClient } from 'binance';

const { VENUE_URL, VENUE_STREAMS, VENUE_KEY, VENUE_SECRET } = process.env;
const keys = { api_key: VENUE_KEY, api_secret: VENUE_SECRET, baseUrl: VENUE_URL, disableTimeSync: true };
const rest = new CoinMClient(keys);
const quiet = { trace() {}, info() {}, error() {} };
const symbol = 'BTCUSD_PERP';

async function step(call, run, check = () => true) {
  try {
    const v = await run();
    const ok = Boolean(check(v));
    console.log(JSON.stringify({ call, ok, detail: ok ? '' : JSON.stringify(v).slice(0, 300) }));
    return v;
  } catch (e) {
    console.log(JSON.stringify({ call, ok: false, detail: String(e?.message ?? JSON.stringify(e)).slice(0, 300) }));
  }
}

const heard = [];
const ws = new WebsocketClient({ ...keys, wsUrl: VENUE_STREAMS + '/ws', restOptions: { baseUrl: VENUE_URL }, beautify: false }, quiet);
ws.on('message', (m) => heard.push(m));
ws.on('exception', () => {});
await step('subscribeCoinFuturesUserDataStream', () => ws.subscribeCoinFuturesUserDataStream(), (v) => v);

await step('testConnectivity', () => rest.testConnectivity());
await step('getServerTime', () => rest.getServerTime(), (v) => v > 0);
await step('getExchangeInfo', () => rest.getExchangeInfo(), (v) => v.symbols.length === 5);
await step('getOrderBook', () => rest.getOrderBook({ symbol }), (v) => v.bids.length === 1);
await step('getMarkPrice', () => rest.getMarkPrice({ symbol }), (v) => v.length === 1);
await step('getFundingRateHistory', () => rest.getFundingRateHistory({ symbol }), (v) => Array.isArray(v));
await step('setLeverage', () => rest.setLeverage({ symbol, leverage: 10 }), (v) => v.leverage === 10);
await step('setMarginType', () => rest.setMarginType({ symbol, marginType: 'ISOLATED' }), (v) => v.code === 200);
const filled = await step('submitNewOrder MARKET', () => rest.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 30, newOrderRespType: 'RESULT' }), (v) => v.status === 'FILLED');
const resting = await step('submitNewOrder LIMIT', () => rest.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 59000 }), (v) => v.status === 'NEW');
await step('modifyOrder', () => rest.modifyOrder({ symbol, side: 'BUY', orderId: resting.orderId, quantity: 2, price: 58900 }), (v) => v.origQty === '2');
await step('getCurrentOpenOrder', () => rest.getCurrentOpenOrder({ symbol, orderId: resting.orderId }), (v) => v.price === '58900.0');
await step('getAllOpenOrders', () => rest.getAllOpenOrders({ symbol }), (v) => v.length === 1);
await step('cancelOrder', () => rest.cancelOrder({ symbol, orderId: resting.orderId }), (v) => v.status === 'CANCELED');
await step('submitMultipleOrders', () => rest.submitMultipleOrders([{ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '59000' }]), (v) => v[0].status === 'NEW');
await step('cancelAllOpenOrders', () => rest.cancelAllOpenOrders({ symbol }), (v) => v.code === 200);
await step('getOrder', () => rest.getOrder({ symbol, orderId: filled.orderId }), (v) => v.executedQty === '30');
await step('getAllOrders', () => rest.getAllOrders({ symbol }), (v) => v.length === 3);
await step('setCancelOrdersOnTimeout', () => rest.setCancelOrdersOnTimeout({ symbol, countdownTime: 0 }));
await step('submitNewAlgoOrder', () => rest.submitNewAlgoOrder({ algoType: 'CONDITIONAL', symbol, side: 'SELL', type: 'STOP_MARKET', quantity: '1', triggerPrice: '55000' }), (v) => v.algoStatus === 'NEW');
await step('getOpenAlgoOrders', () => rest.getOpenAlgoOrders(), (v) => v.length === 1);
await step('setIsolatedPositionMargin', () => rest.setIsolatedPositionMargin({ symbol, amount: 0.01, type: '1' }), (v) => v.code === 200);
await step('getPositionMarginChangeHistory', () => rest.getPositionMarginChangeHistory({ symbol }), (v) => v.length === 1);
await step('getBalance', () => rest.getBalance(), (v) => v[0].asset === 'BTC');
await step('getAccountInformation', () => rest.getAccountInformation(), (v) => v.positions.length === 5);
await step('getPositions', () => rest.getPositions(), (v) => v[0].positionAmt === '30' && v[0].marginType === 'isolated');
await step('getAccountTrades', () => rest.getAccountTrades({ symbol }), (v) => v.length === 1);
await step('getIncomeHistory', () => rest.getIncomeHistory(), (v) => v.length === 2);
await step('getForceOrders', () => rest.getForceOrders(), (v) => v.length === 0);
await step('getADLQuantileEstimation', () => rest.getADLQuantileEstimation(), (v) => v.length === 1);
await step('getAccountCommissionRate', () => rest.getAccountCommissionRate({ symbol }), (v) => v.takerCommissionRate === '0.00050');
await step('getNotionalAndLeverageBrackets', () => rest.getNotionalAndLeverageBrackets(), (v) => v.length > 0);
await step('getCurrentPositionMode', () => rest.getCurrentPositionMode(), (v) => v.dualSidePosition === false);
await step('getKlines', () => rest.getKlines({ symbol, interval: '1m' }), (v) => v.length >= 1);
await step('get24hrChangeStatistics', () => rest.get24hrChangeStatistics({ symbol }), (v) => v.length === 1);
await step('getSymbolPriceTicker', () => rest.getSymbolPriceTicker(), (v) => v.length === 5);
await step('getSymbolOrderBookTicker', () => rest.getSymbolOrderBookTicker({ symbol }), (v) => v.length === 1);
await step('getOpenInterest', () => rest.getOpenInterest({ symbol }), (v) => v.symbol === symbol);
await step('keepAliveFuturesUserDataListenKey', () => rest.keepAliveFuturesUserDataListenKey());
await step('an order that is refused', async () => {
  try {
    await rest.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 20000 });
  } catch (e) {
    return e;
  }
}, (e) => e?.code === -2019);
for (let i = 0; i < 50 && heard.length < 10; i++) await new Promise((r) => setTimeout(r, 20));
const kinds = ['ACCOUNT_CONFIG_UPDATE', 'ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE'];
await step('the user data stream', async () => heard.map((m) => m.e), (v) => kinds.every((k) => v.includes(k)));
await step('closeFuturesUserDataListenKey', () => rest.closeFuturesUserDataListenKey());
ws.closeAll(true);
process.exit(0);
