import { morph } from "./morph.js";

// live keeps #live like what the server makes at a path: each time again is
// called, and every so many ms for what no change tells of (marks, lines).
// lost is called with false when an answer came and true when none did.
export function live(path, every, done) {
  const element = document.getElementById("live");
  let tag = "", busy = false, more = false, timer = 0;

  async function again() {
    if (busy) return void (more = true);
    if (document.hidden) return;
    busy = true;
    let next = every;
    clearTimeout(timer);
    const give = new AbortController(), late = setTimeout(() => give.abort(), 10_000);
    try {
      const answer = await fetch(path, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", signal: give.signal });
      if (answer.status === 401) return location.reload();
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(answer.statusText);
        tag = answer.headers.get("ETag") ?? "";
        show(await answer.text());
      }
      done(true);
    } catch {
      next = Math.min(every, 1_000);
      done(false);
    } finally {
      clearTimeout(late);
      busy = false;
      timer = setTimeout(again, more ? 0 : next);
      more = false;
    }
  }

  function show(html) {
    const page = new DOMParser().parseFromString(`<div id="live">${html}</div>`, "text/html");
    const now = page.getElementById("live");
    for (const { name, value } of element.attributes) now.setAttribute(name, value);
    morph(element, document.adoptNode(now));
    element.dispatchEvent(new Event("shown"));
  }

  document.addEventListener("visibilitychange", () => again());
  timer = setTimeout(again, every);
  return again;
}
