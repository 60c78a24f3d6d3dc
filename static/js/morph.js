// Make one element look like another and touch only what differs: forms, focus and what a person opened stay.
(() => {
  "use strict";
  const OURS = ["open", "style", "tabindex", "role", "aria-label", "aria-expanded", "aria-pressed", "data-selected", "data-sent", "inert"];
  const STAYS = ".messages, dialog[open]";
  const fields = (form) => [...new Set([...form.elements].map((field) => field.name))].join();
  const sameKind = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName
    && (one.nodeType !== 1 || one.id === other.id && one.matches(".messages") === other.matches(".messages") && (one.nodeName !== "SECTION" || one.getAttribute("aria-label") === other.getAttribute("aria-label"))
      && (one.nodeName !== "FORM" || one.getAttribute("action") === other.getAttribute("action") && fields(one) === fields(other)));
  const isDirty = (field) => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.options ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0
    : !["hidden", "submit", "button"].includes(field.type) && field.value !== field.defaultValue;
  const inUse = (form) => form.contains(document.activeElement) || [...form.elements].some(isDirty);
  const isHeld = (row) => matchMedia("(hover: hover)").matches && row.matches(":hover") || row.contains(document.activeElement);
  let isArranged = false, isInOrder = true;

  // Moments of a history and the like: what is added at the end moves nothing, what comes first would.
  const items = (list) => [...list.children].map((item) => item.querySelector("time")?.dateTime || item.textContent);
  const wouldMove = (old, fresh) => old.some((item, at) => fresh.includes(item) && fresh[at] !== item);

  // What is left to do: nothing, to put lines in "order", or to show what is "unseen" because of what is in use or would
  // move. Lines stay where they are unless they may be arranged.
  function morph(old, fresh, mayArrange = false) {
    isArranged = mayArrange;
    isInOrder = true;
    return become(old, fresh) ? isInOrder ? "" : "order" : "unseen";
  }
  function become(old, fresh) {
    if (old.isEqualNode(fresh)) return true;
    if (old.nodeType !== 1) { if (old.data !== fresh.data) old.data = fresh.data; return true; }
    if (old.nodeName === "FORM") return true;
    if (old.nodeName === "TBODY" && (!isArranged || isHeld(old))) {
      if (isList(old) && isList(fresh)) return lines(old, fresh);
      if (old.rows.length !== fresh.rows.length && isHeld(old)) return false;
    }
    if (old.nodeName === "TBODY") {
      unpin(old.closest("table"));
      for (const trace of old.querySelectorAll(":scope > .gone")) trace.remove();
    }
    if (!isArranged && reshapes(old, fresh)) return false;
    if (["OL", "UL"].includes(old.nodeName) && !isArranged && wouldMove(items(old), items(fresh))) return false;
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !OURS.includes(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    return children(old, fresh);
  }
  // What would push away what is seen below or beside it waits: a notice, a form, a line of facts, a first table.
  const parts = (one) => [...one.querySelectorAll(":scope > *, :scope > .stack > *, dl > *")].filter((part) => !part.matches(STAYS)).map((part) => part.nodeName + part.getAttribute("action")).join();
  const reshapes = (old, fresh) => (old.matches("section") && pushes(old) || old.matches(".actions")) && parts(old) !== parts(fresh);
  const isPushing = (node, below) => node.nodeType === 1 && node.matches(".notice, .stack > form") && below && !isArranged;
  function children(old, fresh) {
    let isDone = true, at = old.firstChild;
    const drop = (node) => {
      if (node.nodeType !== 1) node.remove();
      else if (node.matches(STAYS)) return;
      else if (isPushing(node, node.nextElementSibling)) isDone = false;
      else if ([node, ...node.querySelectorAll("form")].some((form) => form.nodeName === "FORM" && inUse(form)) || node.contains(document.activeElement)) isDone = false;
      else node.remove();
    };
    for (const next of [...fresh.childNodes]) {
      while (at?.nodeType === 1 && at.matches(STAYS) && !sameKind(at, next)) at = at.nextSibling;
      let match = at;
      while (match && !sameKind(match, next)) match = next.nodeType === 1 ? match.nextSibling : null;
      if (!match && isPushing(next, at)) { isDone = false; continue; }
      if (!match) { old.insertBefore(document.importNode(next, true), at); continue; }
      while (at !== match) { const gone = at; at = at.nextSibling; drop(gone); }
      isDone = become(match, next) && isDone;
      at = match.nextSibling;
    }
    while (at) { const gone = at; at = at.nextSibling; drop(gone); }
    return isDone;
  }

  // A list, that is lines that lead somewhere: each keeps its place under the reader's eyes. Who left stays as a trace,
  // until somebody new takes the place; what is new and finds none free stands at the end, or waits where that would
  // push down what is seen below.
  const TRACE = 1000;
  const isList = (body) => [...body.rows].every((row) => row.querySelector("a[href]") && !row.matches(".total"));
  function named(body) {
    const seen = {}, found = new Map();
    for (const row of body.rows) {
      const leads = row.querySelector("a[href]").getAttribute("href");
      found.set(`${leads} ${seen[leads] = (seen[leads] || 0) + 1}`, row);
    }
    return found;
  }
  function lines(old, fresh) {
    pin(old.closest("table"));
    const wanted = named(fresh), order = [...wanted.keys()];
    let isDone = true;
    for (const [name, row] of named(old)) {
      const next = wanted.get(name);
      if (next) { row.inert = false; isDone = become(row, next) && isDone; }
      else if (isHeld(row)) isDone = false;
      else leave(row);
      wanted.delete(name);
    }
    const free = [...old.querySelectorAll(":scope > .gone")].filter((row) => performance.now() - row.leftAt > TRACE);
    const add = pushes(old) ? () => {} : (row) => old.append(row);
    const taken = [...wanted.values()].map((next) => ({ next: document.importNode(next, true), gone: free.shift() }));
    for (const place of taken) place.height = place.gone?.offsetHeight;
    for (const { next, gone } of taken) if (gone) gone.replaceWith(next); else add(next);
    const misfits = taken.filter(({ next, gone, height }) => gone && next.offsetHeight !== height);
    for (const { next, gone } of misfits) { next.replaceWith(gone); add(next); }
    const shown = [...named(old).keys()];
    isInOrder &&= shown.join() === order.join();
    return isDone && order.every((name) => shown.includes(name));
  }
  function pushes(body) {
    const card = body.closest("section");
    return card?.nextElementSibling && card.getBoundingClientRect().bottom < innerHeight;
  }
  function leave(row) {
    if (row.matches(".gone")) return;
    row.leftAt = performance.now();
    row.inert = true;
    row.className = "gone";
    row.removeAttribute("data-selected");
    for (const field of row.querySelectorAll("input")) field.checked = false;
  }

  // Columns keep their width, whatever longer or shorter words come: until the window changes, or lines are arranged.
  const heads = (table) => [...table.tHead?.rows[0]?.cells || []];
  function pin(table) {
    if (table.style.tableLayout) return;
    const widths = heads(table).map((head) => head.getBoundingClientRect().width);
    heads(table).forEach((head, at) => { head.style.width = `${widths[at]}px`; });
    table.style.tableLayout = "fixed";
  }
  function unpin(table) {
    table.style.tableLayout = "";
    for (const head of heads(table)) head.style.width = "";
  }
  addEventListener("resize", () => { for (const table of document.querySelectorAll("table.queue")) unpin(table); });
  window.morph = morph;
})();
