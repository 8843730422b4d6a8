import { createChart, createSeriesMarkers, AreaSeries, LineType } from "./vendor/lightweight-charts.mjs";
import { follow, tell } from "./stream.js";

// Numbers are floats here for pixels alone; what is printed is the text that the
// exchange sent.

const box = document.getElementById("chart");
const most = 5_000; // entries in the chart; further back, days
const state = { entries: [], days: null, span: "changes", off: new Set(["OPENING"]) };
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const classOf = { OPENING: "opening", TRANSFER: "transfer", REALIZED_PNL: "pnl", COMMISSION: "commission", FUNDING_FEE: "funding", INSURANCE_CLEAR: "insurance", UNEXPLAINED: "unexplained" };
const colour = (kind) => css(`--k-${classOf[kind] ?? "other"}`);
const labels = { REALIZED_PNL: "Realized PnL", OPENING: "First balance" };
const label = (kind) => labels[kind] ?? (kind[0] + kind.slice(1).toLowerCase().replaceAll("_", " "));

const chart = createChart(box, { autoSize: true, layout: { attributionLogo: false }, timeScale: { timeVisible: true, secondsVisible: true, borderVisible: false, rightOffset: 4 }, rightPriceScale: { borderVisible: false }, localization: { locale: "en-GB" } });
const series = chart.addSeries(AreaSeries, { lineType: LineType.WithSteps, lineWidth: 2, priceFormat: { type: "custom", minMove: 1e-8, formatter: (v) => v.toFixed(8) } });
const marks = createSeriesMarkers(series, []);

function paint() {
  const accent = css("--accent"), line = css("--line-2");
  chart.applyOptions({ layout: { background: { color: css("--card") }, textColor: css("--muted"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 }, grid: { vertLines: { color: line }, horzLines: { color: line } } });
  series.applyOptions({ lineColor: accent, topColor: `${accent}38`, bottomColor: `${accent}05` });
  draw();
}

// points has one for each second, which is as fine as the chart's time is.
function points() {
  const list = [];
  const rows = state.span === "days" ? state.days ?? [] : state.entries;
  for (const e of rows) {
    const time = Math.floor(e.time / 1000), value = Number(e.balance), last = list.at(-1);
    if (last && time <= last.time) {
      last.value = value;
      last.why.push(e);
    } else list.push({ time, value, why: [e] });
  }
  return list;
}

let drawn = [];
function draw() {
  drawn = points();
  series.setData(drawn.map(({ time, value }) => ({ time, value })));
  const signs = [];
  for (const p of drawn) {
    for (const kind of new Set(p.why.map((e) => e.kind))) {
      if (state.off.has(kind)) continue;
      const down = p.why.find((e) => e.kind === kind).amount.startsWith("-");
      signs.push({ time: p.time, position: down ? "belowBar" : "aboveBar", shape: kind === "UNEXPLAINED" ? "square" : down ? "arrowDown" : "arrowUp", color: colour(kind), size: kind === "FUNDING_FEE" || kind === "COMMISSION" ? 0.6 : 1 });
    }
  }
  marks.setMarkers(signs);
  legend();
}

function legend() {
  const kinds = [...new Set(state.entries.map((e) => e.kind))].sort(), at = document.getElementById("legend");
  if (at.dataset.kinds === kinds.join()) return;
  at.dataset.kinds = kinds.join();
  at.replaceChildren(...kinds.map((kind) => {
    const l = document.createElement("label"), tick = document.createElement("input"), text = document.createElement("span");
    tick.type = "checkbox";
    tick.checked = !state.off.has(kind);
    tick.addEventListener("change", () => {
      state.off[tick.checked ? "delete" : "add"](kind);
      draw();
    });
    text.className = `kind ${classOf[kind] ?? "other"}`;
    text.textContent = label(kind);
    l.append(tick, text);
    return l;
  }));
}

const readout = document.getElementById("readout");
function read(p) {
  const e = p?.why.at(-1);
  readout.textContent = e ? `${new Date(e.time).toISOString().slice(0, 19).replace("T", " ")} · ${e.balance} ${box.dataset.asset} · ${p.why.slice(-3).map((w) => `${label(w.kind)} ${w.amount.startsWith("-") ? "" : "+"}${w.amount}`).join(", ")}` : "";
}
chart.subscribeCrosshairMove((m) => read(m.time === undefined ? drawn.at(-1) : drawn.find((p) => p.time === m.time)));

const path = `/v1/accounts/${encodeURIComponent(box.dataset.name)}`, asset = encodeURIComponent(box.dataset.asset);

async function get(url) {
  const answer = await fetch(url, { cache: "no-store" });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

async function load() {
  let next = "", list = [];
  do {
    const page = await get(`${path}/entries?asset=${asset}&newest=1&limit=1000${next && `&after=${encodeURIComponent(next)}`}`);
    list = list.concat(page.entries);
    next = page.next;
  } while (next && list.length < most);
  state.entries = list.reverse();
  document.getElementById("note").textContent = next ? `The last ${list.length} changes; "By day" shows all.` : "";
}

// loadDays sums what each day changed to the wallet at its end, in whole units
// of the last of 8 or more digits.
async function loadDays() {
  const { totals } = await get(`${path}/totals?by=day&asset=${asset}`);
  const scale = Math.max(8, ...totals.map((t) => (t.amount.split(".")[1] ?? "").length));
  const units = (text) => BigInt(text.replace("-", "").split(".")[0] + (text.split(".")[1] ?? "").padEnd(scale, "0")) * (text.startsWith("-") ? -1n : 1n);
  let sum = 0n;
  state.days = totals.map((t) => {
    sum += units(t.amount);
    const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, "0");
    return { time: Date.parse(t.day), kind: t.kind, amount: t.amount, balance: `${sum < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}` };
  });
}

document.getElementById("spans").addEventListener("click", async (e) => {
  const chip = e.target.closest("[data-span]");
  if (!chip) return;
  state.span = chip.dataset.span;
  for (const c of document.querySelectorAll("[data-span]")) c.setAttribute("aria-pressed", String(c === chip));
  if (state.span === "days") await loadDays();
  draw();
  chart.timeScale().fitContent();
});

function change(c) {
  const mine = c.entries.filter((e) => e.asset === box.dataset.asset);
  for (const e of mine) if (!state.entries.some((h) => h.position === e.position && h.index === e.index)) state.entries.push(e);
  const revised = (c.revised ?? []).filter((r) => r.after.asset === box.dataset.asset);
  for (const { after } of revised) {
    const i = state.entries.findIndex((h) => h.position === after.position && h.index === after.index);
    if (i >= 0) state.entries[i] = after;
  }
  if (!mine.length && !revised.length) return;
  state.entries.sort((a, b) => a.position - b.position || a.index - b.index);
  if (state.entries.length > 2 * most) state.entries = state.entries.slice(-most); // a page that is open for days
  soon();
}

// soon draws once a frame, however much comes.
let due = false;
function soon() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    draw();
    read(drawn.at(-1));
  });
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
function start() {
  load().then(() => {
    paint();
    chart.timeScale().fitContent();
    read(drawn.at(-1));
    if (box.dataset.cursor) follow(`account=${encodeURIComponent(box.dataset.name)}`, box.dataset.cursor, { state: tell, change });
    else tell("off"); // history alone: nothing of it is live
  }, () => {
    tell("lost");
    setTimeout(start, 2_000);
  });
}
start();
