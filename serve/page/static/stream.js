// Changes as they happen, and what to say while they do not come.
//
// The browser's EventSource shows no heartbeat, so a connection that died in
// silence would look alive; this reads the same stream by fetch.

const silentMost = 25_000; // ms; the server says something every 10 s
const againMost = 8_000;

// follow calls on.change(change) for each change behind a cursor, and on.state
// with connecting, live or lost. It goes on until the page is left, and pauses
// while nobody looks at it.
export function follow(query, cursor, on) {
  let last = cursor, again = 250, request = null, timer = 0, watch = 0;

  async function run() {
    clearTimeout(timer);
    if (document.hidden || request) return;
    request = new AbortController();
    const mine = request;
    try {
      const answer = await fetch(`/v1/changes?${query}`, { signal: mine.signal, headers: last ? { "Last-Event-ID": last } : {}, cache: "no-store" });
      if (answer.status === 401 || answer.status === 409) return location.reload(); // log in; or another store: begin anew
      if (!answer.ok) throw new Error(answer.statusText);
      await read(answer.body.getReader(), mine);
      throw new Error("ended");
    } catch {
      if (!document.hidden) on.state("lost");
      timer = setTimeout(run, again);
      again = Math.min(again * 2, againMost);
    } finally {
      clearTimeout(watch);
      if (request === mine) request = null;
    }
  }

  async function read(from, mine) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      clearTimeout(watch);
      watch = setTimeout(() => mine.abort(), silentMost);
      const { value, done } = await from.read();
      if (done) return;
      on.state("live");
      again = 250;
      text += decoder.decode(value, { stream: true });
      for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) one(text.slice(0, end));
    }
  }

  function one(event) {
    let data = "";
    for (const line of event.split("\n")) {
      if (line.startsWith("data: ")) data += line.slice(6);
      if (line.startsWith("id: ")) last = line.slice(4);
    }
    if (data) on.change(JSON.parse(data));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) request?.abort();
    else run();
  });
  addEventListener("online", run);
  on.state("connecting");
  run();
}

const words = { connecting: "connecting", live: "live", lost: "connection lost", off: "" };
let since = "";

// tell shows the state of the connection.
export function tell(state) {
  const link = document.getElementById("link"), lost = document.getElementById("lost");
  if (link.dataset.state === state) return;
  link.dataset.state = state;
  document.getElementById("link-text").textContent = words[state];
  document.body.classList.toggle("stale", state === "lost");
  if (state === "live") since = "";
  else since ||= new Date().toISOString().slice(11, 19);
  lost.hidden = state !== "lost";
  lost.textContent = state === "lost" ? `Connection lost at ${since} UTC. What is shown may be old; trying again.` : "";
}
