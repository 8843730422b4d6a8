// A peer is told on stdin what to do, a line of JSON each, and says on stdout what
// it hears and believes: of many accounts at once, each under an id.
import { createInterface } from 'node:readline';

const opened = {};

// serve calls open(account, say) for each account; what that returns can be closed,
// and asked for its parts, the rows [kind, asset, amount] that say why wallets moved.
export function serve(open) {
  console.log(JSON.stringify({ ready: true }));
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const { id, act, ...account } = JSON.parse(line);
    const say = (what) => console.log(JSON.stringify({ id, ...what }));
    if (act === 'open') opened[id] = open(account, say);
    if (act === 'close') Promise.resolve(opened[id]?.close()).catch(() => {});
    if (act === 'parts') {
      const parts = await opened[id]?.parts().catch(() => []);
      say({ parts: parts ?? [] });
    }
  }).on('close', () => process.exit(0));
}

export const later = (ms) => new Promise((r) => setTimeout(r, ms));
