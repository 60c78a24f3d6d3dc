// Ctrl+K: the palette where a page has one, the search page elsewhere. Without this file the button is a link.
(() => {
  "use strict";
  const button = document.querySelector("[data-search]");
  const palette = document.getElementById("palette");
  if (!button) return;
  const words = document.getElementById("palette-words");
  const found = document.getElementById("palette-hits");
  function open() {
    if (!palette) location.assign(button.href);
    else if (!document.querySelector("dialog[open]")) {
      palette.showModal();
      words.focus();
      words.select();
    }
  }
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (palette?.open) palette.close();
    else open();
  });
  button.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  if (!palette) return;

  const lines = () => [...found.querySelectorAll("a")];
  const isCurrent = () => found.firstElementChild?.dataset.words === words.value.trim();
  palette.addEventListener("keydown", (event) => {
    const all = lines(), at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (all[at + 1] || words).focus();
    else if (event.key === "ArrowUp") (at === 0 ? words : all.at(at < 0 ? -1 : at - 1) || words).focus();
    else if (event.key === "Enter" && document.activeElement === words && isCurrent() && all.length) all[0].click();
    else {
      if (event.key.length === 1 && at >= 0 && !event.ctrlKey && !event.metaKey && !event.altKey) words.focus();
      return; // what is typed goes on into the field; Enter before the answer came asks the page
    }
    event.preventDefault();
  });
  palette.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 429) Object.assign(event.detail, { shouldSwap: true, isError: false });
  });
  palette.addEventListener("htmx:afterSwap", () => {
    document.getElementById("palette-said").textContent = found.firstElementChild?.dataset.said || "";
  });
})();
