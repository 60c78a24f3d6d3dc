// Make one element look like another and touch only what differs: forms, focus and what a person opened stay.
(() => {
  "use strict";
  const OURS = ["open", "tabindex", "role", "aria-label", "aria-expanded", "aria-pressed", "data-selected", "data-sent", "inert"];
  const STAYS = ".messages, dialog[open]";
  const fields = (form) => [...new Set([...form.elements].map((field) => field.name))].join();
  const sameKind = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName
    && (one.nodeType !== 1 || one.id === other.id && (one.nodeName !== "SECTION" || one.getAttribute("aria-label") === other.getAttribute("aria-label"))
      && (one.nodeName !== "FORM" || one.getAttribute("action") === other.getAttribute("action") && fields(one) === fields(other)));
  const isDirty = (field) => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.options ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0
    : !["hidden", "submit", "button"].includes(field.type) && field.value !== field.defaultValue;
  const inUse = (form) => form.contains(document.activeElement) || [...form.elements].some(isDirty);
  const lines = (body) => [...body.rows].map((row) => row.querySelector("a[href]")?.getAttribute("href") || row.textContent).join("\n");
  // A line must not move away under a hand or a focus that is on its way to it.
  const isHeld = (body) => matchMedia("(hover: hover)").matches && body.matches(":hover") || body.contains(document.activeElement);

  // True when all of it was done; what is in use is left as it was.
  function morph(old, fresh) {
    if (old.isEqualNode(fresh)) return true;
    if (old.nodeType !== 1) { if (old.data !== fresh.data) old.data = fresh.data; return true; }
    if (old.nodeName === "FORM") return true;
    if (old.nodeName === "TBODY" && lines(old) !== lines(fresh) && isHeld(old)) return false;
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !OURS.includes(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    return children(old, fresh);
  }
  function children(old, fresh) {
    let isDone = true, at = old.firstChild;
    const drop = (node) => {
      if (node.nodeType !== 1) node.remove();
      else if (node.matches(STAYS)) return;
      else if ([node, ...node.querySelectorAll("form")].some((form) => form.nodeName === "FORM" && inUse(form)) || node.contains(document.activeElement)) isDone = false;
      else node.remove();
    };
    for (const next of [...fresh.childNodes]) {
      while (at?.nodeType === 1 && at.matches(STAYS) && !sameKind(at, next)) at = at.nextSibling;
      let match = at;
      while (match && !sameKind(match, next)) match = match.nextSibling;
      if (!match) { old.insertBefore(document.importNode(next, true), at); continue; }
      while (at !== match) { const gone = at; at = at.nextSibling; drop(gone); }
      isDone = morph(match, next) && isDone;
      at = match.nextSibling;
    }
    while (at) { const gone = at; at = at.nextSibling; drop(gone); }
    return isDone;
  }
  window.morph = morph;
})();
