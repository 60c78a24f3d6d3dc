// The page frame: appearance, drawer, menus, keys, copying, dialogs. No inline script exists, so everything hooks on data attributes.
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (type, selector, act) => document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });
  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `fanz_${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  // htmx is configured by a meta element; here every request gets the forgery token and a failure gets words.
  if (window.htmx) {
    document.addEventListener("htmx:configRequest", (event) => {
      const token = $('meta[name="csrf-token"]')?.content;
      if (token) event.detail.headers["X-CSRFToken"] = token;
    });
    document.addEventListener("htmx:responseError", (event) => {
      toast(`That did not work (${event.detail.xhr.status}). Nothing was changed. Reload the page and try again.`);
    });
    document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. Nothing was changed."));
  }

  // Toasts only repeat what the page also shows.
  function toast(words) {
    const place = $("#toasts");
    if (!place) return;
    const note = document.createElement("p");
    note.textContent = words;
    place.append(note);
    setTimeout(() => note.remove(), 5000);
  }

  // Appearance: kept in a cookie so that the server draws the right colours at once.
  const choices = { theme: "system", density: "comfortable", keys: "on" };
  const chosen = (name) => root.dataset[name] || choices[name];
  function showChoice(name) {
    for (const button of $$(`[data-set="${name}"]`)) button.setAttribute("aria-pressed", String(button.value === chosen(name)));
  }
  on("click", "[data-set]", (button) => {
    const name = button.dataset.set;
    if (button.value === choices[name]) delete root.dataset[name];
    else root.dataset[name] = button.value;
    remember(name, button.value);
    showChoice(name);
  });
  Object.keys(choices).forEach(showChoice);

  // The rail is a drawer on a phone.
  const rail = $("#rail");
  function drawer(open) {
    if (!rail) return;
    rail.toggleAttribute("data-open", open);
    for (const button of $$("[data-drawer]")) button.setAttribute("aria-expanded", String(open));
    $$(".frame > .body").forEach((body) => { body.inert = open; });
    if (open) $("a", rail)?.focus();
    else $("[data-drawer]")?.focus();
  }
  on("click", "[data-drawer]", () => drawer(!rail.hasAttribute("data-open")));
  on("click", ".scrim", () => drawer(false));
  matchMedia("(min-width: 48.01rem)").addEventListener("change", (event) => {
    if (event.matches && rail?.hasAttribute("data-open")) drawer(false);
  });

  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Copying: ids and commands by button, sums by a click on them.
  on("click", "[data-copy]", async (source, event) => {
    if (source.tagName !== "BUTTON" && event.target.closest("a, button, summary")) return;
    if (String(getSelection())) return;
    try {
      await navigator.clipboard.writeText(source.dataset.copy);
      toast(source.dataset.copy.length > 60 ? "Copied" : `Copied ${source.dataset.copy}`);
    } catch {
      toast("Your browser did not allow copying. Select the text instead.");
    }
  });

  // Dialogs, and the one that wants the words typed.
  on("click", "[data-dialog]", (button) => {
    const dialog = document.getElementById(button.dataset.dialog);
    if (!dialog) return;
    dialog.showModal();
    ($("[autofocus], input:not([type=hidden]), textarea, select", dialog) || $("button", dialog))?.focus();
  });
  on("click", "[data-close]", (button) => button.closest("dialog")?.close());
  on("click", "dialog", (dialog, event) => { if (event.target === dialog) dialog.close(); });
  function weigh(form) {
    const typed = $("[data-phrase]", form);
    const right = typed.value.trim().toUpperCase() === typed.dataset.phrase.toUpperCase();
    for (const button of $$("[type=submit]", form)) button.disabled = !right;
  }
  on("input", "[data-phrase]", (typed) => weigh(typed.form));
  const weighAll = () => $$("[data-phrase]").forEach((typed) => weigh(typed.form));
  document.addEventListener("htmx:afterSwap", weighAll);
  weighAll();

  // A form is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // What was typed outlives the way to prove oneself; only the person sends it again.
  const KEPT = "fanz-kept", PROOF = "/account/confirm", NOT_KEPT = ["hidden", "password", "file", "submit", "button", "checkbox", "radio"], CHOICE = ".choices input";
  const keepers = () => $$("form[data-keep]");
  document.addEventListener("submit", ({ target: form }) => {
    if (!form.matches("[data-keep]")) return;
    const typed = [...form.elements].filter((field) => field.name && !NOT_KEPT.includes(field.type) || field.matches(`[data-phrase], ${CHOICE}`));
    const values = typed.map((field) => [field.id, field.matches(CHOICE) ? field.checked : field.value]);
    sessionStorage.setItem(KEPT, JSON.stringify({ page: location.pathname, at: keepers().indexOf(form), chosen: form.dataset.chosen, values }));
  });
  function putBack() {
    if (location.pathname === PROOF) return;
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    sessionStorage.removeItem(KEPT);
    const form = kept?.page === location.pathname && document.referrer.startsWith(location.origin + PROOF) && keepers()[kept.at];
    if (!form) return;
    for (const [id, value] of kept.values) {
      const field = document.getElementById(id);
      if (field) field[field.matches(CHOICE) ? "checked" : "value"] = value;
    }
    form.closest("details")?.setAttribute("open", "");
    if (kept.chosen) form.dataset.chosen = kept.chosen;
    form.closest("dialog")?.showModal();
    weighAll();
    form.elements[kept.chosen ? "reason" : kept.values[0][0]]?.focus();
  }
  putBack();

  // A decision by keyboard: the letter chooses, the reason is typed, Enter sends what was chosen and never anything else.
  on("click", "[data-decide] button[name]", (button) => { button.form.dataset.chosen = button.value; });
  on("keydown", "[data-decide] input", (input, event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    $$("button[name]", input.form).find((button) => button.value === input.form.dataset.chosen)?.click();
  });

  // Keys. Single letters work only outside fields and can be switched off (WCAG 2.1.4).
  const rows = () => $$("[data-keys] tbody tr:not([inert]), [data-keys] > li").filter((row) => row.offsetParent);
  const current = () => $("[data-selected]");
  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))];
    current()?.removeAttribute("data-selected");
    next.setAttribute("data-selected", "");
    ($("a, button", next) || next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  function press(key) {
    const scope = current() || document;
    const target = $(`[data-key="${CSS.escape(key)}"]`, scope) || $(`[data-key="${CSS.escape(key)}"]`);
    if (!target || target.disabled) return false;
    target.click();
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of $$("details.menu[open]")) { menu.open = false; $("summary", menu).focus(); }
      if (rail?.hasAttribute("data-open")) drawer(false);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(event.key)) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") || $("dialog[open]")) return;
    if (chosen("keys") === "off") return;
    if (event.key === "?") $("#keysheet")?.showModal();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (!/^[a-z0-9]$/.test(event.key) || !press(event.key)) return;
    event.preventDefault();
  });
  on("focusin", "[data-keys] tbody tr, [data-keys] > li", (row) => {
    current()?.removeAttribute("data-selected");
    row.setAttribute("data-selected", "");
  });

  // A table that scrolls sideways can be reached by keyboard.
  const reach = () => $$(".table-wrap").forEach((wrap) => {
    const wide = wrap.scrollWidth > wrap.clientWidth;
    wrap.toggleAttribute("tabindex", wide);
    if (wide) Object.assign(wrap, { tabIndex: 0, role: "group", ariaLabel: $("caption", wrap)?.textContent });
  });
  addEventListener("resize", reach);
  reach();
  window.fanz = { toast };
})();
