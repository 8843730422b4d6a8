// Brings what is shown in line with new HTML of the same template, so that what
// did not change is not touched: no focus is lost, nothing jumps, and what did
// change can be shown to have.

export function morph(old, now) {
  if (old.isEqualNode(now)) return;
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && !kept.has(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (!kept.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  classes(old, now);
  if (old.matches("[data-rows], #live, #chips")) return rows(old, now);
  const olds = [...old.childNodes], news = [...now.childNodes];
  const alike = olds.length === news.length && olds.every((n, i) => n.nodeName === news[i].nodeName);
  if (!alike) {
    old.replaceChildren(...news);
  } else {
    olds.forEach((n, i) => {
      if (n.nodeType === Node.ELEMENT_NODE) morph(n, news[i]);
      else if (n.data !== news[i].data) {
        const before = n.data;
        n.data = news[i].data;
        if (old.matches("[data-flash]")) flash(old, before, n.data);
      }
    });
  }
}

// kept are attributes that this side sets.
const kept = new Set(["class", "aria-pressed"]);

function rows(old, now) {
  const have = new Map([...old.children].map((e) => [e.dataset.key ?? "", e]));
  let place = old.firstElementChild;
  for (const want of [...now.children]) {
    const key = want.dataset.key ?? "";
    let row = have.get(key);
    if (!row) {
      row = want;
      if (old.matches("[data-new]")) mark(row, "new");
    } else {
      have.delete(key);
      morph(row, want);
    }
    if (row === place) place = place.nextElementSibling;
    else old.insertBefore(row, place);
  }
  for (const gone of have.values()) gone.remove();
}

// ours are classes that this side adds.
const ours = ["out", "new", "flash", "flash-up", "flash-down"];

function classes(old, now) {
  const want = [...now.classList, ...ours.filter((c) => old.classList.contains(c))].join(" ");
  if (old.className !== want && typeof old.className === "string") old.className = want;
}

function mark(element, name) {
  element.classList.remove(name);
  void element.offsetWidth; // starts the animation anew
  element.classList.add(name);
  element.addEventListener("animationend", () => element.classList.remove(name), { once: true });
}

// flash shows that a number moved, and which way. Numbers are compared as
// numbers for the colour alone.
function flash(element, before, after) {
  const a = Number(before), b = Number(after);
  element.classList.remove("flash", "flash-up", "flash-down");
  mark(element, b > a ? "flash-up" : b < a ? "flash-down" : "flash");
}
