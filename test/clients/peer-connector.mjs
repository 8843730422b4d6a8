// The exchange's own connector, its websocket streams: the key started, kept and
// subscribed to as its README has it, and the balance asked of REST when a socket opens.
import { DerivativesTradingCoinFutures } from '@binance/derivatives-trading-coin-futures';
import { later, serve } from './peer.mjs';

for (const level of ['info', 'warn', 'error', 'debug', 'log']) {
  const real = console[level]; // its logger; what is said of accounts is JSON
  console[level] = (text, ...more) => { if (String(text).startsWith('{')) real(text, ...more); };
}

serve(follow);

function follow({ url, streams, key, secret, scale }, say) {
  const keys = { apiKey: key, apiSecret: secret };
  const client = new DerivativesTradingCoinFutures({
    configurationRestAPI: { ...keys, basePath: url },
    configurationWebsocketStreams: { wsURL: streams },
  });
  const ask = async () => {
    const rows = await (await client.restAPI.futuresAccountBalance()).data();
    say({ wallets: Object.fromEntries(rows.map((b) => [b.asset, String(b.balance)])) });
  };
  let connection, keeping;
  (async () => {
    let listenKey;
    while (!listenKey) {
      const started = await client.restAPI.startUserDataStream().catch(() => undefined);
      listenKey = (await started?.data())?.listenKey;
      if (!listenKey) await later(500);
    }
    keeping = setInterval(() => client.restAPI.keepaliveUserDataStream().catch(() => {}), (30 * 60000) / scale);
    connection = await client.websocketStreams.connect();
    connection.on('error', () => {}); // unheard, it ends the process
    connection.on('open', () => ask().catch(() => {}));
    connection.userData(listenKey).on('message', (m) => {
      if (m.e !== 'ACCOUNT_UPDATE') return;
      const wallets = Object.fromEntries(m.a.B.map((b) => [b.a, b.wb]));
      say({ wallets });
      if (wallets.BTC) say({ told: wallets.BTC });
      for (const p of m.a.P) if (p.bep !== undefined) say({ bep: p.bep });
    });
    await ask();
  })().catch(() => {});
  return {
    parts: async () => (await (await client.restAPI.getIncomeHistory()).data()).map((r) => [r.incomeType, r.asset, r.income]),
    close: () => { clearInterval(keeping); return connection?.disconnect(); },
  };
}
