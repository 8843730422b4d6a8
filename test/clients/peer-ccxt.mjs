// npm `ccxt`, its pro class: loops of watchBalance and watchPositions that begin
// again when they are refused, as its manual has them, with numbers as strings, and
// with snapshots of the balance where they are what is asked for.
import ccxt from 'ccxt';
import { later, serve } from './peer.mjs';

const kinds = { fee: 'FUNDING_FEE', trade: 'REALIZED_PNL', commission: 'COMMISSION', transfer: 'TRANSFER' };

function make({ url, streams, key, secret, scale, snapshots }) {
  const e = new ccxt.pro.binancecoinm({
    apiKey: key,
    secret,
    enableRateLimit: false,
    options: {
      fetchMarkets: { types: ['inverse'] },
      watchBalance: { fetchBalanceSnapshot: snapshots },
      listenKeyRefreshRate: 1200000 / scale,
    },
  });
  e.number = String;
  e.has.fetchCurrencies = false; // asks the spot exchange
  for (const k of Object.keys(e.urls.api)) {
    if (k.startsWith('dapi')) e.urls.api[k] = url + '/dapi/v' + (k.match(/V(\d)$/)?.[1] ?? '1');
  }
  e.urls.api.ws.delivery = streams + '/ws';
  return e;
}

serve((account, say) => {
  const e = make(account);
  const ready = e.loadHttpProxyAgent(); // of ws:// without TLS
  let closed = false;
  const forever = async (f) => {
    while (!closed) await f().catch(() => later(100));
  };
  let believed = '';
  const watch = setInterval(() => {
    const held = Object.entries(e.balance?.delivery ?? {}).filter(([, b]) => b?.total !== undefined);
    const wallets = JSON.stringify(Object.fromEntries(held.filter(([asset]) => asset === asset.toUpperCase()).map(([asset, b]) => [asset, String(b.total)])));
    if (wallets !== believed) say({ wallets: JSON.parse(wallets) });
    believed = wallets;
  }, 20);
  ready.then(() => forever(async () => say({ told: String((await e.watchBalance()).BTC?.total ?? '') })));
  ready.then(() => forever(async () => {
    for (const p of await e.watchPositions(['BTC/USD:BTC'])) say({ bep: String(p.breakEvenPrice ?? p.info?.bep ?? '') });
  }));
  return {
    close: () => {
      closed = true;
      clearInterval(watch);
      return e.close();
    },
    parts: async () => (await e.fetchLedger()).map((row) => [kinds[row.type] ?? row.type, row.currency, (row.direction === 'out' ? '-' : '') + row.amount]),
  };
});
