import { tell } from "./stream.js";
import { live } from "./live.js";

const page = document.getElementById("live"), find = document.getElementById("find");
let status = "";

function filter() {
  const text = find.value.trim().toLowerCase();
  for (const row of page.querySelectorAll("tbody tr")) {
    const shown = (!status || row.dataset.status === status) && (!text || row.textContent.toLowerCase().includes(text));
    row.classList.toggle("out", !shown);
  }
  for (const chip of page.querySelectorAll("#chips .chip")) chip.setAttribute("aria-pressed", String(chip.dataset.status === status));
}

page.addEventListener("click", (e) => {
  const chip = e.target.closest("#chips .chip");
  if (!chip) return;
  status = status === chip.dataset.status ? "" : chip.dataset.status;
  filter();
});
find.addEventListener("input", filter);
find.form.addEventListener("submit", (e) => e.preventDefault());
page.addEventListener("shown", filter);
live("/live", 2_000, (ok) => tell(ok ? "live" : "lost"));
tell("live");
