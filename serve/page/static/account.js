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

// say tells a screen reader why a wallet moved: at once, and then one text in 4 s
// with the last three reasons.
let words = [], quiet = false;
function say(c) {
  for (const e of c.entries) words.push(`${e.asset} ${e.kind.toLowerCase().replaceAll("_", " ")} ${e.amount}, wallet ${e.balance}`);
  words = words.slice(-3);
  if (quiet || !words.length) return;
  document.getElementById("said").textContent = words.join("; ");
  words = [];
  quiet = true;
  setTimeout(() => {
    quiet = false;
    say({ entries: [] });
  }, 4_000);
}
