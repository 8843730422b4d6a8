// npm `binance`, its WebsocketClient: raw messages, and the balance asked of REST
// at the start and when it says `reconnected`, as its README has it.
import { CoinMClient, WebsocketClient } from 'binance';
import { AsyncLocalStorage } from 'node:async_hooks';
import { later, serve } from './peer.mjs';

// Its keep-alive is every 50 minutes, and 15 s after a failure, with no setting for
// either: where keys live faster, these two timers are made as much faster.
const scales = new AsyncLocalStorage();
for (const [name, what] of [['setInterval', 50 * 60000], ['setTimeout', 15000]]) {
  const real = globalThis[name];
  globalThis[name] = (f, ms, ...rest) => real(f, ms === what ? ms / (scales.getStore() ?? 1) : ms, ...rest);
}

const quiet = { trace() {}, info() {}, error() {} };

serve((account, say) => scales.run(account.scale, () => follow(account, say)));

function follow({ url, streams, key, secret }, say) {
  const keys = { api_key: key, api_secret: secret, disableTimeSync: true };
  const rest = new CoinMClient({ ...keys, baseUrl: url });
  const ws = new WebsocketClient({ ...keys, wsUrl: streams, restOptions: { baseUrl: url }, beautify: false }, quiet);
  const ask = async () => say({ wallets: Object.fromEntries((await rest.getBalance()).map((b) => [b.asset, String(b.balance)])) });
  ws.on('message', (m) => {
    if (m.e !== 'ACCOUNT_UPDATE') return;
    const wallets = Object.fromEntries(m.a.B.map((b) => [b.a, b.wb]));
    say({ wallets });
    if (wallets.BTC) say({ told: wallets.BTC });
    for (const p of m.a.P) if (p.bep !== undefined) say({ bep: p.bep });
  });
  ws.on('exception', () => {});
  ws.on('reconnected', () => ask().catch(() => {}));
  (async () => {
    while (!(await ws.subscribeCoinFuturesUserDataStream().catch(() => undefined))) await later(500);
    await ask();
  })().catch(() => {});
  return {
    parts: async () => (await rest.getIncomeHistory()).map((r) => [r.incomeType, r.asset, r.income]),
    close: () => ws.closeAll(true),
  };
}
