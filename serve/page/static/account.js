import { follow, tell } from "./stream.js";
import { live } from "./live.js";

const page = document.getElementById("live");
const name = encodeURIComponent(page.dataset.name);
let streaming = false;
const again = live(`/accounts/${name}/live`, 2_000, (ok) => {
  if (!("live" in page.dataset)) tell(ok ? "live" : "lost");
  else if (!ok) tell("lost");
  else if (streaming) tell("live");
});

if ("live" in page.dataset) {
  follow(`account=${name}`, page.dataset.cursor, {
    state(s) {
      const was = streaming;
      streaming = s === "live";
      tell(s);
      if (streaming && !was) again();
    },
    change(c) {
      if (c.balances.length + c.positions.length + c.entries.length || c.revised || c.opened || c.ended) again();
      say(c);
    },
  });
}

// say tells a screen reader why a wallet moved, one change in 4 s.
const words = [];
let saying = 0;
function say(c) {
  for (const e of c.entries) words.push(`${e.asset} ${e.kind.toLowerCase().replaceAll("_", " ")} ${e.amount}, wallet ${e.balance}`);
  words.splice(0, Math.max(0, words.length - 3));
  saying ||= setTimeout(() => {
    document.getElementById("said").textContent = words.splice(0).join("; ");
    saying = 0;
  }, 4_000);
}
